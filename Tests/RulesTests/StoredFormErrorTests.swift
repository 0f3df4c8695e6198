// What is wrong with `hash`, `encrypt` and `decrypt` is said when the rules are loaded.
import TestSupport
import Testing

@testable import Rules

struct StoredFormErrorTests {
    private static let create = "rules.json: /collections/main.articles/create"
    private static let read = "rules.json: /collections/main.articles/read"

    private func errors(create: String, read: String = #"{ "rule": "allow" }"#, hasProjectKey: Bool = true) -> [String]
    {
        RuleBench.errors(
            #"{"collections": {"main.articles": {"create": \#(create), "read": \#(read)}}}"#,
            hasProjectKey: hasProjectKey)
    }

    private func and(_ rule: String) -> String {
        #"{ "rule": "and", "clauses": [ { "rule": "allow" }, \#(rule) ] }"#
    }

    @Test(arguments: [
        (#"{ "rule": "encrypt", "fields": [] }"#, #"/clauses/1/fields: "fields" must not be empty"#),
        (
            #"{ "rule": "encrypt", "fields": ["titel"] }"#,
            #"/clauses/1/fields/0: unknown column of main.articles "titel"; did you mean "title"?"#
        ),
        (
            #"{ "rule": "encrypt", "fields": ["id"] }"#,
            #"/clauses/1/fields/0: a column that is hashed or encrypted is text, and "id" is Int"#
        ),
        (
            #"{ "rule": "hash", "fields": ["title"], "clause": { "rule": "check", "where": { "id": { "_eq": 1 } } } }"#,
            "/clauses/1/clause: this condition is decided by the request alone: it must not look at rows"
        ),
        (
            #"{ "rule": "encrypt", "fields": ["title"], "clause": { "rule": "mach" } }"#,
            #"/clauses/1/clause/rule: unknown rule kind "mach"; did you mean "match"?"#
        ),
        (
            #"{ "rule": "encrypt", "fields": ["title"], "clause": { "rule": "and", "clauses": [ { "rule": "allow" }, { "rule": "decrypt", "fields": ["title"] } ] } }"#,
            #"/clauses/1/clause/clauses/1: an action never admits: "hash" and "encrypt" stand in a rule for create or update, "decrypt" in one for read, beside a condition"#
        ),
    ])
    func `a stored form that a column cannot have`(_ rule: String, _ error: String) {
        #expect(errors(create: and(rule)) == [Self.create + error])
    }

    @Test func `a column has one stored form`() {
        let rule =
            #"{ "rule": "and", "clauses": [ { "rule": "allow" }, { "rule": "hash", "fields": ["title"] }, { "rule": "encrypt", "fields": ["title"] } ] }"#
        #expect(
            errors(create: rule) == [
                Self.create
                    + #"/clauses/2/fields/0: "title" is stored in one form: it is hashed or encrypted, not both"#
            ])
    }

    @Test func `without a project key there is none`() {
        let found = errors(create: and(#"{ "rule": "encrypt", "fields": ["title"] }"#), hasProjectKey: false)
        #expect(found.count == 1)
        #expect(found[0].contains(#""hash" and "encrypt" need the project's key"#))
    }

    @Test func `they stand beside a condition, where something is written`() {
        let alone = errors(create: #"{ "rule": "encrypt", "fields": ["title"] }"#)
        #expect(alone == [Self.create + ": an action never admits: beside it, an \"and\" needs a condition"])
        let reading = errors(create: #"{ "rule": "allow" }"#, read: and(#"{ "rule": "encrypt", "fields": ["title"] }"#))
        #expect(reading.count == 1)
        #expect(reading.first?.contains("an action never admits") ?? false)
        let nothing = errors(create: #"{ "rule": "allow" }"#, read: and(#"{ "rule": "decrypt", "fields": ["title"] }"#))
        #expect(
            nothing == [
                Self.read
                    + #"/clauses/1/fields/0: "title" is not encrypted; name it in an "encrypt" of create or update"#
            ])
    }

    @Test(arguments: [
        #"{ "rule": "match", "type": "string", "eval": "==", "f1": "args.row.title", "f2": "x" }"#,
        #"{ "rule": "where", "where": { "title": { "_eq": "x" } } }"#,
        #"{ "rule": "where", "where": { "title": { "_is_null": false, "_like": "x%" } } }"#,
        #"{ "rule": "query", "collection": "main.articles", "where": { "title": { "_eq": "x" } } }"#,
        #"{ "rule": "query", "collection": "main.users", "where": { "name": { "_eq": "args.row.title" } } }"#,
    ])
    func `nothing compares with ciphertext`(_ rule: String) {
        let found = errors(create: and(#"{ "rule": "encrypt", "fields": ["title"] }"#), read: rule)
        #expect(found.count == 1)
        #expect(found.first?.contains("is encrypted: nothing compares with what is stored") ?? false)
    }

    @Test func `whether it is there may be asked`() {
        let rule = #"{ "rule": "where", "where": { "title": { "_is_null": false } } }"#
        #expect(errors(create: and(#"{ "rule": "encrypt", "fields": ["title"] }"#), read: rule).isEmpty)
    }

    @Test func `the database cannot mask what it cannot read`() {
        let document = #"""
            {"collections": {"main.articles": {
              "create": { "rule": "and", "clauses": [ { "rule": "allow" }, { "rule": "encrypt", "fields": ["title"] } ] },
              "read": { "rule": "allow" }, "fields": { "title": { "read": { "rule": "mask", "with": "last4" } } } }}}
            """#
        let found = RuleBench.errors(document)
        #expect(found.count == 1)
        #expect(found.first?.contains("the database cannot mask what it cannot read") ?? false)
    }

    @Test func `nothing is stored by a delete`() {
        let errors = { (kind: String) in
            RuleBench.errors(
                #"""
                {"collections": {"main.articles": {
                  "create": \#(and(#"{ "rule": "\#(kind)", "fields": ["title"] }"#)),
                  "delete": \#(and(#"{ "rule": "\#(kind)", "fields": ["title"] }"#)) }}}
                """#)
        }
        let place =
            "rules.json: /collections/main.articles/delete/clauses/1: "
            + #""hash" and "encrypt" stand in a rule for create or update"#
        #expect(errors("encrypt") == [place + #"; a rule for read has "decrypt""#])
        #expect(errors("hash") == [place])
    }

    @Test(arguments: [
        ("label", #""label" is computed: nobody writes it"#),
        ("code", #""code" is part of a key or joins rows: it is stored as it is"#),
        ("owner", #""owner" is part of a key or joins rows: it is stored as it is"#),
        ("team", #""team" is part of a key or joins rows: it is stored as it is"#), ("note", nil),
    ])
    func `what names or joins rows is stored as it is`(_ column: String, _ error: String?) throws {
        let catalog = try TestCatalog.build(
            [
                TestCatalog.table("owners", "name String, team String", key: ["name"]),
                TestCatalog.table(
                    "things", "code String, owner String, team String, note String", key: ["code"],
                    references: [TestCatalog.reference("owner", "owners", "name")]),
            ],
            source: #"""
                "track": "all", "collections": {
                  "owners": { "relationships": { "mates": { "array": "things", "on": { "team": "team" } } } },
                  "things": { "computedFields": { "label": { "expression": "code || note", "type": "String" } } } }
                """#)
        let rule = and(#"{ "rule": "encrypt", "fields": ["\#(column)"] }"#)
        let errors = RuleBench.errors(#"{"collections": {"main.things": {"create": \#(rule)}}}"#, catalog: catalog)
        let place = "rules.json: /collections/main.things/create/clauses/1/fields/0: "
        #expect(errors == (error.map { [place + $0] } ?? []))
    }
}
