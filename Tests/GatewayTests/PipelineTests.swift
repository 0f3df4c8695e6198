// The whole way of a request, caches warm and cold: the same document with other variables, other operations and other
// callers is answered anew each time.
import Base
import Gateway
import TestSupport
import Testing

@Suite
struct PipelineTests {
    private static let collections = #""main.users": { "read": { "rule": "allow" } }"#

    private static func ids(_ ids: Int...) -> String {
        #"{"users":[\#(ids.map { #"{"id":\#($0)}"# }.joined(separator: ","))]}"#
    }

    /// One document each, asked with every row's variables in turn, twice.
    @Test(
        arguments: [
            (
                "query($w: users_bool_exp) { users(where: $w) { id } }",
                [
                    (#"{"w": {"id": {"_eq": 1}}}"#, ids(1)), (#"{"w": {"id": {"_eq": 2}}}"#, ids(2)),
                    (#"{"w": {"id": {"_gt": 2}}}"#, ids(3, 4)),
                    (#"{"w": {"boss_id": {"_eq": 1}}}"#, ids(2, 3)), (#"{"w": {}}"#, ids(1, 2, 3, 4)),
                    (#"{"w": null}"#, ids(1, 2, 3, 4)), ("{}", ids(1, 2, 3, 4)),
                    (#"{"w": {"boss_id": {"_is_null": true}}}"#, ids(1)),
                    (#"{"w": {"boss_id": {"_is_null": false}}}"#, ids(2, 3, 4)),
                    (#"{"w": {"_or": [{"id": {"_eq": 1}}, {"name": {"_eq": "dee"}}]}}"#, ids(1, 4)),
                    (#"{"w": {"_or": [{"id": {"_eq": 1}}]}}"#, ids(1)),
                    (#"{"w": {"_or": {"id": {"_eq": 3}}}}"#, ids(3)), (#"{"w": {"_or": []}}"#, ids()),
                    (#"{"w": {"_not": {"id": {"_eq": 1}}}}"#, ids(2, 3, 4)),
                    (#"{"w": {"id": {"_in": [1, 4]}}}"#, ids(1, 4)), (#"{"w": {"id": {"_in": []}}}"#, ids()),
                    (#"{"w": {"id": {"_in": 4}}}"#, ids(4)),
                    (#"{"w": {"id": {"_nin": [1, 4]}}}"#, ids(2, 3)),
                    (#"{"w": {"boss": {"name": {"_eq": "ann"}}}}"#, ids(2, 3)),
                    (#"{"w": {"boss": {"boss": {}}}}"#, ids(4)),
                ]
            ),
            (
                "query($w: [users_bool_exp!]) { users(where: {_and: $w}) { id } }",
                [
                    (#"{"w": {"id": {"_gt": 3}}}"#, ids(4)), (#"{"w": [{"id": {"_gt": 2}}]}"#, ids(3, 4)),
                    (#"{"w": {"id": {"_gt": 1}}}"#, ids(2, 3, 4)),
                    (#"{"w": [{"id": {"_gt": 1}}, {"id": {"_lt": 4}}]}"#, ids(2, 3)), (#"{"w": []}"#, ids(1, 2, 3, 4)),
                ]
            ),
            (
                "query($o: [users_order_by!], $l: Int, $s: Int) { users(order_by: $o, limit: $l, offset: $s) { id } }",
                [
                    ("{}", ids(1, 2, 3, 4)), (#"{"o": {"id": "desc"}}"#, ids(4, 3, 2, 1)),
                    (#"{"o": [{"id": "desc"}]}"#, ids(4, 3, 2, 1)), (#"{"o": {"id": "asc"}}"#, ids(1, 2, 3, 4)),
                    (#"{"o": [{"boss_id": "asc_nulls_first"}, {"name": "desc"}]}"#, ids(1, 3, 2, 4)),
                    (#"{"o": {"boss": {"name": "desc"}}}"#, ids(1, 4, 2, 3)),
                    (#"{"l": 2}"#, ids(1, 2)), (#"{"l": 1}"#, ids(1)), (#"{"l": 0}"#, ids()),
                    (#"{"l": null, "s": 3}"#, ids(4)), (#"{"l": 2, "s": 1}"#, ids(2, 3)),
                    (#"{"o": null}"#, ids(1, 2, 3, 4)), (#"{"o": []}"#, ids(1, 2, 3, 4)),
                    (#"{"o": {"id": null}}"#, ids(1, 2, 3, 4)),
                ]
            ),
            (
                "query($a: Int!, $b: Int! = 2, $c: [Int!] = [3]) { users(where: {id: {_in: [$a, $b]}, _or: [{id: {_nin: $c}}]}) { id } }",
                [
                    (#"{"a": 1}"#, ids(1, 2)), (#"{"a": 1, "b": 4}"#, ids(1, 4)), (#"{"a": 3, "b": 4}"#, ids(4)),
                    (#"{"a": 3, "c": []}"#, ids(2, 3)),
                    (#"{"a": 1, "c": 1}"#, ids(2)),
                ]
            ),
            (
                "query($d: [users_select_column!]) { users(distinct_on: $d) { id } }",
                [
                    (#"{"d": ["boss_id"]}"#, ids(2, 4, 1)), (#"{"d": "id"}"#, ids(1, 2, 3, 4)),
                    (#"{"d": []}"#, ids(1, 2, 3, 4)), ("{}", ids(1, 2, 3, 4)),
                ]
            ),
        ] as [(String, [(String, String)])])
    func `one document with many variables`(_ query: String, _ cases: [(String, String)]) async throws {
        let gateway = try await TestGateway.make(sql: GatewayBench.sql, collections: Self.collections)
        for (variables, expected) in cases + cases.reversed() {
            #expect(await gateway.data(query, variables) == expected, "\(variables)")
        }
    }

    @Test
    func `conditions in variables shape the answer`() async throws {
        let gateway = try await TestGateway.make(sql: GatewayBench.sql, collections: Self.collections)
        let query =
            "query($s: Boolean!, $i: Boolean! = true) { users(limit: 1) { id name @skip(if: $s) ... @include(if: $i) { boss_id } } }"
        for _ in 1...2 {
            #expect(await gateway.data(query, #"{"s": false}"#) == #"{"users":[{"id":1,"name":"ann","boss_id":null}]}"#)
            #expect(await gateway.data(query, #"{"s": true}"#) == #"{"users":[{"id":1,"boss_id":null}]}"#)
            #expect(await gateway.data(query, #"{"s": true, "i": false}"#) == #"{"users":[{"id":1}]}"#)
        }
    }

    @Test
    func `the operation's name picks the operation`() async throws {
        let gateway = try await TestGateway.make(sql: GatewayBench.sql, collections: Self.collections)
        let document = "query A { users(limit: 1) { id } } query B { users(limit: 1) { name } }"
        for _ in 1...2 {
            #expect(await gateway.answer(document, operationName: "A") == #"{"data":{"users":[{"id":1}]}}"#)
            #expect(await gateway.answer(document, operationName: "B") == #"{"data":{"users":[{"name":"ann"}]}}"#)
            #expect(await gateway.answer(document, operationName: "C").hasPrefix(#"{"errors""#))
            #expect(await gateway.answer(document).hasPrefix(#"{"errors""#))
        }
    }

    @Test
    func `two spellings of one character stay two values`() async throws {
        let gateway = try await TestGateway.make(
            sql:
                "create table words (id integer primary key, word text); insert into words values (1, char(233)), (2, 'e' || char(769));",
            collections: #""main.words": { "read": { "rule": "allow" } }"#)
        #expect(
            await gateway.data(
                "{ a: words(where: {word: {_eq: \"\\u00e9\"}}) { id } b: words(where: {word: {_eq: \"e\\u0301\"}}) { id } }"
            )
                == #"{"a":[{"id":1}],"b":[{"id":2}]}"#)
    }

    @Test
    func `an explanation names the same statement that runs, without values of claims or variables`() async throws {
        let gateway = try await TestGateway.make(
            sql: GatewayBench.sql,
            collections:
                #""main.users": { "read": { "rule": "match", "type": "number", "eval": "<=", "f1": "args.row.id", "f2": "args.auth.level" } }"#
        )
        let query = "query($n: String) { users(where: {name: {_neq: $n}}) { id } }"
        let explanation = try gateway.explain(query, #"{"n": "a-secret-value"}"#, as: #"{"level": 20250101}"#)
        #expect(explanation.statements.count == 1)
        #expect(explanation.statements[0].parameters.sorted() == ["$n as String", "args.auth.level as Int"])
        for text in [explanation.plan, explanation.secured, explanation.statements[0].text] {
            #expect(!text.contains("a-secret-value") && !text.contains("20250101"))
        }
    }
}
