// The statements that change rows, as trees beside `SQLSelect`: names come from the catalog, values are parameters.

package enum SQLCommand: Sendable, Hashable {
    case select(SQLSelect)
    case insert(SQLInsert)
    case update(SQLUpdate)
    case delete(SQLDelete)
}

package struct SQLAssignment: Sendable, Hashable {
    package let column: String
    package let value: SQLExpression

    package init(_ column: String, _ value: SQLExpression) {
        self.column = column
        self.value = value
    }
}

/// One row.
package struct SQLInsert: Sendable, Hashable {
    package let table: SQLTableName
    package let alias: String
    /// Empty: every column takes its default.
    package let assignments: [SQLAssignment]
    /// Nothing is inserted, and no row met, unless this is true; of a row with assignments.
    package var condition: SQLExpression?
    package var conflict: SQLConflict?
    /// Columns of the row as it was written, by their bare names.
    package let returning: [SQLExpression]
}

/// What an insert does about a row that has the same values in just these columns.
package struct SQLConflict: Sendable, Hashable {
    package let columns: [String]
    /// Empty: the existing row is left alone.
    package let assignments: [SQLAssignment]
    package let condition: SQLExpression?

    /// By this alias an assignment names what the insert would have written.
    package static let proposed = "excluded"
}

package struct SQLUpdate: Sendable, Hashable {
    package let table: SQLTableName
    package let alias: String
    package let assignments: [SQLAssignment]
    package let condition: SQLExpression?
    package let returning: [SQLExpression]
}

package struct SQLDelete: Sendable, Hashable {
    package let table: SQLTableName
    package let alias: String
    package let condition: SQLExpression?
}
