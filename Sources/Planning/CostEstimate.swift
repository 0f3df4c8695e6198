// What an operation may cost a database, estimated from its plan and the `limit`s of its lists before anything is asked:
// the rows that may be read, and for each row what hangs on it. It looks at the document, its variables and the
// configuration, never at rules or data, so that it tells nothing that the caller's schema does not (docs/reference/limits.md
// says the formula in words).
//
//     cost of a read = rows × (1 + relationships in its filter and its order + cost of each read below it)
//     rows           = 1 for a row by key and an object relationship
//                      `limit`, at most the row limit, for a list; assumed where there is no `limit`
//                      `limit`, or as assumed, for aggregates; as assumed for groups, whose `limit` bounds no rows
//     an aggregate over related rows in a filter or an order counts as a relationship
//     cost of a write = objects inserted, or rows as for an aggregate × (1 + relationships in the filter),
//                       and the cost of the read that answers it
internal import Base
package import GraphQL

package struct CostEstimate: Sendable, Hashable {
    /// Figures of the configuration.
    package struct Assumptions: Sendable, Hashable {
        /// Rows of a list without `limit`.
        package let rows: Int64
        /// Rows that no list can exceed.
        package let rowLimit: Int64

        package init(rows: Int64, rowLimit: Int64) {
            self.rows = rows
            self.rowLimit = rowLimit
        }
    }

    /// The rows of one read.
    private enum Rows: Sendable, Hashable {
        case count(Int64)
        /// As many as a variable says, up to a maximum.
        case variable(String, path: [InputStep], maximum: Int64)
    }

    private struct Term: Sendable, Hashable {
        let rows: Rows
        /// What each row costs besides the reads below.
        let weight: Int64
        let below: [Term]
    }

    private let terms: [Term]

    /// Sums and products end here; a bound as high as this allows everything.
    package static let maximum: Int64 = 1_000_000_000_000_000

    package init(_ plan: OperationPlan, assuming assumptions: Assumptions) {
        terms = plan.roots.flatMap { root -> [Term] in
            switch root.content {
            case .read(let read): return [Self.term(read, assumptions)]
            case .write(let write): return Self.terms(write, assumptions)
            case .typename, .introspection: return []
            }
        }
    }

    /// The cost for the values of one request.
    package func cost(_ variables: CoercedVariables) -> Int64 {
        Self.sum(terms) { Self.count($0, variables) }
    }

    /// The cost for the most expensive values there are.
    package var worst: Int64 {
        Self.sum(terms) { rows in
            switch rows {
            case .count(let count): count
            case .variable(_, _, let maximum): maximum
            }
        }
    }

    // MARK: Reading the plan

    private static func term(_ read: ReadPlan<Requested>, _ assumptions: Assumptions) -> Term {
        var weight: Int64 = 1 + relationships(in: read.predicate)
        for term in read.ordering { weight += relationships(in: term.value) }
        var below: [Term] = []
        switch read.selection {
        case .row(let members): collect(members, assumptions, into: &below)
        case .aggregate(let members):
            for member in members {
                if case .nodes(let rows) = member.content { collect(rows, assumptions, into: &below) }
            }
        case .groups(let grouping): weight += relationships(in: grouping.having)
        case .connection(let connection):
            for node in connection.nodes { collect(node, assumptions, into: &below) }
        }
        return Term(rows: rows(read, assumptions), weight: weight, below: below)
    }

    /// A write costs the rows it may write, and what is read to answer it.
    private static func terms(_ write: WritePlan<Requested>, _ assumptions: Assumptions) -> [Term] {
        var terms: [Term] = []
        switch write.action {
        case .insert(let insert): terms.append(Term(rows: .count(objects(insert)), weight: 1, below: []))
        case .update(let update): terms += Self.terms(update, assumptions)
        case .updateEach(let updates): for update in updates { terms += Self.terms(update, assumptions) }
        case .delete(let delete): terms.append(term(delete.predicate, delete.limit, assumptions))
        // What the function does nobody knows; its rows are those of the answer.
        case .call: break
        }
        switch write.answer {
        case .row(let read): terms.append(term(read, assumptions))
        case .response(let members):
            for member in members {
                if case .returning(let read) = member.content { terms.append(term(read, assumptions)) }
            }
        }
        return terms
    }

    private static func objects(_ insert: InsertPlan<Requested>) -> Int64 {
        insert.objects.reduce(0) { count, object in
            (object.before + object.after).reduce(count + 1) { $0 + objects($1.insert) }
        }
    }

    private static func terms(_ update: UpdatePlan<Requested>, _ assumptions: Assumptions) -> [Term] {
        update.related.reduce(into: [term(update.predicate, update.limit, assumptions)]) { terms, related in
            switch related.change {
            case .update(let update): terms += Self.terms(update, assumptions)
            case .delete(let delete): terms.append(term(delete.predicate, delete.limit, assumptions))
            }
        }
    }

    private static func term(
        _ predicate: RowPredicate<Requested>, _ limit: Parameter?, _ assumptions: Assumptions
    ) -> Term {
        let rows = rows(limit, min(assumptions.rows, Int64(Int32.max)), most: Int64(Int32.max))
        return Term(rows: rows, weight: 1 + relationships(in: predicate), below: [])
    }

    private static func collect(
        _ members: [RowMember<Requested>], _ assumptions: Assumptions, into terms: inout [Term]
    ) {
        for member in members {
            if case .read(let read) = member.content { terms.append(term(read, assumptions)) }
        }
    }

    private static func rows(_ read: ReadPlan<Requested>, _ assumptions: Assumptions) -> Rows {
        let most: Int64
        switch read.form {
        case .single: return .count(1)
        case .list, .connection: most = assumptions.rowLimit
        case .group: return .count(assumptions.rows)
        // What is only counted or summed is not bounded by the rows of an answer.
        case .aggregate: most = Int64(Int32.max)
        }
        return rows(read.limit, min(assumptions.rows, most), most: most)
    }

    /// - Parameter assumed: where there is no limit.
    private static func rows(_ limit: Parameter?, _ assumed: Int64, most: Int64) -> Rows {
        guard let limit else { return .count(assumed) }
        switch limit.origin {
        case .constant(let text): return .count(clamp(JSONNumber(text: text).int64, most))
        case .variable(let name, let path): return .variable(name, path: path, maximum: most)
        case .integer(let count): return .count(clamp(count, most))
        case .claim, .claims, .now, .maskKey, .composed, .cursor, .written, .keys, .sealed: return .count(most)
        }
    }

    /// How many relationships a filter goes through, those inside one another each for itself.
    private static func relationships(in predicate: RowPredicate<Requested>) -> Int64 {
        switch predicate {
        case .constant: 0
        case .comparison(let comparison):
            switch comparison.operand {
            case .parameter: relationships(in: comparison.value)
            case .value(let other): relationships(in: comparison.value) + relationships(in: other)
            }
        case .isNull(let value): relationships(in: value)
        case .all(let parts), .any(let parts): parts.reduce(0) { $0 + relationships(in: $1) }
        case .not(let part), .isTrue(let part): relationships(in: part)
        case .when(let guardian, let part): relationships(in: guardian) + relationships(in: part)
        case .related(_, _, let part), .exists(_, let part): 1 + relationships(in: part)
        }
    }

    private static func relationships(in value: RequestedValue) -> Int64 {
        switch value {
        case .field: 0
        case .related(_, let value): 1 + relationships(in: value)
        case .part(let value, _), .text(let value): relationships(in: value)
        case .aggregate(_, let aggregate): 1 + relationships(in: aggregate)
        case .ofGroup(let aggregate): relationships(in: aggregate)
        }
    }

    private static func relationships(in aggregate: RelatedAggregate<Requested>) -> Int64 {
        let values =
            switch aggregate.computation {
            case .count(let columns, _): columns
            case .function(_, let value), .every(let value), .some(let value): [value]
            }
        return values.reduce(relationships(in: aggregate.predicate)) { $0 + relationships(in: $1) }
    }

    // MARK: Counting

    private static func count(_ rows: Rows, _ variables: CoercedVariables) -> Int64 {
        switch rows {
        case .count(let count): return count
        case .variable(let name, let path, let maximum):
            var value = variables[name]
            for step in path {
                switch step {
                case .member(let name): value = value?.object?[name]
                case .item(let index): value = value?.array.flatMap { $0.indices.contains(index) ? $0[index] : nil }
                }
            }
            return clamp(value?.number?.int64, maximum)
        }
    }

    /// A count that is none (negative, no number) is refused where it is bound; until then it counts as nothing.
    private static func clamp(_ count: Int64?, _ most: Int64) -> Int64 {
        min(max(count ?? 0, 0), most)
    }

    private static func sum(_ terms: [Term], _ rows: (Rows) -> Int64) -> Int64 {
        var total: Int64 = 0
        for term in terms {
            let perRow = min(term.weight + sum(term.below, rows), maximum)
            let (product, isOverflow) = rows(term.rows).multipliedReportingOverflow(by: perRow)
            total = min(total + (isOverflow ? maximum : min(product, maximum)), maximum)
        }
        return total
    }
}
