// Only objects, interfaces and unions have selections. Specification, section 5.5.1.3 "Fragments on Object, Interface or
// Union Types".

struct FragmentsOnCompositeTypes: ValidationRule {
    static let hooks: ValidationHooks = [.fragment, .inlineFragment]

    mutating func enterInlineFragment(_ node: InlineFragment, _ context: ValidationContext) {
        guard let condition = node.typeCondition, let type = context.schema.type(named: condition.name),
            !type.isComposite
        else { return }
        context.report("Fragment cannot condition on non composite type \"\(type.name)\".", at: condition)
    }

    mutating func enterFragment(_ node: FragmentDefinition, _ context: ValidationContext) {
        guard let type = context.schema.type(named: node.typeCondition.name), !type.isComposite else { return }
        context.report(
            "Fragment \"\(node.name)\" cannot condition on non composite type \"\(type.name)\".",
            at: node.typeCondition)
    }
}
