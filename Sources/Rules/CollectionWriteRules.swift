// The rules of one collection for writing, compiled: of the operations, of fields and relationships, and what the
// database's own cascades may reach (rules of the API, section 3).
internal import Base
internal import Metadata

struct CollectionWriteRules: Sendable {
    var create: WriteRule?
    var update: WriteRule?
    var delete: WriteRule?
    /// Indexed by field: `nil` wherever the operation is allowed.
    var createFields: [WriteRule?]
    var updateFields: [WriteRule?]
    /// Rules of `fields` entries that act on what is written: they do so whether or not the caller names their field, for a
    /// forced field takes its value on every path.
    var createActions: [WriteRule]
    var updateActions: [WriteRule]
    /// Indexed by relationship: through which rows may be inserted.
    var createRelationships: [WriteRule?]

    subscript(operation: RuleOperation) -> WriteRule? {
        switch operation {
        case .create: create
        case .update: update
        case .delete: delete
        case .read, .aggregate: nil
        }
    }

    static func compile(
        _ operations: [RuleOperation: LocatedRule], _ entries: [String: FieldEntry], _ collection: TrackedCollection,
        _ compiler: RuleCompiler
    ) -> CollectionWriteRules {
        let operation = { (operation: RuleOperation) -> WriteRule? in
            let scope = RuleScope(collection: collection, operation: operation, field: nil)
            return operations[operation].flatMap { compiler.operationRule($0, scope) }
        }
        let fields = { (operation: RuleOperation) in
            collection.fields.indices.map { index -> WriteRule? in
                let scope = RuleScope(collection: collection, operation: operation, field: index)
                let name = collection.fields[index].name
                let rule = entries[name]?.rules[operation] ?? entries["*"]?.rules[operation]
                return rule.flatMap { compiler.fieldRule($0, scope) }
            }
        }
        let relationships = collection.relationships.map { relationship -> WriteRule? in
            let scope = RuleScope(collection: collection, operation: .create, field: nil)
            let rule = entries[relationship.name]?.rules[.create] ?? entries["*"]?.rules[.create]
            return rule.flatMap { compiler.writeRule($0, scope) }
        }
        var rules = CollectionWriteRules(
            create: operation(.create), update: operation(.update), delete: operation(.delete),
            createFields: fields(.create), updateFields: fields(.update), createActions: [], updateActions: [],
            createRelationships: relationships)
        rules.createActions = compiler.actions(of: rules.createFields, beside: rules.create, operations[.create])
        rules.updateActions = compiler.actions(of: rules.updateFields, beside: rules.update, operations[.update])
        return rules
    }
}

/// What the database does by itself runs with the gateway's rights, so the owner must have said that it may.
struct CascadeCheck {
    let catalog: Catalog
    let problems: RuleProblems

    /// - Parameter allowed: the names of `cascades`, with their places.
    func check(
        _ collection: TrackedCollection, _ rules: CollectionWriteRules, allowed: [(name: String, node: RuleNode)],
        at location: RuleLocation
    ) {
        let known = catalog.collections.map(\.name.description)
        for (name, node) in allowed where !known.contains(name) {
            node.report(unknown: "collection", name, among: known)
        }
        let names = Set(allowed.map(\.name))
        if let rule = rules.delete, !rule.isDenied {
            report(reached(from: collection, by: \.onDelete), "delete", collection, names, location)
        }
        if let rule = rules.update, !rule.isDenied {
            let closed = Set(rules.updateFields.indices.filter { rules.updateFields[$0]?.isDenied ?? false })
            let reached = referring(to: collection).filter { key in
                key.key.onUpdate != .refuse && !closed.isSuperset(of: key.key.targetFields)
            }
            report(reached.map(\.collection), "update of a key", collection, names, location)
        }
        warnOfTriggers(collection, rules, at: location)
    }

    private func report(
        _ reached: [CollectionID], _ operation: String, _ collection: TrackedCollection, _ allowed: Set<String>,
        _ location: RuleLocation
    ) {
        for id in reached {
            let name = catalog[id].name.description
            let message = "\(operation) of \(collection.name) changes rows of \(name) by a foreign key's action"
            if allowed.contains(name) {
                problems.warn(location, "\(message), whatever the rules of \(name) say")
            } else {
                problems.report(location, message, suggestion: "add \"cascades\": [\"\(name)\"] if that is meant")
            }
        }
    }

    /// Triggers are trusted: the owner should know of them.
    private func warnOfTriggers(
        _ collection: TrackedCollection, _ rules: CollectionWriteRules, at location: RuleLocation
    ) {
        guard [rules.create, rules.update, rules.delete].contains(where: { $0.map { !$0.isDenied } ?? false }) else {
            return
        }
        for trigger in collection.triggers {
            problems.warn(
                location,
                "the trigger \"\(trigger)\" of \(collection.name) may read and change rows whatever the rules say")
        }
    }

    private func referring(to collection: TrackedCollection) -> [(collection: CollectionID, key: ForeignKey)] {
        catalog.collections.flatMap { other in
            other.foreignKeys.filter { $0.target == collection.id }.map { (other.id, $0) }
        }
    }

    /// Every collection that loses or changes rows, over any number of steps; its own rows aside.
    private func reached(from collection: TrackedCollection, by action: KeyPath<ForeignKey, ForeignKey.Action>)
        -> [CollectionID]
    {
        var found: [CollectionID] = []
        var pending = [collection]
        var visited: Set<CollectionID> = [collection.id]
        while let next = pending.popLast() {
            for (id, key) in referring(to: next) where key[keyPath: action] != .refuse {
                if id != collection.id, !found.contains(id) { found.append(id) }
                // What is only changed takes nothing with it.
                if key[keyPath: action] == .cascade, visited.insert(id).inserted { pending.append(catalog[id]) }
            }
        }
        return found
    }
}
