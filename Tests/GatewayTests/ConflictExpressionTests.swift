// `on_conflict.where` over fields that are computed by an expression of the owner's, over both databases.
import TestSupport
import Testing

@Suite(.serialized, .timeLimit(.minutes(1)))
struct ConflictExpressionTests {
    @Test(arguments: [TestDatabase.sqlite, .postgres])
    func `a bare name in an expression is a column of the row that is met`(_ database: TestDatabase) async throws {
        let gateway = try await TestGateway.make(
            sql:
                "create table notes (id integer primary key, body text, stars int); insert into notes values (1, 'a', 1), (2, 'b', 5);",
            collections: #"""
                "main.notes": { "read": { "rule": "where", "where": { "body": { "_is_null": false } } }, "create": { "rule": "allow" },
                  "update": { "rule": "and", "clauses": [ { "rule": "allow" }, { "rule": "check", "where": {} } ] },
                  "fields": { "twice": { "read": { "rule": "allow" } } } }
                """#,
            source:
                #""track": "all", "collections": { "notes": { "computedFields": { "twice": { "type": "Int", "expression": "stars * 2" } } } }"#,
            in: database)
        let upsert = """
            mutation { insert_notes(objects: [{id: 1, body: "x", stars: 9}, {id: 2, body: "y", stars: 9}],
              on_conflict: {constraint: notes_pkey, update_columns: [body], where: {twice: {_gt: 5}}}) { affected_rows } }
            """
        #expect(await gateway.data(upsert) == #"{"insert_notes":{"affected_rows":1}}"#)
        #expect(
            await gateway.data("{ notes(order_by: {id: asc}) { body twice } }")
                == #"{"notes":[{"body":"a","twice":2},{"body":"y","twice":10}]}"#)
    }
}
