// What a secured plan reads: every place of it that names a collection or a column, those that only rules name included. Each
// switch is exhaustive, so that a new kind of value or predicate cannot be overlooked: what is missed here is a stale screen.
package import Metadata
package import Planning

package struct DependencyVisitor {
    private let catalog: Catalog
    private let reach: WriteReach
    private var region = DependencyRegion()
    /// Whose rows the read at hand is of.
    private var rows: TrackedCollection?

    private init(_ catalog: Catalog, _ reach: WriteReach) {
        self.catalog = catalog
        self.reach = reach
    }

    package static func region(of plan: SecuredPlan, catalog: Catalog, reach: WriteReach) -> DependencyRegion {
        var visitor = DependencyVisitor(catalog, reach)
        for root in plan.roots {
            switch root.content {
            case .read(let read): visitor.visit(read)
            case .write(let write): visitor.visit(write.answer)
            case .typename, .introspection: break
            }
        }
        return visitor.region
    }

    // MARK: Names

    private func source(of collection: CollectionID) -> SourceID { catalog[collection].source }

    private mutating func add(_ collection: CollectionID) {
        region.add(collection, of: source(of: collection))
        if reach.isOpaque(collection) { region.addEverything(of: source(of: collection)) }
    }

    private mutating func add(_ reference: FieldReference) {
        add(reference.collection)
        switch catalog.field(reference).storage {
        case .column: region.add(reference, of: source(of: reference.collection))
        case .computed(let expression):
            let collection = catalog[reference.collection]
            guard let fields = OwnRowExpression.fields(of: expression, in: collection) else {
                // The owner's SQL reads what it likes.
                return region.addEverything(of: collection.source)
            }
            for field in fields { region.add(collection.reference(field), of: collection.source) }
        case .function: region.addEverything(of: source(of: reference.collection))
        }
    }

    private mutating func add(_ link: RelationshipReference) {
        let relationship = catalog.relationship(link)
        add(link.collection)
        add(relationship.target)
        for pair in relationship.pairs {
            add(FieldReference(collection: link.collection, index: pair.local))
            add(FieldReference(collection: relationship.target, index: pair.target))
        }
    }

    private mutating func visit(_ parameter: Parameter) {
        switch parameter.origin {
        case .now: region.addClock()
        case .sealed(let inner, _, _): visit(inner)
        case .constant, .variable, .composed, .cursor, .claim, .claims, .maskKey, .integer, .written, .keys: break
        }
    }

    private mutating func visit(_ parameter: Parameter?) {
        if let parameter { visit(parameter) }
    }

    // MARK: Reads

    private mutating func visit(_ answer: WriteAnswer<Secured>) {
        switch answer {
        case .row(let read): visit(read)
        case .response(let members):
            for member in members {
                switch member.content {
                case .returning(let read): visit(read)
                case .typename, .affectedRows: break
                }
            }
        }
    }

    private mutating func visit(_ read: SecuredRead) {
        add(read.collection)
        let collection = catalog[read.collection]
        // Rows without a key come as they lie, and where a row lies any update of it may change.
        if collection.primaryKey.isEmpty { region.addEveryColumn(of: collection.id, of: collection.source) }
        for index in collection.primaryKey { add(collection.reference(index)) }
        let outer = rows
        rows = collection
        defer { rows = outer }
        if let link = read.link { add(link) }
        if let call = read.call { visit(call, collection) }
        visit(read.security)
        visit(read.predicate)
        for value in read.distinct { visit(value) }
        for term in read.ordering { visit(term.value) }
        visit(read.limit)
        visit(read.offset)
        switch read.selection {
        case .row(let members): visit(members)
        case .groups(let grouping): visit(grouping, collection)
        case .connection(let connection): visit(connection)
        case .aggregate(let members):
            for member in members {
                switch member.content {
                case .typename: break
                case .nodes(let rows): visit(rows)
                case .aggregate(let fields): visit(fields, collection)
                }
            }
        }
    }

    private mutating func visit(_ call: FunctionCall, _ collection: TrackedCollection) {
        switch call.origin {
        case .root(let id): region.addEverything(of: catalog[id].source)
        case .field(let function): region.addEverything(of: source(of: function.collection))
        }
        for argument in call.arguments {
            switch argument {
            case .value(let parameter): visit(parameter)
            case .row: break
            }
        }
    }

    private mutating func visit(_ members: [RowMember<Secured>]) {
        for member in members {
            switch member.content {
            case .typename: break
            case .value(let value, _): visit(value)
            case .read(let read): visit(read)
            }
        }
    }

    private mutating func visit(_ connection: Connection<Secured>) {
        for member in connection.members {
            switch member.content {
            case .typename, .pageInfo: break
            case .edges(let fields):
                for field in fields {
                    switch field.content {
                    case .typename, .cursor: break
                    case .node(let members): visit(members)
                    }
                }
            }
        }
    }

    private mutating func visit(_ grouping: Grouping<Secured>, _ collection: TrackedCollection) {
        for key in grouping.keys { visit(key) }
        visit(grouping.having)
        for member in grouping.members {
            switch member.content {
            case .typename: break
            case .key(let members): visit(members)
            case .aggregate(let fields): visit(fields, collection)
            }
        }
    }

    private mutating func visit(_ fields: [AggregateField<Secured>], _ collection: TrackedCollection) {
        for field in fields {
            switch field.content {
            case .typename: break
            case .count(let columns, _): for value in columns { visit(value) }
            case .function(let function, let columns):
                for column in columns {
                    switch column.content {
                    case .typename: break
                    case .value(let value, let kind): visit(value, in: function, kind, collection)
                    }
                }
            }
        }
    }

    /// Sums of inexact numbers depend on the order in which rows lie, which any update may change.
    /// - Parameter kind: `nil` where it is not known.
    private mutating func visit(
        _ value: SecuredValue, in function: AggregateFunction, _ kind: ScalarKind?, _ collection: TrackedCollection?
    ) {
        visit(value)
        guard let collection else { return }
        switch (function, kind) {
        case (.maximum, _), (.minimum, _): break
        case (.average, .int), (.average, .smallint), (.average, .bigint), (.sum, .int), (.sum, .smallint),
            (.sum, .bigint):
            break
        case (.average, _), (.sum, _), (.deviation, _), (.populationDeviation, _), (.sampleDeviation, _),
            (.populationVariance, _), (.sampleVariance, _), (.variance, _):
            region.addEveryColumn(of: collection.id, of: collection.source)
        }
    }

    // MARK: Rules, predicates, values

    private mutating func visit(_ security: RowSecurity) {
        visit(security.filter)
        visit(security.parentGuard)
    }

    private mutating func visit(_ predicate: SecuredPredicate) {
        switch predicate {
        case .constant: break
        case .all(let parts), .any(let parts): for part in parts { visit(part) }
        case .not(let inner), .isTrue(let inner): visit(inner)
        case .comparison(let comparison):
            visit(comparison.value)
            switch comparison.operand {
            case .parameter(let parameter): visit(parameter)
            case .value(let value): visit(value)
            }
        case .isNull(let value): visit(value)
        case .related(let link, let security, let inner):
            add(link)
            visit(security)
            visit(inner)
        case .exists(let collection, let inner):
            add(collection)
            visit(inner)
        case .when(let condition, let inner):
            visit(condition)
            visit(inner)
        }
    }

    private mutating func visit(_ value: SecuredValue) {
        switch value {
        case .stored(let reference): add(reference)
        case .choice(let choices, let otherwise):
            for choice in choices {
                visit(choice.condition)
                visit(choice.value)
            }
            visit(otherwise)
        case .null: break
        case .constant(let parameter): visit(parameter)
        case .lastFour(let inner), .outer(let inner), .before(let inner), .text(let inner): visit(inner)
        case .keyedHash(let inner, let key):
            visit(inner)
            visit(key)
        case .part(let inner, let path):
            visit(inner)
            visit(path)
        case .related(let link, let security, let inner):
            add(link)
            visit(security)
            visit(inner)
        case .aggregate(let link, let aggregate):
            add(link)
            visit(aggregate, catalog[catalog.relationship(link).target])
        case .ofGroup(let aggregate): visit(aggregate, rows)
        }
    }

    /// - Parameter collection: whose rows are aggregated.
    private mutating func visit(_ aggregate: RelatedAggregate<Secured>, _ collection: TrackedCollection?) {
        visit(aggregate.security)
        visit(aggregate.predicate)
        switch aggregate.computation {
        case .count(let columns, _): for value in columns { visit(value) }
        case .every(let value), .some(let value): visit(value)
        case .function(let function, let value): visit(value, in: function, nil, collection)
        }
    }
}
