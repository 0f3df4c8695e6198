// The operators on JSON columns: PostgreSQL's meaning of containment and keys, unknown for what is no document, and
// nothing of a hidden row or a guarded field to be learnt through them.
import Base
import Gateway
import TestSupport
import Testing

@Suite
struct DocumentOperatorTests {
    private static let sql = #"""
        create table docs (id integer primary key, body jsonb, plain json, owner int);
        insert into docs (id, body, owner) values
          (1, '{"a": {"b": [1, 2, {"c": 3}]}, "tags": ["x", "y"], "n": 1.0}', 1),
          (2, '["x", "y", [1, 2], {"k": null}]', 2), (3, 'not json', 1), (4, null, 1), (5, '"x"', 1), (6, '7', 2), (7, '{}', 1),
          (8, '{"n": 1, "tags": ["y", "x"], "a": {"b": [1, 2, {"c": 3e0}]}}', 1), (9, '{"x": 1, "y": 2, "é": 3}', 1);
        update docs set plain = body;
        """#

    private static func gateway(_ rules: String = #""read": {"rule": "allow"}"#) async throws -> TestGateway {
        try await TestGateway.make(sql: sql, collections: #""main.docs": { \#(rules) }"#)
    }

    private func ids(_ filter: String, _ gateway: TestGateway, _ variables: String? = nil, declared: String = "") async
        -> String
    {
        let text = await gateway.data("query \(declared) { docs(where: \(filter)) { id } }", variables)
        return text.hasPrefix(#"{"docs":["#) ? text.filter { $0.isNumber || $0 == "," } : text
    }

    @Test(arguments: [
        (#"{_contains: {tags: ["x"]}}"#, "1,8"), (#"{_contains: {a: {b: [{c: 3}]}}}"#, "1,8"),
        (#"{_contains: {n: 1}}"#, "1,8"),
        (#"{_contains: {n: 1.00}}"#, "1,8"), (#"{_contains: {}}"#, "1,7,8,9"), (#"{_contains: []}"#, "2"),
        (#"{_contains: "x"}"#, "2,5"), (#"{_contains: ["x"]}"#, "2"), (#"{_contains: ["y", "x", "x"]}"#, "2"),
        (#"{_contains: 7}"#, "6"),
        (#"{_contains: [[2]]}"#, "2"), (#"{_contains: [2]}"#, ""), (#"{_contains: [{k: null}]}"#, "2"),
        (#"{_contains: {a: {b: 1}}}"#, ""),
        (#"{_contained_in: {x: 1, y: 2}}"#, "7"), (#"{_contained_in: ["x"]}"#, "5"),
        (#"{_has_key: "x"}"#, "2,5,9"), (#"{_has_key: "tags"}"#, "1,8"), (#"{_has_key: "b"}"#, ""),
        (#"{_has_key: "é"}"#, "9"),
        (#"{_has_keys_any: ["a", "x"]}"#, "1,2,5,8,9"), (#"{_has_keys_any: []}"#, ""),
        (#"{_has_keys_all: ["x", "y"]}"#, "2,9"),
        (#"{_has_keys_all: []}"#, "1,2,5,6,7,8,9"), (#"{_has_keys_any: "x"}"#, "2,5,9"), (#"{_is_null: true}"#, "4"),
    ])
    func `documents contain parts and have keys`(_ test: String, _ expected: String) async throws {
        let gateway = try await Self.gateway()
        for column in ["body", "plain"] {
            #expect(await ids("{\(column): \(test)}", gateway) == expected, "\(column)")
            // What is no document is unknown, which `_not` leaves unknown.
            guard !test.contains("_is_null") else { continue }
            let others = await ids("{_not: {\(column): \(test)}}", gateway)
            let both = (expected + "," + others).split(separator: ",").sorted()
            #expect(both == ["1", "2", "5", "6", "7", "8", "9"], "\(column): \(both)")
        }
    }

    @Test(arguments: [
        (#"{"x": 1, "y": 2, "é": 3, "z": 4}"#, "_contained_in", "7,9"), (#"{"n": 1}"#, "_contains", "1,8"),
        (#""x""#, "_contains", "2,5"),
        (#"[["x"]]"#, "_contains", ""), (#"{"tags": ["y", "x"], "n": 1, "a": {"b": [1, 2, {"c": 3}]}}"#, "_eq", "8"),
        (#"{"y": 2.0, "é": 3, "x": 1}"#, "_eq", "9"), (#"7"#, "_neq", "1,2,5,7,8,9"), (#""7""#, "_eq", ""),
    ])
    func `operands come from variables`(_ document: String, _ test: String, _ expected: String) async throws {
        let gateway = try await Self.gateway()
        #expect(
            await ids("{body: {\(test): $d}}", gateway, #"{"d": \#(document)}"#, declared: "($d: jsonb)") == expected)
        let whole = #"{"w": {"body": {"\#(test)": \#(document)}}}"#
        #expect(await ids("$w", gateway, whole, declared: "($w: docs_bool_exp)") == expected)
        #expect(await ids(#"{body: {_in: [$d, "7"]}}"#, gateway, #"{"d": 7}"#, declared: "($d: jsonb!)") == "6")
        #expect(await ids(#"{body: {_nin: [7, {}]}}"#, gateway) == "1,2,5,8,9")
    }

    @Test
    func `variables inside a literal fill it anew each time`() async throws {
        let gateway = try await Self.gateway()
        let filter = #"{body: {_contains: {tags: [$t], n: 1}}}"#
        for (value, expected) in [(#""x""#, "1,8"), (#""z""#, ""), (#""y""#, "1,8"), ("null", "")] {
            #expect(await ids(filter, gateway, #"{"t": \#(value)}"#, declared: "($t: jsonb)") == expected, "\(value)")
        }
        let keys = "{body: {_has_keys_all: [$k, \"y\"]}}"
        #expect(await ids(keys, gateway, #"{"k": "x"}"#, declared: "($k: String!)") == "2,9")
        #expect(await ids(keys, gateway, #"{"k": "tags"}"#, declared: "($k: String!)") == "")
    }

    @Test
    func `json has no equality, and other types have no keys`() async throws {
        let gateway = try await Self.gateway()
        for filter in [#"{plain: {_eq: {}}}"#, #"{owner: {_has_key: "x"}}"#, #"{body: {_gt: {}}}"#] {
            let failure = await gateway.failure("{ docs(where: \(filter)) { id } }")
            #expect(failure.contains("is not defined by type"), "\(filter): \(failure)")
        }
        let failure = await gateway.failure("{ docs(where: {body: {_contains: null}}) { id } }")
        #expect(failure.hasPrefix("validation-failed at $.selectionSet.docs.args.where.body._contains"), "\(failure)")
    }

    @Test
    func `a guarded document and a hidden row prove nothing`() async throws {
        let own = #"{"rule": "match", "type": "number", "eval": "==", "f1": "args.row.owner", "f2": 2}"#
        for test in [#"{_contains: {n: 1}}"#, #"{_has_key: "tags"}"#, #"{_has_keys_any: ["tags"]}"#, #"{_eq: {}}"#] {
            let guarded = try await Self.gateway(#""read": {"rule": "allow"}, "fields": {"body": {"read": \#(own)}}"#)
            #expect(await ids("{body: \(test)}", guarded) == "", "\(test)")
            #expect(await ids("{_not: {body: \(test)}}", guarded) == "2,6", "\(test)")
            let hidden = try await Self.gateway(#""read": \#(own)"#)
            #expect(await ids("{body: \(test)}", hidden) == "", "\(test)")
            let statement = try hidden.explain("{ docs(where: {body: \(test)}) { id } }").secured
            // Equality is total and stands free; what reads a document runs only where the row rule is true.
            #expect(statement.contains("(when owner _eq 2 then") == !test.contains("_eq:"), "\(statement)")
        }
    }

    // MARK: In rules

    @Test(arguments: [
        (#"{"_has_key": "tags"}"#, "1,8"), (#"{"_has_key": "args.auth.key"}"#, "2,5,9"),
        (#"{"_has_key": {"literal": "args.auth.key"}}"#, ""),
        (#"{"_has_keys_any": ["a", "args.auth.key"]}"#, "1,2,5,8,9"), (#"{"_has_keys_any": "args.auth.keys"}"#, "2,9"),
        (#"{"_has_keys_all": ["x", "y"]}"#, "2,9"), (#"{"_has_keys_all": ["args.auth.key", "y"]}"#, "2,9"),
        (#"{"_has_keys_all": "args.auth.braced"}"#, "2,9"), (#"{"_has_keys_any": []}"#, ""),
        (#"{"_contains": {"n": 1}}"#, "1,8"), (#"{"_contains": ["args.auth.key"]}"#, ""),
        (#"{"_contains": "args.auth.document"}"#, "1,8"), (#"{"_contained_in": ["x"]}"#, "5"),
        (#"{"_eq": {"x": 1, "é": 3, "y": 2.0}}"#, "9"), (#"{"_in": [{}, 7]}"#, "6,7"),
        (#"{"_neq": "args.auth.document"}"#, "1,2,5,6,7,8,9"), (#"{"_has_key": "args.auth.none"}"#, "missing"),
        (#"{"_cast": {"String": {"_like": "%\"x\"%"}}}"#, "1,2,5,8,9"),
        (#"{"_cast": {"String": {"_eq": "args.auth.text"}}}"#, "5"),
    ])
    func `rules look into documents`(_ test: String, _ expected: String) async throws {
        let gateway = try await Self.gateway(#""read": {"rule": "where", "where": {"body": \#(test)}}"#)
        let claims = JSONValue(
            test: #"{"key": "x", "keys": ["y", "k"], "braced": "{x,y}", "document": {"n": 1}, "text": "\"x\""}"#)
        let text = await gateway.data("{ docs { id } }", as: .claims(claims.object ?? JSONObject([])))
        if expected == "missing" {
            #expect(text.contains("missing session variable"), "\(text)")
        } else {
            #expect(text.filter { $0.isNumber || $0 == "," } == expected, "\(text)")
        }
    }

    @Test(arguments: [
        (#""body": {"_has_key": 1}"#, "/where/body/_has_key: 1 is not a String"),
        (#""body": {"_has_keys_any": ["a", 1]}"#, "/where/body/_has_keys_any/1: is not a String"),
        (#""body": {"_contains": null}"#, "/where/body/_contains: a comparison with null is unknown for every row"),
        (#""body": {"_gt": 1}"#, #"/where/body/_gt: unknown operator of jsonb "_gt""#),
        (#""plain": {"_eq": {}}"#, #"/where/plain/_eq: unknown operator of json "_eq""#),
        (#""plain": {"_cast": {}}"#, #"/where/plain/_cast: unknown operator of json "_cast""#),
        (#""body": {"_cast": {"Int": {}}}"#, #"/where/body/_cast/Int: unknown cast of jsonb "Int""#),
        (#""body": {"_cast": {"String": {"_gtt": ""}}}"#, "/where/body/_cast/String/_gtt: unknown operator of String"),
    ])
    func `an operand in a rule that does not fit is a load error`(_ filter: String, _ message: String) async throws {
        do {
            _ = try await Self.gateway(#""read": {"rule": "where", "where": {\#(filter)}}"#)
            Issue.record("the rules were accepted")
        } catch {
            #expect("\(error)".contains(message), "\(error)")
        }
    }

    @Test
    func `a check on a document holds for the row as it is stored`() async throws {
        let gateway = try await Self.gateway(
            #"""
            "read": {"rule": "allow"}, "create": {"rule": "check", "where": {"body": {"_eq": {"a": 1, "b": 2}}}},
            "fields": {"*": {"create": {"rule": "allow"}}}
            """#)
        let insert = "mutation ($b: jsonb) { insert_docs_one(object: {id: 20, body: $b}) { id } }"
        let refused = await gateway.failure(insert, #"{"b": {"a": 1}}"#)
        #expect(refused.hasPrefix("permission-error"), "\(refused)")
        #expect(await gateway.data(insert, #"{"b": {"b": 2.0, "a": 1}}"#) == #"{"insert_docs_one":{"id":20}}"#)
    }

    // MARK: As text

    @Test(arguments: [
        (#"{_eq: "\"x\""}"#, "5"), (#"{_like: "{%"}"#, "1,7,8,9"), (#"{_eq: "{\"x\": 1, \"y\": 2, \"é\": 3}"}"#, "9"),
        (#"{_like: "{\"a\": {\"b\": [1, 2, {\"c\": 3}]}, \"n\": 1%"}"#, "1,8"), (#"{_nlike: "%e%"}"#, "1,2,5,6,7,8,9"),
        (#"{_in: ["7", "{}"]}"#, "6,7"), (#"{_is_null: true}"#, "3,4"),
    ])
    func `a cast compares the text that PostgreSQL has`(_ test: String, _ expected: String) async throws {
        let gateway = try await Self.gateway()
        #expect(await ids("{body: {_cast: {String: \(test)}}}", gateway) == expected)
        #expect(await ids("{body: {_cast: {}}}", gateway) == "1,2,3,4,5,6,7,8,9")
        let failure = await gateway.failure("{ docs(where: {body: {_cast: {String: null}}}) { id } }")
        #expect(
            failure.hasPrefix("validation-failed at $.selectionSet.docs.args.where.body._cast.String"), "\(failure)")
        #expect(await gateway.failure(#"{ docs(where: {plain: {_cast: {}}}) { id } }"#).contains("is not defined by"))
    }

    @Test
    func `a cast runs only on rows that the rule admits`() async throws {
        let own = #"{"rule": "match", "type": "number", "eval": "==", "f1": "args.row.owner", "f2": 2}"#
        let gateway = try await Self.gateway(#""read": \#(own)"#)
        let filter = #"{body: {_cast: {String: {_eq: "7"}}}}"#
        #expect(await ids(filter, gateway) == "6")
        let statement = try gateway.explain("{ docs(where: \(filter)) { id } }").secured
        #expect(statement.contains("(when owner _eq 2 then text(body) _eq"), "\(statement)")
    }
}
