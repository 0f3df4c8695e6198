// Introspection that goes from types to fields to types … multiplies with every step; three lists deep is what tools
// need. Not in the specification: it protects the server.

struct MaximumIntrospectionDepth: ValidationRule {
    static let hooks: ValidationHooks = [.field]

    let maximum: Int
    /// How deep the lists in a fragment go, each fragment followed once.
    private var depths: [String: Int] = [:]
    /// Fields inside one that was refused already.
    private var skippedUntil = 0

    init(maximum: Int) {
        self.maximum = maximum
    }

    mutating func enterField(_ node: FieldNode, _ context: ValidationContext) {
        guard node.index >= skippedUntil, node.isNamed("__schema") || node.isNamed("__type") else { return }
        if depth(of: node.anyNode, context, nesting: 0) >= maximum {
            context.report("Maximum introspection depth exceeded", at: node)
            skippedUntil = Int(node.document[node.index].next)
        }
    }

    /// The most lists inside each other from here down. Spreads nested past the maximum need not be followed.
    private mutating func depth(of node: AnyNode, _ context: ValidationContext, nesting: Int) -> Int {
        guard context.spend() else { return 0 }
        switch node.kind {
        case .field:
            let field = FieldNode(document: node.document, index: node.index)
            let isList =
                field.isNamed("fields") || field.isNamed("interfaces") || field.isNamed("possibleTypes")
                || field.isNamed("inputFields")
            let below = field.selectionSet.map { deepest(in: $0, context, nesting) } ?? 0
            return below + (isList ? 1 : 0)
        case .inlineFragment:
            return deepest(
                in: InlineFragment(document: node.document, index: node.index).selectionSet, context, nesting)
        case .fragmentSpread:
            let name = node.nameText
            if let known = depths[name] { return known }
            // Zero while it is being followed, which also ends cycles. Chains longer than any sensible one count as
            // too deep rather than exhaust the stack.
            guard let fragment = context.fragments[name] else { return 0 }
            guard nesting < 100 else { return maximum }
            depths[name] = 0
            let result = deepest(in: fragment.selectionSet, context, nesting + 1)
            depths[name] = result
            return result
        default: return 0
        }
    }

    private mutating func deepest(in selectionSet: SelectionSet, _ context: ValidationContext, _ nesting: Int) -> Int {
        var result = 0
        for selection in selectionSet.anyNode.childNodes {
            result = max(result, depth(of: selection, context, nesting: nesting))
        }
        return result
    }
}
