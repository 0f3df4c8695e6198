// Specification, section 5.5.1.4 "Fragments Must Be Used".

struct NoUnusedFragments: ValidationRule {
    mutating func leaveDocument(_ context: ValidationContext) {
        let fragments = context.document.fragments
        if fragments.isEmpty { return }
        // One walk from all operations together: how often a fragment is reached does not matter here.
        var used: Set<String> = []
        var pending = context.document.operations.map(\.index)
        while let definition = pending.popLast() {
            for spread in context.contents[definition]?.spreads ?? [] {
                let name = spread.name
                if used.insert(name).inserted, let fragment = context.fragments[name] { pending.append(fragment.index) }
            }
        }
        for fragment in fragments where !used.contains(fragment.name) {
            context.report("Fragment \"\(fragment.name)\" is never used.", at: fragment)
        }
    }
}
