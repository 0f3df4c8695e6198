// `where`: the dialect's boolean expressions as a row predicate (dialect of the API, section 4). Columns of one object are
// combined with AND; a relationship is an EXISTS over the rows the caller may read.
internal import Base
internal import GraphQL
internal import Metadata

extension Planner {
    func filter(
        _ input: LocatedInput, _ collection: TrackedCollection
    ) throws(GatewayError) -> RowPredicate<Requested> {
        try expression(input) { (member) throws(GatewayError) in try test(member, collection) }
    }

    private func test(
        _ member: InputMember, _ collection: TrackedCollection
    ) throws(GatewayError) -> RowPredicate<Requested> {
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
