// Rows in groups: the inner select makes, filters, orders and cuts the groups, the outer one writes them.
internal import Metadata
internal import Planning
internal import Rules

extension SQLLowering {
    mutating func group(_ read: SecuredRead, _ parent: RowScope?, where followed: SQLExpression?) -> SQLSelect {
        guard case .groups(let grouping) = read.selection else {
            preconditionFailure("a read of groups selects groups")
        }
        var scope = RowScope(table: alias("t"), collection: read.collection, outer: alias("r"))
        var inner = SQLSelect([], from: scope.from(catalog), condition: condition(read, scope, parent, where: followed))
        inner.grouping = grouping.keys.map { Dialect.sortable(value($0, scope), kind(of: $0)) }
        if grouping.having != .alwaysTrue { inner.having = predicate(grouping.having, scope) }
        inner.ordering = read.ordering.map { orderingTerm($0, scope) }
        let overflow = SQLExpression.integer(read.mostRows)
        inner.limit = read.limit.map { Dialect.smaller(.parameter($0), overflow) } ?? overflow
        inner.offset = read.offset.map { .parameter($0) }
        let members = groupMembers(grouping.members, &scope)
        inner.columns = scope.projectionOrOne
        return Dialect.list(
            members, of: inner, alias: scope.rowAlias, rows: read.rowLimit, path: read.errorPath)
    }

    private mutating func groupMembers(
        _ members: [GroupMember<Secured>], _ scope: inout RowScope
    ) -> [SQLMember] {
        var result: [SQLMember] = []
        for member in members {
            switch member.content {
            case .typename(let name):
                result.append(SQLMember(key: member.responseKey, value: .text(name), form: .scalar(.string)))
            case .key(let fields):
                let object = Dialect.object(rowMembers(fields, &scope))
                result.append(SQLMember(key: member.responseKey, value: object, form: .json))
            case .aggregate(let fields):
                let object = Dialect.object(aggregateFields(fields, &scope, ofGroup: true))
                result.append(SQLMember(key: member.responseKey, value: object, form: .json))
            }
        }
        return result
    }
}
