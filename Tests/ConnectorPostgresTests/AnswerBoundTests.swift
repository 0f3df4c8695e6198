// Answers that are larger than one may be: no byte of them leaves the database.
import TestSupport
import Testing

@testable import ConnectorPostgres

@Suite(.enabled(if: PostgresCluster.isInstalled, Comment(rawValue: PostgresCluster.missing)))
struct AnswerBoundTests {
    private static func count(_ select: String, cells: Int = 1, bytes: Int) throws -> Int {
        let connector = try PostgresConnector(url: PostgresCluster.shared().database(""))
        defer { connector.close() }
        return try connector.answer(AnswerBound.bounded(select, cells: cells, bytes: bytes)).count
    }

    @Test(arguments: [
        ("SELECT (SELECT repeat('x', 1000))", 1, 1000, 1), ("SELECT (SELECT repeat('x', 1001))", 1, 1000, 0),
        // What is no row of its table is null, and of no size.
        ("SELECT (SELECT 'x' WHERE FALSE)", 1, 1000, 1),
        ("SELECT (SELECT repeat('x', 600)), (SELECT NULL::json), (SELECT repeat('x', 400))", 3, 1000, 1),
        ("SELECT (SELECT repeat('x', 600)), (SELECT NULL::json), (SELECT repeat('x', 420))", 3, 1000, 0),
    ])
    func `all columns together have a bound`(_ select: String, _ cells: Int, _ bytes: Int, _ rows: Int) throws {
        #expect(try Self.count(select, cells: cells, bytes: bytes) == rows)
    }

    @Test func `an answer is computed once`() throws {
        let sequence = "(SELECT nextval('drawn')::text)"
        let connector = try PostgresConnector(url: PostgresCluster.shared().database("create sequence drawn"))
        defer { connector.close() }
        for expected in 1...3 {
            let rows = try connector.answer(AnswerBound.bounded("SELECT \(sequence)", cells: 1, bytes: 100))
            #expect(rows == [["\(expected)"]])
        }
    }

    @Test func `what is too large is an error, and what is left of it is not`() async throws {
        let gateway = try await TestGateway.make(
            sql: """
                create table t (id int primary key, a text);
                insert into t select n, repeat('x', 600) from generate_series(1, 4) n;
                """,
            collections: #""main.t": { "read": { "rule": "allow" } }"#,
            server: #""limits": { "responseBytes": 1024 }"#, in: .postgres)
        for _ in 0..<3 {
            let failure = await gateway.failure("{ t { a } }")
            #expect(failure.hasPrefix("limit-exceeded at $"), "\(failure)")
            #expect(await gateway.data("{ t_by_pk(id: 9) { a } }") == #"{"t_by_pk":null}"#)
            #expect(await gateway.data("{ t(limit: 1) { id } }") == #"{"t":[{"id":1}]}"#)
        }
    }
}

extension PostgresConnector {
    fileprivate func answer(_ text: String) throws -> [[String?]] {
        let handle = try PostgresHandle(connecting: target.settings(statementTimeout: 10_000))
        return try handle.run(text).rows
    }
}
