// The JSON reader: it takes exactly what a second, simple reader takes; passing over a value takes the same; what it
// read is written and read again the same.

internal import Base

enum JSONProperties {
    static func check(_ input: [UInt8]) -> FuzzTarget.Outcome {
        var signature = Signature()
        let simple = SimpleJSONReader.accepts(input)
        let skips = skips(input)
        do throws(JSONError) {
            let value = try JSONScanner.parse(input)
            describe(value, &signature)
            return FuzzTarget.Outcome(problem: problem(value, simple, skips), signature: signature.value)
        } catch {
            signature.add(message: error.message)
            var problem: String?
            if simple { problem = "refused, though it is JSON: \(error.message)" }
            if skips { problem = "passed over, though refused: \(error.message)" }
            if error.offset < 0 || error.offset > input.count { problem = "an error outside the text" }
            return FuzzTarget.Outcome(problem: problem, signature: signature.value)
        }
    }

    private static func problem(_ value: JSONValue, _ simple: Bool, _ skips: Bool) -> String? {
        if !simple { return "accepted, though it is no JSON" }
        if !skips { return "accepted, but not passed over" }
        var buffer = ByteBuffer()
        buffer.append(json: value)
        guard let again = try? JSONScanner.parse(buffer.bytes) else { return "written text is not read" }
        return again == value ? nil : "written and read again it is another value"
    }

    private static func skips(_ input: [UInt8]) -> Bool {
        var scanner = JSONScanner()
        do throws(JSONError) {
            try scanner.skip(input.span)
            try scanner.end(input.span)
            return true
        } catch {
            return false
        }
    }

    private static func describe(_ value: JSONValue, _ signature: inout Signature) {
        switch value {
        case .null: signature.add(1)
        case .bool(let flag): signature.add(flag ? 2 : 3)
        case .number(let number): signature.add(number.double == nil ? 4 : number.int64 == nil ? 5 : 6)
        case .string(let text): signature.add(text.utf8.allSatisfy { $0 < 0x80 } ? 7 : 8)
        case .array(let items):
            signature.add(9)
            signature.add(magnitude: items.count)
            for item in items.prefix(4) { describe(item, &signature) }
        case .object(let object):
            signature.add(10)
            signature.add(magnitude: object.count)
            for member in object.members.prefix(4) { describe(member.value, &signature) }
        }
    }
}
