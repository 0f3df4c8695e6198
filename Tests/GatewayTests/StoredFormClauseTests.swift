// `clause` of `hash` and `encrypt`: for which writes a column is stored in its form, over both databases; and what masks show in
// the place of what is encrypted.
import Gateway
import Metadata
import Outbound
import Rules
import TestSupport
import Testing

@Suite(.serialized, .timeLimit(.minutes(3)))
struct StoredFormClauseTests {
    private static let sql =
        "create table people (id integer primary key, name text not null, ssn text, pin text);"
    private static let isStaff =
        #"{ "rule": "match", "type": "string", "eval": "==", "f1": "args.auth.role", "f2": "staff" }"#
    private static let staff: TestCaller = #"{"role": "staff", "id": 1}"#
    private static let guest: TestCaller = #"{"role": "guest", "id": 2}"#
    /// Without the claim that the clause looks at.
    private static let nobody: TestCaller = #"{"id": 3}"#

    private func gateway(
        _ database: TestDatabase, encrypt: String = isStaff, hash: String = isStaff,
        update: String = #"{ "rule": "authenticated" }"#, outbound: String = ""
    ) async throws -> TestGateway {
        try await TestGateway.make(
            sql: Self.sql,
            collections: #"""
                "main.people": {
                  "read": { "rule": "and", "clauses": [ { "rule": "authenticated" }, { "rule": "decrypt", "fields": ["ssn"] } ] },
                  "create": { "rule": "and", "clauses": [ { "rule": "authenticated" },
                    { "rule": "encrypt", "fields": ["ssn"], "clause": \#(encrypt) },
                    { "rule": "hash", "fields": ["args.doc.pin"], "clause": \#(hash) } ] },
                  "update": { "rule": "and", "clauses": [ \#(update), { "rule": "check", "where": {} } ] } }
                """#, outbound: outbound, in: database)
    }

    private func insert(_ id: Int, _ ssn: String = "s") -> String {
        #"mutation { insert_people_one(object: {id: \#(id), name: "n", ssn: "\#(ssn)", pin: "p"}) { ssn } }"#
    }

    private func isSealed(_ text: String) -> Bool { text.hasPrefix("perigee.1.") }

    private func stored(_ gateway: TestGateway, _ column: String) throws -> [String] {
        try gateway.asAnotherProgram("select \(column) from people order by id")
    }

    @Test(arguments: [TestDatabase.sqlite, .postgres])
    func `only where its clause is false is a value stored as it is`(_ database: TestDatabase) async throws {
        let gateway = try await gateway(database)
        let callers: [(TestCaller, isSealed: Bool)] = [
            (Self.staff, true), (Self.guest, false), (Self.nobody, true), (.admin, true),
        ]
        for (id, (caller, _)) in callers.enumerated() {
            #expect(await gateway.data(insert(id), as: caller) == #"{"insert_people_one":{"ssn":"s"}}"#)
        }
        #expect(try stored(gateway, "ssn").map(isSealed) == callers.map(\.isSealed))
        #expect(try stored(gateway, "ssn")[1] == "s")
        #expect(try stored(gateway, "pin").map { $0.utf8.count == 64 } == callers.map(\.isSealed))
        #expect(try stored(gateway, "pin")[1] == "p")
        // Updates obey it as well, wherever it stands.
        let update = #"mutation { update_people(where: {}, all: true, _set: {ssn: "t", pin: "q"}) { affected_rows } }"#
        for (caller, isSealed) in callers {
            #expect(await gateway.data(update, as: caller) == #"{"update_people":{"affected_rows":4}}"#)
            #expect(try stored(gateway, "ssn").allSatisfy { self.isSealed($0) == isSealed })
            #expect(try stored(gateway, "pin").allSatisfy { ($0 == "q") != isSealed })
            #expect(
                await gateway.data("{ people(where: {id: {_eq: 2}}) { ssn } }", as: Self.guest)
                    == #"{"people":[{"ssn":"t"}]}"#)
        }
    }

    @Test(arguments: [TestDatabase.sqlite, .postgres])
    func `what looks like ciphertext is a text, whoever writes it`(_ database: TestDatabase) async throws {
        let gateway = try await gateway(database)
        _ = await gateway.data(insert(1, "secret"), as: Self.staff)
        let sealed = try stored(gateway, "ssn")[0]
        #expect(
            await gateway.data(insert(2, sealed), as: Self.guest) == #"{"insert_people_one":{"ssn":"\#(sealed)"}}"#)
        #expect(isSealed(try stored(gateway, "ssn")[1]))
        for text in [#"a \"quoted\" \\ text"#, "", "perigee.1", "ü"] {
            let update = #"mutation { update_people_by_pk(pk_columns: {id: 2}, _set: {ssn: "\#(text)"}) { ssn } }"#
            #expect(
                await gateway.data(update, as: Self.guest) == #"{"update_people_by_pk":{"ssn":"\#(text)"}}"#, "\(text)")
        }
    }

    @Test(arguments: [TestDatabase.sqlite, .postgres])
    func `args.op is the operation of the write, and an upsert is both`(_ database: TestDatabase) async throws {
        let isUpdate = #"{ "rule": "match", "type": "string", "eval": "==", "f1": "args.op", "f2": "update" }"#
        let gateway = try await gateway(database, encrypt: isUpdate, hash: isUpdate)
        _ = await gateway.data(insert(1), as: Self.staff)
        #expect(try stored(gateway, "ssn") == ["s"])
        let upsert = """
            mutation { insert_people_one(object: {id: 2, name: "n", ssn: "u"},
              on_conflict: {constraint: people_pkey, update_columns: [ssn]}) { ssn } }
            """
        for _ in 0..<2 {
            #expect(await gateway.data(upsert, as: Self.guest) == #"{"insert_people_one":{"ssn":"u"}}"#)
            #expect(isSealed(try stored(gateway, "ssn")[1]))
        }
        let nothing = upsert.replacing("update_columns: [ssn]", with: "update_columns: []").replacing(
            "id: 2", with: "id: 3")
        _ = await gateway.data(nothing, as: Self.guest)
        #expect(try stored(gateway, "ssn")[2] == "u")
        _ = await gateway.data(
            #"mutation { update_people_by_pk(pk_columns: {id: 1}, _set: {ssn: "t"}) { id } }"#, as: Self.guest)
        #expect(isSealed(try stored(gateway, "ssn")[0]))
    }

    @Test(arguments: [TestDatabase.sqlite, .postgres])
    func `one rule without a clause, or with one that is not false, is enough`(_ database: TestDatabase) async throws {
        for (more, expected) in [
            (#"{ "rule": "encrypt", "fields": ["ssn"] }"#, true),
            (#"{ "rule": "encrypt", "fields": ["ssn"], "clause": { "rule": "authenticated" } }"#, true),
            (#"{ "rule": "encrypt", "fields": ["ssn"], "clause": { "rule": "deny" } }"#, false),
        ] {
            let gateway = try await gateway(
                database, update: #"{ "rule": "authenticated" }, \#(more)"#)
            _ = await gateway.data(insert(1), as: Self.guest)
            #expect(isSealed(try stored(gateway, "ssn")[0]) == expected, "\(more)")
        }
    }

    @Test(arguments: [TestDatabase.sqlite, .postgres])
    func `a webhook may decide it`(_ database: TestDatabase) async throws {
        for (status, expected) in [("200 OK", true), ("403 Forbidden", false)] {
            let server = try ScriptedServer { _ in reply(status, [], "") }
            defer { server.stop() }
            let gateway = try await gateway(
                database, encrypt: #"{ "rule": "webhook", "url": "\#(server.url)/ask" }"#,
                outbound: #""allow": ["127.0.0.1"]"#)
            #expect(await gateway.data(insert(1), as: Self.guest) == #"{"insert_people_one":{"ssn":"s"}}"#)
            #expect(isSealed(try stored(gateway, "ssn")[0]) == expected)
            #expect(server.requests.count == 1)
            // Asked about what it decides alone.
            _ = await gateway.data(
                #"mutation { insert_people_one(object: {id: 2, name: "n"}) { id } }"#, as: Self.guest)
            #expect(server.requests.count == 1)
        }
    }

    @Test(arguments: [TestDatabase.sqlite, .postgres])
    func `a text in a column that is always encrypted is not shown`(_ database: TestDatabase) async throws {
        let gateway = try await gateway(
            database, update: #"{ "rule": "authenticated" }, { "rule": "encrypt", "fields": ["ssn"] }"#)
        _ = await gateway.data(insert(1), as: Self.guest)
        try gateway.asAnotherProgram("update people set ssn = 'plain'")
        #expect(await gateway.data("{ people { ssn } }", as: Self.guest) == #"{"people":[{"ssn":null}]}"#)
    }

    @Test func `explain tells in which form a field is stored`() async throws {
        let gateway = try await gateway(.sqlite)
        for (caller, lines) in [
            (Self.staff, ["field ssn taken, stored encrypted", "field pin taken, stored hashed", "field name taken"]),
            (Self.guest, ["field ssn taken, stored as it is", "field pin taken, stored as it is"]),
        ] {
            let explanation = try RuleExplanation.make(
                .create, "main.people", project: gateway.project, caller: caller.caller, now: TestGateway.now)
            for line in lines { #expect(explanation.residue.contains(line), "\(explanation.residue)") }
        }
        let mutation = #"mutation { insert_people_one(object: {name: "x", ssn: "secret"}) { id } }"#
        #expect(try gateway.explain(mutation, as: Self.guest).secured.contains("clear("))
        #expect(try gateway.explain(mutation, as: Self.staff).secured.contains("encrypt("))
    }

    // MARK: Masks

    /// A literal comes after decryption: it is what it is, on whichever rows.
    @Test(arguments: [TestDatabase.sqlite, .postgres])
    func `a mask's literal stands beside values that are decrypted`(_ database: TestDatabase) async throws {
        for (decrypt, masked) in [
            (#"{ "rule": "decrypt", "fields": ["ssn"] }"#, #"*\"*"#),
            (
                #"{ "rule": "decrypt", "fields": ["ssn"], "clause": { "rule": "where", "where": { "id": { "_gt": 1 } } } }"#,
                #"*\"*"#
            ),
        ] {
            let gateway = try await TestGateway.make(
                sql: Self.sql,
                collections: #"""
                    "main.people": {
                      "read": { "rule": "and", "clauses": [ { "rule": "authenticated" }, \#(decrypt) ] },
                      "create": { "rule": "and", "clauses": [ { "rule": "authenticated" }, { "rule": "encrypt", "fields": ["ssn"] } ] },
                      "fields": { "ssn": { "read": { "rule": "mask", "with": "*\"*",
                        "clause": { "rule": "match", "type": "number", "eval": "==", "f1": "args.row.id", "f2": "args.auth.id" } } } } }
                    """#, in: database)
            for id in 1...3 { _ = await gateway.data(insert(id, "s-\(id)"), as: .admin) }
            let own = { (id: Int) in decrypt.contains("clause") && id == 1 ? "null" : "\"s-\(id)\"" }
            for caller in 1...3 {
                let rows = (1...3).map { #"{"id":\#($0),"ssn":\#($0 == caller ? own($0) : "\"\(masked)\"")}"# }
                #expect(
                    await gateway.data("{ people(order_by: {id: asc}) { id ssn } }", as: TestCaller(id: caller))
                        == #"{"people":[\#(rows.joined(separator: ","))]}"#, "\(decrypt) \(caller)")
            }
            // Whether it is null is asked of what is shown.
            #expect(
                await gateway.data("{ people(where: {ssn: {_is_null: true}}) { id } }", as: TestCaller(id: 1))
                    == (decrypt.contains("clause") ? #"{"people":[{"id":1}]}"# : #"{"people":[]}"#))
        }
    }
}

extension TestCaller {
    fileprivate init(id: Int) {
        self.init(stringLiteral: #"{"id": \#(id)}"#)
    }
}
