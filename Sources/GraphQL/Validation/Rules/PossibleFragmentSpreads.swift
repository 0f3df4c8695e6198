// A fragment that can never apply is a mistake. Specification, section 5.5.2.3 "Fragment Spread Is Possible".

struct PossibleFragmentSpreads: ValidationRule {
    static let hooks: ValidationHooks = [.inlineFragment, .fragmentSpread]

    mutating func enterInlineFragment(_ node: InlineFragment, _ context: ValidationContext) {
        guard let name = context.types.type?.name, let type = context.schema.type(named: name), type.isComposite,
            let parent = context.types.parentType, !context.schema.overlap(parent, type)
        else { return }
        context.report(
            "Fragment cannot be spread here as objects of type \"\(parent.name)\" can never be of type \"\(name)\".",
            at: node)
    }

    mutating func enterFragmentSpread(_ node: FragmentSpread, _ context: ValidationContext) {
        guard let fragment = context.fragments[node.name],
            let type = context.schema.type(named: fragment.typeCondition.name), type.isComposite,
            let parent = context.types.parentType, !context.schema.overlap(parent, type)
        else { return }
        context.report(
            "Fragment \"\(node.name)\" cannot be spread here as objects of type \"\(parent.name)\" can never be of type \"\(type.name)\".",
            at: node)
    }
}
