// A parsed document: the source bytes and one flat array of nodes, read through typed views (`FieldNode` and the rest).
// The value of the first arrow of the pipeline. Specification, section 2.2 "Document".

package import Base

package struct Document: Sendable {
    /// Shared, immutable: copying a document or a view costs one retain.
    private final class Storage: Sendable {
        let source: [UInt8]
        let nodes: [Node]

        init(source: [UInt8], nodes: [Node]) {
            self.source = source
            self.nodes = nodes
        }
    }

    private let storage: Storage
    /// Without comments and without the end.
    package let tokenCount: Int

    init(source: [UInt8], nodes: [Node], tokenCount: Int) {
        storage = Storage(source: source, nodes: nodes)
        self.tokenCount = tokenCount
    }

    /// A document of no definitions, which the language cannot write down.
    package static let empty = Document(source: [], nodes: [], tokenCount: 0)

    package var source: [UInt8] { storage.source }
    package var nodeCount: Int { storage.nodes.count }

    var nodes: [Node] { storage.nodes }

    @inline(__always)
    subscript(index: Int) -> Node { storage.nodes[index] }

    /// All definitions in source order.
    package var definitions: NodeList<DefinitionNode> { NodeList(self, from: 0, to: nodeCount) }
    package var operations: [OperationDefinition] { definitions.compactMap { $0.as(OperationDefinition.self) } }
    package var fragments: [FragmentDefinition] { definitions.compactMap { $0.as(FragmentDefinition.self) } }

    /// The UTF-8 text of a byte range.
    package func text(_ range: Range<Int>) -> String {
        let source = storage.source
        return String(source.span, range)
    }

    /// Whether two ranges hold the same bytes: names are compared without becoming strings.
    package func areEqual(_ left: Range<Int>, _ right: Range<Int>) -> Bool {
        guard left.count == right.count else { return false }
        let source = storage.source
        let span = source.span
        for offset in 0..<left.count where span[left.lowerBound + offset] != span[right.lowerBound + offset] {
            return false
        }
        return true
    }

    /// 1-based line and column of a byte offset. Costs a walk over the source up to it.
    package func location(_ offset: Int) -> SourceLocation {
        let source = storage.source
        return SourceLocation(offset: offset, in: source.span)
    }

    /// Whether two documents share one parse.
    package func isSame(as other: Document) -> Bool { storage === other.storage }
}
