// The operators on JSON columns: PostgreSQL's meaning of containment and keys, unknown for what is no document, and
// nothing of a hidden row or a guarded field to be learnt through them.
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
}
