// What rows are grouped by, PostgreSQL must find the same wherever the statement names it.
import TestSupport
import Testing

@Suite(.enabled(if: PostgresCluster.isInstalled, Comment(rawValue: PostgresCluster.missing)))
struct PostgresGroupTests {
    @Test
    func `rows are grouped by what a look at other rows guards`() async throws {
        let gateway = try await TestGateway.make(
            sql: """
                create table teams (id int primary key, open boolean);
                create table members (id int primary key, team int references teams, email text);
                insert into teams values (1, true), (2, false);
                insert into members values (1, 1, 'a'), (2, 1, 'a'), (3, 1, 'b'), (4, 2, 'c'), (5, 2, 'a');
                """,
            collections: #"""
                "main.teams": { "read": { "rule": "allow" } },
                "main.members": { "read": { "rule": "allow" }, "fields": { "email": { "read": {
                  "rule": "query", "collection": "main.teams", "where": { "id": { "_eq": "args.row.team" },
                  "open": { "_eq": true } } } } } }
                """#, in: .postgres)
        #expect(
            await gateway.data(
                """
                { members_group(by: [email], order_by: [{aggregate: {count: desc}}, {key: {email: asc}}],
                    having: {count: {predicate: {_gt: 0}}}) { key { email } aggregate { count max { email } } } }
                """)
                == #"{"members_group":[{"key":{"email":"a"},"aggregate":{"count":2,"max":{"email":"a"}}},{"key":{"email":null},"aggregate":{"count":2,"max":{"email":null}}},{"key":{"email":"b"},"aggregate":{"count":1,"max":{"email":"b"}}}]}"#
        )
    }
}
