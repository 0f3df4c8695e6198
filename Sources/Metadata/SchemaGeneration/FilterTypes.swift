// The input types of reads: `T_bool_exp`, the comparison types of each scalar, `T_order_by`, `T_select_column` (dialect of
// the API, sections 3 and 4).
internal import GraphQL

extension SchemaGenerator {
    func boolExp(_ collection: TrackedCollection, _ visibility: CollectionVisibility) -> NamedType? {
        guard visibility.isReadable else { return nil }
        let name = TypeNames.boolExp(collection)
        var fields = [
            InputValueDefinition(name: "_and", type: .list(of: name)),
            InputValueDefinition(name: "_not", type: .named(name)),
            InputValueDefinition(name: "_or", type: .list(of: name)),
        ]
        for (field, seen) in shownFields(collection, visibility) {
            let comparison = seen == .sealed ? TypeNames.presence : TypeNames.comparison(field.type)
            fields.append(InputValueDefinition(name: field.apiName, type: .named(comparison)))
        }
        for (relationship, link) in zip(collection.relationships, visibility.relationships) where link != .hidden {
            fields.append(
                InputValueDefinition(
                    name: relationship.name, type: .named(TypeNames.boolExp(catalog[relationship.target]))))
            if offersAggregate(relationship) {
                fields.append(
                    InputValueDefinition(
                        name: TypeNames.aggregateField(of: relationship),
                        type: .named(TypeNames.aggregateBoolExp(catalog[relationship.target]))))
            }
        }
        return .inputObject(
            InputObjectType(
                name: name,
                description:
                    "Boolean expression to filter rows from \"\(collection.apiName)\". All fields are combined with a logical 'AND'.",
                fields: DefinitionList(fields.sorted { $0.name < $1.name })))
    }

    func comparison(_ kind: ScalarKind) -> NamedType? {
        if case .enumeration(let name) = kind, type(named: name) == nil { return nil }
        // Sources that share a type offer what all of them can do.
        let offered = sources(of: kind).map { $0.capabilities.operators(for: kind) }
        let operators = ComparisonOperator.allCases.filter { candidate in offered.allSatisfy { $0.contains(candidate) }
        }
        var fields = operators.map { candidate -> InputValueDefinition in
            let operand = candidate.operandType(beside: kind).reference
            return InputValueDefinition(
                name: candidate.rawValue, type: candidate.takesList ? .list(.nonNull(operand)) : operand)
        }
        if !casts(of: kind).isEmpty {
            fields.append(
                InputValueDefinition(name: ComparisonOperator.cast, type: .named(TypeNames.cast(kind))))
        }
        fields.append(InputValueDefinition(name: "_is_null", type: .named("Boolean")))
        return .inputObject(
            InputObjectType(
                name: TypeNames.comparison(kind),
                description:
                    "Boolean expression to compare columns of type \"\(kind.graphQLName)\". All fields are combined with logical 'AND'.",
                fields: DefinitionList(fields.sorted { $0.name < $1.name })))
    }

    /// For fields that are stored encrypted.
    func presence() -> NamedType? {
        guard catalog.collections.contains(where: { see($0.id).fields.contains(.sealed) }) else { return nil }
        return .inputObject(
            InputObjectType(
                name: TypeNames.presence,
                description: "Boolean expression to ask whether a column that is stored encrypted is null.",
                fields: DefinitionList([InputValueDefinition(name: "_is_null", type: .named("Boolean"))])))
    }

    /// Those with a column of the type; all of them where only aggregates are of it.
    private func sources(of kind: ScalarKind) -> [Source] {
        let holders = Set(catalog.collections.filter { $0.fields.contains { $0.type == kind } }.map(\.source))
        return holders.isEmpty ? catalog.sources : catalog.sources.filter { holders.contains($0.id) }
    }

    /// What every source lets values of the type be compared as.
    private func casts(of kind: ScalarKind) -> [ScalarKind] {
        let offered = sources(of: kind).map { $0.capabilities.casts(of: kind) }
        return (offered.first ?? []).filter { candidate in offered.allSatisfy { $0.contains(candidate) } }
    }

    func cast(_ kind: ScalarKind) -> NamedType? {
        let targets = casts(of: kind)
        guard !targets.isEmpty else { return nil }
        return .inputObject(
            InputObjectType(
                name: TypeNames.cast(kind),
                fields: DefinitionList(
                    targets.map {
                        InputValueDefinition(name: $0.graphQLName, type: .named(TypeNames.comparison($0)))
                    })))
    }

    func orderBy(_ collection: TrackedCollection, _ visibility: CollectionVisibility) -> NamedType? {
        guard visibility.isReadable else { return nil }
        var fields: [InputValueDefinition] = []
        for (field, _) in visibleFields(collection, visibility) where field.type.isSortable {
            fields.append(InputValueDefinition(name: field.apiName, type: .named(TypeNames.orderBy)))
        }
        for (relationship, link) in zip(collection.relationships, visibility.relationships)
        where link != .hidden && relationship.kind == .object && hasSortable(relationship.target, seen: [collection.id])
        {
            fields.append(
                InputValueDefinition(
                    name: relationship.name, type: .named(TypeNames.orderBy(catalog[relationship.target]))))
        }
        for (relationship, link) in zip(collection.relationships, visibility.relationships)
        where link != .hidden && offersAggregate(relationship) {
            fields.append(
                InputValueDefinition(
                    name: TypeNames.aggregateField(of: relationship),
                    type: .named(TypeNames.aggregateOrderBy(catalog[relationship.target]))))
        }
        guard !fields.isEmpty else { return nil }
        return .inputObject(
            InputObjectType(
                name: TypeNames.orderBy(collection),
                description: "Ordering options when selecting data from \"\(collection.apiName)\".",
                fields: DefinitionList(fields.sorted { $0.name < $1.name })))
    }

    /// Whether `T_order_by` of a relationship's target has anything to sort by, here or behind its own relationships.
    private func hasSortable(_ id: CollectionID, seen: Set<CollectionID>) -> Bool {
        let collection = catalog[id]
        let visibility = see(id)
        guard visibility.isReadable else { return false }
        if visibleFields(collection, visibility).contains(where: { $0.field.type.isSortable }) { return true }
        return zip(collection.relationships, visibility.relationships).contains { relationship, link in
            if link != .hidden, offersAggregate(relationship) { return true }
            return link != .hidden && relationship.kind == .object && !seen.contains(relationship.target)
                && hasSortable(relationship.target, seen: seen.union([id]))
        }
    }

    func orderByEnum() -> NamedType {
        let values = [
            ("asc", "in ascending order, nulls last"),
            ("asc_nulls_first", "in ascending order, nulls first"),
            ("asc_nulls_last", "in ascending order, nulls last"),
            ("desc", "in descending order, nulls first"),
            ("desc_nulls_first", "in descending order, nulls first"),
            ("desc_nulls_last", "in descending order, nulls last"),
        ]
        return .enumeration(
            EnumType(
                name: TypeNames.orderBy, description: "column ordering options",
                values: DefinitionList(values.map { EnumValueDefinition(name: $0.0, description: $0.1) })))
    }

    func selectColumn(_ collection: TrackedCollection, _ visibility: CollectionVisibility) -> NamedType? {
        guard visibility.isReadable else { return nil }
        let fields = visibleFields(collection, visibility)
        guard !fields.isEmpty else { return nil }
        return .enumeration(
            EnumType(
                name: TypeNames.selectColumn(collection),
                description: "select columns of table \"\(collection.apiName)\"",
                values: DefinitionList(
                    fields.map { EnumValueDefinition(name: $0.field.apiName, description: "column name") })))
    }
}
