// The types of `T_group` (dialect of the API, section 9): a group has its `key` and the `aggregate` over its rows; `having`
// and `order_by` name the same.
internal import GraphQL

extension SchemaGenerator {
    func groupArguments(_ collection: TrackedCollection) -> [InputValueDefinition] {
        [
            InputValueDefinition(
                name: "by", description: "columns whose values make a group",
                type: .nonNullList(of: TypeNames.selectColumn(collection))),
            InputValueDefinition(
                name: "having", description: "filter the groups returned",
                type: .named(TypeNames.groupHaving(collection))),
            InputValueDefinition(
                name: "limit", description: "limit the number of groups returned", type: .named("Int")),
            InputValueDefinition(
                name: "offset", description: "skip the first n groups", type: .named("Int"), acceptsNumberInText: true),
            InputValueDefinition(
                name: "order_by", description: "sort the groups", type: .list(of: TypeNames.groupOrderBy(collection))),
            InputValueDefinition(
                name: "where", description: "filter the rows that are grouped",
                type: .named(TypeNames.boolExp(collection))),
        ]
    }

    func group(_ collection: TrackedCollection, _ visibility: CollectionVisibility) -> NamedType? {
        guard offersGroups(collection, visibility) else { return nil }
        return .object(
            ObjectType(
                name: TypeNames.group(collection), description: "a group of rows of \"\(collection.apiName)\"",
                fields: DefinitionList([
                    FieldDefinition(name: "aggregate", type: .nonNull(TypeNames.aggregateFields(collection))),
                    FieldDefinition(name: "key", type: .nonNull(TypeNames.groupKey(collection))),
                ])))
    }

    /// Only the columns of `by` may be asked for: which, the type cannot say.
    func groupKey(_ collection: TrackedCollection, _ visibility: CollectionVisibility) -> NamedType? {
        guard offersGroups(collection, visibility) else { return nil }
        return .object(
            ObjectType(
                name: TypeNames.groupKey(collection), description: "the columns that the groups are made by",
                fields: DefinitionList(
                    visibleFields(collection, visibility).map { field, seen in
                        let named = field.type.reference
                        return FieldDefinition(
                            name: field.apiName, description: field.description,
                            type: field.isNullable || seen.mayBeNull ? named : .nonNull(named))
                    })))
    }

    func groupHaving(_ collection: TrackedCollection, _ visibility: CollectionVisibility) -> NamedType? {
        guard offersGroups(collection, visibility) else { return nil }
        let name = TypeNames.groupHaving(collection)
        var fields = [
            InputValueDefinition(name: "_and", type: .list(of: name)),
            InputValueDefinition(name: "_not", type: .named(name)),
            InputValueDefinition(name: "_or", type: .list(of: name)),
        ]
        for test in AggregateTest.allCases where type(named: TypeNames.aggregateBoolExp(test, collection)) != nil {
            fields.append(
                InputValueDefinition(
                    name: test.rawValue, type: .named(TypeNames.aggregateBoolExp(test, collection))))
        }
        for function in AggregateFunction.allCases where !columns(of: function, collection, visibility).isEmpty {
            fields.append(
                InputValueDefinition(
                    name: function.rawValue, type: .named(TypeNames.groupHaving(function, collection))))
        }
        return .inputObject(
            InputObjectType(
                name: name, description: "filter groups by aggregates over their rows",
                fields: DefinitionList(fields.sorted { $0.name < $1.name })))
    }

    func groupHaving(
        _ function: AggregateFunction, _ collection: TrackedCollection, _ visibility: CollectionVisibility
    ) -> NamedType? {
        let columns = columns(of: function, collection, visibility)
        guard offersGroups(collection, visibility), !columns.isEmpty else { return nil }
        return .inputObject(
            InputObjectType(
                name: TypeNames.groupHaving(function, collection),
                fields: DefinitionList(
                    columns.map { field in
                        InputValueDefinition(
                            name: field.apiName,
                            type: .named(TypeNames.comparison(function.resultType(of: field.type))))
                    })))
    }

    func groupOrderBy(_ collection: TrackedCollection, _ visibility: CollectionVisibility) -> NamedType? {
        guard offersGroups(collection, visibility) else { return nil }
        var fields = [
            InputValueDefinition(name: "aggregate", type: .named(TypeNames.aggregateOrderBy(collection)))
        ]
        if type(named: TypeNames.groupKeyOrderBy(collection)) != nil {
            fields.append(InputValueDefinition(name: "key", type: .named(TypeNames.groupKeyOrderBy(collection))))
        }
        return .inputObject(
            InputObjectType(name: TypeNames.groupOrderBy(collection), fields: DefinitionList(fields)))
    }

    func groupKeyOrderBy(_ collection: TrackedCollection, _ visibility: CollectionVisibility) -> NamedType? {
        let fields = visibleFields(collection, visibility).filter { $0.field.type.isSortable }
        guard offersGroups(collection, visibility), !fields.isEmpty else { return nil }
        return .inputObject(
            InputObjectType(
                name: TypeNames.groupKeyOrderBy(collection),
                fields: DefinitionList(
                    fields.map { InputValueDefinition(name: $0.field.apiName, type: .named(TypeNames.orderBy)) })))
    }

    private func offersGroups(_ collection: TrackedCollection, _ visibility: CollectionVisibility) -> Bool {
        visibility.isAggregatable && hasVisibleField(collection.id)
    }
}
