// Tags of statements, and the database's own account of one.
import Base
import Connectors
import Gateway
import Metadata
import TestSupport
import Testing

@Suite(.enabled(if: PostgresCluster.isInstalled, Comment(rawValue: PostgresCluster.missing)))
struct QueryTagTests {
    @Test(arguments: [
        ("Feed", "/* operation='Feed' */ "), (nil, "/* operation='' */ "),
        ("a*/ drop table t; /*", "/* operation='adroptablet' */ "),
        (String(repeating: "x", count: 200), "/* operation='\(String(repeating: "x", count: 63))' */ "),
        ("é'\u{0}\n", "/* operation='' */ "),
    ])
    func `a tag holds the letters of a name and nothing else`(_ name: String?, _ expected: String) {
        #expect(StatementTag(operation: name).text == expected)
    }

    private static func gateway(_ source: String) async throws -> TestGateway {
        try await TestGateway.make(
            sql: """
                create table t (id int primary key, a text);
                insert into t values (1, 'x');
                create function query() returns setof t language sql stable as
                  $$ select 1, query from pg_stat_activity where pid = pg_backend_pid() $$;
                """,
            collections: #""main.t": { "read": { "rule": "allow" }, "create": { "rule": "allow" } }"#,
            source: #""track": "all", "functions": { "query": {} }, \#(source)"#, in: .postgres)
    }

    @Test func `statements begin with the name of their operation, and stay one statement`() async throws {
        let gateway = try await Self.gateway(#""queryTags": true"#)
        for _ in 0..<5 {
            let text = await gateway.data("query Feed { query { a } }")
            #expect(text.hasPrefix(#"{"query":[{"a":"/* operation='Feed' */ SELECT "#), "\(text)")
        }
        #expect(await gateway.data("{ query { a } }").hasPrefix(#"{"query":[{"a":"/* operation='' */ SELECT "#))
        #expect(
            await gateway.data("mutation Add { insert_t(objects: {id: 2}) { affected_rows } }")
                == #"{"insert_t":{"affected_rows":1}}"#)
        let plain = try await Self.gateway(#""queryTags": false"#)
        #expect(await plain.data("query Feed { query { a } }").hasPrefix(#"{"query":[{"a":"SELECT "#))
    }

    @Test func `the read that ends a mutation begins with it, too`() async throws {
        let gateway = try await TestGateway.make(
            sql: """
                create table t (id int primary key);
                create function asked(t) returns text language sql stable as
                  $$ select query from pg_stat_activity where pid = pg_backend_pid() $$;
                """,
            collections: """
                "main.t": {
                  "read": { "rule": "allow" }, "create": { "rule": "allow" },
                  "fields": { "asked": { "read": { "rule": "allow" } } } }
                """,
            source: """
                "track": "all", "queryTags": true,
                "collections": { "t": { "computedFields": { "asked": { "function": "asked" } } } }
                """, in: .postgres)
        let answer = await gateway.data("mutation Add { insert_t_one(object: {id: 2}) { asked } }")
        #expect(answer.hasPrefix(#"{"insert_t_one":{"asked":"/* operation='Add' */ SELECT CASE "#), "\(answer)")
    }

    @Test func `an analysis runs the statement with the caller's values and cannot write`() async throws {
        let gateway = try await Self.gateway(#""refresh": 0"#)
        let explain = { (query: String) throws(RequestFailure) in
            try gateway.explain(query, #"{"id": 1}"#, analyzes: true)
        }
        let explanation = try explain("query($id: Int!) { t(where: {id: {_eq: $id}}) { a } }")
        let analysis = try #require(explanation.statements.first?.analysis)
        #expect(analysis.contains("Execution Time") && analysis.contains("actual time"), "\(analysis)")
        #expect(throws: RequestFailure.self) {
            try explain("mutation { insert_t(objects: {id: 3}) { affected_rows } }")
        }
        #expect(await gateway.data("{ t { id } }") == #"{"t":[{"id":1}]}"#)
    }
}
