// Views of values and type references. Specification, sections 2.9 "Input Values" and 2.11 "Type References".

package struct ValueNode: NodeView {
    package let document: Document
    package let index: Int

    package init(document: Document, index: Int) {
        self.document = document
        self.index = index
    }

    package static func accepts(_ kind: NodeKind) -> Bool { kind.isValue }

    package enum Content: Sendable {
        /// Name without `$`.
        case variable(String)
        /// Numbers as written.
        case int(String)
        case float(String)
        /// Unescaped.
        case string(String)
        case boolean(Bool)
        case null
        case enumeration(String)
        case list(NodeList<ValueNode>)
        case object(NodeList<ObjectFieldNode>)
    }

    package var content: Content {
        let node = node
        switch node.kind {
        case .variable: return .variable(nameText)
        case .intValue: return .int(document.text(range))
        case .floatValue: return .float(document.text(range))
        case .stringValue: return .string(stringText)
        case .booleanValue: return .boolean(node.flags & Node.Flag.isTrue != 0)
        case .enumValue: return .enumeration(nameText)
        case .listValue: return .list(children())
        case .objectValue: return .object(children())
        default: return .null
        }
    }

    package var isNull: Bool { kind == .nullValue }
    /// The name without `$` when the value is a variable.
    package var variableName: String? { kind == .variable ? nameText : nil }
    /// The unescaped text when the value is a string.
    package var stringValue: String? { kind == .stringValue ? stringText : nil }
    package var isBlockString: Bool { kind == .stringValue && node.flags & Node.Flag.isBlock != 0 }

    private var stringText: String {
        StringLiteral.value(
            document.source.span, range, isBlock: node.flags & Node.Flag.isBlock != 0,
            hasEscapes: node.flags & Node.Flag.hasEscapes != 0)
    }
}

package struct ObjectFieldNode: NamedNodeView {
    package let document: Document
    package let index: Int

    package init(document: Document, index: Int) {
        self.document = document
        self.index = index
    }

    package static func accepts(_ kind: NodeKind) -> Bool { kind == .objectField }

    package var value: ValueNode { ValueNode(document: document, index: index + 1) }
}

package struct TypeNode: NodeView {
    package let document: Document
    package let index: Int

    package init(document: Document, index: Int) {
        self.document = document
        self.index = index
    }

    package static func accepts(_ kind: NodeKind) -> Bool { kind.isType }

    package enum Content: Sendable {
        case named(String)
        case list(TypeNode)
        case nonNull(TypeNode)
    }

    package var content: Content {
        switch kind {
        case .listType: .list(TypeNode(document: document, index: index + 1))
        case .nonNullType: .nonNull(TypeNode(document: document, index: index + 1))
        default: .named(nameText)
        }
    }

    /// The named type inside all lists and non-null marks.
    package var namedType: TypeNode {
        var type = self
        while type.kind == .listType || type.kind == .nonNullType {
            type = TypeNode(document: document, index: type.index + 1)
        }
        return type
    }

    /// The innermost name.
    package var name: String { namedType.nameText }

    package var reference: TypeReference {
        switch content {
        case .named(let name): .named(name)
        case .list(let item): .list(item.reference)
        case .nonNull(let inner): .nonNull(inner.reference)
        }
    }
}
