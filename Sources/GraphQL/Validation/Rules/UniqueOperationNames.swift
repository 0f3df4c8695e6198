// Specification, section 5.2.2.1 "Operation Name Uniqueness".

struct UniqueOperationNames: ValidationRule {
    static let hooks: ValidationHooks = [.operation]

    private var known: [String: OperationDefinition] = [:]

    mutating func enterOperation(_ node: OperationDefinition, _ context: ValidationContext) {
        guard let name = node.name else { return }
        guard let first = known[name] else {
            known[name] = node
            return
        }
        context.report(
            "There can be only one operation named \"\(name)\".",
            offsets: [first.nameByteRange.lowerBound, node.nameByteRange.lowerBound], path: node)
    }
}
