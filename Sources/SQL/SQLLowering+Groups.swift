// Rows in groups: the inner select makes, filters, orders and cuts the groups, the outer one writes them.
internal import Metadata
internal import Planning
internal import Rules

/// A key of a group, wherever it stands, has one text: of two sub-selects the database does not say that they are the same.
struct GroupKey: Hashable {
    let table: String
    let value: SecuredValue
}

extension SQLLowering {
    mutating func group(_ read: SecuredRead, _ parent: RowScope?, where followed: SQLExpression?) -> SQLSelect {
        guard case .groups(let grouping) = read.selection else {
            preconditionFailure("a read of groups selects groups")
        }
        var scope = RowScope(table: alias("t"), collection: read.collection, outer: alias("r"))
        var inner = SQLSelect([], from: scope.from(catalog), condition: condition(read, scope, parent, where: followed))
        let outerKeys = groupKeys
        defer { groupKeys = outerKeys }
        for key in grouping.keys { groupKeys[GroupKey(table: scope.tableAlias, value: key)] = value(key, scope) }
        inner.grouping = grouping.keys.map { sortKey($0, scope).value }
        if grouping.having != .alwaysTrue { inner.having = predicate(grouping.having, scope) }
        inner.ordering = read.ordering.map { orderingTerm($0, scope) }
        inner.limit = bounded(read.limit, most: read.mostRows)
        inner.offset = read.offset.map { count($0) }
        let members = groupMembers(grouping.members, &scope)
        inner.columns = scope.projectionOrOne
        return Dialect.list(
            members, of: inner, alias: scope.rowAlias, rows: read.rowLimit, path: read.errorPath)
    }

    /// What a group's rows have in common. Written in several ways, it is shown in the first of them.
    private mutating func keyMembers(_ fields: [RowMember<Secured>], _ scope: inout RowScope) -> [SQLMember] {
        fields.map { field in
            guard case .value(let value, let kind) = field.content, !sortKey(value, scope).isAsStored else {
                return rowMembers([field], &scope)[0]
            }
            let first = Dialect.aggregate(.minimum, self.value(value, scope), of: self.kind(of: value))
            return SQLMember(key: field.responseKey, value: scope.carry(first), form: .scalar(kind))
        }
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
                let object = Dialect.object(keyMembers(fields, &scope))
                result.append(SQLMember(key: member.responseKey, value: object, form: .json))
            case .aggregate(let fields):
                let object = Dialect.object(aggregateFields(fields, &scope, ofGroup: true))
                result.append(SQLMember(key: member.responseKey, value: object, form: .json))
            }
        }
        return result
    }
}
