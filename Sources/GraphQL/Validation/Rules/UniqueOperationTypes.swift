// Each kind of operation has one root type. Specification, section 3.3.1 "Root Operation Types".

struct UniqueOperationTypes: ValidationRule {
    static let hooks: ValidationHooks = []

    mutating func enterDocument(_ context: ValidationContext) {
        var known: [OperationKind: OperationTypeNode] = [:]
        for definition in context.document.definitions {
            guard let schema = definition.as(SchemaDefinitionNode.self) else { continue }
            for operation in schema.operationTypes {
                let kind = operation.operationKind
                if context.schema.rootType(kind) != nil {
                    context.report(
                        "Type for \(kind.name) already defined in the schema. It cannot be redefined.", at: operation)
                } else if let first = known[kind] {
                    context.report("There can be only one \(kind.name) type in schema.", at: first, operation)
                } else {
                    known[kind] = operation
                }
            }
        }
    }
}
