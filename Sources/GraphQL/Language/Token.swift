// What the lexer hands to the parser: a kind and a byte range, no text. Specification, section 2.1.6 "Lexical Tokens".

package enum TokenKind: Sendable {
    case endOfFile
    case exclamationMark
    case dollar
    case ampersand
    case leftParenthesis
    case rightParenthesis
    case spread
    case colon
    case equals
    case at
    case leftBracket
    case rightBracket
    case leftBrace
    case pipe
    case rightBrace
    case name
    case int
    case float
    case string
    case blockString
    case comment

    /// The kind as messages write it, punctuators unquoted.
    package var text: String {
        switch self {
        case .endOfFile: "<EOF>"
        case .exclamationMark: "!"
        case .dollar: "$"
        case .ampersand: "&"
        case .leftParenthesis: "("
        case .rightParenthesis: ")"
        case .spread: "..."
        case .colon: ":"
        case .equals: "="
        case .at: "@"
        case .leftBracket: "["
        case .rightBracket: "]"
        case .leftBrace: "{"
        case .pipe: "|"
        case .rightBrace: "}"
        case .name: "Name"
        case .int: "Int"
        case .float: "Float"
        case .string: "String"
        case .blockString: "BlockString"
        case .comment: "Comment"
        }
    }

    package var isPunctuator: Bool {
        switch self {
        case .exclamationMark, .dollar, .ampersand, .leftParenthesis, .rightParenthesis, .spread, .colon, .equals,
            .at, .leftBracket, .rightBracket, .leftBrace, .pipe, .rightBrace:
            true
        case .endOfFile, .name, .int, .float, .string, .blockString, .comment: false
        }
    }

    /// The kind as an expectation in a message: punctuators in quotes.
    var expectation: String { isPunctuator ? "\"\(text)\"" : text }
}

package struct Token: Sendable {
    package var kind: TokenKind
    /// Whether a string has escapes, so that its value is not just its bytes.
    package var hasEscapes = false
    /// Byte offsets into the source; a string's range includes its quotes.
    package var start: UInt32
    package var end: UInt32

    package var range: Range<Int> { Int(start)..<Int(end) }
}

extension Token {
    /// What the token stands for: a name, a number's text, a string's unescaped value. `nil` for punctuators.
    package func value(in source: Span<UInt8>) -> String? {
        switch kind {
        case .name, .int, .float: String(source, range)
        case .comment: String(source, Int(start) + 1..<Int(end))
        case .string, .blockString:
            StringLiteral.value(source, range, isBlock: kind == .blockString, hasEscapes: hasEscapes)
        default: nil
        }
    }

    /// The token as "found" in a message: `Name "a"`, `"{"`, `<EOF>`.
    func description(in source: Span<UInt8>) -> String {
        guard let value = value(in: source) else { return kind.expectation }
        return "\(kind.text) \"\(value)\""
    }
}

extension String {
    /// The UTF-8 text of a range of `source`.
    init(_ source: Span<UInt8>, _ range: Range<Int>) {
        self = unsafe source.extracting(range).withUnsafeBufferPointer { bytes in
            unsafe String(decoding: bytes, as: UTF8.self)
        }
    }
}
