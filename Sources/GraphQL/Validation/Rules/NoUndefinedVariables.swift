// Specification, section 5.8.3 "All Variable Uses Defined".

struct NoUndefinedVariables: ValidationRule {
    static let hooks: ValidationHooks = []

    mutating func leaveDocument(_ context: ValidationContext) {
        for operation in context.document.operations {
            let defined = Set(operation.variableDefinitions.map(\.name))
            let owner = operation.name.map { " by operation \"\($0)\"" } ?? ""
            for use in context.variables(of: operation) where !context.isStopped {
                let name = use.node.nameText
                guard !defined.contains(name) else { continue }
                context.report("Variable \"$\(name)\" is not defined\(owner).", at: use.node, operation)
            }
        }
    }
}
