// The tree as text: names quoted, the gateway's own texts quoted, values as placeholders and nothing else.
import ConnectorSQLite
import Metadata
import Patterns
import Planning
import Testing

@testable import SQL

struct SQLPrinterTests {
    private static func text(_ expression: SQLExpression) -> String {
        SQLPrinter.print(SQLSelect([SQLColumn(expression)]), dialect: SQLiteDialect.self).text
    }

    private static func parameter(_ text: String, at path: String = "$") -> Parameter {
        Parameter(origin: .constant(JSONText(text)), target: .value(.string), errorPath: path)
    }

    private static let a = SQLExpression.column(alias: "t", name: "a")

    @Test(arguments: [
        ("plain", #""plain""#), ("select", #""select""#), ("a\"b", #""a""b""#), ("\"", #""""""#),
        ("\"; drop table users; --", #""""; drop table users; --""#),
        ("it's", #""it's""#), ("with space", #""with space""#), ("back\\slash", #""back\slash""#),
        ("Ünï 🚀", #""Ünï 🚀""#), ("a.b", #""a.b""#), ("line\nbreak", "\"line\nbreak\""),
        ("?1", #""?1""#), ("e\u{301}\"\u{301}", "\"e\u{301}\"\"\u{301}\""),
    ])
    func `a name is quoted whatever it holds`(_ name: String, _ quoted: String) {
        #expect(SQLiteDialect.quotedIdentifier(name) == quoted)
        let select = SQLSelect(
            [SQLColumn(.column(alias: name, name: name), as: name)], from: .named(SQLTableName(name), alias: name))
        let text = SQLPrinter.print(select, dialect: SQLiteDialect.self).text
        #expect(Array(text.utf8) == Array("SELECT \(quoted).\(quoted) AS \(quoted) FROM \(quoted) AS \(quoted)".utf8))
    }

    @Test(arguments: [
        ("plain", "'plain'"), ("", "''"), ("it's", "'it''s'"), ("''", "''''''"),
        ("'; drop table users; --", "'''; drop table users; --'"), ("\"", "'\"'"), ("\\'", "'\\'''"),
        ("🚀 é", "'🚀 é'"), ("'\u{301}", "'''\u{301}'"),
    ])
    func `a text of the gateway's own is quoted whatever it holds`(_ value: String, _ quoted: String) {
        #expect(Array(Self.text(.text(value)).utf8) == Array("SELECT \(quoted)".utf8))
    }

    @Test(
        arguments: [
            (SQLExpression.null, "NULL"), (.boolean(true), "1"), (.boolean(false), "0"), (.integer(-7), "-7"),
            (a, #""t"."a""#), (.isNull(a), #"("t"."a" IS NULL)"#),
            (.isTrue(a), #"("t"."a" IS TRUE)"#), (.not(.isNull(a)), #"(NOT ("t"."a" IS NULL))"#), (.all([]), "1"),
            (.any([]), "0"), (.all([a]), #"("t"."a")"#),
            (.all([a, .any([a, .null])]), #"("t"."a" AND ("t"."a" OR NULL))"#),
            (.infix(a, .notEqual, .integer(1)), #"("t"."a" <> 1)"#),
            (.infix(.infix(a, .concatenate, .text(",")), .concatenate, a), #"(("t"."a" || ',') || "t"."a")"#),
            (.collated(a, "BINARY"), #"("t"."a" COLLATE BINARY)"#),
            (.like(a, pattern: .text("x")), #"("t"."a" LIKE 'x' ESCAPE '\')"#),
            (.function("count", [a]), #"count("t"."a")"#), (.countAll, "count(*)"),
            (.countDistinct(a), #"count(DISTINCT "t"."a")"#),
            (
                .choose([SQLBranch(a, .integer(1)), SQLBranch(.null, .integer(2))], otherwise: .integer(3)),
                #"CASE WHEN "t"."a" THEN 1 WHEN NULL THEN 2 ELSE 3 END"#
            ),
            (.choose([SQLBranch(a, .integer(1))], otherwise: nil), #"CASE WHEN "t"."a" THEN 1 END"#),
            (.owner("views / 2 -- half", .int), "(views / 2 -- half\n)"),
            (
                .rowNumber(
                    partition: [a], ordering: [SQLOrderingTerm(value: a, isDescending: true, nullsFirst: false)]),
                #"row_number() OVER (PARTITION BY "t"."a" ORDER BY "t"."a" DESC NULLS LAST)"#
            ),
        ] as [(SQLExpression, String)])
    func `an expression keeps its structure`(_ expression: SQLExpression, _ expected: String) {
        #expect(Self.text(expression) == "SELECT " + expected)
    }

    @Test
    func `a select has its clauses in order`() {
        var select = SQLSelect([SQLColumn(Self.a, as: "c")], from: .named("x", alias: "t"), condition: .isNull(Self.a))
        select.ordering = [
            SQLOrderingTerm(value: Self.a, isDescending: false, nullsFirst: nil),
            .init(value: .integer(1), isDescending: true, nullsFirst: true),
        ]
        select.limit = .parameter(Self.parameter("1"))
        select.offset = .parameter(Self.parameter("2"))
        let printed = SQLPrinter.print(select, dialect: SQLiteDialect.self)
        #expect(
            printed.text
                == #"SELECT "t"."a" AS "c" FROM "x" AS "t" WHERE ("t"."a" IS NULL) ORDER BY "t"."a" ASC, 1 DESC NULLS FIRST LIMIT ?1 OFFSET ?2"#
        )
        #expect(printed.parameters == [Self.parameter("1"), Self.parameter("2")])
    }

    @Test
    func `one value has one placeholder wherever it stands`() {
        let first = SQLExpression.parameter(Self.parameter("1", at: "$.a"))
        let second = SQLExpression.parameter(Parameter(origin: .claim(path: ["id"]), target: .value(.int)))
        let printed = SQLPrinter.print(
            SQLSelect([SQLColumn(.all([first, second, first])), SQLColumn(.scalar(SQLSelect([SQLColumn(second)])))]),
            dialect: SQLiteDialect.self)
        #expect(printed.text == "SELECT (?1 AND ?2 AND ?1), (SELECT ?2)")
        #expect(printed.parameters.count == 2)
    }

    @Test
    func `two values that only look alike have two`() {
        let texts = ["\"\u{e9}\"", "\"e\u{301}\""]
        let printed = SQLPrinter.print(
            SQLSelect(texts.map { SQLColumn(.parameter(Self.parameter($0))) }), dialect: SQLiteDialect.self)
        #expect(printed.text == "SELECT ?1, ?2")
        let kinds = [Parameter.Target.value(.string), .pattern(.like), .list(of: .string)]
        let targets = SQLPrinter.print(
            SQLSelect(kinds.map { SQLColumn(.parameter(Parameter(origin: .constant("\"x\""), target: $0))) }),
            dialect: SQLiteDialect.self)
        #expect(targets.text == "SELECT ?1, ?2, ?3")
    }

    @Test
    func `what the parser could not hold is a text of its own, with the outer columns as arguments`() {
        var inner = SQLSelect([SQLColumn(.column(alias: "t0", name: "a"))])
        for _ in 0..<40 { inner = SQLSelect([SQLColumn(.scalar(inner))]) }
        let select = SQLSelect([SQLColumn(.scalar(inner))], from: .named("x", alias: "t0"))
        let text = SQLPrinter.print(select, dialect: SQLiteDialect.self).text
        #expect(text.contains("perigee_read('SELECT"))
        #expect(text.contains(#""t0"."a")"#))
    }
}
