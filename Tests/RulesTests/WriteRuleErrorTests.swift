// What is wrong with a rule for writing is said when the rules are loaded, where it stands, with what would be right.
import Metadata
import TestSupport
import Testing

@testable import Rules

struct WriteRuleErrorTests {
    private static func errors(_ entry: String) -> [String] {
        RuleBench.errors(#"{ "collections": { "main.articles": { \#(entry) } } }"#)
    }

    private static let place = "rules.json: /collections/main.articles"

    @Test(arguments: [
        (
            #""create": { "rule": "force", "field": "title", "value": "x" }"#,
            "/create: an action never admits: beside it, an \"and\" needs a condition"
        ),
        (
            #""update": { "rule": "or", "clauses": [{ "rule": "allow" }, { "rule": "remove", "fields": ["title"] }] }"#,
            "/update/clauses/1: an action never admits: beside it, an \"and\" needs a condition"
        ),
        (
            #""update": { "rule": "not", "clause": { "rule": "and", "clauses": [{ "rule": "allow" }, { "rule": "remove", "fields": ["title"] }] } }"#,
            "/update: an action has no meaning under \"not\""
        ),
        (
            #""delete": { "rule": "and", "clauses": [{ "rule": "allow" }, { "rule": "remove", "fields": ["title"] }] }"#,
            "/delete/clauses/1: an action on args.doc has no meaning in a rule for delete"
        ),
        (
            #""read": { "rule": "and", "clauses": [{ "rule": "allow" }, { "rule": "force", "field": "title", "value": "x" }] }"#,
            "/read/clauses/1: an action on what is written stands in a rule for create or update, beside a condition"
        ),
        (
            #""create": { "rule": "and", "clauses": [{ "rule": "allow" }, { "rule": "force", "field": "titel", "value": "x" }] }"#,
            "/create/clauses/1: unknown column of main.articles \"titel\"; did you mean \"title\"?"
        ),
        (
            #""create": { "rule": "and", "clauses": [{ "rule": "allow" }, { "rule": "force", "field": "views", "value": "x" }] }"#,
            "/create/clauses/1/value: \"x\" is not a bigint"
        ),
        (
            #""create": { "rule": "and", "clauses": [{ "rule": "allow" }, { "rule": "force", "field": "ratio", "value": 1 }] }"#,
            "/create/clauses/1: \"ratio\" is computed: nobody writes it"
        ),
        (
            #""create": { "rule": "and", "clauses": [{ "rule": "allow" }, { "rule": "force", "field": "title", "value": "a" }, { "rule": "force", "field": "title", "value": "b" }] }"#,
            "/create: two \"force\" set one field in one branch"
        ),
        (
            #""update": { "rule": "match", "type": "number", "eval": "==", "f1": "args.doc.author_id", "f2": "args.row.comments.author_id" }"#,
            "/update/f2: a path through a to-many relationship of the stored row cannot stand beside the row written"
        ),
        (
            #""create": { "rule": "match", "type": "number", "eval": "==", "f1": "args.doc.author_id", "f2": "args.row.author_id" }"#,
            "/create/f2: args.row has no meaning in a rule for create: there is no stored row"
        ),
        (
            #""update": { "rule": "not", "clause": { "rule": "and", "clauses": [{ "rule": "where", "where": { "id": { "_eq": 1 } } }, { "rule": "match", "type": "number", "eval": "==", "f1": "args.doc.author_id", "f2": "args.row.author_id" }] } }"#,
            "/update: a \"not\" looks at the stored row or at the row written, not at both, unless a \"match\" or \"query\" compares them"
        ),
        (
            #""delete": { "rule": "check", "where": {} }"#,
            "/delete/where: check has no meaning in a rule for delete: nothing is written; use where"
        ),
        (
            #""read": { "rule": "match", "type": "number", "eval": "==", "f1": "args.doc.id", "f2": 1 }"#,
            "/read/f1: args.doc has no meaning in a rule for read: nothing is written"
        ),
        (
            #""create": { "rule": "check", "where": { "author_id": { "_eq": "args.row.editor_id" } } }"#,
            "/create/where/author_id/_eq: args.row has no meaning in a rule for create: there is no stored row"
        ),
        (
            #""update": { "rule": "where", "where": { "author_id": { "_eq": "args.doc.editor_id" } } }"#,
            "/update/where/author_id/_eq: args.doc has no meaning in a where, which looks at the stored row"
        ),
        (
            #""create": { "rule": "and", "clauses": [{ "rule": "allow" }, { "rule": "remove", "fields": [] }] }"#,
            "/create/clauses/1/fields: \"fields\" must not be empty"
        ),
        (
            #""create": { "rule": "and", "clauses": [{ "rule": "allow" }, { "rule": "remove", "fields": ["body"], "clause": { "rule": "check", "where": { "id": { "_eq": 1 } } } }] }"#,
            "/create/clauses/1/clause: this condition is decided by the request alone: it must not look at rows"
        ),
        (
            #""create": { "rule": "allow" }, "fields": { "body": { "create": { "rule": "and", "clauses": [{ "rule": "check", "where": { "id": { "_eq": 1 } } }, { "rule": "remove", "fields": ["body"] }] } } }"#,
            "/fields/body/create: an action in a \"fields\" entry stands beside conditions that the request alone decides; move it to the rule of the operation"
        ),
        (
            #""create": { "rule": "and", "clauses": [{ "rule": "allow" }, { "rule": "force", "field": "body", "value": "x" }] }, "fields": { "body": { "create": { "rule": "force", "field": "body", "value": "y" } } }"#,
            "/create: two \"force\" set one field in one branch"
        ),
        (#""limits": [{ "when": { "rule": "allow" }, "rows": 0 }]"#, "/limits/0/rows: must be a whole number above 0"),
        (
            #""limits": [{ "when": { "rule": "where", "where": { "id": { "_eq": 1 } } }, "rows": 5 }]"#,
            "/limits/0/when: this condition is decided by the request alone: it must not look at rows"
        ),
        (
            #""cascades": ["main.comment"]"#,
            "/cascades/0: unknown collection \"main.comment\"; did you mean \"main.comments\"?"
        ),
    ])
    func `a mistake is named`(_ entry: String, _ expected: String) {
        #expect(Self.errors(entry) == [Self.place + expected])
    }

    // MARK: Cascades

    private static func cascades(_ users: String, onDelete: ForeignKey.Action, onUpdate: ForeignKey.Action = .refuse)
        throws -> [String]
    {
        let key = { (column: String, table: String) in
            ForeignKeyDescription(
                columns: [column], targetTable: table, targetColumns: ["id"], onDelete: onDelete, onUpdate: onUpdate)
        }
        let catalog = try TestCatalog.build([
            TestCatalog.table("users", "id Int, name String"),
            TestCatalog.table("posts", "id Int, user_id Int?", references: [key("user_id", "users")]),
            TestCatalog.table("likes", "id Int, post_id Int", references: [key("post_id", "posts")]),
        ])
        return RuleBench.errors(#"{ "collections": { "main.users": { \#(users) } } }"#, catalog: catalog)
    }

    @Test
    func `what the database changes by itself must be listed`() throws {
        let delete = #""delete": { "rule": "allow" }"#
        #expect(
            try Self.cascades(delete, onDelete: .cascade) == [
                "rules.json: /collections/main.users: delete of main.users changes rows of main.posts by a foreign key's action; add \"cascades\": [\"main.posts\"] if that is meant",
                "rules.json: /collections/main.users: delete of main.users changes rows of main.likes by a foreign key's action; add \"cascades\": [\"main.likes\"] if that is meant",
            ])
        // What is only changed takes nothing with it.
        #expect(try Self.cascades(delete + #", "cascades": ["main.posts"]"#, onDelete: .setNull).isEmpty)
        #expect(try Self.cascades(delete + #", "cascades": ["main.posts", "main.likes"]"#, onDelete: .cascade).isEmpty)
        #expect(try Self.cascades(delete, onDelete: .refuse).isEmpty)
        #expect(try Self.cascades(#""delete": { "rule": "deny" }"#, onDelete: .cascade).isEmpty)
    }

    @Test
    func `what the database does by itself is told of`() throws {
        var users = TestCatalog.table("users", "id Int, name String")
        users.triggers = ["audit"]
        let key = ForeignKeyDescription(
            columns: ["user_id"], targetTable: "users", targetColumns: ["id"], onDelete: .cascade)
        let catalog = try TestCatalog.build([
            users, TestCatalog.table("posts", "id Int, user_id Int?", references: [key]),
        ])
        let warnings = { (entry: String) in
            try RuleBench(#"{ "collections": { "main.users": { \#(entry) } } }"#, catalog: catalog).rules.warnings.map(
                \.description)
        }
        let trigger =
            "rules.json: /collections/main.users: the trigger \"audit\" of main.users may read and change rows whatever the rules say"
        #expect(
            try warnings(#""delete": { "rule": "allow" }, "cascades": ["main.posts"]"#) == [
                "rules.json: /collections/main.users: delete of main.users changes rows of main.posts by a foreign key's action, whatever the rules of main.posts say",
                trigger,
            ])
        #expect(try warnings(#""create": { "rule": "allow" }"#) == [trigger])
        #expect(try warnings(#""read": { "rule": "allow" }, "delete": { "rule": "deny" }"#).isEmpty)
    }

    @Test
    func `so must what follows a changed key`() throws {
        let update = #""update": { "rule": "allow" }"#
        #expect(
            try Self.cascades(update, onDelete: .refuse, onUpdate: .cascade) == [
                "rules.json: /collections/main.users: update of a key of main.users changes rows of main.posts by a foreign key's action; add \"cascades\": [\"main.posts\"] if that is meant"
            ])
        #expect(
            try Self.cascades(
                update + #", "fields": { "id": { "update": { "rule": "deny" } } }"#, onDelete: .refuse,
                onUpdate: .cascade
            ).isEmpty)
    }

    @Test(
        arguments: [
            (#"{ "rule": "deny" }"#, false), (#"{ "rule": "and", "clauses": [ \#(allow), \#(named) ] }"#, true),
            (#"{ "rule": "and", "clauses": [ { "rule": "deny" }, \#(named) ] }"#, false),
            (#"{ "rule": "and", "clauses": [ \#(named), { "rule": "deny" } ] }"#, false),
            (#"{ "rule": "or", "clauses": [ \#(denied), \#(denied) ] }"#, false),
            (#"{ "rule": "or", "clauses": [ \#(denied), \#(allow) ] }"#, true),
        ] as [(String, Bool)])
    func `an update that nobody may make changes no key`(_ rule: String, _ isReported: Bool) throws {
        let update = #""update": \#(rule)"#
        #expect(try Self.cascades(update, onDelete: .refuse, onUpdate: .cascade).isEmpty != isReported)
        #expect(try Self.cascades(update, onDelete: .cascade, onUpdate: .refuse).isEmpty)
    }

    private static let allow = #"{ "rule": "allow" }"#
    private static let named = #"{ "rule": "force", "field": "name", "value": "x" }"#
    private static let denied = #"{ "rule": "and", "clauses": [ { "rule": "deny" }, \#(named) ] }"#

    @Test
    func `a collection is told of once, and its own rows are its own affair`() throws {
        let key = { (column: String) in
            ForeignKeyDescription(
                columns: [column], targetTable: "nodes", targetColumns: ["id"], onDelete: .cascade)
        }
        let catalog = try TestCatalog.build([
            TestCatalog.table("nodes", "id Int, parent_id Int?", references: [key("parent_id")]),
            TestCatalog.table("edges", "id Int, from_id Int, to_id Int", references: [key("from_id"), key("to_id")]),
        ])
        let errors = RuleBench.errors(
            #"{ "collections": { "main.nodes": { "delete": \#(Self.allow) } } }"#, catalog: catalog)
        #expect(errors.count == 1)
        #expect(errors.first?.contains("changes rows of main.edges") == true)
    }
}
