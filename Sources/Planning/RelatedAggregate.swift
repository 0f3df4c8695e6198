// An aggregate over the rows of an array relationship, as one value of the row it starts from: what relation-aggregate
// filters compare and orderings sort by (dialect of the API, section 3). (SQL: a correlated scalar sub-select.)
package import Metadata

package struct RelatedAggregate<Stage: PlanStage>: Sendable, Hashable {
    package enum Computation: Sendable, Hashable {
        /// Rows, rows with a value, or distinct values of `columns`.
        case count(columns: [Stage.Value], distinct: Bool)
        case function(AggregateFunction, Stage.Value)
        /// Whether every value of a column of booleans is true; null over no values.
        case every(Stage.Value)
        /// Whether some value is.
        case some(Stage.Value)
    }

    package let computation: Computation
    /// The aggregate rule of the related collection and the relationship's guard; minted by module Rules alone.
    package let security: Stage.Security
    /// Which of the related rows the caller counts.
    package let predicate: RowPredicate<Stage>

    package init(computation: Computation, security: Stage.Security, predicate: RowPredicate<Stage>) {
        self.computation = computation
        self.security = security
        self.predicate = predicate
    }

    package func describe(in catalog: Catalog) -> String {
        let shown =
            switch computation {
            case .count(let columns, let distinct):
                "count\(distinct ? " distinct" : "")(\(columns.map { $0.describe(in: catalog) }.joined(separator: ", ")))"
            case .function(let function, let value): "\(function.rawValue)(\(value.describe(in: catalog)))"
            case .every(let value): "bool_and(\(value.describe(in: catalog)))"
            case .some(let value): "bool_or(\(value.describe(in: catalog)))"
            }
        var conditions = security.describe(in: catalog)
        if predicate != .alwaysTrue { conditions.append(RowPredicateText(catalog: catalog).text(predicate)) }
        return shown + conditions.map { "[\($0)]" }.joined()
    }
}
