// Inserts: one statement for each object, since the rows that hang on it need its key. An object that may meet a row is
// first inserted with DO NOTHING, and only if that wrote nothing once more with DO UPDATE: so each arm is known, and each
// obeys its own rule.
internal import Base
internal import Connectors
internal import Metadata
internal import Planning
internal import Rules

extension WriteLowering {
    /// The row that nested rows hang on.
    struct ParentRow {
        let slot: Int
        /// Field of the nested collection, and column of the parent's slot it takes.
        let links: [(field: Int, column: Int)]
    }

    /// - Parameters:
    ///   - isAwaited: whether the row the objects are nested in takes their key.
    ///   - rows: takes the keys of the objects of this level, in order.
    ///   - Returns: for each object the slot of its row and where in it fields stand.
    @discardableResult
    mutating func insert(
        _ insert: InsertPlan<Secured>, parent: ParentRow?, isAwaited: Bool, rows: Int?, counter: Int,
        returning extra: [Int] = []
    ) -> [(slot: Int, columns: [Int: Int])] {
        guard let first = insert.objects.first else { return [] }
        let place = newPlace(.insert, insert.collection, first.security.disclosed, insert.errorPath)
        let level = Level(
            insert: insert, parent: parent, isAwaited: isAwaited, rows: rows, counter: counter, extra: extra,
            place: place
        )
        return insert.objects.map { object($0, level) }
    }

    /// What the objects of one list have in common.
    private struct Level {
        let insert: InsertPlan<Secured>
        let parent: ParentRow?
        /// Whether the row these are nested in takes their key.
        let isAwaited: Bool
        let rows: Int?
        let counter: Int
        let extra: [Int]
        let place: Int
    }

    private mutating func object(
        _ object: InsertObject<Secured>, _ level: Level
    ) -> (slot: Int, columns: [Int: Int]) {
        let insert = level.insert
        let parent = level.parent
        let counter = level.counter
        let place = level.place
        let collection = catalog[insert.collection]
        // What the rows it refers to, and the row it hangs on, determine.
        var linked: [(field: Int, parameter: Parameter)] = []
        for nested in object.before {
            let relationship = catalog.relationship(nested.link)
            let target = self.insert(
                nested.insert, parent: nil, isAwaited: true, rows: nil, counter: counter,
                returning: relationship.pairs.map(\.target))
            guard let related = target.first else { continue }
            for pair in relationship.pairs {
                linked.append((pair.local, written(related.slot, related.columns[pair.target] ?? 0)))
            }
        }
        for link in parent?.links ?? [] { linked.append((link.field, written(parent?.slot ?? 0, link.column))) }

        let given = Set(object.assignments.map(\.field))
        let assignments =
            object.assignments
            + linked.filter { !given.contains($0.field) }.map { Assignment(field: $0.field, value: $0.parameter) }
        // Values of rows that are not there yet decide nothing early.
        let sent = Dictionary(assignments.map { ($0.field, $0.value) }, uniquingKeysWith: { first, _ in first })
        var refusal: InsertStep.Refusal?
        if insert.conflict != nil {
            // The rule for inserts governs only what is inserted.
            refusal = earlyCheck(object.security, insert.collection, sent).map {
                .init(check: $0, error: Self.checkFailed(insert.errorPath))
            }
        } else {
            refuseEarly(object.security, insert.collection, sent, errorPath: insert.errorPath)
        }

        let forced = linked.filter { given.contains($0.field) }
        let links = object.after.flatMap { catalog.relationship($0.link).pairs.map(\.local) }
        let returned = ReturnedColumns(collection, fields: level.extra + links + forced.map(\.field))
        let slot = newSlot()
        let kept = [
            checkedSlot(object.security, insert.collection, place: place, errorPath: insert.errorPath), level.rows,
        ]
        var matches: [InsertStep.Match] = []
        for link in forced {
            matches.append(.init(column: returned.positions[link.field] ?? 0, input: input(link.parameter)))
        }
        let call = call(
            .insert(statement(collection, assignments, returned, insert.conflict, changes: false)),
            columns: returned.columns.count)
        let conflict = insert.conflict.map {
            self.conflict($0, level, object, assignments, returned, mayBeRefused: refusal != nil)
        }
        if let conflict = insert.conflict {
            verify(beforeChanging: conflict.fields + conflict.forced.map(\.field), of: insert.collection)
        }
        if picksFirst(collection) { verifyNewKey(collection, assignments, place) }
        if let conflict = insert.conflict { pickMet(conflict, insert, assignments, place) }
        steps.append(
            .insert(
                InsertStep(
                    call: call, row: slot, keyCount: returned.keyCount, keys: kept.compactMap { $0 }, counter: counter,
                    place: place, matches: matches, conflict: conflict, refusal: refusal,
                    missing: level.isAwaited || !object.after.isEmpty
                        ? GatewayError(
                            .notSupported,
                            "cannot insert related rows of \"\(collection.apiName)\": the row was not written",
                            extensionPath: insert.errorPath) : nil)))
        for nested in object.after {
            let pairs = catalog.relationship(nested.link).pairs
            let parent = ParentRow(
                slot: slot, links: pairs.map { ($0.target, returned.positions[$0.local] ?? 0) })
            self.insert(nested.insert, parent: parent, isAwaited: false, rows: nil, counter: counter)
        }
        return (slot, returned.positions)
    }

    /// The row is found again by the key that was sent, and its check asked of that: a row that has it already would be taken
    /// for the one written. Without a whole key nothing is found.
    private mutating func verifyNewKey(_ collection: TrackedCollection, _ assignments: [Assignment], _ place: Int) {
        var lowering = SQLLowering<Dialect>(catalog: catalog)
        let scope = RowScope(table: lowering.alias("t"), collection: collection.id)
        var conditions: [SQLExpression] = []
        for field in collection.primaryKey {
            guard let value = assignments.first(where: { $0.field == field })?.value else { return }
            conditions.append(.infix(scope.column(field, catalog), .equal, .parameter(value)))
        }
        let select = SQLSelect([SQLColumn(.countAll)], from: scope.from(catalog), condition: .all(conditions))
        let isTold = places[place].disclosed.isSuperset(of: collection.primaryKey)
        let error = GatewayError(
            .constraintViolation,
            isTold
                ? "Uniqueness violation. duplicate key value violates unique constraint \"\(collection.table)_pkey\""
                : "a database constraint failed", extensionPath: places[place].errorPath)
        steps.append(.verify(call(.select(select), columns: 1), keys: nil, error, place: place))
    }

    /// What the row that is met was before. One that somebody else inserts after this is none that the check knows: it refuses.
    private mutating func pickMet(
        _ conflict: ConflictPlan<Secured>, _ insert: InsertPlan<Secured>, _ assignments: [Assignment], _ place: Int
    ) {
        guard
            let image = imageSlot(
                conflict.security, insert.collection, place: place, errorPath: insert.errorPath)
        else { return }
        var lowering = SQLLowering<Dialect>(catalog: catalog)
        let scope = RowScope(table: lowering.alias("t"), collection: insert.collection)
        guard let conditions = sameKey(conflict, assignments, scope) else { return }
        let keys = catalog[insert.collection].keyColumns.map {
            SQLColumn(.column(alias: scope.tableAlias, name: $0.name))
        }
        let values = conflict.security.check.valuesBefore
        var select = SQLSelect(
            keys + lowering.columns(values, scope), from: scope.from(catalog), condition: .all(conditions))
        if Dialect.hasConcurrentWriters { select.lock = .update }
        steps.append(
            .pick(call(.select(select), columns: keys.count + values.count), keys: image, counter: nil, place: place))
    }

    private func written(_ slot: Int, _ column: Int) -> Parameter {
        Parameter(origin: .written(slot: slot, column: column), target: .bytes)
    }

    // MARK: Statements

    private func statement(
        _ collection: TrackedCollection, _ assignments: [Assignment], _ returned: ReturnedColumns,
        _ conflict: ConflictPlan<Secured>?, changes: Bool
    ) -> SQLInsert {
        var lowering = SQLLowering<Dialect>(catalog: catalog)
        let alias = lowering.alias("t")
        var statement = SQLInsert(
            table: SQLTableName(collection), alias: alias,
            assignments: assignments.map {
                SQLAssignment(collection.fields[$0.field].name, $0.value.map { .parameter($0) } ?? .null)
            }, returning: returned.columns)
        guard let conflict else { return statement }
        let columns = conflict.constraint.fields.map { collection.fields[$0].name }
        guard changes else {
            statement.conflict = SQLConflict(columns: columns, assignments: [], condition: nil)
            return statement
        }
        let scope = RowScope(table: alias, collection: collection.id)
        let forced = Set(conflict.forced.map(\.field))
        let taken = conflict.fields.filter { !forced.contains($0) }.map { field in
            let name = collection.fields[field].name
            return SQLAssignment(name, .column(alias: SQLConflict.proposed, name: name))
        }
        let set = conflict.forced.map {
            SQLAssignment(collection.fields[$0.field].name, $0.value.map { .parameter($0) } ?? .null)
        }
        let conditions = [conflict.security.filter, conflict.predicate].filter { $0 != .alwaysTrue }
        if Dialect.hasConcurrentWriters { statement.condition = isMet(conflict, collection, assignments, &lowering) }
        statement.conflict = SQLConflict(
            columns: columns, assignments: taken + set,
            condition: conditions.isEmpty ? nil : met(.conjunction(conditions), collection, scope, &lowering))
        return statement
    }

    /// Beside the row that is met stands the one that was proposed, so that a bare name in an expression of the owner's would be
    /// either's: such a row is looked at by itself.
    private func met(
        _ predicate: SecuredPredicate, _ collection: TrackedCollection, _ scope: RowScope,
        _ lowering: inout SQLLowering<Dialect>
    ) -> SQLExpression {
        let hasExpressions = collection.fields.contains { if case .computed = $0.storage { true } else { false } }
        guard hasExpressions else { return lowering.predicate(predicate, scope) }
        let alias = lowering.alias("t")
        let columns = collection.fields.filter { !$0.isComputed }.map {
            SQLColumn(.column(alias: scope.tableAlias, name: $0.name), as: $0.name)
        }
        let row = RowScope(table: alias, collection: collection.id, isWhole: false)
        return .exists(
            SQLSelect(
                [SQLColumn(.integer(1))], from: .select(SQLSelect(columns), alias: alias),
                condition: lowering.predicate(predicate, row)))
    }

    /// The row that the first insert met is still there, and stays: had somebody deleted it, this one would insert, under the
    /// rule for updates. `nil` where the values of the constraint were not sent.
    private func isMet(
        _ conflict: ConflictPlan<Secured>, _ collection: TrackedCollection, _ assignments: [Assignment],
        _ lowering: inout SQLLowering<Dialect>
    ) -> SQLExpression? {
        let scope = RowScope(table: lowering.alias("t"), collection: collection.id)
        guard let conditions = sameKey(conflict, assignments, scope) else { return nil }
        var met = SQLSelect([SQLColumn(.integer(1))], from: scope.from(catalog), condition: .all(conditions))
        met.lock = .update
        return .exists(met)
    }

    /// A row has the values of the constraint; `nil` where they were not sent.
    private func sameKey(
        _ conflict: ConflictPlan<Secured>, _ assignments: [Assignment], _ scope: RowScope
    ) -> [SQLExpression]? {
        var conditions: [SQLExpression] = []
        for field in conflict.constraint.fields {
            guard let value = assignments.first(where: { $0.field == field })?.value else { return nil }
            conditions.append(.infix(scope.column(field, catalog), .equal, .parameter(value)))
        }
        return conditions
    }

    private mutating func conflict(
        _ conflict: ConflictPlan<Secured>, _ level: Level, _ object: InsertObject<Secured>,
        _ assignments: [Assignment], _ returned: ReturnedColumns, mayBeRefused: Bool
    ) -> ConflictStep {
        let insert = level.insert
        let collection = catalog[insert.collection]
        var update: WriteCall?
        var keys: [Int] = []
        if !conflict.doesNothing || !conflict.forced.isEmpty {
            update = call(
                .insert(statement(collection, assignments, returned, conflict, changes: true)),
                columns: returned.columns.count)
            keys = [
                checkedSlot(conflict.security, insert.collection, place: level.place, errorPath: insert.errorPath),
                level.rows,
            ].compactMap { $0 }
        }
        let unchanged = unchanged(conflict, level, object)
        let met = mayBeRefused || unchanged.lends ? met(conflict, insert, assignments, returned) : nil
        return ConflictStep(
            update: update, keys: keys, met: met, unchanged: unchanged, hidden: Self.checkFailed(insert.errorPath))
    }

    /// Rows that hang on one that was not written have no parent of the caller's making: the link columns, which the
    /// gateway sets without asking for their rule, would lead to a stranger's row.
    private func unchanged(
        _ conflict: ConflictPlan<Secured>, _ level: Level, _ object: InsertObject<Secured>
    ) -> ConflictStep.Unchanged {
        guard object.after.isEmpty, !(level.isAwaited && conflict.doesNothing) else {
            return .refuses(
                GatewayError(
                    .notSupported,
                    "cannot insert related rows of \"\(catalog[level.insert.collection].apiName)\": the row exists and is left alone",
                    extensionPath: level.insert.errorPath))
        }
        return level.isAwaited ? .lends : .isLeftAlone
    }

    /// The existing row, found by the values of the constraint, if the caller may read it.
    private mutating func met(
        _ conflict: ConflictPlan<Secured>, _ insert: InsertPlan<Secured>, _ assignments: [Assignment],
        _ returned: ReturnedColumns
    ) -> WriteCall? {
        var lowering = SQLLowering<Dialect>(catalog: catalog)
        let scope = RowScope(table: lowering.alias("t"), collection: insert.collection)
        guard var conditions = sameKey(conflict, assignments, scope) else { return nil }
        if conflict.readable.filter != .alwaysTrue {
            conditions.append(lowering.predicate(conflict.readable.filter, scope))
        }
        let select = SQLSelect(
            returned.columns.map { SQLColumn($0) }, from: scope.from(catalog), condition: .all(conditions))
        return call(.select(select), columns: returned.columns.count)
    }
}

/// What a writing statement returns of a row: its key, then the fields that other statements need.
struct ReturnedColumns {
    let columns: [SQLExpression]
    let keyCount: Int
    /// Column of each field.
    let positions: [Int: Int]

    init(_ collection: TrackedCollection, fields: [Int]) {
        var columns = collection.keyColumns.map { SQLExpression.bare($0.name) }
        var positions: [Int: Int] = [:]
        if case .key(let key)? = collection.identity {
            for (index, field) in key.enumerated() { positions[field] = index }
        }
        keyCount = columns.count
        for field in fields where positions[field] == nil {
            positions[field] = columns.count
            columns.append(.bare(collection.fields[field].name))
        }
        self.columns = columns
        self.positions = positions
    }
}

extension TrackedCollection {
    /// The columns that name a row while a mutation runs.
    var keyColumns: [(name: String, type: ScalarKind)] {
        switch identity {
        case .hidden(let identifier)?: [(identifier.name, identifier.type)]
        case .key(let key)?: key.map { (fields[$0].name, fields[$0].type) }
        case nil: preconditionFailure("what has no key is not written: the schema has no such field")
        }
    }
}
