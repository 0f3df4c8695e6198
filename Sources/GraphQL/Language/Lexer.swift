// First step of a document's way: bytes to tokens, checked `Span` access, no allocation per token. Positions only: the
// bytes are passed to each call. Specification, section 2.1 "Source Text"; messages are the reference's.

package struct Lexer: Sendable {
    /// Byte offset of what comes next.
    package private(set) var position = 0

    package init() {}

    /// The next token, comments skipped. Throws a syntax error where the text is none.
    @inline(__always)
    mutating func next(_ source: Span<UInt8>) throws(GraphQLError) -> Token {
        while true {
            skipIgnored(source)
            let start = position
            guard start < source.count else {
                return Token(
                    kind: .endOfFile, start: UInt32(truncatingIfNeeded: start), end: UInt32(truncatingIfNeeded: start))
            }
            let byte = source[start]
            if CharacterClass.isNameStart(byte) {
                return name(source)
            }
            if byte == UInt8(ascii: "#") {
                skipComment(source)
                continue
            }
            return try symbol(byte, source)
        }
    }

    /// The next token, comments included: for tools that keep them.
    package mutating func nextWithComments(_ source: Span<UInt8>) throws(GraphQLError) -> Token {
        skipIgnored(source)
        guard position < source.count, source[position] == UInt8(ascii: "#") else { return try next(source) }
        let start = position
        skipComment(source)
        return token(.comment, from: start)
    }

    // MARK: Ignored

    /// Ignored :: UnicodeBOM | WhiteSpace | LineTerminator | Comma
    @inline(__always)
    private mutating func skipIgnored(_ source: Span<UInt8>) {
        var index = position
        while index < source.count {
            let byte = source[index]
            if CharacterClass.isIgnored(byte) {
                index += 1
            } else if byte == 0xEF, index + 2 < source.count, source[index + 1] == 0xBB, source[index + 2] == 0xBF {
                index += 3
            } else {
                break
            }
        }
        position = index
    }

    /// Comment :: `#` CommentChar*. Stops before bytes that are not UTF-8, where the next token reports them.
    private mutating func skipComment(_ source: Span<UInt8>) {
        var index = position + 1
        while index < source.count {
            let byte = source[index]
            if byte == 0x0A || byte == 0x0D { break }
            if byte < 0x80 {
                index += 1
                continue
            }
            guard let scalar = CodePoint(source, at: index), scalar.isScalar else { break }
            index += scalar.length
        }
        position = index
    }

    // MARK: Tokens

    @inline(__always)
    private func token(_ kind: TokenKind, from start: Int) -> Token {
        Token(kind: kind, start: UInt32(truncatingIfNeeded: start), end: UInt32(truncatingIfNeeded: position))
    }

    /// Name :: NameStart NameContinue*
    @inline(__always)
    private mutating func name(_ source: Span<UInt8>) -> Token {
        let start = position
        var index = start + 1
        while index + 8 <= source.count {
            let word = unsafe source.bytes.unsafeLoadUnaligned(fromByteOffset: index, as: UInt64.self)
            let length = CharacterClass.nameContinueCount(UInt64(littleEndian: word))
            index += length
            if length < 8 {
                position = index
                return token(.name, from: start)
            }
        }
        while index < source.count, CharacterClass.isNameContinue(source[index]) { index += 1 }
        position = index
        return token(.name, from: start)
    }

    @inline(__always)
    private mutating func punctuator(_ kind: TokenKind) -> Token {
        position += 1
        return token(kind, from: position - 1)
    }

    private mutating func symbol(_ byte: UInt8, _ source: Span<UInt8>) throws(GraphQLError) -> Token {
        switch byte {
        case UInt8(ascii: "{"): return punctuator(.leftBrace)
        case UInt8(ascii: "}"): return punctuator(.rightBrace)
        case UInt8(ascii: "("): return punctuator(.leftParenthesis)
        case UInt8(ascii: ")"): return punctuator(.rightParenthesis)
        case UInt8(ascii: ":"): return punctuator(.colon)
        case UInt8(ascii: "$"): return punctuator(.dollar)
        case UInt8(ascii: "@"): return punctuator(.at)
        case UInt8(ascii: "["): return punctuator(.leftBracket)
        case UInt8(ascii: "]"): return punctuator(.rightBracket)
        case UInt8(ascii: "!"): return punctuator(.exclamationMark)
        case UInt8(ascii: "="): return punctuator(.equals)
        case UInt8(ascii: "|"): return punctuator(.pipe)
        case UInt8(ascii: "&"): return punctuator(.ampersand)
        case UInt8(ascii: "."):
            guard position + 2 < source.count, source[position + 1] == byte, source[position + 2] == byte else {
                throw unexpected(at: position, source)
            }
            position += 3
            return token(.spread, from: position - 3)
        case UInt8(ascii: "\""):
            if position + 2 < source.count, source[position + 1] == byte, source[position + 2] == byte {
                return try blockString(source)
            }
            return try string(source)
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return try number(source)
        default: throw unexpected(at: position, source)
        }
    }

    private func unexpected(at offset: Int, _ source: Span<UInt8>) -> GraphQLError {
        if source[offset] == UInt8(ascii: "'") {
            return .syntax(
                "Unexpected single quote character ('), did you mean to use a double quote (\")?", at: offset,
                in: source)
        }
        let isScalar = CodePoint(source, at: offset)?.isScalar ?? false
        let what = isScalar ? "Unexpected character" : "Invalid character"
        return .syntax("\(what): \(CodePoint.print(source, at: offset)).", at: offset, in: source)
    }

    // MARK: Numbers

    /// IntValue :: IntegerPart [lookahead != {Digit, `.`, NameStart}];
    /// FloatValue :: IntegerPart FractionalPart? ExponentPart? [lookahead != {Digit, `.`, NameStart}]
    private mutating func number(_ source: Span<UInt8>) throws(GraphQLError) -> Token {
        let start = position
        var isFloat = false
        if source[position] == UInt8(ascii: "-") { position += 1 }
        if peek(source) == UInt8(ascii: "0") {
            position += 1
            if let digit = peek(source), CharacterClass.isDigit(digit) {
                throw .syntax(
                    "Invalid number, unexpected digit after 0: \(CodePoint.print(source, at: position)).",
                    at: position, in: source)
            }
        } else {
            try digits(source)
        }
        if peek(source) == UInt8(ascii: ".") {
            isFloat = true
            position += 1
            try digits(source)
        }
        if let marker = peek(source), marker | 0x20 == UInt8(ascii: "e") {
            isFloat = true
            position += 1
            if let sign = peek(source), sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-") { position += 1 }
            try digits(source)
        }
        // 1.2.3, 0x1 and 12ab are mistakes, not two tokens.
        if let follower = peek(source), follower == UInt8(ascii: ".") || CharacterClass.isNameStart(follower) {
            throw expectedDigit(source)
        }
        return token(isFloat ? .float : .int, from: start)
    }

    private mutating func digits(_ source: Span<UInt8>) throws(GraphQLError) {
        guard let first = peek(source), CharacterClass.isDigit(first) else { throw expectedDigit(source) }
        while let byte = peek(source), CharacterClass.isDigit(byte) { position += 1 }
    }

    private func expectedDigit(_ source: Span<UInt8>) -> GraphQLError {
        .syntax(
            "Invalid number, expected digit but got: \(CodePoint.print(source, at: position)).", at: position,
            in: source)
    }

    private func peek(_ source: Span<UInt8>) -> UInt8? {
        position < source.count ? source[position] : nil
    }

    // MARK: Strings

    /// StringValue :: `""` | `"` StringCharacter+ `"`
    private mutating func string(_ source: Span<UInt8>) throws(GraphQLError) -> Token {
        let start = position
        var index = start + 1
        var hasEscapes = false
        while index < source.count {
            let byte = source[index]
            switch byte {
            case UInt8(ascii: "\""):
                position = index + 1
                var token = token(.string, from: start)
                token.hasEscapes = hasEscapes
                return token
            case UInt8(ascii: "\\"):
                hasEscapes = true
                index += try StringLiteral.escape(source, at: index).length
            case 0x0A, 0x0D:
                throw .syntax("Unterminated string.", at: index, in: source)
            case 0x80...:
                index += try stringScalar(source, at: index)
            default: index += 1
            }
        }
        throw .syntax("Unterminated string.", at: index, in: source)
    }

    /// StringValue :: `"""` BlockStringCharacter* `"""`
    private mutating func blockString(_ source: Span<UInt8>) throws(GraphQLError) -> Token {
        let start = position
        let quote = UInt8(ascii: "\"")
        var index = start + 3
        while index < source.count {
            let byte = source[index]
            switch byte {
            case quote where index + 2 < source.count && source[index + 1] == quote && source[index + 2] == quote:
                position = index + 3
                return token(.blockString, from: start)
            case UInt8(ascii: "\\")
            where index + 3 < source.count && source[index + 1] == quote && source[index + 2] == quote
                && source[index + 3] == quote:
                index += 4
            case 0x80...:
                index += try stringScalar(source, at: index)
            default: index += 1
            }
        }
        throw .syntax("Unterminated string.", at: index, in: source)
    }

    /// The length in bytes of the scalar value at `index`, which begins with a byte of 0x80 or more.
    private func stringScalar(_ source: Span<UInt8>, at index: Int) throws(GraphQLError) -> Int {
        guard let scalar = CodePoint(source, at: index), scalar.isScalar else {
            throw .syntax(
                "Invalid character within String: \(CodePoint.print(source, at: index)).", at: index, in: source)
        }
        return scalar.length
    }
}
