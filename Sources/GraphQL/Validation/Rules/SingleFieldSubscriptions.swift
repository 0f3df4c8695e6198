// A subscription selects one field, and no introspection. Specification, section 5.2.4.1 "Single Root Field".

struct SingleFieldSubscriptions: ValidationRule {
    static let hooks: ValidationHooks = [.operation]

    mutating func enterOperation(_ node: OperationDefinition, _ context: ValidationContext) {
        guard node.operationKind == .subscription, let type = context.schema.subscriptionType else { return }
        // Without variables: what could be selected counts.
        let collector = FieldCollector(schema: context.schema, fragments: context.fragments, variables: .none)
        let fields = collector.collect(node.selectionSet, on: type)
        let subject = node.name.map { "Subscription \"\($0)\"" } ?? "Anonymous Subscription"
        if fields.count > 1 {
            let extra = fields.dropFirst().flatMap(\.nodes)
            context.report(
                "\(subject) must select only one top level field.", offsets: extra.map(\.range.lowerBound),
                path: extra.first)
        }
        for field in fields where field.name.utf8.starts(with: "__".utf8) {
            context.report(
                "\(subject) must not select an introspection top level field.",
                offsets: field.nodes.map(\.range.lowerBound), path: field.node)
        }
    }
}
