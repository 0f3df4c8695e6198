// Row predicates and secured values as SQL expressions.
internal import Metadata
internal import Planning
internal import Rules

extension SQLLowering {
    mutating func predicate(_ predicate: SecuredPredicate, _ scope: RowScope) -> SQLExpression {
        switch predicate {
        case .constant(.isTrue): return .boolean(true)
        case .constant(.isFalse): return .boolean(false)
        case .constant(.unknown): return .null
        case .all(let parts): return .all(predicates(parts, scope))
        case .any(let parts): return .any(predicates(parts, scope))
        case .not(let inner):
            negations += 1
            defer { negations -= 1 }
            return .not(self.predicate(inner, scope))
        case .isTrue(let inner): return .isTrue(self.predicate(inner, scope))
        case .isNull(let value): return .isNull(self.value(value, scope))
        case .when(let guardian, let inner):
            return .choose(
                [SQLBranch(self.predicate(guardian, scope), self.predicate(inner, scope))], otherwise: nil)
        case .comparison(let comparison): return self.comparison(comparison, scope)
        case .related(let link, let security, let inner):
            let target = RowScope(table: alias("t"), collection: catalog.relationship(link).target)
            var conditions = joins(link, target: target) { scope.column($0, catalog) }
            for part in [security.filter, inner] where part != .alwaysTrue {
                conditions.append(self.predicate(part, target))
            }
            let exists = SQLExpression.exists(
                SQLSelect([SQLColumn(.integer(1))], from: target.from(catalog), condition: .all(conditions)))
            guard security.parentGuard != .alwaysTrue else { return exists }
            return .all([.isTrue(self.predicate(security.parentGuard, scope)), exists])
        case .exists(let collection, let inner):
            outerRows.append(scope)
            defer { outerRows.removeLast() }
            let target = RowScope(table: alias("t"), collection: collection)
            let condition = inner == .alwaysTrue ? nil : self.predicate(inner, target)
            return .exists(SQLSelect([SQLColumn(.integer(1))], from: target.from(catalog), condition: condition))
        }
    }

    private mutating func predicates(_ parts: [SecuredPredicate], _ scope: RowScope) -> [SQLExpression] {
        var result: [SQLExpression] = []
        for part in parts { result.append(predicate(part, scope)) }
        return result
    }

    private mutating func comparison(_ comparison: Comparison<Secured>, _ scope: RowScope) -> SQLExpression {
        let kind = kind(of: comparison.value)
        var left = Dialect.comparable(value(comparison.value, scope), kind)
        let raw: SQLExpression
        switch comparison.operand {
        case .parameter(let parameter): raw = .parameter(parameter)
        case .value(let other): raw = value(other, scope)
        }
        if comparison.byCodePoint, kind.family == .text { left = Dialect.byCodePoint(left, kind) }
        switch comparison.comparison {
        case .equal:
            let equality = SQLExpression.infix(left, .equal, Dialect.comparable(raw, kind))
            guard case .stored(let reference) = comparison.value, catalog.field(reference).isUntyped,
                case .parameter = comparison.operand
            else { return equality }
            return .all([Dialect.untyped(scope.column(reference.index, catalog), mayEqual: raw), equality])
        case .notEqual: return .infix(left, .notEqual, Dialect.comparable(raw, kind))
        case .less: return .infix(left, .less, Dialect.comparable(raw, kind))
        case .lessOrEqual: return .infix(left, .lessOrEqual, Dialect.comparable(raw, kind))
        case .greater: return .infix(left, .greater, Dialect.comparable(raw, kind))
        case .greaterOrEqual: return .infix(left, .greaterOrEqual, Dialect.comparable(raw, kind))
        case .isIn:
            let membership = Dialect.member(left, of: raw, kind)
            // Where only true matters, an index may serve the plain form.
            return negations == 0 ? membership : unknownForNull(membership, comparison, scope)
        case .isNotIn:
            return unknownForNull(.not(Dialect.member(left, of: raw, kind)), comparison, scope)
        case .like: return .like(left, pattern: raw)
        case .notLike: return .not(.like(left, pattern: raw))
        case .caseInsensitiveLike: return .like(Dialect.caseFolded(left), pattern: Dialect.caseFolded(raw))
        case .notCaseInsensitiveLike: return .not(.like(Dialect.caseFolded(left), pattern: Dialect.caseFolded(raw)))
        case .regex, .caseInsensitiveRegex, .similar:
            return Dialect.patternTest(comparison.comparison, value(comparison.value, scope), pattern: raw)
        case .notRegex:
            return .not(Dialect.patternTest(.regex, value(comparison.value, scope), pattern: raw))
        case .notCaseInsensitiveRegex:
            return .not(Dialect.patternTest(.caseInsensitiveRegex, value(comparison.value, scope), pattern: raw))
        case .notSimilar:
            return .not(Dialect.patternTest(.similar, value(comparison.value, scope), pattern: raw))
        case .ancestorAny, .descendantAny:
            let membership = Dialect.ownTest(comparison.comparison, value(comparison.value, scope), raw, kind)
            return negations == 0 ? membership : unknownForNull(membership, comparison, scope)
        case .contains, .containedIn, .overlaps, .hasKey, .hasKeysAny, .hasKeysAll, .ancestor, .descendant, .matches,
            .matchesAny,
            .matchesText, .search, .pathExists, .pathMatch:
            return Dialect.ownTest(comparison.comparison, value(comparison.value, scope), raw, kind)
        }
    }

    /// Databases find null to be in no empty list; here a comparison with null is unknown, whatever the list holds.
    private mutating func unknownForNull(
        _ membership: SQLExpression, _ comparison: Comparison<Secured>, _ scope: RowScope
    ) -> SQLExpression {
        .choose([SQLBranch(.not(.isNull(value(comparison.value, scope))), membership)], otherwise: nil)
    }

    /// The type of the field a value is made of.
    func kind(of value: SecuredValue) -> ScalarKind {
        switch value {
        case .stored(let reference): Self.stored(catalog.field(reference))
        case .lastFour, .keyedHash, .text: .string
        case .related(_, _, let inner), .part(let inner, _), .outer(let inner), .before(let inner): kind(of: inner)
        case .aggregate(_, let aggregate), .ofGroup(let aggregate):
            switch aggregate.computation {
            case .count: .bigint
            case .function(let function, let value): Self.result(of: function, kind(of: value))
            case .every, .some: .boolean
            }
        case .constant(let parameter):
            if case .value(let kind) = parameter.target { kind } else { .string }
        case .choice(let choices, let otherwise):
            // What only shows null has no type of its own.
            kind(of: (choices.map(\.value) + [otherwise]).first { !$0.isNull } ?? otherwise)
        case .null(let kind): kind
        }
    }

    /// A column of narrow numbers has them narrow; an expression computes with wide ones.
    private static func stored(_ field: CollectionField) -> ScalarKind {
        if case .computed = field.storage, field.type == .float { return .float8 }
        return field.type
    }

    /// What databases compute with when they divide; the API shows it as `Float`.
    private static func result(of function: AggregateFunction, _ kind: ScalarKind) -> ScalarKind {
        switch function {
        case .sum, .maximum, .minimum: function.resultType(of: kind)
        case .average, .deviation, .populationDeviation, .sampleDeviation, .populationVariance, .sampleVariance,
            .variance:
            .float8
        }
    }

    /// A value in the form in which rows are ordered by it and told apart: one instant is one value, however it is written.
    mutating func sortKey(_ value: SecuredValue, _ scope: RowScope) -> SortKey {
        let kind = kind(of: value)
        let stored = self.value(value, scope)
        let key = Dialect.sortable(stored, kind)
        // Text that is no instant compares as null.
        return SortKey(
            value: key, isAsStored: key == stored,
            mayBeNull: isNullable(value) || key != stored && kind.family == .instant)
    }

    mutating func value(_ value: SecuredValue, _ scope: RowScope) -> SQLExpression {
        if !groupKeys.isEmpty, let key = groupKeys[GroupKey(table: scope.tableAlias, value: value)] { return key }
        switch value {
        case .stored(let reference):
            let column = scope.column(reference.index, catalog)
            return catalog.field(reference).isUntyped ? Dialect.untyped(column) : column
        case .null(let kind): return Dialect.null(kind)
        case .constant(let parameter): return .parameter(parameter)
        case .lastFour(let inner): return Dialect.lastFour(self.value(inner, scope))
        case .keyedHash(let inner, let key): return Dialect.keyedHash(self.value(inner, scope), key: .parameter(key))
        case .choice(let choices, let otherwise):
            if value.isNull { return Dialect.null(self.kind(of: value)) }
            var branches: [SQLBranch] = []
            for choice in choices {
                branches.append(SQLBranch(predicate(choice.condition, scope), arm(choice.value, scope)))
            }
            return .choose(branches, otherwise: arm(otherwise, scope))
        case .related(let link, let security, let inner):
            let target = RowScope(table: alias("t"), collection: catalog.relationship(link).target)
            var conditions = joins(link, target: target) { scope.column($0, catalog) }
            if security.filter != .alwaysTrue { conditions.append(predicate(security.filter, target)) }
            var select = SQLSelect(
                [SQLColumn(self.value(inner, target))], from: target.from(catalog), condition: .all(conditions))
            select.limit = .integer(1)
            guard security.parentGuard != .alwaysTrue else { return .scalar(select) }
            return .choose([SQLBranch(predicate(security.parentGuard, scope), .scalar(select))], otherwise: nil)
        case .outer(let inner):
            guard let row = outerRows.popLast() else { preconditionFailure("only `exists` has an outer row") }
            defer { outerRows.append(row) }
            return self.value(inner, row)
        case .before(let inner):
            guard let column = before?.column(of: inner) else {
                preconditionFailure("only the check of an update knows what was before")
            }
            return column
        case .part(let document, let path): return Dialect.part(self.value(document, scope), path: .parameter(path))
        case .text(let document): return Dialect.documentText(self.value(document, scope))
        case .aggregate(let link, let aggregate): return .scalar(relatedAggregate(aggregate, link, scope))
        case .ofGroup(let aggregate): return groupAggregate(aggregate, scope)
        }
    }

    /// One of several values: beside another one null has the other's type.
    private mutating func arm(_ value: SecuredValue, _ scope: RowScope) -> SQLExpression {
        value.isNull ? .null : self.value(value, scope)
    }

    /// Where the relationship is not followed the aggregate is over no rows: a count is 0 and not null.
    private mutating func relatedAggregate(
        _ aggregate: RelatedAggregate<Secured>, _ link: RelationshipReference, _ scope: RowScope
    ) -> SQLSelect {
        let target = RowScope(table: alias("t"), collection: catalog.relationship(link).target)
        var conditions = joins(link, target: target) { scope.column($0, catalog) }
        if aggregate.security.parentGuard != .alwaysTrue {
            conditions.append(.isTrue(predicate(aggregate.security.parentGuard, scope)))
        }
        for part in [aggregate.security.filter, aggregate.predicate] where part != .alwaysTrue {
            conditions.append(predicate(part, target))
        }
        let result = computation(aggregate.computation, target) { $0 }
        return SQLSelect([SQLColumn(result)], from: target.from(catalog), condition: .all(conditions))
    }

    /// An aggregate over the rows of a group; rows that the caller's filter leaves out give null, which none counts.
    private mutating func groupAggregate(_ aggregate: RelatedAggregate<Secured>, _ scope: RowScope) -> SQLExpression {
        guard aggregate.predicate != .alwaysTrue else { return computation(aggregate.computation, scope) { $0 } }
        let condition = predicate(aggregate.predicate, scope)
        return computation(aggregate.computation, scope) { .choose([SQLBranch(condition, $0)], otherwise: nil) }
    }

    /// - Parameter input: makes of a row's value what the function takes of it.
    private mutating func computation(
        _ computation: RelatedAggregate<Secured>.Computation, _ scope: RowScope,
        _ input: (SQLExpression) -> SQLExpression
    ) -> SQLExpression {
        switch computation {
        case .count(let columns, let distinct):
            let values = columns.map { distinct ? sortKey($0, scope).value : self.value($0, scope) }
            switch (values.count, distinct) {
            case (0, _), (2..., false):
                let one = input(.integer(1))
                return one == .integer(1) ? .countAll : Dialect.count(one)
            case (1, false): return Dialect.count(input(values[0]))
            case (1, true): return .countDistinct(input(values[0]))
            default: return .countDistinct(input(Dialect.tuple(values)))
            }
        case .function(let function, let value):
            return Dialect.aggregate(function, input(self.value(value, scope)), of: kind(of: value))
        case .every(let value): return Dialect.every(input(self.value(value, scope)))
        case .some(let value): return Dialect.some(input(self.value(value, scope)))
        }
    }
}

/// What rows are ordered by.
struct SortKey {
    let value: SQLExpression
    /// Whether it is the value itself, and not a form of it.
    let isAsStored: Bool
    let mayBeNull: Bool
}

extension SecuredValue {
    /// Whether it shows null on every row.
    fileprivate var isNull: Bool {
        switch self {
        case .null: true
        case .choice(let choices, let otherwise): otherwise.isNull && choices.allSatisfy { $0.value.isNull }
        case .stored, .constant, .lastFour, .keyedHash, .related, .outer, .before, .part, .text, .aggregate, .ofGroup:
            false
        }
    }
}
