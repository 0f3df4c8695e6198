// A subscription selects one field, no introspection, and that whatever its variables are. Specification, section 5.2.4.1
// "Single Root Field".

struct SingleFieldSubscriptions: ValidationRule {
    static let hooks: ValidationHooks = [.operation]

    mutating func enterOperation(_ node: OperationDefinition, _ context: ValidationContext) {
        guard node.operationKind == .subscription, let type = context.schema.subscriptionType else { return }
        let subject = node.name.map { "Subscription \"\($0)\"" } ?? "Anonymous Subscription"
        let conditions = conditions(of: node.selectionSet, on: type, context)
        if !conditions.isEmpty {
            context.report(
                "\(subject) must not use `@skip` or `@include` directives in the top level selection.",
                offsets: conditions.map(\.range.lowerBound), path: conditions.first)
            return
        }
        let collector = FieldCollector(schema: context.schema, fragments: context.fragments, variables: .none)
        let fields = collector.collect(node.selectionSet, on: type)
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

    /// `@skip` and `@include` at the top, in fragments that apply there too. CollectSubscriptionFields() of the September 2025
    /// edition forbids them (https://github.com/graphql/graphql-spec/pull/860): which field is the one is decided without
    /// variables. The edition before it collected the fields with no variables set, and took two fields for one.
    private func conditions(
        of selectionSet: SelectionSet, on type: String, _ context: ValidationContext
    ) -> [DirectiveNode] {
        var found: [DirectiveNode] = []
        var visited: Set<String> = []
        var pending = [selectionSet]
        while let selectionSet = pending.popLast() {
            for selection in selectionSet {
                guard context.spend() else { return [] }
                let directives: NodeList<DirectiveNode>
                switch selection {
                case .field(let field): directives = field.directives
                case .inlineFragment(let fragment):
                    directives = fragment.directives
                    let condition = fragment.typeCondition
                    if condition.map({ context.schema.isSubtype(type, of: $0.name) }) ?? true {
                        pending.append(fragment.selectionSet)
                    }
                case .fragmentSpread(let spread):
                    directives = spread.directives
                    if visited.insert(spread.name).inserted, let fragment = context.fragments[spread.name],
                        context.schema.isSubtype(type, of: fragment.typeCondition.name)
                    {
                        pending.append(fragment.selectionSet)
                    }
                }
                found += directives.filter { $0.isNamed("skip") || $0.isNamed("include") }
            }
        }
        return found
    }
}
