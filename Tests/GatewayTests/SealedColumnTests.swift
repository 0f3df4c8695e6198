// Columns that rules store hashed or encrypted, over both databases: what is stored, who sees it, and the ways round it.
import Base
import Gateway
import Metadata
import Synchronization
import TestSupport
import Testing

@Suite(.serialized, .timeLimit(.minutes(3)))
struct SealedColumnTests {
    private static let sql = """
        create table people (id integer primary key, name text not null, ssn text, pin text, owner_id int, note text unique);
        create table visits (id integer primary key, person_id int references people (id), place text);
        """
    /// Members read their own, editors all; only editors, and owners on their own rows, read `ssn`.
    private static let rules = #"""
        "main.people": {
          "read": { "rule": "or", "clauses": [
            { "rule": "and", "clauses": [
              { "rule": "match", "type": "string", "eval": "==", "f1": "args.auth.role", "f2": "editor" },
              { "rule": "decrypt", "fields": ["ssn", "note"] } ] },
            { "rule": "and", "clauses": [ { "rule": "authenticated" },
              { "rule": "decrypt", "fields": ["ssn"],
                "clause": { "rule": "match", "type": "number", "eval": "==", "f1": "args.row.owner_id", "f2": "args.auth.id" } } ] } ] },
          "create": { "rule": "and", "clauses": [ { "rule": "authenticated" },
            { "rule": "encrypt", "fields": ["args.doc.ssn", "note"] }, { "rule": "hash", "fields": ["pin"] } ] },
          "update": { "rule": "and", "clauses": [ { "rule": "authenticated" }, { "rule": "check", "where": {} } ] },
          "delete": { "rule": "authenticated" } },
        "main.visits": { "read": { "rule": "authenticated" }, "create": { "rule": "authenticated" } }
        """#
    private static let editor: TestCaller = #"{"role": "editor", "id": 1}"#
    private static let member: TestCaller = #"{"role": "member", "id": 7}"#

    private func gateway(_ database: TestDatabase) async throws -> TestGateway {
        let gateway = try await TestGateway.make(sql: Self.sql, collections: Self.rules, in: database)
        let inserted = await gateway.data(
            """
            mutation ($ssn: String) {
              insert_people(objects: [
                {id: 1, name: "Ada", ssn: "s-1", pin: "1234", owner_id: 7, note: "n-1"},
                {id: 2, name: "Ben", ssn: $ssn, pin: null, owner_id: 8}]) { affected_rows }
              insert_visits(objects: [{id: 1, person_id: 1, place: "here"}]) { affected_rows }
            }
            """, #"{"ssn": "s-\"2\""}"#, as: .admin)
        #expect(inserted == #"{"insert_people":{"affected_rows":2},"insert_visits":{"affected_rows":1}}"#)
        return gateway
    }

    /// What is stored, as another program reads it: through a project of the same database without such rules.
    private func stored(_ gateway: TestGateway, _ column: String) async throws -> [String] {
        try gateway.rawTexts("select coalesce(\(column), 'null') from people order by id")
    }

    @Test
    func `writes of everyone are stored in the form of the column`() async throws {
        let gateway = try await gateway(.sqlite)
        let sealed = try await stored(gateway, "ssn")
        #expect(sealed.allSatisfy { $0.hasPrefix("perigee.1.") })
        #expect(!sealed.joined().contains("s-1"))
        let pins = try await stored(gateway, "pin")
        #expect(pins[0].utf8.count == 64)
        #expect(pins[1] == "null")
        // An update by an admin, and one by a member.
        for (caller, value) in [(TestCaller.admin, "a"), (Self.member, "b")] {
            #expect(
                await gateway.data(
                    #"mutation { update_people(where: {id: {_eq: 1}}, _set: {ssn: "\#(value)", pin: "9"}) { affected_rows } }"#,
                    as: caller) == #"{"update_people":{"affected_rows":1}}"#)
            #expect(try await stored(gateway, "ssn")[0].hasPrefix("perigee.1."))
            #expect(try await stored(gateway, "pin")[0] != "9")
        }
        // Null is stored as null.
        _ = await gateway.answer(
            "mutation { update_people_by_pk(pk_columns: {id: 1}, _set: {ssn: null}) { id } }", as: .admin)
        #expect(try await stored(gateway, "ssn")[0] == "null")
    }

    @Test(arguments: [TestDatabase.sqlite, .postgres])
    func `only decrypt shows it, on the rows it is for`(_ database: TestDatabase) async throws {
        let gateway = try await gateway(database)
        let all = "{ people(order_by: {id: asc}) { id ssn note } }"
        let clear = #"{"people":[{"id":1,"ssn":"s-1","note":"n-1"},{"id":2,"ssn":"s-\"2\"","note":null}]}"#
        #expect(await gateway.data(all, as: .admin) == clear)
        #expect(await gateway.data(all, as: Self.editor) == clear)
        #expect(
            await gateway.data(all, as: Self.member)
                == #"{"people":[{"id":1,"ssn":"s-1","note":null},{"id":2,"ssn":null,"note":null}]}"#)
        // Wherever rows are shown.
        for (query, answer) in [
            ("{ people_by_pk(id: 1) { x: ssn } }", #"{"people_by_pk":{"x":"s-1"}}"#),
            ("{ people_by_pk(id: 9) { ssn } }", #"{"people_by_pk":null}"#),
            ("{ visits { person { ssn } place } }", #"{"visits":[{"person":{"ssn":"s-1"},"place":"here"}]}"#),
            (
                "{ people_aggregate(order_by: {id: asc}) { nodes { ssn visits { id } } aggregate { count } } }",
                #"{"people_aggregate":{"nodes":[{"ssn":"s-1","visits":[{"id":1}]},{"ssn":null,"visits":[]}],"aggregate":{"count":2}}}"#
            ),
            (
                "{ people_connection(first: 1, order_by: {id: asc}) { edges { node { ssn } } } }",
                #"{"people_connection":{"edges":[{"node":{"ssn":"s-1"}}]}}"#
            ),
            (
                "{ a: people(where: {id: {_eq: 1}}) { ssn } b: visits { id } __typename }",
                #"{"a":[{"ssn":"s-1"}],"b":[{"id":1}],"__typename":"query_root"}"#
            ),
            (
                #"mutation { update_people(where: {id: {_eq: 1}}, _set: {ssn: "n"}) { affected_rows returning { id ssn } } }"#,
                #"{"update_people":{"affected_rows":1,"returning":[{"id":1,"ssn":"n"}]}}"#
            ),
            (
                #"mutation { insert_people_one(object: {id: 5, name: "x", ssn: "mine", owner_id: 7}) { ssn note } }"#,
                #"{"insert_people_one":{"ssn":"mine","note":null}}"#
            ),
            (
                #"mutation { insert_visits_one(object: {id: 5, person: {data: {id: 6, name: "y", ssn: "deep", owner_id: 7}}}) { person { ssn } } }"#,
                #"{"insert_visits_one":{"person":{"ssn":"deep"}}}"#
            ),
            (
                "mutation { delete_people_by_pk(id: 2) { ssn } }", #"{"delete_people_by_pk":{"ssn":null}}"#
            ),
        ] {
            #expect(await gateway.data(query, as: Self.member) == answer, "\(query)")
        }
    }

    @Test(arguments: [TestDatabase.sqlite, .postgres])
    func `an upsert seals what it writes on either arm`(_ database: TestDatabase) async throws {
        let gateway = try await gateway(database)
        for id in [1, 3] {
            let upsert = """
                mutation { insert_people_one(object: {id: \(id), name: "U", ssn: "u-\(id)", owner_id: 7},
                  on_conflict: {constraint: people_pkey, update_columns: [ssn, owner_id], where: {ssn: {_is_null: \(id == 3)}}}) { ssn } }
                """
            #expect(await gateway.data(upsert, as: Self.member) == #"{"insert_people_one":{"ssn":"u-\#(id)"}}"#)
        }
    }

    @Test
    func `it offers nothing but the question whether it is null`() async throws {
        let gateway = try await gateway(.sqlite)
        for caller in [Self.editor, Self.member, .admin] {
            for query in [
                #"{ people(where: {ssn: {_eq: "s-1"}}) { id } }"#, #"{ people(where: {ssn: {_like: "%"}}) { id } }"#,
                #"{ people(where: {ssn: {_in: ["perigee"]}}) { id } }"#, "{ people(order_by: {ssn: asc}) { id } }",
                "{ people(distinct_on: [ssn]) { id } }", "{ people_aggregate { aggregate { max { ssn } } } }",
                "{ people_aggregate { aggregate { count(columns: [ssn]) } } }",
                "{ people_group(by: [ssn]) { key { name } } }",
                "{ people_group(by: [name]) { key { ssn } } }",
                "{ people_connection(order_by: {ssn: asc}) { edges { cursor } } }",
                #"{ visits(where: {person: {ssn: {_gt: ""}}}) { id } }"#,
                "{ visits(order_by: {person: {ssn: asc}}) { id } }",
                #"mutation { update_people(where: {ssn: {_eq: "x"}}, _set: {name: "y"}) { affected_rows } }"#,
                #"mutation { insert_people(objects: {name: "x"}, on_conflict: {constraint: people_note_key, update_columns: []}) { affected_rows } }"#,
            ] {
                #expect(await gateway.failure(query, as: caller).hasPrefix("validation-failed"), "\(caller) \(query)")
            }
        }
        let there = "{ people(where: {ssn: {_is_null: false}}, order_by: {id: asc}) { id } }"
        #expect(await gateway.data(there, as: Self.editor) == #"{"people":[{"id":1},{"id":2}]}"#)
        // What shows null is null.
        #expect(await gateway.data(there, as: Self.member) == #"{"people":[{"id":1}]}"#)
        #expect(
            await gateway.data("{ visits(where: {person: {note: {_is_null: true}}}) { id } }", as: Self.member)
                == #"{"visits":[{"id":1}]}"#)
    }

    @Test
    func `ciphertext that is copied stays a text`() async throws {
        let gateway = try await gateway(.sqlite)
        let sealed = try await stored(gateway, "ssn")[1]
        // Into another column, and into one's own row by way of the gateway.
        #expect(
            await gateway.data(
                #"mutation { insert_people_one(object: {id: 3, name: "\#(sealed)", ssn: "\#(sealed)", owner_id: 7}) { name ssn } }"#,
                as: Self.member) == #"{"insert_people_one":{"name":"\#(sealed)","ssn":"\#(sealed)"}}"#)
        // Behind its back: another column's is none, the column's own is one, and a plain text is none.
        try gateway.change(
            "app.db", "update people set note = ssn where id = 1; update people set ssn = 'plain' where id = 2")
        #expect(
            await gateway.data("{ people(where: {id: {_lte: 2}}, order_by: {id: asc}) { ssn note } }", as: Self.editor)
                == #"{"people":[{"ssn":"s-1","note":null},{"ssn":null,"note":null}]}"#)
    }

    @Test
    func `ciphertext that cannot be opened is told of once for each column, and without a value`() async throws {
        let gateway = try await gateway(.sqlite)
        try gateway.change(
            "app.db",
            "update people set ssn = 'plain-value' where id < 3; update people set note = 'perigee.1.x.y' where id = 1")
        let told = Mutex<[ReportedFact]>([])
        let configuration = try ProjectConfiguration.load(
            gateway.folder.path("perigee.yaml"), environment: { TestGateway.environment[$0] })
        let project = try await Project.load(configuration) { fact in told.withLock { $0.append(fact) } }
        defer { project.close() }
        let served = ServedProject(project)
        // Those who may not see it do not open it.
        _ = await gateway.data("{ people { note } }", on: served, as: Self.member)
        #expect(told.withLock { $0.isEmpty })
        for _ in 0..<2 {
            #expect(
                await gateway.data("{ people(order_by: {id: asc}) { ssn note } }", on: served, as: Self.editor)
                    == #"{"people":[{"ssn":null,"note":null},{"ssn":null,"note":null}]}"#)
        }
        let columns = told.withLock { facts in
            facts.map { fact in
                if case .ciphertextUnreadable(let collection, let column) = fact {
                    "\(collection).\(column)"
                } else {
                    ""
                }
            }
        }
        #expect(Set(columns) == ["main.people.ssn", "main.people.note"])
        #expect(columns.count == 2)
    }

    @Test
    func `a hash is never made of a filter's value`() async throws {
        let gateway = try await gateway(.sqlite)
        #expect(
            await gateway.data(#"{ people(where: {pin: {_eq: "1234"}}) { id } }"#, as: Self.editor) == #"{"people":[]}"#
        )
        let hash = try await stored(gateway, "pin")[0]
        #expect(
            await gateway.data("{ people_by_pk(id: 1) { pin } }", as: Self.editor)
                == #"{"people_by_pk":{"pin":"\#(hash)"}}"#)
    }

    @Test
    func `statements and plans do not tell`() async throws {
        let gateway = try await gateway(.sqlite)
        let explained = try gateway.explain(
            #"mutation { insert_people_one(object: {name: "x", ssn: "secret", pin: "4321"}) { id } }"#, as: .admin)
        let text = explained.secured + explained.statements.flatMap(\.parameters).joined(separator: " ")
        #expect(text.contains("encrypt("))
        #expect(text.contains("hash("))
    }
}
