// Specification, section 5.8.2 "Variables Are Input Types".

struct VariablesAreInputTypes: ValidationRule {
    static let hooks: ValidationHooks = [.variableDefinition]

    mutating func enterVariableDefinition(_ node: VariableDefinition, _ context: ValidationContext) {
        guard let type = context.schema.type(named: node.type.name), !type.isInput else { return }
        context.report(
            "Variable \"$\(node.name)\" cannot be non-input type \"\(node.type.reference)\".", at: node.type)
    }
}
