// `limits`: lists are cut for some callers, wherever they stand; what is computed over rows is not.
import Base
import TestSupport
import Testing

@Suite(.serialized)
struct RowLimitTests {
    private static func gateway() async throws -> TestGateway {
        try await TestGateway.make(
            sql: """
                create table users (id integer primary key);
                create table notes (id integer primary key, user_id int references users (id));
                insert into users values (1), (2), (3);
                insert into notes values (1, 1), (2, 1), (3, 1), (4, 2);
                """,
            collections: #"""
                "main.users": { "read": { "rule": "allow" } },
                "main.notes": { "read": { "rule": "allow" }, "create": { "rule": "allow" }, "limits": [
                  { "when": { "rule": "not", "clause": { "rule": "authenticated" } }, "rows": 2 },
                  { "when": { "rule": "match", "type": "string", "eval": "==", "f1": "args.auth.role", "f2": "guest" },
                    "rows": 3 } ] }
                """#)
    }

    @Test
    func `lists and nodes are cut, nested ones too`() async throws {
        let gateway = try await Self.gateway()
        #expect(await gateway.data("{ notes { id } }") == #"{"notes":[{"id":1},{"id":2}]}"#)
        #expect(await gateway.data("{ notes(limit: 1, offset: 3) { id } }") == #"{"notes":[{"id":4}]}"#)
        #expect(
            await gateway.data("{ users { notes(order_by: {id: desc}) { id } } }")
                == #"{"users":[{"notes":[{"id":3},{"id":2}]},{"notes":[{"id":4}]},{"notes":[]}]}"#)
        #expect(
            await gateway.data(
                "{ users(limit: 1) { notes_aggregate { aggregate { count max { id } } nodes { id } } } }")
                == #"{"users":[{"notes_aggregate":{"aggregate":{"count":3,"max":{"id":3}},"nodes":[{"id":1},{"id":2}]}}]}"#
        )
    }

    @Test(
        arguments: [
            ("{ notes_aggregate(where: {id: {_gt: 9}}) { nodes { id } } }", #"{"notes_aggregate":{"nodes":[]}}"#),
            ("{ notes_aggregate { nodes { id } } }", #"{"notes_aggregate":{"nodes":[{"id":1},{"id":2}]}}"#),
            (
                "{ notes_aggregate(where: {id: {_gt: 9}}) { __typename nodes { id } aggregate { __typename } } }",
                #"{"notes_aggregate":{"__typename":"notes_aggregate","nodes":[],"aggregate":{"__typename":"notes_aggregate_fields"}}}"#
            ),
            (
                "{ users_aggregate(where: {id: {_gt: 9}}) { __typename aggregate { max { __typename } } } }",
                #"{"users_aggregate":{"__typename":"users_aggregate","aggregate":{"max":{"__typename":"users_max_fields"}}}}"#
            ),
            (
                "{ users { notes_aggregate { nodes { id } } } }",
                #"{"users":[{"notes_aggregate":{"nodes":[{"id":1},{"id":2}]}},{"notes_aggregate":{"nodes":[{"id":4}]}},{"notes_aggregate":{"nodes":[]}}]}"#
            ),
        ] as [(String, String)])
    func `an aggregate that computes nothing is there for no rows too`(_ query: String, _ expected: String) async throws
    {
        #expect(try await Self.gateway().data(query) == expected)
    }

    @Test
    func `groups are cut`() async throws {
        let gateway = try await Self.gateway()
        #expect(
            await gateway.data(
                "{ notes_group(by: id, order_by: {key: {id: desc}}) { key { id } aggregate { count } } }")
                == #"{"notes_group":[{"key":{"id":4},"aggregate":{"count":1}},{"key":{"id":3},"aggregate":{"count":1}}]}"#
        )
        // What a group is made of is not.
        #expect(
            await gateway.data("{ notes_group(by: user_id, limit: 1) { key { user_id } aggregate { count } } }")
                == #"{"notes_group":[{"key":{"user_id":1},"aggregate":{"count":3}}]}"#)
    }

    @Test(
        arguments: [
            ("", [1, 2], true, false),
            ("first: 9", [1, 2], true, false),
            ("first: 2", [1, 2], true, false),
            ("first: 1", [1], true, false),
            ("first: 0", [], true, false),
            ("last: 3", [3, 4], false, true),
            ("last: 1", [4], false, true),
            ("where: {id: {_gt: 2}}", [3, 4], false, false),
            ("first: 2, where: {id: {_gt: 2}}", [3, 4], false, false),
        ] as [(String, [Int], Bool, Bool)])
    func `edges are cut, and the page knows that there are more`(
        _ arguments: String, _ ids: [Int], _ next: Bool, _ previous: Bool
    ) async throws {
        let gateway = try await Self.gateway()
        let query =
            "{ notes_connection\(arguments.isEmpty ? "" : "(\(arguments))") { edges { node { id } } pageInfo { hasNextPage hasPreviousPage } } }"
        let edges = ids.map { #"{"node":{"id":\#($0)}}"# }.joined(separator: ",")
        #expect(
            await gateway.data(query)
                == #"{"notes_connection":{"edges":[\#(edges)],"pageInfo":{"hasNextPage":\#(next),"hasPreviousPage":\#(previous)}}}"#
        )
    }

    @Test
    func `pages that are cut lead through all rows`() async throws {
        let gateway = try await Self.gateway()
        var seen: [String] = []
        var cursor = ""
        for _ in 0..<2 {
            let answer = await gateway.data(
                "{ notes_connection(\(cursor)) { edges { node { id } } pageInfo { endCursor } } }"
                    .replacing("()", with: ""))
            let connection = JSONValue(test: answer).object?["notes_connection"]?.object
            seen.append(connection?["edges"]?.text ?? answer)
            cursor = #"after: "\#(connection?["pageInfo"]?.object?["endCursor"]?.string ?? "")""#
        }
        #expect(seen == [#"[{"node":{"id":1}},{"node":{"id":2}}]"#, #"[{"node":{"id":3}},{"node":{"id":4}}]"#])
    }

    /// A list that is cut is read by itself: it must not forget whose it is.
    @Test
    func `nodes behind a guarded relationship stay hidden when they are cut`() async throws {
        let gateway = try await TestGateway.make(
            sql: """
                create table users (id integer primary key, open boolean not null);
                create table notes (id integer primary key, user_id int references users (id));
                insert into users values (1, 1), (2, 0);
                insert into notes values (1, 1), (2, 1), (3, 1), (4, 2), (5, 2), (6, 2);
                """,
            collections: #"""
                "main.users": { "read": { "rule": "allow" }, "fields": {
                  "notes": { "read": { "rule": "where", "where": { "open": { "_eq": true } } } } } },
                "main.notes": { "read": { "rule": "allow" }, "limits": [ { "when": { "rule": "allow" }, "rows": 2 } ] }
                """#)
        #expect(
            await gateway.data("{ users { notes { id } notes_aggregate { aggregate { count } nodes { id } } } }")
                == #"{"users":[{"notes":[{"id":1},{"id":2}],"notes_aggregate":{"aggregate":{"count":3},"nodes":[{"id":1},{"id":2}]}},{"notes":[],"notes_aggregate":{"aggregate":{"count":0},"nodes":[]}}]}"#
        )
    }

    @Test
    func `the smallest that applies wins, and one that is undecided applies`() async throws {
        let gateway = try await Self.gateway()
        #expect(
            await gateway.data("{ notes { id } }", as: #"{"role": "guest"}"#)
                == #"{"notes":[{"id":1},{"id":2},{"id":3}]}"#)
        #expect(
            await gateway.data("{ notes_aggregate { nodes { id } } }", as: #"{"role": "user"}"#)
                == #"{"notes_aggregate":{"nodes":[{"id":1},{"id":2},{"id":3},{"id":4}]}}"#)
        #expect(
            await gateway.data("{ notes { id } }", as: #"{"name": "x"}"#) == #"{"notes":[{"id":1},{"id":2},{"id":3}]}"#)
        #expect(
            await gateway.data("{ notes { id } }", as: .admin)
                == #"{"notes":[{"id":1},{"id":2},{"id":3},{"id":4}]}"#)
    }

    @Test
    func `what is returned of an update or a delete is cut, and the lists in it`() async throws {
        let gateway = try await TestGateway.make(
            sql: """
                create table users (id integer primary key, name text);
                create table notes (id integer primary key, user_id int references users (id));
                insert into users values (1, 'a'), (2, 'b');
                insert into notes values (1, 1), (2, 1), (3, 1);
                """,
            collections: #"""
                "main.users": { "read": { "rule": "allow" }, "update": { "rule": "allow" } },
                "main.notes": { "read": { "rule": "allow" }, "delete": { "rule": "allow" }, "limits": [
                  { "when": { "rule": "allow" }, "rows": 2 } ] }
                """#)
        #expect(
            await gateway.data(
                #"mutation { update_users(where: {id: {_eq: 1}}, _set: {name: "c"}) { returning { notes { id } } } }"#)
                == #"{"update_users":{"returning":[{"notes":[{"id":1},{"id":2}]}]}}"#)
        #expect(
            await gateway.data("mutation { delete_notes(where: {id: {_gt: 0}}) { affected_rows returning { id } } }")
                == #"{"delete_notes":{"affected_rows":3,"returning":[{"id":1},{"id":2}]}}"#)
    }

    @Test
    func `returning is cut, what is written is not`() async throws {
        #expect(
            try await Self.gateway().data(
                "mutation { insert_notes(objects: [{id: 7}, {id: 8}, {id: 9}, {id: 10}]) { affected_rows returning { id } } }",
                as: #"{"role": "guest"}"#)
                == #"{"insert_notes":{"affected_rows":4,"returning":[{"id":7},{"id":8},{"id":9}]}}"#)
    }
}
