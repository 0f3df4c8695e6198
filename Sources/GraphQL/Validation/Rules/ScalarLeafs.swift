// Leaves have no selections, everything else has some. Specification, section 5.3.3 "Leaf Field Selections".

struct ScalarLeafs: ValidationRule {
    static let hooks: ValidationHooks = [.field]

    mutating func enterField(_ node: FieldNode, _ context: ValidationContext) {
        guard let named = context.types.namedType, let type = context.types.type else { return }
        let selectionSet = node.selectionSet
        if named.isLeaf, let selectionSet {
            context.report(
                "Field \"\(node.name)\" must not have a selection since type \"\(type)\" has no subfields.",
                at: selectionSet, path: node)
        } else if !named.isLeaf, selectionSet == nil {
            context.report(
                "Field \"\(node.name)\" of type \"\(type)\" must have a selection of subfields. Did you mean \"\(node.name) { ... }\"?",
                at: node)
        }
    }
}
