// The names of generated types (dialect of the API, section 3), in one place: schema generation makes types of these
// names, the planner never needs to take them apart.

package enum TypeNames {
    package static let queryRoot = "query_root"
    package static let subscriptionRoot = "subscription_root"
    package static let orderBy = "order_by"
    package static let presence = "sealed_comparison_exp"

    package static func object(_ collection: TrackedCollection) -> String { collection.apiName }
    package static func boolExp(_ collection: TrackedCollection) -> String { collection.apiName + "_bool_exp" }
    package static func orderBy(_ collection: TrackedCollection) -> String { collection.apiName + "_order_by" }
    package static func selectColumn(_ collection: TrackedCollection) -> String {
        collection.apiName + "_select_column"
    }
    package static func aggregate(_ collection: TrackedCollection) -> String { collection.apiName + "_aggregate" }
    package static func aggregateFields(_ collection: TrackedCollection) -> String {
        collection.apiName + "_aggregate_fields"
    }
    package static func aggregateFunction(_ function: AggregateFunction, _ collection: TrackedCollection) -> String {
        "\(collection.apiName)_\(function.rawValue)_fields"
    }
    package static func aggregateOrderBy(_ collection: TrackedCollection) -> String {
        collection.apiName + "_aggregate_order_by"
    }
    package static func aggregateFunctionOrderBy(
        _ function: AggregateFunction, _ collection: TrackedCollection
    ) -> String {
        "\(collection.apiName)_\(function.rawValue)_order_by"
    }
    package static func aggregateBoolExp(_ collection: TrackedCollection) -> String {
        collection.apiName + "_aggregate_bool_exp"
    }
    package static func aggregateBoolExp(_ test: AggregateTest, _ collection: TrackedCollection) -> String {
        "\(collection.apiName)_aggregate_bool_exp_\(test.rawValue)"
    }
    /// The columns of truth values that `bool_and` and `bool_or` take.
    package static func booleanColumn(_ collection: TrackedCollection) -> String {
        collection.apiName + "_select_column_boolean"
    }
    package static func group(_ collection: TrackedCollection) -> String { collection.apiName + "_group" }
    package static func groupKey(_ collection: TrackedCollection) -> String { collection.apiName + "_group_key" }
    package static func groupHaving(_ collection: TrackedCollection) -> String {
        collection.apiName + "_group_having"
    }
    package static func groupHaving(_ function: AggregateFunction, _ collection: TrackedCollection) -> String {
        "\(collection.apiName)_group_\(function.rawValue)_having"
    }
    package static func groupOrderBy(_ collection: TrackedCollection) -> String {
        collection.apiName + "_group_order_by"
    }
    package static func groupKeyOrderBy(_ collection: TrackedCollection) -> String {
        collection.apiName + "_group_key_order_by"
    }
    package static let pageInfo = "PageInfo"
    package static func connection(_ collection: TrackedCollection) -> String { collection.apiName + "_connection" }
    package static func edge(_ collection: TrackedCollection) -> String { collection.apiName + "_edge" }
    package static func connectionOrderBy(_ collection: TrackedCollection) -> String {
        collection.apiName + "_connection_order_by"
    }
    package static func enumeration(apiName: String) -> String { apiName + "_enum" }
    package static func cast(_ kind: ScalarKind) -> String { kind.namePrefix + "_cast_exp" }
    package static func comparison(_ kind: ScalarKind) -> String { kind.namePrefix + "_comparison_exp" }

    /// Every type that is made for one collection.
    package static func all(_ collection: TrackedCollection) -> [String] {
        [
            object(collection), boolExp(collection), orderBy(collection), selectColumn(collection),
            aggregate(collection), aggregateFields(collection), aggregateOrderBy(collection),
            aggregateBoolExp(collection), booleanColumn(collection),
        ] + AggregateTest.allCases.map { aggregateBoolExp($0, collection) }
            + AggregateFunction.allCases.flatMap {
                [aggregateFunction($0, collection), aggregateFunctionOrderBy($0, collection)]
            }
            + writes(collection)
    }

    /// What a function's root fields are called.
    package static func roots(of function: TrackedFunction) -> [String] {
        function.isVolatile ? [function.apiName] : [function.apiName, function.apiName + aggregateSuffix]
    }

    package static func arguments(of function: TrackedFunction) -> String { function.apiName + "_args" }
    package static func arguments(of function: RowFunction, _ collection: TrackedCollection) -> String {
        "\(function.name)_\(collection.apiName)_args"
    }

    static let aggregateSuffix = "_aggregate"

    /// The field of an array relationship's aggregate.
    package static func aggregateField(of relationship: Relationship) -> String {
        relationship.name + aggregateSuffix
    }
}
