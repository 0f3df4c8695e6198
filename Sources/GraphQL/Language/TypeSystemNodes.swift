// Views of type system documents. One view serves a definition and its extension: the kind tells them apart.
// Specification, section 3 "Type System", the grammar of its definitions and extensions.

/// `schema { … }` and `extend schema { … }`.
package struct SchemaDefinitionNode: DirectiveBearingNode {
    package let document: Document
    package let index: Int

    package init(document: Document, index: Int) {
        self.document = document
        self.index = index
    }

    package static func accepts(_ kind: NodeKind) -> Bool { kind == .schemaDefinition || kind == .schemaExtension }

    package var isExtension: Bool { kind == .schemaExtension }
    package var description: ValueNode? { descriptionNode }
    package var operationTypes: NodeList<OperationTypeNode> { children() }
}

package struct OperationTypeNode: NodeView {
    package let document: Document
    package let index: Int

    package init(document: Document, index: Int) {
        self.document = document
        self.index = index
    }

    package static func accepts(_ kind: NodeKind) -> Bool { kind == .operationTypeDefinition }

    package var operationKind: OperationKind { OperationKind(rawValue: node.flags) ?? .query }
    package var type: TypeNode { TypeNode(document: document, index: index + 1) }
}

/// Every definition or extension of a named type. Parts a kind does not have are empty.
package struct TypeDefinitionNode: NamedNodeView, DirectiveBearingNode {
    package let document: Document
    package let index: Int

    package init(document: Document, index: Int) {
        self.document = document
        self.index = index
    }

    package static func accepts(_ kind: NodeKind) -> Bool { kind.isTypeDefinition || kind.isTypeExtension }

    package var isExtension: Bool { kind.isTypeExtension }
    package var description: ValueNode? { descriptionNode }
    /// Of object and interface types.
    package var interfaces: NodeList<TypeNode> {
        kind == .unionTypeDefinition || kind == .unionTypeExtension ? NodeList(document, from: 0, to: 0) : children()
    }
    /// Of union types.
    package var memberTypes: NodeList<TypeNode> {
        kind == .unionTypeDefinition || kind == .unionTypeExtension ? children() : NodeList(document, from: 0, to: 0)
    }
    /// Of object and interface types.
    package var fields: NodeList<FieldDefinitionNode> { children() }
    /// Of input object types.
    package var inputFields: NodeList<InputValueNode> { children() }
    /// Of enum types.
    package var values: NodeList<EnumValueNode> { children() }
}

package struct FieldDefinitionNode: NamedNodeView, DirectiveBearingNode {
    package let document: Document
    package let index: Int

    package init(document: Document, index: Int) {
        self.document = document
        self.index = index
    }

    package static func accepts(_ kind: NodeKind) -> Bool { kind == .fieldDefinition }

    package var description: ValueNode? { descriptionNode }
    package var arguments: NodeList<InputValueNode> { children() }
    package var type: TypeNode { child() ?? TypeNode(document: document, index: index) }
}

/// An argument or an input field.
package struct InputValueNode: NamedNodeView, DirectiveBearingNode {
    package let document: Document
    package let index: Int

    package init(document: Document, index: Int) {
        self.document = document
        self.index = index
    }

    package static func accepts(_ kind: NodeKind) -> Bool { kind == .inputValueDefinition }

    package var description: ValueNode? { descriptionNode }
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

package struct EnumValueNode: NamedNodeView, DirectiveBearingNode {
    package let document: Document
    package let index: Int

    package init(document: Document, index: Int) {
        self.document = document
        self.index = index
    }

    package static func accepts(_ kind: NodeKind) -> Bool { kind == .enumValueDefinition }

    package var description: ValueNode? { descriptionNode }
}

package struct DirectiveDefinitionNode: NamedNodeView {
    package let document: Document
    package let index: Int

    package init(document: Document, index: Int) {
        self.document = document
        self.index = index
    }

    package static func accepts(_ kind: NodeKind) -> Bool { kind == .directiveDefinition }

    package var description: ValueNode? { descriptionNode }
    package var arguments: NodeList<InputValueNode> { children() }
    package var isRepeatable: Bool { node.flags & Node.Flag.isRepeatable != 0 }
    package var locations: NodeList<DirectiveLocationNode> { children() }
}

package struct DirectiveLocationNode: NamedNodeView {
    package let document: Document
    package let index: Int

    package init(document: Document, index: Int) {
        self.document = document
        self.index = index
    }

    package static func accepts(_ kind: NodeKind) -> Bool { kind == .directiveLocation }
}
