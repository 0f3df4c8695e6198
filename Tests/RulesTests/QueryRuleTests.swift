// `query`: whether some row of a collection passes a filter, seen with the gateway's rights (rules of the API, section 4).
import Metadata
import TestSupport
import Testing

@testable import Rules

struct QueryRuleTests {
    private static let user: TestCaller = #"{"id": 7, "name": "seven"}"#

    private static func query(_ collection: String, _ filter: String) -> String {
        #"{"rule": "query", "collection": "main.\#(collection)", "where": \#(filter)}"#
    }

    private static func not(_ rule: String) -> String { #"{"rule": "not", "clause": \#(rule)}"# }

    private static let commented = query(
        "comments", #"{"article_id": {"_eq": "args.row.id"}, "author_id": {"_eq": "args.auth.id"}}"#)

    // MARK: What is left of it

    @Test(
        arguments: [
            (commented, "exists main.comments((article_id _eq outer.id and author_id _eq args.auth.id))"),
            (not(commented), "not exists main.comments((article_id _eq outer.id and author_id _eq args.auth.id))"),
            (query("users", "{}"), "exists main.users()"),
            (query("users", #"{"_or": []}"#), "denied"),
            (not(query("users", #"{"_or": []}"#)), "all"),
            // The outer row through a relationship, inside a relationship, and by its other name.
            (
                query("users", #"{"written": {"author_id": {"_eq": "args.find.author.org_id"}}}"#),
                "exists main.users(some written(author_id _eq outer.author.org_id))"
            ),
            (
                query("users", #"{"name": {"_eq": {"literal": "args.row.title"}}}"#),
                "exists main.users(name _eq \"args.row.title\")"
            ),
            // The collection that the rule guards.
            (
                query("articles", #"{"author_id": {"_eq": "args.row.author_id"}, "id": {"_gt": "args.row.id"}}"#),
                "exists main.articles((author_id _eq outer.author_id and id _gt outer.id))"
            ),
        ] as [(String, String)])
    func `what rows must decide is left as an EXISTS`(_ rule: String, _ expected: String) throws {
        #expect(try RuleBench(read: rule).rows(Self.user) == expected)
    }

    /// The related row is another one than the row that the rule is about.
    @Test(
        arguments: [
            (
                ("==", "args.row.comments.author_id", "args.row.author_id"),
                "exists main.comments((article_id _eq outer.id and author_id _eq outer.author_id))"
            ),
            (
                ("<", "args.row.author_id", "args.row.comments.author_id"),
                "exists main.comments((article_id _eq outer.id and author_id _gt outer.author_id))"
            ),
            (
                (">=", "args.row.author.org_id", "args.row.author.written.id"),
                "exists main.users((id _eq outer.author_id and exists main.articles((author_id _eq outer.id and id _lte outer.outer.author.org_id))))"
            ),
        ] as [((String, String, String), String)])
    func `a path to many rows stands beside a value of the row`(
        _ match: (String, String, String), _ expected: String
    ) throws {
        let rule =
            #"{"rule": "match", "type": "number", "eval": "\#(match.0)", "f1": "\#(match.1)", "f2": "\#(match.2)"}"#
        #expect(try RuleBench(read: rule).rows(Self.user) == expected)
    }

    @Test(
        arguments: [
            // As in a `where`, a missing claim is unknown, also under `not`, and refuses the operation.
            (commented, "refused: id"),
            (not(commented), "refused: id"),
            (
                query("users", #"{"_or": [{"id": {"_eq": "args.auth.id"}}, {"active": {"_eq": true}}]}"#),
                "(exists main.users((active _eq true or unknown)) or unknown)"
            ),
            (#"{"rule": "and", "clauses": [{"rule": "deny"}, \#(commented)]}"#, "denied"),
        ] as [(String, String)])
    func `a claim that is missing inside it never admits`(_ rule: String, _ expected: String) throws {
        #expect(try RuleBench(read: rule).rows(#"{"name": "nobody"}"#) == expected)
    }

    @Test
    func `the shape tells whether the claims it compares can be used`() throws {
        let bench = try RuleBench(read: Self.commented)
        let shapes = [Self.user, #"{"id": 8}"#, #"{"id": "x"}"#, .anonymous].map {
            bench.rules.shape(of: $0.caller, now: TestGateway.now)
        }
        #expect(shapes[0] == shapes[1])
        #expect(shapes[0] != shapes[2])
        #expect(shapes[0] != shapes[3])
    }

    // MARK: Mistakes

    @Test(
        arguments: [
            (#"{"rule": "query", "where": {}}"#, #": the key "collection" is missing"#),
            (#"{"rule": "query", "collection": "main.users"}"#, #": the key "where" is missing"#),
            (#"{"rule": "query", "collection": 1, "where": {}}"#, "/collection: must be a string, not a number"),
            (#"{"rule": "query", "collection": "main.users", "where": []}"#, "/where: must be an object, not a list"),
            (query("user", "{}"), #"/collection: unknown collection "main.user"; did you mean "main.users"?"#),
            (
                query("users", #"{"titel": {"_eq": 1}}"#),
                #"/where/titel: unknown column or relationship of main.users "titel"; did you mean "edited"?"#
            ),
            (
                query("users", #"{"name": {"_equal": 1}}"#),
                #"/where/name/_equal: unknown operator of String "_equal"; did you mean "_eq"?"#
            ),
            (
                query("users", #"{"id": {"_eq": "args.row.titel"}}"#),
                #"/where/id/_eq: unknown column of main.articles "titel"; did you mean "title"?"#
            ),
            (
                query("users", #"{"id": {"_eq": "args.row.title"}}"#),
                "/where/id/_eq: title cannot stand here: it does not compare by _eq"
            ),
            (
                query("users", #"{"id": {"_eq": "args.doc.id"}}"#),
                "/where/id/_eq: args.doc has no meaning in a rule for read: nothing is written"
            ),
            (
                #"{"rule": "query", "collection": "main.users", "where": {}, "clause": {"rule": "allow"}}"#,
                #"/clause: unknown key "clause""#
            ),
        ] as [(String, String)])
    func `a mistake is named`(_ rule: String, _ error: String) {
        let errors = RuleBench.errors(#"{"collections": {"main.articles": {"read": \#(rule)}}}"#)
        #expect(errors == ["rules.json: /collections/main.articles/read" + error])
    }

    @Test(
        arguments: [
            (
                #""create": \#(query("users", #"{"id": {"_eq": "args.row.author_id"}}"#))"#,
                "/create/where/id/_eq: args.row has no meaning in a rule for create: there is no stored row"
            ),
            (
                #""delete": \#(query("users", #"{"id": {"_eq": "args.row.author_id", "_neq": "args.doc.author_id"}}"#))"#,
                "/delete/where/id/_neq: args.doc has no meaning in a rule for delete: nothing is written"
            ),
            (
                #""limits": [{"when": \#(query("users", "{}")), "rows": 5}]"#,
                "/limits/0/when: this condition is decided by the request alone: it must not look at rows"
            ),
            (
                #""create": {"rule": "and", "clauses": [{"rule": "allow"}, {"rule": "force", "field": "title", "value": "x", "clause": \#(query("users", "{}"))}]}"#,
                "/create/clauses/1/clause: this condition is decided by the request alone: it must not look at rows"
            ),
        ] as [(String, String)])
    func `it stands where rows can be looked at`(_ members: String, _ error: String) {
        let errors = RuleBench.errors(#"{"collections": {"main.articles": {\#(members)}}}"#)
        #expect(errors == ["rules.json: /collections/main.articles" + error])
    }

    // MARK: What it does

    private static let sql = """
        CREATE TABLE rooms (id INTEGER PRIMARY KEY, name TEXT NOT NULL, seats INT NOT NULL, code TEXT);
        CREATE TABLE guests (room_id INT NOT NULL REFERENCES rooms (id), person INT NOT NULL, host BOOLEAN NOT NULL,
          PRIMARY KEY (room_id, person));
        INSERT INTO rooms VALUES (1, 'red', 2, 'r1'), (2, 'blue', 1, 'b2'), (3, 'green', 5, 'g3');
        INSERT INTO guests VALUES (1, 7, 1), (1, 8, 0), (2, 8, 1);
        """

    private static let isGuest = query(
        "guests", #"{"room_id": {"_eq": "args.row.id"}, "person": {"_eq": "args.auth.id"}}"#)
    private static let isHost = query(
        "guests",
        #"{"room_id": {"_eq": "args.row.id"}, "person": {"_eq": "args.auth.id"}, "host": {"_eq": true}}"#)
    /// Of the row written: no more guests than seats. Counted by what is not there: no guest too many.
    private static let hostInvites = query(
        "guests",
        #"{"room_id": {"_eq": "args.doc.room_id"}, "person": {"_eq": "args.auth.id"}, "host": {"_eq": true}}"#)

    private static func rooms() async throws -> TestGateway {
        try await TestGateway.make(
            sql: sql,
            collections: #"""
                "main.rooms": { "read": \#(isGuest), "update": \#(isHost), "delete": \#(not(query("guests", #"{"room_id": {"_eq": "args.row.id"}}"#))),
                  "fields": { "code": { "read": \#(isHost) } } },
                "main.guests": { "read": { "rule": "deny" }, "create": \#(hostInvites) }
                """#)
    }

    @Test(
        arguments: [
            (user, "{ rooms { id } }", #"{"rooms":[{"id":1}]}"#),
            (#"{"id": 8}"#, "{ rooms { id code } }", #"{"rooms":[{"id":1,"code":null},{"id":2,"code":"b2"}]}"#),
            (#"{"id": 9}"#, "{ rooms { id } }", #"{"rooms":[]}"#),
            // What it hides is hidden from filters and counts too.
            (
                user, #"{ rooms(where: {code: {_is_null: false}}, order_by: {code: asc}) { id } }"#,
                #"{"rooms":[{"id":1}]}"#
            ),
            (
                #"{"id": 8}"#, "{ rooms_aggregate(where: {code: {_is_null: false}}) { aggregate { count } } }",
                #"{"rooms_aggregate":{"aggregate":{"count":1}}}"#
            ),
        ] as [(TestCaller, String, String)])
    func `it decides rows and fields by rows that the caller may not read`(
        _ caller: TestCaller, _ query: String, _ expected: String
    ) async throws {
        #expect(try await Self.rooms().data(query, as: caller) == expected)
    }

    @Test
    func `it decides which rows are changed and whether a row may be written`() async throws {
        let gateway = try await Self.rooms()
        let rename = #"mutation { update_rooms(where: {id: {_gt: 0}}, _set: {name: "x"}) { affected_rows } }"#
        #expect(await gateway.data(rename, as: Self.user) == #"{"update_rooms":{"affected_rows":1}}"#)
        let invite = { (room: Int, person: Int) in
            "mutation { insert_guests(objects: [{room_id: \(room), person: \(person), host: true}]) { affected_rows } }"
        }
        #expect(await gateway.data(invite(1, 9), as: Self.user) == #"{"insert_guests":{"affected_rows":1}}"#)
        #expect(
            await gateway.failure(invite(2, 9), as: Self.user)
                == "permission-error at $.selectionSet.insert_guests.args.objects: check constraint of an insert/update permission has failed"
        )
        // Asked after the write: the row it wrote is one of the rows.
        #expect(await gateway.data(invite(3, 7), as: Self.user) == #"{"insert_guests":{"affected_rows":1}}"#)
        let delete = "mutation { delete_rooms(where: {id: {_gt: 0}}) { affected_rows } }"
        #expect(await gateway.data(delete, as: Self.user) == #"{"delete_rooms":{"affected_rows":0}}"#)
    }

    @Test
    func `beside a check of the row written, and what is forced on it, it must be true as well`() async throws {
        let query = Self.query("guests", #"{"person": {"_eq": "args.auth.id"}, "host": {"_eq": true}}"#)
        let small = #"{"rule": "check", "where": {"seats": {"_lt": 4}}}"#
        let gateway = try await TestGateway.make(
            sql: Self.sql,
            collections: #"""
                "main.rooms": { "read": {"rule": "allow"}, "create": {"rule": "and", "clauses": [\#(query), \#(small),
                  {"rule": "force", "field": "name", "value": "forced"}]} }
                """#)
        let insert = { (seats: Int) in
            "mutation { insert_rooms_one(object: {seats: \(seats)}) { name seats } }"
        }
        #expect(
            await gateway.data(insert(3), as: #"{"id": 7}"#) == #"{"insert_rooms_one":{"name":"forced","seats":3}}"#)
        #expect(await gateway.failure(insert(4), as: #"{"id": 7}"#).hasPrefix("permission-error"))
        #expect(await gateway.failure(insert(3), as: #"{"id": 9}"#).hasPrefix("permission-error"))
    }

    @Test(
        arguments: [
            // A text that names a row names it wherever it stands, unless it is marked as a literal.
            (#"{"name": {"_eq": "args.row.title"}}"#, false), (#"{"name": {"_eq": "args.find.title"}}"#, false),
            (#"{"_or": [{"name": {"_eq": "args.row.title"}}]}"#, false),
            (#"{"name": {"_eq": "args.doc.title"}}"#, true),
            (#"{"name": {"_eq": {"literal": "args.row.title"}}}"#, true), (#"{"name": {"_eq": "args.rows"}}"#, false),
        ] as [(String, Bool)])
    func `rows that are named count where there is none`(_ filter: String, _ isRight: Bool) {
        let rule = Self.query("users", filter)
        #expect(RuleBench.errors(#"{"collections": {"main.articles": {"create": \#(rule)}}}"#).isEmpty == isRight)
        // An update has both: what the stored row was stands beside the row written.
        let both = Self.query("users", #"{"_and": [\#(filter), {"name": {"_eq": "args.doc.body"}}]}"#)
        let isKnown = !filter.contains("args.rows")
        #expect(RuleBench.errors(#"{"collections": {"main.articles": {"update": \#(both)}}}"#).isEmpty == isKnown)
    }
}
