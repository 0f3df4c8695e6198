// What a caller sees of a field: nothing, the value, or what a guard or a mask makes of it; and which relationships are
// followed (rules of the API, sections 2 and 3).
import Metadata
import TestSupport
import Testing

@testable import Rules

struct FieldRuleTests {
    private static let published = #"{"rule": "where", "where": {"published": {"_eq": true}}}"#
    private static let own =
        #"{"rule": "match", "type": "number", "eval": "==", "f1": "args.row.author_id", "f2": "args.auth.id"}"#
    private static let editor =
        #"{"rule": "match", "type": "string", "eval": "==", "f1": "args.auth.role", "f2": "editor"}"#
    private static let last4 = #"{"rule": "mask", "with": "last4"}"#
    private static let ann: TestCaller = #"{"id": 1, "role": "user"}"#
    private static let edith: TestCaller = #"{"id": 2, "role": "editor"}"#

    private static func and(_ rules: String...) -> String {
        #"{"rule": "and", "clauses": [\#(rules.joined(separator: ", "))]}"#
    }
    private static func or(_ rules: String...) -> String {
        #"{"rule": "or", "clauses": [\#(rules.joined(separator: ", "))]}"#
    }
    private static func mask(_ with: String, unless clause: String) -> String {
        #"{"rule": "mask", "with": \#(with), "clause": \#(clause)}"#
    }

    @Test(
        arguments: [
            (#"{"rule": "allow"}"#, ann, "clear"),
            (#"{"rule": "deny"}"#, ann, "hidden"),
            (editor, ann, "hidden"),
            (editor, edith, "clear"),
            (editor, .anonymous, "hidden"),
            // A guard shows null where it is not true.
            (published, ann, "choose(published _eq true: title, else: null) ?"),
            (own, .anonymous, "hidden"),
            (or(editor, published), edith, "clear"),
            (or(published, editor), edith, "clear"),
            (or(editor, published), ann, "choose(published _eq true: title, else: null) ?"),
            // A mask stands for the value, unless its clause is true.
            (#"{"rule": "mask", "with": null}"#, ann, "null ?"),
            (#"{"rule": "mask", "with": "none"}"#, ann, #""none""#),
            (last4, ann, "last4(title)"),
            (#"{"rule": "mask", "with": "hash"}"#, ann, "hash(title)"),
            (mask(#""last4""#, unless: editor), edith, "clear"),
            (mask(#""last4""#, unless: editor), ann, "last4(title)"),
            (mask(#""last4""#, unless: editor), .anonymous, "last4(title)"),
            (mask(#""last4""#, unless: own), .anonymous, "last4(title)"),
            (mask(#""last4""#, unless: own), ann, "choose(author_id _eq args.auth.id: title, else: last4(title))"),
            (mask("null", unless: published), ann, "choose(published _eq true: title, else: null) ?"),
            // The first branch that is true decides, and just its mask applies.
            (
                or(
                    and(published, mask("null", unless: editor)), and(own, mask(#""none""#, unless: editor)),
                    #"{"rule": "allow"}"#),
                ann, #"choose(published _eq true: null, author_id _eq args.auth.id: "none", else: title) ?"#
            ),
            (or(editor, and(published, last4)), edith, "clear"),
            (or(editor, and(published, last4)), ann, "choose(published _eq true: last4(title), else: null) ?"),
            (
                or(and(published, last4), own), ann,
                "choose(published _eq true: last4(title), author_id _eq args.auth.id: title, else: null) ?"
            ),
            (or(and(published, last4), editor), edith, "choose(published _eq true: last4(title), else: title)"),
            (or(and(editor, last4), #"{"rule": "allow"}"#), edith, "last4(title)"),
            (or(and(editor, last4), #"{"rule": "allow"}"#), ann, "clear"),
            (
                and(or(own, published), last4), ann,
                "choose((author_id _eq args.auth.id or published _eq true): last4(title), else: null) ?"
            ),
            (and(editor, last4), ann, "hidden"),
            (#"{"rule": "ref", "name": "masked"}"#, ann, "last4(title)"),
        ] as [(String, TestCaller, String)])
    func `a field shows what its rule leaves`(_ rule: String, _ caller: TestCaller, _ expected: String) throws {
        let bench = try RuleBench(
            read: #"{"rule": "allow"}"#, fields: #""title": {"read": \#(rule)}"#, named: #""masked": \#(Self.last4)"#)
        #expect(bench.field("title", caller) == expected)
    }

    @Test(
        arguments: [
            // The entry of its own name counts, else the one of "*"; an entry for another operation does not.
            (#""*": {"read": {"rule": "deny"}}"#, "title", "hidden"),
            (#""*": {"read": {"rule": "deny"}}, "title": {"read": {"rule": "allow"}}"#, "title", "clear"),
            (#""*": {"read": {"rule": "deny"}}, "title": {"update": {"rule": "allow"}}"#, "title", "hidden"),
            (#""*": {"update": {"rule": "deny"}}"#, "title", "clear"),
            (#""*": {"read": {"rule": "mask", "with": null}}"#, "views", "null ?"),
            // A computed field has no default.
            ("", "ratio", "hidden"),
            (#""*": {"read": {"rule": "allow"}}"#, "ratio", "hidden"),
            (#""ratio": {"read": {"rule": "allow"}}"#, "ratio", "clear"),
            (#""ratio": {"update": {"rule": "allow"}}"#, "ratio", "hidden"),
        ] as [(String, String, String)])
    func `which entry decides a field`(_ fields: String, _ name: String, _ expected: String) throws {
        #expect(try RuleBench(read: #"{"rule": "allow"}"#, fields: fields).field(name, Self.ann) == expected)
    }

    @Test(
        arguments: [
            ("", "followed"),
            (#""author": {"read": {"rule": "deny"}}"#, "hidden"),
            (#""*": {"read": {"rule": "deny"}}"#, "hidden"),
            (#""*": {"read": {"rule": "deny"}}, "author": {"read": {"rule": "allow"}}"#, "followed"),
            (#""*": {"read": {"rule": "mask", "with": null}}"#, "followed"),
            (#""author": {"read": {"rule": "authenticated"}}"#, "hidden"),
            (#""author": {"read": \#(published)}"#, "guarded"),
            (#""author": {"read": \#(own)}"#, "hidden"),
            (#""author_id": {"read": {"rule": "deny"}}"#, "followed"),
        ] as [(String, String)])
    func `a relationship needs its own rule and its target's`(_ fields: String, _ expected: String) throws {
        let bench = try RuleBench(read: #"{"rule": "allow"}"#, fields: fields)
        #expect(link("author", bench) == expected)
    }

    @Test
    func `a relationship to what nobody may read is hidden`() throws {
        let bench = try RuleBench(#"{"collections": {"main.articles": {"read": {"rule": "allow"}}}}"#)
        #expect(link("author", bench) == "hidden")
    }

    @Test
    func `a relationship to rows that are filtered may lead nowhere`() throws {
        let bench = try RuleBench(
            #"""
            {"collections": {"main.articles": {"read": {"rule": "allow"}},
                             "main.users": {"read": {"rule": "where", "where": {"active": {"_eq": true}}}}}}
            """#)
        #expect(link("author", bench) == "guarded")
    }

    private func link(_ name: String, _ bench: RuleBench) -> String {
        guard let articles = bench.catalog.collection(named: .init(source: "main", collection: "articles")),
            let index = articles.relationshipIndex(named: name)
        else { return "no such relationship" }
        switch bench.view(.anonymous).visibility(of: articles.id).relationships[index] {
        case .hidden: return "hidden"
        case .visible(let mayBeMissing): return mayBeMissing ? "guarded" : "followed"
        }
    }
}
