// How the flat tree is read: a view is a document and an index, a list a walk over siblings. No copies of the tree.

package import Base

/// A typed look at one node.
package protocol NodeView: Sendable {
    var document: Document { get }
    /// Position in the document's arena; stable, unique within the document, usable as a key.
    var index: Int { get }
    init(document: Document, index: Int)
    /// Which nodes such a view fits.
    static func accepts(_ kind: NodeKind) -> Bool
}

extension NodeView {
    var node: Node { document[index] }

    package var kind: NodeKind { document[index].kind }
    /// Byte range of the whole construct.
    package var range: Range<Int> {
        let node = document[index]
        return Int(node.start)..<Int(node.end)
    }
    package var location: SourceLocation { document.location(Int(document[index].start)) }
    /// The construct as written.
    package var sourceText: String { document.text(range) }
    package var anyNode: AnyNode { AnyNode(document: document, index: index) }

    /// Byte range of the construct's name, a variable's without `$`; empty at 0 when its kind has none.
    package var nameByteRange: Range<Int> {
        let node = document[index]
        return Int(node.nameStart)..<Int(node.nameEnd)
    }
    var nameText: String { document.text(nameByteRange) }

    func children<Child: NodeView>(_ type: Child.Type = Child.self) -> NodeList<Child> {
        NodeList(document, from: index + 1, to: Int(document[index].next))
    }

    func child<Child: NodeView>(_ type: Child.Type = Child.self) -> Child? {
        let end = Int(document[index].next)
        var position = index + 1
        while position < end {
            let node = document[position]
            if Child.accepts(node.kind) { return Child(document: document, index: position) }
            position = Int(node.next)
        }
        return nil
    }

    /// Another look at the same node; `nil` if it is of another kind.
    package func `as`<View: NodeView>(_ type: View.Type) -> View? {
        View.accepts(kind) ? View(document: document, index: index) : nil
    }
}

/// Siblings of one kind, in source order.
package struct NodeList<Element: NodeView>: Sequence, Sendable {
    private let document: Document
    private let start: Int
    private let end: Int

    init(_ document: Document, from start: Int, to end: Int) {
        self.document = document
        self.start = start
        self.end = end
    }

    package struct Iterator: IteratorProtocol {
        fileprivate let document: Document
        fileprivate var position: Int
        fileprivate let end: Int

        package mutating func next() -> Element? {
            while position < end {
                let index = position
                let node = document[index]
                position = Int(node.next)
                if Element.accepts(node.kind) { return Element(document: document, index: index) }
            }
            return nil
        }
    }

    package func makeIterator() -> Iterator { Iterator(document: document, position: start, end: end) }

    package var first: Element? {
        var iterator = makeIterator()
        return iterator.next()
    }
    package var isEmpty: Bool { first == nil }
    /// Costs a walk.
    package var count: Int {
        var iterator = makeIterator()
        var count = 0
        while iterator.next() != nil { count += 1 }
        return count
    }
}

/// Any node: what visitors and rules pass around.
package struct AnyNode: NodeView {
    package let document: Document
    package let index: Int

    package init(document: Document, index: Int) {
        self.document = document
        self.index = index
    }

    package static func accepts(_ kind: NodeKind) -> Bool { true }

    /// The node's name where its kind has one.
    package var name: String? {
        let node = node
        return node.nameEnd == 0 ? nil : nameText
    }

    /// The nodes directly below.
    package var childNodes: NodeList<AnyNode> { children() }
}

/// A node that begins with a name.
package protocol NamedNodeView: NodeView {}

extension NamedNodeView {
    package var name: String { nameText }
    package var nameLocation: SourceLocation { document.location(nameByteRange.lowerBound) }

    /// Whether the name is `text`, without creating a string.
    package func isNamed(_ text: StaticString) -> Bool {
        let range = nameByteRange
        guard range.count == text.utf8CodeUnitCount else { return false }
        let span = document.source.span
        for offset in 0..<range.count
        where unsafe span[range.lowerBound + offset] != text.utf8Start[offset] {
            return false
        }
        return true
    }
}

/// A node directives may be written on.
package protocol DirectiveBearingNode: NodeView {}

extension DirectiveBearingNode {
    package var directives: NodeList<DirectiveNode> { children() }
}
