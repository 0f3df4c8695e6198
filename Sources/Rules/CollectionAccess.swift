// What one authorization shape may do with one collection: the rules' residues, field by field. Made lazily, kept for
// all callers of the shape.
package import Metadata
internal import Planning
internal import Synchronization

/// The residues of a collection's rules for one shape.
struct CollectionAccess: Sendable, Equatable {
    enum Rows: Sendable, Equatable {
        /// Decided: no row is readable, the collection does not exist for the caller.
        case denied
        /// A `where` names claims the caller lacks, and nothing else could be true: the operation is refused.
        case refused(missingClaims: [String])
        case admitted(SecuredPredicate)

        var isDenied: Bool {
            if case .denied = self { return true }
            return false
        }
    }

    struct Field: Sendable, Equatable {
        let visibility: CollectionVisibility.Field
        let value: SecuredValue
    }

    let read: Rows
    let aggregate: Rows
    let fields: [Field]
    /// The residue on the row a relationship starts from; `nil` where it is decided not to be followed.
    let guards: [SecuredPredicate?]
    /// The same for the row a function is given.
    let functionGuards: [SecuredPredicate?]
    /// Rows of one list.
    var rowCap: Int64?
    /// In the view of a request that may have to ask for verdicts.
    var standings: VerdictStandings?
}

/// The catalog as one authorization shape sees it.
package final class ShapeView: SchemaVisibility {
    package let catalog: Catalog
    package let shape: AuthorizationShape
    let rules: RuleSet
    let shared: SharedAccess
    /// By collection.
    private let accesses: Mutex<[SharedAccess.Entry<CollectionAccess>?]>
    let writes: Mutex<[SharedAccess.Entry<CollectionWrites>?]>
    private let drawings: Mutex<[Int: CollectionVisibility]> = Mutex([:])
    /// In the view of a request that may have to ask.
    let verdicts: KnownVerdicts?

    /// - Parameter shared: what the shapes of one set of rules have in common.
    package convenience init(
        catalog: Catalog, rules: RuleSet, shape: AuthorizationShape, sharing shared: SharedAccess = SharedAccess()
    ) {
        self.init(catalog: catalog, rules: rules, shape: shape, verdicts: nil, sharing: shared)
    }

    init(
        catalog: Catalog, rules: RuleSet, shape: AuthorizationShape, verdicts: KnownVerdicts?,
        sharing shared: SharedAccess = SharedAccess()
    ) {
        self.shared = shared
        self.catalog = catalog
        self.rules = rules
        self.shape = shape
        self.verdicts = verdicts
        accesses = Mutex(Array(repeating: nil, count: catalog.collections.count))
        writes = Mutex(Array(repeating: nil, count: catalog.collections.count))
    }

    package func visibility(of collection: CollectionID) -> CollectionVisibility {
        guard rules.asksForVerdicts, verdicts == nil else { return decidedVisibility(of: collection) }
        if let known = drawings.withLock({ $0[collection.index] }) { return known }
        let made = drawn(collection) ?? decidedVisibility(of: collection)
        drawings.withLock { $0[collection.index] = made }
        return made
    }

    private func decidedVisibility(of collection: CollectionID) -> CollectionVisibility {
        let access = access(to: collection)
        let links = catalog[collection].relationships.enumerated().map {
            index, relationship -> CollectionVisibility.Link in
            guard let guardian = access.guards[index] else { return .hidden }
            let target = self.access(to: relationship.target)
            guard !target.read.isDenied else { return .hidden }
            guard case .admitted(.constant(.isTrue)) = target.read, guardian == .alwaysTrue else {
                return .visible(mayBeMissing: true)
            }
            return .visible(mayBeMissing: false)
        }
        let functions = zip(catalog[collection].rowFunctions, access.functionGuards).map {
            function, guardian -> CollectionVisibility.Link in
            guardian == nil || self.access(to: function.target).read.isDenied ? .hidden : .visible(mayBeMissing: true)
        }
        return CollectionVisibility(
            isReadable: !access.read.isDenied, isAggregatable: !access.aggregate.isDenied,
            fields: access.fields.map(\.visibility), relationships: links, functions: functions,
            writing: writeVisibility(of: collection))
    }

    func access(to collection: CollectionID) -> CollectionAccess {
        if let known = accesses.withLock({ $0[collection.index] }) { return known.value }
        let entry = shared.entry(of: makeAccess(to: catalog[collection]), to: collection)
        accesses.withLock { $0[collection.index] = entry }
        return entry.value
    }

    private func makeAccess(to collection: TrackedCollection) -> CollectionAccess {
        if shape.isAdmin { return unrestricted(collection) }
        guard let compiled = rules.collections[collection.id.index] else { return closed(collection) }
        let read = rows(compiled.read)
        let aggregate = compiled.aggregate.map { rows(.all([compiled.read, $0])) } ?? read
        let fields = collection.fields.indices.map { index -> CollectionAccess.Field in
            let stored = SecuredValue.stored(collection.reference(index))
            let field =
                compiled.fields[index].map { self.field($0, stored, .null(collection.fields[index].type)) }
                ?? .init(visibility: .clear, value: stored)
            let null = SecuredValue.null(collection.fields[index].type)
            let shown = self.field(field, where: kept(compiled) { $0.fields.contains(index) }, null)
            guard rules.storedForms[collection.reference(index)] == .encrypted else { return shown }
            return sealed(shown, where: opened(compiled, index), null)
        }
        let guards = compiled.relationships.enumerated().map { index, condition -> SecuredPredicate? in
            let own = condition.map { residue($0) } ?? .alwaysTrue
            let guardian = SecuredPredicate.conjunction([own, kept(compiled) { $0.relationships.contains(index) }])
            return guardian.couldBeTrue ? guardian : nil
        }
        let functionGuards = compiled.functions.map { condition -> SecuredPredicate? in
            let guardian = condition.map { residue($0) } ?? .alwaysTrue
            return guardian.couldBeTrue ? guardian : nil
        }
        return CollectionAccess(
            read: read, aggregate: aggregate, fields: fields, guards: guards, functionGuards: functionGuards,
            rowCap: RowLimitRule.rows(compiled.limits, truths: shape.truths), standings: standings(compiled, collection)
        )
    }

    private func unrestricted(_ collection: TrackedCollection) -> CollectionAccess {
        CollectionAccess(
            read: .admitted(.alwaysTrue), aggregate: .admitted(.alwaysTrue),
            fields: collection.fields.indices.map { index in
                let reference = collection.reference(index)
                let isSealed = rules.storedForms[reference] == .encrypted
                return CollectionAccess.Field(visibility: isSealed ? .sealed : .clear, value: .stored(reference))
            },
            guards: Array(repeating: .alwaysTrue, count: collection.relationships.count),
            functionGuards: Array(repeating: .alwaysTrue, count: collection.rowFunctions.count))
    }

    private func closed(_ collection: TrackedCollection) -> CollectionAccess {
        CollectionAccess(
            read: .denied, aggregate: .denied,
            fields: collection.fields.map { .init(visibility: .hidden, value: .null($0.type)) },
            guards: Array(repeating: nil, count: collection.relationships.count),
            functionGuards: Array(repeating: nil, count: collection.rowFunctions.count))
    }

    /// What a function may change only a rule opens; one that reads follows the rules of what it returns.
    package func mayCall(_ function: FunctionID) -> Bool {
        if shape.isAdmin { return true }
        guard let condition = rules.calls[function] else { return !catalog[function].isVolatile }
        if rules.asksForVerdicts, verdicts == nil { return mayCallAsDrawn(condition) }
        return residue(condition) == .alwaysTrue
    }

    private func rows(_ condition: Condition) -> CollectionAccess.Rows {
        var evaluation = Condition.Evaluation(truths: shape.truths)
        let residue = condition.residue(&evaluation)
        if residue.couldBeTrue { return .admitted(residue) }
        // Decided false whatever the missing claims might have been: plainly denied.
        if residue == .alwaysFalse || evaluation.missingClaims.isEmpty { return .denied }
        return .refused(missingClaims: evaluation.missingClaims)
    }

    private func residue(_ condition: Condition) -> SecuredPredicate {
        var evaluation = Condition.Evaluation(truths: shape.truths)
        return condition.residue(&evaluation)
    }

    /// On which of the rows read the collection's own rule leaves something in the result.
    private func kept(_ rules: CollectionRules, _ names: (CompiledRemoval) -> Bool) -> SecuredPredicate {
        rules.readBranches.map { ReadBranch.kept($0, names, residue) } ?? .alwaysTrue
    }

    /// On which of the rows read an encrypted field is shown in clear.
    private func opened(_ rules: CollectionRules, _ index: Int) -> SecuredPredicate {
        .disjunction(
            [rules.readBranches, rules.fields[index]].map { branches in
                branches.map { ReadBranch.opened($0, index, residue) } ?? .alwaysFalse
            })
    }

    /// A field that is stored encrypted: null, but on rows where it is opened. That comes before masks, whose literals stay.
    private func sealed(
        _ field: CollectionAccess.Field, where opened: SecuredPredicate, _ null: SecuredValue
    ) -> CollectionAccess.Field {
        if field.visibility == .hidden { return field }
        return .init(
            visibility: .sealed, value: field.value.replacingStored { self.value($0, where: opened, null) })
    }

    /// A field that shows null on rows from which it is removed.
    private func field(
        _ field: CollectionAccess.Field, where kept: SecuredPredicate, _ null: SecuredValue
    ) -> CollectionAccess.Field {
        if kept == .alwaysTrue || field.visibility == .hidden { return field }
        guard kept.couldBeTrue else { return .init(visibility: .hidden, value: null) }
        return .init(
            visibility: .altered(mayBeNull: true),
            value: .choice([.init(condition: kept, value: field.value)], otherwise: null))
    }

    /// The value a field has for the caller: the first branch whose condition is true decides. (SQL: CASE.)
    private func field(
        _ branches: [ReadBranch], _ stored: SecuredValue, _ null: SecuredValue
    ) -> CollectionAccess.Field {
        var choices: [SecuredValue.Choice] = []
        var otherwise = null
        var isEverShown = false
        for branch in branches {
            let condition = residue(branch.condition)
            guard condition.couldBeTrue else { continue }
            let kept = SecuredPredicate.conjunction(branch.removals.map { $0.kept(residue) })
            isEverShown = isEverShown || kept.couldBeTrue
            let value = self.value(branch.mask.map { masked($0, stored) } ?? stored, where: kept, null)
            if condition == .alwaysTrue {
                otherwise = value
                break
            }
            choices.append(.init(condition: condition, value: value))
        }
        guard isEverShown else { return .init(visibility: .hidden, value: null) }
        let value = choices.isEmpty ? otherwise : .choice(choices, otherwise: otherwise)
        return .init(visibility: value == stored ? .clear : .altered(mayBeNull: value.mayNull), value: value)
    }

    private func value(_ value: SecuredValue, where kept: SecuredPredicate, _ null: SecuredValue) -> SecuredValue {
        if kept == .alwaysTrue { return value }
        return kept.couldBeTrue ? .choice([.init(condition: kept, value: value)], otherwise: null) : null
    }

    private func masked(_ mask: CompiledMask, _ stored: SecuredValue) -> SecuredValue {
        guard let clear = mask.clear else { return mask.masked }
        let condition = residue(clear)
        if condition == .alwaysTrue { return stored }
        guard condition.couldBeTrue else { return mask.masked }
        return .choice([.init(condition: condition, value: stored)], otherwise: mask.masked)
    }
}

extension SecuredValue {
    /// The same with the stored values that it may be replaced: those that are shown, not those that decide.
    fileprivate func replacingStored(_ replacement: (SecuredValue) -> SecuredValue) -> SecuredValue {
        switch self {
        case .stored: replacement(self)
        case .choice(let choices, let otherwise):
            .choice(
                choices.map { Choice(condition: $0.condition, value: $0.value.replacingStored(replacement)) },
                otherwise: otherwise.replacingStored(replacement))
        case .null, .constant, .lastFour, .keyedHash, .related, .outer, .before, .part, .text, .aggregate, .ofGroup:
            self
        }
    }

    /// Whether the value may be null where the stored one is not.
    fileprivate var mayNull: Bool {
        switch self {
        case .null, .related, .outer, .before, .aggregate, .ofGroup, .part, .text: true
        case .stored, .constant: false
        case .lastFour(let value), .keyedHash(let value, _): value.mayNull
        case .choice(let choices, let otherwise): otherwise.mayNull || choices.contains { $0.value.mayNull }
        }
    }
}
