// What one authorization shape may write, as decisions for the schema and as branches for plans.
internal import Base
internal import Metadata
internal import Planning
internal import Synchronization

/// The rules for writing one collection, as far as the shape decides them.
struct CollectionWrites: Sendable, Equatable {
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
        if let known = writes.withLock({ $0[collection.index] }) { return known.value }
        let entry = shared.entry(of: makeWrites(to: catalog[collection]), to: collection)
        writes.withLock { $0[collection.index] = entry }
        return entry.value
    }

    /// The branch a write takes, with the rules of the fields it names.
    func decide(
        _ operation: RuleOperation, on collection: TrackedCollection, fields: [Int] = [], relationships: [Int] = []
    ) -> WriteDecision {
        if shape.isAdmin { return .admitted(WriteBranch()) }
        guard let applied = applied(operation, collection, fields, relationships) else { return .denied }
        let decision = WriteEvaluation.decide(applied.rules, truths: shape.truths)
        guard case .admitted(var branch) = decision else { return decision }
        for action in applied.actions {
            if let acting = WriteEvaluation.decide([action], truths: shape.truths).branch { branch.act(as: acting) }
        }
        return .admitted(branch)
    }

    /// The form in which a value is stored by a write that is all of these operations: an upsert's values are for both.
    /// `nil`: as it is.
    /// - Throws: `access-denied` where a verdict that it waits for has closed the request.
    func storedForm(of field: FieldReference, in operations: [RuleOperation]) throws(GatewayError) -> StoredForm? {
        guard let form = rules.storedForms[field] else { return nil }
        guard let clause = rules.formClauses[field] else { return form }
        for operation in operations {
            let condition = operation == .create ? clause.create : clause.update
            try noteClause(condition)
            // Admins have no claims: what depends on one is not decided, and so it applies.
            let truths = shape.isAdmin ? Array(repeating: .unknown, count: rules.facts.count) : shape.truths
            var evaluation = Condition.Evaluation(truths: truths)
            if condition.residue(&evaluation) != .alwaysFalse { return form }
        }
        return form == .encrypted ? .clear : nil
    }

    /// Notes the verdict that the decision waits for.
    /// - Throws: `access-denied` where a verdict forbids the write.
    func noteWrite(
        _ operation: RuleOperation, on collection: TrackedCollection, fields: [Int], relationships: [Int]
    ) throws(GatewayError) {
        guard verdicts != nil, let applied = applied(operation, collection, fields, relationships) else { return }
        try noteWrite(applied.rules, acting: applied.actions)
    }

    /// What decides a write that names these fields, and what acts on it in any case; `nil` without a rule for it.
    private func applied(
        _ operation: RuleOperation, _ collection: TrackedCollection, _ fields: [Int], _ relationships: [Int]
    ) -> (rules: [WriteRule], actions: [WriteRule])? {
        guard let rules = rules.collections[collection.id.index]?.writing, let rule = rules[operation] else {
            return nil
        }
        let entries = operation == .create ? rules.createFields : rules.updateFields
        let links = operation == .create ? relationships.compactMap { rules.createRelationships[$0] } : []
        return (
            [rule] + fields.compactMap { entries[$0] } + links,
            operation == .create ? rules.createActions : rules.updateActions
        )
    }

    private func makeWrites(to collection: TrackedCollection) -> CollectionWrites {
        guard collection.identity != nil else {
            return CollectionWrites(create: .denied, update: .denied, delete: .denied, visibility: WriteVisibility())
        }
        let create = decide(.create, on: collection)
        let update = decide(.update, on: collection)
        let delete = decide(.delete, on: collection)
        var seen = WriteVisibility()
        let accepts = collection.accepts
        seen.isInsertable = !create.isDenied && accepts?.inserts ?? true
        seen.isUpdatable = !update.isDenied && !(accepts?.updatedColumns.isEmpty ?? false)
        seen.isDeletable = !delete.isDenied && accepts?.deletes ?? true
        seen.hasForcedUpdate = !(update.branch?.forces.isEmpty ?? true)
        let forced = Set(create.branch?.forces.map(\.field) ?? [])
        if seen.isInsertable {
            seen.insertFields = fields(.create, collection, forced: forced)
            seen.insertRelationships = Set(
                collection.relationships.indices.filter {
                    isLinkable(collection, catalog[collection.relationships[$0].target])
                        && !decide(.create, on: collection, relationships: [$0]).isDenied
                })
        }
        if seen.isUpdatable {
            seen.updateFields = fields(.update, collection, forced: Set(update.branch?.forces.map(\.field) ?? []))
                .filter { collection.takesUpdate(of: $0) }
        }
        let given = seen.insertFields.union(forced)
        seen.constraints = Set(
            collection.constraints.indices.filter { index in
                let fields = collection.constraints[index].fields
                // What is encrypted is never twice the same, and meets nothing.
                return given.isSuperset(of: fields)
                    && !fields.contains { rules.storedForms[collection.reference($0)] == .encrypted }
            })
        return CollectionWrites(create: create, update: update, delete: delete, visibility: seen)
    }

    /// Whether a row of one can be inserted with rows of the other: what a view gives its rows only its triggers know, unless
    /// they are those of a table.
    private func isLinkable(_ collection: TrackedCollection, _ target: TrackedCollection) -> Bool {
        [collection, target].allSatisfy { !$0.isView || !$0.viewKey.isEmpty }
    }

    private func fields(_ operation: RuleOperation, _ collection: TrackedCollection, forced: Set<Int>) -> Set<Int> {
        Set(
            collection.fields.indices.filter { index in
                collection.fields[index].isWritable && !forced.contains(index)
                    && !decide(operation, on: collection, fields: [index]).isDenied
            })
    }
}
