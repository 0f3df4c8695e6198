// The input types of updates: one for each operator, `T_pk_columns_input` and `T_updates` (dialect of the API, section 3).
internal import GraphQL

extension SchemaGenerator {
    /// Whether some update can be asked for: rows are read, and there is something to change on them.
    func isUpdatable(_ collection: TrackedCollection, _ visibility: CollectionVisibility) -> Bool {
        guard visibility.isReadable, visibility.writing.isUpdatable else { return false }
        return visibility.writing.hasForcedUpdate
            || UpdateOperator.allCases.contains { !changedFields($0, collection, visibility).isEmpty }
    }

    func changedFields(
        _ change: UpdateOperator, _ collection: TrackedCollection, _ visibility: CollectionVisibility
    ) -> [CollectionField] {
        guard visibility.isReadable, visibility.writing.isUpdatable else { return [] }
        let fields = visibility.writing.updateFields.filter { index in
            // What depends on the stored value tells of it.
            change.applies(to: collection.fields[index].type)
                && (!change.readsStored || visibility.fields[index] == .clear)
        }
        return fields.map { collection.fields[$0] }.sorted { $0.apiName < $1.apiName }
    }

    func change(
        _ change: UpdateOperator, _ collection: TrackedCollection, _ visibility: CollectionVisibility
    ) -> NamedType? {
        let fields = changedFields(change, collection, visibility)
        guard !fields.isEmpty else { return nil }
        return .inputObject(
            InputObjectType(
                name: TypeNames.change(change, collection), description: change.description,
                fields: DefinitionList(
                    fields.map { field in
                        InputValueDefinition(
                            name: field.apiName, description: field.description, type: change.operand(of: field.type))
                    })))
    }

    /// The operators that have something to change, as arguments or as members of `T_updates`.
    func changeArguments(
        _ collection: TrackedCollection, _ visibility: CollectionVisibility
    ) -> [InputValueDefinition] {
        let offered = UpdateOperator.allCases.filter { !changedFields($0, collection, visibility).isEmpty }
        return offered.map { change in
            InputValueDefinition(
                name: change.rawValue, description: change.description,
                type: .named(TypeNames.change(change, collection)))
        }.sorted { $0.name < $1.name }
    }

    func keyColumns(_ collection: TrackedCollection, _ visibility: CollectionVisibility) -> NamedType? {
        guard isUpdatable(collection, visibility), let key = keyArguments(collection, visibility) else { return nil }
        return .inputObject(
            InputObjectType(
                name: TypeNames.keyColumns(collection),
                description: "primary key columns input for table: \(collection.apiName)", fields: DefinitionList(key)))
    }

    func updates(_ collection: TrackedCollection, _ visibility: CollectionVisibility) -> NamedType? {
        guard isUpdatable(collection, visibility) else { return nil }
        return .inputObject(
            InputObjectType(
                name: TypeNames.updates(collection),
                fields: DefinitionList(
                    relatedArguments(collection, visibility) + changeArguments(collection, visibility)
                        + rowArguments(collection))))
    }

    /// What picks the rows of an update or a delete. A filter that picks every row must be said to.
    func rowArguments(_ collection: TrackedCollection) -> [InputValueDefinition] {
        [
            InputValueDefinition(
                name: "all", description: "needed where the filter picks every row", type: .named("Boolean")),
            InputValueDefinition(
                name: "limit", description: "at most this many rows, the first by their key", type: .named("Int")),
            InputValueDefinition(
                name: "where", description: "filter the rows which have to be changed",
                type: .nonNull(TypeNames.boolExp(collection))),
        ]
    }
}

extension UpdateOperator {
    fileprivate func operand(of type: ScalarKind) -> TypeReference {
        switch self {
        case .set, .increment, .append, .prepend: type.reference
        case .deleteKey: .named("String")
        case .deleteElement: .named("Int")
        case .deleteAtPath: .list(of: "String")
        }
    }
}
