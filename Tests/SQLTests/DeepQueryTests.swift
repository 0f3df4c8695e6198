// However deep a query nests, SQLite takes it and answers as it answers its levels one by one.
import Base
import Gateway
import TestSupport
import Testing

@Suite
struct DeepQueryTests {
    /// A chain: row *n* hangs below row *n - 1*; and each has a note.
    private static let sql = """
        create table nodes (id integer primary key, parent_id int references nodes (id), name text not null, shown boolean not null);
        with recursive n (i) as (select 1 union all select i + 1 from n where i < 24)
        insert into nodes select i, nullif(i - 1, 0), 'n' || i, 1 from n;
        """

    private static let source = #"""
        "track": "all", "collections": { "nodes": { "relationships": {
          "children": { "array": "nodes", "on": { "id": "parent_id" } } } } }
        """#

    private static let rule = #"""
        "main.nodes": { "read": { "rule": "or", "clauses": [
          { "rule": "match", "type": "number", "eval": "==", "f1": "args.row.parent.id", "f2": "args.auth.id" },
          { "rule": "where", "where": { "shown": { "_eq": true }, "_not": { "name": { "_eq": "args.auth.hidden" } } } } ] } }
        """#

    private static let caller: TestCaller = #"{"id": 1, "hidden": "none"}"#

    private static func gateway() async throws -> TestGateway {
        try await TestGateway.make(
            sql: sql, collections: rule, source: source,
            server: #""limits": { "depth": 60, "tokens": 100000, "cost": 1000000000000000 }"#)
    }

    /// Wraps `depth` times, outermost first.
    private static func nest(_ depth: Int, _ innermost: String, _ level: (Int, String) -> String) -> String {
        (0..<depth).reversed().reduce(innermost) { level($1, $0) }
    }

    @Test(arguments: [1, 6, 14, 20])
    func `object relationships`(_ depth: Int) async throws {
        let gateway = try await Self.gateway()
        let query = Self.nest(depth, "id name") { _, inner in "parent { \(inner) }" }
        let expected = Self.nest(depth, #"{"id":\#(24 - depth),"name":"n\#(24 - depth)"}"#) { _, inner in
            #"{"parent":\#(inner)}"#
        }
        #expect(
            await gateway.data("{ nodes_by_pk(id: 24) { \(query) } }", as: Self.caller)
                == #"{"nodes_by_pk":\#(expected)}"#)
    }

    @Test(arguments: [1, 6, 14, 20])
    func `lists with filters, orders, pages and distinct columns at every level`(_ depth: Int) async throws {
        let gateway = try await Self.gateway()
        let arguments = [
            #"where: {name: {_like: "n%"}, _or: [{id: {_gt: 0}}, {parent: {name: {_eq: "x"}}}]}"#,
            "order_by: [{name: desc}, {parent: {name: asc}}], limit: 3",
            "distinct_on: [name], offset: 0", #"where: {_not: {children: {name: {_ilike: "X%"}}}}, limit: 1"#,
        ]
        let query = Self.nest(depth, "id") { level, inner in
            "id children(\(arguments[level % arguments.count])) { \(inner) }"
        }
        let expected = Self.nest(depth, #"{"id":\#(depth + 1)}"#) { level, inner in
            #"{"id":\#(level + 1),"children":[\#(inner)]}"#
        }
        #expect(
            await gateway.data("{ nodes_by_pk(id: 1) { \(query) } }", as: Self.caller)
                == #"{"nodes_by_pk":\#(expected)}"#)
    }

    @Test(arguments: [1, 6, 14, 20])
    func `aggregates inside aggregates`(_ depth: Int) async throws {
        let gateway = try await Self.gateway()
        let query = Self.nest(depth, "id") { _, inner in
            #"children_aggregate(where: {name: {_like: "n%"}}) { aggregate { count max { name } } nodes { \#(inner) } }"#
        }
        let expected = Self.nest(depth, #"{"id":\#(depth + 1)}"#) { level, inner in
            #"{"children_aggregate":{"aggregate":{"count":1,"max":{"name":"n\#(level + 2)"}},"nodes":[\#(inner)]}}"#
        }
        #expect(
            await gateway.data("{ nodes_by_pk(id: 1) { \(query) } }", as: Self.caller)
                == #"{"nodes_by_pk":\#(expected)}"#)
    }

    @Test(arguments: [1, 6, 14, 20])
    func `relationship filters`(_ depth: Int) async throws {
        let gateway = try await Self.gateway()
        let plain = Self.nest(depth, "{id: {_eq: 1}}") { _, inner in "{parent: \(inner)}" }
        #expect(
            await gateway.data("{ nodes(where: \(plain)) { id } }", as: Self.caller)
                == #"{"nodes":[{"id":\#(depth + 1)}]}"#)
        let mixed = Self.nest(depth, #"{name: {_like: "n1"}}"#) { level, inner in
            level % 2 == 0
                ? #"{parent: \#(inner), name: {_like: "n%"}}"# : "{_or: [{parent: \(inner)}, {id: {_lt: 0}}]}"
        }
        #expect(
            await gateway.data("{ nodes(where: \(mixed)) { id } }", as: Self.caller)
                == #"{"nodes":[{"id":\#(depth + 1)}]}"#)
    }

    @Test(arguments: [1, 6, 14, 20])
    func `orders through relationships`(_ depth: Int) async throws {
        let gateway = try await Self.gateway()
        let order = Self.nest(depth, "{id: desc_nulls_last}") { _, inner in "{parent: \(inner)}" }
        #expect(
            await gateway.data("{ nodes(order_by: \(order), limit: 2) { id } }", as: Self.caller)
                == #"{"nodes":[{"id":24},{"id":23}]}"#)
    }

    @Test
    func `a rule's own depth adds to the query's`() async throws {
        let path = Array(repeating: "parent", count: 12).joined(separator: ".")
        let gateway = try await TestGateway.make(
            sql: Self.sql,
            collections: #"""
                "main.nodes": { "read": { "rule": "or", "clauses": [
                  { "rule": "match", "type": "number", "eval": ">=", "f1": "args.row.\#(path).id", "f2": "args.auth.id" },
                  { "rule": "where", "where": { "id": { "_lt": 13 } } } ] } }
                """#, source: Self.source, server: #""limits": { "depth": 60, "cost": 1000000000000000 }"#)
        let query = Self.nest(14, "id") { _, inner in "parent { \(inner) }" }
        let expected = Self.nest(14, #"{"id":10}"#) { _, inner in #"{"parent":\#(inner)}"# }
        #expect(
            await gateway.data("{ nodes_by_pk(id: 24) { \(query) } }", as: #"{"id": 1}"#)
                == #"{"nodes_by_pk":\#(expected)}"#)
        // Row 13 is the first the path decides.
        #expect(
            await gateway.data("{ nodes_aggregate { aggregate { count } } }", as: #"{"id": 2}"#)
                == #"{"nodes_aggregate":{"aggregate":{"count":23}}}"#)
    }

    @Test
    func `wide and deep at once`() async throws {
        let gateway = try await Self.gateway()
        let query = Self.nest(8, "id") { _, inner in
            "id name shown __typename parent { id name shown parent_id } children { \(inner) }"
        }
        let answer = await gateway.answer("{ nodes(limit: 20) { \(query) } }", as: Self.caller)
        #expect(answer.hasPrefix(#"{"data":{"nodes":[{"id":1,"#))
        #expect(JSONValue(test: answer).object?["data"]?.object?["nodes"]?.array?.count == 20)
    }
}
