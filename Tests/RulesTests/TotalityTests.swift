// Operators that a connector declares total run on rows that a rule hides (docs/reference/total-operators.md). Each is tried here on
// what SQLite may hold in a column of every type; PostgreSQL's are tried in PostgresTotalityTests.
import Base
import Foundation
import Gateway
import GraphQL
import Metadata
import TestSupport
import Testing

@Suite
struct TotalityTests {
    private static let types = [
        "INT", "SMALLINT", "BIGINT", "REAL", "DOUBLE", "NUMERIC", "TEXT", "VARCHAR(10) COLLATE NOCASE", "", "UUID",
        "BOOLEAN",
        "DATE", "TIME", "TIMESTAMP", "TIMESTAMPTZ", "BLOB", "JSON", "JSONB",
    ]

    /// Any of them may stand in any column.
    private static let awkward = [
        "NULL", "0", "-9223372036854775808", "9223372036854775807", "1.5", "-1e308", "9e999", "-9e999", "''", "'x'",
        "'{'",
        "'[1,'", "'{\"a\": 1}'", "'1e400'", "'2024-02-29T12:00:00Z'", "'9999-99-99'", "'24:00:00'", "'true'",
        "'a' || char(0) || 'b'", "CAST(x'ff80' AS TEXT)", "x''", "x'00ff'",
        "'[' || replace(hex(zeroblob(300)), '00', '[')",
    ]

    private static let operands: [ScalarKind.Family: [String]] = [
        .integer: ["0", "-7", "32767"], .fractional: ["0.5", "-1e300", "7"], .boolean: ["true", "false"],
        .text: [#""""#, #""\u0001""#, #""x""#], .calendar: [#""2024-02-29""#], .instant: [#""0001-01-01T00:00:00Z""#],
        .document: [#"{"a": 1}"#, "[]", "null"], .binary: [#""""#, #""/w==""#],
    ]

    private static func tables(hasRows: Bool) -> String {
        types.enumerated().map { index, type in
            let rows = awkward.map { "insert into t\(index) (v) values (\($0));" }.joined(separator: "\n")
            return "create table t\(index) (id integer primary key, v \(type));\n" + (hasRows ? rows : "")
        }.joined(separator: "\n")
    }

    private static func gateway(hasRows: Bool) async throws -> TestGateway {
        let hidden = #"{"rule": "match", "type": "number", "eval": ">", "f1": "args.row.id", "f2": "args.auth.above"}"#
        return try await TestGateway.make(
            sql: tables(hasRows: hasRows),
            collections: types.indices.map { #""main.t\#($0)": {"read": \#(hidden)}"# }.joined(separator: ", "))
    }

    @Test
    func `no total operator raises anything on a hidden row of SQLite`() async throws {
        let (full, empty) = try await (Self.gateway(hasRows: true), Self.gateway(hasRows: false))
        var tried = 0
        for (index, type) in Self.types.enumerated() {
            let collection = try #require(
                full.project.catalog.collection(named: CollectionName(source: "main", collection: "t\(index)")))
            let capabilities = full.project.catalog[collection.source].capabilities
            let kind = collection.fields[1].type
            var operands = Self.operands[kind.family] ?? []
            if kind == .uuid { operands = [#""00000000-0000-0000-0000-000000000000""#] }
            if kind == .time { operands = [#""23:59:59.999999""#] }
            for comparison in capabilities.operators(for: kind) where capabilities.totalOperators.contains(comparison) {
                for operand in operands where operand != "null" {
                    let value = comparison.takesList ? "[\(operand)]" : operand
                    let variable = comparison.takesList ? "[\(kind.reference)!]" : "\(kind.reference)"
                    for filter in ["{v: {\(comparison.rawValue): $v}}", "{_not: {v: {\(comparison.rawValue): $v}}}"] {
                        let query = "query($v: \(variable)) { t\(index)(where: \(filter)) { id } }"
                        // All rows are hidden; then the same of a caller who sees them.
                        let answers = await (
                            full.answer(query, "{\"v\": \(value)}", as: #"{"above": 1000}"#),
                            empty.answer(query, "{\"v\": \(value)}", as: #"{"above": 1000}"#),
                            full.answer(query, "{\"v\": \(value)}", as: #"{"above": 0}"#)
                        )
                        #expect(answers.0 == answers.1, "\(type) \(filter) \(value)")
                        #expect(answers.2.hasPrefix(#"{"data""#), "\(type) \(filter) \(value): \(answers.2)")
                        tried += 1
                    }
                }
            }
        }
        #expect(tried > 300, "\(tried)")
    }

    @Test(arguments: PostgresCluster.isInstalled ? ["SQLite", "PostgreSQL"] : ["SQLite"])
    func `the table of a connector lists its total operators`(_ name: String) async throws {
        let gateway = try await TestGateway.make(
            sql: "create table t (id int primary key);", collections: #""main.t": {"read": {"rule": "allow"}}"#,
            in: name == "SQLite" ? .sqlite : .postgres)
        let collection = try #require(
            gateway.project.catalog.collection(named: CollectionName(source: "main", collection: "t")))
        let page = try Repository.text(of: Repository.root.appendingPathComponent("docs/reference/total-operators.md"))
        let section = page.split(separator: "\n## ").first { $0.hasPrefix(name) } ?? ""
        let listed = section.split(separator: "\n").filter { $0.hasPrefix("| `") }.flatMap { line in
            line.split(separator: "|")[0].split(separator: "`").filter { $0.hasPrefix("_") }.map(String.init)
        }
        let declared = gateway.project.catalog[collection.source].capabilities.totalOperators
        #expect(Set(listed) == Set(declared.map(\.rawValue)))
    }
}
