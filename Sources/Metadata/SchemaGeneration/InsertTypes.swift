// The input types of inserts: `T_insert_input` with its nested rows, and `T_on_conflict` (dialect of the API, section 3).
internal import GraphQL

extension SchemaGenerator {
    /// Whether the caller may insert, and has something to say about what.
    func isInsertable(_ id: CollectionID) -> Bool {
        let writing = see(id).writing
        guard writing.isInsertable else { return false }
        if !writing.insertFields.isEmpty { return true }
        return writing.insertRelationships.contains { index in
            let target = see(catalog[id].relationships[index].target).writing
            return target.isInsertable && !target.insertFields.isEmpty
        }
    }

    func insertInput(_ collection: TrackedCollection, _ visibility: CollectionVisibility) -> NamedType? {
        guard isInsertable(collection.id) else { return nil }
        var fields = visibility.writing.insertFields.map { index in
            let field = collection.fields[index]
            return InputValueDefinition(
                name: field.apiName, description: field.description, type: field.type.reference)
        }
        for index in visibility.writing.insertRelationships {
            let relationship = collection.relationships[index]
            guard isInsertable(relationship.target) else { continue }
            let target = catalog[relationship.target]
            let name = relationship.kind == .object ? TypeNames.objectInsert(target) : TypeNames.arrayInsert(target)
            fields.append(InputValueDefinition(name: relationship.name, type: .named(name)))
        }
        return .inputObject(
            InputObjectType(
                name: TypeNames.insertInput(collection),
                description: "input type for inserting data into table \"\(collection.apiName)\"",
                fields: DefinitionList(fields.sorted { $0.name < $1.name })))
    }

    func nestedInsert(_ collection: TrackedCollection, _ kind: Relationship.Kind) -> NamedType? {
        guard isInsertable(collection.id) else { return nil }
        let input = TypeNames.insertInput(collection)
        var fields = [
            InputValueDefinition(
                name: "data", type: kind == .object ? .nonNull(input) : .nonNull(.list(.nonNull(.named(input)))))
        ]
        if let conflict = conflictArgument(collection) { fields.append(conflict) }
        let words = kind == .object ? "object" : "array"
        return .inputObject(
            InputObjectType(
                name: kind == .object ? TypeNames.objectInsert(collection) : TypeNames.arrayInsert(collection),
                description: "input type for inserting \(words) relation for remote table \"\(collection.apiName)\"",
                fields: DefinitionList(fields)))
    }

    func conflictArgument(_ collection: TrackedCollection) -> InputValueDefinition? {
        guard type(named: TypeNames.onConflict(collection)) != nil else { return nil }
        return InputValueDefinition(
            name: "on_conflict", description: "upsert condition", type: .named(TypeNames.onConflict(collection)))
    }

    func onConflict(_ collection: TrackedCollection, _ visibility: CollectionVisibility) -> NamedType? {
        guard isInsertable(collection.id), !visibility.writing.constraints.isEmpty else { return nil }
        var fields = [
            InputValueDefinition(name: "constraint", type: .nonNull(TypeNames.constraint(collection))),
            InputValueDefinition(
                name: "update_columns", type: .nonNullList(of: TypeNames.updateColumn(collection)),
                defaultValue: .list([])),
        ]
        if visibility.isReadable {
            fields.append(InputValueDefinition(name: "where", type: .named(TypeNames.boolExp(collection))))
        }
        return .inputObject(
            InputObjectType(
                name: TypeNames.onConflict(collection),
                description: "on_conflict condition type for table \"\(collection.apiName)\"",
                fields: DefinitionList(fields)))
    }

    func constraint(_ collection: TrackedCollection, _ visibility: CollectionVisibility) -> NamedType? {
        guard isInsertable(collection.id), !visibility.writing.constraints.isEmpty else { return nil }
        var seen: Set<String> = []
        let values = visibility.writing.constraints.sorted().compactMap { index -> EnumValueDefinition? in
            let constraint = collection.constraints[index]
            let name = constraint.apiName
            guard seen.insert(name).inserted else { return nil }
            let columns = constraint.fields.map { "\"\(collection.fields[$0].apiName)\"" }.joined(separator: ", ")
            return EnumValueDefinition(
                name: name, description: "unique or primary key constraint on columns \(columns)")
        }
        return .enumeration(
            EnumType(
                name: TypeNames.constraint(collection),
                description: "unique or primary key constraints on table \"\(collection.apiName)\"",
                values: DefinitionList(values.sorted { $0.name < $1.name })))
    }

    /// A column for every field an upsert may change; rows need not be read for that, only for a filter on them. The
    /// language has no empty enum, so without one there is a value that
    /// nothing accepts.
    func updateColumn(_ collection: TrackedCollection, _ visibility: CollectionVisibility) -> NamedType? {
        let writing = visibility.writing
        guard isInsertable(collection.id), !writing.constraints.isEmpty else { return nil }
        let fields = writing.isUpdatable ? writing.updateFields : []
        var values = fields.map { index in
            EnumValueDefinition(name: collection.fields[index].apiName, description: "column name")
        }
        if values.isEmpty {
            values = [EnumValueDefinition(name: "_PLACEHOLDER", description: "placeholder (do not use)")]
        }
        return .enumeration(
            EnumType(
                name: TypeNames.updateColumn(collection),
                description: "update columns of table \"\(collection.apiName)\"",
                values: DefinitionList(values.sorted { $0.name < $1.name })))
    }
}
