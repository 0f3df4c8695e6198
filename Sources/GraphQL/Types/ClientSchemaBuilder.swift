// The answer to an introspection request back to a schema: how remote services become sources. Refuses answers that
// leave out what a schema needs, in the reference's words. Specification, section 4.2 "Schema Introspection".

package import Base

package struct ClientSchemaBuilder {
    /// Kinds of the answer's types by name: references are checked before any type is built.
    private var kinds: [String: String] = [:]

    private init() {}

    /// `data` of an answer to `IntrospectionQuery`. Only its form is checked; `SchemaValidation` says whether the
    /// schema is sound.
    package static func schema(of data: JSONValue) throws(GraphQLError) -> Schema {
        guard let schema = data.object?["__schema"]?.object else {
            throw error(
                "Invalid or incomplete introspection result. Ensure that you are passing \"data\" property of introspection response and no \"errors\" was returned alongside: \(Inspection.inspect(data))."
            )
        }
        var builder = ClientSchemaBuilder()
        return try builder.build(schema)
    }

    private static func error(_ message: String) -> GraphQLError { GraphQLError(.validation, message) }

    private mutating func build(_ schema: JSONObject) throws(GraphQLError) -> Schema {
        let entries = schema["types"]?.array ?? []
        for entry in entries {
            guard let type = entry.object, let name = type["name"]?.string, let kind = type["kind"]?.string else {
                throw ClientSchemaBuilder.error(
                    "Invalid or incomplete introspection result. Ensure that a full introspection query is used in order to build a client schema: \(Inspection.inspect(entry))."
                )
            }
            kinds[name] = kind
        }
        var types: [NamedType] = []
        for entry in entries {
            guard let object = entry.object, let name = object["name"]?.string else { continue }
            // The built-in ones are the same everywhere.
            if BuiltInScalars.byName[name] != nil || IntrospectionTypes.byName[name] != nil { continue }
            types.append(try type(object))
        }
        let query = try rootType(schema["queryType"])
        let mutation = try rootType(schema["mutationType"])
        let subscription = try rootType(schema["subscriptionType"])
        var directives: [DirectiveDefinition] = []
        for entry in schema["directives"]?.array ?? [] { directives.append(try directive(entry)) }
        return Schema(
            provider: StaticTypeProvider(types, directives: directives), queryType: query, mutationType: mutation,
            subscriptionType: subscription, description: schema["description"]?.string, directives: directives)
    }

    // MARK: References

    private func rootType(_ reference: JSONValue?) throws(GraphQLError) -> String? {
        guard let reference, !reference.isNull else { return nil }
        let name = try named(reference)
        try expect(name, "OBJECT", "Object")
        return name
    }

    private func named(_ reference: JSONValue) throws(GraphQLError) -> String {
        guard let name = reference.object?["name"]?.string, !name.isEmpty else {
            throw ClientSchemaBuilder.error("Unknown type reference: \(Inspection.inspect(reference)).")
        }
        guard kinds[name] != nil else {
            throw ClientSchemaBuilder.error(
                "Invalid or incomplete schema, unknown type: \(name). Ensure that a full introspection query is used in order to build a client schema."
            )
        }
        return name
    }

    private func expect(_ name: String, _ kind: String, _ word: String) throws(GraphQLError) {
        guard kinds[name] == kind else {
            throw ClientSchemaBuilder.error("Expected \(name) to be a GraphQL \(word) type.")
        }
    }

    private func reference(_ value: JSONValue?) throws(GraphQLError) -> TypeReference {
        guard let value, let object = value.object else {
            throw ClientSchemaBuilder.error("Unknown type reference: \(Inspection.inspect(value ?? .null)).")
        }
        let kind = object["kind"]?.string
        guard kind == "LIST" || kind == "NON_NULL" else { return .named(try named(value)) }
        guard let inner = object["ofType"], !inner.isNull else {
            throw ClientSchemaBuilder.error("Decorated type deeper than introspection query.")
        }
        let type = try reference(inner)
        return kind == "LIST" ? .list(type) : .nonNull(type)
    }

    // MARK: Types

    private func type(_ type: JSONObject) throws(GraphQLError) -> NamedType {
        let name = type["name"]?.string ?? ""
        let description = type["description"]?.string
        switch type["kind"]?.string {
        case "SCALAR":
            return .scalar(
                ScalarType(
                    name: name, description: description, specifiedByURL: type["specifiedByURL"]?.string))
        case "OBJECT":
            return .object(
                ObjectType(
                    name: name, description: description, interfaces: try interfaces(type), fields: try fields(type)))
        case "INTERFACE":
            return .interface(
                InterfaceType(
                    name: name, description: description, interfaces: try interfaces(type), fields: try fields(type)))
        case "UNION":
            var members: [String] = []
            for member in try list("possibleTypes", of: type) {
                let name = try named(member)
                try expect(name, "OBJECT", "Object")
                members.append(name)
            }
            return .union(UnionType(name: name, description: description, memberTypes: members))
        case "ENUM":
            let values = try list("enumValues", of: type).map { value in
                EnumValueDefinition(
                    name: value.object?["name"]?.string ?? "", description: value.object?["description"]?.string,
                    deprecationReason: value.object?["deprecationReason"]?.string)
            }
            return .enumeration(EnumType(name: name, description: description, values: DefinitionList(values)))
        case "INPUT_OBJECT":
            var fields: [InputValueDefinition] = []
            for field in try list("inputFields", of: type) { fields.append(try inputValue(field)) }
            return .inputObject(
                InputObjectType(
                    name: name, description: description, fields: DefinitionList(fields),
                    isOneOf: type["isOneOf"]?.bool ?? false))
        default:
            throw ClientSchemaBuilder.error(
                "Invalid or incomplete introspection result. Ensure that a full introspection query is used in order to build a client schema: \(Inspection.inspect(.object(type)))."
            )
        }
    }

    private func list(
        _ key: String, of object: JSONObject, named name: String? = nil
    ) throws(GraphQLError) -> [JSONValue] {
        guard let items = object[key]?.array else {
            throw ClientSchemaBuilder.error(
                "Introspection result missing \(name ?? key): \(Inspection.inspect(.object(object))).")
        }
        return items
    }

    private func interfaces(_ type: JSONObject) throws(GraphQLError) -> [String] {
        // Servers from before interfaces could implement others say null.
        if type["kind"]?.string == "INTERFACE", type["interfaces"]?.isNull ?? false { return [] }
        var names: [String] = []
        for interface in try list("interfaces", of: type) {
            let name = try named(interface)
            try expect(name, "INTERFACE", "Interface")
            names.append(name)
        }
        return names
    }

    private func fields(_ type: JSONObject) throws(GraphQLError) -> DefinitionList<FieldDefinition> {
        var fields: [FieldDefinition] = []
        for entry in try list("fields", of: type) {
            let field = entry.object ?? JSONObject()
            let type = try reference(field["type"])
            guard kinds[type.name] != "INPUT_OBJECT" else {
                throw ClientSchemaBuilder.error(
                    "Introspection must provide output type for fields, but received: \(type).")
            }
            var arguments: [InputValueDefinition] = []
            for argument in try list("args", of: field, named: "field args") {
                arguments.append(try inputValue(argument))
            }
            fields.append(
                FieldDefinition(
                    name: field["name"]?.string ?? "", description: field["description"]?.string,
                    arguments: arguments, type: type, deprecationReason: field["deprecationReason"]?.string))
        }
        return DefinitionList(fields)
    }

    private func inputValue(_ entry: JSONValue) throws(GraphQLError) -> InputValueDefinition {
        let value = entry.object ?? JSONObject()
        let type = try reference(value["type"])
        switch kinds[type.name] {
        case "SCALAR", "ENUM", "INPUT_OBJECT": break
        default:
            throw ClientSchemaBuilder.error(
                "Introspection must provide input type for arguments, but received: \(type).")
        }
        var fallback: ConstantValue?
        if let text = value["defaultValue"]?.string {
            let literal = try DocumentParser.parseValue(Array(text.utf8), isConstant: true, limits: .trusted)
            fallback = ConstantValue(literal)
        }
        return InputValueDefinition(
            name: value["name"]?.string ?? "", description: value["description"]?.string, type: type,
            defaultValue: fallback, deprecationReason: value["deprecationReason"]?.string)
    }

    private func directive(_ entry: JSONValue) throws(GraphQLError) -> DirectiveDefinition {
        let directive = entry.object ?? JSONObject()
        var arguments: [InputValueDefinition] = []
        for argument in try list("args", of: directive, named: "directive args") {
            arguments.append(try inputValue(argument))
        }
        let locations = try list("locations", of: directive, named: "directive locations")
        return DirectiveDefinition(
            name: directive["name"]?.string ?? "", description: directive["description"]?.string,
            arguments: arguments, locations: locations.compactMap { $0.string.flatMap(DirectiveLocation.init) },
            isRepeatable: directive["isRepeatable"]?.bool ?? false)
    }
}
