// A page by cursor: the inner select starts behind the cursor's sort key; what leaves the database is, for each row, that
// key in clear and the row's objects. The gateway seals the one and places the others (`ConnectionWriter`).
internal import Metadata
internal import Planning
internal import Rules

extension SQLLowering {
    mutating func connection(
        _ read: SecuredRead, _ parent: RowScope?, where followed: SQLExpression?
    ) -> SQLSelect {
        guard case .connection(let connection) = read.selection else {
            preconditionFailure("a read of a connection selects one")
        }
        var scope = RowScope(table: alias("t"), collection: read.collection, outer: alias("r"))
        var conditions = condition(read, scope, parent, where: followed).map { [$0] } ?? []
        if let cursor = connection.after { conditions.append(beyond(cursor, read.ordering, scope, isReversed: false)) }
        if let cursor = connection.before { conditions.append(beyond(cursor, read.ordering, scope, isReversed: true)) }
        var inner = SQLSelect(
            [], from: scope.from(catalog), condition: conditions.isEmpty ? nil : .all(conditions))
        inner.ordering = read.ordering.map { term in
            let lowered = orderingTerm(term, scope)
            guard connection.isBackward else { return lowered }
            return SQLOrderingTerm(
                value: lowered.value, isDescending: !lowered.isDescending, nullsFirst: lowered.nullsFirst.map { !$0 })
        }
        // One row more than asked for, or than the rules allow, tells whether there is another page.
        let rows = read.pageCap.map { $0 + 1 } ?? read.rowLimit + (read.limit == nil ? 0 : 1)
        inner.limit = bounded(read.limit, plus: 1, most: read.pageCap == nil ? rows + 1 : rows)
        let key = read.ordering.enumerated().map { index, term in
            // As stored: what a comparison with the column takes back unchanged.
            SQLMember(
                key: "\(index)", value: Dialect.sortKey(scope.carry(value(term.value, scope))), form: .scalar(.bigint))
        }
        var members = [SQLMember(key: "key", value: Dialect.object(key), form: .json)]
        for (index, node) in connection.nodes.enumerated() {
            let object = Dialect.object(rowMembers(node, &scope))
            members.append(SQLMember(key: "node\(index)", value: object, form: .json))
        }
        inner.columns = scope.projectionOrOne
        return Dialect.list(members, of: inner, alias: scope.rowAlias, rows: rows, path: read.errorPath)
    }

    /// Rows that come after the cursor's in the ordering: equal in the first terms, beyond in the next.
    private mutating func beyond(
        _ cursor: CursorArgument, _ ordering: [OrderingTerm<Secured>], _ scope: RowScope, isReversed: Bool
    ) -> SQLExpression {
        var equal: [SQLExpression] = []
        var alternatives: [SQLExpression] = []
        for (index, term) in ordering.enumerated() {
            let kind = kind(of: term.value)
            let key = sortKey(term.value, scope)
            let value = key.value
            let bound = Dialect.sortable(
                Dialect.sortKey(
                    from: Parameter(
                        origin: .cursor(cursor, index: index), target: .value(kind), errorPath: cursor.errorPath)), kind
            )
            let isDescending = term.direction.isDescending != isReversed
            var further = SQLExpression.infix(value, isDescending ? .less : .greater, bound)
            if key.mayBeNull {
                // Nulls are one place in the order, before or behind all values.
                further =
                    term.direction.nullsFirst != isReversed
                    ? .any([further, .all([.isNull(bound), .not(.isNull(value))])])
                    : .any([further, .all([.isNull(value), .not(.isNull(bound))])])
            }
            alternatives.append(equal.isEmpty ? further : .all(equal + [further]))
            equal.append(key.mayBeNull ? Dialect.same(value, bound) : .infix(value, .equal, bound))
        }
        return .any(alternatives)
    }
}
