// Arguments without which a field or directive makes no sense are there. Specification, section 5.4.3 "Required
// Arguments".

struct ProvidedRequiredArguments: ValidationRule {
    static let hooks: ValidationHooks = [.field, .directive]

    /// Directives the document itself defines: the required arguments and their types as written.
    private var defined: [String: [(name: String, type: String)]] = [:]

    mutating func enterDocument(_ context: ValidationContext) {
        for definition in context.document.definitions {
            guard let directive = definition.as(DirectiveDefinitionNode.self) else { continue }
            defined[directive.name] = directive.arguments.filter { argument in
                argument.type.kind == .nonNullType && argument.defaultValue == nil
            }.map { ($0.name, Printer.print($0.type)) }
        }
    }

    mutating func enterField(_ node: FieldNode, _ context: ValidationContext) {
        guard context.types.fieldEntry?.hasRequiredArguments ?? false, let field = context.types.field else { return }
        for argument in field.arguments where argument.isRequired && node.argument(named: argument.name) == nil {
            context.report(
                "Field \"\(field.name)\" argument \"\(argument.name)\" of type \"\(argument.type)\" is required, but it was not provided.",
                offsets: [node.range.lowerBound], path: node, suffix: ".args.\(argument.name)")
        }
    }

    mutating func enterDirective(_ node: DirectiveNode, _ context: ValidationContext) {
        let name = node.name
        let required =
            defined[name]
            ?? context.schema.directive(named: name)?.arguments.filter(\.isRequired).map { ($0.name, "\($0.type)") }
        for argument in required ?? [] where node.argument(named: argument.name) == nil {
            context.report(
                "Directive \"@\(name)\" argument \"\(argument.name)\" of type \"\(argument.type)\" is required, but it was not provided.",
                at: node)
        }
    }
}
