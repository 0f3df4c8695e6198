// What string literals mean and how strings are written as literals. Specification, section 2.9.4 "String Value".

enum StringLiteral {
    /// The text a string token stands for. `range` includes the quotes; the token has passed the lexer.
    static func value(_ source: Span<UInt8>, _ range: Range<Int>, isBlock: Bool, hasEscapes: Bool) -> String {
        if isBlock { return BlockString.value(source, range.lowerBound + 3..<range.upperBound - 3) }
        let content = range.lowerBound + 1..<range.upperBound - 1
        guard hasEscapes else { return String(source, content) }
        var scalars = String.UnicodeScalarView()
        var index = content.lowerBound
        while index < content.upperBound {
            if source[index] == UInt8(ascii: "\\") {
                // The lexer has accepted every escape; an error here cannot happen and would end the text.
                guard let escape = try? escape(source, at: index) else { break }
                scalars.append(escape.scalar)
                index += escape.length
            } else {
                guard let point = CodePoint(source, at: index), let scalar = Unicode.Scalar(point.value) else { break }
                scalars.append(scalar)
                index += point.length
            }
        }
        return String(scalars)
    }

    struct Escape {
        let scalar: Unicode.Scalar
        /// In bytes of source, the backslash included.
        let length: Int
    }

    /// EscapedUnicode and EscapedCharacter: what the backslash at `offset` begins.
    static func escape(_ source: Span<UInt8>, at offset: Int) throws(GraphQLError) -> Escape {
        guard offset + 1 < source.count else {
            // `"\` at the end: the reference names the sequence it could read.
            throw invalidEscape(source, offset, units: 2, "character escape")
        }
        switch source[offset + 1] {
        case UInt8(ascii: "\""): return Escape(scalar: "\"", length: 2)
        case UInt8(ascii: "\\"): return Escape(scalar: "\\", length: 2)
        case UInt8(ascii: "/"): return Escape(scalar: "/", length: 2)
        case UInt8(ascii: "b"): return Escape(scalar: "\u{8}", length: 2)
        case UInt8(ascii: "f"): return Escape(scalar: "\u{C}", length: 2)
        case UInt8(ascii: "n"): return Escape(scalar: "\n", length: 2)
        case UInt8(ascii: "r"): return Escape(scalar: "\r", length: 2)
        case UInt8(ascii: "t"): return Escape(scalar: "\t", length: 2)
        case UInt8(ascii: "u"):
            let isVariable = offset + 2 < source.count && source[offset + 2] == UInt8(ascii: "{")
            return try isVariable ? variableWidth(source, at: offset) : fixedWidth(source, at: offset)
        default: throw invalidEscape(source, offset, units: 2, "character escape")
        }
    }

    /// `\u{` HexDigit+ `}`
    private static func variableWidth(_ source: Span<UInt8>, at offset: Int) throws(GraphQLError) -> Escape {
        var value: UInt32 = 0
        var size = 3
        while size < 12, offset + size < source.count {
            let byte = source[offset + size]
            size += 1
            if byte == UInt8(ascii: "}") {
                guard size >= 5, let scalar = Unicode.Scalar(value) else { break }
                return Escape(scalar: scalar, length: size)
            }
            guard let digit = hexadecimalDigit(byte), value < 0x1000_0000 else { break }
            value = value << 4 | digit
        }
        throw invalidEscape(source, offset, units: size, "Unicode escape")
    }

    /// `\u` HexDigit HexDigit HexDigit HexDigit, twice for what lies beyond the basic plane.
    private static func fixedWidth(_ source: Span<UInt8>, at offset: Int) throws(GraphQLError) -> Escape {
        guard let value = fourDigits(source, at: offset + 2) else {
            throw invalidEscape(source, offset, units: 6, "Unicode escape")
        }
        if let scalar = Unicode.Scalar(value) { return Escape(scalar: scalar, length: 6) }
        if (0xD800...0xDBFF).contains(value), offset + 7 < source.count, source[offset + 6] == UInt8(ascii: "\\"),
            source[offset + 7] == UInt8(ascii: "u"), let trailing = fourDigits(source, at: offset + 8),
            (0xDC00...0xDFFF).contains(trailing),
            let scalar = Unicode.Scalar(0x10000 + ((value - 0xD800) << 10 | (trailing - 0xDC00)))
        {
            return Escape(scalar: scalar, length: 12)
        }
        throw invalidEscape(source, offset, units: 6, "Unicode escape")
    }

    private static func fourDigits(_ source: Span<UInt8>, at offset: Int) -> UInt32? {
        guard offset + 4 <= source.count else { return nil }
        var value: UInt32 = 0
        for index in offset..<offset + 4 {
            guard let digit = hexadecimalDigit(source[index]) else { return nil }
            value = value << 4 | digit
        }
        return value
    }

    private static func hexadecimalDigit(_ byte: UInt8) -> UInt32? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt32(byte - UInt8(ascii: "0"))
        case UInt8(ascii: "a")...UInt8(ascii: "f"): UInt32(byte - UInt8(ascii: "a") + 10)
        case UInt8(ascii: "A")...UInt8(ascii: "F"): UInt32(byte - UInt8(ascii: "A") + 10)
        default: nil
        }
    }

    /// Shows the sequence that is wrong, at most `units` characters of it.
    private static func invalidEscape(
        _ source: Span<UInt8>, _ offset: Int, units: Int, _ what: String
    ) -> GraphQLError {
        var end = offset
        for _ in 0..<units where end < source.count { end += CodePoint(source, at: end)?.length ?? 1 }
        return .syntax("Invalid \(what) sequence: \"\(String(source, offset..<end))\".", at: offset, in: source)
    }

    /// The string as a quoted literal.
    static func print(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\u{8}": result += "\\b"
            case "\u{9}": result += "\\t"
            case "\u{A}": result += "\\n"
            case "\u{C}": result += "\\f"
            case "\u{D}": result += "\\r"
            case "\u{0}"..."\u{1F}", "\u{7F}"..."\u{9F}":
                let digits = String(scalar.value, radix: 16, uppercase: true)
                result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }
}
