// RFC 8259 once more, read off its grammar with no thought of speed: the second opinion on what is JSON. Like the
// gateway's reader it wants well-formed UTF-8, whole surrogate pairs, keys that differ, and at most 128 levels.

struct SimpleJSONReader {
    private var rest: ArraySlice<UInt8>

    static func accepts(_ bytes: [UInt8]) -> Bool {
        var reader = SimpleJSONReader(rest: bytes[...])
        return reader.value(depth: 0) && reader.isAtEnd()
    }

    private mutating func skipBlanks() { rest = rest.drop { $0 == 0x20 || $0 == 0x09 || $0 == 0x0A || $0 == 0x0D } }

    private mutating func isAtEnd() -> Bool {
        skipBlanks()
        return rest.isEmpty
    }

    private mutating func take(_ text: String) -> Bool {
        guard rest.starts(with: text.utf8) else { return false }
        rest = rest.dropFirst(text.utf8.count)
        return true
    }

    private mutating func takeToken(_ text: String) -> Bool {
        skipBlanks()
        return take(text)
    }

    private mutating func value(depth: Int) -> Bool {
        skipBlanks()
        if take("null") || take("true") || take("false") { return true }
        switch rest.first {
        case UInt8(ascii: "{"): return depth < 128 && object(depth)
        case UInt8(ascii: "["): return depth < 128 && array(depth)
        case UInt8(ascii: "\""): return string() != nil
        default: return number()
        }
    }

    private mutating func object(_ depth: Int) -> Bool {
        guard take("{") else { return false }
        if takeToken("}") { return true }
        var keys: Set<[UInt8]> = []
        repeat {
            skipBlanks()
            guard let key = string(), keys.insert(key).inserted, takeToken(":"), value(depth: depth + 1) else {
                return false
            }
        } while takeToken(",")
        return takeToken("}")
    }

    private mutating func array(_ depth: Int) -> Bool {
        guard take("[") else { return false }
        if takeToken("]") { return true }
        repeat {
            guard value(depth: depth + 1) else { return false }
        } while takeToken(",")
        return takeToken("]")
    }

    private mutating func digits() -> [UInt8] {
        let digits = Array(rest.prefix { $0 >= 0x30 && $0 <= 0x39 })
        rest = rest.dropFirst(digits.count)
        return digits
    }

    private mutating func number() -> Bool {
        _ = take("-")
        let whole = digits()
        guard !whole.isEmpty, whole.count == 1 || whole[0] != 0x30 else { return false }
        if take("."), digits().isEmpty { return false }
        if take("e") || take("E") {
            if !take("+") { _ = take("-") }
            return !digits().isEmpty
        }
        return true
    }

    /// The text of a string; `nil` when it is none.
    private mutating func string() -> [UInt8]? {
        guard take("\"") else { return nil }
        var text: [UInt8] = []
        while let byte = rest.popFirst() {
            switch byte {
            case UInt8(ascii: "\""): return String(validating: text, as: UTF8.self) == nil ? nil : text
            case UInt8(ascii: "\\"):
                guard let scalar = escape() else { return nil }
                text += Array(String(scalar).utf8)
            case 0..<0x20: return nil
            default: text.append(byte)
            }
        }
        return nil
    }

    private mutating func escape() -> Unicode.Scalar? {
        switch rest.popFirst() {
        case UInt8(ascii: "\"")?: return "\""
        case UInt8(ascii: "\\")?: return "\\"
        case UInt8(ascii: "/")?: return "/"
        case UInt8(ascii: "b")?: return "\u{8}"
        case UInt8(ascii: "f")?: return "\u{C}"
        case UInt8(ascii: "n")?: return "\n"
        case UInt8(ascii: "r")?: return "\r"
        case UInt8(ascii: "t")?: return "\t"
        case UInt8(ascii: "u")?:
            guard let unit = unit() else { return nil }
            guard (0xD800..<0xDC00).contains(unit) else { return Unicode.Scalar(unit) }
            guard take("\\u"), let low = self.unit(), (0xDC00..<0xE000).contains(low) else { return nil }
            return Unicode.Scalar(0x10000 + (unit - 0xD800) * 0x400 + (low - 0xDC00))
        default: return nil
        }
    }

    private mutating func unit() -> UInt32? {
        let digits = rest.prefix(4)
        guard digits.count == 4, digits.allSatisfy({ UnicodeScalar($0).properties.isASCIIHexDigit }) else { return nil }
        rest = rest.dropFirst(4)
        return UInt32(String(decoding: digits, as: UTF8.self), radix: 16)
    }
}
