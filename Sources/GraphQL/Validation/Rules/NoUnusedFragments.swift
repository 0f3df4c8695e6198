// Specification, section 5.5.1.4 "Fragments Must Be Used".

struct NoUnusedFragments: ValidationRule {
    static let hooks: ValidationHooks = []

    mutating func leaveDocument(_ context: ValidationContext) {
        let fragments = context.document.fragments
        if fragments.isEmpty { return }
        // One walk from all operations together: how often a fragment is reached does not matter here.
        var used: Set<Int> = []
        var pending = context.document.operations.map(\.index)
        while let definition = pending.popLast() {
            for fragment in context.contents[definition]?.fragments ?? [] where used.insert(fragment).inserted {
                pending.append(fragment)
            }
        }
        // Of several with one name the first is meant; the others are reported for their names.
        for fragment in fragments {
            let first = context.fragments[fragment.name]?.index ?? fragment.index
            if used.contains(first) { continue }
            context.report("Fragment \"\(fragment.name)\" is never used.", at: fragment)
        }
    }
}
