// `perigee_json_text(document)`: a JSON document as the text that PostgreSQL makes of its `jsonb`: members by the length of
// their names and then by their bytes, `", "` and `": "` between, numbers without exponent. So a cast compares alike
// in every database, however the document was written.
// https://www.postgresql.org/docs/current/datatype-json.html

internal import Base

enum DocumentText {
    /// Null for what is no document.
    static func text(_ call: FunctionCall) {
        guard let value = DocumentFunctions.document(call[0]) else { return call.returnNull() }
        var output = OutputBuffer(limit: call.byteLimit, capacity: 64)
        append(value, to: &output)
        call.returnText(&output)
    }

    private static func append(_ value: JSONValue, to output: inout OutputBuffer) {
        switch value {
        case .null, .bool, .string: output.append(value.text)
        case .number(let number): output.append(plain(number.text))
        case .array(let items):
            output.append("[")
            for (index, item) in items.enumerated() {
                if index > 0 { output.append(", ") }
                append(item, to: &output)
            }
            output.append("]")
        case .object(let object):
            output.append("{")
            for (index, member) in members(of: object).enumerated() {
                if index > 0 { output.append(", ") }
                output.append(JSONValue.string(member.name).text)
                output.append(": ")
                append(member.value, to: &output)
            }
            output.append("}")
        }
    }

    private static func members(of object: JSONObject) -> [JSONMember] {
        object.members.sorted { left, right in
            let (first, second) = (left.name.utf8, right.name.utf8)
            return first.count == second.count ? first.lexicographicallyPrecedes(second) : first.count < second.count
        }
    }

    /// Digits beyond which a number keeps its exponent: it would be a text of that length.
    private static let widestNumber = 1000

    /// A number without exponent, its written fraction kept: `1.50` stays, `1.5e3` is `1500`, `-0` is `0`.
    static func plain(_ number: String) -> String {
        var rest = Substring(number)
        let isNegative = rest.first == "-"
        if isNegative { rest.removeFirst() }
        let parts = rest.split(separator: "e", maxSplits: 1, omittingEmptySubsequences: false)
            .flatMap { $0.split(separator: "E", maxSplits: 1, omittingEmptySubsequences: false) }
        guard let exponent = parts.count > 1 ? Int(parts[1]) : 0, abs(exponent) <= widestNumber else { return number }
        let halves = parts[0].split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
        let fraction = halves.count > 1 ? halves[1] : ""
        var digits = Array((halves[0] + fraction).utf8)
        var scale = fraction.utf8.count - exponent
        if scale < 0 {
            digits += [UInt8](repeating: UInt8(ascii: "0"), count: -scale)
            scale = 0
        }
        if digits.count <= scale {
            digits = [UInt8](repeating: UInt8(ascii: "0"), count: scale + 1 - digits.count) + digits
        }
        let isZero = digits.allSatisfy { $0 == UInt8(ascii: "0") }
        let whole = digits.dropLast(scale).drop { $0 == UInt8(ascii: "0") }
        var text = isNegative && !isZero ? "-" : ""
        text += whole.isEmpty ? "0" : String(decoding: whole, as: UTF8.self)
        if scale > 0 { text += "." + String(decoding: digits.suffix(scale), as: UTF8.self) }
        return text
    }
}
