// What an operation may cost a database, estimated from its plan and the `limit`s of its lists before anything is asked:
// the rows that may be read, and for each row what hangs on it. It looks at the document, its variables and the
// configuration, never at rules or data, so that it tells nothing that the caller's schema does not (docs/reference/limits.md
// says the formula in words).
//
//     cost of a read = rows × (1 + relationships in its filter and its order + cost of each read below it)
//     rows           = 1 for a row by key and an object relationship
//                      `limit`, at most the row limit, for a list; assumed where there is no `limit`
//                      `limit`, or as assumed, for aggregates
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
        terms = plan.roots.compactMap { root in
            guard case .read(let read) = root.content else { return nil }
            return Self.term(read, assumptions)
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
        }
        return Term(rows: rows(read, assumptions), weight: weight, below: below)
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
        case .list: most = assumptions.rowLimit
        // What is only counted or summed is not bounded by the rows of an answer.
        case .aggregate: most = Int64(Int32.max)
        }
        guard let limit = read.limit else { return .count(min(assumptions.rows, most)) }
        switch limit.origin {
        case .constant(let text): return .count(clamp(JSONNumber(text: text).int64, most))
        case .variable(let name, let path): return .variable(name, path: path, maximum: most)
        case .integer(let count): return .count(clamp(count, most))
        case .claim, .now, .maskKey: return .count(most)
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
        case .related(_, _, let part): 1 + relationships(in: part)
        }
    }

    private static func relationships(in value: RequestedValue) -> Int64 {
        switch value {
        case .field: 0
        case .related(_, let value): 1 + relationships(in: value)
        }
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
