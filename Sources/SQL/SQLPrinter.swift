// Writes the tree as text, and collects the parameters in the order their placeholders need. The same parameter gets one
// placeholder wherever it stands. A sub-select that the database's parser could not hold is printed as a text of its own.
package import Planning

package struct SQLText: Sendable, Hashable {
    /// Where a parameter stands in the text.
    package struct Place: Sendable, Hashable {
        /// Of the parameter, from 0.
        package let parameter: Int
        /// Bytes of the text.
        package let range: Range<Int>

        package init(parameter: Int, range: Range<Int>) {
            self.parameter = parameter
            self.range = range
        }
    }

    package let text: String
    package let parameters: [Parameter]
    /// In the order of the text. Of statements without detached selects only.
    package let places: [Place]
}

package struct SQLPrinter<Dialect: SQLDialect> {
    var text = ""
    /// What the placeholders stand for, in order: parameters, and in a detached select columns of those around it.
    private var arguments: [SQLExpression] = []
    private var positions: [SQLExpression: Int] = [:]
    /// Symbols the parser holds where the printer stands.
    private var depth = 0
    /// Aliases in scope here; a column of another one belongs to a select around this detached one.
    var aliases: Set<String> = []
    private var isDetached = false
    private var places: [SQLText.Place] = []

    package static func print(_ select: SQLSelect, dialect: Dialect.Type) -> SQLText {
        var printer = SQLPrinter()
        printer.select(select)
        return printer.printed
    }

    init() {}

    /// What has been printed so far.
    var printed: SQLText {
        SQLText(
            text: text,
            parameters: arguments.compactMap { argument in
                if case .parameter(let parameter) = argument { parameter } else { nil }
            }, places: places)
    }

    // MARK: Statements

    mutating func select(_ select: SQLSelect) {
        let outer = aliases
        defer { aliases = outer }
        if let from = select.from { enter(from) }
        depth += SQLDepth.column
        defer { depth -= SQLDepth.column }
        text += "SELECT "
        if select.includesAll, let alias = select.from?.rowAlias {
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
            deeper(SQLDepth.condition) { $0.expression(condition) }
        }
        if !select.grouping.isEmpty {
            text += " GROUP BY "
            deeper(SQLDepth.ordering) { printer in printer.list(select.grouping) { $0.expression($1) } }
        }
        if let having = select.having {
            text += " HAVING "
            deeper(SQLDepth.ordering) { $0.expression(having) }
        }
        if !select.ordering.isEmpty {
            text += " ORDER BY "
            deeper(SQLDepth.ordering) { $0.ordering(select.ordering) }
        }
        if let limit = select.limit {
            text += " LIMIT "
            deeper(SQLDepth.ordering) { $0.expression(limit) }
        }
        if let offset = select.offset {
            text += " OFFSET "
            deeper(SQLDepth.ordering) { $0.expression(offset) }
        }
        if let lock = select.lock, case .named(_, let alias)? = select.from {
            text += " " + lock.rawValue + " OF "
            identifier(alias)
        }
    }

    /// Makes the aliases of a table known.
    private mutating func enter(_ table: SQLTable) {
        switch table {
        case .named(_, let alias), .select(_, let alias), .numbered(_, _, let alias, _), .call(_, _, let alias):
            aliases.insert(alias)
        case .function(let name, _): aliases.insert(name.text)
        case .cross(let first, let second):
            enter(first)
            enter(second)
        }
    }

    private mutating func table(_ table: SQLTable) {
        switch table {
        case .named(let name, let alias):
            self.name(name)
            text += " AS "
            identifier(alias)
        case .select(let inner, let alias):
            deeper(SQLDepth.from) { $0.nested(inner) }
            text += " AS "
            identifier(alias)
        case .call(let name, let arguments, let alias):
            call(name, arguments)
            text += " AS "
            identifier(alias)
        case .function(let name, let arguments): call(name, arguments)
        case .numbered(let name, let arguments, let alias, let columns):
            call(name, arguments)
            text += " WITH ORDINALITY AS "
            identifier(alias)
            text += "("
            list(columns) { $0.identifier($1) }
            text += ")"
        case .cross(let first, let second):
            self.table(first)
            text += " CROSS JOIN "
            self.table(second)
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

    mutating func expression(_ expression: SQLExpression) {
        let own = SQLDepth.own(expression)
        depth += own
        defer { depth -= own }
        switch expression {
        case .column(let alias, let name):
            guard !isDetached || aliases.contains(alias) else {
                text += Dialect.placeholder(position(expression), nil)
                return
            }
            identifier(alias)
            text += "."
            identifier(name)
        case .bare(let name): identifier(name)
        case .row(let values):
            text += "("
            list(values) { $0.expression($1) }
            text += ")"
        case .parameter(let parameter):
            let start = text.utf8.count
            let position = position(expression)
            text += Dialect.placeholder(position, parameter)
            places.append(SQLText.Place(parameter: position - 1, range: start..<text.utf8.count))
        case .argument: text += Dialect.placeholder(position(expression), nil)
        case .null: text += "NULL"
        case .boolean(let flag): text += Dialect.boolean(flag)
        case .integer(let value): text += String(value)
        case .text(let value): literal(value)
        // On a line of its own ends what may be a comment.
        case .owner(let sql, let kind): text += Dialect.computed("(\(sql)\n)", kind)
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
            guard fits(inner) else { return detach(SQLSelect([SQLColumn(.exists(inner))])) }
            text += "EXISTS "
            nested(inner)
        case .scalar(let inner):
            guard fits(inner) else { return detach(inner) }
            nested(inner)
        case .countAll: text += "count(*)"
        case .countDistinct(let inner): wrapped("count(DISTINCT ", inner, ")")
        case .rowNumber(let partition, let terms):
            text += "row_number() OVER (PARTITION BY "
            list(partition) { $0.expression($1) }
            text += " ORDER BY "
            ordering(terms)
            text += ")"
        case .call(let name, let arguments): call(name, arguments)
        case .wholeRow(let alias):
            identifier(alias)
            text += ".*"
        case .cast(let inner, let type): wrapped("CAST(", inner, " AS \(Self.type(type)))")
        }
    }

    static func type(_ type: SQLType) -> String {
        let schema = type.schema.map { Dialect.quotedIdentifier($0) + "." } ?? ""
        return schema + Dialect.quotedIdentifier(type.name) + (type.isList ? "[]" : "")
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

    private mutating func call(_ name: SQLTableName, _ arguments: [SQLExpression]) {
        self.name(name)
        text += "("
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

    mutating func list<Element>(_ elements: [Element], _ print: (inout SQLPrinter, Element) -> Void) {
        for (index, element) in elements.enumerated() {
            if index > 0 { text += ", " }
            print(&self, element)
        }
    }

    // MARK: Depth

    mutating func deeper(_ symbols: Int, _ print: (inout SQLPrinter) -> Void) {
        depth += symbols
        print(&self)
        depth -= symbols
    }

    /// Whether the parser can hold the select here, with whatever inside it can be detached counted as detached.
    private func fits(_ select: SQLSelect) -> Bool {
        guard let limit = Dialect.parserDepth else { return true }
        return depth + SQLDepth.nested + SQLDepth.of(select) <= limit
    }

    /// Prints the select as a text of its own, and the call that runs it in this place.
    private mutating func detach(_ select: SQLSelect) {
        var printer = SQLPrinter()
        printer.isDetached = true
        printer.select(select)
        expression(Dialect.detached(printer.text, printer.arguments))
    }

    // MARK: The three things that may be appended

    mutating func identifier(_ name: String) {
        text += Dialect.quotedIdentifier(name)
    }

    mutating func name(_ table: SQLTableName) {
        if let schema = table.schema {
            identifier(schema)
            text += "."
        }
        identifier(table.name)
    }

    private mutating func literal(_ value: String) {
        text += Dialect.quotedText(value)
    }

    private mutating func position(_ argument: SQLExpression) -> Int {
        if let known = positions[argument] { return known }
        arguments.append(argument)
        positions[argument] = arguments.count
        return arguments.count
    }
}
