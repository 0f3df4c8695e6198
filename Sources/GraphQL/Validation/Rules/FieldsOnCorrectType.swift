// Every selected field exists on its type. Specification, section 5.3.1 "Field Selections".

struct FieldsOnCorrectType: ValidationRule {
    static let hooks: ValidationHooks = [.field]

    mutating func enterField(_ node: FieldNode, _ context: ValidationContext) {
        guard context.types.fieldEntry?.definition == nil, let type = context.types.parentType else { return }
        let name = node.name
        let message = "Cannot query field \"\(name)\" on type \"\(type.name)\"."
        var suggestion = Suggestions.didYouMean(
            typesWithField(name, type, context.schema), kind: "to use an inline fragment on")
        if suggestion.isEmpty {
            suggestion = Suggestions.didYouMean(context.suggestions(name, type.fields?.names ?? []))
        }
        context.report(message + suggestion, at: node)
    }

    /// For abstract types: the object types and interfaces that do have the field, the most telling first.
    private func typesWithField(_ field: String, _ type: NamedType, _ schema: Schema) -> [String] {
        guard type.isAbstract else { return [] }
        var names: [String] = []
        var uses: [String: Int] = [:]
        func note(_ name: String) {
            if uses[name] == nil { names.append(name) }
            uses[name, default: 0] += 1
        }
        for name in schema.possibleTypes(of: type) {
            guard let possible = schema.type(named: name), possible.fields?[field] != nil else { continue }
            if uses[name] == nil { names.append(name) }
            uses[name] = 1
            for interface in possible.interfaces where schema.type(named: interface)?.fields?[field] != nil {
                note(interface)
            }
        }
        return inOrder(names) { left, right in
            let (first, second) = (uses[left] ?? 0, uses[right] ?? 0)
            if first != second { return first > second }
            if isInterface(left, schema), schema.isSubtype(right, of: left) { return true }
            if isInterface(right, schema), schema.isSubtype(left, of: right) { return false }
            return Suggestions.naturalCompare(left, right) < 0
        }
    }

    /// Insertion by bisection. The comparison above can go in circles (an interface comes before its types, names in
    /// alphabetical order), so the outcome depends on the way of sorting; this one is the reference's.
    private func inOrder(_ names: [String], _ precedes: (String, String) -> Bool) -> [String] {
        var sorted: [String] = []
        for name in names {
            var low = 0
            var high = sorted.count
            while low < high {
                let middle = (low + high) / 2
                if precedes(name, sorted[middle]) { high = middle } else { low = middle + 1 }
            }
            sorted.insert(name, at: low)
        }
        return sorted
    }

    private func isInterface(_ name: String, _ schema: Schema) -> Bool {
        if case .interface? = schema.type(named: name) { return true }
        return false
    }
}
