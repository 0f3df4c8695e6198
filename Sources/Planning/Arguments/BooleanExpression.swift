// `_and`, `_or` and `_not`: what `where` and `having` have in common (dialect of the API, section 4). Members of one object
// are combined with AND.
internal import Base

extension Planner {
    /// Databases' parsers hold a bounded number of open parentheses.
    static var maximumFilterDepth: Int { 16 }

    /// Null stands for no filter at the top; anywhere below it is refused: `{_not: null}` or `{id: {_eq: null}}` would read
    /// as "every row", and what deletes by such a filter deletes a table.
    /// - Parameters:
    ///   - depth: how many `_and`, `_or` and `_not` enclose the expression.
    ///   - test: the meaning of any other member.
    func expression(
        _ input: LocatedInput, depth: Int = 0,
        _ test: (InputMember) throws(GatewayError) -> RowPredicate<Requested>
    ) throws(GatewayError) -> RowPredicate<Requested> {
        guard depth <= Self.maximumFilterDepth else {
            throw GatewayError(
                exceeded: .filterDepth,
                "The filter nests \"_and\", \"_or\" and \"_not\" deeper than \(Self.maximumFilterDepth) levels.",
                extensionPath: input.errorPath)
        }
        guard case .object(let members) = input.value else { return .alwaysTrue }
        var parts: [RowPredicate<Requested>] = []
        for member in members {
            try refuseNull(member.input)
            switch member.name {
            case "_and": try parts.append(.conjunction(expressions(member.input, depth + 1, test)))
            case "_or": try parts.append(.disjunction(expressions(member.input, depth + 1, test)))
            case "_not": try parts.append(.negation(expression(member.input, depth: depth + 1, test)))
            default: try parts.append(test(member))
            }
        }
        return .conjunction(parts)
    }

    private func expressions(
        _ input: LocatedInput, _ depth: Int, _ test: (InputMember) throws(GatewayError) -> RowPredicate<Requested>
    ) throws(GatewayError) -> [RowPredicate<Requested>] {
        switch input.value {
        case .list(let items):
            var parts: [RowPredicate<Requested>] = []
            for item in items { try parts.append(expression(item, depth: depth, test)) }
            return parts
        case .object: return try [expression(input, depth: depth, test)]
        case .null, .boolean, .enumeration, .leaf: return []
        }
    }

    func refuseNull(_ input: LocatedInput) throws(GatewayError) {
        guard case .null = input.value else { return }
        throw GatewayError(.validationFailed, "unexpected null value", extensionPath: input.errorPath)
    }
}
