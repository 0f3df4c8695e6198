// What null and empty objects mean in filters, orderings and pages: one test for each sentence of the dialect (sections 4
// and 11).
import Gateway
import TestSupport
import Testing

@Suite
struct NullAndEmptyTests {
    private static func gateway() async throws -> TestGateway {
        try await TestGateway.make(
            sql: """
                create table a (id integer primary key, name text);
                create table b (id integer primary key, a_id int references a (id), flag boolean);
                insert into a values (1, 'x'), (2, null), (3, 'y');
                insert into b values (1, 1, true), (2, 1, false), (3, 3, true);
                """,
            collections: #""main.a": {"read": {"rule": "allow"}}, "main.b": {"read": {"rule": "allow"}}"#)
    }

    private static func ids(_ arguments: String, _ variables: String? = nil, declared: String = "") async throws
        -> String
    {
        let answer = try await gateway().answer("query \(declared) { a(\(arguments)) { id } }", variables)
        guard answer.hasPrefix(#"{"data":{"a":["#) else {
            return answer.contains(#""code":"validation-failed""#) ? "validation-failed" : answer
        }
        return answer.filter { $0.isNumber || $0 == "," }
    }

    @Test(arguments: [
        "where: null", "where: $w", "where: {}", "where: {_and: []}", "where: {_and: {}}", "where: {_not: {_not: {}}}",
        "where: {name: {}}", "where: {_or: [{}]}", "where: {_or: {}}",
    ])
    func `no filter`(_ arguments: String) async throws {
        let declared = arguments.contains("$w") ? "($w: a_bool_exp)" : ""
        for variables in declared.isEmpty ? [nil] : [nil, #"{"w": null}"#, #"{"w": {}}"#] {
            #expect(try await Self.ids(arguments, variables, declared: declared) == "1,2,3")
        }
    }

    @Test(arguments: [
        "where: {_or: []}", "where: {_not: {}}", "where: {_not: {_and: []}}", "where: {_and: [{}, {_or: []}]}",
    ])
    func `no row`(_ arguments: String) async throws {
        #expect(try await Self.ids(arguments) == "")
    }

    @Test(arguments: [
        "{_not: null}", "{_and: null}", "{_or: null}", "{name: null}", "{name: {_eq: null}}",
        "{name: {_is_null: null}}",
        "{b: null}", "{b: {_not: null}}", "{b_aggregate: null}", "{_and: [{name: null}]}", "{name: {_in: null}}",
        "{name: {_like: null}}",
    ])
    func `nested null is refused, by literal and by variable`(_ filter: String) async throws {
        #expect(try await Self.ids("where: \(filter)") == "validation-failed")
        let json = filter.replacing(#/[a-z_]+(?=:)/#) { "\"\($0.output)\"" }
        #expect(
            try await Self.ids("where: $w", #"{"w": \#(json)}"#, declared: "($w: a_bool_exp)") == "validation-failed")
    }

    @Test
    func `an empty relation filter asks for a related row`() async throws {
        #expect(try await Self.ids("where: {b: {}}") == "1,3")
        #expect(try await Self.ids("where: {_not: {b: {}}}") == "2")
    }

    @Test
    func `one object stands for a list of one`() async throws {
        #expect(try await Self.ids(#"where: {_or: {name: {_eq: "x"}}}"#) == "1")
        #expect(try await Self.ids(#"where: {_and: {name: {_eq: "x"}}}"#) == "1")
        #expect(
            try await Self.ids("where: $w", #"{"w": {"_or": {"name": {"_eq": "y"}}}}"#, declared: "($w: a_bool_exp)")
                == "3")
    }

    @Test(arguments: [
        "order_by: null", "order_by: {name: null}", "order_by: []", "order_by: {}", "order_by: {b_aggregate: null}",
        "order_by: {b_aggregate: {count: null}}", "order_by: {b_aggregate: {max: null}}",
        "order_by: {b_aggregate: {max: {id: null}}}",
        "order_by: $o", "limit: null", "offset: null",
        "limit: null, offset: null, order_by: null, where: null, distinct_on: null",
    ])
    func `null in an ordering or a page says nothing`(_ arguments: String) async throws {
        let declared = arguments.contains("$o") ? "($o: [a_order_by!])" : ""
        for variables in declared.isEmpty
            ? [nil] : [#"{"o": null}"#, #"{"o": [{"name": null}]}"#, #"{"o": {"b_aggregate": {"count": null}}}"#]
        {
            #expect(try await Self.ids(arguments, variables, declared: declared) == "1,2,3")
        }
    }

    @Test
    func `null behind an object relation says nothing`() async throws {
        let answer = try await Self.gateway().data(
            "{ b(order_by: [{a: null}, {a: {name: null}}, {a: {b_aggregate: {min: {id: null}}}}]) { id } }")
        #expect(answer == #"{"b":[{"id":1},{"id":2},{"id":3}]}"#)
    }

    @Test
    func `offset takes a number in quotes, limit does not`() async throws {
        #expect(try await Self.ids(#"offset: "1", limit: 1"#) == "2")
        #expect(try await Self.ids(#"offset: "2""#) == "3")
        for arguments in [
            #"limit: "3""#, #"offset: "x""#, #"offset: "1.5""#, #"offset: "99999999999""#, #"offset: true"#,
        ] {
            #expect(try await Self.ids(arguments) == "validation-failed", "\(arguments)")
        }
        let failure = try await Self.gateway().failure(#"{ a(offset: "-1") { id } }"#)
        #expect(failure == "not-supported at $.selectionSet.a.args.offset: unexpected negative value")
    }
}
