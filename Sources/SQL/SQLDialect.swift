// What one database says differently. The lowering asks for meanings ("the text of an object", "compare as instants");
// a dialect answers with expressions of its database.
package import Metadata
package import Planning

package protocol SQLDialect: Sendable {
    static func placeholder(_ position: Int) -> String
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
    /// JSON text of a list of objects, one for each row; an aggregate.
    static func rows(_ members: [SQLMember]) -> SQLExpression
    /// `value`, unless the group has more than `limit` rows: then the statement fails with the path.
    static func limited(_ value: SQLExpression, rows limit: Int64, path: String) -> SQLExpression
    /// A value of a sort key in the form that cursors keep, and back from it: the very value it was.
    static func sortKey(_ value: SQLExpression) -> SQLExpression
    static func sortKey(from cursor: Parameter) -> SQLExpression
    /// Equal, or both null.
    static func same(_ left: SQLExpression, _ right: SQLExpression) -> SQLExpression
    static func smaller(_ left: SQLExpression, _ right: SQLExpression) -> SQLExpression
    static var emptyList: SQLExpression { get }
    /// What stands for "no bound" where an offset needs a limit before it; `nil` where it needs none.
    static var noLimit: SQLExpression? { get }

    /// The form in which values of a type compare: as they are, as instants, as truth values.
    static func comparable(_ value: SQLExpression, _ kind: ScalarKind) -> SQLExpression
    /// The items of a list parameter in the same form.
    static func items(of list: SQLExpression, _ kind: ScalarKind) -> SQLSelect
    /// A column that may hold any type of value (`CollectionField.isUntyped`) as the text it shows.
    static func untyped(_ column: SQLExpression) -> SQLExpression
    /// Something that an index on such a column can decide, true wherever the column shows as the text.
    static func untyped(_ column: SQLExpression, mayEqual text: SQLExpression) -> SQLExpression
    /// Text that compares by code point.
    static func byCodePoint(_ value: SQLExpression) -> SQLExpression
    static func caseFolded(_ value: SQLExpression) -> SQLExpression
    static func lastFour(_ value: SQLExpression) -> SQLExpression
    static func keyedHash(_ value: SQLExpression, key: SQLExpression) -> SQLExpression
    /// `_regex`, `_iregex` or `_similar`: true, false, or null for null. Fails where matching takes too long.
    static func patternTest(
        _ test: ComparisonOperator, _ value: SQLExpression, pattern: SQLExpression
    ) -> SQLExpression
    /// One of the operators on JSON documents: true, false, or null for what is no document.
    static func documentTest(
        _ test: ComparisonOperator, _ document: SQLExpression, _ operand: SQLExpression
    ) -> SQLExpression
    /// JSON text of what stands at a path of a JSON document; null where nothing does, or where it is no document.
    /// - Parameter path: a JSON list of steps.
    static func part(_ document: SQLExpression, path: SQLExpression) -> SQLExpression
    /// A JSON document as PostgreSQL writes it as text; null for what is no document.
    static func documentText(_ document: SQLExpression) -> SQLExpression
    static func aggregate(_ function: AggregateFunction, _ value: SQLExpression) -> SQLExpression
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
    /// A list of keys, a JSON array, as rows: columns `k0`, `k1` …, and `position`, which counts them. A key of one value
    /// stands by itself, one of several as an array.
    static func keyRows(_ list: SQLExpression, _ kinds: [ScalarKind]) -> SQLSelect
    /// A column's value after an update operator other than `_set`.
    static func changed(
        _ stored: SQLExpression, _ change: UpdateOperator, _ operand: SQLExpression, _ kind: ScalarKind
    ) -> SQLExpression
}

extension SQLDialect {
    // Most databases hold values of the declared type and no others.
    package static func sortKey(_ value: SQLExpression) -> SQLExpression { value }
    package static func sortKey(from cursor: Parameter) -> SQLExpression { .parameter(cursor) }
    package static func untyped(_ column: SQLExpression) -> SQLExpression { column }
    package static func untyped(_ column: SQLExpression, mayEqual text: SQLExpression) -> SQLExpression {
        .boolean(true)
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
