// An operation without a name stands alone. Specification, section 5.2.3.1 "Lone Anonymous Operation".

struct LoneAnonymousOperation: ValidationRule {
    static let hooks: ValidationHooks = [.operation]

    private var operationCount = 0

    mutating func enterDocument(_ context: ValidationContext) {
        operationCount = context.document.definitions.count { $0.kind == .operationDefinition }
    }

    mutating func enterOperation(_ node: OperationDefinition, _ context: ValidationContext) {
        if node.name == nil, operationCount > 1 {
            context.report("This anonymous operation must be the only defined operation.", at: node)
        }
    }
}
