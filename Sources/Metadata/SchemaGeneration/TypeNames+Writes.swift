// The names of the types that writes have (dialect of the API, section 3).

extension TypeNames {
    package static let mutationRoot = "mutation_root"

    package static func insertInput(_ collection: TrackedCollection) -> String { collection.apiName + "_insert_input" }
    package static func objectInsert(_ collection: TrackedCollection) -> String {
        collection.apiName + "_obj_rel_insert_input"
    }
    package static func arrayInsert(_ collection: TrackedCollection) -> String {
        collection.apiName + "_arr_rel_insert_input"
    }
    package static func onConflict(_ collection: TrackedCollection) -> String { collection.apiName + "_on_conflict" }
    package static func constraint(_ collection: TrackedCollection) -> String { collection.apiName + "_constraint" }
    package static func updateColumn(_ collection: TrackedCollection) -> String {
        collection.apiName + "_update_column"
    }
    package static func keyColumns(_ collection: TrackedCollection) -> String {
        collection.apiName + "_pk_columns_input"
    }
    package static func updates(_ collection: TrackedCollection) -> String { collection.apiName + "_updates" }
    package static func deletes(_ collection: TrackedCollection) -> String { collection.apiName + "_deletes" }
    package static func updateRelated(_ collection: TrackedCollection) -> String {
        collection.apiName + "_update_related_input"
    }
    package static func deleteRelated(_ collection: TrackedCollection) -> String {
        collection.apiName + "_delete_related_input"
    }

    /// The members of an update that change related rows.
    package static let relatedUpdates = "_update"
    package static let relatedDeletes = "_delete"

    package static func mutationResponse(_ collection: TrackedCollection) -> String {
        collection.apiName + "_mutation_response"
    }
    /// `T_set_input`, `T_inc_input` …
    package static func change(_ change: UpdateOperator, _ collection: TrackedCollection) -> String {
        collection.apiName + change.rawValue + "_input"
    }

    static func writes(_ collection: TrackedCollection) -> [String] {
        [
            insertInput(collection), objectInsert(collection), arrayInsert(collection), onConflict(collection),
            constraint(collection), updateColumn(collection), keyColumns(collection), updates(collection),
            deletes(collection), updateRelated(collection), deleteRelated(collection),
            mutationResponse(collection),
        ] + UpdateOperator.allCases.map { change($0, collection) }
    }
}
