// `<array relationship>_aggregate` in `where` and `order_by`: input objects to aggregates over related rows, as values of
// the row (dialect of the API, section 3).
internal import Base
internal import GraphQL
internal import Metadata

extension TrackedCollection {
    /// The array relationship whose aggregate a member of `T_bool_exp` or `T_order_by` names.
    func aggregateReference(apiName name: String) -> RelationshipReference? {
        let index = relationships.firstIndex { $0.kind == .array && TypeNames.aggregateField(of: $0) == name }
        return index.map { RelationshipReference(collection: id, index: $0) }
    }
}

extension Planner {
    /// The one test of a `T_aggregate_bool_exp`.
    func relatedAggregate(
        _ input: LocatedInput, _ link: RelationshipReference
    ) throws(GatewayError) -> RowPredicate<Requested> {
        guard case .object(let members) = input.value, let member = members.first,
            let test = AggregateTest(rawValue: member.name)
        else { return .alwaysTrue }
        let target = catalog[catalog.relationship(link).target]
        guard let (computation, predicate, test) = try aggregateTest(test, member.input, target) else {
            return .alwaysTrue
        }
        let aggregate = RelatedAggregate<Requested>(
            computation: computation, security: Unsecured(), predicate: predicate)
        return try comparisons(.aggregate(link, aggregate), test.kind, test.input)
    }

    /// The members of a `T_aggregate_bool_exp_count` or its twins: what is computed, over which rows, and what it must be.
    func aggregateTest(
        _ test: AggregateTest, _ input: LocatedInput, _ collection: TrackedCollection
    ) throws(GatewayError) -> (
        RelatedAggregate<Requested>.Computation, RowPredicate<Requested>, (kind: ScalarKind, input: LocatedInput)
    )? {
        guard case .object(let members) = input.value else { return nil }
        var columns: [RequestedValue] = []
        var isDistinct = false
        var filter = RowPredicate<Requested>.alwaysTrue
        var predicate: LocatedInput?
        for member in members {
            switch member.name {
            case "arguments": columns = self.columns(member.input.value, collection)
            case "distinct": if case .boolean(true) = member.input.value { isDistinct = true }
            case "filter":
                try refuseNull(member.input)
                filter = try self.filter(member.input, collection)
            default: predicate = member.input
            }
        }
        guard let predicate else { return nil }
        switch (test, columns.first) {
        case (.count, _): return (.count(columns: columns, distinct: isDistinct), filter, (.int, predicate))
        // Distinct values are as true as all of them.
        case (.every, let column?): return (.every(column), filter, (.boolean, predicate))
        case (.some, let column?): return (.some(column), filter, (.boolean, predicate))
        case (.every, nil), (.some, nil): return nil
        }
    }

    /// `T_aggregate_order_by`: terms in written order; null entries say nothing, at every level.
    func aggregateOrdering(_ input: InputValue, _ link: RelationshipReference) -> [OrderingTerm<Requested>] {
        let target = catalog[catalog.relationship(link).target]
        return aggregateTerms(input, target).map { computation, direction in
            let aggregate = RelatedAggregate<Requested>(
                computation: computation, security: Unsecured(), predicate: .alwaysTrue)
            return OrderingTerm(value: .aggregate(link, aggregate), direction: direction)
        }
    }

    func aggregateTerms(
        _ input: InputValue, _ collection: TrackedCollection
    ) -> [(RelatedAggregate<Requested>.Computation, OrderingDirection)] {
        guard case .object(let members) = input else { return [] }
        return members.flatMap { member -> [(RelatedAggregate<Requested>.Computation, OrderingDirection)] in
            guard let function = AggregateFunction(rawValue: member.name) else {
                return direction(member.input.value).map { [(.count(columns: [], distinct: false), $0)] } ?? []
            }
            guard case .object(let columns) = member.input.value else { return [] }
            return columns.compactMap { column in
                guard let index = collection.fieldIndex(apiName: column.name),
                    let direction = direction(column.input.value)
                else { return nil }
                return (.function(function, .field(collection.reference(index))), direction)
            }
        }
    }

    func direction(_ input: InputValue) -> OrderingDirection? {
        guard case .enumeration(let name) = input else { return nil }
        return OrderingDirection(rawValue: name)
    }
}
