// A request holds operations and fragments only. Specification, section 5.1.1 "Executable Definitions".

struct ExecutableDefinitions: ValidationRule {
    static let hooks: ValidationHooks = []

    mutating func enterDocument(_ context: ValidationContext) {
        for definition in context.document.definitions where !definition.isExecutable {
            let isSchema = definition.kind == .schemaDefinition || definition.kind == .schemaExtension
            let name = isSchema ? "schema" : "\"\(definition.nameText)\""
            context.report("The \(name) definition is not executable.", at: definition)
        }
    }
}
