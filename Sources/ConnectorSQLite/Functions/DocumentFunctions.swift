// Functions over JSON documents. SQLite's own raise on a text that is no JSON, and a column declared JSON holds any text:
// these are total.

internal import Base

enum DocumentFunctions {
    /// `perigee_json_part(document, steps)`: the bytes of the value that a list of member names and item numbers leads
    /// to, as they are stored; null where there is none.
    static func part(_ call: FunctionCall) {
        guard let steps = steps(call[1]) else { return call.returnNull() }
        switch call[0].kind {
        case .null, .blob: return call.returnNull()
        // A document that is a number may be stored as one: the whole of it is all there is.
        case .integer, .real:
            guard steps.isEmpty else { return call.returnNull() }
            return JSONFunctions.float(call)
        case .text: break
        }
        let text = unsafe call[0].text
        let bytes = unsafe Span(_unsafeElements: text)
        guard bytes.firstInvalidUTF8() == nil, let range = locate(steps, in: bytes) else { return call.returnNull() }
        var output = OutputBuffer(limit: call.byteLimit, capacity: range.count)
        unsafe output.append(UnsafeBufferPointer(rebasing: text[range]))
        call.returnText(&output, asJSON: true)
    }

    private static func steps(_ argument: FunctionArgument) -> [JSONValue]? {
        guard argument.kind == .text else { return nil }
        return try? JSONScanner.parse(unsafe Span(_unsafeElements: argument.text)).array
    }

    /// Where the value stands; `nil` also for a text that is not JSON from its beginning to its end.
    private static func locate(_ steps: [JSONValue], in bytes: Span<UInt8>) -> Range<Int>? {
        do throws(JSONError) {
            var whole = JSONScanner()
            try whole.skip(bytes)
            try whole.end(bytes)
            var scanner = JSONScanner()
            for step in steps {
                guard try enter(step, &scanner, bytes) else { return nil }
            }
            _ = scanner.peek(bytes)
            let start = scanner.offset
            try scanner.skip(bytes)
            return start..<scanner.offset
        } catch {
            return nil
        }
    }

    /// Moves the scanner from a container to the value of one step in it; false where there is none.
    private static func enter(
        _ step: JSONValue, _ scanner: inout JSONScanner, _ bytes: Span<UInt8>
    ) throws(JSONError) -> Bool {
        switch step {
        case .string(let name):
            guard scanner.take(UInt8(ascii: "{"), bytes), scanner.peek(bytes) != UInt8(ascii: "}") else { return false }
            repeat {
                if try scanner.key(bytes).utf8.elementsEqual(name.utf8) { return true }
                try scanner.skip(bytes)
            } while scanner.take(UInt8(ascii: ","), bytes)
            return false
        case .number(let number):
            guard var left = number.int64, scanner.take(UInt8(ascii: "["), bytes),
                scanner.peek(bytes) != UInt8(ascii: "]")
            else { return false }
            while left > 0 {
                try scanner.skip(bytes)
                guard scanner.take(UInt8(ascii: ","), bytes) else { return false }
                left -= 1
            }
            return true
        case .null, .bool, .array, .object: return false
        }
    }

    // MARK: Comparison

    /// `perigee_json_canonical(document)`: one text for all spellings of a document: keys sorted, numbers by value, no
    /// white space. Null for what is no document.
    static func canonical(_ call: FunctionCall) {
        guard let value = document(call[0]) else { return call.returnNull() }
        var output = OutputBuffer(limit: call.byteLimit, capacity: 64)
        append(canonical: value, to: &output)
        call.returnText(&output)
    }

    private static func append(canonical value: JSONValue, to output: inout OutputBuffer) {
        switch value {
        case .null, .bool, .string: output.append(value.text)
        case .number(let number):
            guard let decimal = ExactDecimal(number.text) else { return output.append(number.text) }
            if decimal.isNegative { output.append(UInt8(ascii: "-")) }
            output.append(decimal.digits.map { $0 + UInt8(ascii: "0") })
            output.append("e")
            output.append(decimal: Int64(decimal.exponent))
        case .array(let items):
            output.append(UInt8(ascii: "["))
            for (index, item) in items.enumerated() {
                if index > 0 { output.append(UInt8(ascii: ",")) }
                append(canonical: item, to: &output)
            }
            output.append(UInt8(ascii: "]"))
        case .object(let object):
            output.append(UInt8(ascii: "{"))
            let members = object.members.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
            for (index, member) in members.enumerated() {
                if index > 0 { output.append(UInt8(ascii: ",")) }
                output.append(JSONValue.string(member.name).text)
                output.append(UInt8(ascii: ":"))
                append(canonical: member.value, to: &output)
            }
            output.append(UInt8(ascii: "}"))
        }
    }

    /// `perigee_json_contains(document, part)`: 1, 0, or null when one is no document.
    static func contains(_ call: FunctionCall) {
        guard let whole = document(call[0]), let part = document(call[1]) else { return call.returnNull() }
        // Only here does a list contain a value that is no list itself.
        if case .array(let items) = whole, isPlain(part) {
            return call.returnInteger(items.contains { isPlain($0) && isSame($0, part) } ? 1 : 0)
        }
        call.returnInteger(contains(whole, part) ? 1 : 0)
    }

    /// Every member and every item of the part is in the whole, at its own level; order and repetition do not count.
    private static func contains(_ whole: JSONValue, _ part: JSONValue) -> Bool {
        switch (whole, part) {
        case (.object(let whole), .object(let part)):
            part.members.allSatisfy { member in
                whole.members.contains { $0.name.isIdentical(to: member.name) && contains($0.value, member.value) }
            }
        case (.array(let whole), .array(let part)):
            part.allSatisfy { item in whole.contains { contains($0, item) } }
        case (.null, _), (.bool, _), (.number, _), (.string, _), (.array, _), (.object, _): isSame(whole, part)
        }
    }

    /// `perigee_json_has_key(document, key)`: a member of an object, a string in a list, or the string itself.
    static func hasKey(_ call: FunctionCall) {
        guard let document = document(call[0]), call[1].kind == .text else { return call.returnNull() }
        let key = unsafe String(decoding: call[1].text, as: UTF8.self)
        call.returnInteger(has(key, document) ? 1 : 0)
    }

    /// `perigee_json_has_any(document, keys)`, the keys a JSON list of strings.
    static func hasAnyKey(_ call: FunctionCall) {
        guard let document = document(call[0]), let keys = steps(call[1]) else { return call.returnNull() }
        call.returnInteger(keys.contains { has($0.string ?? "", document) } ? 1 : 0)
    }

    static func hasAllKeys(_ call: FunctionCall) {
        guard let document = document(call[0]), let keys = steps(call[1]) else { return call.returnNull() }
        call.returnInteger(keys.allSatisfy { has($0.string ?? "", document) } ? 1 : 0)
    }

    private static func has(_ key: String, _ document: JSONValue) -> Bool {
        switch document {
        case .object(let object): object.members.contains { $0.name.isIdentical(to: key) }
        case .array(let items): items.contains { $0.string?.isIdentical(to: key) ?? false }
        case .string(let text): text.isIdentical(to: key)
        case .null, .bool, .number: false
        }
    }

    private static func isPlain(_ value: JSONValue) -> Bool {
        switch value {
        case .null, .bool, .number, .string: true
        case .array, .object: false
        }
    }

    /// Plain values, numbers by value.
    private static func isSame(_ left: JSONValue, _ right: JSONValue) -> Bool {
        guard case .number(let left) = left, case .number(let right) = right else { return left == right }
        guard let first = ExactDecimal(left.text), let second = ExactDecimal(right.text) else {
            return left.text == right.text
        }
        return first == second
    }

    static func document(_ argument: FunctionArgument) -> JSONValue? {
        switch argument.kind {
        case .null, .blob: return nil
        case .integer: return .number(JSONNumber(argument.integer))
        case .real: return argument.real.isFinite ? .number(JSONNumber(argument.real)) : nil
        case .text:
            let bytes = unsafe Span(_unsafeElements: argument.text)
            guard bytes.firstInvalidUTF8() == nil else { return nil }
            return try? JSONScanner.parse(bytes)
        }
    }
}
