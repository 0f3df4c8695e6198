// What a document may cost before the parser gives up: checked while reading, so that no work follows a breach.

package struct ParserLimits: Sendable, Hashable {
    /// Bytes of source.
    package var bytes: Int
    /// Tokens, comments not counted.
    package var tokens: Int
    /// Nesting of selection sets, lists, objects and list types. Bounds the parser's recursion and so its stack.
    package var nesting: Int

    package init(bytes: Int = 1 << 20, tokens: Int = 15_000, nesting: Int = 200) {
        self.bytes = bytes
        self.tokens = tokens
        self.nesting = nesting
    }

    package static let standard = ParserLimits()
    /// For documents of our own: configuration, schema files, tests.
    package static let trusted = ParserLimits(bytes: 1 << 28, tokens: .max, nesting: 500)
}
