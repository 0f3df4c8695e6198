// A document without what the language ignores: the shortest text of the same tokens, for hashing and sending.
// Specification, section 2.1 "Source Text", "Ignored Tokens".

package enum IgnoredCharacters {
    /// The source without comments, line breaks, commas and spaces where tokens stay apart without them.
    package static func strip(_ source: [UInt8]) throws(GraphQLError) -> [UInt8] {
        let span = source.span
        var lexer = Lexer()
        var result: [UInt8] = []
        var previousIsWord = false
        while true {
            let token = try lexer.nextWithComments(span)
            switch token.kind {
            case .comment: continue
            case .endOfFile: return result
            default: break
            }
            let isWord = !token.kind.isPunctuator
            // Two words need something between them, and so does a number before a spread.
            if previousIsWord, isWord || token.kind == .spread { result.append(UInt8(ascii: " ")) }
            if token.kind == .blockString {
                result += Array(BlockString.print(token.value(in: span) ?? "", minimize: true).utf8)
            } else {
                result += source[token.range]
            }
            previousIsWord = isWord
        }
    }
}
