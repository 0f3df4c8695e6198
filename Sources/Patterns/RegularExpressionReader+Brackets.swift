// Bracket expressions: `[a-z_]`, `[^[:space:]]`, `[\w.-]`.
// https://www.postgresql.org/docs/current/functions-matching.html#POSIX-BRACKET-EXPRESSIONS

extension RegularExpressionReader {
    private static let unbalanced = PatternError(regular: "brackets [] not balanced")
    private static let badRange = PatternError(regular: "invalid character range")

    /// The classes that have PCRE's own name; digits are those of ASCII.
    private static let classes: [String: String] = [
        "alnum": "[:alnum:]", "alpha": "[:alpha:]", "ascii": "[:ascii:]", "blank": "\\t\\x{20}", "cntrl": "[:cntrl:]",
        "digit": "0-9", "graph": "[:graph:]", "lower": "[:lower:]", "print": "[:print:]", "punct": "[:punct:]",
        "space": space, "upper": "[:upper:]", "word": "\\w", "xdigit": "[:xdigit:]",
    ]

    /// Reads on behind the opening bracket and writes the whole.
    mutating func bracket() throws(PatternError) {
        write("[")
        if ahead() == "^" {
            skip()
            write(options.stopsAtNewline ? "^\\n" : "^")
        }
        var isFirst = true
        while true {
            guard let scalar = ahead() else { throw Self.unbalanced }
            if scalar == "]", !isFirst {
                skip()
                write("]")
                return
            }
            try part(isFirst: isFirst)
            isFirst = false
        }
    }

    private mutating func part(isFirst: Bool) throws(PatternError) {
        // A minus that joins nothing stands for itself at the beginning and at the end only.
        if ahead() == "-", !isFirst, ahead(1) != "]" { throw Self.badRange }
        guard let first = try element() else {
            if ahead() == "-", ahead(1) != "]" { throw Self.badRange }
            return
        }
        guard ahead() == "-", ahead(1) != "]" else { return write(literal: first) }
        skip()
        guard let last = try element(), first.value <= last.value else { throw Self.badRange }
        write(literal: first)
        write("-")
        write(literal: last)
    }

    /// A character; `nil` for a class, which is written at once.
    private mutating func element() throws(PatternError) -> Unicode.Scalar? {
        guard let scalar = next() else { throw Self.unbalanced }
        if scalar == "[" {
            switch ahead() {
            case ":":
                let name = try enclosed(":")
                guard let members = Self.classes[name] else { throw PatternError(regular: "invalid character class") }
                // Without regard to case a letter of either is one of both.
                write(options.ignoresCase && (name == "upper" || name == "lower") ? "[:alpha:]" : members)
                return nil
            case ".": return try collatingElement(".")
            case "=": return try collatingElement("=")
            default: return scalar
            }
        }
        guard scalar == "\\" else { return scalar }
        switch try escaped() {
        case .character(let scalar): return scalar
        case .classOf(let letter):
            write(members(letter))
            return nil
        case .constraint, .group: throw PatternError(regular: "invalid escape \\ sequence")
        }
    }

    private func members(_ letter: Unicode.Scalar) -> String {
        switch letter {
        case "d": "0-9"
        // A complement inside brackets: what lies before the digits, and behind them.
        case "D": "\\x{0}-\\x{2f}\\x{3a}-\\x{10ffff}"
        case "s": Self.space
        case "S":
            "\\x{0}-\\x{8}\\x{e}-\\x{1f}\\x{21}-\\x{167f}\\x{1681}-\\x{1fff}\\x{2007}\\x{200b}-\\x{2027}"
                + "\\x{202a}-\\x{205e}\\x{2060}-\\x{2fff}\\x{3001}-\\x{10ffff}"
        default: "\\" + String(Character(letter))
        }
    }

    /// `[.x.]` and `[=x=]`: here every character is its own collating element and its own class of equals.
    private mutating func collatingElement(_ mark: Unicode.Scalar) throws(PatternError) -> Unicode.Scalar {
        let name = try enclosed(mark).unicodeScalars
        guard name.count == 1, let scalar = name.first else {
            throw PatternError(regular: "invalid collating element")
        }
        return scalar
    }

    /// What stands between `[:` and `:]`, and between others of the kind.
    private mutating func enclosed(_ mark: Unicode.Scalar) throws(PatternError) -> String {
        skip()
        var text = ""
        while let scalar = next() {
            if scalar == mark, ahead() == "]" {
                skip()
                return text
            }
            text.unicodeScalars.append(scalar)
        }
        throw Self.unbalanced
    }
}
