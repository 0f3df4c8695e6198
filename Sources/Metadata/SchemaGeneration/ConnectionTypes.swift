// The types of `T_connection` (dialect of the API, section 9), with the shape that Relay clients expect.
internal import GraphQL

extension SchemaGenerator {
    /// A cursor holds the values a row is ordered by, and the key last: all of them must be readable in clear.
    func offersConnection(_ collection: TrackedCollection, _ visibility: CollectionVisibility) -> Bool {
        visibility.isReadable && !collection.primaryKey.isEmpty
            && collection.primaryKey.allSatisfy { visibility.fields[$0] == .clear }
    }

    func connectionArguments(_ collection: TrackedCollection) -> [InputValueDefinition] {
        [
            InputValueDefinition(
                name: "after", description: "rows after the one this cursor was given for", type: .named("String")),
            InputValueDefinition(
                name: "before", description: "rows before the one this cursor was given for", type: .named("String")),
            InputValueDefinition(name: "first", description: "at most so many, from the start", type: .named("Int")),
            InputValueDefinition(name: "last", description: "at most so many, from the end", type: .named("Int")),
            InputValueDefinition(
                name: "order_by", description: "sort the rows by columns that are readable in clear",
                type: .list(of: TypeNames.connectionOrderBy(collection))),
            InputValueDefinition(
                name: "where", description: "filter the rows returned", type: .named(TypeNames.boolExp(collection))),
        ]
    }

    func connection(_ collection: TrackedCollection, _ visibility: CollectionVisibility) -> NamedType? {
        guard offersConnection(collection, visibility) else { return nil }
        return .object(
            ObjectType(
                name: TypeNames.connection(collection), description: "a page of rows of \"\(collection.apiName)\"",
                fields: DefinitionList([
                    FieldDefinition(name: "edges", type: .nonNullList(of: TypeNames.edge(collection))),
                    FieldDefinition(name: "pageInfo", type: .nonNull(TypeNames.pageInfo)),
                ])))
    }

    func edge(_ collection: TrackedCollection, _ visibility: CollectionVisibility) -> NamedType? {
        guard offersConnection(collection, visibility) else { return nil }
        return .object(
            ObjectType(
                name: TypeNames.edge(collection),
                fields: DefinitionList([
                    FieldDefinition(name: "cursor", type: .nonNull("String")),
                    FieldDefinition(name: "node", type: .nonNull(TypeNames.object(collection))),
                ])))
    }

    func connectionOrderBy(_ collection: TrackedCollection, _ visibility: CollectionVisibility) -> NamedType? {
        guard offersConnection(collection, visibility) else { return nil }
        let fields = visibleFields(collection, visibility)
            .filter { $0.visibility == .clear && !$0.field.isComputed && $0.field.type.isSortable }
        return .inputObject(
            InputObjectType(
                name: TypeNames.connectionOrderBy(collection),
                fields: DefinitionList(
                    fields.map { InputValueDefinition(name: $0.field.apiName, type: .named(TypeNames.orderBy)) })))
    }

    func pageInfo() -> NamedType {
        .object(
            ObjectType(
                name: TypeNames.pageInfo, description: "where a page of a connection stands",
                fields: DefinitionList([
                    FieldDefinition(name: "endCursor", type: .named("String")),
                    FieldDefinition(name: "hasNextPage", type: .nonNull("Boolean")),
                    FieldDefinition(name: "hasPreviousPage", type: .nonNull("Boolean")),
                    FieldDefinition(name: "startCursor", type: .named("String")),
                ])))
    }
}
