// Specification, section 5.4.2 "Argument Uniqueness".

struct UniqueArgumentNames: ValidationRule {
    static let hooks: ValidationHooks = [.field, .directive]

    mutating func enterField(_ node: FieldNode, _ context: ValidationContext) {
        // Most fields have nothing below them.
        guard Int(context.document[node.index].next) > node.index + 1 else { return }
        check(node.arguments, node, context)
    }

    mutating func enterDirective(_ node: DirectiveNode, _ context: ValidationContext) {
        check(node.arguments, node, context)
    }

    private func check(_ arguments: NodeList<ArgumentNode>, _ node: some NodeView, _ context: ValidationContext) {
        var iterator = arguments.makeIterator()
        guard iterator.next() != nil, iterator.next() != nil else { return }
        for group in DuplicateNames.groups(arguments) {
            context.report(
                "There can be only one argument named \"\(group.name)\".", offsets: group.offsets, path: node)
        }
    }
}
