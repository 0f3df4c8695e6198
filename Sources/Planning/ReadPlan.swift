// The read of one collection: which rows, in which order, what of them is answered, and the reads below it. It knows
// no SQL; the comments name the clause each part becomes.
package import Metadata

package enum ReadForm: String, Sendable, Hashable {
    /// A list of rows.
    case list
    /// At most one row, or null.
    case single
    /// Aggregates over rows, and the rows themselves under `nodes`.
    case aggregate
    /// One object for each group of rows.
    case group
    /// A page of rows by cursor.
    case connection
}

package struct ReadPlan<Stage: PlanStage>: Sendable, Hashable {
    package let collection: CollectionID
    package let form: ReadForm
    /// The relationship that leads here from the row of the read above; `nil` at a root. (SQL: a correlated condition.)
    package let link: RelationshipReference?
    /// The function that yields the rows; `nil` where the collection's own are read. (SQL: FROM.)
    package let call: FunctionCall?
    /// What the rules add; minted by module Rules alone.
    package let security: Stage.Security
    /// What the caller asked for. (SQL: WHERE.)
    package let predicate: RowPredicate<Stage>
    /// (SQL: DISTINCT ON, or the first row of a window.)
    package let distinct: [Stage.Value]
    /// Total for collections with a key: the key is appended. (SQL: ORDER BY.)
    package let ordering: [OrderingTerm<Stage>]
    package let limit: Parameter?
    package let offset: Parameter?
    /// More rows than this, where the caller set no limit, is an error instead of a cut.
    package let rowLimit: Int64
    package let selection: Selection<Stage>
    /// Where the read stands in the request: `$.selectionSet.articles`.
    package let errorPath: String

    package init(
        collection: CollectionID, form: ReadForm, link: RelationshipReference?, call: FunctionCall? = nil,
        security: Stage.Security, predicate: RowPredicate<Stage>, distinct: [Stage.Value],
        ordering: [OrderingTerm<Stage>], limit: Parameter?,
        offset: Parameter?, rowLimit: Int64, selection: Selection<Stage>, errorPath: String
    ) {
        self.collection = collection
        self.form = form
        self.link = link
        self.call = call
        self.security = security
        self.predicate = predicate
        self.distinct = distinct
        self.ordering = ordering
        self.limit = limit
        self.offset = offset
        self.rowLimit = rowLimit
        self.selection = selection
        self.errorPath = errorPath
    }
}

package struct OrderingTerm<Stage: PlanStage>: Sendable, Hashable {
    package let value: Stage.Value
    package let direction: OrderingDirection

    package init(value: Stage.Value, direction: OrderingDirection) {
        self.value = value
        self.direction = direction
    }
}

/// The dialect's `order_by` enum; `asc` is nulls last and `desc` nulls first in every database.
package enum OrderingDirection: String, Sendable, Hashable, CaseIterable {
    case ascending = "asc"
    case ascendingNullsFirst = "asc_nulls_first"
    case ascendingNullsLast = "asc_nulls_last"
    case descending = "desc"
    case descendingNullsFirst = "desc_nulls_first"
    case descendingNullsLast = "desc_nulls_last"

    package var isDescending: Bool {
        switch self {
        case .ascending, .ascendingNullsFirst, .ascendingNullsLast: false
        case .descending, .descendingNullsFirst, .descendingNullsLast: true
        }
    }

    package var nullsFirst: Bool {
        switch self {
        case .ascendingNullsFirst, .descending, .descendingNullsFirst: true
        case .ascending, .ascendingNullsLast, .descendingNullsLast: false
        }
    }
}

/// The response object of a read: for `list` and `single` the members of each row, for `aggregate` those of `T_aggregate`,
/// for `group` those of each group.
package enum Selection<Stage: PlanStage>: Sendable, Hashable {
    case groups(Grouping<Stage>)
    case connection(Connection<Stage>)
    case row([RowMember<Stage>])
    case aggregate([AggregateMember<Stage>])
}

/// One member of a row's object, in response order.
package struct RowMember<Stage: PlanStage>: Sendable, Hashable {
    package indirect enum Content: Sendable, Hashable {
        case typename(String)
        /// A value of the row; `path` are steps into a JSON column.
        case value(Stage.Value, ScalarKind)
        /// Rows of a relationship.
        case read(ReadPlan<Stage>)
    }

    package let responseKey: String
    package let content: Content

    package init(responseKey: String, content: Content) {
        self.responseKey = responseKey
        self.content = content
    }
}

/// One member of a `T_aggregate` object.
package struct AggregateMember<Stage: PlanStage>: Sendable, Hashable {
    package enum Content: Sendable, Hashable {
        case typename(String)
        case aggregate([AggregateField<Stage>])
        case nodes([RowMember<Stage>])
    }

    package let responseKey: String
    package let content: Content

    package init(responseKey: String, content: Content) {
        self.responseKey = responseKey
        self.content = content
    }
}

/// One member of a `T_aggregate_fields` object.
package struct AggregateField<Stage: PlanStage>: Sendable, Hashable {
    package enum Content: Sendable, Hashable {
        case typename(String)
        /// Rows, rows with a value, or distinct values of `columns`.
        case count(columns: [Stage.Value], distinct: Bool)
        case function(AggregateFunction, [AggregateColumn<Stage>])
    }

    package let responseKey: String
    package let content: Content

    package init(responseKey: String, content: Content) {
        self.responseKey = responseKey
        self.content = content
    }
}

package struct AggregateColumn<Stage: PlanStage>: Sendable, Hashable {
    package enum Content: Sendable, Hashable {
        case typename(String)
        case value(Stage.Value, ScalarKind)
    }

    package let responseKey: String
    package let content: Content

    package init(responseKey: String, content: Content) {
        self.responseKey = responseKey
        self.content = content
    }
}
