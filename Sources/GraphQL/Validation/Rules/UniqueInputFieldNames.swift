// Specification, section 5.6.3 "Input Object Field Uniqueness".

struct UniqueInputFieldNames: ValidationRule {
    static let hooks: ValidationHooks = [.value]

    mutating func enterValue(_ node: ValueNode, _ context: ValidationContext) {
        guard node.kind == .objectValue, case .object(let fields) = node.content else { return }
        var known: [String: Int] = [:]
        for field in fields {
            let offset = field.nameByteRange.lowerBound
            if let first = known[field.name] {
                context.report(
                    "There can be only one input field named \"\(field.name)\".", offsets: [first, offset], path: field)
            } else {
                known[field.name] = offset
            }
        }
    }
}
