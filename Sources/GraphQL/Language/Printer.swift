// A document back to text in the reference's layout: two spaces of indentation, arguments on lines of their own past 80
// columns. Printing what was parsed from printed text gives the same text. Specification, section 2 "Language".

package struct Printer {
    private init() {}

    package static func print(_ document: Document) -> String {
        var texts: [String] = []
        var takesBraces = false
        for definition in document.definitions {
            let text = print(definition.anyNode)
            // Behind a definition that could still have a body (`enum E`) the short form would be read as that body.
            texts.append(takesBraces && text.utf8.first == UInt8(ascii: "{") ? "query " + text : text)
            takesBraces = !definition.isExecutable && text.utf8.last != UInt8(ascii: "}")
        }
        return texts.joined(separator: "\n\n")
    }

    /// Any part of a document by itself.
    package static func print(_ node: some NodeView) -> String { print(node.anyNode) }

    /// A value with the fields of its input objects sorted by name: equal values print the same.
    package static func printSorted(_ value: ValueNode) -> String {
        switch value.content {
        case .list(let items): "[" + items.map { printSorted($0) }.joined(separator: ", ") + "]"
        case .object(let fields):
            "{"
                + fields.sorted { Suggestions.naturalCompare($0.name, $1.name) < 0 }
                .map { "\($0.name): \(printSorted($0.value))" }.joined(separator: ", ") + "}"
        case .variable, .int, .float, .string, .boolean, .null, .enumeration: print(value)
        }
    }

    /// A string as a quoted literal.
    package static func printString(_ text: String) -> String { StringLiteral.print(text) }

    /// A string as a block string.
    package static func printBlockString(_ text: String) -> String { BlockString.print(text) }

    private static let lineLength = 80

    private static func print(_ node: AnyNode) -> String {
        switch node.kind {
        case .operationDefinition: printOperation(OperationDefinition(document: node.document, index: node.index))
        case .fragmentDefinition: printFragment(FragmentDefinition(document: node.document, index: node.index))
        case .variableDefinition:
            printVariableDefinition(VariableDefinition(document: node.document, index: node.index))
        case .selectionSet: block(node.childNodes.map { print($0) })
        case .field: printField(FieldNode(document: node.document, index: node.index))
        case .fragmentSpread: "..." + node.nameText + wrap(" ", printDirectives(of: node))
        case .inlineFragment: printInlineFragment(InlineFragment(document: node.document, index: node.index))
        case .argument, .objectField:
            node.nameText + ": " + print(AnyNode(document: node.document, index: node.index + 1))
        case .directive: "@" + node.nameText + printArguments(of: node)
        case .variable: "$" + node.nameText
        case .intValue, .floatValue: node.sourceText
        case .stringValue: printStringValue(ValueNode(document: node.document, index: node.index))
        case .booleanValue, .nullValue: node.sourceText
        case .enumValue, .namedType, .directiveLocation: node.nameText
        case .listValue: "[" + node.childNodes.map { print($0) }.joined(separator: ", ") + "]"
        case .objectValue: "{" + node.childNodes.map { print($0) }.joined(separator: ", ") + "}"
        case .listType: "[" + print(AnyNode(document: node.document, index: node.index + 1)) + "]"
        case .nonNullType: print(AnyNode(document: node.document, index: node.index + 1)) + "!"
        case .schemaDefinition, .schemaExtension, .operationTypeDefinition, .scalarTypeDefinition,
            .objectTypeDefinition, .fieldDefinition, .inputValueDefinition, .interfaceTypeDefinition,
            .unionTypeDefinition, .enumTypeDefinition, .enumValueDefinition, .inputObjectTypeDefinition,
            .directiveDefinition, .scalarTypeExtension, .objectTypeExtension, .interfaceTypeExtension,
            .unionTypeExtension, .enumTypeExtension, .inputObjectTypeExtension:
            printTypeSystem(node)
        }
    }

    // MARK: Executable

    private static func printOperation(_ node: OperationDefinition) -> String {
        let variables = wrap(
            "(", node.variableDefinitions.map { print($0.anyNode) }.joined(separator: ", "), ")")
        let prefix =
            printDescription(of: node.anyNode)
            + join([
                node.operationKind.name, (node.name ?? "") + variables, printDirectives(of: node.anyNode),
            ])
        // An anonymous query with nothing else to say is written in short form.
        return (prefix == "query" ? "" : prefix + " ") + print(node.selectionSet.anyNode)
    }

    private static func printVariableDefinition(_ node: VariableDefinition) -> String {
        var text = node.description.map { print($0.anyNode) + "\n" } ?? ""
        text += "$\(node.name): " + print(node.type.anyNode)
        if let value = node.defaultValue { text += " = " + print(value.anyNode) }
        return text + wrap(" ", printDirectives(of: node.anyNode))
    }

    private static func printField(_ node: FieldNode) -> String {
        var line = wrap("", node.alias ?? "", ": ") + node.name
        let arguments = node.arguments.map { print($0.anyNode) }
        let inline = line + wrap("(", arguments.joined(separator: ", "), ")")
        if inline.utf16.count > lineLength {
            line += wrap("(\n", indent(arguments.joined(separator: "\n")), "\n)")
        } else {
            line = inline
        }
        return join([
            line, printDirectives(of: node.anyNode), node.selectionSet.map { print($0.anyNode) } ?? "",
        ])
    }

    private static func printInlineFragment(_ node: InlineFragment) -> String {
        join([
            "...", wrap("on ", node.typeCondition?.name ?? ""), printDirectives(of: node.anyNode),
            print(node.selectionSet.anyNode),
        ])
    }

    private static func printFragment(_ node: FragmentDefinition) -> String {
        printDescription(of: node.anyNode) + "fragment \(node.name) on \(node.typeCondition.name) "
            + wrap("", printDirectives(of: node.anyNode), " ") + print(node.selectionSet.anyNode)
    }

    private static func printStringValue(_ node: ValueNode) -> String {
        let text = node.stringValue ?? ""
        return node.isBlockString ? BlockString.print(text) : StringLiteral.print(text)
    }

    // MARK: Type system

    private static func printTypeSystem(_ node: AnyNode) -> String {
        let description = printDescription(of: node)
        switch node.kind {
        case .schemaDefinition, .schemaExtension:
            let word = node.kind == .schemaExtension ? "extend schema" : "schema"
            return description + join([word, printDirectives(of: node), block(prints(node, .operationTypeDefinition))])
        case .operationTypeDefinition:
            let type = OperationTypeNode(document: node.document, index: node.index)
            return "\(type.operationKind.name): \(type.type.name)"
        case .fieldDefinition:
            let field = FieldDefinitionNode(document: node.document, index: node.index)
            return description + field.name + printArgumentDefinitions(prints(node, .inputValueDefinition)) + ": "
                + print(field.type.anyNode) + wrap(" ", printDirectives(of: node))
        case .inputValueDefinition:
            let value = InputValueNode(document: node.document, index: node.index)
            return description
                + join([
                    "\(value.name): " + print(value.type.anyNode),
                    wrap("= ", value.defaultValue.map { print($0.anyNode) } ?? ""), printDirectives(of: node),
                ])
        case .enumValueDefinition: return description + join([node.nameText, printDirectives(of: node)])
        case .directiveDefinition:
            let directive = DirectiveDefinitionNode(document: node.document, index: node.index)
            return description + "directive @" + directive.name
                + printArgumentDefinitions(prints(node, .inputValueDefinition))
                + (directive.isRepeatable ? " repeatable" : "") + " on "
                + prints(node, .directiveLocation).joined(separator: " | ")
        default:
            return description + printType(TypeDefinitionNode(document: node.document, index: node.index))
        }
    }

    private static func printType(_ node: TypeDefinitionNode) -> String {
        let keyword: String
        var body = ""
        var interfaces = ""
        switch node.kind {
        case .objectTypeDefinition, .objectTypeExtension, .interfaceTypeDefinition, .interfaceTypeExtension:
            let isObject = node.kind == .objectTypeDefinition || node.kind == .objectTypeExtension
            keyword = isObject ? "type" : "interface"
            interfaces = wrap("implements ", node.interfaces.map(\.name).joined(separator: " & "))
            body = block(prints(node.anyNode, .fieldDefinition))
        case .unionTypeDefinition, .unionTypeExtension:
            keyword = "union"
            body = wrap("= ", node.memberTypes.map(\.name).joined(separator: " | "))
        case .enumTypeDefinition, .enumTypeExtension:
            keyword = "enum"
            body = block(prints(node.anyNode, .enumValueDefinition))
        case .inputObjectTypeDefinition, .inputObjectTypeExtension:
            keyword = "input"
            body = block(prints(node.anyNode, .inputValueDefinition))
        default: keyword = "scalar"
        }
        return join([
            node.isExtension ? "extend" : "", keyword, node.name, interfaces, printDirectives(of: node.anyNode), body,
        ])
    }

    private static func printArgumentDefinitions(_ arguments: [String]) -> String {
        arguments.contains { $0.utf8.contains(0x0A) }
            ? wrap("(\n", indent(arguments.joined(separator: "\n")), "\n)")
            : wrap("(", arguments.joined(separator: ", "), ")")
    }

    // MARK: Parts

    private static func prints(_ node: AnyNode, _ kind: NodeKind) -> [String] {
        node.childNodes.filter { $0.kind == kind }.map { print($0) }
    }

    private static func printDirectives(of node: AnyNode) -> String {
        prints(node, .directive).joined(separator: " ")
    }

    private static func printArguments(of node: AnyNode) -> String {
        wrap("(", prints(node, .argument).joined(separator: ", "), ")")
    }

    private static func printDescription(of node: AnyNode) -> String {
        node.descriptionNode.map { print($0.anyNode) + "\n" } ?? ""
    }

    private static func join(_ parts: [String]) -> String {
        parts.filter { !$0.isEmpty }.joined(separator: " ")
    }

    /// `text` between two marks, nothing if it is empty.
    private static func wrap(_ before: String, _ text: String, _ after: String = "") -> String {
        text.isEmpty ? "" : before + text + after
    }

    private static func block(_ lines: [String]) -> String {
        wrap("{\n", indent(lines.joined(separator: "\n")), "\n}")
    }

    static func indent(_ text: String) -> String {
        guard !text.isEmpty else { return "" }
        var bytes: [UInt8] = [0x20, 0x20]
        for byte in text.utf8 {
            bytes.append(byte)
            if byte == 0x0A { bytes.append(contentsOf: [0x20, 0x20]) }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
