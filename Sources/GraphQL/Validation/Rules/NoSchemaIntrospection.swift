// Refuses introspection, where a server keeps its schema to itself. Not in force unless asked for.

struct NoSchemaIntrospection: ValidationRule {
    static let hooks: ValidationHooks = [.field]

    mutating func enterField(_ node: FieldNode, _ context: ValidationContext) {
        guard let type = context.types.type?.name, IntrospectionTypes.byName[type] != nil else { return }
        context.report(
            "GraphQL introspection has been disabled, but the requested query contained the field \"\(node.name)\".",
            at: node)
    }
}
