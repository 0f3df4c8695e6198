// From a schema coordinate to what it names in a schema. Specification, section 2, "Schema Coordinates", "Resolving
// a Schema Coordinate". Meta-fields and introspection types are no elements of a schema: they are not found.

package enum SchemaElement: Sendable {
    case type(NamedType)
    case field(FieldDefinition, of: NamedType)
    case inputField(InputValueDefinition, of: InputObjectType)
    case enumValue(EnumValueDefinition, of: EnumType)
    case argument(InputValueDefinition, of: FieldDefinition)
    case directive(DirectiveDefinition)
    case directiveArgument(InputValueDefinition, of: DirectiveDefinition)
}

extension Schema {
    /// What the coordinate names; `nil` when everything around it exists and it does not.
    /// - Throws: when what it would be in does not exist or cannot have such a part.
    package func element(at coordinate: SchemaCoordinate) throws(GraphQLError) -> SchemaElement? {
        switch coordinate {
        case .type(let name): return ownType(named: name).map { .type($0) }
        case .member(let type, let name): return try member(name, ofType: type)
        case .argument(let type, let field, let name):
            let fields = try fieldBearer(type).fields
            guard let definition = fields?[field] else {
                throw GraphQLError(.validation, "Unknown field \"\(field)\" on type \"\(type)\".")
            }
            return definition.argument(named: name).map { .argument($0, of: definition) }
        case .directive(let name): return directive(named: name).map { .directive($0) }
        case .directiveArgument(let directiveName, let name):
            guard let definition = directive(named: directiveName) else {
                throw GraphQLError(.validation, "Unknown directive \"@\(directiveName)\".")
            }
            return definition.argument(named: name).map { .directiveArgument($0, of: definition) }
        }
    }

    private func ownType(named name: String) -> NamedType? {
        name.utf8.starts(with: "__".utf8) ? nil : type(named: name)
    }

    private func member(_ name: String, ofType typeName: String) throws(GraphQLError) -> SchemaElement? {
        guard let type = ownType(named: typeName) else { throw unknownType(typeName) }
        switch type {
        case .enumeration(let enumeration): return enumeration.values[name].map { .enumValue($0, of: enumeration) }
        case .inputObject(let input): return input.fields[name].map { .inputField($0, of: input) }
        case .object, .interface: return type.fields?[name].map { .field($0, of: type) }
        case .scalar, .union:
            throw GraphQLError(
                .validation,
                "Expected \"\(typeName)\" to be an Enum, Input Object, Object or Interface type.")
        }
    }

    private func fieldBearer(_ name: String) throws(GraphQLError) -> NamedType {
        guard let type = ownType(named: name) else { throw unknownType(name) }
        switch type {
        case .object, .interface: return type
        case .scalar, .union, .enumeration, .inputObject:
            throw GraphQLError(.validation, "Expected \"\(name)\" to be an object type or interface type.")
        }
    }

    private func unknownType(_ name: String) -> GraphQLError {
        GraphQLError(.validation, "Unknown type \"\(name)\".")
    }
}
