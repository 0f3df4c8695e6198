// An enum type whose values are the rows of a table (dialect of the API, sections 3 and 11): what `enum: true` makes of it.
// The rows are read when the project is loaded; one that comes later is a value from the next load on.

package struct Enumeration: Sendable, Hashable {
    package struct Value: Sendable, Hashable {
        package let name: String
        package let description: String?

        package init(name: String, description: String? = nil) {
            self.name = name
            self.description = description
        }
    }

    /// `<table>_enum`
    package let name: String
    /// Sorted by name; never empty.
    package let values: [Value]

    package var kind: ScalarKind { .enumeration(name) }

    /// Rows that a table may have to be one.
    package static let maximumValues = 10_000
    /// The column whose texts describe the values.
    package static let descriptionColumn = "comment"
}

/// Why a table is none, in the words of a configuration error.
struct EnumerationProblem: Error {
    let message: String
    let suggestion: String?

    init(_ message: String, _ suggestion: String? = nil) {
        self.message = message
        self.suggestion = suggestion
    }
}

extension Enumeration {
    init(_ table: TableDescription, name: String) throws(EnumerationProblem) {
        let title = "the enum table \"\(table.name)\""
        let key = table.columns.filter { table.primaryKey.contains($0.name) }
        guard table.kind == .table, key.count == 1, key[0].type == .string else {
            throw EnumerationProblem(
                "\(title) needs one text column as its primary key: its values are the names of the enum")
        }
        let rows = table.enumRows ?? []
        guard !rows.isEmpty else {
            throw EnumerationProblem(
                "\(title) has no rows, and an enum needs a value", "fill the table before the gateway starts")
        }
        guard rows.count <= Self.maximumValues else {
            throw EnumerationProblem("\(title) has more than \(Self.maximumValues) rows")
        }
        var values: [Value] = []
        for row in rows {
            guard let value = row.value else {
                throw EnumerationProblem("\(title) has a row whose \"\(key[0].name)\" is no text")
            }
            guard isGraphQLName(value) else {
                throw EnumerationProblem(
                    "\(title) has the value \"\(value)\", which is not a GraphQL name",
                    "letters, digits and _ only, no digit first, not __ first")
            }
            guard !["true", "false", "null"].contains(value) else {
                throw EnumerationProblem("\(title) has the value \"\(value)\", which GraphQL allows in no enum")
            }
            values.append(Value(name: value, description: row.description))
        }
        self.name = name
        self.values = values.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
    }
}
