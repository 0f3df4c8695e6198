// Subscriptions as transports begin them.
import Base
import Gateway
import Reactor
import Synchronization
import TestSupport
import Testing

@Suite
struct SubscriptionTests {
    private static let sql = """
        CREATE TABLE notes (id INTEGER PRIMARY KEY, body TEXT);
        INSERT INTO notes VALUES (1, 'one'), (2, 'two');
        """
    private static let collections = #""main.notes": { "read": { "rule": "allow" }, "create": { "rule": "allow" } }"#

    private static func gateway() async throws -> TestGateway {
        try await TestGateway.make(sql: sql, collections: collections)
    }

    @Test func `the full result comes first`() async throws {
        let gateway = try await Self.gateway()
        let subscriber = try await Subscriber(
            "subscription { notes(order_by: {id: asc}) { id body } }", on: ServedProject(gateway.project))
        #expect(
            await subscriber.next() == #"{"data":{"notes":[{"id":1,"body":"one"},{"id":2,"body":"two"}]}}"#)
    }

    @Test func `an answer that comes once has no subscription in it`() async throws {
        let gateway = try await Self.gateway()
        #expect(
            await gateway.failure("subscription { notes { id } }")
                == #"not-supported at $: Subscriptions need a WebSocket, server-sent events ("Accept: text/event-stream") or a multipart response."#
        )
    }

    @Test(
        arguments: [
            ("subscription { notes { id } }", nil, true), ("{ notes { id } }", nil, false), ("{ notes {", nil, nil),
            ("subscription a { notes { id } } query b { notes { id } }", "a", true),
            ("subscription a { notes { id } } query b { notes { id } }", "b", false),
            ("subscription a { notes { id } } query b { notes { id } }", nil, nil),
            ("subscription a { notes { id } }", "c", nil),
        ] as [(String, String?, Bool?)])
    func `whether a request subscribes is known before it is begun`(
        _ query: String, _ name: String?, _ expected: Bool?
    ) async throws {
        let gateway = try await Self.gateway()
        let request = GraphQLRequest(query: Array(query.utf8), operationName: name)
        #expect(ServedProject(gateway.project).isSubscription(request) == expected)
    }

    @Test func `what is wrong with a subscription is told where it is begun`() async throws {
        let gateway = try await Self.gateway()
        let served = ServedProject(gateway.project)
        for (query, message) in [
            ("subscription { users { id } }", "Cannot query field \"users\" on type \"subscription_root\"."),
            ("{ notes { id } }", "The operation is not a subscription."),
            (
                "subscription { a: notes { id } b: notes { id } }",
                "Anonymous Subscription must select only one top level field."
            ),
        ] {
            do {
                _ = try await Subscriber(query, on: served)
                Issue.record("begun: \(query)")
            } catch let failure as RequestFailure {
                #expect(failure.errors.map(\.message) == [message])
            }
        }
    }

    // MARK: Changes

    private static let team = """
        CREATE TABLE teams (id INTEGER PRIMARY KEY, name TEXT, motto TEXT);
        CREATE TABLE people (
          id INTEGER PRIMARY KEY, team_id INTEGER REFERENCES teams ON DELETE CASCADE ON UPDATE CASCADE, name TEXT,
          owner TEXT);
        CREATE TABLE badges (
          id INTEGER PRIMARY KEY, person_id INTEGER REFERENCES people ON DELETE SET NULL, label TEXT);
        CREATE TABLE log (id INTEGER PRIMARY KEY, line TEXT);
        CREATE TABLE audited (id INTEGER PRIMARY KEY, value TEXT);
        CREATE TRIGGER audited_log AFTER INSERT ON audited BEGIN INSERT INTO log (line) VALUES (new.value); END;
        CREATE VIEW names AS SELECT id, name FROM people;
        INSERT INTO teams VALUES (1, 'red', 'x'), (2, 'blue', 'y');
        INSERT INTO people VALUES (1, 1, 'ann', 'a'), (2, 2, 'bob', 'b');
        INSERT INTO badges VALUES (1, 1, 'gold');
        """
    private static let open = ["teams", "people", "badges", "log", "audited", "names"].map { name in
        let all = ["read", "create", "update", "delete"].map { #""\#($0)": { "rule": "allow" }"# }.joined(
            separator: ", ")
        return #""main.\#(name)": { \#(all), "cascades": ["main.people", "main.badges"] }"#
    }.joined(separator: ", ")

    /// Query, a mutation that does not concern it, one that does, and what is told then.
    @Test(arguments: [
        (
            "teams(order_by: {id: asc}) { name }",
            #"update_teams_by_pk(pk_columns: {id: 1}, _set: {motto: "z"}) { id }"#,
            #"update_teams_by_pk(pk_columns: {id: 1}, _set: {name: "pink"}) { id }"#,
            #"{"teams":[{"name":"pink"},{"name":"blue"}]}"#
        ),
        // What only decides is a dependency, too.
        (
            #"teams(where: {motto: {_eq: "x"}}) { name }"#, #"insert_people_one(object: {name: "cy"}) { id }"#,
            #"update_teams_by_pk(pk_columns: {id: 1}, _set: {motto: "z"}) { id }"#, #"{"teams":[]}"#
        ),
        (
            "people_aggregate { aggregate { count } }",
            #"update_people_by_pk(pk_columns: {id: 1}, _set: {name: "z"}) { id }"#,
            #"insert_people_one(object: {name: "cy"}) { id }"#, #"{"people_aggregate":{"aggregate":{"count":3}}}"#
        ),
        // Foreign keys carry it on, over one step and over two.
        (
            "people(order_by: {id: asc}) { name }", #"insert_badges_one(object: {label: "tin"}) { id }"#,
            "delete_teams_by_pk(id: 1) { id }", #"{"people":[{"name":"bob"}]}"#
        ),
        (
            "badges { label person_id }", #"insert_people_one(object: {name: "cy"}) { id }"#,
            "delete_teams_by_pk(id: 1) { id }", #"{"badges":[{"label":"gold","person_id":null}]}"#
        ),
        (
            "people(where: {id: {_eq: 2}}) { team_id }",
            #"update_teams_by_pk(pk_columns: {id: 2}, _set: {name: "n"}) { id }"#,
            "update_teams(where: {id: {_eq: 2}}, _set: {id: 9}) { affected_rows }", #"{"people":[{"team_id":9}]}"#
        ),
        // Triggers and views carry it anywhere.
        (
            "log { line }", #"insert_people_one(object: {name: "cy"}) { id }"#,
            #"insert_audited_one(object: {value: "v"}) { id }"#, #"{"log":[{"line":"v"}]}"#
        ),
        (
            "names(where: {id: {_eq: 1}}) { name }", #"insert_log_one(object: {line: "l"}) { id }"#,
            #"update_people_by_pk(pk_columns: {id: 1}, _set: {name: "z"}) { id }"#, #"{"names":[{"name":"z"}]}"#
        ),
        // Through relationships.
        (
            "teams(order_by: {id: asc}) { people { name } }",
            #"update_people_by_pk(pk_columns: {id: 1}, _set: {owner: "z"}) { id }"#,
            "update_people_by_pk(pk_columns: {id: 1}, _set: {team_id: 2}) { id }",
            #"{"teams":[{"people":[]},{"people":[{"name":"ann"},{"name":"bob"}]}]}"#
        ),
        (
            "people_connection(first: 1) { edges { node { name } } }",
            #"insert_badges_one(object: {label: "tin"}) { id }"#,
            "delete_people(where: {id: {_eq: 1}}) { affected_rows }",
            #"{"people_connection":{"edges":[{"node":{"name":"bob"}}]}}"#
        ),
        (
            "people_group(by: team_id, order_by: {key: {team_id: asc}}) { aggregate { count } }",
            #"insert_badges_one(object: {label: "tin"}) { id }"#,
            "delete_people(where: {id: {_eq: 1}}) { affected_rows }",
            #"{"people_group":[{"aggregate":{"count":1}}]}"#
        ),
    ])
    func `a change that alters the result is told`(
        _ query: String, _ other: String, _ mutation: String, _ expected: String
    ) async throws {
        let gateway = try await TestGateway.make(sql: Self.team, collections: Self.open)
        let served = ServedProject(gateway.project)
        let subscriber = try await Subscriber("subscription { \(query) }", on: served)
        #expect(await subscriber.next() == #"{"data":\#(await gateway.data("{ \(query) }", on: served))}"#)
        #expect(await !gateway.data("mutation { \(other) }", on: served).contains("errors"))
        #expect(await !gateway.data("mutation { \(mutation) }", on: served).contains("errors"))
        #expect(await subscriber.next() == #"{"data":\#(expected)}"#)
        #expect(await gateway.data("{ \(query) }", on: served) == expected)
    }

    @Test func `what is undone is not told`() async throws {
        let gateway = try await TestGateway.make(
            sql: Self.team + "CREATE UNIQUE INDEX one ON teams (name);", collections: Self.open)
        let served = ServedProject(gateway.project)
        let subscriber = try await Subscriber("subscription { teams(order_by: {id: asc}) { name } }", on: served)
        _ = await subscriber.next()
        let failed = await gateway.data(
            #"mutation { a: insert_teams_one(object: {name: "new"}) { id } b: insert_teams_one(object: {name: "red"}) { id } }"#,
            on: served)
        #expect(failed.contains("constraint-violation"))
        _ = await gateway.data("mutation { delete_teams_by_pk(id: 1) { id } }", on: served)
        #expect(await subscriber.next() == #"{"data":{"teams":[{"name":"blue"}]}}"#)
    }

    @Test func `subscribers with other claims and other masks share nothing`() async throws {
        let gateway = try await TestGateway.make(
            sql: Self.team
                + "UPDATE people SET name = 'annabel' WHERE id = 1; UPDATE people SET name = 'bobbie' WHERE id = 2;",
            collections: #"""
                "main.people": {
                  "read": { "rule": "match", "type": "string", "eval": "==", "f1": "args.row.owner", "f2": "args.auth.id" },
                  "create": { "rule": "allow" },
                  "fields": { "name": { "read": { "rule": "mask", "with": "last4",
                    "clause": { "rule": "match", "type": "string", "eval": "==", "f1": "args.auth.role", "f2": "clear" } } } } }
                """#)
        let served = ServedProject(gateway.project)
        let query = "subscription { people(order_by: {id: asc}) { name } }"
        let callers = [#"{"id": "a"}"#, #"{"id": "b"}"#, #"{"id": "a", "role": "clear"}"#, #"{"id": "a"}"#].map {
            TestCaller(stringLiteral: $0)
        }
        var subscribers: [Subscriber] = []
        for caller in callers { try await subscribers.append(Subscriber(query, as: caller, on: served)) }
        let first = ["****abel", "****bbie", "annabel", "****abel"]
        for (subscriber, name) in zip(subscribers, first) {
            #expect(await subscriber.next() == #"{"data":{"people":[{"name":"\#(name)"}]}}"#)
        }
        #expect(
            await Task(executorPreference: TestGateway.loop) { served.liveSizes(on: TestGateway.loop).cohorts }.value
                == 3)
        _ = await gateway.data(
            #"mutation { insert_people_one(object: {name: "carla", owner: "b"}) { __typename } }"#, on: served,
            as: .admin)
        #expect(await subscribers[1].next() == #"{"data":{"people":[{"name":"****bbie"},{"name":"****arla"}]}}"#)
        _ = await gateway.data(
            #"mutation { insert_people_one(object: {name: "daria", owner: "a"}) { __typename } }"#, on: served,
            as: .admin)
        for (index, name) in [(0, "****aria"), (2, "daria"), (3, "****aria")] {
            #expect(
                await subscribers[index].next()
                    == #"{"data":{"people":[{"name":"\#(first[index])"},{"name":"\#(name)"}]}}"#)
        }
    }

    @Test func `as many subscriptions as the server may have`() async throws {
        let gateway = try await TestGateway.make(
            sql: Self.sql, collections: Self.collections, server: #""limits": { "subscriptions": 2 }"#)
        let served = ServedProject(gateway.project)
        let query = "subscription { notes { id } }"
        let first = try await Subscriber(query, on: served)
        let second = try await Subscriber(query, on: served)
        do {
            _ = try await Subscriber(query, on: served)
            Issue.record("a third")
        } catch let failure as RequestFailure {
            #expect(failure.errors.first?.limit == .subscriptions)
        }
        await first.cancel()
        _ = try await Subscriber(query, on: served)
        _ = await second.next()
    }

    @Test func `a list that has grown too long is an error, until it has shrunk`() async throws {
        let gateway = try await TestGateway.make(
            sql: Self.sql, collections: Self.collections, server: #""limits": { "rows": 2 }"#)
        let served = ServedProject(gateway.project)
        let subscriber = try await Subscriber("subscription { notes { id } }", on: served)
        #expect(await subscriber.next() == #"{"data":{"notes":[{"id":1},{"id":2}]}}"#)
        _ = await gateway.data(#"mutation { insert_notes_one(object: {body: "x"}) { id } }"#, on: served)
        let error = await subscriber.next()
        #expect(error.contains(#""limit":"rows""#) && error.hasSuffix(#""data":null}"#))
    }

    // MARK: Another project

    private static func reload(_ gateway: TestGateway, _ served: ServedProject, rules: String) async throws {
        let reload = try ConfigurationReload(served, gateway.reading())
        try gateway.folder.write(#"{ "collections": { \#(rules) } }"#, to: "rules.json")
        guard case .reloaded = await reload.reload(isDemanded: true) else {
            Issue.record("not reloaded")
            return
        }
    }

    @Test func `rules that change are asked again for every subscriber`() async throws {
        let gateway = try await Self.gateway()
        let served = ServedProject(gateway.project)
        let all = try await Subscriber("subscription { notes(order_by: {id: asc}) { id } }", on: served)
        let bodies = try await Subscriber("subscription { notes(where: {id: {_eq: 2}}) { body } }", on: served)
        #expect(await all.next() == #"{"data":{"notes":[{"id":1},{"id":2}]}}"#)
        #expect(await bodies.next() == #"{"data":{"notes":[{"body":"two"}]}}"#)
        // Fewer rows, and a column that is there no more.
        try await Self.reload(
            gateway, served,
            rules: #"""
                "main.notes": { "read": { "rule": "where", "where": { "id": { "_gt": 1 } } }, "create": { "rule": "allow" },
                  "fields": { "body": { "read": { "rule": "deny" } } } }
                """#)
        #expect(await all.next() == #"{"data":{"notes":[{"id":2}]}}"#)
        #expect(
            await bodies.next() == "failed: validation-failed: Cannot query field \"body\" on type \"notes\".")
        _ = await gateway.data(
            #"mutation { insert_notes(objects: [{id: 7}]) { affected_rows } }"#, on: served, as: .admin)
        #expect(await all.next() == #"{"data":{"notes":[{"id":2},{"id":7}]}}"#)
        try await Self.reload(gateway, served, rules: "")
        #expect(
            await all.next() == "failed: validation-failed: no subscriptions exist")
        #expect(bodies.all.count == 2)
    }

    @Test func `what a subscriber may not see any more is taken from them`() async throws {
        let gateway = try await TestGateway.make(
            sql: """
                CREATE TABLE rooms (id INTEGER PRIMARY KEY, name TEXT);
                CREATE TABLE members (room_id INTEGER REFERENCES rooms, person TEXT);
                INSERT INTO rooms VALUES (1, 'hall'), (2, 'attic');
                INSERT INTO members VALUES (1, 'a'), (2, 'a'), (2, 'b');
                """,
            collections: #"""
                "main.rooms": { "read": { "rule": "query", "collection": "main.members",
                  "where": { "room_id": { "_eq": "args.row.id" }, "person": { "_eq": "args.auth.id" } } } }
                """#)
        let served = ServedProject(gateway.project)
        let subscriber = try await Subscriber(
            "subscription { rooms(order_by: {id: asc}) { name } }", as: #"{"id": "a"}"#, on: served)
        #expect(await subscriber.next() == #"{"data":{"rooms":[{"name":"hall"},{"name":"attic"}]}}"#)
        _ = await gateway.data(
            #"mutation { delete_members(where: {room_id: {_eq: 1}, person: {_eq: "a"}}) { affected_rows } }"#,
            on: served,
            as: .admin)
        #expect(await subscriber.next() == #"{"data":{"rooms":[{"name":"attic"}]}}"#)
    }

    @Test func `what a rule asks another source is asked again`() async throws {
        let gateway = try await TestGateway.make(
            sql: Self.sql,
            collections: #"""
                "main.notes": { "read": { "rule": "query", "collection": "other.doors",
                  "where": { "name": { "_eq": "args.auth.door" } } } }
                """#,
            others: [
                ("other", "CREATE TABLE doors (id INTEGER PRIMARY KEY, name TEXT); INSERT INTO doors VALUES (1, 'x');")
            ])
        let served = ServedProject(gateway.project)
        let subscriber = try await Subscriber(
            "subscription { notes(where: {id: {_eq: 1}}) { id } }", as: #"{"door": "x"}"#, on: served)
        #expect(await subscriber.next() == #"{"data":{"notes":[{"id":1}]}}"#)
        _ = await gateway.data(
            #"mutation { update_other_doors(where: {id: {_eq: 1}}, _set: {name: "y"}) { affected_rows } }"#, on: served,
            as: .admin)
        #expect(await subscriber.next().hasPrefix("failed: access-denied"))
    }
}
