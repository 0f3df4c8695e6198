// Between the arena and the cases' syntax trees: a node as the reference's JSON, and such JSON as a source text in the
// plainest form (words parted by spaces), so that printing can be tested from a tree.

import Base
import GraphQL

/// Nodes as the reference's JSON, positions in UTF-16 code units.
struct AbstractSyntax {
    let withLocations: Bool
    private let units: [Int]

    init(_ document: Document, withLocations: Bool) {
        self.withLocations = withLocations
        var units: [Int] = []
        var count = 0
        for byte in document.source {
            units.append(count)
            if byte & 0xC0 != 0x80 { count += byte >= 0xF0 ? 2 : 1 }
        }
        self.units = units + [count]
    }

    func encode(_ document: Document) -> JSONValue {
        object("Document", 0..<document.source.count, [("definitions", list(document.definitions))])
    }

    private func object(_ kind: String, _ range: Range<Int>, _ parts: [(String, JSONValue?)]) -> JSONValue {
        var members = [JSONMember(name: "kind", value: .string(kind))]
        members += parts.compactMap { name, value in value.map { JSONMember(name: name, value: $0) } }
        if withLocations {
            let location = JSONObject([
                JSONMember(name: "start", value: .number(JSONNumber(units[range.lowerBound]))),
                JSONMember(name: "end", value: .number(JSONNumber(units[range.upperBound]))),
            ])
            members.append(JSONMember(name: "loc", value: .object(location)))
        }
        return .object(JSONObject(members))
    }

    private func list(_ nodes: some Sequence<some NodeView>) -> JSONValue {
        .array(nodes.map { encode($0.anyNode) })
    }

    private func encode(_ node: (some NodeView)?) -> JSONValue? { node.map { encode($0.anyNode) } }

    private func name(_ node: some NamedNodeView) -> JSONValue { name(node.name, node.nameByteRange) }

    private func name(_ text: String, _ range: Range<Int>) -> JSONValue {
        object("Name", range, [("value", .string(text))])
    }

    func encode(_ node: AnyNode) -> JSONValue {
        let range = node.range
        switch node.kind {
        case .operationDefinition:
            let operation = node.as(OperationDefinition.self)!
            return object(
                "OperationDefinition", range,
                [
                    ("description", encode(operation.description)),
                    ("operation", .string(operation.operationKind.name)),
                    ("name", operation.name.map { name($0, node.nameByteRange) }),
                    ("variableDefinitions", list(operation.variableDefinitions)),
                    ("directives", list(operation.directives)),
                    ("selectionSet", encode(operation.selectionSet.anyNode)),
                ])
        case .fragmentDefinition:
            let fragment = node.as(FragmentDefinition.self)!
            return object(
                "FragmentDefinition", range,
                [
                    ("description", encode(fragment.description)), ("name", name(fragment)),
                    ("typeCondition", encode(fragment.typeCondition)), ("directives", list(fragment.directives)),
                    ("selectionSet", encode(fragment.selectionSet.anyNode)),
                ])
        case .variableDefinition:
            let definition = node.as(VariableDefinition.self)!
            return object(
                "VariableDefinition", range,
                [
                    ("description", encode(definition.description)), ("variable", encode(definition.variable)),
                    ("type", encode(definition.type)), ("defaultValue", encode(definition.defaultValue)),
                    ("directives", list(definition.directives)),
                ])
        case .selectionSet: return object("SelectionSet", range, [("selections", list(node.childNodes))])
        case .field:
            let field = node.as(FieldNode.self)!
            return object(
                "Field", range,
                [
                    ("alias", field.alias.map { name($0, range.lowerBound..<range.lowerBound + $0.utf8.count) }),
                    ("name", name(field)), ("arguments", list(field.arguments)),
                    ("directives", list(field.directives)), ("selectionSet", encode(field.selectionSet)),
                ])
        case .fragmentSpread:
            let spread = node.as(FragmentSpread.self)!
            return object("FragmentSpread", range, [("name", name(spread)), ("directives", list(spread.directives))])
        case .inlineFragment:
            let fragment = node.as(InlineFragment.self)!
            return object(
                "InlineFragment", range,
                [
                    ("typeCondition", encode(fragment.typeCondition)), ("directives", list(fragment.directives)),
                    ("selectionSet", encode(fragment.selectionSet.anyNode)),
                ])
        case .argument:
            let argument = node.as(ArgumentNode.self)!
            return object("Argument", range, [("name", name(argument)), ("value", encode(argument.value))])
        case .objectField:
            let field = node.as(ObjectFieldNode.self)!
            return object("ObjectField", range, [("name", name(field)), ("value", encode(field.value))])
        case .directive:
            let directive = node.as(DirectiveNode.self)!
            return object("Directive", range, [("name", name(directive)), ("arguments", list(directive.arguments))])
        case .variable, .intValue, .floatValue, .stringValue, .booleanValue, .nullValue, .enumValue, .listValue,
            .objectValue:
            return encode(value: node.as(ValueNode.self)!)
        case .namedType: return object("NamedType", range, [("name", name(node.name ?? "", range))])
        case .listType: return object("ListType", range, [("type", encode(node.childNodes.first))])
        case .nonNullType: return object("NonNullType", range, [("type", encode(node.childNodes.first))])
        case .directiveLocation: return name(node.name ?? "", range)
        default: return encode(typeSystem: node)
        }
    }

    private func encode(value: ValueNode) -> JSONValue {
        let range = value.range
        switch value.content {
        case .variable(let text):
            return object("Variable", range, [("name", name(text, value.nameByteRange))])
        case .int(let text): return object("IntValue", range, [("value", .string(text))])
        case .float(let text): return object("FloatValue", range, [("value", .string(text))])
        case .string(let text):
            return object("StringValue", range, [("value", .string(text)), ("block", .bool(value.isBlockString))])
        case .boolean(let flag): return object("BooleanValue", range, [("value", .bool(flag))])
        case .null: return object("NullValue", range, [])
        case .enumeration(let text): return object("EnumValue", range, [("value", .string(text))])
        case .list(let items): return object("ListValue", range, [("values", list(items))])
        case .object(let fields): return object("ObjectValue", range, [("fields", list(fields))])
        }
    }

    private func encode(typeSystem node: AnyNode) -> JSONValue {
        let range = node.range
        let text = String("\(node.kind)".prefix(1).uppercased() + "\(node.kind)".dropFirst())
        if let schema = node.as(SchemaDefinitionNode.self) {
            return object(
                text, range,
                [
                    ("description", encode(schema.description)), ("directives", list(schema.directives)),
                    ("operationTypes", list(schema.operationTypes)),
                ])
        }
        if let operation = node.as(OperationTypeNode.self) {
            return object(
                text, range,
                [("operation", .string(operation.operationKind.name)), ("type", encode(operation.type))])
        }
        if let field = node.as(FieldDefinitionNode.self) {
            return object(
                text, range,
                [
                    ("description", encode(field.description)), ("name", name(field)),
                    ("arguments", list(field.arguments)), ("type", encode(field.type)),
                    ("directives", list(field.directives)),
                ])
        }
        if let value = node.as(InputValueNode.self) {
            return object(
                text, range,
                [
                    ("description", encode(value.description)), ("name", name(value)), ("type", encode(value.type)),
                    ("defaultValue", encode(value.defaultValue)), ("directives", list(value.directives)),
                ])
        }
        if let value = node.as(EnumValueNode.self) {
            return object(
                text, range,
                [
                    ("description", encode(value.description)), ("name", name(value)),
                    ("directives", list(value.directives)),
                ])
        }
        if let directive = node.as(DirectiveDefinitionNode.self) {
            return object(
                text, range,
                [
                    ("description", encode(directive.description)), ("name", name(directive)),
                    ("arguments", list(directive.arguments)), ("repeatable", .bool(directive.isRepeatable)),
                    ("locations", list(directive.locations)),
                ])
        }
        let type = node.as(TypeDefinitionNode.self)!
        var parts: [(String, JSONValue?)] = [
            ("description", encode(type.description)), ("name", name(type)), ("directives", list(type.directives)),
        ]
        switch node.kind {
        case .objectTypeDefinition, .objectTypeExtension, .interfaceTypeDefinition, .interfaceTypeExtension:
            parts += [("interfaces", list(type.interfaces)), ("fields", list(type.fields))]
        case .unionTypeDefinition, .unionTypeExtension: parts += [("types", list(type.memberTypes))]
        case .enumTypeDefinition, .enumTypeExtension: parts += [("values", list(type.values))]
        case .inputObjectTypeDefinition, .inputObjectTypeExtension:
            parts += [("fields", list(type.inputFields))]
        default: break
        }
        return object(text, range, parts)
    }
}

/// The reference's JSON as a source text.
enum PlainSource {
    static func text(_ node: JSONValue?) -> String {
        guard let node = node?.object, let kind = node["kind"]?.string else { return "" }
        func part(_ key: String) -> String { text(node[key]) }
        func parts(_ key: String) -> [String] { (node[key]?.array ?? []).map { text($0) } }
        func all(_ key: String) -> String { parts(key).joined(separator: " ") }
        func enclosed(_ open: String, _ key: String, _ close: String) -> String {
            parts(key).isEmpty ? "" : "\(open) \(all(key)) \(close)"
        }
        let value = node["value"]?.string ?? ""
        let words: [String]
        switch kind {
        case "Name", "IntValue", "FloatValue", "EnumValue": words = [value]
        case "Document": words = parts("definitions")
        case "OperationDefinition":
            words = [
                node["operation"]?.string ?? "", part("name"), enclosed("(", "variableDefinitions", ")"),
                all("directives"), part("selectionSet"),
            ]
        case "FragmentDefinition":
            words = ["fragment", part("name"), "on", part("typeCondition"), all("directives"), part("selectionSet")]
        case "VariableDefinition":
            let fallback = part("defaultValue")
            words = [
                part("variable"), ":", part("type"), fallback.isEmpty ? "" : "= \(fallback)", all("directives"),
            ]
        case "Variable": words = ["$" + part("name")]
        case "SelectionSet": words = [enclosed("{", "selections", "}")]
        case "Field":
            let alias = part("alias")
            words = [
                alias.isEmpty ? "" : alias + ":", part("name"), enclosed("(", "arguments", ")"), all("directives"),
                part("selectionSet"),
            ]
        case "FragmentSpread": words = ["..." + part("name"), all("directives")]
        case "InlineFragment":
            let condition = part("typeCondition")
            words = ["...", condition.isEmpty ? "" : "on \(condition)", all("directives"), part("selectionSet")]
        case "Argument", "ObjectField": words = [part("name"), ":", part("value")]
        case "Directive": words = ["@" + part("name"), enclosed("(", "arguments", ")")]
        case "StringValue":
            let isBlock = node["block"]?.bool ?? false
            words = [isBlock ? Printer.printBlockString(value) : Printer.printString(value)]
        case "BooleanValue": words = [node["value"]?.bool ?? false ? "true" : "false"]
        case "NullValue": words = ["null"]
        case "ListValue": words = ["[", all("values"), "]"]
        case "ObjectValue": words = ["{", all("fields"), "}"]
        case "NamedType": words = [part("name")]
        case "ListType": words = ["[", part("type"), "]"]
        case "NonNullType": words = [part("type") + "!"]
        case "SchemaDefinition", "SchemaExtension":
            words = [
                part("description"), kind == "SchemaExtension" ? "extend" : "", "schema", all("directives"),
                enclosed("{", "operationTypes", "}"),
            ]
        case "OperationTypeDefinition": words = [node["operation"]?.string ?? "", ":", part("type")]
        case "FieldDefinition":
            words = [
                part("description"), part("name"), enclosed("(", "arguments", ")"), ":", part("type"),
                all("directives"),
            ]
        case "InputValueDefinition":
            let fallback = part("defaultValue")
            words = [
                part("description"), part("name"), ":", part("type"), fallback.isEmpty ? "" : "= \(fallback)",
                all("directives"),
            ]
        case "EnumValueDefinition": words = [part("description"), part("name"), all("directives")]
        case "DirectiveDefinition":
            words = [
                part("description"), "directive @" + part("name"), enclosed("(", "arguments", ")"),
                node["repeatable"]?.bool ?? false ? "repeatable" : "", "on",
                parts("locations").joined(separator: " | "),
            ]
        default:
            let keywords = [
                "Scalar": "scalar", "Object": "type", "Interface": "interface", "Union": "union", "Enum": "enum",
                "InputObject": "input",
            ]
            let isExtension = kind.hasSuffix("TypeExtension")
            let stem = String(kind.dropLast(isExtension ? 13 : 14))
            let interfaces = parts("interfaces").joined(separator: " & ")
            let members = parts("types").joined(separator: " | ")
            words = [
                part("description"), isExtension ? "extend" : "", keywords[stem] ?? stem, part("name"),
                interfaces.isEmpty ? "" : "implements \(interfaces)", all("directives"),
                members.isEmpty ? "" : "= \(members)", enclosed("{", "fields", "}"), enclosed("{", "values", "}"),
            ]
        }
        return words.filter { !$0.isEmpty }.joined(separator: " ")
    }
}
