// What writes add to the names the catalog generates: types by name, and what each field of the mutation root does.
internal import GraphQL

/// The types made for writing one collection.
package enum WriteType: Sendable, Hashable {
    case insertInput
    case objectInsert
    case arrayInsert
    case onConflict
    case constraint
    case updateColumn
    case keyColumns
    case updates
    case deletes
    case updateRelated
    case deleteRelated
    case mutationResponse
    case change(UpdateOperator)

    static func names(_ collection: TrackedCollection) -> [(String, WriteType)] {
        [
            (TypeNames.insertInput(collection), .insertInput), (TypeNames.objectInsert(collection), .objectInsert),
            (TypeNames.arrayInsert(collection), .arrayInsert), (TypeNames.onConflict(collection), .onConflict),
            (TypeNames.constraint(collection), .constraint), (TypeNames.updateColumn(collection), .updateColumn),
            (TypeNames.keyColumns(collection), .keyColumns), (TypeNames.updates(collection), .updates),
            (TypeNames.deletes(collection), .deletes), (TypeNames.updateRelated(collection), .updateRelated),
            (TypeNames.deleteRelated(collection), .deleteRelated),
            (TypeNames.mutationResponse(collection), .mutationResponse),
        ] + UpdateOperator.allCases.map { (TypeNames.change($0, collection), .change($0)) }
    }
}

/// What a field of the mutation root does.
package struct MutationMeaning: Sendable, Hashable {
    package enum Form: Sendable, Hashable {
        case insert
        case insertOne
        case update
        case updateByKey
        case updateMany
        case delete
        case deleteByKey
        case call(FunctionID)
    }

    package let collection: CollectionID
    package let form: Form

    static func names(_ collection: TrackedCollection) -> [(String, MutationMeaning)] {
        let names = collection.rootFields
        let forms: [(String, Form)] = [
            (names.insert, .insert), (names.insertOne, .insertOne), (names.update, .update),
            (names.updateByKey, .updateByKey), (names.updateMany, .updateMany), (names.delete, .delete),
            (names.deleteByKey, .deleteByKey),
        ]
        return forms.map { ($0.0, MutationMeaning(collection: collection.id, form: $0.1)) }
    }
}

extension SchemaGenerator {
    func make(_ type: WriteType, _ collection: TrackedCollection, _ visibility: CollectionVisibility) -> NamedType? {
        switch type {
        case .insertInput: insertInput(collection, visibility)
        case .objectInsert: nestedInsert(collection, .object)
        case .arrayInsert: nestedInsert(collection, .array)
        case .onConflict: onConflict(collection, visibility)
        case .constraint: constraint(collection, visibility)
        case .updateColumn: updateColumn(collection, visibility)
        case .keyColumns: keyColumns(collection, visibility)
        case .updates: updates(collection, visibility)
        case .deletes: deletes(collection, visibility)
        case .updateRelated: updateRelated(collection, visibility)
        case .deleteRelated: deleteRelated(collection, visibility)
        case .mutationResponse: mutationResponse(collection, visibility)
        case .change(let change): self.change(change, collection, visibility)
        }
    }
}
