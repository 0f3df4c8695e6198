// The fifth arrow as printed plans: the row rule stands at every place where rows are observed, a field is what the
// caller may see of it wherever it is named, and what can raise stays off hidden rows (rules of the API, section 2).
import Base
import GraphQL
import Metadata
import Planning
import TestSupport
import Testing

@testable import Gateway
@testable import Rules

@Suite(.serialized)
struct SecurePlanTests {
    private static let sql = """
        create table users (id integer primary key, name text not null, email text, org text);
        create table articles (
          id integer primary key, author_id int references users (id), title text not null, body text,
          published boolean not null, views int not null);
        """

    private static let collections = #"""
        "main.users": { "read": { "rule": "where", "where": { "org": { "_eq": "args.auth.org" } } },
          "fields": { "email": { "read": { "rule": "mask", "with": "last4" } } } },
        "main.articles": { "read": { "rule": "where", "where": { "published": { "_eq": true } } },
          "aggregate": { "rule": "where", "where": { "views": { "_gt": 10 } } },
          "fields": {
            "halved": { "read": { "rule": "allow" } },
            "body": { "read": { "rule": "where", "where": { "views": { "_lt": 100 } } } },
            "author": { "read": { "rule": "where", "where": { "views": { "_gt": 1 } } } } } }
        """#

    private static let source = #"""
        "track": "all", "collections": { "articles": { "computedFields": {
          "halved": { "expression": "views / 2", "type": "Int" } } } }
        """#

    private static let caller: TestCaller = #"{"org": "north"}"#

    private func secured(_ query: String, _ caller: TestCaller = Self.caller) async throws -> String {
        let gateway = try await TestGateway.make(sql: Self.sql, collections: Self.collections, source: Self.source)
        return try gateway.explain(query, as: caller).secured
    }

    @Test
    func `roots, nested lists, aggregates and relation filters carry the row rule`() async throws {
        let plan = try await secured(
            "{ users(where: {articles: {id: {_gt: 1}}}) { id articles { id } articles_aggregate { aggregate { count } } } }"
        )
        #expect(
            plan == """
                query
                  users: list main.users
                    rule org _eq args.auth.org
                    where some articles(rule published _eq true; id _gt 1)
                    order id asc
                    id: id Int
                    articles: list main.articles via articles
                      rule published _eq true
                      order id asc
                      id: id Int
                    articles_aggregate: aggregate main.articles via articles
                      rule (published _eq true and views _gt 10)
                      order id asc
                      aggregate: aggregate
                        count: count()

                """)
    }

    @Test
    func `an altered field is its altered value wherever it is named`() async throws {
        let plan = try await secured(
            #"{ users(where: {email: {_eq: "x"}}, order_by: {email: asc}, distinct_on: email) { email } }"#)
        #expect(
            plan == """
                query
                  users: list main.users
                    rule org _eq args.auth.org
                    where last4(email) _eq "x"
                    distinct last4(email)
                    order last4(email) asc, id asc
                    email: last4(email) String

                """)
    }

    @Test
    func `a guarded relationship is followed only from rows whose guard is true`() async throws {
        let plan = try await secured(
            "{ articles(order_by: {author: {name: asc}}, where: {author: {}}) { author { name } } }")
        #expect(
            plan == """
                query
                  articles: list main.articles
                    rule published _eq true
                    where some author(rule org _eq args.auth.org; guard views _gt 1)
                    order author[rule org _eq args.auth.org][guard views _gt 1].name asc, id asc
                    author: single main.users via author
                      rule org _eq args.auth.org
                      guard views _gt 1
                      name: name String

                """)
    }

    @Test(
        arguments: [
            // Comparisons on plain columns are combined freely.
            (#"{title: {_eq: "a"}}"#, #"where title _eq "a""#),
            (#"{views: {_in: [1]}, title: {_is_null: false}}"#, "where (views _in [1] and not title is null)"),
            // What can raise runs only where the row rule is true.
            (#"{title: {_like: "a%"}}"#, #"where (when published _eq true then title _like "a%")"#),
            (
                #"{title: {_ilike: "a%"}, views: {_gt: 1}}"#,
                #"where (views _gt 1 and (when published _eq true then title _ilike "a%"))"#
            ),
            ("{halved: {_gt: 1}}", "where (when published _eq true then halved _gt 1)"),
            (
                #"{title: {_like: "a%"}, halved: {_gt: 1}}"#,
                #"where (when published _eq true then (title _like "a%" and halved _gt 1))"#
            ),
            (
                #"{_or: [{title: {_like: "a%"}}, {views: {_gt: 1}}]}"#,
                #"where (when published _eq true then (title _like "a%" or views _gt 1))"#
            ),
            (#"{_not: {halved: {_eq: 1}}}"#, "where (when published _eq true then not halved _eq 1)"),
            ("{halved: {_is_null: true}}", "where (when published _eq true then halved is null)"),
            // A guarded field's value is chosen by a total condition.
            (#"{body: {_eq: "a"}}"#, #"where choose(views _lt 100: body, else: null) _eq "a""#),
            (
                #"{body: {_like: "a"}}"#,
                #"where (when published _eq true then choose(views _lt 100: body, else: null) _like "a")"#
            ),
            // Inside a relation filter the rule of its target guards.
            (
                #"{author: {name: {_like: "a%"}}}"#,
                #"where (when published _eq true then some author(rule org _eq args.auth.org; guard views _gt 1; (when org _eq args.auth.org then name _like "a%")))"#
            ),
        ] as [(String, String)])
    func `what can raise an error is kept off hidden rows`(_ filter: String, _ expected: String) async throws {
        let plan = try await secured("{ articles(where: \(filter)) { id } }")
        #expect(
            plan.split(separator: "\n").map { $0.trimmingPrefix { $0 == " " } }.contains { $0 == expected }, "\(plan)")
    }

    @Test
    func `where nothing is hidden nothing is wrapped`() async throws {
        let plan = try await secured(#"{ articles(where: {title: {_like: "a%"}, halved: {_gt: 1}}) { id } }"#, .admin)
        #expect(plan.contains(#"where (title _like "a%" and halved _gt 1)"#))
    }

    @Test(arguments: [
        "{ users { id } }", "{ users_aggregate { aggregate { count } } }", "{ articles { author { id } } }",
        "{ articles(where: {author: {}}) { id } }", "{ articles(order_by: {author: {name: asc}}) { id } }",
        "{ users_by_pk(id: 1) { id } }",
    ])
    func `a read whose rule misses its claim is refused`(_ query: String) async throws {
        let gateway = try await TestGateway.make(sql: Self.sql, collections: Self.collections, source: Self.source)
        #expect(await gateway.failure(query, as: .anonymous) == #"not-found at $: missing session variable: "org""#)
        #expect(await gateway.failure(query, as: Self.caller) == "no error")
        #expect(await gateway.failure("{ articles { id } }", as: .anonymous) == "no error")
    }

    // MARK: The second line

    /// A plan made with the admin's schema, secured for somebody else: what comes of it if validation should ever let it pass.
    private func smuggled(_ query: String, to caller: TestCaller = .anonymous) async throws -> String {
        let gateway = try await TestGateway.make(
            sql: Self.sql,
            collections: #"""
                "main.users": { "create": { "rule": "and", "clauses": [ { "rule": "deny" },
                    { "rule": "encrypt", "fields": ["email"] } ] } },
                "main.articles": { "read": { "rule": "allow" }, "fields": {
                  "body": { "read": { "rule": "mask", "with": "last4" } }, "title": { "read": { "rule": "deny" } },
                  "author": { "read": { "rule": "deny" } } } }
                """#, source: Self.source)
        let project = gateway.project
        let pipeline = Pipeline(project: project)
        let shapes = [TestCaller.admin, caller].map {
            project.shapes.context(of: $0.caller, now: TestGateway.now, generation: project.generation)
        }
        do throws(RequestFailure) {
            let operation = try pipeline.validate(pipeline.parse(Array(query.utf8)), nil, shapes[0])
            let plan = try pipeline.plan(operation, .none, TestCaller.admin.caller)
            return try PlanPrinter.print(pipeline.secure(plan, shapes[1]).roots, catalog: project.catalog)
        } catch {
            return error.errors.map { "\($0.code.rawValue): \($0.message)" }.joined()
        }
    }

    @Test(
        arguments: [
            ("{ users { id } }", "rule false"),
            ("{ users_aggregate { aggregate { count } } }", "rule false"),
            ("{ articles { author { id } } }", "guard false"),
            ("{ articles { title } }", "title: null String"),
            (#"{ articles(where: {title: {_eq: "x"}}) { id } }"#, #"where null _eq "x""#),
            ("mutation { insert_users(objects: [{name: \"x\"}]) { affected_rows } }", "permission-denied: \(refused)"),
            ("mutation { delete_users(where: {id: {_eq: 1}}) { affected_rows } }", "permission-denied: \(refused)"),
            (
                "mutation { update_articles(where: {id: {_eq: 1}}, _set: {views: 1}) { affected_rows } }",
                "permission-denied: \(refused)"
            ),
            // A cursor would show what the mask hides.
            ("{ articles_connection(order_by: {body: asc}) { edges { cursor } } }", "unexpected: internal error"),
        ] as [(String, String)])
    func `what validation should have refused reads and writes nothing`(
        _ query: String, _ expected: String
    ) async throws {
        let plan = try await smuggled(query)
        #expect(plan.split(separator: "\n").contains { $0.hasSuffix(expected) }, "\(plan)")
    }

    private static let refused = "The rules do not allow this write."

    @Test
    func `an encrypted field has no value to compare or to follow`() throws {
        let bench = try RuleBench(
            #"""
            {"collections": {"main.articles": {"read": {"rule": "allow"}, "create": {"rule": "and", "clauses": [
              {"rule": "allow"}, {"rule": "encrypt", "fields": ["title"]}]}}}}
            """#)
        let articles = try #require(bench.catalog.collections.first { $0.apiName == "articles" })
        let secure = SecurePlan(view: bench.view(.admin))
        let compare = { (name: String) throws in
            let field = articles.reference(try #require(articles.fieldIndex(named: name)))
            let literal = Parameter(origin: .constant(JSONValue.string("x").text), target: .value(.string))
            // Whether it is there may be asked.
            _ = try secure.secure(RowPredicate<Requested>.isNull(.field(field)))
            _ = try secure.secure(
                RowPredicate<Requested>.comparison(Comparison(.field(field), .equal, .parameter(literal))))
        }
        #expect(throws: Never.self) { try compare("body") }
        #expect(throws: GatewayError.self) { try compare("title") }
    }
}
