// What one authorization shape may write, as decisions for the schema and as branches for plans.
internal import Metadata
internal import Planning
internal import Synchronization

/// The rules for writing one collection, as far as the shape decides them.
struct CollectionWrites: Sendable {
    let create: WriteDecision
    let update: WriteDecision
    let delete: WriteDecision
    let visibility: WriteVisibility
}

extension ShapeView {
    func writeVisibility(of collection: CollectionID) -> WriteVisibility {
        writing(to: collection).visibility
    }

    func writing(to collection: CollectionID) -> CollectionWrites {
        if let known = writes.withLock({ $0[collection.index] }) { return known }
        let made = makeWrites(to: catalog[collection])
        writes.withLock { $0[collection.index] = made }
        return made
    }

    /// The branch a write takes, with the rules of the fields it names.
    func decide(
        _ operation: RuleOperation, on collection: TrackedCollection, fields: [Int] = [], relationships: [Int] = []
    ) -> WriteDecision {
        if shape.isAdmin { return .admitted(WriteBranch()) }
        guard let rules = rules.collections[collection.id.index]?.writing, let rule = rules[operation] else {
            return .denied
        }
        let entries = operation == .create ? rules.createFields : rules.updateFields
        let links = operation == .create ? relationships.compactMap { rules.createRelationships[$0] } : []
        let decision = WriteEvaluation.decide(
            [rule] + fields.compactMap { entries[$0] } + links, truths: shape.truths)
        guard case .admitted(var branch) = decision else { return decision }
        for action in operation == .create ? rules.createActions : rules.updateActions {
            if let acting = WriteEvaluation.decide([action], truths: shape.truths).branch { branch.act(as: acting) }
        }
        return .admitted(branch)
    }

    private func makeWrites(to collection: TrackedCollection) -> CollectionWrites {
        guard collection.identity != nil else {
            return CollectionWrites(create: .denied, update: .denied, delete: .denied, visibility: WriteVisibility())
        }
        let able = collection.abilities
        let create = able.isInsertable ? decide(.create, on: collection) : .denied
        let update = able.isUpdatable ? decide(.update, on: collection) : .denied
        let delete = able.isDeletable ? decide(.delete, on: collection) : .denied
        var seen = WriteVisibility()
        seen.isInsertable = !create.isDenied
        seen.isUpdatable = !update.isDenied
        seen.isDeletable = !delete.isDenied
        seen.hasForcedUpdate = !(update.branch?.forces.isEmpty ?? true)
        let forced = Set(create.branch?.forces.map(\.field) ?? [])
        if seen.isInsertable {
            seen.insertFields = fields(.create, collection, forced: forced)
            seen.insertRelationships = Set(
                collection.relationships.indices.filter {
                    catalog[collection.relationships[$0].target].source == collection.source
                        && !decide(.create, on: collection, relationships: [$0]).isDenied
                })
        }
        if seen.isUpdatable {
            seen.updateFields = fields(.update, collection, forced: Set(update.branch?.forces.map(\.field) ?? []))
        }
        let given = seen.insertFields.union(forced)
        seen.constraints = Set(
            collection.constraints.indices.filter { given.isSuperset(of: collection.constraints[$0].fields) })
        return CollectionWrites(create: create, update: update, delete: delete, visibility: seen)
    }

    private func fields(_ operation: RuleOperation, _ collection: TrackedCollection, forced: Set<Int>) -> Set<Int> {
        Set(
            collection.fields.indices.filter { index in
                collection.fields[index].isWritable && !forced.contains(index)
                    && !decide(operation, on: collection, fields: [index]).isDenied
            })
    }
}
