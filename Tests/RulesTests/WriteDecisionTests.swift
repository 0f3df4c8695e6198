// What is left of a rule for writing once a caller is known: rows, checks, and what is set or stripped (rules of the API, sections
// 1.5, 3 and 4).
import Metadata
import Planning
import TestSupport
import Testing

@testable import Rules

struct WriteDecisionTests {
    private static let ann: TestCaller = #"{"id": 1, "role": "user"}"#
    private static let edith: TestCaller = #"{"id": 2, "role": "editor"}"#
    private static let allow = #"{"rule": "allow"}"#
    private static let deny = #"{"rule": "deny"}"#
    private static let editor =
        #"{"rule": "match", "type": "string", "eval": "==", "f1": "args.auth.role", "f2": "editor"}"#
    private static let own =
        #"{"rule": "match", "type": "number", "eval": "==", "f1": "args.row.author_id", "f2": "args.auth.id"}"#
    private static let ownByWhere = #"{"rule": "where", "where": {"author_id": {"_eq": "args.auth.id"}}}"#
    private static let drafts = #"{"rule": "check", "where": {"published": {"_eq": false}}}"#
    private static let ownByCheck = #"{"rule": "check", "where": {"author_id": {"_eq": "args.auth.id"}}}"#
    private static let title = force("title", #""x""#)

    private static func force(_ field: String, _ value: String, if clause: String? = nil) -> String {
        #"{"rule": "force", "field": "\#(field)", "value": \#(value)\#(clause.map { #", "clause": \#($0)"# } ?? "")}"#
    }
    private static func remove(_ field: String, if clause: String? = nil) -> String {
        #"{"rule": "remove", "fields": ["\#(field)"]\#(clause.map { #", "clause": \#($0)"# } ?? "")}"#
    }
    private static func not(_ rule: String) -> String { #"{"rule": "not", "clause": \#(rule)}"# }
    private static func and(_ rules: String...) -> String {
        #"{"rule": "and", "clauses": [\#(rules.joined(separator: ", "))]}"#
    }
    private static func or(_ rules: String...) -> String {
        #"{"rule": "or", "clauses": [\#(rules.joined(separator: ", "))]}"#
    }

    /// `rows`, `check` on the row written, `after` an update, `sets`, `strips`, `lacks`: as far as there is anything of it.
    private static func decision(
        _ entry: String, _ operation: RuleOperation, _ caller: TestCaller, fields: [String] = []
    ) throws -> String {
        let bench = try RuleBench(#"{"collections": {"main.articles": { \#(entry) }}}"#)
        guard let articles = bench.catalog.collection(named: CollectionName(source: "main", collection: "articles"))
        else { return "no such collection" }
        let named = fields.compactMap { articles.fieldIndex(named: $0) }
        let predicates = RowPredicateText(catalog: bench.catalog)
        switch bench.view(caller).decide(operation, on: articles, fields: named) {
        case .denied: return "denied"
        case .refused(let claims): return "refused: " + claims.joined(separator: ", ")
        case .admitted(let branch):
            let parts: [(String, String)] = [
                ("rows", predicates.text(branch.filter)), ("check", predicates.text(branch.check)),
                ("after", operation == .update ? predicates.text(branch.checkAfterUpdate) : "true"),
                ("sets", branch.forces.map { articles.fields[$0.field].name }.joined(separator: " ")),
                ("strips", branch.removed.sorted().map { articles.fields[$0].name }.joined(separator: " ")),
                ("lacks", branch.missingForForce.joined(separator: " ")),
            ]
            let said = parts.filter { $0.1 != "true" && !$0.1.isEmpty }.map { "\($0.0) \($0.1)" }
            return said.isEmpty ? "anything" : said.joined(separator: "; ")
        }
    }

    // MARK: Conditions

    @Test(
        arguments: [
            (allow, ann, "anything"), (deny, ann, "denied"), (editor, ann, "denied"), (editor, edith, "anything"),
            (own, ann, "rows author_id _eq args.auth.id; after author_id _eq args.auth.id"),
            (own, .anonymous, "denied"), (ownByWhere, .anonymous, "refused: id"),
            (drafts, ann, "check published _eq false; after published _eq false"),
            // A clause on the row written stands for the whole rule, wherever it is written.
            (
                and(own, drafts), ann,
                "rows author_id _eq args.auth.id; check published _eq false; after published _eq false"
            ),
            (
                and(drafts, own), ann,
                "rows author_id _eq args.auth.id; check published _eq false; after published _eq false"
            ),
            (
                and(own, drafts, ownByCheck), ann,
                "rows author_id _eq args.auth.id; check (published _eq false and author_id _eq args.auth.id); "
                    + "after (published _eq false and author_id _eq args.auth.id)"
            ),
            // What is false decides, whatever claim is missing beside it; what is not decided is not true.
            (and(ownByWhere, deny), .anonymous, "denied"), (and(ownByWhere, drafts), .anonymous, "refused: id"),
            (and(ownByCheck, own, deny), .anonymous, "denied"), (and(own, drafts), .anonymous, "denied"),
            (not(or(allow, ownByWhere)), .anonymous, "denied"), (not(or(allow, ownByCheck)), .anonymous, "denied"),
        ] as [(String, TestCaller, String)])
    func `conditions are rows to change, and checks of what is written`(
        _ rule: String, _ caller: TestCaller, _ expected: String
    ) throws {
        #expect(try Self.decision(#""update": \#(rule)"#, .update, caller) == expected)
    }

    // MARK: Actions

    @Test(
        arguments: [
            (and(allow, title, remove("body")), ann, "sets title; strips body"),
            (and(title, allow, force("views", "1")), ann, "sets title views"),
            (and(editor, title), ann, "denied"), (and(editor, title), edith, "sets title"),
            (and(own, title), ann, "rows author_id _eq args.auth.id; after author_id _eq args.auth.id; sets title"),
            // A clause that the request decides: stripped unless it is false, set only if it is true.
            (and(allow, remove("body", if: editor)), edith, "strips body"),
            (and(allow, remove("body", if: editor)), ann, "anything"),
            (and(allow, remove("body", if: editor)), .anonymous, "strips body"),
            (and(allow, force("title", #""x""#, if: editor)), edith, "sets title"),
            (and(allow, force("title", #""x""#, if: editor)), ann, "anything"),
            (and(allow, force("title", #""x""#, if: editor)), .anonymous, "lacks a clause"),
            // A claim to be set must be there, and of the column's type.
            (and(allow, force("author_id", #""args.auth.id""#)), ann, "sets author_id"),
            (and(allow, force("author_id", #""args.auth.id""#)), .anonymous, "sets author_id; lacks id"),
            (and(allow, force("author_id", #""args.auth.role""#)), ann, "sets author_id; lacks role"),
        ] as [(String, TestCaller, String)])
    func `actions set and strip`(_ rule: String, _ caller: TestCaller, _ expected: String) throws {
        #expect(try Self.decision(#""update": \#(rule)"#, .update, caller) == expected)
    }

    @Test(
        arguments: [
            // The first clause of which the request makes nothing false or unknown.
            (or(and(editor, title), and(own, remove("body"))), edith, "sets title"),
            (
                or(and(editor, title), and(own, remove("body"))), ann,
                "rows author_id _eq args.auth.id; after author_id _eq args.auth.id; strips body"
            ),
            (or(and(editor, title), and(own, remove("body"))), .anonymous, "denied"),
            (or(and(own, title), and(allow, remove("body"))), .anonymous, "strips body"),
            (or(and(ownByWhere, title), and(editor, remove("body"))), .anonymous, "refused: id"),
            (or(and(deny, title), and(editor, remove("body"))), ann, "denied"),
            (or(and(allow, title), allow), ann, "sets title"), (or(allow, and(allow, title)), ann, "anything"),
            // A row to be changed or a row written: whichever clause comes first.
            (or(own, drafts), ann, "rows author_id _eq args.auth.id; after author_id _eq args.auth.id"),
            (or(drafts, own), ann, "check published _eq false; after published _eq false"),
            (or(own, drafts), .anonymous, "check published _eq false; after published _eq false"),
            // Inside one another.
            (
                and(or(and(editor, title), and(allow, remove("body"))), own), ann,
                "rows author_id _eq args.auth.id; after author_id _eq args.auth.id; strips body"
            ),
        ] as [(String, TestCaller, String)])
    func `an or with actions, or about both rows, is a choice`(
        _ rule: String, _ caller: TestCaller, _ expected: String
    ) throws {
        #expect(try Self.decision(#""update": \#(rule)"#, .update, caller) == expected)
    }

    // MARK: Entries of fields

    @Test(
        arguments: [
            // Conditions of an entry count where its field is named, actions always.
            ([], "rows published _eq true; after published _eq true; sets views"),
            (
                ["title"],
                "rows (published _eq true and author_id _eq args.auth.id); "
                    + "after (published _eq true and author_id _eq args.auth.id); sets views"
            ),
            (["body"], "denied"),
            (["score"], "rows published _eq true; after published _eq true; sets views"),
            (["views"], "rows published _eq true; after published _eq true; sets views"),
        ] as [([String], String)])
    func `an entry is a rule for its field`(_ fields: [String], _ expected: String) throws {
        let entry = #"""
            "update": {"rule": "where", "where": {"published": {"_eq": true}}}, "fields": {
              "title": {"update": \#(Self.own), "create": \#(Self.deny)}, "body": {"update": \#(Self.editor)},
              "score": {"create": \#(Self.and(Self.allow, Self.force("score", "1")))},
              "views": {"update": \#(Self.and(#"{"rule": "authenticated"}"#, Self.force("views", "1")))} }
            """#
        #expect(try Self.decision(entry, .update, Self.ann, fields: fields) == expected)
    }

    @Test
    func `an entry that acts does so for the callers whom it is for`() throws {
        let entry = #"""
            "create": \#(Self.allow), "update": \#(Self.allow),
            "fields": {"views": {"create": \#(Self.and(Self.editor, Self.force("views", "1")))}}
            """#
        #expect(try Self.decision(entry, .create, Self.edith) == "sets views")
        #expect(try Self.decision(entry, .create, Self.ann) == "anything")
        #expect(try Self.decision(entry, .create, Self.ann, fields: ["views"]) == "denied")
        #expect(try Self.decision(entry, .update, Self.edith) == "anything")
    }

    @Test
    func `admins write as they like`() throws {
        #expect(try Self.decision(#""update": \#(Self.deny)"#, .update, .admin, fields: ["title"]) == "anything")
    }
}
