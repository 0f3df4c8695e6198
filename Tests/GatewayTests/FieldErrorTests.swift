// Errors of fields, through the whole pipeline: where they stand, what is null because of them, and what is told all the
// same. GraphQL specification, section 6.4.4 "Handling Execution Errors".
import Base
import Gateway
import TestSupport
import Testing

@Suite(.serialized)
struct FieldErrorTests {
    /// Parent 2 has more children than a list may have rows, and their numbers more than a sum can hold.
    private static let sql = """
        create table parents (id integer primary key, name text not null);
        create table children (
          id integer primary key, parent_id int references parents (id), number bigint not null);
        create table others (id integer primary key, name text not null);
        insert into parents values (1, 'Ada'), (2, 'Ben');
        insert into children values
          (1, 1, 5), (2, 2, 9223372036854775807), (3, 2, 9223372036854775807), (4, 2, 1), (5, 2, 2);
        insert into others values (1, 'here');
        """

    private static let far =
        "create table things (id integer primary key, name text not null); insert into things values (7, 'there');"

    private static let rules = ["main.parents", "main.children", "main.others", "far.things"].map {
        #""\#($0)": { "read": { "rule": "allow" } }"#
    }.joined(separator: ",")

    private func gateway(limits: String = #""rows": 3"#) async throws -> TestGateway {
        try await TestGateway.make(
            sql: Self.sql, collections: Self.rules, server: #""limits": { \#(limits) }"#,
            others: [(name: "far", sql: Self.far)])
    }

    /// `data` and, a line each, what is wrong: `path line:column code`.
    private func outcome(
        _ gateway: TestGateway, _ query: String, _ variables: String? = nil, as caller: TestCaller = .anonymous
    ) async -> String {
        let answer = JSONValue(test: await gateway.answer(query, variables, as: caller)).object
        let errors = (answer?["errors"]?.array ?? []).map { error in
            let places = error.object?["locations"]?.array?.map { place in
                "\(place.object?["line"]?.text ?? ""):\(place.object?["column"]?.text ?? "")"
            }
            let code = error.object?["extensions"]?.object?["code"]?.string
            return [error.object?["path"]?.text ?? "nowhere", places?.joined(separator: ",") ?? "-", code ?? "-"]
                .joined(separator: " ")
        }
        return ([answer?["data"]?.text ?? "no data"] + errors).joined(separator: "\n")
    }

    // MARK: Lists that are too long

    @Test(
        arguments: [
            // Non-Null all the way up.
            ("{ children { id } }", "null\n[\"children\"] 1:3 limit-exceeded"),
            ("{ all: children { id } }", "null\n[\"all\"] 1:3 limit-exceeded"),
            (
                "{ parents { name children { id } } }",
                "null\n[\"parents\",1,\"children\"] 1:18 limit-exceeded"
            ),
            (
                "{ children_aggregate { aggregate { count } rows: nodes { id } } }",
                "null\n[\"children_aggregate\",\"rows\"] 1:44 limit-exceeded"
            ),
            (
                "{ parents { children_aggregate { nodes { id } } } }",
                "null\n[\"parents\",1,\"children_aggregate\",\"nodes\"] 1:34 limit-exceeded"
            ),
            // The object at a key may be null.
            (
                "{ parents_by_pk(id: 2) { name children { id } } }",
                "{\"parents_by_pk\":null}\n[\"parents_by_pk\",\"children\"] 1:31 limit-exceeded"
            ),
            (
                "{ b: parents_by_pk(id: 2) { kids: children { id } } a: parents_by_pk(id: 1) { children { id } } t: __typename }",
                "{\"b\":null,\"a\":{\"children\":[{\"id\":1}]},\"t\":\"query_root\"}\n[\"b\",\"kids\"] 1:29 limit-exceeded"
            ),
            (
                "{ parents_by_pk(id: 1) { name } children { id } }",
                "null\n[\"children\"] 1:33 limit-exceeded"
            ),
            // So may the object that an optional key leads to.
            (
                "{ children(limit: 3, order_by: { id: asc }) { id parent { name children { id } } } }",
                """
                {"children":[{"id":1,"parent":{"name":"Ada","children":[{"id":1}]}},{"id":2,"parent":null},{"id":3,"parent":null}]}
                ["children",1,"parent","children"] 1:64 limit-exceeded
                ["children",2,"parent","children"] 1:64 limit-exceeded
                """
            ),
            // Through it, one error is enough to make it null.
            (
                "{ children(limit: 1, order_by: { id: desc }) { parent { a: children { id } b: children { id } } id } }",
                "{\"children\":[{\"parent\":null,\"id\":5}]}\n[\"children\",0,\"parent\",\"a\"] 1:57 limit-exceeded"
            ),
            // Fields that are merged stand at several places; fragments leave no trace in a path.
            (
                "{ ...F parents_by_pk(id: 2) { children { number } } } fragment F on query_root { parents_by_pk(id: 2) { ... on parents { children { id } } } }",
                "{\"parents_by_pk\":null}\n[\"parents_by_pk\",\"children\"] 1:122,1:31 limit-exceeded"
            ),
            // A page by cursor.
            (
                "{ parents_connection { edges { node { children { id } } } } }",
                "null\n[\"parents_connection\",\"edges\",1,\"node\",\"children\"] 1:39 limit-exceeded"
            ),
            ("{ children_connection { edges { node { id } } } }", "null\n[\"children_connection\"] 1:3 limit-exceeded"),
            ("{ children_group(by: id) { key { id } } }", "null\n[\"children_group\"] 1:3 limit-exceeded"),
        ] as [(String, String)])
    func `a list with too many rows is null, and so is what cannot do without it`(_ query: String, _ expected: String)
        async throws
    {
        let answer = await outcome(try await gateway(), query)
        #expect(answer == expected)
    }

    @Test
    func `the variables decide which fields there are`() async throws {
        let gateway = try await gateway()
        let query =
            "query ($on: Boolean!) { a: parents_by_pk(id: 2) { id children @include(if: $on) { id } } b: others { name @skip(if: $on) id } }"
        #expect(
            await outcome(gateway, query, #"{ "on": true }"#)
                == "{\"a\":null,\"b\":[{\"id\":1}]}\n[\"a\",\"children\"] 1:54 limit-exceeded")
        #expect(
            await outcome(gateway, query, #"{ "on": false }"#) == #"{"a":{"id":2},"b":[{"name":"here","id":1}]}"#)
    }

    @Test
    func `an answer lists so many errors and says that there are more`() async throws {
        let gateway = try await gateway(limits: #""rows": 3, "errors": 2"#)
        let query = "{ children(limit: 3, order_by: { id: desc }) { id parent { children { id } } } }"
        #expect(
            await outcome(gateway, query) == """
                {"children":[{"id":5,"parent":null},{"id":4,"parent":null},{"id":3,"parent":null}]}
                ["children",0,"parent","children"] 1:60 limit-exceeded
                ["children",1,"parent","children"] 1:60 limit-exceeded
                nowhere - limit-exceeded
                """)
    }

    @Test
    func `more than a hundred such lists fail their root field`() async throws {
        let gateway = try await gateway(limits: #""rows": 200, "cost": 1000000"#)
        let numbers = (1...600).map { "(\($0 + 1000), 2, 1)" }.joined(separator: ",")
        try gateway.change("app.db", "insert into children values \(numbers)")
        let nested = "children(limit: 150, offset: 5) { parent { children { id } } }"
        #expect(
            await outcome(gateway, "{ parents_by_pk(id: 2) { \(nested) } kept: parents_by_pk(id: 1) { name } }")
                == "{\"parents_by_pk\":null,\"kept\":{\"name\":\"Ada\"}}\n[\"parents_by_pk\"] 1:3 limit-exceeded")
        #expect(await outcome(gateway, "{ \(nested) }") == "null\n[\"children\"] 1:3 limit-exceeded")
    }

    // MARK: Values the database cannot compute

    @Test(
        arguments: [
            (
                "{ parents_by_pk(id: 2) { children_aggregate { aggregate { sum { number } } } } }",
                "{\"parents_by_pk\":null}\n[\"parents_by_pk\"] 1:3 data-exception"
            ),
            (
                "{ bad: parents_by_pk(id: 2) { ...S } good: parents_by_pk(id: 1) { ...S } list: others { id } } fragment S on parents { children_aggregate { aggregate { sum { number } } } }",
                "{\"bad\":null,\"good\":{\"children_aggregate\":{\"aggregate\":{\"sum\":{\"number\":5}}}},\"list\":[{\"id\":1}]}\n[\"bad\"] 1:3 data-exception"
            ),
            (
                "{ a: parents_by_pk(id: 1) { name } s: children_aggregate { aggregate { sum { number } } } b: parents_by_pk(id: 2) { children_aggregate { aggregate { sum { number } } } } }",
                "null\n[\"s\"] 1:36 data-exception\n[\"b\"] 1:91 data-exception"
            ),
            // None of them may be null: the first failure is all there is to know.
            (
                "{ a: others { id } s: children_aggregate { aggregate { sum { number } } } t: children_aggregate { aggregate { sum { number } } } }",
                "null\n[\"s\"] 1:20 data-exception"
            ),
        ] as [(String, String)])
    func `the root field that fails is found among those of its statement`(_ query: String, _ expected: String)
        async throws
    {
        let gateway = try await gateway()
        // The second time the statements for each root are there already, and what is quick runs on the loop.
        for _ in 0..<3 {
            let answer = await outcome(gateway, query)
            #expect(answer == expected)
        }
    }

    // MARK: Several sources

    @Test
    func `a source that fails leaves the others alone`() async throws {
        let gateway = try await gateway()
        let query = "{ a: parents_by_pk(id: 1) { name } f: far_things_by_pk(id: 7) { name } o: others { name } }"
        #expect(
            await outcome(gateway, query)
                == #"{"a":{"name":"Ada"},"f":{"name":"there"},"o":[{"name":"here"}]}"#)
        try gateway.change("far.db", "drop table things")
        #expect(
            await outcome(gateway, query)
                == "{\"a\":{\"name\":\"Ada\"},\"f\":null,\"o\":[{\"name\":\"here\"}]}\n[\"f\"] 1:36 unexpected")
        #expect(
            await outcome(gateway, "{ o: others { name } f: far_things { name } }") == "null\n[\"f\"] 1:22 unexpected")
        try gateway.change("far.db", "create table things (id integer primary key, name text not null)")
        #expect(await outcome(gateway, "{ far_things { name } }") == #"{"far_things":[]}"#)
    }

    @Test
    func `everything that fails is told in the order of the fields`() async throws {
        let gateway = try await gateway()
        try gateway.change("far.db", "drop table things")
        let query = """
            {
              z: far_things_by_pk(id: 7) { name }
              y: parents_by_pk(id: 2) { children { id } }
              x: others_by_pk(id: 1) { name }
              w: far_things_by_pk(id: 8) { name }
            }
            """
        #expect(
            await outcome(gateway, query) == """
                {"z":null,"y":null,"x":{"name":"here"},"w":null}
                ["z"] 2:3 unexpected
                ["y","children"] 3:29 limit-exceeded
                ["w"] 5:3 unexpected
                """)
    }

    @Test
    func `a response that is too large fails the fields that do not fit`() async throws {
        let gateway = try await gateway(limits: #""rows": 300, "responseBytes": 4000"#)
        try gateway.change("app.db", "update parents set name = printf('%.3000c', 'x')")
        let long = String(repeating: "x", count: 3000)
        #expect(
            await outcome(
                gateway, "{ a: parents_by_pk(id: 1) { name } b: parents_by_pk(id: 2) { name } c: others { id } }")
                == "{\"a\":{\"name\":\"\(long)\"},\"b\":null,\"c\":[{\"id\":1}]}\n[\"b\"] 1:36 limit-exceeded")
        #expect(await outcome(gateway, "{ parents { name } }") == "null\n[\"parents\"] 1:3 limit-exceeded")
    }

    // MARK: Requests that are refused

    @Test(arguments: [
        "{ nope }", "{ parents(limit: -1) { id } far_things { id } }",
        "{ parents(where: { id: { _eq: \"x\" } }) { id } }",
        "{", "query ($n: Int!) { parents(limit: $n) { id } }",
    ])
    func `what is not executed has no data and no path`(_ query: String) async throws {
        let answer = await gatewayAnswer(query)
        #expect(answer.hasPrefix("{\"errors\":"))
        #expect(!answer.contains("\"data\""))
        #expect(!answer.contains("\"path\":["))
    }

    private func gatewayAnswer(_ query: String) async -> String {
        guard let gateway = try? await gateway() else { return "no gateway" }
        return await gateway.answer(query)
    }

    // MARK: Mutations

    @Test(
        arguments: [
            (
                "mutation { a: insert_others_one(object: { name: \"new\" }) { id } b: insert_children_one(object: { parent_id: 9, number: 1 }) { id } }",
                "null\n[\"b\"] 1:65 constraint-violation"
            ),
            (
                "mutation { n: __typename a: update_others_many(updates: [{ where: { id: { _eq: 1 } }, _set: { name: \"x\" } }, { where: { id: { _eq: 1 } }, _set: { name: null } }]) { affected_rows } }",
                "null\n[\"a\",1] 1:26 constraint-violation"
            ),
            (
                "mutation { update_parents(where: { id: { _gt: 0 } }, _set: { name: \"x\" }) { rows: returning { id all: children { id } } } }",
                "null\n[\"update_parents\",\"rows\",1,\"all\"] 1:98 limit-exceeded"
            ),
            (
                "mutation { update_parents_by_pk(pk_columns: { id: 2 }, _set: { name: \"x\" }) { children { id } } }",
                "null\n[\"update_parents_by_pk\",\"children\"] 1:79 limit-exceeded"
            ),
            (
                "mutation { update_children(where: { id: { _gt: 0 } }, _set: { number: 0 }) { affected_rows returning { id } } }",
                "null\n[\"update_children\",\"returning\"] 1:92 limit-exceeded"
            ),
            (
                "mutation { update_parents_many(updates: [{ where: { id: { _eq: 1 } }, _set: { name: \"x\" } }, { where: { id: { _eq: 2 } }, _set: { name: \"x\" } }]) { returning { children { id } } } }",
                "null\n[\"update_parents_many\",1,\"returning\",0,\"children\"] 1:161 limit-exceeded"
            ),
        ] as [(String, String)])
    func `a mutation that fails is taken back, and says where`(_ query: String, _ expected: String) async throws {
        let gateway = try await gateway()
        let answer = await outcome(gateway, query, as: .admin)
        #expect(answer == expected)
        #expect(await gateway.data("{ others { name } }") == #"{"others":[{"name":"here"}]}"#)
        #expect(await gateway.data("{ parents { name } }") == #"{"parents":[{"name":"Ada"},{"name":"Ben"}]}"#)
    }
}
