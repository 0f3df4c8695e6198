// Writes on the way from a requested to a secured plan (rules of the API, section 3): what is forced is set, what is removed
// is stripped, and every collection written gets its guard, at every level of nesting.
internal import Base
internal import Metadata
internal import Planning

extension SecurePlan {
    /// - Throws: `not-found` at `$` for a claim that a rule names and the caller lacks.
    func secure(_ write: WritePlan<Requested>) throws(GatewayError) -> SecuredWrite {
        let action: SecuredWrite.Action
        switch write.action {
        case .insert(let insert): action = try .insert(secure(insert))
        case .update(let update): action = try .update(secure(update))
        case .updateEach(let updates):
            var secured: [UpdatePlan<Secured>] = []
            for update in updates { try secured.append(secure(update)) }
            action = .updateEach(secured)
        case .delete(let delete): action = try .delete(secure(delete))
        case .call: action = .call
        }
        return try SecuredWrite(collection: write.collection, action: action, answer: secure(write.answer))
    }

    private func secure(_ answer: WriteAnswer<Requested>) throws(GatewayError) -> WriteAnswer<Secured> {
        switch answer {
        case .row(let read): return try .row(secure(read))
        case .response(let members):
            var secured: [WriteMember<Secured>] = []
            for member in members {
                let content: WriteMember<Secured>.Content
                switch member.content {
                case .typename(let name): content = .typename(name)
                case .affectedRows: content = .affectedRows
                case .returning(let read): content = try .returning(secure(read))
                }
                secured.append(WriteMember(responseKey: member.responseKey, content: content))
            }
            return .response(secured)
        }
    }

    // MARK: Branches

    /// Validation has refused what is denied; a plan that comes here all the same is refused in the same words.
    private func branch(
        _ operation: RuleOperation, _ collection: TrackedCollection, fields: [Int] = [], relationships: [Int] = []
    ) throws(GatewayError) -> WriteBranch {
        touched?.note(operation, collection.id)
        try view.noteWrite(operation, on: collection, fields: fields, relationships: relationships)
        switch view.decide(operation, on: collection, fields: fields, relationships: relationships) {
        case .admitted(let branch):
            guard branch.missingForForce.isEmpty else { throw Self.missing(branch.missingForForce) }
            return branch
        case .refused(let claims): throw Self.missing(claims)
        case .denied: throw GatewayError(.permissionDenied, "The rules do not allow this write.")
        }
    }

    /// What is left of a write once the rules of the fields it names have had their say.
    private struct FieldRules {
        var branch: WriteBranch
        /// Fields of which the caller's own value is not written: stripped, or forced.
        var without: Set<Int>
        /// On the row after an update, which is what it is for.
        var checkAfterUpdate: SecuredPredicate
    }

    /// The rule of a field is the collection's and the field's own. What the collection's rule strips or forces is not
    /// named by the caller any more; what the rule of a field strips or forces was, and its conditions count.
    private func fieldRules(
        _ operation: RuleOperation, _ collection: TrackedCollection, named: [Int], relationships: [Int] = []
    ) throws(GatewayError) -> FieldRules {
        let whole = try branch(operation, collection)
        let taken = whole.removed.union(whole.forces.map(\.field))
        let fields = named.filter { !taken.contains($0) }
        let branch = try branch(operation, collection, fields: fields, relationships: relationships)
        // Each by itself: a field's rule that names the row written says nothing of what the others may become.
        var checks = fields.isEmpty ? [whole.checkAfterUpdate] : []
        for field in fields where operation == .update {
            let check = try self.branch(operation, collection, fields: [field]).checkAfterUpdate
            if !checks.contains(check) { checks.append(check) }
        }
        return FieldRules(
            branch: branch, without: taken.union(branch.removed).union(branch.forces.map(\.field)),
            checkAfterUpdate: .conjunction(checks))
    }

    /// A check that compares a row with what it was must find it again.
    private func requireName(
        of collection: TrackedCollection, changing fields: [Int], under check: SecuredPredicate, _ errorPath: String
    ) throws(GatewayError) {
        guard collection.isNamedAnew(byChanging: fields), !check.valuesBefore.isEmpty else { return }
        throw GatewayError(
            .notSupported, "The key of a row cannot be changed here: a rule compares the row with what it was.",
            extensionPath: errorPath)
    }

    private func disclosed(_ collection: TrackedCollection) -> Set<Int> {
        let access = view.access(to: collection.id)
        if access.read.isDenied { return [] }
        return Set(
            access.fields.indices.filter { index in
                access.fields[index].visibility == .clear && access.standings?.fields[index] ?? .settled == .settled
            })
    }

    /// What the forces of a branch set; a value taken from what the caller sent must have been sent.
    private func forced(
        _ forces: [CompiledForce], sent: [Int: Parameter?], _ collection: TrackedCollection
    ) throws(GatewayError) -> [Assignment] {
        var assignments: [Assignment] = []
        for force in forces {
            let value: Parameter?
            switch force.source {
            case .null: value = nil
            case .parameter(let parameter, _): value = parameter
            case .sent(let field):
                guard let given = sent[field] else {
                    throw GatewayError(
                        .permissionError, "The field \"\(collection.fields[field].apiName)\" must be given.")
                }
                value = given
            }
            let assignment = Assignment(field: force.field, value: value)
            // The entry for `*` says it once for every field that is named.
            if assignments.contains(assignment) { continue }
            assignments.append(assignment)
        }
        return assignments
    }

    /// The value in the form in which its column stores it.
    private func stored(
        _ value: Parameter?, _ field: FieldReference, _ operations: [RuleOperation]
    ) throws(GatewayError) -> Parameter? {
        guard let value, let form = try view.storedForm(of: field, in: operations) else { return value }
        return Parameter(origin: .sealed(value, form, field), target: value.target, errorPath: value.errorPath)
    }

    private func stored(
        _ assignments: [Assignment], _ collection: TrackedCollection, _ operations: [RuleOperation]
    ) throws(GatewayError) -> [Assignment] {
        var stored: [Assignment] = []
        for assignment in assignments {
            let value = try self.stored(assignment.value, collection.reference(assignment.field), operations)
            stored.append(Assignment(field: assignment.field, value: value))
        }
        return stored
    }

    // MARK: Insert

    private func secure(_ insert: InsertPlan<Requested>) throws(GatewayError) -> InsertPlan<Secured> {
        let collection = catalog[insert.collection]
        var objects: [InsertObject<Secured>] = []
        objects.reserveCapacity(insert.objects.count)
        let updates = insert.conflict.map { !$0.doesNothing } ?? false
        for object in insert.objects {
            try objects.append(secure(object, collection, updates ? [.create, .update] : [.create]))
        }
        var conflict: ConflictPlan<Secured>?
        if let requested = insert.conflict { conflict = try secure(requested, collection) }
        return InsertPlan<Secured>(
            collection: insert.collection, objects: objects, conflict: conflict, errorPath: insert.errorPath)
    }

    private func secure(
        _ object: InsertObject<Requested>, _ collection: TrackedCollection, _ operations: [RuleOperation]
    ) throws(GatewayError) -> InsertObject<Secured> {
        let rules = try fieldRules(
            .create, collection, named: object.assignments.map(\.field),
            relationships: (object.before + object.after).map(\.link.index))
        let sent = Dictionary(object.assignments.map { ($0.field, $0.value) }, uniquingKeysWith: { first, _ in first })
        let forced = try forced(rules.branch.forces, sent: sent, collection)
        return try InsertObject<Secured>(
            assignments: stored(
                object.assignments.filter { !rules.without.contains($0.field) } + forced, collection, operations),
            before: secure(object.before), after: secure(object.after),
            security: WriteGuard(
                filter: .alwaysTrue, check: .conjunction([rules.branch.filter, rules.branch.check]),
                disclosed: disclosed(collection)),
            errorPath: object.errorPath)
    }

    private func secure(_ nested: [NestedInsert<Requested>]) throws(GatewayError) -> [NestedInsert<Secured>] {
        var secured: [NestedInsert<Secured>] = []
        for one in nested { try secured.append(NestedInsert<Secured>(link: one.link, insert: secure(one.insert))) }
        return secured
    }

    /// The arm that changes an existing row needs the rule for updates as well.
    private func secure(
        _ conflict: ConflictPlan<Requested>, _ collection: TrackedCollection
    ) throws(GatewayError) -> ConflictPlan<Secured> {
        let readable = try security(of: collection.id, isAggregate: false, link: nil)
        guard !conflict.doesNothing else {
            return ConflictPlan<Secured>(
                constraint: conflict.constraint, fields: [], forced: [], predicate: .alwaysTrue,
                security: WriteGuard(filter: .alwaysTrue, check: .alwaysTrue, disclosed: disclosed(collection)),
                readable: readable)
        }
        let rules = try fieldRules(.update, collection, named: conflict.fields)
        let forced = try forced(rules.branch.forces, sent: [:], collection)
        try requireName(
            of: collection, changing: conflict.fields + forced.map(\.field), under: rules.checkAfterUpdate, "$")
        var filter = rules.branch.filter
        var predicate = SecuredPredicate.alwaysTrue
        if conflict.predicate != .alwaysTrue {
            filter = .conjunction([readable.filter, filter])
            predicate = guarded(try secure(conflict.predicate), by: filter)
        }
        return try ConflictPlan<Secured>(
            constraint: conflict.constraint, fields: conflict.fields.filter { !rules.without.contains($0) },
            forced: stored(forced, collection, [.update]), predicate: predicate,
            security: WriteGuard(filter: filter, check: rules.checkAfterUpdate, disclosed: disclosed(collection)),
            readable: readable)
    }

    // MARK: Update and delete

    private func secure(_ update: UpdatePlan<Requested>) throws(GatewayError) -> UpdatePlan<Secured> {
        let collection = catalog[update.collection]
        let rules = try fieldRules(.update, collection, named: update.changes.map(\.field))
        let sent = Dictionary(
            update.changes.filter { $0.change == .set }.map { ($0.field, $0.value) },
            uniquingKeysWith: { first, _ in first })
        let forced = try forced(rules.branch.forces, sent: sent, collection)
        let changes =
            update.changes.filter { !rules.without.contains($0.field) }
            + forced.map { FieldChange(field: $0.field, change: .set, value: $0.value) }
        guard !changes.isEmpty || !update.related.isEmpty else {
            let operators = UpdateOperator.allCases.map(\.rawValue).joined(separator: ", ")
            throw GatewayError(
                .validationFailed, "at least any one of \(operators) is expected",
                extensionPath: update.errorPath + ".args")
        }
        try requireName(
            of: collection, changing: changes.map(\.field), under: rules.checkAfterUpdate, update.errorPath)
        let readable = try security(of: collection.id, isAggregate: false, link: nil)
        let filter = SecuredPredicate.conjunction([readable.filter, rules.branch.filter])
        var stored: [FieldChange] = []
        for change in changes {
            let value = try self.stored(change.value, collection.reference(change.field), [.update])
            stored.append(FieldChange(field: change.field, change: change.change, value: value))
        }
        return try UpdatePlan<Secured>(
            collection: update.collection, predicate: guarded(secure(update.predicate), by: filter),
            limit: update.limit,
            changes: stored, related: secure(update.related),
            security: WriteGuard(filter: filter, check: rules.checkAfterUpdate, disclosed: disclosed(collection)),
            errorPath: update.errorPath)
    }

    private func secure(_ related: [RelatedChange<Requested>]) throws(GatewayError) -> [RelatedChange<Secured>] {
        var secured: [RelatedChange<Secured>] = []
        for one in related {
            let change: RelatedChange<Secured>.Change
            switch one.change {
            case .update(let update): change = try .update(secure(update))
            case .delete(let delete): change = try .delete(secure(delete))
            }
            let target = catalog.relationship(one.link).target
            try secured.append(
                RelatedChange<Secured>(
                    link: one.link, readable: security(of: target, isAggregate: false, link: one.link), change: change))
        }
        return secured
    }

    private func secure(_ delete: DeletePlan<Requested>) throws(GatewayError) -> DeletePlan<Secured> {
        let collection = catalog[delete.collection]
        let branch = try branch(.delete, collection)
        let readable = try security(of: collection.id, isAggregate: false, link: nil)
        let filter = SecuredPredicate.conjunction([readable.filter, branch.filter])
        return try DeletePlan<Secured>(
            collection: delete.collection, predicate: guarded(secure(delete.predicate), by: filter),
            limit: delete.limit,
            security: WriteGuard(filter: filter, check: .alwaysTrue, disclosed: disclosed(collection)),
            errorPath: delete.errorPath)
    }
}
