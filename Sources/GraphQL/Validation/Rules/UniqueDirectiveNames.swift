// Specification, section 3.13 "Directives": all directives have unique names.

struct UniqueDirectiveNames: ValidationRule {
    static let hooks: ValidationHooks = []

    mutating func enterDocument(_ context: ValidationContext) {
        var known: [String: Int] = [:]
        for definition in context.document.definitions where definition.kind == .directiveDefinition {
            let name = definition.nameText
            let offset = definition.nameByteRange.lowerBound
            if context.isExtension, context.schema.directive(named: name) != nil {
                context.report(
                    "Directive \"@\(name)\" already exists in the schema. It cannot be redefined.",
                    offsets: [offset], path: nil)
            } else if let first = known[name] {
                context.report(
                    "There can be only one directive named \"@\(name)\".", offsets: [first, offset], path: nil)
            } else {
                known[name] = offset
            }
        }
    }
}
