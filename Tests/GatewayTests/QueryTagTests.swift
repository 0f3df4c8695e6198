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

    private static let trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"

    private static let zeros = String(repeating: "0", count: 32)
    private static let traces: [(String, Bool?)] = [
        (trace, true), ("\(trace.dropLast())0", false), ("\(trace.dropLast(2))ff", true),
        ("01\(trace.dropFirst(2))", true),
        ("cc\(trace.dropFirst(2))-more", true), ("cc\(trace.dropFirst(2))more", nil), ("\(trace)-more", nil),
        ("ff\(trace.dropFirst(2))", nil), (trace.uppercased(), nil), (String(trace.dropLast()), nil), ("", nil),
        (trace.replacing("-", with: "_"), nil), ("00-\(zeros)\(trace.dropFirst(35))", nil),
        ("\(trace.prefix(36))\(zeros.prefix(16))-01", nil), ("\(trace.dropLast())'", nil),
    ]

    @Test(arguments: traces)
    func `a trace is what the standard says it is`(_ header: String, _ isSampled: Bool?) {
        let trace = TraceParent(header.utf8)
        #expect(trace?.isSampled == isSampled)
        #expect(trace.map { header.hasPrefix($0.text) && $0.text.utf8.count == 55 } ?? true)
    }

    @Test func `a request that is part of a trace says so in its statements`() async throws {
        let gateway = try await Self.gateway(#""queryTags": "trace""#)
        let plain = try await Self.gateway(#""queryTags": true"#)
        var request = GraphQLRequest(query: Array("query Feed { query { a } }".utf8))
        request.trace = TraceParent(Self.trace.utf8)
        for _ in 0..<3 {
            let answer = await gateway.answer(request, as: TestCaller.anonymous.caller)
            #expect(
                answer.hasPrefix(
                    #"{"data":{"query":[{"a":"/* operation='Feed', traceparent='\#(Self.trace)' */ SELECT "#),
                "\(answer)")
            // The statement itself stays what it is.
            #expect(
                await gateway.data("query Feed { query { a } }").hasPrefix(
                    #"{"query":[{"a":"/* operation='Feed' */ SELECT "#))
        }
        #expect(
            await plain.answer(request, as: TestCaller.anonymous.caller).hasPrefix(
                #"{"data":{"query":[{"a":"/* operation='Feed' */ SELECT "#))
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
                "track": "all", "queryTags": "trace",
                "collections": { "t": { "computedFields": { "asked": { "function": "asked" } } } }
                """, in: .postgres)
        var traced = GraphQLRequest(query: Array("mutation Add { insert_t_one(object: {id: 1}) { asked } }".utf8))
        traced.trace = TraceParent(Self.trace.utf8)
        let tracedAnswer = await gateway.answer(traced, as: TestCaller.anonymous.caller)
        let start =
            #"{"data":{"insert_t_one":{"asked":"/* operation='Add', traceparent='\#(Self.trace)' */ SELECT CASE "#
        #expect(tracedAnswer.hasPrefix(start), "\(tracedAnswer)")
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
