// The input types over aggregates of an array relationship: `T_aggregate_bool_exp` in filters and `T_aggregate_order_by`
// in orderings (dialect of the API, section 3). They exist where the related rows may be aggregated.
internal import GraphQL

/// The members of `T_aggregate_bool_exp`, of which one object has exactly one.
package enum AggregateTest: String, Sendable, Hashable, CaseIterable {
    /// The number of related rows, of values, or of distinct values.
    case count
    /// Whether every value of a column is true; null over no values.
    case every = "bool_and"
    /// Whether some value of a column is true; null over no values.
    case some = "bool_or"
}

extension SchemaGenerator {
    /// Whether an aggregate over the relationship may be filtered and ordered by.
    func offersAggregate(_ relationship: Relationship) -> Bool {
        relationship.kind == .array && see(relationship.target).isAggregatable
    }

    // MARK: Filters

    func aggregateBoolExp(_ collection: TrackedCollection, _ visibility: CollectionVisibility) -> NamedType? {
        guard visibility.isAggregatable else { return nil }
        let tests = AggregateTest.allCases.filter { $0 == .count || hasBoolean(collection, visibility) }
        return .inputObject(
            InputObjectType(
                name: TypeNames.aggregateBoolExp(collection),
                description: "filter by an aggregate over related rows of \"\(collection.apiName)\"",
                fields: DefinitionList(
                    tests.map {
                        InputValueDefinition(
                            name: $0.rawValue, type: .named(TypeNames.aggregateBoolExp($0, collection)))
                    }.sorted { $0.name < $1.name }),
                isOneOf: true))
    }

    func aggregateTest(
        _ test: AggregateTest, _ collection: TrackedCollection, _ visibility: CollectionVisibility
    ) -> NamedType? {
        guard visibility.isAggregatable else { return nil }
        var fields: [InputValueDefinition] = []
        switch test {
        case .count:
            // With no readable column only rows can be counted.
            if hasVisibleField(collection.id) {
                fields = [
                    InputValueDefinition(name: "arguments", type: .list(of: TypeNames.selectColumn(collection))),
                    InputValueDefinition(name: "distinct", type: .named("Boolean")),
                ]
            }
        case .every, .some:
            guard hasBoolean(collection, visibility) else { return nil }
            fields = [
                InputValueDefinition(name: "arguments", type: .nonNull(TypeNames.booleanColumn(collection))),
                InputValueDefinition(name: "distinct", type: .named("Boolean")),
            ]
        }
        fields.append(InputValueDefinition(name: "filter", type: .named(TypeNames.boolExp(collection))))
        let predicate = TypeNames.comparison(test == .count ? .int : .boolean)
        fields.append(InputValueDefinition(name: "predicate", type: .nonNull(predicate)))
        return .inputObject(
            InputObjectType(name: TypeNames.aggregateBoolExp(test, collection), fields: DefinitionList(fields)))
    }

    func booleanColumn(_ collection: TrackedCollection, _ visibility: CollectionVisibility) -> NamedType? {
        guard visibility.isAggregatable, hasBoolean(collection, visibility) else { return nil }
        let fields = visibleFields(collection, visibility).filter { $0.field.type == .boolean }
        return .enumeration(
            EnumType(
                name: TypeNames.booleanColumn(collection),
                description: "columns of truth values of \"\(collection.apiName)\"",
                values: DefinitionList(
                    fields.map { EnumValueDefinition(name: $0.field.apiName, description: "column name") })))
    }

    private func hasBoolean(_ collection: TrackedCollection, _ visibility: CollectionVisibility) -> Bool {
        visibleFields(collection, visibility).contains { $0.field.type == .boolean }
    }

    // MARK: Ordering

    func aggregateOrderBy(_ collection: TrackedCollection, _ visibility: CollectionVisibility) -> NamedType? {
        guard visibility.isAggregatable else { return nil }
        var fields = [InputValueDefinition(name: "count", type: .named(TypeNames.orderBy))]
        for function in AggregateFunction.allCases where !columns(of: function, collection, visibility).isEmpty {
            fields.append(
                InputValueDefinition(
                    name: function.rawValue, type: .named(TypeNames.aggregateFunctionOrderBy(function, collection))))
        }
        return .inputObject(
            InputObjectType(
                name: TypeNames.aggregateOrderBy(collection),
                description: "order by aggregate values of \"\(collection.apiName)\"",
                fields: DefinitionList(fields.sorted { $0.name < $1.name })))
    }

    func aggregateFunctionOrderBy(
        _ function: AggregateFunction, _ collection: TrackedCollection, _ visibility: CollectionVisibility
    ) -> NamedType? {
        let columns = columns(of: function, collection, visibility)
        guard visibility.isAggregatable, !columns.isEmpty else { return nil }
        return .inputObject(
            InputObjectType(
                name: TypeNames.aggregateFunctionOrderBy(function, collection),
                description: "order by \(function.rawValue)() on columns of \"\(collection.apiName)\"",
                fields: DefinitionList(
                    columns.map { InputValueDefinition(name: $0.apiName, type: .named(TypeNames.orderBy)) })))
    }
}
