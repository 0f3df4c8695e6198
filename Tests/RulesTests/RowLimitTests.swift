// `limits`: lists are cut for some callers, wherever they stand; what is computed over rows is not.
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
    func `returning is cut, what is written is not`() async throws {
        #expect(
            try await Self.gateway().data(
                "mutation { insert_notes(objects: [{id: 7}, {id: 8}, {id: 9}, {id: 10}]) { affected_rows returning { id } } }",
                as: #"{"role": "guest"}"#)
                == #"{"insert_notes":{"affected_rows":4,"returning":[{"id":7},{"id":8},{"id":9}]}}"#)
    }
}
