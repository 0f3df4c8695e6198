// What the planner makes of a query: references, predicates, orders and parameters, printed.
import TestSupport
import Testing

@testable import Planning

struct PlannerTests {
    private let bench = PlanBench.blog

    @Test
    func `a query becomes reads in response order`() {
        #expect(
            bench.text(
                #"""
                query Q($id: Int!, $n: Int) {
                  __typename
                  one: articles_by_pk(id: $id) { t: title author { name __typename } }
                  users(limit: $n, where: {written: {views: {_gt: 10}}}) { id written(limit: 2) { id } ...F }
                  articles_aggregate { aggregate { count d: count(columns: [title, body], distinct: true) max { views title } avg { score } } nodes { id } }
                }
                fragment F on users { id edited_aggregate(where: {published: {_eq: true}}) { aggregate { count } } }
                """#, #"{"id": 1}"#) == """
                    query
                      __typename: typename query_root
                      one: single main.articles
                        where id _eq $id
                        t: title String
                        author: single main.users via author
                          name: name String
                          __typename: typename users
                      users: list main.users
                        where some written(views _gt 10)
                        order id asc
                        id: id Int
                        written: list main.articles via written
                          order id asc
                          limit 2
                          id: id Int
                        edited_aggregate: aggregate main.articles via edited
                          where published _eq true
                          order id asc
                          aggregate: aggregate
                            count: count()
                      articles_aggregate: aggregate main.articles
                        order id asc
                        aggregate: aggregate
                          count: count()
                          d: count distinct(title, body)
                          max: max
                            views: views
                            title: title
                          avg: avg
                            score: score
                        nodes: nodes
                          id: id Int

                    """)
    }

    // MARK: where

    @Test(
        arguments: [
            ("{}", "none"), ("null", "none"), ("{_and: []}", "none"), ("{_or: []}", "false"), ("{_not: {}}", "false"),
            ("{title: {}}", "none"), ("{_not: {_or: []}}", "none"), ("{_or: [{}, {id: {_eq: 1}}]}", "none"),
            ("{author: {}}", "some author()"),
            ("{_not: {author: {}}}", "not some author()"),
            ("{id: {_eq: 1}}", "id _eq 1"),
            ("{id: {_gt: 1, _lt: 9}, published: {_eq: true}}", "(id _gt 1 and id _lt 9 and published _eq true)"),
            ("{_and: [{id: {_gt: 1}}, {_and: {id: {_lt: 9}}}]}", "(id _gt 1 and id _lt 9)"),
            (
                "{_or: [{id: {_eq: 1}}, {title: {_eq: \"x\"}, id: {_eq: 2}}]}",
                #"(id _eq 1 or (title _eq "x" and id _eq 2))"#
            ),
            ("{_not: {_not: {id: {_eq: 1}}}}", "id _eq 1"), ("{body: {_is_null: true}}", "body is null"),
            ("{body: {_is_null: false}}", "not body is null"),
            ("{id: {_in: [1, 2]}}", "id _in [1,2]"), ("{id: {_in: 1}}", "id _eq 1"), ("{id: {_nin: []}}", "id _nin []"),
            ("{title: {_like: \"a%\"}}", #"title _like "a%""#),
            (
                "{comments: {spam: {_eq: false}, author: {name: {_neq: \"x\"}}}}",
                #"some comments((spam _eq false and some author(name _neq "x")))"#
            ),
            ("{comments: {_not: {spam: {_eq: true}}}}", "some comments(not spam _eq true)"),
        ] as [(String, String)])
    func `a filter is folded as far as its constants go`(_ filter: String, _ expected: String) {
        #expect(bench.line("where", "{ articles(where: \(filter)) { id } }") == expected)
    }

    @Test(
        arguments: [
            (
                "$w: articles_bool_exp", "$w",
                #"{"w": {"id": {"_eq": 5}, "_or": [{"title": {"_eq": "a"}}, {"body": {"_is_null": true}}]}}"#,
                "(id _eq $w.id._eq and (title _eq $w._or[0].title._eq or body is null))"
            ),
            ("$i: Int", "{id: {_eq: $i}}", "{}", "none"),
            ("$i: Int!", "{id: {_in: [$i, 7]}}", #"{"i": 1}"#, "(id _eq $i or id _eq 7)"),
            ("$i: Int!", "{id: {_nin: [7, $i]}}", #"{"i": 1}"#, "(id _neq 7 and id _neq $i)"),
            ("$l: [Int!]", "{id: {_in: $l}}", #"{"l": [1, 2]}"#, "id _in $l"),
            (
                "$c: Int_comparison_exp", "{id: $c}", #"{"c": {"_gt": 1, "_in": [3]}}"#,
                "(id _gt $c._gt and id _in $c._in)"
            ),
            ("$b: Boolean", "{body: {_is_null: $b}}", #"{"b": true}"#, "body is null"),
            ("$b: Boolean", "{body: {_is_null: $b}}", #"{"b": false}"#, "not body is null"),
            ("$b: Boolean", "{published: {_eq: $b}}", #"{"b": false}"#, "published _eq false"),
            (
                "$b: articles_bool_exp!", "{_and: [$b, {id: {_gt: 1}}]}", #"{"b": {"id": {"_lt": 9}}}"#,
                "(id _lt $b.id._lt and id _gt 1)"
            ),
            ("$s: String", #"{title: {_eq: "x", _like: $s}}"#, #"{"s": "a%"}"#, #"(title _eq "x" and title _like $s)"#),
        ] as [(String, String, String, String)])
    func `a value of a variable is named by its place`(
        _ declaration: String, _ filter: String, _ variables: String, _ expected: String
    ) {
        #expect(
            bench.line("where", "query(\(declaration)) { articles(where: \(filter)) { id } }", variables) == expected)
    }

    @Test(
        arguments: [
            ("{id: {_eq: null}}", "id._eq"), ("{id: null}", "id"), ("{_not: null}", "_not"), ("{_and: [{}, null]}", ""),
            ("{author: null}", "author"),
            ("{author: {name: {_eq: null}}}", "author.name._eq"),
            ("{_or: [{id: {_is_null: null}}]}", "_or[0].id._is_null"),
        ] as [(String, String)])
    func `null is no filter below the top`(_ filter: String, _ path: String) {
        let text = bench.text("{ articles(where: \(filter)) { id } }")
        #expect(text.hasPrefix("validation-failed at "), "\(text)")
        if !path.isEmpty {
            #expect(text == "validation-failed at $.selectionSet.articles.args.where.\(path): unexpected null value")
        }
    }

    @Test
    func `a filter nests only so deep`() {
        let nest = { (levels: Int) in
            String(repeating: "{_not: ", count: levels) + "{id: {_eq: 1}}" + String(repeating: "}", count: levels)
        }
        #expect(bench.line("where", "{ articles(where: \(nest(16))) { id } }") == "id _eq 1")
        #expect(
            bench.text("{ articles(where: \(nest(20))) { id } }").hasPrefix(
                "limit-exceeded at $.selectionSet.articles.args.where"))
    }

    // MARK: order_by and distinct_on

    @Test(
        arguments: [
            ("", "id asc"), ("(order_by: {})", "id asc"), ("(order_by: [])", "id asc"),
            ("(order_by: {id: desc})", "id desc"),
            ("(order_by: {title: asc})", "title asc, id asc"), ("(order_by: {title: null})", "id asc"),
            (
                "(order_by: [{title: desc_nulls_last}, {id: desc}, {views: asc}])",
                "title desc_nulls_last, id desc, views asc"
            ),
            ("(order_by: {views: asc, title: desc})", "views asc, title desc, id asc"),
            ("(order_by: [{title: asc}, {title: desc}])", "title asc, id asc"),
            (
                "(order_by: {author: {name: desc, id: asc}, views: asc})",
                "author.name desc, author.id asc, views asc, id asc"
            ),
            ("(order_by: [{author: null}, {author: {}}, {id: asc}])", "id asc"),
            ("(distinct_on: title)", "title asc, id asc"),
            ("(distinct_on: [title, views])", "title asc, views asc, id asc"),
            ("(distinct_on: [title], order_by: {title: desc})", "title desc, id asc"),
            (
                "(distinct_on: [title, views], order_by: [{views: desc}, {title: asc}, {score: asc}])",
                "views desc, title asc, score asc, id asc"
            ),
            ("(distinct_on: id)", "id asc"),
        ] as [(String, String)])
    func `every order is completed to a total one`(_ arguments: String, _ expected: String) {
        #expect(bench.line("order", "{ articles\(arguments) { id } }") == expected)
    }

    @Test(arguments: [
        "distinct_on: title, order_by: {views: asc}", "distinct_on: [title, views], order_by: {title: asc}",
        "distinct_on: [title], order_by: [{views: asc}, {title: asc}]",
        "distinct_on: title, order_by: {author: {name: asc}}",
    ])
    func `distinct columns lead the order`(_ arguments: String) {
        #expect(
            bench.text("{ articles(\(arguments)) { id } }")
                == #"validation-failed at $.selectionSet.articles.args: "distinct_on" columns must match initial "order_by" columns"#
        )
    }

    @Test
    func `a composite key ends the order in its own order`() throws {
        let catalog = try TestCatalog.build([
            TestCatalog.table("seats", "room String, line Int, number Int", key: ["line", "room"]),
            TestCatalog.table("logs", "text String", key: []),
        ])
        let bench = PlanBench(catalog)
        #expect(bench.line("order", "{ seats { number } }") == "line asc, room asc")
        #expect(bench.line("order", "{ seats(order_by: {room: desc}) { number } }") == "room desc, line asc")
        #expect(
            bench.line("where", #"{ seats_by_pk(line: 1, room: "a") { number } }"#) == #"(line _eq 1 and room _eq "a")"#
        )
        #expect(bench.line("order", "{ logs { text } }") == "none")
    }

    // MARK: Pages and paths

    @Test(arguments: [
        ("(limit: 5)", "5", "none"), ("(limit: null, offset: 2)", "none", "2"), ("(offset: null)", "none", "none"),
        ("(limit: 0)", "0", "none"),
    ])
    func `null is no page`(_ arguments: String, _ limit: String, _ offset: String) {
        #expect(bench.line("limit", "{ articles\(arguments) { id } }") == limit)
        #expect(bench.line("offset", "{ articles\(arguments) { id } }") == offset)
    }

    @Test
    func `a read knows its place in the document, fragments included`() throws {
        let plan = try bench.plan("{ x: articles { ...A } } fragment A on articles { y: comments { author { id } } }")
        var paths: [String] = []
        func walk(_ read: ReadPlan<Requested>) {
            paths.append(read.errorPath)
            guard case .row(let members) = read.selection else { return }
            for member in members { if case .read(let inner) = member.content { walk(inner) } }
        }
        for root in plan.roots { if case .read(let read) = root.content { walk(read) } }
        #expect(
            paths == [
                "$.selectionSet.articles", "$.selectionSet.articles.selectionSet.A.selectionSet.comments",
                "$.selectionSet.articles.selectionSet.A.selectionSet.comments.selectionSet.author",
            ])
    }

    @Test
    func `introspection is refused in the words for a field that is not there`() {
        #expect(
            bench.text("{ __schema { types { name } } }")
                == #"validation-failed at $.selectionSet.__schema: Cannot query field "__schema" on type "query_root"."#
        )
    }
}
