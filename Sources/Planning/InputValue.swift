// An argument as the planner reads it: the structure that shapes a plan in the open, the values that only fill one as
// references. A leaf of a variable shows nothing but where it is, so that no plan can depend on what it holds; what may
// shape a plan (booleans, enum values, null, absence) is part of the plan's cache key instead (`VariableShape`).
internal import Base
package import GraphQL

package indirect enum InputValue: Sendable {
    case null
    case boolean(Bool)
    case enumeration(String)
    /// A scalar or a value of an enum that holds data, or a list of them that comes from one variable or holds no variable.
    case leaf(Parameter.Origin)
    case list([LocatedInput])
    case object([InputMember])
}

package struct LocatedInput: Sendable {
    package let value: InputValue
    /// `$.selectionSet.T.args.where.id._eq`
    package let errorPath: String
}

package struct InputMember: Sendable {
    package let name: String
    package let input: LocatedInput
}

/// Reads arguments of a validated document against their types.
package struct InputReader: Sendable {
    private let schema: Schema
    private let variables: CoercedVariables

    package init(schema: Schema, variables: CoercedVariables) {
        self.schema = schema
        self.variables = variables
    }

    /// The argument's value; `nil` when it is absent, also because its variable is.
    package func argument(_ name: String, of field: FieldNode, _ definition: FieldDefinition, at path: String)
        -> LocatedInput?
    {
        guard let argument = definition.argument(named: name), let node = field.argument(named: name)?.value else {
            return nil
        }
        let place = "\(path).args.\(name)"
        if name == VariableShape.countArgument, case .variable(let variable) = node.content,
            let count = variables[variable].flatMap(VariableShape.usualCount)
        {
            return LocatedInput(value: .leaf(.constant(String(count))), errorPath: place)
        }
        if argument.acceptsNumberInText, case .string(let text) = node.content {
            return LocatedInput(value: .leaf(.constant(JSONValue.string(text).text)), errorPath: place)
        }
        return read(node, argument.type, place)
    }

    private func read(_ node: ValueNode, _ type: TypeReference, _ path: String) -> LocatedInput? {
        if case .variable(let name) = node.content {
            guard let value = variables[name] else { return nil }
            return LocatedInput(value: variable(value, type.nullable, name, [], path), errorPath: path)
        }
        return literal(node, type.nullable, path).map { LocatedInput(value: $0, errorPath: path) }
    }

    private func literal(_ node: ValueNode, _ type: TypeReference, _ path: String) -> InputValue? {
        if node.isNull { return .null }
        switch type {
        case .nonNull(let inner): return literal(node, inner, path)
        case .list(let item):
            guard case .list(let nodes) = node.content else {
                return read(node, item, "\(path)[0]").map { .list([$0]) }
            }
            // A list of plain values is one value: it is bound as one parameter.
            if isPlain(item), !nodes.contains(where: holdsVariable),
                let value = LiteralCoercion.coerce(node, to: type, in: schema, variables: variables)
            {
                return .leaf(.constant(value.text))
            }
            return .list(nodes.enumerated().compactMap { read($0.element, item, "\(path)[\($0.offset)]") })
        case .named(let name):
            switch node.content {
            case .object(let fields):
                // An object where a scalar is wanted is a JSON document.
                guard case .inputObject(let input)? = schema.type(named: name) else { break }
                return .object(
                    fields.compactMap { field in
                        guard let definition = input.fields[field.name] else { return nil }
                        return read(field.value, definition.type, "\(path).\(field.name)")
                            .map { InputMember(name: field.name, input: $0) }
                    })
            case .enumeration(let value) where !isPlain(.named(name)): return .enumeration(value)
            case .boolean(let flag): return .boolean(flag)
            case .variable, .int, .float, .string, .enumeration, .null, .list: break
            }
            if let pieces = LiteralPieces(node) { return .leaf(.composed(pieces.pieces)) }
            return LiteralCoercion.coerce(node, to: type, in: schema, variables: variables).map {
                .leaf(.constant($0.text))
            }
        }
    }

    private func variable(
        _ value: JSONValue, _ type: TypeReference, _ name: String, _ steps: [InputStep], _ path: String
    ) -> InputValue {
        if value.isNull { return .null }
        switch type {
        case .nonNull(let inner): return variable(value, inner, name, steps, path)
        case .list(let item):
            if isPlain(item) { return .leaf(.variable(name: name, path: steps)) }
            guard let items = value.array else {
                let place = "\(path)[0]"
                let read = variable(value, item.nullable, name, steps, place)
                return .list([LocatedInput(value: read, errorPath: place)])
            }
            return .list(
                items.enumerated().map { index, value in
                    let place = "\(path)[\(index)]"
                    let read = variable(value, item.nullable, name, steps + [.item(index)], place)
                    return LocatedInput(value: read, errorPath: place)
                })
        case .named(let typeName):
            switch schema.type(named: typeName) {
            case .inputObject?:
                return .object(members(value, typeName, name, steps, path))
            case .enumeration(let type)? where !type.holdsData: return .enumeration(value.string ?? "")
            case .enumeration?, .scalar?, .object?, .interface?, .union?, nil:
                if case .bool(let flag) = value, typeName == "Boolean" { return .boolean(flag) }
                return .leaf(.variable(name: name, path: steps))
            }
        }
    }

    private func members(
        _ value: JSONValue, _ typeName: String, _ name: String, _ steps: [InputStep], _ path: String
    ) -> [InputMember] {
        guard case .inputObject(let input)? = schema.type(named: typeName), let object = value.object else { return [] }
        return object.members.compactMap { member in
            guard let definition = input.fields[member.name] else { return nil }
            let place = "\(path).\(member.name)"
            let read = variable(member.value, definition.type.nullable, name, steps + [.member(member.name)], place)
            return InputMember(name: member.name, input: LocatedInput(value: read, errorPath: place))
        }
    }

    /// Whether a literal has a variable in it, at any depth: its value must not become part of a plan.
    private func holdsVariable(_ node: ValueNode) -> Bool {
        switch node.content {
        case .list(let nodes): nodes.contains(where: holdsVariable)
        case .object(let fields): fields.contains { holdsVariable($0.value) }
        case .variable: true
        case .int, .float, .string, .boolean, .null, .enumeration: false
        }
    }

    /// Whether its values only fill a place, lists of such values included.
    private func isPlain(_ type: TypeReference) -> Bool {
        switch schema.type(named: type.name) {
        case .scalar?: return true
        case .enumeration(let type)?: return type.holdsData
        case .inputObject?, .object?, .interface?, .union?, nil: return false
        }
    }
}

/// A literal of a custom scalar that holds variables, taken apart: their values fill a parameter and must not become part
/// of a plan that others use.
private struct LiteralPieces {
    private(set) var pieces: [LiteralPiece] = []
    private var text = ""
    private var holdsVariables = false

    /// `nil` for a literal without variables.
    init?(_ node: ValueNode) {
        append(node)
        guard holdsVariables else { return nil }
        flush()
    }

    private mutating func append(_ node: ValueNode) {
        switch node.content {
        case .variable(let name):
            flush()
            pieces.append(.variable(name))
            holdsVariables = true
        case .list(let items):
            text += "["
            for (index, item) in items.enumerated() {
                if index > 0 { text += "," }
                append(item)
            }
            text += "]"
        case .object(let fields):
            text += "{"
            for (index, field) in fields.enumerated() {
                if index > 0 { text += "," }
                text += JSONValue.string(field.name).text + ":"
                append(field.value)
            }
            text += "}"
        case .int, .float, .string, .boolean, .null, .enumeration:
            text += (ScalarCoercion.untyped(node) ?? .null).text
        }
    }

    private mutating func flush() {
        if !text.isEmpty { pieces.append(.text(text)) }
        text = ""
    }
}
