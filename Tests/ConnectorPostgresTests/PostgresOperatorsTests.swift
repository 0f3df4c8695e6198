// What types of PostgreSQL's own can be asked and given: lists, rows, paths of labels, words to search, paths into documents.
import Base
import TestSupport
import Testing

@Suite(.enabled(if: PostgresCluster.isInstalled, Comment(rawValue: PostgresCluster.missing)))
struct PostgresOperatorsTests {
    private static let sql = #"""
        create extension ltree; create extension citext;
        create type mood as enum ('sad', 'ok', 'happy');
        create type money_of_account as (amount numeric, unit text, tags text[]);
        create schema office; create type office.hours as range (subtype = time);
        set search_path = public, office;
        create table things (
          id int4 primary key, numbers int4[], names varchar(10)[], grid int4[][], moods mood[], flags bool[],
          documents jsonb[], raws bytea[], path ltree, words tsvector, document jsonb, name citext, padded char(4),
          price money, part money_of_account, parts money_of_account[], written xml, spot point, feeling mood, span int4range,
          spans nummultirange, hours hours);
        insert into things values
          (1, '{1,null,3}', '{a,"b c"}', '{{1,2},{3,4}}', '{sad,ok}', '{t,f}', '{"{\"a\": 1}","[2]"}', '{"\\x00ff"}',
           'top.science.astronomy', to_tsvector('english', 'the quick brown fox'), '{"a": [1, 2], "b": true}', 'Ada', 'ab',
           12.50, '(1.5,EUR,"{x,y}")', '{"(1,EUR,{})"}', '<a>b</a>', '(1,2)', 'ok', '[1,5)', '{[1,2],[2.5,3]}', '[09:00,17:00)'),
          (2, '{}', '{}', '{}', '{}', '{}', '{}', '{}', 'top.hobbies', to_tsvector('english', 'a lazy dog'), '{"a": []}',
           'Bob', 'cd', 3, '(2,USD,)', '{}', '<c/>', '(3,4)', 'happy', 'empty', '{}', 'empty');
        insert into things (id) values (3);
        """#
    private static let open =
        #""main.things": { "read": { "rule": "allow" }, "create": { "rule": "allow" }, "update": { "rule": "allow" } }"#

    private static func gateway() async throws -> TestGateway {
        try await TestGateway.make(sql: sql, collections: open, in: .postgres)
    }

    private static let found: [(String, [Int])] = [
        ("numbers: {_eq: [1, null, 3]}", [1]), ("numbers: {_eq: []}", [2]), ("numbers: {_neq: []}", [1]),
        ("numbers: {_in: [[1, null, 3], [4]]}", [1]), ("numbers: {_nin: [[4]]}", [1, 2]), ("numbers: {_in: []}", []),
        ("numbers: {_contains: [3]}", [1]), ("numbers: {_contains: 3}", [1]), ("numbers: {_contains: []}", [1, 2]),
        ("numbers: {_contained_in: [1, 2, 3]}", [2]), ("numbers: {_gt: [1]}", [1]),
        ("names: {_eq: [\"a\", \"b c\"]}", [1]), ("names: {_contains: [\"b c\"]}", [1]),
        ("grid: {_eq: [[1, 2], [3, 4]]}", [1]), ("grid: {_contains: [[3]]}", [1]),
        ("grid: {_in: [[[1, 2], [3, 4]]]}", [1]), ("moods: {_contains: [\"sad\"]}", [1]),
        ("flags: {_eq: [true, false]}", [1]), ("documents: {_contains: [{a: 1}]}", [1]),
        ("raws: {_eq: [\"\\\\x00ff\"]}", [1]), ("numbers: {_is_null: true}", [3]),
        ("path: {_ancestor: \"top.science.astronomy.stars\"}", [1]), ("path: {_ancestor_any: [\"top.hobbies\"]}", [2]),
        ("path: {_descendant: \"top\"}", [1, 2]), ("path: {_descendant_any: [\"top.science\", \"x\"]}", [1]),
        ("path: {_matches: \"*.science.*\"}", [1]), ("path: {_matches_any: [\"*.hobbies\", \"x\"]}", [2]),
        ("path: {_matches_fulltext: \"astro*\"}", [1]), ("path: {_eq: \"top.hobbies\"}", [2]),
        ("words: {_search: \"fox\"}", [1]), ("words: {_search: \"dog or foxes\"}", [1, 2]),
        ("words: {_search: \"\\\"( & !!\"}", []),
        ("document: {_jsonb_path_match: \"$.b == true\"}", [1]),
        ("document: {_jsonb_path_exists: \"$.a[*] ? (@ > 1)\"}", [1]),
        ("name: {_eq: \"ADA\"}", [1]), ("name: {_like: \"a%\"}", [1]), ("name: {_regex: \"^b\"}", [2]),
        ("padded: {_like: \"ab%\"}", [1]), ("price: {_gt: 10}", [1]), ("price: {_eq: \"$3.00\"}", [2]),
        ("feeling: {_gt: \"ok\"}", [2]), ("feeling: {_in: [\"sad\", \"ok\"]}", [1]), ("span: {_eq: \"empty\"}", [2]),
        ("span: {_contains: \"[4,4]\"}", [1]), ("span: {_contains: \"empty\"}", [1, 2]),
        ("span: {_contains: \"[4,5]\"}", []),
        ("span: {_contained_in: \"[0,9]\"}", [1, 2]), ("span: {_contained_in: \"[2,9]\"}", [2]),
        ("span: {_overlaps: \"[4,9]\"}", [1]), ("span: {_overlaps: \"[5,9]\"}", []),
        ("_not: {span: {_overlaps: \"[5,9]\"}}", [1, 2]),
        ("spans: {_contains: \"{[1,2]}\"}", [1]), ("spans: {_overlaps: \"{[2.5,7]}\"}", [1]),
        ("spans: {_overlaps: \"{[3.5,7]}\"}", []),
        ("hours: {_overlaps: \"[10:00,11:00)\"}", [1]), ("hours: {_contained_in: \"[10:00,11:00)\"}", [2]),
    ]

    @Test func `rows are found by`() async throws {
        let gateway = try await Self.gateway()
        for (filter, expected) in Self.found {
            let rows = expected.map { #"{"id":\#($0)}"# }.joined(separator: ",")
            #expect(
                await gateway.data("{ things(where: {\(filter)}, order_by: {id: asc}) { id } }")
                    == #"{"things":[\#(rows)]}"#,
                "\(filter)")
        }
    }

    private static let printed: [(String, String)] = [
        ("numbers", "[1,null,3]"), ("names", #"["a","b c"]"#), ("grid", "[[1,2],[3,4]]"), ("flags", "[true,false]"),
        ("documents", #"[{"a": 1},[2]]"#), ("part", #"{"amount":1.5,"unit":"EUR","tags":["x","y"]}"#),
        ("parts", #"[{"amount":1,"unit":"EUR","tags":[]}]"#), ("price", #""$12.50""#), ("written", #""<a>b</a>""#),
        ("spot", #""(1,2)""#), ("path", #""top.science.astronomy""#), ("span", #""[1,5)""#),
    ]

    @Test func `values print as JSON`() async throws {
        let gateway = try await Self.gateway()
        for (column, printed) in Self.printed {
            #expect(
                await gateway.data("{ things_by_pk(id: 1) { \(column) } }")
                    == #"{"things_by_pk":{"\#(column)":\#(printed)}}"#)
        }
    }

    @Test func `lists are lists in the schema, and types without equality are compared by nothing`() async throws {
        let gateway = try await Self.gateway()
        let type = "{ type { name kind ofType { name kind ofType { name } } } }"
        let answer = await gateway.data(
            """
            { numbers: __type(name: "things") { fields { name \(type.dropFirst(1).dropLast(1)) } }
              compared: __type(name: "Int_array_comparison_exp") { inputFields { name \(type.dropFirst(1).dropLast(1)) } }
              xml: __type(name: "xml_comparison_exp") { inputFields { name } }
              part: __type(name: "money_of_account_comparison_exp") { inputFields { name } }
              json: __type(name: "json_comparison_exp") { inputFields { name } } }
            """, as: .admin)
        #expect(
            answer.contains(
                #"{"name":"grid","type":{"name":null,"kind":"LIST","ofType":{"name":null,"kind":"LIST","ofType":{"name":"Int"}}}}"#
            ))
        #expect(
            answer.contains(
                #"{"name":"_in","type":{"name":null,"kind":"LIST","ofType":{"name":null,"kind":"NON_NULL","ofType":{"name":null}}}}"#
            ))
        #expect(answer.contains(#""xml":{"inputFields":[{"name":"_is_null"}]}"#))
        #expect(answer.contains(#""part":{"inputFields":[{"name":"_is_null"}]}"#))
        #expect(answer.contains(#""json":null"#))
        let order = await gateway.data(#"{ __type(name: "things_order_by") { inputFields { name } } }"#, as: .admin)
        for name in ["written", "spot", "part", "parts", "document"] { #expect(!order.contains("\"\(name)\"")) }
        for name in ["numbers", "span", "feeling", "path"] { #expect(order.contains("\"\(name)\"")) }
        // What has no order is still told apart.
        #expect(
            await gateway.data("{ things_aggregate { aggregate { count(columns: [spot], distinct: true) } } }")
                == #"{"things_aggregate":{"aggregate":{"count":2}}}"#)
    }

    @Test func `what is sent in lists and rows is written as it was meant`() async throws {
        let gateway = try await Self.gateway()
        let answer = await gateway.data(
            """
            mutation($n: Int, $g: [[Int]], $p: money_of_account, $names: [String!]) {
              insert_things_one(object: {
                id: 9, numbers: [$n, 2], grid: $g, names: $names, part: $p, documents: [{a: "x\\"y"}, null],
                moods: "happy", price: 7.25 }) { numbers grid names part documents moods price } }
            """, #"{"n":5,"g":[[1],[2]],"names":["NULL","a,\"b\"\\","ä"],"p":{"amount":2,"unit":"}{","more":1}}"#)
        #expect(
            answer
                == #"{"insert_things_one":{"numbers":[5,2],"grid":[[1],[2]],"names":["NULL","a,\"b\"\\","ä"],"part":{"amount":2,"unit":"}{","tags":null},"documents":[{"a": "x\"y"},null],"moods":["happy"],"price":"$7.25"}}"#
        )
        #expect(
            await gateway.data(
                "mutation { update_things_by_pk(pk_columns: {id: 9}, _inc: {price: \"$0.75\"}, _set: {numbers: null, grid: []}) { price numbers grid } }"
            ) == #"{"update_things_by_pk":{"price":"$8.00","numbers":null,"grid":[]}}"#)
    }

    private static let refused: [(String, String)] = [
        (
            "numbers: {_contains: [3000000000]}",
            "validation-failed at $.selectionSet.things.args.where.numbers._contains[0]: "
        ),
        (
            "grid: {_eq: [[1, 2], [3]]}",
            "data-exception at $.selectionSet.things.args.where.grid._eq: invalid input for [[Int]]: expected lists of one length"
        ),
        (
            "moods: {_contains: [\"glad\"]}",
            "data-exception at $.selectionSet.things.args.where.moods._contains[0]: invalid input for mood: expected one of \"sad\", \"ok\", \"happy\""
        ),
        (
            "path: {_ancestor: \"a..b\"}",
            "parse-failed at $.selectionSet.things.args.where.path._ancestor: invalid input for ltree: expected it as the database writes it"
        ),
        (
            "path: {_matches_any: [\"*\", \"{\"]}",
            "parse-failed at $.selectionSet.things.args.where.path._matches_any: invalid input for lquery: expected it as the database writes it"
        ),
        (
            "document: {_jsonb_path_match: \"$.\"}",
            "parse-failed at $.selectionSet.things.args.where.document._jsonb_path_match: invalid input for jsonpath: expected it as the database writes it"
        ),
        (
            "name: {_regex: \"(\"}",
            "bad-request at $.selectionSet.things.args.where.name._regex: invalid regular expression: parentheses () not balanced"
        ),
        (
            "written: {_eq: \"<a/>\"}",
            "validation-failed at $.selectionSet.things.args.where.written._eq: Field \"_eq\" is not defined by type \"xml_comparison_exp\"."
        ),
    ]

    @Test func `what is none is told so where it stands`() async throws {
        let gateway = try await Self.gateway()
        for (filter, expected) in Self.refused {
            let failure = await gateway.failure("{ things(where: {\(filter)}) { id } }")
            #expect(failure.hasPrefix(expected), "\(failure)")
        }
    }

    @Test func `a rule compares no claim with what only the database reads`() async throws {
        let rule = { (column: String, claim: String) in
            #""main.things": { "read": { "rule": "where", "where": { "\#(column)": { "_eq": "\#(claim)" } } } }"#
        }
        let gateway = try await TestGateway.make(
            sql: Self.sql, collections: rule("feeling", "args.auth.mood"), in: .postgres)
        #expect(await gateway.data("{ things { id } }", as: #"{"mood": "ok"}"#) == #"{"things":[{"id":1}]}"#)
        #expect(await gateway.failure("{ things { id } }", as: #"{"mood": "glad"}"#).hasPrefix("not-found at $: "))
        await #expect(throws: (any Error).self) {
            try await TestGateway.make(sql: Self.sql, collections: rule("span", "args.auth.span"), in: .postgres)
        }
    }
}
