// Specification, section 5.5.1.1 "Fragment Name Uniqueness".

struct UniqueFragmentNames: ValidationRule {
    static let hooks: ValidationHooks = [.fragment]

    private var known: [String: Int] = [:]

    mutating func enterFragment(_ node: FragmentDefinition, _ context: ValidationContext) {
        let name = node.name
        let offset = node.nameByteRange.lowerBound
        guard let first = known[name] else {
            known[name] = offset
            return
        }
        context.report("There can be only one fragment named \"\(name)\".", offsets: [first, offset], path: node)
    }
}
