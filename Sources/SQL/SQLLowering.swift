// The sixth arrow of the pipeline for SQL databases: SecuredPlan → one statement. Each root field is one cell, each child
// read a correlated sub-select inside its parent's: whatever the depth, the database is asked once. It is total: a
// secured plan holds nothing that cannot be lowered.
package import Metadata
internal import Planning
package import Rules

package struct SQLLowering<Dialect: SQLDialect> {
    let catalog: Catalog
    private var aliasCount = 0
    /// What the rows under way are grouped by.
    var groupKeys: [GroupKey: SQLExpression] = [:]
    /// How many negations enclose the predicate being lowered.
    var negations = 0
    /// The rows that the enclosing `exists` are asked of, the innermost last.
    var outerRows: [RowScope] = []
    /// Where the check of an update finds what its rows were before.
    var before: BeforeImage?
    /// Inside the answer to a call: the select that has made it.
    private var called: String?

    package static func lower(_ reads: [SecuredRead], catalog: Catalog, dialect: Dialect.Type) -> SQLText {
        var lowering = SQLLowering(catalog: catalog)
        let columns = reads.map { SQLColumn(.scalar(lowering.read($0, parent: nil))) }
        return SQLPrinter<Dialect>.print(SQLSelect(columns), dialect: dialect)
    }

    /// A name that is not given to anything else.
    private let reserved: String?

    init(catalog: Catalog, reserving name: String? = nil) {
        self.catalog = catalog
        reserved = name?.lowercased()
    }

    /// The call of a function that may change data, and what of the rows it returns the caller may see. The rows are taken
    /// first and looked at afterwards: it is called once, whatever is asked of them.
    mutating func call(_ read: SecuredRead) -> SQLSelect {
        let (outer, row) = (alias("x"), alias("f"))
        let made = SQLSelect(
            [SQLColumn(.function("array_agg", [.cast(.wholeRow(alias: row), type(of: read))]), as: Self.returnedRows)],
            from: source(of: read, nil, alias: row))
        called = outer
        let answer = list(read, nil, where: nil)
        called = nil
        return SQLSelect([SQLColumn(.scalar(answer))], from: .select(made, alias: outer))
    }

    private func type(of read: SecuredRead) -> SQLType {
        SQLType(catalog[read.collection].table, schema: catalog[read.collection].schema)
    }

    mutating func alias(_ letter: String) -> String {
        aliasCount += 1
        let alias = "\(letter)\(aliasCount)"
        return alias == reserved ? self.alias(letter) : alias
    }

    /// - Parameters:
    ///   - parent: the row above, for a read that follows a relationship.
    ///   - followed: what must be true of that row. Where it is not, a list is of no rows, and an aggregate over none.
    mutating func read(_ read: SecuredRead, parent: RowScope?, where followed: SQLExpression? = nil) -> SQLSelect {
        switch read.form {
        case .single: single(read, parent)
        case .list: list(read, parent, where: followed)
        case .aggregate: aggregate(read, parent, where: followed)
        case .group: group(read, parent, where: followed)
        case .connection: connection(read, parent, where: followed)
        }
    }

    /// The rows of a read: of its collection, or of those that a function yields.
    func source(of read: SecuredRead, _ parent: RowScope?, alias: String) -> SQLTable? {
        guard let call = read.call else { return nil }
        let function = call.function(in: catalog)
        let arguments = zip(call.arguments, function.arguments).map { argument, declared -> SQLExpression in
            switch argument {
            case .value(let parameter): .cast(parameter.map { .parameter($0) } ?? .null, SQLType(declared.type))
            case .row: parent?.carriedRow(catalog) ?? .null
            }
        }
        return .call(SQLTableName(function), arguments, alias: alias)
    }

    private mutating func scope(of read: SecuredRead, _ parent: RowScope?, isList: Bool = true) -> RowScope {
        let table = alias("t")
        return RowScope(
            table: table, collection: read.collection, outer: isList ? alias("r") : nil,
            source: calledRows(of: read, table) ?? source(of: read, parent, alias: table),
            isWhole: read.distinct.isEmpty)
    }

    /// In the answer to a call: the rows it has returned, which are read once more.
    private func calledRows(of read: SecuredRead, _ alias: String) -> SQLTable? {
        guard let called, case .root? = read.call?.origin else { return nil }
        return .call(
            SQLTableName("unnest", schema: "pg_catalog"), [.column(alias: called, name: Self.returnedRows)],
            alias: alias)
    }

    static var returnedRows: String { "rows" }

    // MARK: The three forms

    private mutating func single(_ read: SecuredRead, _ parent: RowScope?) -> SQLSelect {
        var scope = scope(of: read, parent, isList: false)
        let condition = condition(read, scope, parent)
        return Dialect.single(members(read.selection, &scope), from: scope.from(catalog), condition: condition)
    }

    /// The rows are picked, ordered and cut in the inner select; children are read in the outer one, so that they are
    /// read only for rows that stay.
    private mutating func list(
        _ read: SecuredRead, _ parent: RowScope?, where followed: SQLExpression?
    ) -> SQLSelect {
        var scope = scope(of: read, parent)
        var inner = page(read, scope, parent, where: followed)
        inner.limit = bounded(read.limit, most: read.mostRows)
        inner.offset = read.offset.map { count($0) }
        let members = members(read.selection, &scope)
        inner.columns = scope.projectionOrOne
        return Dialect.list(
            members, of: inner, alias: scope.rowAlias, rows: read.rowLimit, path: read.errorPath)
    }

    private mutating func aggregate(
        _ read: SecuredRead, _ parent: RowScope?, where followed: SQLExpression?
    ) -> SQLSelect {
        var scope = scope(of: read, parent)
        var inner = page(read, scope, parent, where: followed)
        inner.limit = read.limit.map { count($0) } ?? (read.offset == nil ? nil : Dialect.noLimit)
        inner.offset = read.offset.map { count($0) }
        // The order of the rows shows in nodes, and decides which rows a page holds; counting needs none.
        if read.limit == nil, read.offset == nil, !hasNodes(read.selection) { inner.ordering = [] }
        let object = Dialect.object(aggregateMembers(read, &scope, parent, where: followed))
        // Without a function over the rows a select of them would be a row for each.
        guard folds(read) else { return SQLSelect([SQLColumn(object)]) }
        inner.columns = scope.projectionOrOne
        var select = SQLSelect([SQLColumn(object)], from: .select(inner, alias: scope.rowAlias))
        // One row, also where nothing but the name of a type is asked for.
        if Dialect.objectsAreSelects { select.having = .boolean(true) }
        return select
    }

    /// The rows of a list before its page is cut: filtered, distinct, ordered; without columns yet.
    private mutating func page(
        _ read: SecuredRead, _ scope: RowScope, _ parent: RowScope?, where followed: SQLExpression?
    ) -> SQLSelect {
        let condition = condition(read, scope, parent, where: followed)
        let ordering = read.ordering.map { orderingTerm($0, scope) }
        guard !read.distinct.isEmpty else {
            var select = SQLSelect([], from: scope.from(catalog), condition: condition)
            select.ordering = ordering
            return select
        }
        let partition = read.distinct.map { sortKey($0, scope).value }
        var numbered = SQLSelect(
            [SQLColumn(.rowNumber(partition: partition, ordering: ordering), as: Self.rowNumberName)],
            from: scope.from(catalog), condition: condition)
        numbered.includesAll = true
        var select = SQLSelect(
            [], from: .select(numbered, alias: scope.tableAlias),
            condition: .infix(.column(alias: scope.tableAlias, name: Self.rowNumberName), .equal, .integer(1)))
        select.ordering = ordering
        return select
    }

    /// No column of a user's has a line break in its name.
    private static var rowNumberName: String { "perigee row\nnumber" }

    // MARK: Conditions

    /// What must be true of the row above, link, row rule and the caller's filter, in that order.
    mutating func condition(
        _ read: SecuredRead, _ scope: RowScope, _ parent: RowScope?, where followed: SQLExpression? = nil
    ) -> SQLExpression? {
        var parts = followed.map { [$0] } ?? []
        if let link = read.link, let parent {
            parts.append(contentsOf: joins(link, target: scope) { parent.linkColumn($0, catalog) })
        }
        for predicate in [read.security.filter, read.predicate] where predicate != .alwaysTrue {
            parts.append(self.predicate(predicate, scope))
        }
        return parts.isEmpty ? nil : (parts.count == 1 ? parts[0] : .all(parts))
    }

    /// The equalities that link a row of the relationship's target with the row it starts from.
    /// - Parameter origin: names a column of that row; a child read and an expression stand at different places of it.
    func joins(
        _ link: RelationshipReference, target: RowScope, origin: (Int) -> SQLExpression
    ) -> [SQLExpression] {
        catalog.relationship(link).pairs.map { pair in
            .infix(target.column(pair.target, catalog), .equal, origin(pair.local))
        }
    }

    mutating func orderingTerm(_ term: OrderingTerm<Secured>, _ scope: RowScope) -> SQLOrderingTerm {
        let isDescending = term.direction.isDescending
        let byDefault = Dialect.nullsAreSmallest != isDescending
        let key = sortKey(term.value, scope)
        let needsWord = key.mayBeNull && term.direction.nullsFirst != byDefault
        return SQLOrderingTerm(
            value: key.value, isDescending: isDescending,
            nullsFirst: needsWord ? term.direction.nullsFirst : nil)
    }

    func isNullable(_ value: SecuredValue) -> Bool {
        switch value {
        case .stored(let reference): catalog.field(reference).isNullable
        case .aggregate(_, let aggregate), .ofGroup(let aggregate):
            if case .count = aggregate.computation { false } else { true }
        case .null, .constant, .lastFour, .keyedHash, .choice, .related, .outer, .before, .part, .text: true
        }
    }

    // MARK: Members

    mutating func members(_ selection: Selection<Secured>, _ scope: inout RowScope) -> [SQLMember] {
        guard case .row(let members) = selection else { return [] }
        return rowMembers(members, &scope)
    }

    mutating func rowMembers(_ members: [RowMember<Secured>], _ scope: inout RowScope) -> [SQLMember] {
        var result: [SQLMember] = []
        result.reserveCapacity(members.count)
        for member in members {
            switch member.content {
            case .typename(let name):
                result.append(SQLMember(key: member.responseKey, value: .text(name), form: .scalar(.string)))
            case .value(let value, let kind):
                let expression = scope.carry(self.value(value, scope))
                let form: SQLMember.Form = if case .part = value { .json } else { .scalar(kind) }
                result.append(SQLMember(key: member.responseKey, value: expression, form: form))
            case .read(let read):
                result.append(SQLMember(key: member.responseKey, value: child(read, &scope), form: .json))
            }
        }
        return result
    }

    private mutating func child(_ read: SecuredRead, _ scope: inout RowScope) -> SQLExpression {
        if let link = read.link { scope.carryLink(link, catalog) }
        if case .field? = read.call?.origin { scope.carryRow(catalog) }
        let guardian = read.security.parentGuard
        let condition = guardian == .alwaysTrue ? nil : scope.carry(.isTrue(predicate(guardian, scope)))
        guard let condition else { return .scalar(self.read(read, parent: scope)) }
        switch read.form {
        case .single: return .choose([SQLBranch(condition, .scalar(self.read(read, parent: scope)))], otherwise: nil)
        case .list:
            return .choose(
                [SQLBranch(condition, .scalar(self.read(read, parent: scope)))], otherwise: Dialect.emptyList)
        case .aggregate, .group, .connection: return .scalar(self.read(read, parent: scope, where: condition))
        }
    }

    // MARK: Aggregates

    private func hasNodes(_ selection: Selection<Secured>) -> Bool {
        guard case .aggregate(let members) = selection else { return false }
        return members.contains { if case .nodes = $0.content { true } else { false } }
    }

    /// Whether an aggregate function is asked for, or the list of the rows themselves.
    private func folds(_ read: SecuredRead) -> Bool {
        guard case .aggregate(let members) = read.selection else { return false }
        return members.contains { member in
            switch member.content {
            case .typename: false
            case .nodes: read.security.rowCap == nil
            case .aggregate(let fields): fields.contains(where: folds)
            }
        }
    }

    private func folds(_ field: AggregateField<Secured>) -> Bool {
        switch field.content {
        case .typename: false
        case .count: true
        case .function(_, let columns):
            columns.contains { if case .value = $0.content { true } else { false } }
        }
    }

    private mutating func aggregateMembers(
        _ read: SecuredRead, _ scope: inout RowScope, _ parent: RowScope?, where followed: SQLExpression?
    ) -> [SQLMember] {
        guard case .aggregate(let members) = read.selection else { return [] }
        var result: [SQLMember] = []
        for member in members {
            switch member.content {
            case .typename(let name):
                result.append(SQLMember(key: member.responseKey, value: .text(name), form: .scalar(.string)))
            case .nodes(let rows) where read.security.rowCap != nil:
                // The rows shown are cut, those that are counted are not: they are read by themselves.
                let nodes = SecuredRead(
                    collection: read.collection, form: .list, link: read.link, call: read.call, security: read.security,
                    predicate: read.predicate, distinct: read.distinct, ordering: read.ordering, limit: read.limit,
                    offset: read.offset, rowLimit: read.rowLimit, selection: .row(rows), errorPath: read.errorPath)
                let list = SQLExpression.scalar(list(nodes, parent, where: followed))
                result.append(SQLMember(key: member.responseKey, value: list, form: .json))
            case .nodes(let rows):
                let members = rowMembers(rows, &scope)
                let carried = Dialect.objectsAreSelects ? scope.carry(.integer(1)) : nil
                let nodes = Dialect.rows(members, carried: carried)
                let limited = Dialect.limited(
                    nodes, count: rowCount(&scope), rows: read.rowLimit, path: read.errorPath)
                result.append(SQLMember(key: member.responseKey, value: limited, form: .json))
            case .aggregate(let fields):
                let object = Dialect.object(aggregateFields(fields, &scope))
                result.append(SQLMember(key: member.responseKey, value: object, form: .json))
            }
        }
        return result
    }

    /// - Parameter ofGroup: whether the functions run where the rows are grouped and only their results are carried out,
    ///   or where the page is written.
    mutating func aggregateFields(
        _ fields: [AggregateField<Secured>], _ scope: inout RowScope, ofGroup: Bool = false
    ) -> [SQLMember] {
        var result: [SQLMember] = []
        for field in fields {
            switch field.content {
            case .typename(let name):
                result.append(SQLMember(key: field.responseKey, value: .text(name), form: .scalar(.string)))
            case .count(let columns, let distinct):
                var values: [SQLExpression] = []
                for column in columns {
                    let value = distinct ? sortKey(column, scope).value : self.value(column, scope)
                    values.append(input(value, &scope, ofGroup))
                }
                var counted = count(values, distinct)
                if counted == .countAll, !ofGroup { counted = rowCount(&scope) }
                let count = output(counted, &scope, ofGroup)
                result.append(SQLMember(key: field.responseKey, value: count, form: .scalar(.bigint)))
            case .function(let function, let columns):
                let object = Dialect.object(aggregateColumns(function, columns, &scope, ofGroup))
                result.append(SQLMember(key: field.responseKey, value: object, form: .json))
            }
        }
        return result
    }

    private mutating func aggregateColumns(
        _ function: AggregateFunction, _ columns: [AggregateColumn<Secured>], _ scope: inout RowScope, _ ofGroup: Bool
    ) -> [SQLMember] {
        var result: [SQLMember] = []
        for column in columns {
            switch column.content {
            case .typename(let name):
                result.append(SQLMember(key: column.responseKey, value: .text(name), form: .scalar(.string)))
            case .value(let value, let kind):
                let argument = input(self.value(value, scope), &scope, ofGroup)
                let aggregate = output(
                    Dialect.aggregate(function, argument, of: self.kind(of: value)), &scope, ofGroup)
                result.append(SQLMember(key: column.responseKey, value: aggregate, form: .scalar(kind)))
            }
        }
        return result
    }

    private func rowCount(_ scope: inout RowScope) -> SQLExpression {
        Dialect.objectsAreSelects ? Dialect.count(scope.carry(.integer(1))) : .countAll
    }

    private func input(_ value: SQLExpression, _ scope: inout RowScope, _ ofGroup: Bool) -> SQLExpression {
        ofGroup ? value : scope.carry(value)
    }

    private func output(_ aggregate: SQLExpression, _ scope: inout RowScope, _ ofGroup: Bool) -> SQLExpression {
        ofGroup ? scope.carry(aggregate) : aggregate
    }

    /// One column counts its values, several count rows, or distinct tuples with their nulls.
    func count(_ values: [SQLExpression], _ distinct: Bool) -> SQLExpression {
        switch (values.count, distinct) {
        case (0, _): return .countAll
        case (1, false): return Dialect.count(values[0])
        case (1, true): return .countDistinct(values[0])
        case (_, false): return .countAll
        case (_, true): return .countDistinct(Dialect.tuple(values))
        }
    }
}
