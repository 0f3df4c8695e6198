// The aggregate types: `T_aggregate`, `T_aggregate_fields` and one type for each function over columns (dialect of the
// API, section 3).
internal import GraphQL

extension SchemaGenerator {
    func aggregate(_ collection: TrackedCollection, _ visibility: CollectionVisibility) -> NamedType? {
        guard visibility.isAggregatable else { return nil }
        var fields = [
            FieldDefinition(name: "aggregate", type: .named(TypeNames.aggregateFields(collection)))
        ]
        if hasObject(collection.id) {
            fields.append(FieldDefinition(name: "nodes", type: .nonNullList(of: TypeNames.object(collection))))
        }
        return .object(
            ObjectType(
                name: TypeNames.aggregate(collection), description: "aggregated selection of \"\(collection.apiName)\"",
                fields: DefinitionList(fields)))
    }

    /// With no readable column `count` alone stays, without its arguments.
    func aggregateFields(_ collection: TrackedCollection, _ visibility: CollectionVisibility) -> NamedType? {
        guard visibility.isAggregatable else { return nil }
        var arguments: [InputValueDefinition] = []
        if hasVisibleField(collection.id) {
            arguments = [
                InputValueDefinition(name: "columns", type: .list(of: TypeNames.selectColumn(collection))),
                InputValueDefinition(name: "distinct", type: .named("Boolean")),
            ]
        }
        var fields = [FieldDefinition(name: "count", arguments: arguments, type: .nonNull("Int"))]
        for function in AggregateFunction.allCases where !columns(of: function, collection, visibility).isEmpty {
            fields.append(
                FieldDefinition(
                    name: function.rawValue, type: .named(TypeNames.aggregateFunction(function, collection))))
        }
        return .object(
            ObjectType(
                name: TypeNames.aggregateFields(collection),
                description: "aggregate fields of \"\(collection.apiName)\"",
                fields: DefinitionList(fields.sorted { $0.name < $1.name })))
    }

    func aggregateFunction(
        _ function: AggregateFunction, _ collection: TrackedCollection, _ visibility: CollectionVisibility
    ) -> NamedType? {
        let columns = columns(of: function, collection, visibility)
        guard visibility.isAggregatable, !columns.isEmpty else { return nil }
        let fields = columns.map { field in
            FieldDefinition(name: field.apiName, type: function.resultType(of: field.type).reference)
        }
        return .object(
            ObjectType(
                name: TypeNames.aggregateFunction(function, collection),
                description: "aggregate \(function.rawValue) on columns", fields: DefinitionList(fields)))
    }

    func columns(
        of function: AggregateFunction, _ collection: TrackedCollection, _ visibility: CollectionVisibility
    ) -> [CollectionField] {
        visibleFields(collection, visibility).map(\.field).filter { function.applies(to: $0.type) }
    }
}
