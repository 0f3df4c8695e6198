// Specification, section 5.5.2.1 "Fragment Spread Target Defined".

struct KnownFragmentNames: ValidationRule {
    static let hooks: ValidationHooks = [.fragmentSpread]

    mutating func enterFragmentSpread(_ node: FragmentSpread, _ context: ValidationContext) {
        let name = node.name
        if context.fragments[name] == nil {
            context.report("Unknown fragment \"\(name)\".", offsets: [node.nameByteRange.lowerBound], path: node)
        }
    }
}
