// Faults that systems shipped or that reviews found (rules of the API, section 7), as far as they concern reading: each is
// a test with its name, end to end over a small database.
import Base
import Gateway
import TestSupport
import Testing

@Suite
struct RegressionTests {
    private static let sql = #"""
        create table users (id integer primary key, name text not null, email text, org text not null, card text);
        insert into users values
          (1, 'ann', 'ann@example.org', 'north', '4000111122223333'), (2, 'ben', 'ben@example.org', 'south', '42'),
          (3, 'cy', null, 'north', null);
        create table articles (
          id integer primary key, author_id int references users (id), title text not null, body text,
          published boolean not null, views int not null, serial bigint not null);
        insert into articles values
          (1, 1, 'One', 'plain', true, 5, 9007199254740992), (2, 1, 'Two', '{"a": 1}', false, 50, 9007199254740993),
          (3, 2, 'Three', 'not json', true, 500, 3), (4, null, 'Four', null, true, 0, 4), (5, 2, 'args.auth.id', 'x', true, 7, 5);
        create table "odd" (
          id integer primary key, "a""; drop table users; --" text, "Ünï 🚀" text);
        insert into "odd" values (1, 'b', 'x'), (2, 'a', 'y'), (3, 'b', null);
        """#

    private static let allow = #"{"rule": "allow"}"#
    private static let own =
        #"{"rule": "match", "type": "number", "eval": "==", "f1": "args.row.author_id", "f2": "args.auth.id"}"#
    private static let published = #"{"rule": "where", "where": {"published": {"_eq": true}}}"#
    private static let ann: TestCaller = #"{"id": 1}"#
    private static let ben: TestCaller = #"{"id": 2}"#

    private static func gateway(
        articles: String, fields: String = "", users: String = #""read": {"rule": "allow"}"#,
        source: String = #""track": "all""#, in database: TestDatabase = .sqlite
    ) async throws -> TestGateway {
        try await TestGateway.make(
            sql: sql,
            collections: #"""
                "main.users": { \#(users) }, "main.odd": { "read": { "rule": "allow" } },
                "main.articles": { "read": \#(articles), "fields": { \#(fields) } }
                """#, source: source, in: database)
    }

    private static func match(_ eval: String, _ left: String, _ right: String, type: String = "number") -> String {
        #"{"rule": "match", "type": "\#(type)", "eval": "\#(eval)", "f1": "\#(left)", "f2": \#(right)}"#
    }

    private static func not(_ rule: String) -> String { #"{"rule": "not", "clause": \#(rule)}"# }

    private static let ids = "{ articles { id } }"

    private static func rows(_ ids: Int...) -> String {
        #"{"articles":[\#(ids.map { #"{"id":\#($0)}"# }.joined(separator: ","))]}"#
    }

    // MARK: Rules

    /// Found in this gateway: `args.row.articles.id` beside `args.row.id` asked whether the article's key is the article's key.
    @Test(arguments: [TestDatabase.sqlite, .postgres])
    func `a path to many rows was compared with the row at its end`(_ database: TestDatabase) async throws {
        // Users 1 and 2 have articles; only user 1 one whose key is the user's own, and only user 2 one with a greater key than
        // five times the user's.
        for (evaluation, left, right, expected) in [
            ("==", "args.row.articles.id", "args.row.id", #"{"users":[{"id":1}]}"#),
            ("==", "args.row.id", "args.row.articles.id", #"{"users":[{"id":1}]}"#),
            ("<", "args.row.articles.id", "args.row.id", #"{"users":[]}"#),
            ("<", "args.row.id", "args.row.articles.id", #"{"users":[{"id":1},{"id":2}]}"#),
        ] {
            let rule = Self.match(evaluation, left, "\"\(right)\"")
            let gateway = try await Self.gateway(articles: Self.allow, users: #""read": \#(rule)"#, in: database)
            #expect(
                await gateway.data("{ users(order_by: {id: asc}) { id } }") == expected,
                "\(left) \(evaluation) \(right)")
        }
    }

    @Test
    func `and of two conditions on one column kept one`() async throws {
        let both = #"{"rule": "where", "where": {"views": {"_gt": 4, "_lt": 100}}}"#
        let matches =
            #"{"rule": "and", "clauses": [\#(Self.match(">", "args.row.views", "4")), \#(Self.match("<", "args.row.views", "100"))]}"#
        for rule in [both, matches] {
            #expect(try await Self.gateway(articles: rule).data(Self.ids) == Self.rows(1, 2, 5))
        }
        let gateway = try await Self.gateway(articles: Self.allow)
        for filter in [
            "{views: {_gt: 4, _lt: 100}}", "{_and: [{views: {_gt: 4}}, {views: {_lt: 100}}]}",
            "{views: {_gt: 4}, _and: [{views: {_lt: 100}}]}",
        ] {
            #expect(await gateway.data("{ articles(where: \(filter)) { id } }") == Self.rows(1, 2, 5))
        }
    }

    @Test(arguments: [
        #"{"rule": "where", "where": {"published": {"_equals": true}}}"#,
        #"{"rule": "where", "were": {"published": {"_eq": true}}}"#,
        #"{"rule": "where"}"#,
        #"{"rule": "and", "clauses": []}"#,
        #"{"rule": "or", "clauses": []}"#,
        #"{"rule": "not"}"#,
        #"{"rule": "match", "type": "number", "eval": "=", "f1": 1, "f2": 1}"#,
        #"{"rule": "match", "type": "number", "eval": "==", "f1": 1}"#,
        #"{"rule": "ref", "name": "nobody"}"#,
        #"{}"#,
        "null",
    ])
    func `unknown operator, misspelt key or empty clauses failed open`(_ rule: String) async throws {
        await #expect(throws: (any Error).self) { try await Self.gateway(articles: rule) }
    }

    @Test
    func `or(allow, x) kept only x`() async throws {
        for clauses in ["\(Self.allow), \(Self.own)", "\(Self.own), \(Self.allow)"] {
            let gateway = try await Self.gateway(articles: #"{"rule": "or", "clauses": [\#(clauses)]}"#)
            #expect(await gateway.data(Self.ids) == Self.rows(1, 2, 3, 4, 5))
            #expect(await gateway.data(Self.ids, as: Self.ann) == Self.rows(1, 2, 3, 4, 5))
        }
    }

    @Test
    func `a case variant of a name missed its rule`() async throws {
        await #expect(throws: (any Error).self) {
            try await TestGateway.make(sql: Self.sql, collections: #""main.Users": {"read": {"rule": "deny"}}"#)
        }
        let gateway = try await Self.gateway(articles: Self.published)
        #expect(await gateway.failure("{ Articles { id } }").hasPrefix("validation-failed at $.selectionSet.Articles"))
        #expect(
            await gateway.failure("{ articles { ID } }").hasPrefix(
                "validation-failed at $.selectionSet.articles.selectionSet.ID"))
    }

    @Test(arguments: [
        match("!=", "args.row.author_id", #""args.auth.id""#), not(own),
        match("notIn", "args.row.author_id", #""args.auth.ids""#),
        not(match("in", "args.row.author_id", #""args.auth.ids""#)), not(not(own)),
        match("!=", "args.auth.id", "5"), not(match("==", "args.auth.id", "5")), match("notIn", "args.auth.id", "[5]"),
        not(#"{"rule": "and", "clauses": [\#(allow), \#(own)]}"#),
    ])
    func `missing claim admitted through != or not`(_ rule: String) async throws {
        let gateway = try await Self.gateway(articles: rule)
        for caller in [
            TestCaller.anonymous, "{}", #"{"id": null, "ids": null}"#, #"{"id": "x", "ids": "x"}"#,
            #"{"id": [], "ids": 1}"#,
        ] {
            #expect(
                await gateway.failure(Self.ids, as: caller).hasPrefix("validation-failed at $.selectionSet.articles"),
                "\(caller)")
        }
    }

    @Test
    func `NOT IN a list with null admitted every row`() async throws {
        // A null column is unknown for every list, the empty one included.
        let gateway = try await Self.gateway(articles: Self.match("notIn", "args.row.author_id", #""args.auth.ids""#))
        #expect(await gateway.data(Self.ids, as: #"{"ids": []}"#) == Self.rows(1, 2, 3, 5))
        #expect(await gateway.data(Self.ids, as: #"{"ids": [1]}"#) == Self.rows(3, 5))
        #expect(await gateway.failure(Self.ids, as: #"{"ids": [1, null]}"#).hasPrefix("validation-failed"))
    }

    @Test(arguments: ["0", "-1", #""admin""#, #""internal-sc-user""#, #""*""#, "true"])
    func `a magic user id bypassed rules`(_ id: String) async throws {
        let gateway = try await Self.gateway(
            articles: #"{"rule": "or", "clauses": [\#(Self.published), \#(Self.own)]}"#)
        let caller = TestCaller.claims(
            JSONObject([.init(name: "id", value: JSONValue(test: id)), .init(name: "role", value: .string("admin"))]))
        #expect(await gateway.data(Self.ids, as: caller) == Self.rows(1, 3, 4, 5))
    }

    @Test
    func `'7abc' = 7`() async throws {
        let gateway = try await Self.gateway(articles: Self.own)
        #expect(await gateway.data(Self.ids, as: #"{"id": "1"}"#) == Self.rows(1, 2))
        for id in [#""1abc""#, #""1 ""#, #"" 1""#, #""0x1""#, #""+1""#, #""1.0.0""#] {
            let caller = TestCaller.claims(JSONObject([.init(name: "id", value: JSONValue(test: id))]))
            #expect(await gateway.failure(Self.ids, as: caller).hasPrefix("validation-failed"), "\(id)")
        }
    }

    @Test
    func `claims beyond 2^53 merged`() async throws {
        let gateway = try await Self.gateway(articles: Self.match("==", "args.row.serial", #""args.auth.serial""#))
        #expect(await gateway.data(Self.ids, as: #"{"serial": 9007199254740992}"#) == Self.rows(1))
        #expect(await gateway.data(Self.ids, as: #"{"serial": 9007199254740993}"#) == Self.rows(2))
        #expect(await gateway.data(Self.ids, as: #"{"serial": "9007199254740993"}"#) == Self.rows(2))
        #expect(await gateway.data(Self.ids, as: #"{"serial": 9007199254740994}"#) == Self.rows())
    }

    @Test
    func `claims pasted into SQL`() async throws {
        let gateway = try await Self.gateway(
            articles: Self.match("==", "args.row.title", #""args.auth.name""#, type: "string"))
        for name in ["' or 1=1 --", "One'; drop table users; --", "One\\", "?1"] {
            let caller = TestCaller.claims(JSONObject([.init(name: "name", value: .string(name))]))
            #expect(await gateway.data(Self.ids, as: caller) == Self.rows(), "\(name)")
            #expect(
                try gateway.explain(Self.ids, as: caller).statements.allSatisfy {
                    !$0.text.contains(name) || name == "?1"
                })
        }
        #expect(
            await gateway.data("{ users { id } }", as: #"{"name": "One"}"#)
                == #"{"users":[{"id":1},{"id":2},{"id":3}]}"#)
        // Which not every database holds: the rule is unknown.
        #expect(await gateway.failure(Self.ids, as: #"{"name": "One\u0000"}"#).hasPrefix("validation-failed"))
    }

    // MARK: What callers send

    @Test
    func `client data "args.auth.id" was dereferenced`() async throws {
        let gateway = try await Self.gateway(articles: Self.allow)
        let literal = #"{ articles(where: {title: {_eq: "args.auth.id"}}) { id } }"#
        #expect(await gateway.data(literal, as: #"{"id": "One"}"#) == Self.rows(5))
        let variable = "query($t: String!, $l: [String!]) { articles(where: {title: {_eq: $t, _in: $l}}) { id } }"
        #expect(
            await gateway.data(variable, #"{"t": "args.auth.id", "l": ["args.auth.id"]}"#, as: #"{"id": "One"}"#)
                == Self.rows(5))
        // Nor are claims: what a token holds is a value.
        let claims = try await Self.gateway(
            articles: Self.match("==", "args.row.title", #""args.auth.a""#, type: "string"))
        #expect(await claims.data(Self.ids, as: #"{"a": "args.auth.b", "b": "One"}"#) == Self.rows())
        #expect(await claims.data(Self.ids, as: #"{"a": "args.auth.id", "id": "One"}"#) == Self.rows(5))
    }

    @Test(arguments: [
        "where: {id: {_eq: null}}", "where: {_not: null}", "where: {_and: [null]}", "where: {author: null}",
        "where: {id: null}",
        "where: {_or: [{id: {_gt: 1}}, null]}", "where: {id: {_in: null}}", "where: {id: {_in: [1, null]}}",
    ])
    func `null or undefined where deleted a whole table`(_ argument: String) async throws {
        let gateway = try await Self.gateway(articles: Self.allow)
        #expect(
            await gateway.failure("{ articles(\(argument)) { id } }").hasPrefix(
                "validation-failed at $.selectionSet.articles.args.where"))
    }

    @Test
    func `an absent variable inside a filter is no condition, a null one is refused`() async throws {
        let gateway = try await Self.gateway(articles: Self.allow)
        let query = "query($id: Int) { articles(where: {id: {_eq: $id}}) { id } }"
        #expect(await gateway.data(query, "{}") == Self.rows(1, 2, 3, 4, 5))
        #expect(
            await gateway.failure(query, #"{"id": null}"#).hasPrefix(
                "validation-failed at $.selectionSet.articles.args.where.id._eq"))
    }

    @Test
    func `identifiers from order_by and distinct reached SQL unquoted`() async throws {
        let gateway = try await Self.gateway(
            articles: Self.allow,
            source: #"""
                "track": "all", "collections": { "odd": { "fields": {
                  "a\"; drop table users; --": { "name": "evil" }, "Ünï 🚀": { "name": "uni" } } } }
                """#)
        #expect(
            await gateway.data("{ odd(order_by: [{evil: asc}, {uni: desc}]) { id } }")
                == #"{"odd":[{"id":2},{"id":3},{"id":1}]}"#)
        #expect(
            await gateway.data("{ odd(distinct_on: [evil]) { id evil } }")
                == #"{"odd":[{"id":2,"evil":"a"},{"id":1,"evil":"b"}]}"#)
        #expect(
            await gateway.data("{ odd_aggregate(distinct_on: evil) { aggregate { count max { evil } } } }")
                == #"{"odd_aggregate":{"aggregate":{"count":2,"max":{"evil":"b"}}}}"#)
        #expect(
            await gateway.data("{ users_aggregate { aggregate { count } } }")
                == #"{"users_aggregate":{"aggregate":{"count":3}}}"#)
        // A name that is none never becomes one.
        for variable in [
            #"{"o": "name; drop table users"}"#, #"{"o": {"name; drop table users": "asc"}}"#,
            #"{"o": {"name": "asc; drop table users"}}"#,
        ] {
            let answer = await gateway.failure("query($o: [users_order_by!]) { users(order_by: $o) { id } }", variable)
            #expect(answer.hasPrefix("validation-failed"), "\(answer)")
        }
    }

    @Test
    func `a malformed pattern raised an error on a hidden row and so revealed it`() async throws {
        let gateway = try await Self.gateway(articles: Self.match("==", "args.row.id", #""args.auth.row""#))
        // The same refusal whether a row is there or not, before anything runs.
        let expected =
            "data-exception at $.selectionSet.articles.args.where.title._like: LIKE pattern must not end with escape character"
        for row in [1, 99] {
            let caller = TestCaller.claims(JSONObject([.init(name: "row", value: .number(JSONNumber(row)))]))
            #expect(
                await gateway.failure(#"{ articles(where: {title: {_like: "%\\"}}) { id } }"#, as: caller) == expected)
        }
    }

    @Test
    func `an expression that raises on a hidden row revealed it`() async throws {
        let source = #"""
            "track": "all", "collections": { "articles": { "computedFields": {
              "a": { "expression": "json_extract(body, '$.a')", "type": "Int" } } } }
            """#
        let gateway = try await Self.gateway(
            articles: Self.match("==", "args.row.id", #""args.auth.row""#),
            fields: #""a": {"read": {"rule": "allow"}}"#, source: source)
        let filters = [
            "{a: {_eq: 1}}", "{a: {_is_null: false}}", "{_not: {a: {_neq: 1}}}",
            "{_or: [{a: {_eq: 1}}, {title: {_like: \"Q%\"}}]}",
        ]
        for filter in filters {
            #expect(
                await gateway.data("{ articles(where: \(filter)) { id a } }", as: #"{"row": 2}"#)
                    == #"{"articles":[{"id":2,"a":1}]}"#)
        }
        #expect(await gateway.data("{ articles(order_by: {a: asc}) { id } }", as: #"{"row": 2}"#) == Self.rows(2))
        #expect(
            await gateway.data("{ articles_aggregate { aggregate { sum { a } } } }", as: #"{"row": 2}"#)
                == #"{"articles_aggregate":{"aggregate":{"sum":{"a":1}}}}"#)
        // On a row the caller may read, the database's own words stay behind.
        #expect(
            await gateway.failure("{ articles { a } }", as: #"{"row": 3}"#)
                == "data-exception at $: The database could not compute the result.")
    }

    // MARK: Hidden, masked and guarded values

    private static let guardedFields = #"""
        "views": { "read": { "rule": "deny" } },
        "body": { "read": { "rule": "mask", "with": "last4", "clause": \#(own) } },
        "serial": { "read": \#(own) }
        """#

    @Test(arguments: [
        "articles(where: {views: {_gt: 1}}) { id }", "articles(order_by: {views: asc}) { id }",
        "articles(distinct_on: views) { id }",
        "articles { views }", "articles_aggregate { aggregate { max { views } } }",
        "articles_aggregate { aggregate { count(columns: views) } }",
        "users { articles(where: {views: {_gt: 1}}) { id } }", "users(where: {articles: {views: {_gt: 1}}}) { id }",
        "users { articles_aggregate { aggregate { sum { views } } } }",
    ])
    func `a filter on a hidden field was an oracle`(_ selection: String) async throws {
        let gateway = try await Self.gateway(articles: Self.allow, fields: Self.guardedFields)
        let hidden = await gateway.failure("{ \(selection) }", as: Self.ann)
        #expect(hidden.hasPrefix("validation-failed"), "\(hidden)")
        // The very words of a field that was never there.
        let unknown = await gateway.failure("{ \(selection.replacing("views", with: "viewz")) }", as: Self.ann)
        #expect(hidden == unknown.replacing("viewz", with: "views"))
    }

    @Test
    func `a filter on a masked field was an oracle`() async throws {
        let gateway = try await Self.gateway(articles: Self.allow, fields: Self.guardedFields)
        // Ben's third article shows ****json to Ann and its text to him.
        let shown = #"{ articles(where: {body: {_eq: "****json"}}) { id body } }"#
        let stored = #"{ articles(where: {body: {_eq: "not json"}}) { id body } }"#
        #expect(await gateway.data(shown, as: Self.ann) == #"{"articles":[{"id":3,"body":"****json"}]}"#)
        #expect(await gateway.data(stored, as: Self.ann) == #"{"articles":[]}"#)
        #expect(await gateway.data(stored, as: Self.ben) == #"{"articles":[{"id":3,"body":"not json"}]}"#)
        #expect(
            await gateway.data(#"{ articles(where: {body: {_like: "%not%"}}) { id } }"#, as: Self.ann) == Self.rows())
        #expect(
            await gateway.data("{ articles_aggregate { aggregate { max { body } min { body } } } }", as: Self.ann)
                == #"{"articles_aggregate":{"aggregate":{"max":{"body":"{\"a\": 1}"},"min":{"body":"****"}}}}"#)
        #expect(
            await gateway.data("{ articles(order_by: {body: asc}) { id } }", as: Self.ann) == Self.rows(5, 3, 1, 2, 4))
    }

    @Test
    func `a filter on a guarded field was an oracle`() async throws {
        let gateway = try await Self.gateway(articles: Self.allow, fields: Self.guardedFields)
        #expect(await gateway.data("{ articles(where: {serial: {_lt: 10}}) { id } }", as: Self.ann) == Self.rows())
        #expect(
            await gateway.data("{ articles(where: {_not: {serial: {_gt: 10}}}) { id } }", as: Self.ann) == Self.rows())
        #expect(
            await gateway.data("{ articles(where: {serial: {_is_null: true}}) { id } }", as: Self.ann)
                == Self.rows(3, 4, 5))
        #expect(await gateway.data("{ articles(where: {serial: {_nin: []}}) { id } }", as: Self.ann) == Self.rows(1, 2))
        #expect(
            await gateway.data(
                "{ articles_aggregate { aggregate { count(columns: serial) max { serial } } } }", as: Self.ben)
                == #"{"articles_aggregate":{"aggregate":{"count":2,"max":{"serial":5}}}}"#)
        #expect(
            await gateway.data(
                "{ articles(distinct_on: serial, order_by: {serial: desc_nulls_last}) { id serial } }", as: Self.ben)
                == #"{"articles":[{"id":5,"serial":5},{"id":3,"serial":3},{"id":1,"serial":null}]}"#)
        // Not a key, a cursor or an argument either.
        #expect(
            await gateway.failure("{ articles(where: {serial: {_eq: 3}}) { id } }", as: .anonymous).hasPrefix(
                "validation-failed"))
    }

    @Test
    func `a mask error left later rows in clear`() async throws {
        let sql =
            Self.sql + """
                update users set card = x'ff00fe' where id = 1; update users set card = 12345678 where id = 2;
                insert into users values (4, 'dee', null, 'north', '5555666677778888');
                """
        let gateway = try await TestGateway.make(
            sql: sql,
            collections:
                #""main.users": {"read": {"rule": "allow"}, "fields": {"card": {"read": {"rule": "mask", "with": "last4"}}}}"#
        )
        let answer = await gateway.answer("{ users { id card } }")
        #expect(!answer.contains("555566667777") && !answer.contains("12345678"), "\(answer)")
        #expect(answer.contains(#"{"id":4,"card":"****8888"}"#) || answer.hasPrefix(#"{"errors""#))
    }

    @Test
    func `a short value showed through its mask`() async throws {
        let gateway = try await Self.gateway(
            articles: Self.allow,
            users: #""read": {"rule": "allow"}, "fields": {"card": {"read": {"rule": "mask", "with": "last4"}}}"#)
        #expect(
            await gateway.data("{ users { card } }")
                == #"{"users":[{"card":"****3333"},{"card":"****"},{"card":null}]}"#)
    }

    @Test
    func `aggregates over hidden rows`() async throws {
        let gateway = try await Self.gateway(
            articles: #"{"rule": "or", "clauses": [\#(Self.published), \#(Self.own)]}"#)
        let query = "{ articles_aggregate { aggregate { count sum { views } max { title } } nodes { id } } }"
        #expect(
            await gateway.data(query)
                == #"{"articles_aggregate":{"aggregate":{"count":4,"sum":{"views":512},"max":{"title":"args.auth.id"}},"nodes":[{"id":1},{"id":3},{"id":4},{"id":5}]}}"#
        )
        #expect(
            await gateway.data(query, as: Self.ann)
                == #"{"articles_aggregate":{"aggregate":{"count":5,"sum":{"views":562},"max":{"title":"args.auth.id"}},"nodes":[{"id":1},{"id":2},{"id":3},{"id":4},{"id":5}]}}"#
        )
        #expect(
            await gateway.data("{ users { id articles_aggregate { aggregate { count } } } }")
                == #"{"users":[{"id":1,"articles_aggregate":{"aggregate":{"count":1}}},{"id":2,"articles_aggregate":{"aggregate":{"count":2}}},{"id":3,"articles_aggregate":{"aggregate":{"count":0}}}]}"#
        )
        // A filter through the relationship counts no hidden row either.
        #expect(await gateway.data(#"{ users(where: {articles: {title: {_eq: "Two"}}}) { id } }"#) == #"{"users":[]}"#)
        #expect(
            await gateway.data(#"{ users(where: {articles: {title: {_eq: "Two"}}}) { id } }"#, as: Self.ann)
                == #"{"users":[{"id":1}]}"#)
    }

    @Test
    func `a hidden related row sorted its parent`() async throws {
        let gateway = try await Self.gateway(
            articles: Self.allow, users: #""read": {"rule": "where", "where": {"org": {"_eq": "north"}}}"#)
        // Ben is hidden, so his articles count as without an author.
        #expect(await gateway.data("{ articles(order_by: {author: {name: asc}}) { id } }") == Self.rows(1, 2, 3, 4, 5))
        #expect(await gateway.data("{ articles(order_by: {author: {name: desc}}) { id } }") == Self.rows(3, 4, 5, 1, 2))
        #expect(await gateway.data("{ articles(where: {author: {}}) { id } }") == Self.rows(1, 2))
        #expect(await gateway.data("{ articles { author { id } } }").contains(#"{"author":null}"#))
    }

    @Test(arguments: [
        ("{ articles { vews } }", ""), ("{ articles { bodi } }", "body"), ("{ users { emial } }", ""),
        ("{ artikles { id } }", "articles"),
        ("{ articles(where: {vews: {_gt: 1}}) { id } }", ""), ("{ articles(order_by: {vews: asc}) { id } }", ""),
        ("{ articles(distinct_on: vews) { id } }", ""), ("{ od { id } }", ""),
    ])
    func `"did you mean" named a hidden field`(_ query: String, _ suggestion: String) async throws {
        let gateway = try await TestGateway.make(
            sql: Self.sql,
            collections: #"""
                "main.users": { "read": { "rule": "allow" }, "fields": { "email": { "read": { "rule": "deny" } } } },
                "main.articles": { "read": { "rule": "allow" }, "fields": { "views": { "read": { "rule": "deny" } } } }
                """#)
        let failure = await gateway.failure(query, as: Self.ann)
        #expect(failure.hasPrefix("validation-failed"))
        for hidden in ["\"views\"", "\"email\"", "\"odd\""] { #expect(!failure.contains(hidden), "\(failure)") }
        #expect(failure.contains("\"\(suggestion)\"") == !suggestion.isEmpty, "\(failure)")
    }

    // MARK: Caches

    @Test
    func `cached results served across identities of one shape`() async throws {
        let gateway = try await Self.gateway(articles: Self.own, fields: Self.guardedFields)
        let query = "query($n: Int) { articles(limit: $n) { id body } }"
        for _ in 1...2 {
            #expect(
                await gateway.data(query, #"{"n": 9}"#, as: Self.ann)
                    == #"{"articles":[{"id":1,"body":"plain"},{"id":2,"body":"{\"a\": 1}"}]}"#)
            #expect(
                await gateway.data(query, #"{"n": 9}"#, as: Self.ben)
                    == #"{"articles":[{"id":3,"body":"not json"},{"id":5,"body":"x"}]}"#)
            #expect(
                await gateway.data(query, #"{"n": 1}"#, as: Self.ben) == #"{"articles":[{"id":3,"body":"not json"}]}"#)
            #expect(await gateway.data(query, #"{"n": 9}"#, as: #"{"id": 3}"#) == #"{"articles":[]}"#)
            #expect(await gateway.failure(query, #"{"n": 9}"#).hasPrefix("validation-failed"))
            #expect(await gateway.data(query, #"{"n": 1}"#, as: .admin) == #"{"articles":[{"id":1,"body":"plain"}]}"#)
        }
    }

    @Test
    func `batched loading mixed callers`() async throws {
        let gateway = try await Self.gateway(articles: Self.own)
        let answers = await withTaskGroup(of: (Int, String).self) { group in
            for index in 0..<60 {
                group.addTask { (index, await gateway.data(Self.ids, as: index % 2 == 0 ? Self.ann : Self.ben)) }
            }
            return await group.reduce(into: [Int: String]()) { $0[$1.0] = $1.1 }
        }
        for (index, answer) in answers {
            #expect(answer == (index % 2 == 0 ? Self.rows(1, 2) : Self.rows(3, 5)))
        }
        #expect(answers.count == 60)
    }

    @Test
    func `a hash was the same for every column`() async throws {
        let hash = #"{"read": {"rule": "mask", "with": "hash"}}"#
        let gateway = try await TestGateway.make(
            sql:
                "create table t (id integer primary key, a text, b text); insert into t values (1, 'x', 'x'), (2, 'x', null);",
            collections: #""main.t": {"read": {"rule": "allow"}, "fields": {"a": \#(hash), "b": \#(hash)}}"#)
        let answer = JSONValue(test: await gateway.data("{ t { a b } }"))
        let rows = answer.object?["t"]?.array?.compactMap(\.object) ?? []
        try #require(rows.count == 2)
        #expect(rows[0]["a"] == rows[1]["a"])
        #expect(rows[0]["a"] != rows[0]["b"])
        #expect(rows[0]["a"]?.string?.count == 64)
        #expect(rows[1]["b"] == .null)
    }

    @Test
    func `a capped list beside an aggregate forgot that its relationship is not followed`() async throws {
        let gateway = try await TestGateway.make(
            sql: """
                create table posts (id integer primary key, open boolean not null);
                insert into posts values (1, true), (2, false);
                create table comments (id integer primary key, post_id int references posts (id));
                insert into comments values (1, 1), (2, 1), (3, 2), (4, 2);
                """,
            collections: #"""
                "main.posts": { "read": \#(Self.allow), "fields": { "comments": {
                  "read": { "rule": "where", "where": { "open": { "_eq": true } } } } } },
                "main.comments": { "read": \#(Self.allow), "limits": [ { "when": \#(Self.allow), "rows": 1 } ] }
                """#)
        let answer = await gateway.data(
            "{ posts { comments { id } comments_aggregate { aggregate { count } nodes { id } } } }")
        #expect(
            answer == #"""
                {"posts":[{"comments":[{"id":1}],"comments_aggregate":{"aggregate":{"count":2},"nodes":[{"id":1}]}},\#
                {"comments":[],"comments_aggregate":{"aggregate":{"count":0},"nodes":[]}}]}
                """#)
    }
}
