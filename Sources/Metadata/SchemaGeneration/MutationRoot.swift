// `mutation_root` and what a write answers, `T_mutation_response` (dialect of the API, section 2).
internal import GraphQL

extension SchemaGenerator {
    /// `nil` for a caller who may write nothing: then there are no mutations.
    func mutationRoot() -> NamedType? {
        var fields: [FieldDefinition] = []
        for collection in catalog.collections {
            let visibility = see(collection.id)
            if isInsertable(collection.id) { fields += insertFields(collection) }
            if isUpdatable(collection, visibility) { fields += updateFields(collection, visibility) }
            if isDeletable(collection, visibility) { fields += deleteFields(collection, visibility) }
        }
        fields += volatileFunctionFields()
        guard !fields.isEmpty else { return nil }
        return .object(
            ObjectType(
                name: TypeNames.mutationRoot, description: "mutation root",
                fields: DefinitionList(fields.sorted { $0.name < $1.name })))
    }

    func isDeletable(_ collection: TrackedCollection, _ visibility: CollectionVisibility) -> Bool {
        visibility.isReadable && visibility.writing.isDeletable
    }

    private func insertFields(_ collection: TrackedCollection) -> [FieldDefinition] {
        let input = TypeNames.insertInput(collection)
        let conflict = conflictArgument(collection).map { [$0] } ?? []
        var fields = [
            FieldDefinition(
                name: collection.rootFields.insert,
                description: "insert data into the table: \"\(collection.apiName)\"",
                arguments: [
                    InputValueDefinition(
                        name: "objects", description: "the rows to be inserted", type: .nonNullList(of: input))
                ] + conflict,
                type: .named(TypeNames.mutationResponse(collection)))
        ]
        if hasObject(collection.id) {
            fields.append(
                FieldDefinition(
                    name: collection.rootFields.insertOne,
                    description: "insert a single row into the table: \"\(collection.apiName)\"",
                    arguments: [
                        InputValueDefinition(
                            name: "object", description: "the row to be inserted", type: .nonNull(input))
                    ] + conflict,
                    type: .named(TypeNames.object(collection))))
        }
        return fields
    }

    private func updateFields(
        _ collection: TrackedCollection, _ visibility: CollectionVisibility
    ) -> [FieldDefinition] {
        let changes = relatedArguments(collection, visibility) + changeArguments(collection, visibility)
        let response = TypeNames.mutationResponse(collection)
        var fields = [
            FieldDefinition(
                name: collection.rootFields.update, description: "update data of the table: \"\(collection.apiName)\"",
                arguments: changes + rowArguments(collection), type: .named(response)),
            FieldDefinition(
                name: collection.rootFields.updateMany,
                description: "update multiples rows of table: \"\(collection.apiName)\"",
                arguments: [
                    InputValueDefinition(
                        name: "updates", description: "updates to execute, in order",
                        type: .nonNullList(of: TypeNames.updates(collection)))
                ],
                type: .list(.named(response))),
        ]
        if hasObject(collection.id), keyArguments(collection, visibility) != nil {
            fields.append(
                FieldDefinition(
                    name: collection.rootFields.updateByKey,
                    description: "update single row of the table: \"\(collection.apiName)\"",
                    arguments: changes + [
                        InputValueDefinition(name: "pk_columns", type: .nonNull(TypeNames.keyColumns(collection)))
                    ],
                    type: .named(TypeNames.object(collection))))
        }
        return fields
    }

    private func deleteFields(
        _ collection: TrackedCollection, _ visibility: CollectionVisibility
    ) -> [FieldDefinition] {
        var fields = [
            FieldDefinition(
                name: collection.rootFields.delete,
                description: "delete data from the table: \"\(collection.apiName)\"",
                arguments: rowArguments(collection), type: .named(TypeNames.mutationResponse(collection)))
        ]
        if hasObject(collection.id), let key = keyArguments(collection, visibility) {
            fields.append(
                FieldDefinition(
                    name: collection.rootFields.deleteByKey,
                    description: "delete single row from the table: \"\(collection.apiName)\"", arguments: key,
                    type: .named(TypeNames.object(collection))))
        }
        return fields
    }

    func mutationResponse(_ collection: TrackedCollection, _ visibility: CollectionVisibility) -> NamedType? {
        guard isInsertable(collection.id) || isUpdatable(collection, visibility) || isDeletable(collection, visibility)
        else {
            return nil
        }
        var fields = [
            FieldDefinition(
                name: "affected_rows", description: "number of rows affected by the mutation", type: .nonNull("Int"))
        ]
        if hasObject(collection.id) {
            fields.append(
                FieldDefinition(
                    name: "returning", description: "data from the rows affected by the mutation",
                    type: .nonNullList(of: TypeNames.object(collection))))
        }
        return .object(
            ObjectType(
                name: TypeNames.mutationResponse(collection),
                description: "response of any mutation on the table \"\(collection.apiName)\"",
                fields: DefinitionList(fields)))
    }
}
