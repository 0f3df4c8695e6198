// The fifth arrow of the pipeline: OperationPlan → SecuredPlan. Every way to observe a row gets the row rule of its
// collection; every field a caller names becomes what the caller may see of it, wherever it is named; and what could
// raise an error is kept off the rows a rule hides (rules of the API, section 2).
package import Base
internal import Metadata
package import Planning

package struct SecurePlan {
    let view: ShapeView
    /// Is told which rules are asked; `nil` where nobody wants to know.
    let touched: TouchedRules?
    var catalog: Catalog { view.catalog }

    package init(view: ShapeView, noting touched: TouchedRules? = nil) {
        self.view = view
        self.touched = touched
    }

    /// - Throws: `not-found` at `$` when a rule names a claim the caller lacks and nothing else could admit a row.
    package func secure(_ plan: OperationPlan) throws(GatewayError) -> SecuredPlan {
        var roots: [RootField<Secured>] = []
        for root in plan.roots { try roots.append(secure(root)) }
        return SecuredPlan(roots: roots)
    }

    func secure(_ root: RootField<Requested>) throws(GatewayError) -> RootField<Secured> {
        let content: RootField<Secured>.Content
        switch root.content {
        case .typename(let name): content = .typename(name)
        case .introspection(let field): content = .introspection(field)
        case .read(let read): content = try .read(secure(read))
        case .write(let write): content = try .write(secure(write))
        }
        return RootField(responseKey: root.responseKey, content: content)
    }

    // MARK: Reads

    func secure(_ read: ReadPlan<Requested>) throws(GatewayError) -> ReadPlan<Secured> {
        let security = try security(
            of: read.collection, isAggregate: read.form.isAggregate, link: read.link, call: read.call, isRead: true)
        let predicate = try secure(read.predicate)
        var distinct: [SecuredValue] = []
        for value in read.distinct { try distinct.append(secure(value)) }
        var ordering: [OrderingTerm<Secured>] = []
        for term in read.ordering {
            try ordering.append(OrderingTerm(value: secure(term.value), direction: term.direction))
        }
        if read.form == .connection { try requireClear(ordering) }
        return try ReadPlan<Secured>(
            collection: read.collection, form: read.form, link: read.link, call: read.call, security: security,
            predicate: guarded(predicate, by: security.filter, everything: read.call != nil), distinct: distinct,
            ordering: ordering,
            limit: read.limit,
            offset: read.offset, rowLimit: read.rowLimit, selection: secure(read.selection), errorPath: read.errorPath)
    }

    func security(
        of collection: CollectionID, isAggregate: Bool, link: RelationshipReference?, call: FunctionCall? = nil,
        isRead: Bool = false
    ) throws(GatewayError) -> RowSecurity {
        touched?.note(isAggregate ? .aggregate : .read, collection)
        let access = view.access(to: collection)
        try view.note({ isAggregate ? $0.aggregate : $0.read }, access)
        if isRead { try view.note(\.rowCap, access) }
        // What looks for rows, and does not show them, sees them all.
        let cap = isRead ? access.rowCap : nil
        let filter: SecuredPredicate
        switch isAggregate ? access.aggregate : access.read {
        case .admitted(let predicate): filter = predicate
        case .refused(let claims):
            throw Self.missing(claims)
        // Validation has refused the field already; a plan that comes here all the same reads nothing.
        case .denied: filter = .alwaysFalse
        }
        switch call?.origin {
        case .root(let function)?:
            // Validation has refused the field already; nothing is called for a plan that comes here all the same.
            try view.noteCall(of: function)
            guard view.mayCall(function) else {
                throw GatewayError(.permissionDenied, "The rules do not allow this call.")
            }
        case .field(let function)?:
            let parent = view.access(to: function.collection)
            try view.note({ $0.functionGuards[function.index] }, parent)
            return RowSecurity(
                filter: filter, parentGuard: parent.functionGuards[function.index] ?? .alwaysFalse,
                rowCap: cap)
        case nil: break
        }
        guard let link else { return RowSecurity(filter: filter, rowCap: cap) }
        let parent = view.access(to: link.collection)
        try view.note({ $0.guards[link.index] }, parent)
        return RowSecurity(filter: filter, parentGuard: parent.guards[link.index] ?? .alwaysFalse, rowCap: cap)
    }

    static func missing(_ claims: [String]) -> GatewayError {
        let names = claims.map { "\"\($0)\"" }.joined(separator: ", ")
        return GatewayError(.notFound, "missing session variable: \(names)")
    }

    // MARK: Selections

    private func secure(_ selection: Selection<Requested>) throws(GatewayError) -> Selection<Secured> {
        switch selection {
        case .row(let members): return try .row(secure(members))
        case .groups(let grouping): return try .groups(secure(grouping))
        case .connection(let connection): return try .connection(secure(connection))
        case .aggregate(let members):
            var secured: [AggregateMember<Secured>] = []
            for member in members {
                let content: AggregateMember<Secured>.Content
                switch member.content {
                case .typename(let name): content = .typename(name)
                case .nodes(let rows): content = try .nodes(secure(rows))
                case .aggregate(let fields): content = try .aggregate(secure(fields))
                }
                secured.append(AggregateMember(responseKey: member.responseKey, content: content))
            }
            return .aggregate(secured)
        }
    }

    /// A cursor holds what a row is ordered by: the schema offers only fields decided readable and unmasked, and nothing
    /// else may come here.
    private func requireClear(_ ordering: [OrderingTerm<Secured>]) throws(GatewayError) {
        for term in ordering {
            guard case .stored = term.value else {
                throw GatewayError(.unexpected, "internal error", underlying: "a cursor over a guarded field")
            }
        }
    }

    private func secure(_ connection: Connection<Requested>) throws(GatewayError) -> Connection<Secured> {
        var members: [ConnectionMember<Secured>] = []
        for member in connection.members {
            let content: ConnectionMember<Secured>.Content
            switch member.content {
            case .typename(let name): content = .typename(name)
            case .pageInfo(let fields): content = .pageInfo(fields)
            case .edges(let fields):
                var edges: [EdgeMember<Secured>] = []
                for field in fields {
                    switch field.content {
                    case .typename(let name):
                        edges.append(EdgeMember(responseKey: field.responseKey, content: .typename(name)))
                    case .cursor: edges.append(EdgeMember(responseKey: field.responseKey, content: .cursor))
                    case .node(let row):
                        try edges.append(EdgeMember(responseKey: field.responseKey, content: .node(secure(row))))
                    }
                }
                content = .edges(edges)
            }
            members.append(ConnectionMember(responseKey: member.responseKey, content: content))
        }
        return Connection(
            after: connection.after, before: connection.before, isBackward: connection.isBackward,
            binding: connection.binding, members: members)
    }

    /// Groups are made of what the keys show, so that a masked key gathers rows as the caller sees them.
    private func secure(_ grouping: Grouping<Requested>) throws(GatewayError) -> Grouping<Secured> {
        var keys: [SecuredValue] = []
        for key in grouping.keys { try keys.append(secure(key)) }
        var members: [GroupMember<Secured>] = []
        for member in grouping.members {
            let content: GroupMember<Secured>.Content
            switch member.content {
            case .typename(let name): content = .typename(name)
            case .key(let fields): content = try .key(secure(fields))
            case .aggregate(let fields): content = try .aggregate(secure(fields))
            }
            members.append(GroupMember(responseKey: member.responseKey, content: content))
        }
        return try Grouping(keys: keys, having: secure(grouping.having), members: members)
    }

    private func secure(_ members: [RowMember<Requested>]) throws(GatewayError) -> [RowMember<Secured>] {
        var secured: [RowMember<Secured>] = []
        secured.reserveCapacity(members.count)
        for member in members {
            let content: RowMember<Secured>.Content
            switch member.content {
            case .typename(let name): content = .typename(name)
            case .value(let value, let kind): content = try .value(shown(value), kind)
            case .read(let read): content = try .read(secure(read))
            }
            secured.append(RowMember(responseKey: member.responseKey, content: content))
        }
        return secured
    }

    private func secure(_ fields: [AggregateField<Requested>]) throws(GatewayError) -> [AggregateField<Secured>] {
        var secured: [AggregateField<Secured>] = []
        for field in fields {
            let content: AggregateField<Secured>.Content
            switch field.content {
            case .typename(let name): content = .typename(name)
            case .count(let columns, let distinct):
                var values: [SecuredValue] = []
                for column in columns { try values.append(secure(column)) }
                content = .count(columns: values, distinct: distinct)
            case .function(let function, let columns):
                var values: [AggregateColumn<Secured>] = []
                for column in columns {
                    switch column.content {
                    case .typename(let name):
                        values.append(AggregateColumn(responseKey: column.responseKey, content: .typename(name)))
                    case .value(let value, let kind):
                        try values.append(
                            AggregateColumn(responseKey: column.responseKey, content: .value(secure(value), kind)))
                    }
                }
                content = .function(function, values)
            }
            secured.append(AggregateField(responseKey: field.responseKey, content: content))
        }
        return secured
    }

    // MARK: Values and predicates

    /// A value that is only shown, or only asked whether it is there: the two things that an encrypted field offers. The schema
    /// offers no others, and nothing else may come to `secure`.
    private func shown(_ value: RequestedValue) throws(GatewayError) -> SecuredValue {
        guard case .field(let reference) = value, view.rules.storedForms[reference] == .encrypted else {
            return try secure(value)
        }
        let access = view.access(to: reference.collection)
        try view.note({ $0.fields[reference.index] }, access)
        return access.fields[reference.index].value
    }

    /// What the caller may see of a field is its value: in filters, ordering, distinct and aggregates as in results.
    private func secure(_ value: RequestedValue) throws(GatewayError) -> SecuredValue {
        switch value {
        case .field(let reference):
            let access = view.access(to: reference.collection)
            try view.note({ $0.fields[reference.index] }, access)
            guard access.fields[reference.index].visibility != .sealed else {
                throw GatewayError(
                    .unexpected, "internal error", underlying: "an encrypted field is asked for its value")
            }
            return access.fields[reference.index].value
        case .related(let reference, let inner):
            let target = catalog.relationship(reference).target
            return try .related(reference, security(of: target, isAggregate: false, link: reference), secure(inner))
        case .part(let value, let path): return try .part(secure(value), path: path)
        case .text(let value): return try .text(of: secure(value))
        case .aggregate(let reference, let aggregate):
            let security = try security(
                of: catalog.relationship(reference).target, isAggregate: true, link: reference)
            return try .aggregate(reference, secure(aggregate, security))
        case .ofGroup(let aggregate):
            // The rows of a group have passed the row rule of their read: it stands in its WHERE.
            return try .ofGroup(secure(aggregate, RowSecurity(filter: .alwaysTrue)))
        }
    }

    /// Over the rows that `read` and `aggregate` both admit: a count says as much about rows as a list does.
    private func secure(
        _ aggregate: RelatedAggregate<Requested>, _ security: RowSecurity
    ) throws(GatewayError) -> RelatedAggregate<Secured> {
        let computation: RelatedAggregate<Secured>.Computation
        switch aggregate.computation {
        case .count(let columns, let distinct):
            var values: [SecuredValue] = []
            for column in columns { try values.append(secure(column)) }
            computation = .count(columns: values, distinct: distinct)
        case .function(let function, let value): computation = try .function(function, secure(value))
        case .every(let value): computation = try .every(secure(value))
        case .some(let value): computation = try .some(secure(value))
        }
        return try RelatedAggregate(
            computation: computation, security: security,
            predicate: guarded(secure(aggregate.predicate), by: security.filter))
    }

    func secure(_ predicate: RowPredicate<Requested>) throws(GatewayError) -> SecuredPredicate {
        switch predicate {
        case .constant(let truth): return .constant(truth)
        case .all(let parts): return try .conjunction(secure(parts))
        case .any(let parts): return try .disjunction(secure(parts))
        case .not(let inner): return try .negation(secure(inner))
        case .isTrue(let inner): return try .isTrue(secure(inner))
        case .when(let guardian, let inner): return try .when(secure(guardian), secure(inner))
        case .isNull(let value): return try .isNull(shown(value))
        case .comparison(let comparison):
            let operand: Operand<Secured>
            switch comparison.operand {
            case .parameter(let parameter): operand = .parameter(parameter)
            case .value(let value): operand = try .value(secure(value))
            }
            return try .comparison(
                Comparison(
                    secure(comparison.value), comparison.comparison, operand, byCodePoint: comparison.byCodePoint))
        case .related(let reference, _, let inner):
            let target = catalog.relationship(reference).target
            let security = try security(of: target, isAggregate: false, link: reference)
            return try .related(reference, security, guarded(secure(inner), by: security.filter))
        // Rules ask so, and no argument of the API does: from a caller it would be asked of rows that rules hide.
        case .exists: return .constant(.unknown)
        }
    }

    private func secure(_ predicates: [RowPredicate<Requested>]) throws(GatewayError) -> [SecuredPredicate] {
        var secured: [SecuredPredicate] = []
        for predicate in predicates { try secured.append(secure(predicate)) }
        return secured
    }

    /// Databases reorder conjunctions and raise errors on rows that another part would have dropped. So whatever can
    /// raise is evaluated only where the row rule is true; the rest is combined freely, and indices serve it.
    /// - Parameter everything: for rows that a function yields, whose columns may be expressions once its body has become
    ///   part of the statement.
    func guarded(
        _ predicate: SecuredPredicate, by filter: SecuredPredicate, everything: Bool = false
    ) -> SecuredPredicate {
        guard filter != .alwaysTrue else { return predicate }
        if everything { return predicate == .alwaysTrue ? predicate : .when(filter, predicate) }
        let parts: [SecuredPredicate]
        if case .all(let conjuncts) = predicate { parts = conjuncts } else { parts = [predicate] }
        let totality = Totality(catalog: catalog)
        let free = parts.filter { totality.isTotal($0) }
        let risky = parts.filter { !totality.isTotal($0) }
        guard !risky.isEmpty else { return predicate }
        return .conjunction(free + [.when(filter, .conjunction(risky))])
    }
}

/// Which predicates can raise no error, whatever is stored: those whose operators the source declares total, on plain
/// columns.
struct Totality {
    let catalog: Catalog

    func isTotal(_ predicate: SecuredPredicate) -> Bool {
        switch predicate {
        case .constant: true
        case .all(let parts), .any(let parts): parts.allSatisfy { isTotal($0) }
        case .not(let inner), .isTrue(let inner): isTotal(inner)
        case .when(let guardian, let inner): isTotal(guardian) && isTotal(inner)
        case .isNull(let value): isTotal(value)
        case .comparison(let comparison): isTotal(comparison)
        case .related(_, let security, let inner): isTotal(security) && isTotal(inner)
        case .exists(_, let inner): isTotal(inner)
        }
    }

    private func isTotal(_ security: RowSecurity) -> Bool {
        isTotal(security.filter) && isTotal(security.parentGuard)
    }

    private func isTotal(_ comparison: Comparison<Secured>) -> Bool {
        if case .value(let value) = comparison.operand, !isTotal(value) { return false }
        return isTotal(comparison.value) && operators(of: comparison.value).contains(comparison.comparison)
    }

    private func isTotal(_ value: SecuredValue) -> Bool {
        switch value {
        // What a view shows may be computed as well.
        case .stored(let reference):
            !catalog.field(reference).isComputed && !catalog[reference.collection].isView
        case .null, .constant: true
        // A cast: what is stored decides how long the text gets.
        case .text: false
        case .lastFour(let inner), .keyedHash(let inner, _), .part(let inner, _), .outer(let inner), .before(let inner):
            isTotal(inner)
        case .related(_, let security, let inner): isTotal(security) && isTotal(inner)
        case .aggregate(_, let aggregate), .ofGroup(let aggregate):
            isTotal(aggregate.security) && isTotal(aggregate.predicate) && isTotal(aggregate.computation)
        case .choice(let choices, let otherwise):
            isTotal(otherwise) && choices.allSatisfy { isTotal($0.condition) && isTotal($0.value) }
        }
    }

    private func isTotal(_ computation: RelatedAggregate<Secured>.Computation) -> Bool {
        switch computation {
        case .count(let columns, _): columns.allSatisfy { isTotal($0) }
        // A sum of integers may leave their range.
        case .function(let function, let value): function != .sum && isTotal(value)
        case .every(let value), .some(let value): isTotal(value)
        }
    }

    private func operators(of value: SecuredValue) -> Set<ComparisonOperator> {
        switch value {
        case .stored(let reference): catalog[catalog[reference.collection].source].capabilities.totalOperators
        case .null, .constant, .aggregate, .ofGroup, .text: Set(ComparisonOperator.comparisons)
        case .lastFour(let inner), .keyedHash(let inner, _), .related(_, _, let inner), .part(let inner, _),
            .outer(let inner), .before(let inner):
            operators(of: inner)
        case .choice(let choices, let otherwise):
            choices.reduce(operators(of: otherwise)) { $0.intersection(operators(of: $1.value)) }
        }
    }
}
