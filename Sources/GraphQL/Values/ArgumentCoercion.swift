// The arguments of a field or directive as values: defaults applied, variables put in.
// Specification, section 6.4.1 "Coercing Field Arguments".

package import Base

package enum ArgumentCoercion {
    /// Arguments in the order of their definitions. An argument that was not given and has no default is absent.
    /// - Throws: what validation cannot know: a variable without a value for a required argument.
    package static func coerce(
        _ definitions: [InputValueDefinition], _ nodes: NodeList<ArgumentNode>, of owner: some NodeView,
        in schema: Schema, variables: CoercedVariables
    ) throws(GraphQLError) -> JSONObject {
        var members: [JSONMember] = []
        for definition in definitions {
            let name = definition.name
            let type = definition.type
            let node = nodes.first { $0.name == name }
            let variable = node?.value.variableName
            if let variable, variables[variable] == nil {
                if let value = fallback(definition, in: schema) {
                    members.append(JSONMember(name: name, value: value))
                } else if type.isNonNull {
                    throw error(
                        "Argument \"\(name)\" of required type \"\(type)\" was provided the variable \"$\(variable)\" which was not provided a runtime value.",
                        node?.value.anyNode ?? owner.anyNode)
                }
                continue
            }
            guard let node else {
                if let value = fallback(definition, in: schema) {
                    members.append(JSONMember(name: name, value: value))
                } else if type.isNonNull {
                    throw error(
                        "Argument \"\(name)\" of required type \"\(type)\" was not provided.", owner.anyNode)
                }
                continue
            }
            let isNull = variable.map { variables[$0]?.isNull ?? true } ?? node.value.isNull
            if isNull, type.isNonNull {
                throw error("Argument \"\(name)\" of non-null type \"\(type)\" must not be null.", node.value.anyNode)
            }
            guard let value = LiteralCoercion.coerce(node.value, to: type, in: schema, variables: variables) else {
                throw error("Argument \"\(name)\" has invalid value \(Printer.print(node.value)).", node.value.anyNode)
            }
            members.append(JSONMember(name: name, value: value))
        }
        return JSONObject(members)
    }

    package static func coerce(
        _ field: FieldNode, _ definition: FieldDefinition, in schema: Schema, variables: CoercedVariables
    ) throws(GraphQLError) -> JSONObject {
        try coerce(definition.arguments, field.arguments, of: field, in: schema, variables: variables)
    }

    private static func fallback(_ definition: InputValueDefinition, in schema: Schema) -> JSONValue? {
        definition.defaultValue.flatMap { LiteralCoercion.coerce($0, to: definition.type, in: schema) }
    }

    private static func error(_ message: String, _ node: AnyNode) -> GraphQLError {
        GraphQLError(
            .coercion, message, locations: [node.location], extensionPath: DialectPath.path(to: node))
    }
}
