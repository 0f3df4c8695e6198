// The object types: `query_root` and `subscription_root` with the root fields of each collection, and `T` with its columns
// and relationships (dialect of the API, section 2).
internal import GraphQL

extension SchemaGenerator {
    func queryRoot() -> NamedType {
        var fields = readFields()
        if fields.isEmpty {
            // An object type needs a field (specification, section 3.6): a caller who may read nothing gets this one.
            fields.append(
                FieldDefinition(
                    name: "no_queries_available", description: "There is nothing this caller may read.",
                    type: .named("String")))
        }
        return root(TypeNames.queryRoot, fields)
    }

    /// What can be read can be read again when it changes. `nil` for a caller who may read nothing: then there are no
    /// subscriptions.
    func subscriptionRoot() -> NamedType? {
        readsAnything ? root(TypeNames.subscriptionRoot, readFields()) : nil
    }

    /// Whether `readFields` has any.
    var readsAnything: Bool {
        catalog.collections.contains { collection in
            let visibility = see(collection.id)
            return visibility.isReadable && (hasObject(collection.id) || visibility.isAggregatable)
        }
    }

    private func root(_ name: String, _ fields: [FieldDefinition]) -> NamedType {
        .object(
            ObjectType(
                name: name, fields: DefinitionList(fields.sorted { $0.name < $1.name })))
    }

    private func readFields() -> [FieldDefinition] {
        var fields: [FieldDefinition] = []
        for collection in catalog.collections {
            let visibility = see(collection.id)
            guard visibility.isReadable else { continue }
            if hasObject(collection.id) {
                fields.append(
                    FieldDefinition(
                        name: collection.rootFields.select, description: collection.description,
                        arguments: listArguments(collection), type: .nonNullList(of: TypeNames.object(collection))))
                if let key = keyArguments(collection, visibility) {
                    fields.append(
                        FieldDefinition(
                            name: collection.rootFields.selectByKey, description: collection.description,
                            arguments: key,
                            type: .named(TypeNames.object(collection))))
                }
            }
            if let root = collection.rootFields.selectConnection, offersConnection(collection, visibility) {
                fields.append(
                    FieldDefinition(
                        name: root, description: "rows of \"\(collection.apiName)\" in pages by cursor",
                        arguments: connectionArguments(collection),
                        type: .nonNull(TypeNames.connection(collection))))
            }
            if visibility.isAggregatable {
                fields.append(
                    FieldDefinition(
                        name: collection.rootFields.selectAggregate, arguments: listArguments(collection),
                        type: .nonNull(TypeNames.aggregate(collection))))
                if let root = collection.rootFields.selectGroup, hasVisibleField(collection.id) {
                    fields.append(
                        FieldDefinition(
                            name: root, description: "rows of \"\(collection.apiName)\" in groups",
                            arguments: groupArguments(collection),
                            type: .nonNullList(of: TypeNames.group(collection))))
                }
            }
        }
        return fields + functionFields()
    }

    func object(_ collection: TrackedCollection, _ visibility: CollectionVisibility) -> NamedType? {
        guard hasObject(collection.id) else { return nil }
        var fields = shownFields(collection, visibility).map { field, seen in
            let named = field.type.reference
            return FieldDefinition(
                name: field.apiName, description: field.description,
                arguments: field.type.family == .document ? [Self.jsonPath] : [],
                type: field.isNullable || seen.mayBeNull ? named : .nonNull(named))
        }
        for (relationship, link) in zip(collection.relationships, visibility.relationships) {
            guard case .visible(let mayBeMissing) = link else { continue }
            let target = catalog[relationship.target]
            switch relationship.kind {
            case .object:
                guard hasObject(target.id) else { continue }
                let named = TypeReference.named(TypeNames.object(target))
                fields.append(
                    FieldDefinition(
                        name: relationship.name,
                        type: relationship.isGuaranteed && !mayBeMissing ? .nonNull(named) : named))
            case .array:
                if hasObject(target.id) {
                    fields.append(
                        FieldDefinition(
                            name: relationship.name, arguments: listArguments(target),
                            type: .nonNullList(of: TypeNames.object(target))))
                }
                if see(target.id).isAggregatable {
                    fields.append(
                        FieldDefinition(
                            name: TypeNames.aggregateField(of: relationship), arguments: listArguments(target),
                            type: .nonNull(TypeNames.aggregate(target))))
                }
            }
        }
        fields += rowFunctionFields(collection, visibility)
        return .object(
            ObjectType(
                name: TypeNames.object(collection), description: collection.description,
                fields: DefinitionList(fields.sorted { $0.name < $1.name })))
    }

    /// The five arguments of every list, as far as the caller sees something to name in them.
    func listArguments(_ collection: TrackedCollection) -> [InputValueDefinition] {
        var arguments: [InputValueDefinition] = []
        if hasVisibleField(collection.id) {
            arguments.append(
                InputValueDefinition(
                    name: "distinct_on", description: "distinct select on columns",
                    type: .list(of: TypeNames.selectColumn(collection))))
        }
        arguments.append(
            InputValueDefinition(name: "limit", description: "limit the number of rows returned", type: .named("Int")))
        arguments.append(
            InputValueDefinition(
                name: "offset", description: "skip the first n rows. Use only with order_by", type: .named("Int"),
                acceptsNumberInText: true))
        if type(named: TypeNames.orderBy(collection)) != nil {
            arguments.append(
                InputValueDefinition(
                    name: "order_by", description: "sort the rows by one or more columns",
                    type: .list(of: TypeNames.orderBy(collection))))
        }
        arguments.append(
            InputValueDefinition(
                name: "where", description: "filter the rows returned", type: .named(TypeNames.boolExp(collection))))
        return arguments
    }

    private static let jsonPath = InputValueDefinition(
        name: "path", description: "JSON path: $, a, .a.b, a[0], ['k']", type: .named("String"))

    /// A row by its key exists only where every key column is readable in clear.
    func keyArguments(
        _ collection: TrackedCollection, _ visibility: CollectionVisibility
    ) -> [InputValueDefinition]? {
        guard !collection.primaryKey.isEmpty, collection.primaryKey.allSatisfy({ visibility.fields[$0] == .clear })
        else {
            return nil
        }
        return collection.primaryKey.map { index in
            let field = collection.fields[index]
            return InputValueDefinition(
                name: field.apiName, description: field.description, type: .nonNull(field.type.reference))
        }
    }
}

extension CollectionVisibility.Field {
    var mayBeNull: Bool {
        switch self {
        case .hidden, .altered(mayBeNull: true), .sealed: true
        case .clear, .altered(mayBeNull: false): false
        }
    }
}
