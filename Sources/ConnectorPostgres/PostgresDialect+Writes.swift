// What PostgreSQL says in its own way about writes.
package import Metadata
package import SQL

extension PostgresDialect {
    package static var insertWords: String { "INSERT INTO" }
    package static var updateWords: String { "UPDATE" }
    package static var hasConcurrentWriters: Bool { true }

    package static func keyRows(_ list: SQLExpression, _ kinds: [ScalarKind]) -> SQLSelect {
        let item = SQLExpression.column(alias: "j", name: "value")
        var columns = kinds.enumerated().map { index, kind in
            let text: SQLExpression =
                kinds.count == 1
                ? .infix(item, .partText, .text("{}")) : .infix(item, .item, .integer(Int64(index)))
            return SQLColumn(.cast(text, PostgresTypes.parameter(kind)), as: "k\(index)")
        }
        columns.append(SQLColumn(.column(alias: "j", name: "position"), as: "position"))
        return SQLSelect(
            columns, from: .numbered("json_array_elements", [list], alias: "j", columns: ["value", "position"]))
    }

    package static func changed(
        _ stored: SQLExpression, _ change: UpdateOperator, _ operand: SQLExpression, _ kind: ScalarKind
    ) -> SQLExpression {
        let document = SQLExpression.cast(stored, SQLType("jsonb"))
        return switch change {
        case .set: operand
        case .increment: .infix(stored, .plus, operand)
        case .append: .infix(document, .concatenate, .cast(operand, SQLType("jsonb")))
        case .prepend: .infix(.cast(operand, SQLType("jsonb")), .concatenate, document)
        case .deleteKey: .infix(document, .minus, operand)
        case .deleteElement: .infix(document, .minus, .cast(operand, SQLType("int4")))
        case .deleteAtPath: .infix(document, .removePath, operand)
        }
    }
}
