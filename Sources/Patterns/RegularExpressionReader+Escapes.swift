// What a backslash makes of the characters behind it.
// https://www.postgresql.org/docs/current/functions-matching.html#POSIX-ESCAPE-SEQUENCES

extension RegularExpressionReader {
    enum Escaped {
        case character(Unicode.Scalar)
        /// `\d`, `\s`, `\w` and their complements, by letter.
        case classOf(Unicode.Scalar)
        /// A constraint, in PCRE's words.
        case constraint(String)
        /// What a group has matched.
        case group(Int)
    }

    /// Reads on behind the backslash.
    mutating func escaped() throws(PatternError) -> Escaped {
        guard let scalar = next() else { throw PatternError(regular: "invalid escape \\ sequence") }
        guard scalar.isASCIILetter || scalar.isASCIIDigit else { return .character(scalar) }
        switch scalar {
        case "a": return .character("\u{7}")
        case "A": return .constraint("\\A")
        case "b": return .character("\u{8}")
        case "B": return .character("\\")
        case "c":
            guard let control = next() else { throw PatternError(regular: "invalid escape \\ sequence") }
            return try character(Int(control.value & 0x1F))
        case "e": return .character("\u{1B}")
        case "f": return .character("\u{C}")
        case "m": return .constraint("\\b(?=\\w)")
        case "M": return .constraint("\\b(?<=\\w)")
        case "n": return .character("\n")
        case "r": return .character("\r")
        case "t": return .character("\t")
        case "u": return try character(digits(16, atLeast: 4, atMost: 4))
        case "U": return try character(digits(16, atLeast: 8, atMost: 8))
        case "v": return .character("\u{B}")
        case "x": return try character(digits(16, atLeast: 1, atMost: 255))
        case "y": return .constraint("\\b")
        case "Y": return .constraint("\\B")
        case "Z": return .constraint("\\z")
        case "d", "D", "s", "S", "w", "W": return .classOf(scalar)
        case "0":
            skip(-1)
            return try character(digits(8, atLeast: 1, atMost: 3))
        case "1"..."9": return try groupOrOctal()
        default: throw PatternError(regular: "invalid escape \\ sequence")
        }
    }

    /// One digit, or several that count no more groups than there are, name a group; others are an octal number.
    private mutating func groupOrOctal() throws(PatternError) -> Escaped {
        skip(-1)
        var length = 0
        var number = 0
        while let digit = ahead(length), digit.isASCIIDigit {
            number = min(number * 10 + Int(digit.value - 48), 1 << 20)
            length += 1
        }
        if length == 1 || number <= groupCount {
            skip(length)
            return .group(number)
        }
        return try character(digits(8, atLeast: 1, atMost: 3))
    }

    private mutating func digits(_ radix: Int, atLeast: Int, atMost: Int) throws(PatternError) -> Int {
        var value = 0
        var count = 0
        while count < atMost, let digit = ahead().flatMap({ Int(String(Character($0)), radix: radix) }) {
            value = min(value * radix + digit, 1 << 24)
            count += 1
            skip()
        }
        guard count >= atLeast else { throw PatternError(regular: "invalid escape \\ sequence") }
        return value
    }

    private func character(_ value: Int) throws(PatternError) -> Escaped {
        guard let scalar = Unicode.Scalar(UInt32(value)) else {
            throw PatternError(regular: "invalid escape \\ sequence")
        }
        return .character(scalar)
    }
}
