// What SQLite says in its own way about writes. `OR ABORT` overrides what a table's definition says of conflicts: a
// `UNIQUE … ON CONFLICT REPLACE` would delete a row that the request never named. https://sqlite.org/lang_conflict.html
package import Metadata
package import SQL

extension SQLiteDialect {
    /// A view is written by its INSTEAD OF triggers: no row comes back, none is counted, and the rows go by the view's own
    /// name alone. https://sqlite.org/lang_returning.html, https://sqlite.org/c3ref/changes.html
    package static var writesViewsAsTables: Bool { false }

    /// `BEGIN IMMEDIATE` takes the only write lock there is.
    package static var hasConcurrentWriters: Bool { false }

    package static var insertWords: String { "INSERT OR ABORT INTO" }
    package static var updateWords: String { "UPDATE OR ABORT" }

    package static func keyRows(_ list: SQLExpression, _ kinds: [ScalarKind]) -> SQLSelect {
        let item = SQLExpression.column(alias: "json_each", name: "value")
        var columns = kinds.indices.map { index in
            let part =
                kinds.count == 1 ? item : SQLExpression.function("json_extract", [item, .text("$[\(index)]")])
            return SQLColumn(.function("perigee_untag", [part]), as: "k\(index)")
        }
        columns.append(SQLColumn(.column(alias: "json_each", name: "key"), as: "position"))
        return SQLSelect(columns, from: .function("json_each", [list]))
    }

    package static func changed(
        _ stored: SQLExpression, _ change: UpdateOperator, _ operand: SQLExpression, _ kind: ScalarKind
    ) -> SQLExpression {
        switch change {
        case .set: operand
        // An integer that grows too large would silently become a real.
        case .increment: .function("perigee_increment", [stored, operand, .text(kind.graphQLName)])
        case .append: .function("perigee_json_append", [stored, operand])
        case .prepend: .function("perigee_json_append", [operand, stored])
        case .deleteKey: .function("perigee_json_delete_key", [stored, operand])
        case .deleteElement: .function("perigee_json_delete_element", [stored, operand])
        case .deleteAtPath: .function("perigee_json_delete_path", [stored, operand])
        }
    }
}
