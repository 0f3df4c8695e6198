// A type system document to a schema, extensions merged in: schema files, remote schemas, tests. It takes the document
// as it stands; `SDLValidation` and `SchemaValidation` say whether it makes sense.
// Specification, section 3 "Type System", and its "Extensions" subsections.

package struct SchemaBuilder {
    private var names: [String] = []
    private var types: [String: NamedType] = [:]
    private var directives: [DirectiveDefinition] = []
    private var directivesInDocument: Set<String> = []
    private var description: String?
    private var rootTypes: [OperationKind: String] = [:]
    private var hasSchemaDefinition = false

    private init() {}

    /// Builds a schema of its own. Without `schema { … }` the roots are the types named Query, Mutation, Subscription.
    package static func schema(of document: Document) -> Schema {
        var builder = SchemaBuilder()
        builder.add(document)
        if !builder.hasSchemaDefinition {
            for (kind, name) in defaultRoots where builder.types[name] != nil && builder.rootTypes[kind] == nil {
                builder.rootTypes[kind] = name
            }
        }
        for directive in BuiltInDirectives.all where !builder.directivesInDocument.contains(directive.name) {
            builder.directives.append(directive)
        }
        return builder.schema
    }

    /// Parses, then builds.
    package static func schema(
        of source: String, limits: ParserLimits = .trusted
    ) throws(GraphQLError) -> Schema {
        schema(of: try DocumentParser.parse(Array(source.utf8), limits: limits))
    }

    /// `schema` with the definitions and extensions of `document`.
    package static func extend(_ schema: Schema, with document: Document) -> Schema {
        var builder = SchemaBuilder()
        builder.description = schema.description
        builder.directives = schema.directives.elements
        for kind in OperationKind.allCases { builder.rootTypes[kind] = schema.rootType(kind) }
        for name in schema.provider.typeNames {
            guard let type = schema.type(named: name) else { continue }
            builder.define(type)
        }
        builder.add(document)
        return builder.schema
    }

    /// The types a document defines, in its order.
    package static func types(of document: Document) -> [NamedType] {
        var builder = SchemaBuilder()
        builder.add(document)
        return builder.names.compactMap { builder.types[$0] }
    }

    static let defaultRoots: [(OperationKind, String)] = [
        (.query, "Query"), (.mutation, "Mutation"), (.subscription, "Subscription"),
    ]

    private var schema: Schema {
        Schema(
            provider: StaticTypeProvider(names.compactMap { types[$0] }, directives: directives),
            queryType: rootTypes[.query],
            mutationType: rootTypes[.mutation], subscriptionType: rootTypes[.subscription],
            description: description, directives: directives)
    }

    private mutating func define(_ type: NamedType) {
        if types[type.name] == nil { names.append(type.name) }
        types[type.name] = type
    }

    // MARK: Reading

    private mutating func add(_ document: Document) {
        // Extensions wait: they may stand before what they extend.
        var extensions: [TypeDefinitionNode] = []
        for definition in document.definitions {
            if let type = definition.as(TypeDefinitionNode.self) {
                if type.isExtension { extensions.append(type) } else { define(SchemaBuilder.namedType(type)) }
            } else if let directive = definition.as(DirectiveDefinitionNode.self) {
                directives.append(SchemaBuilder.directive(directive))
                directivesInDocument.insert(directive.name)
            } else if let schema = definition.as(SchemaDefinitionNode.self) {
                if !schema.isExtension {
                    hasSchemaDefinition = true
                    description = schema.description?.stringValue
                }
                for operation in schema.operationTypes { rootTypes[operation.operationKind] = operation.type.name }
            }
        }
        for node in extensions {
            guard let type = types[node.name] else { continue }
            types[node.name] = SchemaBuilder.merge(type, SchemaBuilder.namedType(node))
        }
    }

    private static func namedType(_ node: TypeDefinitionNode) -> NamedType {
        let name = node.name
        let description = node.description?.stringValue
        switch node.kind {
        case .objectTypeDefinition, .objectTypeExtension:
            return .object(
                ObjectType(
                    name: name, description: description, interfaces: node.interfaces.map(\.name),
                    fields: DefinitionList(node.fields.map { field($0) })))
        case .interfaceTypeDefinition, .interfaceTypeExtension:
            return .interface(
                InterfaceType(
                    name: name, description: description, interfaces: node.interfaces.map(\.name),
                    fields: DefinitionList(node.fields.map { field($0) })))
        case .unionTypeDefinition, .unionTypeExtension:
            return .union(UnionType(name: name, description: description, memberTypes: node.memberTypes.map(\.name)))
        case .enumTypeDefinition, .enumTypeExtension:
            let values = node.values.map { value in
                EnumValueDefinition(
                    name: value.name, description: value.description?.stringValue,
                    deprecationReason: deprecationReason(value.directives))
            }
            return .enumeration(EnumType(name: name, description: description, values: DefinitionList(values)))
        case .inputObjectTypeDefinition, .inputObjectTypeExtension:
            return .inputObject(
                InputObjectType(
                    name: name, description: description,
                    fields: DefinitionList(node.inputFields.map { inputValue($0) }),
                    isOneOf: node.directives.contains { $0.isNamed("oneOf") }))
        default:
            let specifiedBy = node.directives.first { $0.isNamed("specifiedBy") }
            return .scalar(
                ScalarType(
                    name: name, description: description,
                    specifiedByURL: specifiedBy?.argument(named: "url")?.value.stringValue))
        }
    }

    private static func field(_ node: FieldDefinitionNode) -> FieldDefinition {
        FieldDefinition(
            name: node.name, description: node.description?.stringValue,
            arguments: node.arguments.map { inputValue($0) }, type: node.type.reference,
            deprecationReason: deprecationReason(node.directives))
    }

    private static func inputValue(_ node: InputValueNode) -> InputValueDefinition {
        InputValueDefinition(
            name: node.name, description: node.description?.stringValue, type: node.type.reference,
            defaultValue: node.defaultValue.map { ConstantValue($0) },
            deprecationReason: deprecationReason(node.directives))
    }

    private static func directive(_ node: DirectiveDefinitionNode) -> DirectiveDefinition {
        DirectiveDefinition(
            name: node.name, description: node.description?.stringValue,
            arguments: node.arguments.map { inputValue($0) },
            locations: node.locations.compactMap { DirectiveLocation(rawValue: $0.name) },
            isRepeatable: node.isRepeatable)
    }

    /// `@deprecated(reason:)`: the given reason, or the default one.
    private static func deprecationReason(_ directives: NodeList<DirectiveNode>) -> String? {
        guard let deprecated = directives.first(where: { $0.isNamed("deprecated") }) else { return nil }
        guard let reason = deprecated.argument(named: "reason")?.value else {
            return BuiltInDirectives.defaultDeprecationReason
        }
        return reason.stringValue
    }

    /// An extension of another kind adds nothing: validation reports it.
    private static func merge(_ type: NamedType, _ addition: NamedType) -> NamedType {
        switch (type, addition) {
        case (.object(let base), .object(let more)):
            .object(
                ObjectType(
                    name: base.name, description: base.description, interfaces: base.interfaces + more.interfaces,
                    fields: DefinitionList(base.fields.elements + more.fields.elements)))
        case (.interface(let base), .interface(let more)):
            .interface(
                InterfaceType(
                    name: base.name, description: base.description, interfaces: base.interfaces + more.interfaces,
                    fields: DefinitionList(base.fields.elements + more.fields.elements)))
        case (.union(let base), .union(let more)):
            .union(
                UnionType(
                    name: base.name, description: base.description, memberTypes: base.memberTypes + more.memberTypes))
        case (.enumeration(let base), .enumeration(let more)):
            .enumeration(
                EnumType(
                    name: base.name, description: base.description,
                    values: DefinitionList(base.values.elements + more.values.elements)))
        case (.inputObject(let base), .inputObject(let more)):
            .inputObject(
                InputObjectType(
                    name: base.name, description: base.description,
                    fields: DefinitionList(base.fields.elements + more.fields.elements),
                    isOneOf: base.isOneOf || more.isOneOf))
        case (.scalar(let base), .scalar(let more)):
            .scalar(
                ScalarType(
                    name: base.name, description: base.description,
                    specifiedByURL: more.specifiedByURL ?? base.specifiedByURL))
        default: type
        }
    }
}
