// The names of generated types (dialect of the API, section 3), in one place: schema generation makes types of these
// names, the planner never needs to take them apart.

package enum TypeNames {
    package static let queryRoot = "query_root"
    package static let orderBy = "order_by"

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
    package static func comparison(_ kind: ScalarKind) -> String { kind.graphQLName + "_comparison_exp" }

    /// Every type that is made for one collection.
    package static func all(_ collection: TrackedCollection) -> [String] {
        [
            object(collection), boolExp(collection), orderBy(collection), selectColumn(collection),
            aggregate(collection), aggregateFields(collection),
        ] + AggregateFunction.allCases.map { aggregateFunction($0, collection) } + writes(collection)
    }

    static let aggregateSuffix = "_aggregate"

    /// The field of an array relationship's aggregate.
    package static func aggregateField(of relationship: Relationship) -> String {
        relationship.name + aggregateSuffix
    }
}
