// What a table needs to be an enum type, and the words for what it lacks.
import Testing

@testable import Metadata

@Suite
struct EnumerationTests {
    private static func table(
        _ rows: [EnumRowDescription]?, key: [String] = ["value"], type: ScalarKind = .string,
        kind: TableDescription.Kind = .table
    ) -> TableDescription {
        TableDescription(
            kind: kind, name: "colors",
            columns: [
                ColumnDescription(name: "value", type: type, isNullable: false),
                ColumnDescription(name: "comment", type: .string, isNullable: true),
            ], primaryKey: key, enumRows: rows)
    }

    @Test
    func `values are sorted by name and keep their comments`() throws {
        let rows = [
            EnumRowDescription(value: "red", description: "#F00"), EnumRowDescription(value: "Red"),
            EnumRowDescription(value: "blue"),
        ]
        let enumeration = try Enumeration(Self.table(rows), name: "colors_enum")
        #expect(enumeration.values.map(\.name) == ["Red", "blue", "red"])
        #expect(enumeration.values.map(\.description) == [nil, nil, "#F00"])
    }

    @Test(arguments: [
        (table([]), #"the enum table "colors" has no rows, and an enum needs a value"#),
        (table(nil), #"the enum table "colors" has no rows, and an enum needs a value"#),
        (table([.init(value: nil)]), #"the enum table "colors" has a row whose "value" is no text"#),
        (
            table([.init(value: "red"), .init(value: "light green")]),
            #"the enum table "colors" has the value "light green", which is not a GraphQL name"#
        ),
        (table([.init(value: "")]), #"the enum table "colors" has the value "", which is not a GraphQL name"#),
        (table([.init(value: "__x")]), #"the enum table "colors" has the value "__x", which is not a GraphQL name"#),
        (
            table([.init(value: "true")]),
            #"the enum table "colors" has the value "true", which GraphQL allows in no enum"#
        ),
        (
            table((0...10_000).map { .init(value: "v\($0)") }), #"the enum table "colors" has more than 10000 rows"#
        ),
        (
            table([.init(value: "red")], key: []),
            #"the enum table "colors" needs one text column as its primary key: its values are the names of the enum"#
        ),
        (
            table([.init(value: "red")], key: ["value", "comment"]),
            #"the enum table "colors" needs one text column as its primary key: its values are the names of the enum"#
        ),
        (
            table([.init(value: "1")], type: .int),
            #"the enum table "colors" needs one text column as its primary key: its values are the names of the enum"#
        ),
        (
            table([.init(value: "red")], kind: .view),
            #"the enum table "colors" needs one text column as its primary key: its values are the names of the enum"#
        ),
    ])
    func `a table that cannot be one says why`(_ table: TableDescription, _ message: String) {
        let problem = #expect(throws: EnumerationProblem.self) { try Enumeration(table, name: "colors_enum") }
        #expect(problem?.message == message)
    }
}
