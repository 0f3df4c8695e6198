// Writes the tree as text, and collects the parameters in the order their placeholders need. The same parameter gets one
// placeholder wherever it stands.
package import Planning

package struct SQLText: Sendable, Hashable {
    package let text: String
    package let parameters: [Parameter]
}

package struct SQLPrinter<Dialect: SQLDialect> {
    private var text = ""
    private var parameters: [Parameter] = []
    private var positions: [Parameter: Int] = [:]

    package static func print(_ select: SQLSelect, dialect: Dialect.Type) -> SQLText {
        var printer = SQLPrinter()
        printer.select(select)
        return SQLText(text: printer.text, parameters: printer.parameters)
    }

    // MARK: Statements

    private mutating func select(_ select: SQLSelect) {
        text += "SELECT "
        if select.includesAll, case .named(_, let alias)? = select.from {
            identifier(alias)
            text += ".*"
            if !select.columns.isEmpty { text += ", " }
        }
        list(select.columns) { printer, column in
            printer.expression(column.value)
            if let alias = column.alias {
                printer.text += " AS "
                printer.identifier(alias)
            }
        }
        if let from = select.from {
            text += " FROM "
            table(from)
        }
        if let condition = select.condition {
            text += " WHERE "
            expression(condition)
        }
        if !select.ordering.isEmpty {
            text += " ORDER BY "
            ordering(select.ordering)
        }
        if let limit = select.limit {
            text += " LIMIT "
            expression(limit)
        }
        if let offset = select.offset {
            text += " OFFSET "
            expression(offset)
        }
    }

    private mutating func table(_ table: SQLTable) {
        switch table {
        case .named(let name, let alias):
            identifier(name)
            text += " AS "
            identifier(alias)
        case .select(let inner, let alias):
            nested(inner)
            text += " AS "
            identifier(alias)
        case .function(let name, let arguments): call(name, arguments)
        }
    }

    private mutating func nested(_ inner: SQLSelect) {
        text += "("
        select(inner)
        text += ")"
    }

    private mutating func ordering(_ terms: [SQLOrderingTerm]) {
        list(terms) { printer, term in
            printer.expression(term.value)
            printer.text += term.isDescending ? " DESC" : " ASC"
            if let nullsFirst = term.nullsFirst { printer.text += nullsFirst ? " NULLS FIRST" : " NULLS LAST" }
        }
    }

    // MARK: Expressions

    private mutating func expression(_ expression: SQLExpression) {
        switch expression {
        case .column(let alias, let name):
            identifier(alias)
            text += "."
            identifier(name)
        case .parameter(let parameter): text += Dialect.placeholder(position(parameter))
        case .null: text += "NULL"
        case .boolean(let flag): text += Dialect.boolean(flag)
        case .integer(let value): text += String(value)
        case .text(let value): literal(value)
        case .owner(let sql): text += "(\(sql)\n)"
        case .function(let name, let arguments): call(name, arguments)
        case .infix(let left, let infix, let right):
            text += "("
            self.expression(left)
            text += " \(infix.rawValue) "
            self.expression(right)
            text += ")"
        case .all(let parts): joined(parts, " AND ", empty: true)
        case .any(let parts): joined(parts, " OR ", empty: false)
        case .not(let inner): wrapped("(NOT ", inner, ")")
        case .isNull(let inner): wrapped("(", inner, " IS NULL)")
        case .isTrue(let inner): wrapped("(", inner, " IS TRUE)")
        case .collated(let inner, let collation): wrapped("(", inner, " COLLATE \(collation.text))")
        case .like(let value, let pattern):
            text += "("
            self.expression(value)
            text += " LIKE "
            self.expression(pattern)
            text += " ESCAPE '\\')"
        case .member(let value, let items):
            text += "("
            self.expression(value)
            text += " IN "
            nested(items)
            text += ")"
        case .choose(let branches, let otherwise): choose(branches, otherwise)
        case .exists(let inner):
            text += "EXISTS "
            nested(inner)
        case .scalar(let inner): nested(inner)
        case .countAll: text += "count(*)"
        case .countDistinct(let inner): wrapped("count(DISTINCT ", inner, ")")
        case .rowNumber(let partition, let terms):
            text += "row_number() OVER (PARTITION BY "
            list(partition) { $0.expression($1) }
            text += " ORDER BY "
            ordering(terms)
            text += ")"
        }
    }

    private mutating func choose(_ branches: [SQLBranch], _ otherwise: SQLExpression?) {
        text += "CASE"
        for branch in branches {
            text += " WHEN "
            expression(branch.condition)
            text += " THEN "
            expression(branch.value)
        }
        if let otherwise {
            text += " ELSE "
            expression(otherwise)
        }
        text += " END"
    }

    private mutating func call(_ name: SQLName, _ arguments: [SQLExpression]) {
        text += name.text + "("
        list(arguments) { $0.expression($1) }
        text += ")"
    }

    private mutating func joined(_ parts: [SQLExpression], _ word: String, empty: Bool) {
        guard !parts.isEmpty else { return expression(.boolean(empty)) }
        text += "("
        for (index, part) in parts.enumerated() {
            if index > 0 { text += word }
            expression(part)
        }
        text += ")"
    }

    private mutating func wrapped(_ before: String, _ inner: SQLExpression, _ after: String) {
        text += before
        expression(inner)
        text += after
    }

    private mutating func list<Element>(_ elements: [Element], _ print: (inout SQLPrinter, Element) -> Void) {
        for (index, element) in elements.enumerated() {
            if index > 0 { text += ", " }
            print(&self, element)
        }
    }

    // MARK: The three things that may be appended

    private mutating func identifier(_ name: String) {
        text += Dialect.quotedIdentifier(name)
    }

    private mutating func literal(_ value: String) {
        text += Dialect.quotedText(value)
    }

    private mutating func position(_ parameter: Parameter) -> Int {
        if let known = positions[parameter] { return known }
        parameters.append(parameter)
        positions[parameter] = parameters.count
        return parameters.count
    }
}
