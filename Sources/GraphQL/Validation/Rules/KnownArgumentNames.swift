// Every argument exists on its field or directive. Specification, section 5.4.1 "Argument Names".

struct KnownArgumentNames: ValidationRule {
    static let hooks: ValidationHooks = [.directive, .argument]

    /// Arguments of directives the document itself defines.
    private var defined: [String: [String]] = [:]

    mutating func enterDocument(_ context: ValidationContext) {
        for definition in context.document.definitions {
            guard let directive = definition.as(DirectiveDefinitionNode.self) else { continue }
            defined[directive.name] = directive.arguments.map(\.name)
        }
    }

    mutating func enterArgument(_ node: ArgumentNode, _ context: ValidationContext) {
        guard context.types.directive == nil, let field = context.types.field, context.types.argument == nil,
            let parent = context.types.parentType, let owner = context.ancestors.last,
            context.document[owner].kind == .field
        else { return }
        let name = node.name
        let near = context.suggestions(name, field.arguments.map(\.name))
        context.report(
            "Unknown argument \"\(name)\" on field \"\(parent.name).\(field.name)\"." + Suggestions.didYouMean(near),
            at: node, path: FieldNode(document: node.document, index: owner))
    }

    mutating func enterDirective(_ node: DirectiveNode, _ context: ValidationContext) {
        let directive = node.name
        guard
            let known = defined[directive]
                ?? context.schema.directive(named: directive)?.arguments.map(\.name)
        else { return }
        for argument in node.arguments where !known.contains(argument.name) {
            let near = context.suggestions(argument.name, known)
            context.report(
                "Unknown argument \"\(argument.name)\" on directive \"@\(directive)\"." + Suggestions.didYouMean(near),
                at: argument)
        }
    }
}
