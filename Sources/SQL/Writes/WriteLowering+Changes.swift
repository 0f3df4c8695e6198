// Updates and deletes: one statement each, whose WHERE holds the rule, the caller's read rule and the caller's filter. Changes
// of related rows follow the row they hang on, narrowed to what its relationship leads to.
internal import Base
internal import Connectors
internal import Metadata
internal import Planning
internal import Rules

extension WriteLowering {
    mutating func update(_ update: UpdatePlan<Secured>, _ answer: WriteAnswer<Secured>) -> WriteAnswerTemplate {
        let counter = newCounter()
        let place = newPlace(.update, update.collection, update.security.disclosed, "$")
        let keys = self.update(update, within: nil, readsRows: answer.readsRows, counter: counter, place: place)
        verify()
        return self.answer(answer, keys: keys ?? newSlot(), counter: counter, place: place, isSorted: true)
    }

    mutating func delete(_ delete: DeletePlan<Secured>, _ answer: WriteAnswer<Secured>) -> WriteAnswerTemplate {
        let place = newPlace(.delete, delete.collection, delete.security.disclosed, "$")
        let counter = newCounter()
        guard answer.readsRows else {
            self.delete(delete, within: nil, counter: counter, place: place)
            return self.answer(answer, keys: newSlot(), counter: counter, place: place)
        }
        // What is gone cannot be read: the rows are read first, all their relationships still there.
        let collection = catalog[delete.collection]
        let rows = RowChoice(delete, within: nil)
        let keys = newSlot()
        steps.append(
            .pick(
                call(.select(picked(rows, locked: .delete)), columns: collection.keyColumns.count), keys: keys,
                counter: picksFirst(collection) ? counter : nil, place: place))
        let answered = self.answer(answer, keys: keys, counter: counter, place: place)
        var (lowering, scope) = target(collection)
        let statement = SQLDelete(
            table: SQLTableName(collection), alias: scope.tableAlias,
            condition: among(keys, of: rows, scope, &lowering))
        steps.append(.command(call(.delete(statement), columns: 0), keys: nil, counter: counter, place: place))
        return answered
    }

    // MARK: Statements

    /// The rows whose relationship a change follows.
    struct Origin {
        let keys: Int
        let link: RelationshipReference
        let readable: RowSecurity
    }

    /// - Returns: the slot of the keys updated, where something needs them.
    private mutating func update(
        _ update: UpdatePlan<Secured>, within origin: Origin?, readsRows: Bool, counter: Int, place: Int
    ) -> Int? {
        let collection = catalog[update.collection]
        let rows = RowChoice(update, within: origin)
        let keyCount = collection.keyColumns.count
        guard !update.changes.isEmpty else {
            // Nothing of its own to change: the rows are only where the changes below begin.
            let keys = newSlot()
            let picked = call(.select(picked(rows, locked: .update)), columns: keyCount)
            steps.append(.pick(picked, keys: keys, counter: nil, place: place))
            self.related(update, keys: keys, counter: counter)
            return keys
        }
        let sent = update.changes.filter { $0.change == .set }.map { ($0.field, $0.value) }
        if update.security.check != .alwaysTrue, origin == nil {
            let found = call(.select(picked(rows, limitedToOne: true)), columns: keyCount)
            refuseEarly(
                update.security, update.collection, Dictionary(sent, uniquingKeysWith: { first, _ in first }),
                errorPath: "$", ifRows: found)
        }
        let kept = checkedSlot(update.security, update.collection, place: place, errorPath: "$")
        let image = imageSlot(update.security, update.collection, place: place, errorPath: "$")
        if let image {
            let values = update.security.check.valuesBefore
            let picked = call(.select(picked(rows, locked: .update, beside: values)), columns: keyCount + values.count)
            steps.append(.pick(picked, keys: image, counter: nil, place: place))
        }
        let keys = kept ?? (readsRows || !update.related.isEmpty || picksFirst(collection) ? newSlot() : nil)

        var (lowering, scope) = target(collection)
        let assignments = update.changes.map { change -> SQLAssignment in
            let field = collection.fields[change.field]
            let operand = change.value.map { SQLExpression.parameter($0) } ?? .null
            let value =
                change.change == .set
                ? operand
                : Dialect.changed(scope.column(change.field, catalog), change.change, operand, field.type)
            return SQLAssignment(field.name, value)
        }
        if let keys, picksFirst(collection) {
            let picked = call(.select(picked(rows)), columns: keyCount)
            steps.append(.pick(picked, keys: keys, counter: counter, place: place))
            let statement = SQLUpdate(
                table: SQLTableName(collection), alias: scope.tableAlias, assignments: assignments,
                condition: among(keys, of: rows, scope, &lowering), returning: [])
            steps.append(.command(call(.update(statement), columns: 0), keys: nil, counter: counter, place: place))
            self.related(update, keys: keys, counter: counter)
            return keys
        }
        let returned = keys == nil ? [] : collection.keyColumns.map { SQLExpression.bare($0.name) }
        let condition =
            image.map { among($0, beside: update.security.check.valuesBefore, scope, &lowering) }
            ?? condition(rows, .update, place: place, scope, &lowering)
        let statement = SQLUpdate(
            table: SQLTableName(collection), alias: scope.tableAlias, assignments: assignments, condition: condition,
            returning: returned)
        verify(beforeChanging: update.changes.map(\.field), of: update.collection)
        steps.append(
            .command(call(.update(statement), columns: returned.count), keys: keys, counter: counter, place: place))
        if let keys { self.related(update, keys: keys, counter: counter) }
        return keys
    }

    private mutating func related(_ update: UpdatePlan<Secured>, keys: Int, counter: Int) {
        for related in update.related {
            let origin = Origin(keys: keys, link: related.link, readable: related.readable)
            switch related.change {
            case .update(let update):
                let place = newPlace(.update, update.collection, update.security.disclosed, "$")
                _ = self.update(update, within: origin, readsRows: false, counter: counter, place: place)
            case .delete(let delete):
                let place = newPlace(.delete, delete.collection, delete.security.disclosed, "$")
                self.delete(delete, within: origin, counter: counter, place: place)
            }
        }
    }

    private mutating func delete(_ delete: DeletePlan<Secured>, within origin: Origin?, counter: Int, place: Int) {
        let collection = catalog[delete.collection]
        let rows = RowChoice(delete, within: origin)
        var (lowering, scope) = target(collection)
        var condition: SQLExpression?
        if picksFirst(collection) {
            let keys = newSlot()
            let picked = call(.select(picked(rows)), columns: collection.keyColumns.count)
            steps.append(.pick(picked, keys: keys, counter: counter, place: place))
            condition = among(keys, of: rows, scope, &lowering)
        } else {
            condition = self.condition(rows, .delete, place: place, scope, &lowering)
        }
        let statement = SQLDelete(table: SQLTableName(collection), alias: scope.tableAlias, condition: condition)
        steps.append(.command(call(.delete(statement), columns: 0), keys: nil, counter: counter, place: place))
    }

    // MARK: Which rows

    /// Whether the rows to change are picked before: of what a view's triggers write, the database returns and counts nothing.
    func picksFirst(_ collection: TrackedCollection) -> Bool {
        collection.isView && !Dialect.writesViewsAsTables
    }

    /// The rows of a collection that is written, by an alias or, where the database gives it none, by its own name.
    private func target(_ collection: TrackedCollection) -> (SQLLowering<Dialect>, RowScope) {
        let isNamed = picksFirst(collection)
        var lowering = SQLLowering<Dialect>(catalog: catalog, reserving: isNamed ? collection.table : nil)
        let alias = isNamed ? collection.table : lowering.alias("t")
        return (lowering, RowScope(table: alias, collection: collection.id))
    }

    private struct RowChoice {
        let collection: CollectionID
        let condition: SecuredPredicate
        let limit: Parameter?
        let origin: Origin?

        init(_ update: UpdatePlan<Secured>, within origin: Origin?) {
            collection = update.collection
            condition = .conjunction([update.security.filter, update.predicate])
            limit = update.limit
            self.origin = origin
        }

        init(_ delete: DeletePlan<Secured>, within origin: Origin?) {
            collection = delete.collection
            condition = .conjunction([delete.security.filter, delete.predicate])
            limit = delete.limit
            self.origin = origin
        }
    }

    /// Where other rows decide, the rows are picked before the first of them is changed. Where others may write meanwhile that
    /// is a statement of its own: a sub-select would go on with the rows as they were when it found them.
    private mutating func condition(
        _ rows: RowChoice, _ lock: SQLRowLock, place: Int, _ scope: RowScope, _ lowering: inout SQLLowering<Dialect>
    ) -> SQLExpression? {
        if rows.limit == nil, rows.origin == nil, !rows.condition.looksElsewhere {
            return rows.condition == .alwaysTrue ? nil : lowering.predicate(rows.condition, scope)
        }
        guard Dialect.hasConcurrentWriters else { return .member(key(scope), of: picked(rows, using: &lowering)) }
        let keys = newSlot()
        let picked = call(.select(picked(rows, locked: lock)), columns: catalog[scope.collection].keyColumns.count)
        steps.append(.pick(picked, keys: keys, counter: nil, place: place))
        return among(keys, scope, &lowering)
    }

    private func picked(
        _ rows: RowChoice, limitedToOne: Bool = false, locked lock: SQLRowLock? = nil,
        beside values: [SecuredValue] = []
    ) -> SQLSelect {
        var lowering = SQLLowering<Dialect>(catalog: catalog)
        var select = picked(rows, limitedToOne: limitedToOne, beside: values, using: &lowering)
        if Dialect.hasConcurrentWriters { select.lock = lock }
        return select
    }

    /// - Parameter values: what is taken of each row beside its key.
    private func picked(
        _ rows: RowChoice, limitedToOne: Bool = false, beside values: [SecuredValue] = [],
        using lowering: inout SQLLowering<Dialect>
    ) -> SQLSelect {
        let scope = RowScope(table: lowering.alias("t"), collection: rows.collection)
        let collection = catalog[rows.collection]
        var conditions: [SQLExpression] = []
        if let origin = rows.origin { conditions.append(linked(to: origin, scope, &lowering)) }
        if rows.condition != .alwaysTrue { conditions.append(lowering.predicate(rows.condition, scope)) }
        if picksFirst(collection) {
            // Without a key it would be picked and counted, but found by nothing.
            conditions += collection.primaryKey.map { .not(.isNull(scope.column($0, catalog))) }
        }
        var select = SQLSelect(
            collection.keyColumns.map { SQLColumn(.column(alias: scope.tableAlias, name: $0.name)) }
                + lowering.columns(values, scope),
            from: scope.from(catalog),
            condition: conditions.isEmpty ? nil : (conditions.count == 1 ? conditions[0] : .all(conditions)))
        let order =
            collection.primaryKey.isEmpty
            ? collection.keyColumns.map { SQLExpression.column(alias: scope.tableAlias, name: $0.name) }
            : collection.primaryKey.map { scope.column($0, catalog) }
        if !limitedToOne {
            select.ordering = order.map { SQLOrderingTerm(value: $0, isDescending: false, nullsFirst: nil) }
        }
        select.limit = limitedToOne ? .integer(1) : rows.limit.map { .parameter($0) }
        return select
    }

    /// Rows that the relationship of the rows in a slot leads to, as far as the caller may follow it.
    private func linked(
        to origin: Origin, _ scope: RowScope, _ lowering: inout SQLLowering<Dialect>
    ) -> SQLExpression {
        let relationship = catalog.relationship(origin.link)
        let from = RowScope(table: lowering.alias("t"), collection: origin.link.collection)
        let alias = lowering.alias("w")
        var conditions = lowering.joined(from, alias)
        if origin.readable.parentGuard != .alwaysTrue {
            conditions.append(.isTrue(lowering.predicate(origin.readable.parentGuard, from)))
        }
        let local = relationship.pairs.map { SQLColumn(from.column($0.local, catalog)) }
        let target = relationship.pairs.map { scope.column($0.target, catalog) }
        let keys = lowering.keyTable(origin.link.collection, origin.keys, alias)
        return .member(
            target.count == 1 ? target[0] : .row(target),
            of: SQLSelect(local, from: .cross(keys, from.from(catalog)), condition: .all(conditions)))
    }

    private func key(_ scope: RowScope) -> SQLExpression {
        let columns = catalog[scope.collection].keyColumns.map {
            SQLExpression.column(alias: scope.tableAlias, name: $0.name)
        }
        return columns.count == 1 ? columns[0] : .row(columns)
    }

    /// Rows whose keys are in a slot, where they were picked. Nobody but the owner says that the rows of a view have different
    /// keys: each must be one that was to be picked.
    private func among(
        _ keys: Int, of rows: RowChoice, _ scope: RowScope, _ lowering: inout SQLLowering<Dialect>
    ) -> SQLExpression {
        let member = among(keys, scope, &lowering)
        guard catalog[scope.collection].isView, rows.condition != .alwaysTrue else { return member }
        return .all([member, lowering.predicate(rows.condition, scope)])
    }

    /// - Parameter values: what was taken of each row beside its key.
    private func among(
        _ keys: Int, beside values: [SecuredValue] = [], _ scope: RowScope, _ lowering: inout SQLLowering<Dialect>
    ) -> SQLExpression {
        let alias = lowering.alias("w")
        let columns = catalog[scope.collection].keyColumns.indices.map {
            SQLColumn(.column(alias: alias, name: "k\($0)"))
        }
        return .member(
            key(scope),
            of: SQLSelect(columns, from: lowering.keyTable(scope.collection, keys, beside: values, alias)))
    }
}

extension SecuredPredicate {
    /// Whether rows other than the one asked about can decide it.
    fileprivate var looksElsewhere: Bool {
        switch self {
        case .constant: false
        case .all(let parts), .any(let parts): parts.contains(where: \.looksElsewhere)
        case .not(let inner), .isTrue(let inner): inner.looksElsewhere
        case .when(let guardian, let inner): guardian.looksElsewhere || inner.looksElsewhere
        case .related, .exists: true
        case .isNull(let value): value.looksElsewhere
        case .comparison(let comparison):
            if case .value(let value) = comparison.operand, value.looksElsewhere {
                true
            } else {
                comparison.value.looksElsewhere
            }
        }
    }
}

extension SecuredValue {
    fileprivate var looksElsewhere: Bool {
        switch self {
        case .stored, .null, .constant: false
        case .lastFour(let inner), .keyedHash(let inner, _), .part(let inner, _), .outer(let inner),
            .text(let inner), .before(let inner):
            inner.looksElsewhere
        case .related, .aggregate, .ofGroup: true
        case .choice(let choices, let otherwise):
            otherwise.looksElsewhere || choices.contains { $0.condition.looksElsewhere || $0.value.looksElsewhere }
        }
    }
}
