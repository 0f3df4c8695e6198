// Plans as text, one node a line: what `perigee explain` shows and golden files pin. It prints both stages with the
// same words, so that two printed plans differ exactly where the rules changed something.
package import Metadata

package struct PlanPrinter {
    let catalog: Catalog
    private var lines: [String] = []

    package init(catalog: Catalog) {
        self.catalog = catalog
    }

    package static func print<Stage: PlanStage>(_ roots: [RootField<Stage>], catalog: Catalog) -> String {
        var printer = PlanPrinter(catalog: catalog)
        let isMutation = roots.contains { if case .write = $0.content { true } else { false } }
        printer.line(0, isMutation ? "mutation" : "query")
        for root in roots {
            switch root.content {
            case .typename(let name): printer.line(1, "\(root.responseKey): typename \(name)")
            case .introspection: printer.line(1, "\(root.responseKey): introspection")
            case .read(let read): printer.read(root.responseKey, read, 1)
            case .write(let write): printer.write(root.responseKey, write, 1)
            }
        }
        return printer.lines.joined(separator: "\n") + "\n"
    }

    mutating func line(_ depth: Int, _ text: String) {
        lines.append(String(repeating: "  ", count: depth) + text)
    }

    mutating func read<Stage: PlanStage>(_ key: String, _ read: ReadPlan<Stage>, _ depth: Int) {
        let via = read.link.map { " via \(catalog.relationship($0).name)" } ?? ""
        let call = read.call.map { " from \(text($0))" } ?? ""
        line(depth, "\(key): \(read.form.rawValue) \(catalog[read.collection].name)\(via)\(call)")
        for text in read.security.describe(in: catalog) { line(depth + 1, text) }
        if read.predicate != .alwaysTrue {
            line(depth + 1, "where " + RowPredicateText(catalog: catalog).text(read.predicate))
        }
        if !read.distinct.isEmpty {
            line(depth + 1, "distinct " + read.distinct.map { $0.describe(in: catalog) }.joined(separator: ", "))
        }
        if !read.ordering.isEmpty {
            let terms = read.ordering.map { "\($0.value.describe(in: catalog)) \($0.direction.rawValue)" }
            line(depth + 1, "order " + terms.joined(separator: ", "))
        }
        if let limit = read.limit { line(depth + 1, "limit \(limit.description)") }
        if let offset = read.offset { line(depth + 1, "offset \(offset.description)") }
        switch read.selection {
        case .row(let members): rows(members, depth + 1)
        case .aggregate(let members): aggregates(members, depth + 1)
        case .groups(let grouping): groups(grouping, depth + 1)
        case .connection(let connection): self.connection(connection, depth + 1)
        }
    }

    private func text(_ call: FunctionCall) -> String {
        let arguments = call.arguments.map { argument in
            switch argument {
            case .value(let parameter): parameter?.description ?? "null"
            case .row: "row"
            }
        }
        let location = call.function(in: catalog).location
        return "\(location.schema).\(location.table)(\(arguments.joined(separator: ", ")))"
    }

    private mutating func connection<Stage: PlanStage>(_ connection: Connection<Stage>, _ depth: Int) {
        let cursors = [("after", connection.after), ("before", connection.before)]
        for case (let word, let cursor?) in cursors {
            line(depth, "\(word) \(Parameter(origin: cursor.origin, target: .bytes))")
        }
        if connection.isBackward { line(depth, "from the end") }
        for member in connection.members {
            switch member.content {
            case .typename(let name): line(depth, "\(member.responseKey): typename \(name)")
            case .pageInfo(let members):
                line(depth, "\(member.responseKey): pageInfo")
                for member in members { line(depth + 1, "\(member.responseKey): \(member.content.rawValue)") }
            case .edges(let members):
                line(depth, "\(member.responseKey): edges")
                for member in members {
                    switch member.content {
                    case .typename(let name): line(depth + 1, "\(member.responseKey): typename \(name)")
                    case .cursor: line(depth + 1, "\(member.responseKey): cursor")
                    case .node(let fields):
                        line(depth + 1, "\(member.responseKey): node")
                        rows(fields, depth + 2)
                    }
                }
            }
        }
    }

    private mutating func groups<Stage: PlanStage>(_ grouping: Grouping<Stage>, _ depth: Int) {
        line(depth, "by " + grouping.keys.map { $0.describe(in: catalog) }.joined(separator: ", "))
        if grouping.having != .alwaysTrue {
            line(depth, "having " + RowPredicateText(catalog: catalog).text(grouping.having))
        }
        for member in grouping.members {
            switch member.content {
            case .typename(let name): line(depth, "\(member.responseKey): typename \(name)")
            case .key(let fields):
                line(depth, "\(member.responseKey): key")
                rows(fields, depth + 1)
            case .aggregate(let fields):
                line(depth, "\(member.responseKey): aggregate")
                for field in fields { aggregateField(field, depth + 1) }
            }
        }
    }

    private mutating func rows<Stage: PlanStage>(_ members: [RowMember<Stage>], _ depth: Int) {
        for member in members {
            switch member.content {
            case .typename(let name): line(depth, "\(member.responseKey): typename \(name)")
            case .value(let value, let type):
                line(depth, "\(member.responseKey): \(value.describe(in: catalog)) \(type.graphQLName)")
            case .read(let read): self.read(member.responseKey, read, depth)
            }
        }
    }

    private mutating func aggregates<Stage: PlanStage>(_ members: [AggregateMember<Stage>], _ depth: Int) {
        for member in members {
            switch member.content {
            case .typename(let name): line(depth, "\(member.responseKey): typename \(name)")
            case .nodes(let rows):
                line(depth, "\(member.responseKey): nodes")
                self.rows(rows, depth + 1)
            case .aggregate(let fields):
                line(depth, "\(member.responseKey): aggregate")
                for field in fields { aggregateField(field, depth + 1) }
            }
        }
    }

    private mutating func aggregateField<Stage: PlanStage>(_ field: AggregateField<Stage>, _ depth: Int) {
        switch field.content {
        case .typename(let name): line(depth, "\(field.responseKey): typename \(name)")
        case .count(let columns, let distinct):
            let names = columns.map { $0.describe(in: catalog) }.joined(separator: ", ")
            line(depth, "\(field.responseKey): count\(distinct ? " distinct" : "")(\(names))")
        case .function(let function, let columns):
            line(depth, "\(field.responseKey): \(function.rawValue)")
            for column in columns {
                switch column.content {
                case .typename(let name): line(depth + 1, "\(column.responseKey): typename \(name)")
                case .value(let value, _): line(depth + 1, "\(column.responseKey): \(value.describe(in: catalog))")
                }
            }
        }
    }
}

/// A predicate on one line, with the words of the dialect's `where`.
package struct RowPredicateText {
    private let catalog: Catalog

    package init(catalog: Catalog) {
        self.catalog = catalog
    }

    package func text<Stage: PlanStage>(_ predicate: RowPredicate<Stage>) -> String {
        switch predicate {
        case .constant(.isTrue): return "true"
        case .constant(.isFalse): return "false"
        case .constant(.unknown): return "unknown"
        case .all(let parts): return "(" + parts.map { text($0) }.joined(separator: " and ") + ")"
        case .any(let parts): return "(" + parts.map { text($0) }.joined(separator: " or ") + ")"
        case .not(let inner): return "not \(text(inner))"
        case .isTrue(let inner): return "\(text(inner)) is true"
        case .isNull(let value): return "\(value.describe(in: catalog)) is null"
        case .when(let guardian, let inner): return "(when \(text(guardian)) then \(text(inner)))"
        case .comparison(let comparison):
            let operand =
                switch comparison.operand {
                case .parameter(let parameter): parameter.description
                case .value(let value): value.describe(in: catalog)
                }
            return "\(comparison.value.describe(in: catalog)) \(comparison.comparison.rawValue) \(operand)"
        case .related(let reference, let security, let inner):
            let conditions = security.describe(in: catalog) + (inner == .alwaysTrue ? [] : [text(inner)])
            return "some \(catalog.relationship(reference).name)(\(conditions.joined(separator: "; ")))"
        case .exists(let collection, let inner):
            return "exists \(catalog[collection].name)(\(inner == .alwaysTrue ? "" : text(inner)))"
        }
    }
}

extension Parameter: CustomStringConvertible {
    package var description: String {
        switch origin {
        case .constant(let text): return text
        case .variable(let name, let path):
            return path.reduce("$" + name) { text, step in
                switch step {
                case .member(let name): "\(text).\(name)"
                case .item(let index): "\(text)[\(index)]"
                }
            }
        case .composed(let pieces):
            return pieces.reduce("") { text, piece in
                switch piece {
                case .text(let piece): text + piece
                case .variable(let name): text + "$" + name
                }
            }
        case .cursor(let cursor, let index):
            return "\(Parameter(origin: cursor.origin, target: .bytes))[\(index)]"
        case .claim(let path): return (["args.auth"] + path).joined(separator: ".")
        case .claims: return "args.auth"
        case .now: return "args.now"
        case .maskKey(let collection, let column): return "maskKey(\(collection).\(column))"
        case .sealed(let inner, .hashed, _): return "hash(\(inner))"
        case .sealed(let inner, .encrypted, _): return "encrypt(\(inner))"
        case .sealed(let inner, .clear, _): return "clear(\(inner))"
        case .integer(let value): return String(value)
        case .written(let slot, let column): return "written(\(slot).\(column))"
        case .keys(let slot): return "keys(\(slot))"
        }
    }
}
