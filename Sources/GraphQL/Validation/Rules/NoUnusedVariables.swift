// Specification, section 5.8.4 "All Variables Used".

struct NoUnusedVariables: ValidationRule {
    static let hooks: ValidationHooks = []

    mutating func leaveDocument(_ context: ValidationContext) {
        for operation in context.document.operations where !operation.variableDefinitions.isEmpty {
            let used = Set(context.variables(of: operation).map(\.node.nameText))
            let owner = operation.name.map { " in operation \"\($0)\"" } ?? ""
            for definition in operation.variableDefinitions
            where !context.isStopped && !used.contains(definition.name) {
                context.report("Variable \"$\(definition.name)\" is never used\(owner).", at: definition)
            }
        }
    }
}
