// Selects over the rows that a mutation wrote, named by their keys: what is read back, and what is checked.
internal import Metadata
internal import Planning
internal import Rules

extension SQLLowering {
    /// The keys in a slot as a table, one row each.
    /// - Parameter values: what stands beside the keys in the slot.
    func keyTable(
        _ collection: CollectionID, _ slot: Int, beside values: [SecuredValue] = [], _ alias: String
    ) -> SQLTable {
        let kinds = catalog[collection].keyColumns.map(\.type) + values.map { kind(of: $0) }
        let list = SQLExpression.parameter(Parameter(origin: .keys(slot: slot), target: .list(of: .bigint)))
        return .select(Dialect.keyRows(list, kinds), alias: alias)
    }

    func joined(_ scope: RowScope, _ keys: String) -> [SQLExpression] {
        catalog[scope.collection].keyColumns.enumerated().map { index, column in
            .infix(
                .column(alias: scope.tableAlias, name: column.name), .equal, .column(alias: keys, name: "k\(index)"))
        }
    }

    /// The rows of a slot as the caller may read them.
    /// - Parameter isSorted: in the order of the primary key, and not in that in which they were written: where the database
    ///   finds rows to change in an order of its own, that order tells of rows which the caller may not see.
    mutating func returning(_ read: SecuredRead, keys slot: Int, isSorted: Bool) -> SQLSelect {
        let isList = read.form == .list
        var scope = RowScope(
            table: alias("t"), collection: read.collection, outer: isList ? alias("r") : nil)
        let keys = alias("w")
        var conditions = joined(scope, keys)
        for predicate in [read.security.filter, read.predicate] where predicate != .alwaysTrue {
            conditions.append(self.predicate(predicate, scope))
        }
        let from = SQLTable.cross(keyTable(read.collection, slot, keys), scope.from(catalog))
        let members = members(read.selection, &scope)
        guard isList else { return Dialect.single(members, from: from, condition: .all(conditions)) }
        var inner = SQLSelect(scope.projectionOrOne, from: from, condition: .all(conditions))
        let primary = isSorted ? catalog[read.collection].primaryKey.map { scope.column($0, catalog) } : []
        inner.ordering = (primary + [.column(alias: keys, name: "position")]).map {
            SQLOrderingTerm(value: $0, isDescending: false, nullsFirst: nil)
        }
        inner.limit = .integer(read.mostRows)
        return Dialect.list(
            members, of: inner, alias: scope.rowAlias, rows: read.rowLimit, path: read.errorPath)
    }

    /// How many rows of a slot the check is not true of; one that is gone counts, and one of which nobody knows what it was.
    /// - Parameter image: the slot with what the rows were before, where the check asks for it.
    mutating func failing(
        _ collection: CollectionID, _ check: SecuredPredicate, keys slot: Int, before image: Int?
    ) -> SQLSelect {
        let scope = RowScope(table: alias("t"), collection: collection)
        let keys = alias("w")
        var failure = SQLExpression.not(.exists(written(check, scope, keys, image) { .isTrue($0) }))
        // Nobody but the owner says that the rows of a view have different keys: all of them must pass. A row that one statement
        // after the other has changed was several things before: it must pass beside all of them.
        if catalog[collection].isView || image != nil {
            let other = RowScope(table: alias("t"), collection: collection)
            failure = .any([failure, .exists(written(check, other, keys, image) { .not(.isTrue($0)) })])
        }
        return SQLSelect([SQLColumn(.countAll)], from: keyTable(collection, slot, keys), condition: failure)
    }

    /// The rows of a key of which the check comes out so.
    private mutating func written(
        _ check: SecuredPredicate, _ scope: RowScope, _ keys: String, _ image: Int?,
        _ outcome: (SQLExpression) -> SQLExpression
    ) -> SQLSelect {
        var conditions = joined(scope, keys)
        var from = scope.from(catalog)
        if let image {
            let keyCount = catalog[scope.collection].keyColumns.count
            let rows = BeforeImage(alias: alias("b"), keyCount: keyCount, values: check.valuesBefore)
            from = .cross(keyTable(scope.collection, image, beside: rows.values, rows.alias), from)
            for index in 0..<keyCount {
                let name = "k\(index)"
                conditions.append(
                    .infix(.column(alias: rows.alias, name: name), .equal, .column(alias: keys, name: name)))
            }
            before = rows
        }
        defer { before = nil }
        conditions.append(outcome(predicate(check, scope)))
        return SQLSelect([SQLColumn(.integer(1))], from: from, condition: .all(conditions))
    }
}
