// The operators that the connector declares total must raise nothing, whatever is stored: they run on rows that a rule
// hides, where an error would tell of them. Each is tried on the awkward values of every type.
import Base
import Gateway
import GraphQL
import Metadata
import TestSupport
import Testing

@Suite(.enabled(if: PostgresCluster.isInstalled, Comment(rawValue: PostgresCluster.missing)))
struct PostgresTotalityTests {
    /// Type of a column, and values that lie at the edges of it, as PostgreSQL writes them.
    private static let awkward: [(type: String, values: [String])] = [
        ("int2", ["-32768", "32767"]), ("int4", ["-2147483648", "2147483647"]),
        ("int8", ["-9223372036854775808", "9223372036854775807"]), ("float4", ["NaN", "-Infinity", "1e-45", "3.4e38"]),
        ("float8", ["NaN", "Infinity", "5e-324", "1.7e308"]),
        ("numeric", ["NaN", "Infinity", "-Infinity", "1e-1000", "9e4000"]), ("bool", ["t", "f"]),
        ("text", ["", "%", "\\", "\u{10FFFF}", "a\u{301}", "\u{1}"]), ("varchar(3)", ["", "abc"]),
        ("char(3)", ["", "a"]),
        ("uuid", ["00000000-0000-0000-0000-000000000000"]),
        ("date", ["infinity", "-infinity", "4713-01-01 BC", "5874897-12-31"]),
        ("time", ["00:00", "24:00:00"]), ("timetz", ["00:00+15", "24:00-15"]),
        ("timestamp", ["infinity", "-infinity", "4713-01-01 00:00:00 BC"]),
        ("timestamptz", ["infinity", "-infinity", "294276-12-31 23:59:59+00"]),
        ("interval", ["178000000 years", "-178000000 years", "0"]), ("jsonb", ["null", "[]", "{}", "1e400", "\"\""]),
        ("bytea", ["", "\\x00"]), ("mood", ["sad", "happy"]), ("int4[]", ["{}", "{null}", "{{1},{2}}"]),
        ("text[]", ["{\"\"}"]),
        ("float8[]", ["{NaN,-Infinity}"]), ("inet", ["::/0", "0.0.0.0/0", "255.255.255.255"]), ("cidr", ["::/0"]),
        ("macaddr", ["00:00:00:00:00:00"]), ("money", ["-92233720368547758.08", "92233720368547758.07"]),
        ("bit(3)", ["000", "111"]), ("varbit", ["", "1"]), ("int4range", ["empty", "(,)", "[2147483646,2147483647)"]),
        ("tstzrange", ["empty", "[-infinity,infinity]"]), ("int4multirange", ["{}", "{(,)}"]),
        ("tsvector", ["", "'a':1A,2B"]),
        ("ltree", ["", "a.b.c"]), ("citext", ["", "ß", "İ"]), ("name", ["", "x"]), ("oid", ["0", "4294967295"]),
        ("pg_lsn", ["0/0", "FFFFFFFF/FFFFFFFF"]), ("positive", ["1"]),
    ]

    private static let sql =
        """
        create extension ltree; create extension citext; create type mood as enum ('sad', 'happy');
        create domain positive as int8 check (value > 0);

        """
        + awkward.enumerated().map { index, column in
            let values = (["null"] + column.values.map { "'" + $0.replacing("'", with: "''") + "'" }).map { "(\($0))" }
            return "create table t\(index) (id int generated always as identity primary key, v \(column.type));\n"
                + "insert into t\(index) (v) values \(values.joined(separator: ", "));\n"
        }.joined()

    @Test func `no total operator raises anything`() async throws {
        let gateway = try await TestGateway.make(
            sql: Self.sql,
            collections: Self.awkward.indices.map { #""main.t\#($0)": { "read": { "rule": "allow" } }"# }.joined(
                separator: ", "),
            in: .postgres)
        var tried = 0
        for (index, column) in Self.awkward.enumerated() {
            let collection = try #require(
                gateway.project.catalog.collection(named: CollectionName(source: "main", collection: "t\(index)")))
            let capabilities = gateway.project.catalog[collection.source].capabilities
            let kind = collection.fields[1].type
            let operators = capabilities.operators(for: kind).filter { capabilities.totalOperators.contains($0) }
            #expect(!operators.isEmpty, "\(column.type)")
            // What is printed is taken back.
            let printed = JSONValue(test: await gateway.data("{ t\(index) { v } }")).object?["t\(index)"]?.array ?? []
            #expect(printed.count == column.values.count + 1, "\(column.type)")
            for value in printed.compactMap({ $0.object?["v"] }) where !value.isNull {
                for comparison in operators {
                    let type = comparison.takesList ? "[\(kind.reference)!]" : "\(kind.reference)"
                    let operand = comparison.takesList ? "[\(value.text)]" : value.text
                    let answer = await gateway.answer(
                        "query($v: \(type)) { t\(index)(where: {v: {\(comparison.rawValue): $v}}) { id } }",
                        "{\"v\": \(operand)}")
                    // The gateway may know better than the database what a value of the type is.
                    let isRefused = answer.contains("\"path\":\"$.selectionSet.t\(index).args.where.v.")
                    #expect(
                        answer.hasPrefix("{\"data\"") || isRefused,
                        "\(column.type) \(comparison.rawValue) \(operand): \(answer)")
                    tried += answer.hasPrefix("{\"data\"") ? 1 : 0
                }
            }
        }
        #expect(tried > 500, "\(tried)")
    }
}
