// Updates and deletes of related rows inside an update: `_update` and `_delete`, by relationship (dialect of the API, section
// 9). What they change are the rows that the relationships of the updated rows lead to.
internal import GraphQL

extension SchemaGenerator {
    /// `_delete` and `_update`, where some relationship leads to rows the caller may change.
    func relatedArguments(
        _ collection: TrackedCollection, _ visibility: CollectionVisibility
    ) -> [InputValueDefinition] {
        var arguments: [InputValueDefinition] = []
        if !related(collection, visibility, isDeletable).isEmpty {
            arguments.append(
                InputValueDefinition(
                    name: TypeNames.relatedDeletes, description: "deletes rows that the updated rows lead to",
                    type: .named(TypeNames.deleteRelated(collection))))
        }
        if !related(collection, visibility, isUpdatable).isEmpty {
            arguments.append(
                InputValueDefinition(
                    name: TypeNames.relatedUpdates, description: "updates rows that the updated rows lead to",
                    type: .named(TypeNames.updateRelated(collection))))
        }
        return arguments
    }

    private func related(
        _ collection: TrackedCollection, _ visibility: CollectionVisibility,
        _ isOpen: (TrackedCollection, CollectionVisibility) -> Bool
    ) -> [Relationship] {
        zip(collection.relationships, visibility.relationships).filter { relationship, link in
            let target = catalog[relationship.target]
            return link != .hidden && target.source == collection.source && isOpen(target, see(target.id))
        }.map(\.0)
    }

    func updateRelated(_ collection: TrackedCollection, _ visibility: CollectionVisibility) -> NamedType? {
        relatedInput(
            TypeNames.updateRelated(collection), related(collection, visibility, isUpdatable), TypeNames.updates)
    }

    func deleteRelated(_ collection: TrackedCollection, _ visibility: CollectionVisibility) -> NamedType? {
        relatedInput(
            TypeNames.deleteRelated(collection), related(collection, visibility, isDeletable), TypeNames.deletes)
    }

    private func relatedInput(
        _ name: String, _ relationships: [Relationship], _ type: (TrackedCollection) -> String
    ) -> NamedType? {
        guard !relationships.isEmpty else { return nil }
        let fields = relationships.map { relationship in
            InputValueDefinition(name: relationship.name, type: .list(of: type(catalog[relationship.target])))
        }
        return .inputObject(InputObjectType(name: name, fields: DefinitionList(fields.sorted { $0.name < $1.name })))
    }

    func deletes(_ collection: TrackedCollection, _ visibility: CollectionVisibility) -> NamedType? {
        guard isDeletable(collection, visibility) else { return nil }
        return .inputObject(
            InputObjectType(
                name: TypeNames.deletes(collection), fields: DefinitionList(rowArguments(collection))))
    }
}
