// `remove` over results: what is taken out shows null, or leads to no row, wherever it is named (rules of the API, sections 2
// and 4).
import Metadata
import TestSupport
import Testing

@testable import Rules

struct RemoveRuleTests {
    private static let published = #"{"rule": "where", "where": {"published": {"_eq": true}}}"#
    private static let own =
        #"{"rule": "match", "type": "number", "eval": "==", "f1": "args.row.author_id", "f2": "args.auth.id"}"#
    private static let editor =
        #"{"rule": "match", "type": "string", "eval": "==", "f1": "args.auth.role", "f2": "editor"}"#
    private static let allow = #"{"rule": "allow"}"#
    private static let title = remove("title")
    private static let ann: TestCaller = #"{"id": 1, "role": "user"}"#
    private static let edith: TestCaller = #"{"id": 2, "role": "editor"}"#

    private static func remove(_ name: String, if clause: String? = nil) -> String {
        #"{"rule": "remove", "fields": ["\#(name)"]\#(clause.map { #", "clause": \#($0)"# } ?? "")}"#
    }
    private static func and(_ rules: String...) -> String {
        #"{"rule": "and", "clauses": [\#(rules.joined(separator: ", "))]}"#
    }
    private static func or(_ rules: String...) -> String {
        #"{"rule": "or", "clauses": [\#(rules.joined(separator: ", "))]}"#
    }

    @Test(
        arguments: [
            // What is removed from every row does not exist.
            (and(allow, title), ann, "all", "hidden"),
            (
                or(and(published, title), and(own, title)), ann, "(published _eq true or author_id _eq args.auth.id)",
                "hidden"
            ),
            (and(allow, remove("body")), ann, "all", "clear"),
            // For each row the first clause that is true, and only its actions.
            (or(editor, and(published, title)), edith, "all", "clear"),
            (or(editor, and(published, title)), ann, "published _eq true", "hidden"),
            (
                or(own, and(published, title)), ann, "(author_id _eq args.auth.id or published _eq true)",
                "choose(author_id _eq args.auth.id: title, else: null) ?"
            ),
            (
                or(and(published, title), own), ann, "(published _eq true or author_id _eq args.auth.id)",
                "choose((not published _eq true is true and author_id _eq args.auth.id): title, else: null) ?"
            ),
            (
                or(and(published, title), allow), ann, "all",
                "choose(not published _eq true is true: title, else: null) ?"
            ),
            (or(and(editor, title), allow), edith, "all", "hidden"),
            (or(and(editor, title), allow), ann, "all", "clear"),
            // It stays only where the clause is false.
            (and(allow, remove("title", if: editor)), edith, "all", "hidden"),
            (and(allow, remove("title", if: editor)), ann, "all", "clear"),
            (and(allow, remove("title", if: editor)), .anonymous, "all", "hidden"),
            (
                and(allow, remove("title", if: published)), ann, "all",
                "choose(not published _eq true: title, else: null) ?"
            ),
            (and(allow, remove("title", if: own)), .anonymous, "all", "hidden"),
            (
                and(allow, remove("title", if: own), remove("title", if: published)), ann, "all",
                "choose((not author_id _eq args.auth.id and not published _eq true): title, else: null) ?"
            ),
            (and(allow, remove("title", if: editor), remove("title", if: published)), edith, "all", "hidden"),
            (and(allow, remove("title", if: published), remove("title", if: editor)), edith, "all", "hidden"),
            // Inside one another.
            (
                and(or(editor, and(published, title)), own), ann, "(published _eq true and author_id _eq args.auth.id)",
                "hidden"
            ),
            (and(allow, #"{"rule": "ref", "name": "untitled"}"#), ann, "all", "hidden"),
        ] as [(String, TestCaller, String, String)])
    func `it takes a field out of the rows its clause admits`(
        _ rule: String, _ caller: TestCaller, _ rows: String, _ field: String
    ) throws {
        let bench = try RuleBench(read: rule, named: #""untitled": \#(Self.title)"#)
        #expect(bench.rows(caller) == rows)
        #expect(bench.field("title", caller) == field)
    }

    @Test(
        arguments: [
            (title, ann, "hidden"),
            (and(published, title), ann, "hidden"),
            (or(and(published, title), allow), ann, "choose(published _eq true: null, else: title) ?"),
            (
                or(own, and(published, title)), ann,
                "choose(author_id _eq args.auth.id: title, published _eq true: null, else: null) ?"
            ),
            (remove("title", if: published), ann, "choose(not published _eq true: title, else: null) ?"),
            (remove("title", if: editor), ann, "clear"),
            (
                and(remove("title", if: own), remove("title", if: published)), ann,
                "choose((not author_id _eq args.auth.id and not published _eq true): title, else: null) ?"
            ),
            // It is stronger than a mask.
            (
                and(#"{"rule": "mask", "with": "last4"}"#, remove("title", if: published)), ann,
                "choose(not published _eq true: last4(title), else: null) ?"
            ),
        ] as [(String, TestCaller, String)])
    func `in a field's entry it takes out that field`(_ rule: String, _ caller: TestCaller, _ expected: String) throws {
        let bench = try RuleBench(read: Self.allow, fields: #""title": {"read": \#(rule)}"#)
        #expect(bench.field("title", caller) == expected)
    }

    @Test(
        arguments: [
            (title, #"/read: a "remove" stands in a rule for read, create or update, beside a condition"#),
            (or(title, published), #"/read/clauses/0: an action never admits: beside it, an "and" needs a condition"#),
            (#"{"rule": "not", "clause": \#(and(allow, title))}"#, #"/read: an action has no meaning under "not""#),
            (
                and(allow, remove("titel")),
                #"/read/clauses/1/fields/0: unknown field of main.articles "titel"; did you mean "title"?"#
            ),
            (and(allow, #"{"rule": "remove", "fields": []}"#), #"/read/clauses/1/fields: "fields" must not be empty"#),
            (
                and(allow, remove("args.doc.title")),
                #"/read/clauses/1/fields/0: args.doc has no meaning in a rule for read: nothing is written; write "title""#
            ),
        ] as [(String, String)])
    func `a mistake is named`(_ rule: String, _ error: String) {
        #expect(
            RuleBench.errors(#"{"collections": {"main.articles": {"read": \#(rule)}}}"#)
                == ["rules.json: /collections/main.articles" + error])
    }

    @Test
    func `elsewhere it has no meaning`() {
        let members = [
            #""aggregate": \#(Self.and(Self.allow, Self.title))"#,
            #""delete": \#(Self.and(Self.allow, Self.title))"#,
            #""fields": {"body": {"read": \#(Self.and(Self.allow, Self.title))}}"#,
        ]
        let errors = members.map { RuleBench.errors(#"{"collections": {"main.articles": {\#($0)}}}"#) }
        let place = "rules.json: /collections/main.articles"
        #expect(
            errors == [
                [
                    #"\#(place)/aggregate/clauses/1: a "remove" stands in a rule for read, create or update, beside a condition"#
                ],
                ["\(place)/delete/clauses/1: an action on args.doc has no meaning in a rule for delete"],
                [
                    #"\#(place)/fields/body/read/clauses/1/fields/0: in the entry of "body" a "remove" is about that field; move it to the rule of "read""#
                ],
            ])
    }

    // MARK: Everywhere the field is named

    private static let sql = """
        CREATE TABLE notes (id INTEGER PRIMARY KEY, owner INT NOT NULL, kind TEXT NOT NULL, stars INT NOT NULL, parent_id INT REFERENCES notes (id));
        INSERT INTO notes VALUES (1, 1, 'a', 5, NULL), (2, 2, 'b', 9, 1), (3, 2, 'a', 1, 1), (4, 1, 'c', 2, 2);
        """
    /// Of others the stars and the parent are taken out.
    private static let others = #"""
        "main.notes": { "read": { "rule": "or", "clauses": [
          { "rule": "match", "type": "number", "eval": "==", "f1": "args.row.owner", "f2": "args.auth.id" },
          { "rule": "and", "clauses": [ { "rule": "authenticated" }, { "rule": "remove", "fields": ["stars", "parent"] } ] } ] },
          "update": { "rule": "authenticated" } }
        """#

    @Test(
        arguments: [
            (
                "{ notes { id stars parent { id } } }",
                #"{"notes":[{"id":1,"stars":5,"parent":null},{"id":2,"stars":null,"parent":null},{"id":3,"stars":null,"parent":null},{"id":4,"stars":2,"parent":{"id":2}}]}"#
            ),
            ("{ notes(where: {stars: {_gt: 0}}) { id } }", #"{"notes":[{"id":1},{"id":4}]}"#),
            ("{ notes(where: {stars: {_is_null: true}}) { id } }", #"{"notes":[{"id":2},{"id":3}]}"#),
            ("{ notes(where: {parent: {}}) { id } }", #"{"notes":[{"id":4}]}"#),
            (
                "{ notes(order_by: [{stars: asc_nulls_first}, {id: desc}]) { id } }",
                #"{"notes":[{"id":3},{"id":2},{"id":4},{"id":1}]}"#
            ),
            (
                "{ notes(distinct_on: stars, order_by: [{stars: asc}, {id: asc}]) { id } }",
                #"{"notes":[{"id":4},{"id":1},{"id":2}]}"#
            ),
            (
                "{ notes_aggregate { aggregate { sum { stars } max { stars } count(columns: stars) } } }",
                #"{"notes_aggregate":{"aggregate":{"sum":{"stars":7},"max":{"stars":5},"count":2}}}"#
            ),
            (
                "{ notes_group(by: stars, order_by: {key: {stars: asc}}) { key { stars } aggregate { count } } }",
                #"{"notes_group":[{"key":{"stars":2},"aggregate":{"count":1}},{"key":{"stars":5},"aggregate":{"count":1}},{"key":{"stars":null},"aggregate":{"count":2}}]}"#
            ),
            (
                #"{ __type(name: "notes") { fields { name type { kind } } } }"#,
                #"{"__type":{"fields":[{"name":"id","type":{"kind":"NON_NULL"}},{"name":"kind","type":{"kind":"NON_NULL"}},{"name":"notes","type":{"kind":"NON_NULL"}},{"name":"notes_aggregate","type":{"kind":"NON_NULL"}},{"name":"owner","type":{"kind":"NON_NULL"}},{"name":"parent","type":{"kind":"OBJECT"}},{"name":"parent_id","type":{"kind":"SCALAR"}},{"name":"stars","type":{"kind":"SCALAR"}}]}}"#
            ),
        ] as [(String, String)])
    func `what is removed is null in filters, orderings, distinct, aggregates and groups`(
        _ query: String, _ expected: String
    ) async throws {
        let gateway = try await TestGateway.make(
            sql: Self.sql, collections: Self.others, server: #""introspection": true"#)
        #expect(await gateway.data(query, as: #"{"id": 1}"#) == expected)
    }

    @Test
    func `what may be removed is changed only by setting it`() async throws {
        let gateway = try await TestGateway.make(sql: Self.sql, collections: Self.others)
        let answer = await gateway.failure(
            "mutation { update_notes(where: {id: {_eq: 2}}, _inc: {stars: 1}) { affected_rows } }", as: #"{"id": 1}"#)
        #expect(answer.hasPrefix("validation-failed"), "\(answer)")
    }

    @Test
    func `what is hidden stays hidden on rows that keep it`() throws {
        let bench = try RuleBench(
            read: Self.and(Self.allow, Self.remove("title", if: Self.published)),
            fields: #""title": {"read": {"rule": "deny"}}"#)
        #expect(bench.field("title", Self.ann) == "hidden")
    }
}
