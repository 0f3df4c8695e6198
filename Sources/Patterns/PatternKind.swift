// The languages that patterns of `where` are written in (dialect of the API, section 4). Each is checked here, before
// anything runs, whatever database the pattern is for.

package enum PatternKind: Sendable, Hashable {
    /// SQL's LIKE.
    case like
    /// SQL's SIMILAR TO, as PostgreSQL reads it: of the whole text, with `\` as the escape character.
    case similar
    /// PostgreSQL's advanced regular expressions, found anywhere in the text.
    case regular(ignoresCase: Bool)

    /// Bytes that a pattern may have: fewer than any database takes.
    package static let maximumBytes = 10_000

    /// - Throws: what is wrong with it.
    package func check(_ pattern: String) throws(PatternError) {
        guard pattern.utf8.count <= Self.maximumBytes else {
            throw PatternError("The pattern is longer than \(Self.maximumBytes) bytes.")
        }
        // Databases end a text at it.
        guard !pattern.utf8.contains(0) else {
            throw PatternError("The character U+0000 cannot be part of a pattern.")
        }
        switch self {
        case .like, .similar:
            var isEscaped = false
            for byte in pattern.utf8 { isEscaped = !isEscaped && byte == UInt8(ascii: "\\") }
            guard !isEscaped else { throw PatternError("LIKE pattern must not end with escape character") }
        case .regular: break
        }
        if self != .like { _ = try CompiledPattern(pattern, self) }
    }

    /// The pattern that matches a text by just itself; within `regular`, wherever that stands.
    package func literally(_ text: String) -> String {
        let special: Set<Unicode.Scalar>
        switch self {
        case .like: special = ["%", "_", "\\"]
        case .similar: special = SimilarPattern.special
        case .regular: return "***=" + text
        }
        var escaped = ""
        for scalar in text.unicodeScalars {
            if special.contains(scalar) { escaped.unicodeScalars.append("\\") }
            escaped.unicodeScalars.append(scalar)
        }
        return escaped
    }
}

/// What is wrong with a pattern; it names nothing that is stored.
package struct PatternError: Error, Sendable, Hashable {
    package let message: String

    init(_ message: String) {
        self.message = message
    }

    /// In PostgreSQL's words.
    init(regular problem: String) {
        message = "invalid regular expression: \(problem)"
    }
}
