// Specification, section 3.6.1 "Field Arguments" and 3.13 "Directives": argument names are unique.

struct UniqueArgumentDefinitionNames: ValidationRule {
    static let hooks: ValidationHooks = []

    mutating func enterDocument(_ context: ValidationContext) {
        for definition in context.document.definitions {
            if let directive = definition.as(DirectiveDefinitionNode.self) {
                check(directive.arguments, of: "@\(directive.name)", context)
            } else if let type = definition.as(TypeDefinitionNode.self) {
                for field in type.fields { check(field.arguments, of: "\(type.name).\(field.name)", context) }
            }
        }
    }

    private func check(_ arguments: NodeList<InputValueNode>, of owner: String, _ context: ValidationContext) {
        for group in DuplicateNames.groups(arguments) {
            context.report(
                "Argument \"\(owner)(\(group.name):)\" can only be defined once.", offsets: group.offsets, path: nil)
        }
    }
}
