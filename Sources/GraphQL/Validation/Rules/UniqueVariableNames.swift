// Specification, section 5.8.1 "Variable Uniqueness".

struct UniqueVariableNames: ValidationRule {
    static let hooks: ValidationHooks = [.operation]

    mutating func enterOperation(_ node: OperationDefinition, _ context: ValidationContext) {
        let definitions = Array(node.variableDefinitions)
        guard definitions.count > 1 else { return }
        for group in DuplicateNames.groups(definitions) {
            context.report(
                "There can be only one variable named \"$\(group.name)\".", offsets: group.offsets, path: node)
        }
    }
}

/// Things that share a name, in the order in which the names appear first.
enum DuplicateNames {
    static func groups(_ nodes: some Sequence<some NamedNodeView>) -> [(name: String, offsets: [Int])] {
        var order: [String] = []
        var offsets: [String: [Int]] = [:]
        for node in nodes {
            let name = node.name
            if offsets[name] == nil { order.append(name) }
            offsets[name, default: []].append(node.nameByteRange.lowerBound)
        }
        return order.compactMap { name in
            guard let places = offsets[name], places.count > 1 else { return nil }
            return (name, places)
        }
    }
}
