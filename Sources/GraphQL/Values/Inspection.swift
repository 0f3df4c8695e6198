// Values as messages show them, in the reference's form: `{ a: 1 }`, `[1, 2]`, `"text"`. Long and deep ones are cut.

package import Base

package enum Inspection {
    private static let maximumItems = 10
    private static let maximumDepth = 2

    /// At most ten items of a list and two levels below the value itself are shown.
    package static func inspect(_ value: JSONValue) -> String { inspect(value, depth: 1) }

    private static func inspect(_ value: JSONValue, depth: Int) -> String {
        switch value {
        case .null: return "null"
        case .bool(let flag): return flag ? "true" : "false"
        case .number(let number): return NumberText.print(number.text)
        case .string: return value.text
        case .array(let items):
            if items.isEmpty { return "[]" }
            if depth > maximumDepth { return "[Array]" }
            var parts = items.prefix(maximumItems).map { inspect($0, depth: depth + 1) }
            let rest = items.count - parts.count
            if rest > 0 { parts.append("... \(rest) more item\(rest == 1 ? "" : "s")") }
            return "[" + parts.joined(separator: ", ") + "]"
        case .object(let object):
            if object.isEmpty { return "{}" }
            if depth > maximumDepth { return "[Object]" }
            let parts = object.members.map { "\($0.name): \(inspect($0.value, depth: depth + 1))" }
            return "{ " + parts.joined(separator: ", ") + " }"
        }
    }
}

/// Numbers in the shortest decimal form, as the reference prints doubles; whole numbers keep all their digits.
package enum NumberText {
    package static func print(_ text: String) -> String {
        if !text.utf8.contains(where: { $0 == 0x2E || $0 | 0x20 == 0x65 }) { return text == "-0" ? "0" : text }
        guard let value = Double(text) else { return text }
        return print(value)
    }

    package static func print(_ value: Double) -> String {
        guard value.isFinite else { return value.isNaN ? "NaN" : value < 0 ? "-Infinity" : "Infinity" }
        if value == 0 { return "0" }
        // Swift finds the shortest digits; only the layout differs.
        var digits: [UInt8] = []
        var point = 0
        var exponent = 0
        var seenPoint = false
        let text = Array(value.magnitude.description.utf8)
        for (index, byte) in text.enumerated() {
            if byte | 0x20 == 0x65 {
                exponent = Int(String(decoding: text[(index + 1)...], as: UTF8.self)) ?? 0
                break
            }
            if byte == 0x2E {
                seenPoint = true
            } else {
                digits.append(byte)
                if !seenPoint { point += 1 }
            }
        }
        let leading = digits.prefix { $0 == 0x30 }.count
        digits.removeFirst(leading)
        while digits.last == 0x30 { digits.removeLast() }
        point += exponent - leading
        return (value < 0 ? "-" : "") + layout(digits, point: point)
    }

    /// `point` is where the decimal point stands, counted from the first digit.
    private static func layout(_ digits: [UInt8], point: Int) -> String {
        let text = String(decoding: digits, as: UTF8.self)
        let count = digits.count
        if count <= point, point <= 21 { return text + String(repeating: "0", count: point - count) }
        if 0 < point, point <= 21 { return "\(text.prefix(point)).\(text.dropFirst(point))" }
        if -6 < point, point <= 0 { return "0." + String(repeating: "0", count: -point) + text }
        let power = point - 1
        let exponent = "e\(power < 0 ? "-" : "+")\(abs(power))"
        return count == 1 ? text + exponent : "\(text.prefix(1)).\(text.dropFirst())\(exponent)"
    }
}
