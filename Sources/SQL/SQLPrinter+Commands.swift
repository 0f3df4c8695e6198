// Commands as text. Each says itself what becomes of a conflict, so that no clause in a table's definition decides it.

extension SQLPrinter {
    package static func print(_ command: SQLCommand, dialect: Dialect.Type) -> SQLText {
        var printer = SQLPrinter()
        switch command {
        case .select(let select): printer.select(select)
        case .insert(let insert): printer.insert(insert)
        case .update(let update): printer.update(update)
        case .delete(let delete): printer.delete(delete)
        }
        return printer.printed
    }

    private mutating func target(_ table: SQLTableName, _ alias: String) {
        name(table)
        if alias != table.name {
            text += " AS "
            identifier(alias)
        }
        aliases.insert(alias)
    }

    private mutating func insert(_ insert: SQLInsert) {
        // What becomes of a conflict in a view is its triggers' affair; here it would be decided for them.
        text += (insert.table.isView ? "INSERT INTO" : Dialect.insertWords) + " "
        target(insert.table, insert.alias)
        if insert.assignments.isEmpty {
            text += " DEFAULT VALUES"
        } else {
            text += " ("
            list(insert.assignments) { $0.identifier($1.column) }
            text += insert.condition == nil ? ") VALUES (" : ") SELECT "
            deeper(SQLDepth.command) { printer in printer.list(insert.assignments) { $0.expression($1.value) } }
            if insert.condition == nil { text += ")" }
            condition(insert.condition)
        }
        // A row of nothing but defaults takes no conflict clause.
        if let conflict = insert.conflict, !insert.assignments.isEmpty { self.conflict(conflict) }
        returning(insert.returning)
    }

    private mutating func conflict(_ conflict: SQLConflict) {
        text += " ON CONFLICT ("
        list(conflict.columns) { $0.identifier($1) }
        text += ") DO "
        guard !conflict.assignments.isEmpty else {
            text += "NOTHING"
            return
        }
        aliases.insert(SQLConflict.proposed)
        text += "UPDATE SET "
        assign(conflict.assignments)
        condition(conflict.condition)
    }

    private mutating func update(_ update: SQLUpdate) {
        text += (update.table.isView ? "UPDATE" : Dialect.updateWords) + " "
        target(update.table, update.alias)
        text += " SET "
        assign(update.assignments)
        condition(update.condition)
        returning(update.returning)
    }

    private mutating func delete(_ delete: SQLDelete) {
        text += "DELETE FROM "
        target(delete.table, delete.alias)
        condition(delete.condition)
    }

    private mutating func assign(_ assignments: [SQLAssignment]) {
        deeper(SQLDepth.command) { printer in
            printer.list(assignments) { printer, assignment in
                printer.identifier(assignment.column)
                printer.text += " = "
                printer.expression(assignment.value)
            }
        }
    }

    private mutating func condition(_ condition: SQLExpression?) {
        guard let condition else { return }
        text += " WHERE "
        deeper(SQLDepth.command) { $0.expression(condition) }
    }

    private mutating func returning(_ columns: [SQLExpression]) {
        guard !columns.isEmpty else { return }
        text += " RETURNING "
        list(columns) { $0.expression($1) }
    }
}
