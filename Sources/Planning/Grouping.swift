// Groups of rows: what they are made of, which of them stay, and what is answered of each (dialect of the API, section 9).
// Aggregates over a group are values like any other, so that `having` is a predicate and `order_by` an ordering.

package struct Grouping<Stage: PlanStage>: Sendable, Hashable {
    /// Never empty. (SQL: GROUP BY.)
    package let keys: [Stage.Value]
    /// (SQL: HAVING.)
    package let having: RowPredicate<Stage>
    package let members: [GroupMember<Stage>]

    package init(keys: [Stage.Value], having: RowPredicate<Stage>, members: [GroupMember<Stage>]) {
        self.keys = keys
        self.having = having
        self.members = members
    }
}

/// One member of a `T_group` object.
package struct GroupMember<Stage: PlanStage>: Sendable, Hashable {
    package enum Content: Sendable, Hashable {
        case typename(String)
        /// Values of the grouping's keys.
        case key([RowMember<Stage>])
        case aggregate([AggregateField<Stage>])
    }

    package let responseKey: String
    package let content: Content

    package init(responseKey: String, content: Content) {
        self.responseKey = responseKey
        self.content = content
    }
}

extension ReadForm {
    /// Whether the read tells of rows by counting and summing them: the aggregate rule governs it.
    package var isAggregate: Bool {
        switch self {
        case .aggregate, .group: true
        case .list, .single, .connection: false
        }
    }
}
