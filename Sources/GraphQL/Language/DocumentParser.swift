// Bytes to `Document`: recursive descent into the flat arena, bounded in tokens and nesting. This file holds the
// machinery and executable definitions. Specification, sections 2.2 to 2.8; grammar above each function.

internal import Base

package struct DocumentParser {
    var lexer = Lexer()
    /// The token that comes next.
    var token = Token(kind: .endOfFile, start: 0, end: 0)
    /// Where the last consumed token ended: the end of whatever is being closed.
    var previousEnd: UInt32 = 0
    var nodes: [Node] = []
    private var tokenCount = 0
    private var depth = 0
    private let limits: ParserLimits

    private init(_ limits: ParserLimits) {
        self.limits = limits
    }

    // MARK: Entrances

    /// Parses an executable or type system document.
    package static func parse(
        _ source: [UInt8], limits: ParserLimits = .standard
    ) throws(GraphQLError) -> Document {
        try parse(source, limits) { (parser, span) throws(GraphQLError) in
            repeat { try parser.parseDefinition(span) } while parser.token.kind != .endOfFile
        }
    }

    package static func parse(_ text: String, limits: ParserLimits = .standard) throws(GraphQLError) -> Document {
        try parse(Array(text.utf8), limits: limits)
    }

    /// Parses one value; a constant one has no variables.
    package static func parseValue(
        _ source: [UInt8], isConstant: Bool = false, limits: ParserLimits = .standard
    ) throws(GraphQLError) -> ValueNode {
        let document = try parse(source, limits) { (parser, span) throws(GraphQLError) in
            try parser.parseValue(span, isConstant: isConstant)
            try parser.expect(.endOfFile, span)
        }
        return ValueNode(document: document, index: 0)
    }

    /// Parses one type reference.
    package static func parseType(
        _ source: [UInt8], limits: ParserLimits = .standard
    ) throws(GraphQLError) -> TypeNode {
        let document = try parse(source, limits) { (parser, span) throws(GraphQLError) in
            try parser.parseTypeReference(span)
            try parser.expect(.endOfFile, span)
        }
        return TypeNode(document: document, index: 0)
    }

    @inline(__always)
    private static func parse(
        _ source: [UInt8], _ limits: ParserLimits,
        _ body: (inout DocumentParser, Span<UInt8>) throws(GraphQLError) -> Void
    ) throws(GraphQLError) -> Document {
        var parser = DocumentParser(limits)
        let span = source.span
        guard source.count <= min(limits.bytes, Int(UInt32.max) - 16) else {
            throw .parserLimit(.documentBytes, "Document is larger than \(limits.bytes) bytes.", at: 0, in: span)
        }
        // Typical requests have a node for every eight bytes; longer documents grow the array once or twice.
        parser.nodes.reserveCapacity(min(source.count / 6 + 8, 4096))
        try parser.advance(span)
        try body(&parser, span)
        return Document(source: source, nodes: parser.nodes, tokenCount: parser.tokenCount)
    }

    // MARK: Tokens

    @inline(__always)
    mutating func advance(_ source: Span<UInt8>) throws(GraphQLError) {
        previousEnd = token.end
        token = try lexer.next(source)
        tokenCount += 1
        if token.kind == .endOfFile {
            tokenCount -= 1
        } else if tokenCount > limits.tokens {
            throw .parserLimit(
                .tokens, "Document contains more that \(limits.tokens) tokens. Parsing aborted.", at: Int(token.start),
                in: source)
        }
    }

    @inline(__always)
    mutating func expect(_ kind: TokenKind, _ source: Span<UInt8>) throws(GraphQLError) {
        guard token.kind == kind else { throw expected(kind.expectation, source) }
        if kind != .endOfFile { try advance(source) }
    }

    @inline(__always)
    mutating func skip(_ kind: TokenKind, _ source: Span<UInt8>) throws(GraphQLError) -> Bool {
        guard token.kind == kind else { return false }
        try advance(source)
        return true
    }

    func isKeyword(_ keyword: StaticString, _ source: Span<UInt8>) -> Bool {
        guard token.kind == .name, Int(token.end - token.start) == keyword.utf8CodeUnitCount else { return false }
        for offset in 0..<keyword.utf8CodeUnitCount
        where unsafe source[Int(token.start) + offset] != keyword.utf8Start[offset] {
            return false
        }
        return true
    }

    mutating func skipKeyword(_ keyword: StaticString, _ source: Span<UInt8>) throws(GraphQLError) -> Bool {
        guard isKeyword(keyword, source) else { return false }
        try advance(source)
        return true
    }

    mutating func expectKeyword(_ keyword: StaticString, _ source: Span<UInt8>) throws(GraphQLError) {
        guard try skipKeyword(keyword, source) else { throw expected("\"\(keyword)\"", source) }
    }

    @inline(never)
    func expected(_ what: String, _ source: Span<UInt8>) -> GraphQLError {
        .syntax("Expected \(what), found \(token.description(in: source)).", at: Int(token.start), in: source)
    }

    @inline(never)
    func unexpected(_ token: Token, _ source: Span<UInt8>) -> GraphQLError {
        .syntax("Unexpected \(token.description(in: source)).", at: Int(token.start), in: source)
    }

    // MARK: Arena

    /// Begins a node: its children follow until `close`, which says what it is. One write each, because every write to
    /// the array is checked.
    @inline(__always)
    mutating func open() -> Int {
        nodes.append(Node(kind: .nullValue, start: 0, end: 0))
        return nodes.count - 1
    }

    @inline(__always)
    mutating func close(
        _ index: Int, _ kind: NodeKind, from start: UInt32, flags: UInt8 = 0, name: Token? = nil, aliasEnd: UInt32 = 0
    ) {
        nodes[index] = Node(
            kind: kind, flags: flags, start: start, end: previousEnd, nameStart: name?.start ?? 0,
            nameEnd: name?.end ?? 0, aliasEnd: aliasEnd, next: UInt32(truncatingIfNeeded: nodes.count))
    }

    /// A node without children, for the token that was just consumed.
    @inline(__always)
    mutating func leaf(_ kind: NodeKind, _ token: Token, flags: UInt8 = 0, isName: Bool = false) {
        nodes.append(
            Node(
                kind: kind, flags: flags, start: token.start, end: token.end, nameStart: isName ? token.start : 0,
                nameEnd: isName ? token.end : 0, next: UInt32(truncatingIfNeeded: nodes.count + 1)))
    }

    @inline(__always)
    mutating func parseName(_ source: Span<UInt8>) throws(GraphQLError) -> Token {
        let name = token
        try expect(.name, source)
        return name
    }

    /// Counts one level of nesting; every `descend` has its `depth -= 1` through `ascend`.
    @inline(__always)
    mutating func descend(_ source: Span<UInt8>) throws(GraphQLError) {
        depth += 1
        if depth > limits.nesting {
            throw .parserLimit(
                .nesting, "Document is nested more than \(limits.nesting) levels deep. Parsing aborted.",
                at: Int(token.start), in: source)
        }
    }

    @inline(__always)
    mutating func ascend() { depth -= 1 }

    // MARK: Definitions

    /// Definition : ExecutableDefinition | TypeSystemDefinition | TypeSystemExtension
    private mutating func parseDefinition(_ source: Span<UInt8>) throws(GraphQLError) {
        if token.kind == .leftBrace { return try parseShorthand(source) }
        let description = token.kind == .string || token.kind == .blockString ? token : nil
        if description != nil { try advance(source) }
        guard token.kind == .name else { throw unexpected(token, source) }
        if isKeyword("query", source) { return try parseOperation(.query, description, source) }
        if isKeyword("mutation", source) { return try parseOperation(.mutation, description, source) }
        if isKeyword("subscription", source) { return try parseOperation(.subscription, description, source) }
        if isKeyword("fragment", source) { return try parseFragmentDefinition(description, source) }
        if try parseTypeSystemDefinition(description, source) { return }
        if let description {
            throw .syntax(
                "Unexpected description, descriptions are supported only on type definitions.",
                at: Int(description.start), in: source)
        }
        guard isKeyword("extend", source) else { throw unexpected(token, source) }
        try parseExtension(source)
    }

    /// Description : StringValue. The token has been consumed; it becomes the open node's first child.
    mutating func addDescription(_ description: Token?) {
        guard let description else { return }
        addString(description)
    }

    mutating func addString(_ token: Token) {
        var flags: UInt8 = token.kind == .blockString ? Node.Flag.isBlock : 0
        if token.hasEscapes { flags |= Node.Flag.hasEscapes }
        leaf(.stringValue, token, flags: flags)
    }

    /// OperationDefinition : SelectionSet
    private mutating func parseShorthand(_ source: Span<UInt8>) throws(GraphQLError) {
        let start = token.start
        let index = open()
        try parseSelectionSet(source)
        close(index, .operationDefinition, from: start, flags: Node.Flag.isShorthand)
    }

    /// OperationDefinition : Description? OperationType Name? VariablesDefinition? Directives? SelectionSet
    private mutating func parseOperation(
        _ kind: OperationKind, _ description: Token?, _ source: Span<UInt8>
    ) throws(GraphQLError) {
        let start = description?.start ?? token.start
        let index = open()
        addDescription(description)
        try advance(source)
        let name = token.kind == .name ? try parseName(source) : nil
        if try skip(.leftParenthesis, source) {
            repeat { try parseVariableDefinition(source) } while try !skip(.rightParenthesis, source)
        }
        try parseDirectives(source, isConstant: false)
        try parseSelectionSet(source)
        close(index, .operationDefinition, from: start, flags: kind.rawValue, name: name)
    }

    /// VariableDefinition : Description? Variable `:` Type DefaultValue? Directives[Const]?
    private mutating func parseVariableDefinition(_ source: Span<UInt8>) throws(GraphQLError) {
        let start = token.start
        let index = open()
        if token.kind == .string || token.kind == .blockString {
            addString(token)
            try advance(source)
        }
        let name = try parseVariable(source)
        try expect(.colon, source)
        try parseTypeReference(source)
        if try skip(.equals, source) { try parseValue(source, isConstant: true) }
        try parseDirectives(source, isConstant: true)
        close(index, .variableDefinition, from: start, name: name)
    }

    /// FragmentDefinition : Description? `fragment` FragmentName TypeCondition Directives? SelectionSet
    private mutating func parseFragmentDefinition(
        _ description: Token?, _ source: Span<UInt8>
    ) throws(GraphQLError) {
        let start = description?.start ?? token.start
        let index = open()
        addDescription(description)
        try advance(source)
        if isKeyword("on", source) { throw unexpected(token, source) }
        let name = try parseName(source)
        try expectKeyword("on", source)
        try parseNamedType(source)
        try parseDirectives(source, isConstant: false)
        try parseSelectionSet(source)
        close(index, .fragmentDefinition, from: start, name: name)
    }

    // MARK: Selections

    /// SelectionSet : `{` Selection+ `}`
    private mutating func parseSelectionSet(_ source: Span<UInt8>) throws(GraphQLError) {
        let start = token.start
        let index = open()
        try descend(source)
        try expect(.leftBrace, source)
        repeat {
            if token.kind == .spread {
                try parseFragment(source)
            } else {
                try parseField(source)
            }
        } while try !skip(.rightBrace, source)
        ascend()
        close(index, .selectionSet, from: start)
    }

    /// Field : Alias? Name Arguments? Directives? SelectionSet?
    private mutating func parseField(_ source: Span<UInt8>) throws(GraphQLError) {
        var name = try parseName(source)
        let start = name.start
        var aliasEnd: UInt32 = 0
        if token.kind == .colon {
            try advance(source)
            aliasEnd = name.end
            name = try parseName(source)
        }
        switch token.kind {
        case .leftParenthesis, .at, .leftBrace:
            let index = open()
            if token.kind == .leftParenthesis { try parseArguments(source, isConstant: false) }
            if token.kind == .at { try parseDirectives(source, isConstant: false) }
            if token.kind == .leftBrace { try parseSelectionSet(source) }
            close(index, .field, from: start, name: name, aliasEnd: aliasEnd)
        default:
            // Most fields are a name and nothing else.
            nodes.append(
                Node(
                    kind: .field, start: start, end: name.end, nameStart: name.start, nameEnd: name.end,
                    aliasEnd: aliasEnd, next: UInt32(truncatingIfNeeded: nodes.count + 1)))
        }
    }

    /// FragmentSpread : `...` FragmentName Directives?
    /// InlineFragment : `...` TypeCondition? Directives? SelectionSet
    private mutating func parseFragment(_ source: Span<UInt8>) throws(GraphQLError) {
        let start = token.start
        let index = open()
        try advance(source)
        let hasCondition = try skipKeyword("on", source)
        if !hasCondition, token.kind == .name {
            let name = try parseName(source)
            try parseDirectives(source, isConstant: false)
            close(index, .fragmentSpread, from: start, name: name)
            return
        }
        if hasCondition { try parseNamedType(source) }
        try parseDirectives(source, isConstant: false)
        try parseSelectionSet(source)
        close(index, .inlineFragment, from: start)
    }
}
