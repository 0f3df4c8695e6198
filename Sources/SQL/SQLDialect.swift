// What one database says differently. The lowering asks for meanings ("the text of an object", "compare as instants");
// a dialect answers with expressions of its database.
package import Metadata
package import Planning

package protocol SQLDialect: Sendable {
    /// - Parameter parameter: what the placeholder stands for; `nil` for a column of a select around a detached one.
    static func placeholder(_ position: Int, _ parameter: Parameter?) -> String
    static func quotedIdentifier(_ name: String) -> String
    static func quotedText(_ text: String) -> String
    static func boolean(_ flag: Bool) -> String
    /// Symbols the database's parser can hold at once; `nil` where statements may nest as they like. A sub-select that
    /// would go beyond is detached.
    static var parserDepth: Int? { get }
    /// The value of a select that is given as text, with the arguments its placeholders stand for.
    static func detached(_ text: String, _ arguments: [SQLExpression]) -> SQLExpression

    /// JSON text of one object. (One row's members.)
    static func object(_ members: [SQLMember]) -> SQLExpression
    /// Whether an object is a select of its own. An aggregate in it then needs a column of the rows it is over, or it
    /// would be one over that select: `carried` below is such a column, never null.
    static var objectsAreSelects: Bool { get }
    /// JSON text of a list of objects, one for each row; an aggregate.
    static func rows(_ members: [SQLMember], carried: SQLExpression?) -> SQLExpression
    /// `value`, unless there are more than `limit` rows: then the statement fails with the path.
    static func limited(
        _ value: SQLExpression, count: SQLExpression, rows limit: Int64, path: String
    ) -> SQLExpression
    /// The first row that the condition picks, as JSON text of one object.
    static func single(_ members: [SQLMember], from table: SQLTable, condition: SQLExpression?) -> SQLSelect
    /// The rows of a page as JSON text of a list; fails with the path where there are more than `limit`.
    static func list(
        _ members: [SQLMember], of page: SQLSelect, alias: String, rows limit: Int64, path: String
    ) -> SQLSelect
    /// A value of a sort key in the form that cursors keep, and back from it: the very value it was.
    static func sortKey(_ value: SQLExpression) -> SQLExpression
    static func sortKey(from cursor: Parameter) -> SQLExpression
    /// Equal, or both null.
    static func same(_ left: SQLExpression, _ right: SQLExpression) -> SQLExpression
    static func smaller(_ left: SQLExpression, _ right: SQLExpression) -> SQLExpression
    static var emptyList: SQLExpression { get }
    /// What stands for "no bound" where an offset needs a limit before it; `nil` where it needs none.
    static var noLimit: SQLExpression? { get }
    /// Whether a statement that is planned once for all values is planned worse for not knowing how many rows a page takes.
    static var plansByCounts: Bool { get }

    /// No value, of a type.
    static func null(_ kind: ScalarKind) -> SQLExpression
    /// An expression of the owner's, in parentheses, as a value of the type it is declared to have.
    static func computed(_ expression: String, _ kind: ScalarKind) -> String
    /// The form in which values of a type compare: as they are, as instants, as truth values.
    static func comparable(_ value: SQLExpression, _ kind: ScalarKind) -> SQLExpression
    /// Whether a value in that form is an item of a list parameter.
    static func member(_ value: SQLExpression, of list: SQLExpression, _ kind: ScalarKind) -> SQLExpression
    /// The form in which values of a type are ordered and grouped.
    static func sortable(_ value: SQLExpression, _ kind: ScalarKind) -> SQLExpression
    /// A value of the text family that compares by code point.
    static func byCodePoint(_ value: SQLExpression, _ kind: ScalarKind) -> SQLExpression
    /// A column that may hold any type of value (`CollectionField.isUntyped`) as the text it shows.
    static func untyped(_ column: SQLExpression) -> SQLExpression
    /// Something that an index on such a column can decide, true wherever the column shows as the text.
    static func untyped(_ column: SQLExpression, mayEqual text: SQLExpression) -> SQLExpression
    static func caseFolded(_ value: SQLExpression) -> SQLExpression
    static func lastFour(_ value: SQLExpression) -> SQLExpression
    static func keyedHash(_ value: SQLExpression, key: SQLExpression) -> SQLExpression
    /// `_regex`, `_iregex` or `_similar`: true, false, or null for null. Fails where matching takes too long.
    static func patternTest(
        _ test: ComparisonOperator, _ value: SQLExpression, pattern: SQLExpression
    ) -> SQLExpression
    /// One of the operators that some types have for themselves, on a value of the type: true, false, or null for null and
    /// for what is no document.
    static func ownTest(
        _ test: ComparisonOperator, _ value: SQLExpression, _ operand: SQLExpression, _ kind: ScalarKind
    ) -> SQLExpression
    /// JSON text of what stands at a path of a JSON document; null where nothing does, or where it is no document.
    /// - Parameter path: a JSON list of steps.
    static func part(_ document: SQLExpression, path: SQLExpression) -> SQLExpression
    /// A JSON document as PostgreSQL writes it as text; null for what is no document.
    static func documentText(_ document: SQLExpression) -> SQLExpression
    /// What the database calls an aggregate; unless said, what the SQL standard does (`SQLAggregates`).
    static func name(of function: AggregateFunction) -> SQLName
    /// An aggregate over values of a type that compares in a form of its own: the result is a value as it is stored.
    static func aggregate(
        _ function: AggregateFunction, _ value: SQLExpression, of kind: ScalarKind
    ) -> SQLExpression
    /// Whether every value of a column of booleans is true; null over no values.
    static func every(_ value: SQLExpression) -> SQLExpression
    /// Whether some value is.
    static func some(_ value: SQLExpression) -> SQLExpression
    static func count(_ value: SQLExpression) -> SQLExpression
    /// One value for a tuple, equal where the tuples are.
    static func tuple(_ values: [SQLExpression]) -> SQLExpression
    /// Where nulls come without being told: first in ascending order, or last.
    static var nullsAreSmallest: Bool { get }

    /// How an insert and an update begin: a conflict is an error, whatever the table's definition says.
    static var insertWords: String { get }
    static var updateWords: String { get }
    /// Whether a statement that writes a view is like one that writes a table: gives it an alias, returns rows, counts them.
    /// Where it is not, the rows are picked first and go by their keys.
    static var writesViewsAsTables: Bool { get }
    /// Whether others write at the same time: rows that are read to be changed by a later statement are locked.
    static var hasConcurrentWriters: Bool { get }
    /// A list of keys, a JSON array, as rows: columns `k0`, `k1` …, and `position`, which counts them. A key of one value
    /// stands by itself, one of several as an array.
    static func keyRows(_ list: SQLExpression, _ kinds: [ScalarKind]) -> SQLSelect
    /// A column's value after an update operator other than `_set`.
    static func changed(
        _ stored: SQLExpression, _ change: UpdateOperator, _ operand: SQLExpression, _ kind: ScalarKind
    ) -> SQLExpression
}

extension SQLDialect {
    package static func single(
        _ members: [SQLMember], from table: SQLTable, condition: SQLExpression?
    ) -> SQLSelect {
        var select = SQLSelect([SQLColumn(object(members))], from: table, condition: condition)
        // A configured object relationship need not lead to a key; one row is what the API promises.
        select.limit = .integer(1)
        return select
    }

    package static func list(
        _ members: [SQLMember], of page: SQLSelect, alias: String, rows limit: Int64, path: String
    ) -> SQLSelect {
        let list = rows(members, carried: nil)
        return SQLSelect(
            [SQLColumn(limited(list, count: .countAll, rows: limit, path: path))], from: .select(page, alias: alias))
    }

    // Most databases hold values of the declared type and no others.
    package static func sortKey(_ value: SQLExpression) -> SQLExpression { value }
    package static func sortKey(from cursor: Parameter) -> SQLExpression { .parameter(cursor) }
    package static func untyped(_ column: SQLExpression) -> SQLExpression { column }
    package static func untyped(_ column: SQLExpression, mayEqual text: SQLExpression) -> SQLExpression {
        .boolean(true)
    }

    package static func null(_ kind: ScalarKind) -> SQLExpression { .null }

    package static var writesViewsAsTables: Bool { true }

    package static func name(of function: AggregateFunction) -> SQLName { function.standardName }

    package static func aggregate(
        _ function: AggregateFunction, _ value: SQLExpression, of kind: ScalarKind
    ) -> SQLExpression {
        aggregate(function, value)
    }
}

/// One member of a JSON object: its key, and how its value is written.
package struct SQLMember: Sendable, Hashable {
    package enum Form: Sendable, Hashable {
        case scalar(ScalarKind)
        /// Text that is JSON already.
        case json
    }

    package let key: String
    package let value: SQLExpression
    package let form: Form

    package init(key: String, value: SQLExpression, form: Form) {
        self.key = key
        self.value = value
        self.form = form
    }
}
