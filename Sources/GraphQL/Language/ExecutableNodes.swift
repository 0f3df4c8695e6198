// Views of what a request is made of: operations, fragments, selections. Specification, sections 2.3 to 2.8 and 2.12.

package import Base

package enum OperationKind: UInt8, Sendable, CaseIterable {
    case query
    case mutation
    case subscription

    package var name: String {
        switch self {
        case .query: "query"
        case .mutation: "mutation"
        case .subscription: "subscription"
        }
    }
}

/// Any definition at the top of a document.
package struct DefinitionNode: NodeView {
    package let document: Document
    package let index: Int

    package init(document: Document, index: Int) {
        self.document = document
        self.index = index
    }

    package static func accepts(_ kind: NodeKind) -> Bool { true }

    package var isExecutable: Bool { kind == .operationDefinition || kind == .fragmentDefinition }
}

package struct OperationDefinition: DirectiveBearingNode {
    package let document: Document
    package let index: Int

    package init(document: Document, index: Int) {
        self.document = document
        self.index = index
    }

    package static func accepts(_ kind: NodeKind) -> Bool { kind == .operationDefinition }

    package var operationKind: OperationKind {
        OperationKind(rawValue: node.flags & Node.Flag.operationKind) ?? .query
    }
    /// `nil` for an anonymous operation.
    package var name: String? { node.nameEnd == 0 ? nil : nameText }
    package var nameLocation: SourceLocation? {
        node.nameEnd == 0 ? nil : document.location(nameByteRange.lowerBound)
    }
    /// Written as a bare selection set, without the word `query`.
    package var isShorthand: Bool { node.flags & Node.Flag.isShorthand != 0 }
    package var description: ValueNode? { descriptionNode }
    package var variableDefinitions: NodeList<VariableDefinition> { children() }
    package var selectionSet: SelectionSet {
        child() ?? SelectionSet(document: document, index: index)
    }
}

package struct FragmentDefinition: NamedNodeView, DirectiveBearingNode {
    package let document: Document
    package let index: Int

    package init(document: Document, index: Int) {
        self.document = document
        self.index = index
    }

    package static func accepts(_ kind: NodeKind) -> Bool { kind == .fragmentDefinition }

    package var description: ValueNode? { descriptionNode }
    package var typeCondition: TypeNode { child() ?? TypeNode(document: document, index: index) }
    package var selectionSet: SelectionSet {
        child() ?? SelectionSet(document: document, index: index)
    }
}

package struct VariableDefinition: NamedNodeView, DirectiveBearingNode {
    package let document: Document
    package let index: Int

    package init(document: Document, index: Int) {
        self.document = document
        self.index = index
    }

    package static func accepts(_ kind: NodeKind) -> Bool { kind == .variableDefinition }

    package var description: ValueNode? {
        // A default value may be a string too: a description stands before the variable.
        guard let first = children(AnyNode.self).first, first.kind == .stringValue else { return nil }
        return first.as(ValueNode.self)
    }
    /// The `$name` itself.
    package var variable: AnyNode {
        children(AnyNode.self).first { $0.kind == .variable } ?? anyNode
    }
    package var type: TypeNode { child() ?? TypeNode(document: document, index: index) }
    package var defaultValue: ValueNode? {
        var seenType = false
        for node in children(AnyNode.self) {
            if node.kind.isType {
                seenType = true
            } else if seenType, node.kind.isValue {
                return node.as(ValueNode.self)
            }
        }
        return nil
    }
}

/// What stands between braces, in source order.
package struct SelectionSet: NodeView, Sequence {
    package let document: Document
    package let index: Int

    package init(document: Document, index: Int) {
        self.document = document
        self.index = index
    }

    package static func accepts(_ kind: NodeKind) -> Bool { kind == .selectionSet }

    package struct Iterator: IteratorProtocol {
        fileprivate var nodes: NodeList<SelectionNode>.Iterator

        package mutating func next() -> Selection? { nodes.next()?.selection }
    }

    package func makeIterator() -> Iterator { Iterator(nodes: children(SelectionNode.self).makeIterator()) }
}

package enum Selection: Sendable {
    case field(FieldNode)
    case fragmentSpread(FragmentSpread)
    case inlineFragment(InlineFragment)
}

/// A selection before its kind is looked at.
package struct SelectionNode: DirectiveBearingNode {
    package let document: Document
    package let index: Int

    package init(document: Document, index: Int) {
        self.document = document
        self.index = index
    }

    package static func accepts(_ kind: NodeKind) -> Bool { kind.isSelection }

    package var selection: Selection {
        switch kind {
        case .fragmentSpread: .fragmentSpread(FragmentSpread(document: document, index: index))
        case .inlineFragment: .inlineFragment(InlineFragment(document: document, index: index))
        default: .field(FieldNode(document: document, index: index))
        }
    }
}

package struct FieldNode: NamedNodeView, DirectiveBearingNode {
    package let document: Document
    package let index: Int

    package init(document: Document, index: Int) {
        self.document = document
        self.index = index
    }

    package static func accepts(_ kind: NodeKind) -> Bool { kind == .field }

    package var alias: String? { node.aliasEnd == 0 ? nil : document.text(responseKeyRange) }
    /// The key under which the result stands: the alias, else the name.
    package var responseKey: String { document.text(responseKeyRange) }
    package var arguments: NodeList<ArgumentNode> { children() }
    package var selectionSet: SelectionSet? { child() }

    package func argument(named name: String) -> ArgumentNode? { arguments.first { $0.name == name } }

    var responseKeyRange: Range<Int> {
        let node = node
        return node.aliasEnd == 0 ? Int(node.nameStart)..<Int(node.nameEnd) : Int(node.start)..<Int(node.aliasEnd)
    }
}

package struct FragmentSpread: NamedNodeView, DirectiveBearingNode {
    package let document: Document
    package let index: Int

    package init(document: Document, index: Int) {
        self.document = document
        self.index = index
    }

    package static func accepts(_ kind: NodeKind) -> Bool { kind == .fragmentSpread }
}

package struct InlineFragment: DirectiveBearingNode {
    package let document: Document
    package let index: Int

    package init(document: Document, index: Int) {
        self.document = document
        self.index = index
    }

    package static func accepts(_ kind: NodeKind) -> Bool { kind == .inlineFragment }

    package var typeCondition: TypeNode? { child() }
    package var selectionSet: SelectionSet {
        child() ?? SelectionSet(document: document, index: index)
    }
}

package struct ArgumentNode: NamedNodeView {
    package let document: Document
    package let index: Int

    package init(document: Document, index: Int) {
        self.document = document
        self.index = index
    }

    package static func accepts(_ kind: NodeKind) -> Bool { kind == .argument }

    /// The parser gives every argument a value.
    package var value: ValueNode { ValueNode(document: document, index: index + 1) }
}

package struct DirectiveNode: NamedNodeView {
    package let document: Document
    package let index: Int

    package init(document: Document, index: Int) {
        self.document = document
        self.index = index
    }

    package static func accepts(_ kind: NodeKind) -> Bool { kind == .directive }

    package var arguments: NodeList<ArgumentNode> { children() }

    package func argument(named name: String) -> ArgumentNode? { arguments.first { $0.name == name } }
}

extension NodeView {
    /// A description stands first among a definition's children.
    var descriptionNode: ValueNode? {
        guard index + 1 < Int(node.next), document[index + 1].kind == .stringValue else { return nil }
        return ValueNode(document: document, index: index + 1)
    }
}
