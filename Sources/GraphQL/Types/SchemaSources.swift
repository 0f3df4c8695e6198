// Where the things of a schema are written, for errors about schemas: from names to the nodes of the documents the
// schema was built from.

internal import Base

struct SchemaSources {
    private let documents: [Document]
    private var types: [String: [TypeDefinitionNode]] = [:]
    private var directives: [String: DirectiveDefinitionNode] = [:]
    private(set) var schemaDefinitions: [SchemaDefinitionNode] = []

    init(_ documents: [Document]) {
        self.documents = documents
        for definition in documents.flatMap({ Array($0.definitions) }) {
            if let type = definition.as(TypeDefinitionNode.self) {
                types[type.name, default: []].append(type)
            } else if let directive = definition.as(DirectiveDefinitionNode.self) {
                directives[directive.name] = directive
            } else if let schema = definition.as(SchemaDefinitionNode.self) {
                schemaDefinitions.append(schema)
            }
        }
    }

    /// The definition and the extensions of a type.
    func type(_ name: String) -> [AnyNode] { (types[name] ?? []).map(\.anyNode) }

    /// The definition alone.
    func definition(_ name: String) -> AnyNode? { types[name]?.first { !$0.isExtension }?.anyNode }

    func field(_ type: String, _ name: String) -> FieldDefinitionNode? {
        for node in types[type] ?? [] {
            if let field = node.fields.first(where: { $0.name == name }) { return field }
        }
        return nil
    }

    func argument(_ type: String, _ field: String, _ name: String) -> InputValueNode? {
        self.field(type, field)?.arguments.first { $0.name == name }
    }

    func inputField(_ type: String, _ name: String) -> InputValueNode? {
        for node in types[type] ?? [] {
            if let field = node.inputFields.first(where: { $0.name == name }) { return field }
        }
        return nil
    }

    func enumValue(_ type: String, _ name: String) -> AnyNode? {
        for node in types[type] ?? [] {
            if let value = node.values.first(where: { $0.name == name }) { return value.anyNode }
        }
        return nil
    }

    /// Every place where a type says it implements an interface.
    func interface(_ type: String, _ interface: String) -> [AnyNode] {
        (types[type] ?? []).flatMap { $0.interfaces.filter { $0.name == interface }.map(\.anyNode) }
    }

    /// Every place where a union lists a member.
    func member(_ union: String, _ member: String) -> [AnyNode] {
        (types[union] ?? []).flatMap { $0.memberTypes.filter { $0.name == member }.map(\.anyNode) }
    }

    func directive(_ name: String) -> DirectiveDefinitionNode? { directives[name] }

    func directiveArgument(_ directive: String, _ name: String) -> InputValueNode? {
        directives[directive]?.arguments.first { $0.name == name }
    }

    /// The type named for a kind of operation.
    func rootType(_ kind: OperationKind) -> AnyNode? {
        for definition in schemaDefinitions {
            if let operation = definition.operationTypes.first(where: { $0.operationKind == kind }) {
                return operation.type.anyNode
            }
        }
        return nil
    }
}

extension InputValueNode {
    /// The `@deprecated` on it.
    var deprecation: AnyNode? { directives.first { $0.isNamed("deprecated") }?.anyNode }
}
