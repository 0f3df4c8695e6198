// What every stage of this module throws or collects: the reference wording, where in the document, and the dialect's
// path. The gateway maps it to its own error at the stage's edge. Specification, section 7.1.2 "Errors".

package import Base

package struct GraphQLError: Error, Sendable, Hashable {
    /// Which stage refused, so that the gateway can choose the code.
    package enum Kind: Sendable, Hashable {
        /// The text is not a GraphQL document.
        case syntax
        /// The document breaks a rule of section 5, or a schema breaks one of section 3.
        case validation
        /// A variable's value does not fit its type.
        case coercion
        /// A limit on tokens, depth, steps or size was reached before the work was done.
        case limit
    }

    package var kind: Kind
    package var message: String
    /// 1-based line and column; columns count UTF-16 code units, as the reference does.
    package var locations: [SourceLocation]
    /// The response path, for errors that concern one field of a result.
    package var path: [PathSegment]
    /// The dialect's path, such as `$.selectionSet.articles.args.where`; `nil` when the stage does not know it.
    package var extensionPath: String?
    /// Which limit was reached, if one was.
    package var limit: LimitName?

    package init(
        _ kind: Kind, _ message: String, locations: [SourceLocation] = [], path: [PathSegment] = [],
        extensionPath: String? = nil, limit: LimitName? = nil
    ) {
        self.kind = kind
        self.message = message
        self.locations = locations
        self.path = path
        self.extensionPath = extensionPath
        self.limit = limit
    }
}

extension GraphQLError {
    /// A syntax error at a byte offset of `source`. The dialect reports them all at `$.query`.
    @inline(never)
    static func syntax(_ message: String, at offset: Int, in source: Span<UInt8>) -> GraphQLError {
        GraphQLError(
            .syntax, "Syntax Error: \(message)", locations: [SourceLocation(offset: offset, in: source)],
            extensionPath: "$.query")
    }

    /// The same for a limit that stopped the parser.
    @inline(never)
    static func parserLimit(
        _ limit: LimitName, _ message: String, at offset: Int, in source: Span<UInt8>
    ) -> GraphQLError {
        GraphQLError(
            .limit, "Syntax Error: \(message)", locations: [SourceLocation(offset: offset, in: source)],
            extensionPath: "$.query", limit: limit)
    }
}
