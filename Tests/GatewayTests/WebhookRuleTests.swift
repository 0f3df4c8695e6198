// Rules that ask a service (rules of the API, section 4, "webhook"): when it is asked, what, and what its answer means.
import Base
import Foundation
import Gateway
import Outbound
import Synchronization
import TestSupport
import Testing

@Suite(.serialized, .timeLimit(.minutes(2)))
struct WebhookRuleTests {
    private static let sql = """
        create table notes (id integer primary key, title text not null, body text, author_id int, open int default 0);
        create table tags (id integer primary key, note_id int references notes (id), name text not null);
        insert into notes (id, title, body, author_id, open) values (1, 'One', 'b1', 7, 1), (2, 'Two', 'b2', 8, 0);
        insert into tags (id, note_id, name) values (1, 1, 'x'), (2, 2, 'y');
        """
    private static let all = "{ notes(order_by: {id: asc}) { id } }"
    private static let both = #"{"notes":[{"id":1},{"id":2}]}"#
    private static let denied = "access-denied at $: The rules do not allow this request."
    private static let unavailable = "unavailable at $: A service that the rules ask did not answer."

    /// A project whose rules ask `server`: `HOOK` in them is a webhook rule, `HOOK(more members)` one with more of them.
    private func gateway(
        _ server: ScriptedServer, _ collections: String
    ) async throws -> TestGateway {
        let expand = { (text: String) in
            text.replacing(/HOOK(\(([^)]*)\))?/) { match in
                let more = match.output.2.map { ", \($0)" } ?? ""
                return #"{ "rule": "webhook", "url": "\#(server.url)/ask"\#(more) }"#
            }
        }
        return try await TestGateway.make(
            sql: Self.sql, collections: expand(collections), outbound: #""allow": ["127.0.0.1"]"#)
    }

    private func saying(_ status: String, _ body: String = "") throws -> ScriptedServer {
        try ScriptedServer { _ in reply(status, [], body) }
    }

    // MARK: When it is asked

    @Test(
        arguments: [
            (#"{ "rule": "or", "clauses": [ { "rule": "authenticated" }, HOOK ] }"#, 0),
            // Written first, it is still not cheaper.
            (#"{ "rule": "or", "clauses": [ HOOK, { "rule": "authenticated" } ] }"#, 0),
            (#"{ "rule": "and", "clauses": [ { "rule": "authenticated" }, HOOK ] }"#, 1),
            (#"{ "rule": "or", "clauses": [ { "rule": "where", "where": { "open": { "_eq": 1 } } }, HOOK ] }"#, 1),
            (#"{ "rule": "not", "clause": { "rule": "and", "clauses": [ { "rule": "deny" }, HOOK ] } }"#, 0),
            (
                #"{ "rule": "or", "clauses": [ { "rule": "and", "clauses": [ HOOK, { "rule": "deny" } ] }, { "rule": "allow" } ] }"#,
                0
            ),
            // A missing claim is unknown, and no answer makes it true.
            (
                #"{ "rule": "or", "clauses": [ { "rule": "allow" }, { "rule": "and", "clauses": [ { "rule": "match", "type": "string", "eval": "==", "f1": "args.auth.none", "f2": "x" }, HOOK ] } ] }"#,
                0
            ),
        ])
    func `it is asked only if it is decisive`(_ rule: String, _ count: Int) async throws {
        let server = try saying("200 OK")
        defer { server.stop() }
        let gateway = try await gateway(server, #""main.notes": { "read": \#(rule) }"#)
        #expect(await gateway.data(Self.all, as: #"{"id": 7}"#) == Self.both)
        #expect(server.requests.count == count)
    }

    @Test
    func `it is not asked where a missing claim leaves nothing to decide`() async throws {
        let server = try saying("200 OK")
        defer { server.stop() }
        let rule =
            #"{ "rule": "and", "clauses": [ HOOK, { "rule": "where", "where": { "author_id": { "_eq": "args.auth.id" } } } ] }"#
        let gateway = try await gateway(server, #""main.notes": { "read": \#(rule) }"#)
        #expect(await gateway.failure(Self.all, as: #"{"x": 1}"#) == "not-found at $: missing session variable: \"id\"")
        #expect(server.requests.isEmpty)
        #expect(await gateway.data(Self.all, as: #"{"id": 7}"#) == #"{"notes":[{"id":1}]}"#)
        #expect(server.requests.count == 1)
    }

    @Test
    func `a field's webhook is asked only by those who name the field`() async throws {
        let server = try saying("200 OK")
        defer { server.stop() }
        let gateway = try await gateway(
            server, #""main.notes": { "read": { "rule": "allow" }, "fields": { "body": { "read": HOOK } } }"#)
        #expect(await gateway.data(Self.all) == Self.both)
        #expect(server.requests.isEmpty)
        for query in [
            "{ notes_by_pk(id: 1) { body } }", #"{ notes(where: {body: {_eq: "b1"}}) { id } }"#,
            "{ notes(order_by: {body: asc}) { id } }", "{ notes_aggregate { aggregate { max { body } } } }",
        ] {
            let before = server.requests.count
            #expect(await gateway.answer(query).hasPrefix(#"{"data""#), "\(query)")
            #expect(server.requests.count == before + 1, "\(query)")
        }
    }

    @Test
    func `it is asked once for a request and a question`() async throws {
        let server = try saying("200 OK")
        defer { server.stop() }
        let gateway = try await gateway(
            server,
            #""main.notes": { "read": HOOK, "fields": { "body": { "read": HOOK } } }, "main.tags": { "read": HOOK }"#)
        let query =
            "{ a: notes { body tags { name } } b: notes_aggregate { aggregate { count } } tags { note { title } } }"
        #expect(await gateway.answer(query).hasPrefix(#"{"data""#))
        // Another question: `op` is "aggregate" nowhere, for there is no rule for it.
        #expect(server.requests.count == 1)
        #expect(await gateway.answer(query).hasPrefix(#"{"data""#))
        #expect(server.requests.count == 2)
    }

    @Test
    func `admins ask nobody`() async throws {
        let server = try saying("403 Forbidden")
        defer { server.stop() }
        let gateway = try await gateway(server, #""main.notes": { "read": HOOK }"#)
        #expect(await gateway.data(Self.all, as: .admin) == Self.both)
        #expect(server.requests.isEmpty)
    }

    // MARK: What it says

    @Test(
        arguments: [
            ("200 OK", "", "yes"), ("204 No Content", "", "yes"), ("200 OK", "fine", "yes"),
            ("201 Created", #"{"allow": true}"#, "yes"), ("200 OK", #"{"other": false}"#, "yes"),
            ("200 OK", #" {"allow": false}"#, "no"), ("401 Unauthorized", "", "no"), ("403 Forbidden", "{}", "no"),
            ("403 Forbidden", #"{"allow": false}"#, "no"),
            ("200 OK", #"{"allow": "yes"}"#, "none"), ("200 OK", #"{"allow": null}"#, "none"),
            ("200 OK", #"{"allow": true"#, "none"), ("200 OK", #"{"allow": false, "allow": true}"#, "none"),
            ("403 Forbidden", #"{"allow": true}"#, "none"), ("500 Internal Server Error", #"{"allow": true}"#, "none"),
            ("404 Not Found", "", "none"), ("400 Bad Request", "", "none"), ("503 Service Unavailable", "", "none"),
            ("302 Found", "", "none"), ("304 Not Modified", "", "none"),
        ])
    func `only an answer that says so is a verdict`(_ status: String, _ body: String, _ verdict: String) async throws {
        let server = try saying(status, body)
        defer { server.stop() }
        let alone = try await gateway(server, #""main.notes": { "read": HOOK }"#)
        let negated = try await gateway(
            server, #""main.notes": { "read": { "rule": "not", "clause": HOOK } }"#)
        let beside = try await gateway(
            server,
            #""main.notes": { "read": { "rule": "or", "clauses": [ HOOK, { "rule": "where", "where": { "open": { "_eq": 1 } } } ] } }"#
        )
        switch verdict {
        case "yes":
            #expect(await alone.data(Self.all) == Self.both)
            #expect(await negated.failure(Self.all) == Self.denied)
            #expect(await beside.data(Self.all) == Self.both)
        case "no":
            #expect(await alone.failure(Self.all) == Self.denied)
            #expect(await negated.data(Self.all) == Self.both)
            #expect(await beside.data(Self.all) == #"{"notes":[{"id":1}]}"#)
        default:
            #expect(await alone.failure(Self.all) == Self.unavailable)
            #expect(await negated.failure(Self.all) == Self.unavailable)
            #expect(await beside.failure(Self.all) == Self.unavailable)
        }
    }

    @Test
    func `no answer in time ends the request, under or and not as well`() async throws {
        let server = try ScriptedServer { _ in .silence }
        defer { server.stop() }
        for rule in [
            #"HOOK("timeout": "50ms")"#, #"{ "rule": "not", "clause": HOOK("timeout": "50ms") }"#,
            #"{ "rule": "or", "clauses": [ { "rule": "where", "where": { "open": { "_eq": 1 } } }, HOOK("timeout": "50ms") ] }"#,
        ] {
            let gateway = try await gateway(server, #""main.notes": { "read": \#(rule) }"#)
            #expect(await gateway.failure(Self.all) == Self.unavailable, "\(rule)")
        }
        #expect(server.requests.count == 3)
    }

    @Test
    func `an address that is not public is not asked`() async throws {
        let server = try saying("200 OK")
        defer { server.stop() }
        let gateway = try await TestGateway.make(
            sql: Self.sql,
            collections: #""main.notes": { "read": { "rule": "webhook", "url": "\#(server.url)/" } }"#)
        #expect(await gateway.failure(Self.all) == Self.unavailable)
        #expect(server.requests.isEmpty)
    }

    @Test
    func `an answer that is too long is none`() async throws {
        let server = try ScriptedServer { _ in
            .endless(first: "HTTP/1.1 200 OK\r\n\r\n", again: String(repeating: " ", count: 4096))
        }
        defer { server.stop() }
        let gateway = try await gateway(server, #""main.notes": { "read": HOOK }"#)
        #expect(await gateway.failure(Self.all) == Self.unavailable)
    }

    @Test
    func `verdicts that change change the answer, whatever plans are kept`() async throws {
        let verdicts = Mutex([true, false, true, false])
        let server = try ScriptedServer { _ in
            reply("200 OK", [], #"{"allow": \#(verdicts.withLock { $0.removeFirst() })}"#)
        }
        defer { server.stop() }
        let gateway = try await gateway(
            server,
            #""main.notes": { "read": { "rule": "or", "clauses": [ HOOK, { "rule": "where", "where": { "open": { "_eq": 1 } } } ] } }"#
        )
        var answers: [String] = []
        for _ in 0..<4 { answers.append(await gateway.data(Self.all)) }
        let one = #"{"notes":[{"id":1}]}"#
        #expect(answers == [Self.both, one, Self.both, one])
    }

    // MARK: What it is asked

    private func bodies(_ server: ScriptedServer) -> [String] { server.requests.map(\.body) }

    @Test
    func `a read is asked about with the caller alone`() async throws {
        let server = try saying("200 OK")
        defer { server.stop() }
        let gateway = try await gateway(server, #""main.notes": { "read": HOOK, "delete": HOOK }"#)
        _ = await gateway.answer(Self.all)
        _ = await gateway.answer(Self.all, as: #"{"id": 12345678901234567890, "role": "ü"}"#)
        _ = await gateway.answer("mutation { delete_notes_by_pk(id: 9) { id } }", as: #"{"id": 1}"#)
        #expect(
            bodies(server) == [
                #"{"op":"read","auth":null,"doc":null,"params":null}"#,
                #"{"op":"read","auth":{"id":12345678901234567890,"role":"ü"},"doc":null,"params":null}"#,
                #"{"op":"delete","auth":{"id":1},"doc":null,"params":null}"#,
                #"{"op":"read","auth":{"id":1},"doc":null,"params":null}"#,
            ])
        let head = try #require(server.requests.first).head
        #expect(head.hasPrefix("POST /ask HTTP/1.1\r\n"))
        #expect(head.contains("\r\nContent-Type: application/json"))
    }

    @Test
    func `a write is asked about with its objects as they will be written`() async throws {
        let server = try saying("200 OK")
        defer { server.stop() }
        let gateway = try await gateway(
            server,
            #"""
            "main.notes": { "read": { "rule": "allow" }, "update": HOOK,
                            "create": { "rule": "and", "clauses": [ HOOK,
                              { "rule": "force", "field": "args.doc.author_id", "value": "args.auth.id" },
                              { "rule": "remove", "fields": ["body"] } ] } },
            "main.tags": { "read": { "rule": "allow" }, "create": { "rule": "allow" } }
            """#)
        let inserted = await gateway.data(
            """
            mutation ($title: String!) {
              insert_notes(objects: [{title: $title, body: "gone", tags: {data: [{name: "a"}]}}, {title: "N", open: null}]) {
                affected_rows
              }
            }
            """, #"{"title": "M"}"#, as: #"{"id": 7}"#)
        #expect(inserted == #"{"insert_notes":{"affected_rows":3}}"#)
        let updated = await gateway.data(
            #"mutation { update_notes_by_pk(pk_columns: {id: 1}, _set: {title: "T"}, _inc: {open: 2}) { title open } }"#
        )
        #expect(updated == #"{"update_notes_by_pk":{"title":"T","open":3}}"#)
        #expect(
            bodies(server) == [
                #"{"op":"create","auth":{"id":7},"doc":[{"title":"M","author_id":7,"tags":[{"name":"a"}]},{"title":"N","open":null,"author_id":7}],"params":null}"#,
                #"{"op":"update","auth":null,"doc":[{"title":"T","_inc":{"open":2}}],"params":null}"#,
            ])
    }

    @Test
    func `root fields with other objects are other questions, and one refusal refuses all`() async throws {
        let server = try ScriptedServer { request in
            reply(request.body.contains("bad") ? "403 Forbidden" : "200 OK", [], "")
        }
        defer { server.stop() }
        let gateway = try await gateway(server, #""main.notes": { "read": { "rule": "allow" }, "create": HOOK }"#)
        let insert = { (titles: [String]) in
            let fields = titles.enumerated().map {
                #"a\#($0.offset): insert_notes_one(object: {title: "\#($0.element)"}) { title }"#
            }
            return "mutation { \(fields.joined(separator: " ")) }"
        }
        #expect(
            await gateway.data(insert(["x", "y", "x"]))
                == #"{"a0":{"title":"x"},"a1":{"title":"y"},"a2":{"title":"x"}}"#)
        #expect(server.requests.count == 2)
        #expect(await gateway.failure(insert(["z", "bad"])) == Self.denied)
        #expect(await gateway.data(#"{ notes(where: {title: {_eq: "z"}}) { id } }"#) == #"{"notes":[]}"#)
    }

    @Test
    func `an or that acts takes the clause that the verdict opens`() async throws {
        let verdict = Mutex(true)
        let server = try ScriptedServer { _ in reply("200 OK", [], #"{"allow": \#(verdict.withLock { $0 })}"#) }
        defer { server.stop() }
        let gateway = try await gateway(
            server,
            #"""
            "main.notes": { "read": { "rule": "allow" }, "create": { "rule": "or", "clauses": [
              { "rule": "and", "clauses": [ HOOK, { "rule": "force", "field": "args.doc.author_id", "value": "args.auth.none" } ] },
              { "rule": "and", "clauses": [ { "rule": "authenticated" },
                { "rule": "force", "field": "args.doc.author_id", "value": 2 } ] } ] } }
            """#)
        let insert = #"mutation { insert_notes_one(object: {title: "x"}) { author_id } }"#
        #expect(
            await gateway.failure(insert, as: #"{"id": 7}"#) == "not-found at $: missing session variable: \"none\"")
        verdict.withLock { $0 = false }
        #expect(await gateway.data(insert, as: #"{"id": 7}"#) == #"{"insert_notes_one":{"author_id":2}}"#)
        #expect(server.requests.count == 2)
    }

    @Test
    func `only the headers that are named are handed on`() async throws {
        let server = try saying("200 OK")
        defer { server.stop() }
        let gateway = try await gateway(
            server,
            #""main.notes": { "read": HOOK("forward": ["X-Tenant"]) }, "main.tags": { "read": HOOK("forward": ["x-other"]) }"#
        )
        _ = await gateway.answer(
            GraphQLRequest(query: Array(Self.all.utf8)), as: Caller(kind: .anonymous),
            headers: [.init("x-tenant", "t1"), .init("x-other", "o")])
        let head = try #require(server.requests.first).head
        #expect(head.contains("\r\nx-tenant: t1"))
        #expect(!head.contains("x-other"))
    }

    // MARK: What is kept

    @Test
    func `a verdict is kept for the same question, the same caller and the same headers`() async throws {
        let server = try ScriptedServer { request in
            reply(request.body.contains(#""id":7"#) ? "200 OK" : "403 Forbidden", [], "")
        }
        defer { server.stop() }
        let gateway = try await gateway(
            server, #""main.notes": { "read": HOOK("cache": "1h", "forward": ["x-tenant"]) }"#)
        let ask = { (caller: TestCaller, tenant: String) in
            await gateway.answer(
                GraphQLRequest(query: Array(Self.all.utf8)), as: caller.caller, headers: [.init("x-tenant", tenant)])
        }
        for _ in 0..<2 {
            #expect(await ask(#"{"id": 7}"#, "a").contains(Self.both))
            #expect(await ask(#"{"id": 8}"#, "a").contains("access-denied"))
        }
        #expect(server.requests.count == 2)
        #expect(await ask(#"{"id": 7}"#, "b").contains(Self.both))
        #expect(await ask(#"{"id": 7, "x": 1}"#, "a").contains(Self.both))
        #expect(server.requests.count == 4)
    }

    @Test
    func `a kept verdict ends, and what is no verdict is not kept`() async throws {
        let count = Mutex(0)
        let server = try ScriptedServer { _ in
            let number = count.withLock { count in
                count += 1
                return count
            }
            return reply(number == 1 ? "500 Internal Server Error" : "200 OK", [], "")
        }
        defer { server.stop() }
        let gateway = try await gateway(server, #""main.notes": { "read": HOOK("cache": "1ms") }"#)
        #expect(await gateway.failure(Self.all) == Self.unavailable)
        #expect(await gateway.data(Self.all) == Self.both)
        // The monotonic clock has moved on by more than a millisecond once this one is done.
        let deadline = ContinuousClock.now + .seconds(20)
        while server.requests.count < 3, ContinuousClock.now < deadline {
            #expect(await gateway.data(Self.all) == Self.both)
        }
        #expect(server.requests.count >= 3)
    }

    // MARK: The schema

    @Test
    func `the schema is drawn as if the answer were yes`() async throws {
        let server = try saying("403 Forbidden")
        defer { server.stop() }
        let gateway = try await gateway(
            server,
            #"""
            "main.notes": { "read": HOOK, "create": HOOK, "fields": {
              "title": { "read": HOOK },
              "body":  { "read": { "rule": "or", "clauses": [ HOOK, { "rule": "where", "where": { "open": { "_eq": 1 } } } ] } },
              "open":  { "read": { "rule": "not", "clause": HOOK } } } }
            """#)
        let text = gateway.project.schemaText(of: TestCaller.anonymous.caller, now: TestGateway.now)
        #expect(text.contains("  title: String!"))
        #expect(text.contains("  body: String\n"))
        #expect(text.contains("  open: "))
        #expect(text.contains("  insert_notes_one("))
        #expect(server.requests.isEmpty)
    }

    @Test
    func `a field that a verdict closes on some rows shows null there`() async throws {
        let server = try saying("200 OK", #"{"allow": false}"#)
        defer { server.stop() }
        let gateway = try await gateway(
            server,
            #"""
            "main.notes": { "read": { "rule": "allow" }, "fields": {
              "body":  { "read": { "rule": "or", "clauses": [ HOOK, { "rule": "where", "where": { "open": { "_eq": 1 } } } ] } },
              "title": { "read": HOOK } } }
            """#)
        #expect(
            await gateway.data("{ notes(order_by: {id: asc}) { id body } }")
                == #"{"notes":[{"id":1,"body":"b1"},{"id":2,"body":null}]}"#)
        #expect(await gateway.failure("{ notes { title } }") == Self.denied)
        #expect(await gateway.failure(#"{ notes(where: {title: {_eq: "One"}}) { id } }"#) == Self.denied)
    }

    @Test
    func `a verdict may say how many rows a list has`() async throws {
        let verdict = Mutex(true)
        let server = try ScriptedServer { _ in reply("200 OK", [], #"{"allow": \#(verdict.withLock { $0 })}"#) }
        defer { server.stop() }
        let gateway = try await gateway(
            server, #""main.notes": { "read": { "rule": "allow" }, "limits": [ { "when": HOOK, "rows": 1 } ] }"#)
        #expect(await gateway.data(Self.all) == #"{"notes":[{"id":1}]}"#)
        verdict.withLock { $0 = false }
        #expect(await gateway.data(Self.all) == Self.both)
    }

    @Test
    func `a mask may ask whether it is lifted`() async throws {
        let verdict = Mutex(true)
        let server = try ScriptedServer { _ in reply("200 OK", [], #"{"allow": \#(verdict.withLock { $0 })}"#) }
        defer { server.stop() }
        let gateway = try await gateway(
            server,
            #""main.notes": { "read": { "rule": "allow" }, "fields": { "title": { "read": { "rule": "mask", "with": null, "clause": HOOK } } } }"#
        )
        #expect(await gateway.data("{ notes_by_pk(id: 1) { title } }") == #"{"notes_by_pk":{"title":"One"}}"#)
        verdict.withLock { $0 = false }
        #expect(await gateway.data("{ notes_by_pk(id: 1) { title } }") == #"{"notes_by_pk":{"title":null}}"#)
    }

    @Test
    func `a constraint over what no verdict has opened yet is not named, and nobody is asked for it`() async throws {
        let server = try saying("200 OK")
        defer { server.stop() }
        let hook = #"{ "rule": "webhook", "url": "\#(server.url)/ask" }"#
        let gateway = try await TestGateway.make(
            sql: "create table codes (id integer primary key, code text unique); insert into codes values (1, 'x');",
            collections: #"""
                "main.codes": { "read": { "rule": "allow" }, "create": { "rule": "allow" },
                  "fields": { "code": { "read": \#(hook) } } }
                """#, outbound: #""allow": ["127.0.0.1"]"#)
        let insert = #"mutation { insert_codes_one(object: {code: "x"}) { SELECTION } }"#
        let place = "constraint-violation at $.selectionSet.insert_codes_one.args.object: "
        #expect(
            await gateway.failure(insert.replacing("SELECTION", with: "id")) == place + "a database constraint failed")
        #expect(server.requests.isEmpty)
        // Who reads the column knows what is in it.
        #expect(
            await gateway.failure(insert.replacing("SELECTION", with: "code"))
                .hasPrefix(place + "Uniqueness violation."))
        #expect(server.requests.count == 1)
    }
}
