// Selects over the rows that a mutation wrote, named by their keys: what is read back, and what is checked.
internal import Metadata
internal import Planning
internal import Rules

extension SQLLowering {
    /// The keys in a slot as a table, one row each.
    func keyTable(_ collection: CollectionID, _ slot: Int, _ alias: String) -> SQLTable {
        let kinds = catalog[collection].keyColumns.map(\.type)
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

    /// How many rows of a slot the check is not true of; one that is gone counts.
    mutating func failing(_ collection: CollectionID, _ check: SecuredPredicate, keys slot: Int) -> SQLSelect {
        let scope = RowScope(table: alias("t"), collection: collection)
        let keys = alias("w")
        let conditions = joined(scope, keys) + [.isTrue(predicate(check, scope))]
        let passing = SQLSelect([SQLColumn(.integer(1))], from: scope.from(catalog), condition: .all(conditions))
        var failure = SQLExpression.not(.exists(passing))
        if catalog[collection].isView {
            // Nobody but the owner says that the rows of a view have different keys: all of them must pass.
            let other = RowScope(table: alias("t"), collection: collection)
            let failing = SQLSelect(
                [SQLColumn(.integer(1))], from: other.from(catalog),
                condition: .all(joined(other, keys) + [.not(.isTrue(predicate(check, other)))]))
            failure = .any([failure, .exists(failing)])
        }
        return SQLSelect([SQLColumn(.countAll)], from: keyTable(collection, slot, keys), condition: failure)
    }
}
