// Specification, section 3.3 "Schema": all types have unique names.

struct UniqueTypeNames: ValidationRule {
    static let hooks: ValidationHooks = []

    mutating func enterDocument(_ context: ValidationContext) {
        var known: [String: Int] = [:]
        for definition in context.document.definitions where definition.kind.isTypeDefinition {
            let name = definition.nameText
            let offset = definition.nameByteRange.lowerBound
            if context.schema.provider.type(named: name) != nil {
                context.report(
                    "Type \"\(name)\" already exists in the schema. It cannot also be defined in this type definition.",
                    offsets: [offset], path: nil)
            } else if let first = known[name] {
                context.report("There can be only one type named \"\(name)\".", offsets: [first, offset], path: nil)
            } else {
                known[name] = offset
            }
        }
    }
}
