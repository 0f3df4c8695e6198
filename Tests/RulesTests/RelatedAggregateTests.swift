// Aggregates over related rows in `where` and `order_by`: what they answer, and that nothing a rule hides can be proven
// through them (rules of the API, sections 2 and 3).
import Gateway
import TestSupport
import Testing

@Suite
struct RelatedAggregateTests {
    private static let sql = #"""
        create table authors (id integer primary key, name text not null, org text not null);
        insert into authors values (1, 'ann', 'north'), (2, 'ben', 'south'), (3, 'cy', 'north'), (4, 'di', 'south');
        create table articles (
          id integer primary key, author_id int references authors (id), title text, pay int, published boolean, secret text);
        insert into articles values
          (1, 1, 'a', 10, true, 'x'), (2, 1, 'b', 20, true, null), (3, 1, 'b', null, true, 'y'),
          (4, 2, 'c', 5, true, 'x'), (5, 2, 'd', 900, false, 'z'), (6, 3, 'e', 7, false, 'x'), (7, null, 'f', 8, true, null);
        """#

    private static let allow = #""read": {"rule": "allow"}"#

    private static func gateway(articles: String = allow, authors: String = allow) async throws -> TestGateway {
        try await TestGateway.make(
            sql: sql, collections: #""main.authors": { \#(authors) }, "main.articles": { \#(articles) }"#)
    }

    private func authors(_ arguments: String, _ gateway: TestGateway, as caller: TestCaller = .anonymous) async
        -> String
    {
        let text = await gateway.data("{ authors(\(arguments)) { id } }", as: caller)
        guard text.hasPrefix(#"{"authors":["#) else { return text }
        return text.filter { $0.isNumber || $0 == "," }
    }

    @Test(arguments: [
        ("{count: {predicate: {_gt: 1}}}", "1,2"), ("{count: {predicate: {_eq: 0}}}", "4"),
        ("{count: {predicate: {}}}", "1,2,3,4"),
        ("{count: {predicate: {_gt: 0, _lt: 3}}}", "2,3"), ("{count: {predicate: {_in: [1, 3]}}}", "1,3"),
        ("{count: {arguments: [pay], predicate: {_eq: 2}}}", "1,2"),
        ("{count: {arguments: title, distinct: true, predicate: {_eq: 2}}}", "1,2"),
        ("{count: {arguments: [title, pay], distinct: true, predicate: {_eq: 3}}}", "1"),
        ("{count: {filter: {pay: {_gt: 9}}, predicate: {_eq: 1}}}", "2"),
        ("{count: {filter: {}, distinct: null, arguments: null, predicate: {_eq: 1}}}", "3"),
        ("{count: {predicate: {_is_null: true}}}", ""),
        ("{bool_and: {arguments: published, predicate: {_eq: true}}}", "1"),
        ("{bool_and: {arguments: published, predicate: {_eq: false}}}", "2,3"),
        ("{bool_or: {arguments: published, predicate: {_eq: true}}}", "1,2"),
        ("{bool_or: {arguments: published, distinct: true, predicate: {_is_null: true}}}", "4"),
        ("{bool_or: {arguments: published, filter: {id: {_gt: 4}}, predicate: {_eq: false}}}", "2,3"),
    ])
    func `filters compare an aggregate over the related rows`(_ test: String, _ expected: String) async throws {
        let gateway = try await Self.gateway()
        #expect(await authors("where: {articles_aggregate: \(test)}", gateway) == expected)
    }

    @Test
    func `a filter takes exactly one aggregate, by literal and by variable`() async throws {
        let gateway = try await Self.gateway()
        let both = "{count: {predicate: {_eq: 1}}, bool_and: {arguments: published, predicate: {_eq: true}}}"
        for test in ["{}", both] {
            let message = await gateway.failure("{ authors(where: {articles_aggregate: \(test)}) { id } }")
            #expect(message.contains("must specify exactly one key"), "\(test): \(message)")
        }
        let query = "query ($where: authors_bool_exp) { authors(where: $where) { id } }"
        let failure = await gateway.failure(
            query, #"{"where": {"articles_aggregate": {"count": {"predicate": {"_eq": 1}}, "bool_or": null}}}"#)
        #expect(failure.hasPrefix("validation-failed"), "\(failure)")
        let answer = await gateway.data(
            query, #"{"where": {"articles_aggregate": {"count": {"predicate": {"_eq": 1}}}}}"#)
        #expect(answer == #"{"authors":[{"id":3}]}"#)
    }

    @Test(arguments: [
        "null", "{count: null}", "{count: {filter: null, predicate: {_eq: 1}}}", "{count: {predicate: {_eq: null}}}",
    ])
    func `null inside a filter is refused`(_ test: String) async throws {
        let failure = await (try Self.gateway()).failure("{ authors(where: {articles_aggregate: \(test)}) { id } }")
        #expect(failure.hasPrefix("validation-failed"), "\(failure)")
    }

    @Test(arguments: [
        ("{count: desc}", "1,2,3,4"), ("{count: asc}", "4,3,2,1"), ("{max: {pay: asc}}", "3,1,2,4"),
        ("{max: {pay: desc_nulls_last}}", "2,1,3,4"), ("{sum: {pay: desc}}", "4,2,1,3"),
        ("{min: {title: desc_nulls_last}}", "3,2,1,4"),
        ("{stddev_pop: {pay: asc}}", "3,1,2,4"), ("{count: null, avg: {pay: asc_nulls_first}}", "4,3,1,2"),
        ("null", "1,2,3,4"),
    ])
    func `orderings sort by an aggregate over the related rows`(_ term: String, _ expected: String) async throws {
        let gateway = try await Self.gateway()
        #expect(await authors("order_by: [{articles_aggregate: \(term)}, {id: asc}]", gateway) == expected)
    }

    @Test
    func `an aggregate behind an object relationship orders and filters too`() async throws {
        let gateway = try await Self.gateway()
        let ordered = await gateway.data(
            "{ articles(order_by: [{author: {articles_aggregate: {count: asc}}}, {id: asc}], where: {author: {articles_aggregate: {count: {predicate: {_lt: 3}}}}}) { id } }"
        )
        #expect(ordered == #"{"articles":[{"id":6},{"id":4},{"id":5}]}"#)
    }

    // MARK: Attacks

    private static let published = #""read": {"rule": "where", "where": {"published": {"_eq": true}}}"#

    @Test
    func `hidden rows are in no aggregate`() async throws {
        let gateway = try await Self.gateway(articles: Self.published)
        for (test, expected) in [
            ("{count: {predicate: {_eq: 0}}}", "3,4"), ("{count: {predicate: {_eq: 1}}}", "2"),
            ("{count: {filter: {pay: {_eq: 900}}, predicate: {_gt: 0}}}", ""),
            ("{count: {filter: {_not: {pay: {_eq: 900}}}, predicate: {_eq: 1}}}", "2"),
            ("{bool_or: {arguments: published, predicate: {_eq: false}}}", ""),
            ("{bool_and: {arguments: published, predicate: {_is_null: true}}}", "3,4"),
        ] {
            #expect(await authors("where: {articles_aggregate: \(test)}", gateway) == expected, "\(test)")
        }
        for (term, expected) in [
            ("{max: {pay: desc_nulls_last}}", "1,2,3,4"), ("{count: desc}", "1,2,3,4"),
            ("{sum: {pay: asc}}", "2,1,3,4"),
        ] {
            #expect(
                await authors("order_by: [{articles_aggregate: \(term)}, {id: asc}]", gateway) == expected, "\(term)")
        }
    }

    @Test
    func `the aggregate rule takes rows away from read`() async throws {
        let gateway = try await Self.gateway(
            articles:
                #"\#(Self.allow), "aggregate": {"rule": "match", "type": "number", "eval": "<", "f1": "args.row.pay", "f2": 100}"#
        )
        // `some row` asks what may be read, a count what may be aggregated.
        #expect(await authors("where: {articles: {pay: {_eq: 900}}}", gateway) == "2")
        #expect(
            await authors(
                "where: {articles_aggregate: {count: {filter: {pay: {_eq: 900}}, predicate: {_gt: 0}}}}", gateway)
                == "")
        #expect(await authors("where: {articles_aggregate: {count: {predicate: {_eq: 2}}}}", gateway) == "1")
        #expect(await authors("order_by: [{articles_aggregate: {max: {pay: desc_nulls_last}}}]", gateway) == "1,3,2,4")
    }

    @Test
    func `where aggregation is denied neither filter nor ordering exists`() async throws {
        let gateway = try await Self.gateway(articles: #"\#(Self.allow), "aggregate": {"rule": "deny"}"#)
        for argument in [
            "where: {articles_aggregate: {count: {predicate: {_eq: 1}}}}",
            "order_by: {articles_aggregate: {count: asc}}",
        ] {
            let failure = await gateway.failure("{ authors(\(argument)) { id } }")
            #expect(failure.contains("is not defined by type"), "\(failure)")
        }
    }

    @Test
    func `a hidden field is no argument, a masked or guarded one counts as it shows`() async throws {
        let rule = #"{"rule": "match", "type": "string", "eval": "==", "f1": "args.row.title", "f2": "a"}"#
        let gateway = try await Self.gateway(
            articles:
                #"\#(Self.allow), "fields": {"pay": {"read": {"rule": "deny"}}, "secret": {"read": \#(rule)}, "title": {"read": {"rule": "mask", "with": "t"}}}"#
        )
        let hidden = await gateway.failure(
            "{ authors(where: {articles_aggregate: {count: {arguments: [pay], predicate: {_eq: 1}}}}) { id } }")
        #expect(hidden.contains(#"Value "pay" does not exist in "articles_select_column" enum."#), "\(hidden)")
        let unsortable = await gateway.failure("{ authors(order_by: {articles_aggregate: {max: {pay: asc}}}) { id } }")
        #expect(unsortable.contains("is not defined by type"), "\(unsortable)")
        // Only article 1 shows its secret; every title shows as the mask.
        let secret = "where: {articles_aggregate: {count: {arguments: [secret], predicate: {_gt: 0}}}}"
        #expect(await authors(secret, gateway) == "1")
        let titles = "where: {articles_aggregate: {count: {arguments: [title], distinct: true, predicate: {_gt: 1}}}}"
        #expect(await authors(titles, gateway) == "")
        #expect(await authors("order_by: [{articles_aggregate: {max: {title: desc}}}]", gateway) == "4,1,2,3")
    }

    @Test
    func `over a relationship that is not followed there are no rows`() async throws {
        let north = #"{"rule": "match", "type": "string", "eval": "==", "f1": "args.row.org", "f2": "north"}"#
        let gateway = try await Self.gateway(
            authors: #"\#(Self.allow), "fields": {"articles": {"read": \#(north)}}"#)
        #expect(await authors("where: {articles_aggregate: {count: {predicate: {_eq: 0}}}}", gateway) == "2,4")
        #expect(await authors("where: {articles_aggregate: {count: {predicate: {_gt: 0}}}}", gateway) == "1,3")
        #expect(await authors("order_by: [{articles_aggregate: {count: desc}}]", gateway) == "1,3,2,4")
    }

    @Test
    func `what could raise runs on no hidden related row`() async throws {
        let gateway = try await TestGateway.make(
            sql: Self.sql,
            collections: #"""
                "main.authors": { \#(Self.allow) },
                "main.articles": { \#(Self.published), "fields": {"risky": {"read": {"rule": "allow"}}} }
                """#,
            source: #"""
                "track": "all", "collections": { "articles": { "computedFields": {
                  "risky": { "expression": "case when published then pay else abs(-9223372036854775808) end", "type": "bigint" } } } }
                """#)
        for argument in [
            "where: {articles_aggregate: {count: {filter: {risky: {_gt: 0}}, predicate: {_gt: 0}}}}",
            "where: {articles_aggregate: {count: {arguments: [risky], predicate: {_gt: 0}}}}",
            "order_by: [{articles_aggregate: {max: {risky: desc}}}]",
        ] {
            let answer = await gateway.data("{ authors(\(argument)) { id } }")
            #expect(answer.hasPrefix(#"{"authors":["#), "\(argument): \(answer)")
        }
    }

    @Test
    func `a guard that follows a relationship stands beside the relationship itself`() async throws {
        let rule = #"{"rule": "match", "type": "string", "eval": "==", "f1": "args.row.author.org", "f2": "north"}"#
        let gateway = try await Self.gateway(articles: #"\#(Self.allow), "fields": {"secret": {"read": \#(rule)}}"#)
        let answer = await gateway.data("{ articles(where: {id: {_lt: 5}}) { author_id author { id } secret } }")
        #expect(
            answer
                == #"{"articles":[{"author_id":1,"author":{"id":1},"secret":"x"},{"author_id":1,"author":{"id":1},"secret":null},{"author_id":1,"author":{"id":1},"secret":"y"},{"author_id":2,"author":{"id":2},"secret":null}]}"#
        )
    }
}
