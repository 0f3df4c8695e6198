// `where`: the dialect's boolean expressions as a row predicate (dialect of the API, section 4). Columns of one object are
// combined with AND; a relationship is an EXISTS over the rows the caller may read.
internal import Base
internal import GraphQL
internal import Metadata

extension Planner {
    /// Null stands for no filter at the top; anywhere below it is refused: `{_not: null}` or `{id: {_eq: null}}` would read
    /// as "every row", and what deletes by such a filter deletes a table.
    /// - Parameter depth: how many `_and`, `_or` and `_not` enclose the expression within its collection.
    func filter(
        _ input: LocatedInput, _ collection: TrackedCollection, depth: Int = 0
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
            try parts.append(self.member(member, collection, depth))
        }
        return .conjunction(parts)
    }

    func refuseNull(_ input: LocatedInput) throws(GatewayError) {
        guard case .null = input.value else { return }
        throw GatewayError(.validationFailed, "unexpected null value", extensionPath: input.errorPath)
    }

    /// Databases' parsers hold a bounded number of open parentheses.
    static var maximumFilterDepth: Int { 16 }

    private func member(
        _ member: InputMember, _ collection: TrackedCollection, _ depth: Int
    ) throws(GatewayError) -> RowPredicate<Requested> {
        switch member.name {
        case "_and": return try .conjunction(filters(member.input, collection, depth + 1))
        case "_or": return try .disjunction(filters(member.input, collection, depth + 1))
        case "_not": return try .negation(filter(member.input, collection, depth: depth + 1))
        default: break
        }
        if let index = collection.fieldIndex(apiName: member.name) {
            return try comparisons(collection.reference(index), member.input)
        }
        if let reference = collection.aggregateReference(apiName: member.name) {
            return try relatedAggregate(member.input, reference)
        }
        guard let index = collection.relationshipIndex(named: member.name) else {
            preconditionFailure("validation refuses a filter that the type does not have")
        }
        let reference = RelationshipReference(collection: collection.id, index: index)
        let target = catalog[collection.relationships[index].target]
        return try .related(reference, Unsecured(), filter(member.input, target))
    }

    private func filters(
        _ input: LocatedInput, _ collection: TrackedCollection, _ depth: Int
    ) throws(GatewayError) -> [RowPredicate<Requested>] {
        switch input.value {
        case .list(let items):
            var parts: [RowPredicate<Requested>] = []
            for item in items { try parts.append(filter(item, collection, depth: depth)) }
            return parts
        case .object: return try [filter(input, collection, depth: depth)]
        case .null, .boolean, .enumeration, .leaf: return []
        }
    }

    private func comparisons(
        _ field: FieldReference, _ input: LocatedInput
    ) throws(GatewayError) -> RowPredicate<Requested> {
        try comparisons(.field(field), catalog.field(field).type, input)
    }

    /// The members of a `<Scalar>_comparison_exp`, all of which hold.
    func comparisons(
        _ value: RequestedValue, _ kind: ScalarKind, _ input: LocatedInput
    ) throws(GatewayError) -> RowPredicate<Requested> {
        guard case .object(let members) = input.value else { return .alwaysTrue }
        for member in members { try refuseNull(member.input) }
        var parts: [RowPredicate<Requested>] = []
        for member in members {
            let isCast = member.name == ComparisonOperator.cast
            try parts.append(isCast ? cast(value, member.input) : comparison(value, kind, member))
        }
        return .conjunction(parts)
    }

    /// `_cast: {String: …}`: a document compared as text.
    private func cast(
        _ value: RequestedValue, _ input: LocatedInput
    ) throws(GatewayError) -> RowPredicate<Requested> {
        guard case .object(let members) = input.value else { return .alwaysTrue }
        var parts: [RowPredicate<Requested>] = []
        for member in members {
            try refuseNull(member.input)
            try parts.append(comparisons(.text(of: value), .string, member.input))
        }
        return .conjunction(parts)
    }

    private func comparison(
        _ value: RequestedValue, _ kind: ScalarKind, _ member: InputMember
    ) -> RowPredicate<Requested> {
        if member.name == "_is_null" {
            guard case .boolean(let flag) = member.input.value else { return .alwaysTrue }
            return flag ? .isNull(value) : .not(.isNull(value))
        }
        guard let comparison = ComparisonOperator(rawValue: member.name) else {
            preconditionFailure("validation refuses an operator that the type does not have")
        }
        let type = comparison.operandType(beside: kind)
        guard comparison.takesList else {
            return compare(value, comparison, member.input, comparison.patternKind.map { .pattern($0) } ?? .value(type))
        }
        // A list with variables among its items is compared item by item.
        if case .list(let items) = member.input.value, let single = comparison.itemwise {
            let parts = items.map { compare(value, single.comparison, $0, .value(type)) }
            return single.oneIsEnough ? .disjunction(parts) : .conjunction(parts)
        }
        return compare(value, comparison, member.input, .list(of: type))
    }

    private func compare(
        _ value: RequestedValue, _ comparison: ComparisonOperator, _ input: LocatedInput, _ target: Parameter.Target
    ) -> RowPredicate<Requested> {
        guard let parameter = parameter(input, target) else { return .constant(.unknown) }
        return .comparison(Comparison(value, comparison, .parameter(parameter)))
    }
}
