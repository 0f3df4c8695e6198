// `decrypt` over results: on which rows an encrypted column is shown in clear, as a rule chooses its way row by row (rules of the
// API, section 4, "Actions"). What `remove` takes away is chosen alike, and tested in RemoveRuleTests.
import Metadata
import TestSupport
import Testing

@testable import Rules

struct ReadBranchTests {
    private static let published = #"{"rule": "where", "where": {"published": {"_eq": true}}}"#
    private static let own =
        #"{"rule": "match", "type": "number", "eval": "==", "f1": "args.row.author_id", "f2": "args.auth.id"}"#
    private static let editor =
        #"{"rule": "match", "type": "string", "eval": "==", "f1": "args.auth.role", "f2": "editor"}"#
    private static let allow = #"{"rule": "allow"}"#
    private static let title = decrypt("title")
    private static let ann: TestCaller = #"{"id": 1, "role": "user"}"#
    private static let edith: TestCaller = #"{"id": 2, "role": "editor"}"#

    private static func decrypt(_ names: String..., if clause: String? = nil) -> String {
        let fields = names.map { "\"\($0)\"" }.joined(separator: ", ")
        return #"{"rule": "decrypt", "fields": [\#(fields)]\#(clause.map { #", "clause": \#($0)"# } ?? "")}"#
    }
    private static func and(_ rules: String...) -> String {
        #"{"rule": "and", "clauses": [\#(rules.joined(separator: ", "))]}"#
    }
    private static func or(_ rules: String...) -> String {
        #"{"rule": "or", "clauses": [\#(rules.joined(separator: ", "))]}"#
    }

    private static func bench(read: String, entry: String? = nil) throws -> RuleBench {
        let fields = entry.map { #""title": {"read": \#($0)}"# } ?? ""
        return try RuleBench(
            #"""
            { "collections": { "main.articles": { "read": \#(read), "fields": {\#(fields)},
                "create": { "rule": "and", "clauses": [ { "rule": "deny" },
                  { "rule": "encrypt", "fields": ["title", "body"] } ] } } } }
            """#)
    }

    @Test(
        arguments: [
            (allow, ann, "sealed null"),
            (and(allow, title), ann, "sealed title"),
            (and(allow, decrypt("body")), ann, "sealed null"),
            (and(allow, decrypt("body", "title")), ann, "sealed title"),
            // It is shown only where the clause is true.
            (and(allow, decrypt("title", if: published)), ann, "sealed choose(published _eq true: title, else: null)"),
            (and(allow, decrypt("title", if: editor)), edith, "sealed title"),
            (and(allow, decrypt("title", if: editor)), ann, "sealed null"),
            (and(allow, decrypt("title", if: own)), .anonymous, "sealed null"),
            // Several of one way.
            (
                and(allow, decrypt("title", if: own), decrypt("title", if: published)), ann,
                "sealed choose((author_id _eq args.auth.id or published _eq true): title, else: null)"
            ),
            (and(allow, decrypt("title", if: own), title), ann, "sealed title"),
            // For each row the first clause that is true, and only its actions.
            (or(and(editor, title), allow), edith, "sealed title"),
            (or(and(editor, title), allow), ann, "sealed null"),
            (or(allow, and(editor, title)), edith, "sealed null"),
            (or(and(published, title), own), ann, "sealed choose(published _eq true: title, else: null)"),
            (
                or(published, and(own, title)), ann,
                "sealed choose((not published _eq true is true and author_id _eq args.auth.id): title, else: null)"
            ),
            (
                or(and(published, title), and(own, title)), ann,
                "sealed choose((published _eq true or author_id _eq args.auth.id): title, else: null)"
            ),
            (
                or(and(published, decrypt("title", if: own)), and(allow, title)), ann,
                "sealed choose(((published _eq true and author_id _eq args.auth.id) or not published _eq true is true): title, else: null)"
            ),
        ] as [(String, TestCaller, String)])
    func `an encrypted column is shown where the way that a row takes decrypts it`(
        _ rule: String, _ caller: TestCaller, _ expected: String
    ) throws {
        #expect(try Self.bench(read: rule).field("title", caller) == expected)
    }

    @Test(
        arguments: [
            (allow, title, ann, "sealed title"),
            (allow, #"{"rule": "deny"}"#, ann, "hidden"),
            (and(allow, title), #"{"rule": "deny"}"#, ann, "hidden"),
            (and(allow, title), #"{"rule": "mask", "with": null}"#, ann, "sealed null"),
            (
                allow, and(published, title), ann,
                "sealed choose(published _eq true: choose(published _eq true: title, else: null), else: null)"
            ),
            // Either of them is enough.
            (and(allow, title), decrypt("title", if: editor), ann, "sealed title"),
            (and(allow, decrypt("title", if: editor)), title, ann, "sealed title"),
            (
                and(allow, decrypt("title", if: own)), decrypt("title", if: published), ann,
                "sealed choose((author_id _eq args.auth.id or published _eq true): title, else: null)"
            ),
        ] as [(String, String, TestCaller, String)])
    func `the entry of the field may decrypt it as well`(
        _ rule: String, _ entry: String, _ caller: TestCaller, _ expected: String
    ) throws {
        #expect(try Self.bench(read: rule, entry: entry).field("title", caller) == expected)
    }

    @Test(
        arguments: [
            ("", #"/read/clauses/1/fields: "fields" must not be empty"#),
            (#""titel""#, #"/read/clauses/1/fields/0: unknown column of main.articles "titel"; did you mean "title"?"#),
            ("1", "/read/clauses/1/fields/0: must be a string, not a number"),
            (
                #""score""#,
                #"/read/clauses/1/fields/0: "score" is not encrypted; name it in an "encrypt" of create or update"#
            ),
        ] as [(String, String)])
    func `a mistake is named`(_ fields: String, _ error: String) {
        let rule = Self.and(Self.allow, #"{"rule": "decrypt", "fields": [\#(fields)]}"#)
        let create = Self.and(Self.allow, #"{"rule": "encrypt", "fields": ["title"]}"#)
        #expect(
            RuleBench.errors(#"{"collections": {"main.articles": {"read": \#(rule), "create": \#(create)}}}"#)
                == ["rules.json: /collections/main.articles" + error])
    }

    @Test
    func `in the entry of a field it is about that field`() {
        let create = Self.and(Self.allow, #"{"rule": "encrypt", "fields": ["title", "body"]}"#)
        let errors = { (field: String) in
            RuleBench.errors(
                #"""
                {"collections": {"main.articles": {"read": \#(Self.allow), "create": \#(create),
                  "fields": {"\#(field)": {"read": \#(Self.title)}}}}}
                """#)
        }
        #expect(errors("title").isEmpty)
        #expect(
            errors("body") == [
                "rules.json: /collections/main.articles/fields/body/read/fields/0: in the entry of a field a \"decrypt\" is about that field; "
                    + "move it to the rule of \"read\""
            ])
    }

    @Test(
        arguments: [
            (#""create": \#(and(allow, encrypt))"#, "sealed null"),
            (#""update": \#(and(allow, encrypt))"#, "sealed null"),
            (#""create": \#(or(editor, and(allow, encrypt)))"#, "sealed null"),
            (#""create": \#(and(allow, #"{"rule": "ref", "name": "sealed"}"#))"#, "sealed null"),
            (#""create": \#(allow), "fields": {"title": {"create": \#(encrypt)}}"#, "sealed null"),
            (#""create": \#(allow), "fields": {"body": {"update": \#(encrypt)}}"#, "sealed null"),
            (#""create": \#(allow)"#, "clear"),
        ] as [(String, String)])
    func `a rule for writing that names it encrypts a column, wherever it stands`(
        _ entry: String, _ expected: String
    ) throws {
        let bench = try RuleBench(
            #"""
            { "rules": { "sealed": \#(Self.encrypt) },
              "collections": { "main.articles": { "read": \#(Self.allow), \#(entry) } } }
            """#)
        #expect(bench.field("title", Self.ann) == expected)
    }

    private static let encrypt = #"{"rule": "encrypt", "fields": ["title"]}"#
}
