// What is left of a rule once a caller is known: three-valued, and only true admits (rules of the API, section 1.2 and
// 1.5).
import Base
import Metadata
import TestSupport
import Testing

@testable import Rules

struct PartialEvaluationTests {
    private static let published = #"{"rule": "where", "where": {"published": {"_eq": true}}}"#
    private static let own = match("number", "==", "args.row.author_id", #""args.auth.id""#)
    private static let ownByWhere = #"{"rule": "where", "where": {"author_id": {"_eq": "args.auth.id"}}}"#
    private static let editor = match("string", "==", "args.auth.role", #""editor""#)
    private static let user: TestCaller = #"{"id": 7, "role": "user", "teams": ["a", "b"], "none": []}"#

    private static func match(_ type: String, _ eval: String, _ left: String, _ right: String) -> String {
        #"{"rule": "match", "type": "\#(type)", "eval": "\#(eval)", "f1": "\#(left)", "f2": \#(right)}"#
    }

    private static func not(_ rule: String) -> String { #"{"rule": "not", "clause": \#(rule)}"# }
    private static func and(_ rules: String...) -> String {
        #"{"rule": "and", "clauses": [\#(rules.joined(separator: ", "))]}"#
    }
    private static func or(_ rules: String...) -> String {
        #"{"rule": "or", "clauses": [\#(rules.joined(separator: ", "))]}"#
    }

    // MARK: Each kind denies and allows

    @Test(
        arguments: [
            (#"{"rule": "allow"}"#, TestCaller.anonymous, "all"),
            (#"{"rule": "deny"}"#, user, "denied"),
            (#"{"rule": "authenticated"}"#, user, "all"),
            (#"{"rule": "authenticated"}"#, .anonymous, "denied"),
            (editor, #"{"role": "editor"}"#, "all"),
            (editor, user, "denied"),
            (editor, .anonymous, "denied"),
            (published, .anonymous, "published _eq true"),
            (own, user, "author_id _eq args.auth.id"),
            (own, .anonymous, "denied"),
            (and(editor, published), #"{"role": "editor"}"#, "published _eq true"),
            (and(editor, published), user, "denied"),
            (or(editor, published), #"{"role": "editor"}"#, "all"),
            (or(editor, published), user, "published _eq true"),
            (or(own, published), user, "(author_id _eq args.auth.id or published _eq true)"),
            (not(editor), user, "all"),
            (not(editor), #"{"role": "editor"}"#, "denied"),
            (not(published), user, "not published _eq true"),
            (#"{"rule": "ref", "name": "isEditor"}"#, #"{"role": "editor"}"#, "all"),
            (#"{"rule": "ref", "name": "isEditor"}"#, user, "denied"),
        ] as [(String, TestCaller, String)])
    func `each kind of rule allows, denies or leaves a row filter`(
        _ rule: String, _ caller: TestCaller, _ expected: String
    ) throws {
        let bench = try RuleBench(read: rule, named: #""isEditor": \#(Self.editor)"#)
        #expect(bench.rows(caller) == expected)
    }

    @Test
    func `what no rule allows is denied`() throws {
        let bench = try RuleBench(#"{"collections": {"main.users": {"read": {"rule": "allow"}}, "main.articles": {}}}"#)
        #expect(bench.rows(Self.user) == "denied")
        guard case .denied = bench.access(Self.user, to: "comments").read else {
            Issue.record("a collection without an entry is readable")
            return
        }
    }

    @Test
    func `rules do not bind the admin`() throws {
        let bench = try RuleBench(read: #"{"rule": "deny"}"#, fields: #""title": {"read": {"rule": "deny"}}"#)
        #expect(bench.rows(.admin) == "all")
        #expect(bench.field("title", .admin) == "clear")
    }

    // MARK: Missing, null and wrongly typed claims

    @Test(
        arguments: [
            // A claim compared with a literal.
            (match("string", "!=", "args.auth.plan", #""free""#), "denied"),
            (not(match("string", "==", "args.auth.plan", #""free""#)), "denied"),
            (not(match("string", "!=", "args.auth.plan", #""free""#)), "denied"),
            (match("string", "notIn", "args.auth.plan", #"["free"]"#), "denied"),
            (match("string", "in", "args.auth.role", #"["user"]"#), "all"),
            (match("string", "notIn", "args.auth.role", #"["editor"]"#), "all"),
            // A stored value compared with a claim.
            (match("number", "!=", "args.row.author_id", #""args.auth.plan""#), "denied"),
            (not(match("number", "==", "args.row.author_id", #""args.auth.plan""#)), "denied"),
            (match("number", "notIn", "args.row.author_id", #""args.auth.plan""#), "denied"),
            (not(match("number", "in", "args.row.author_id", #""args.auth.plan""#)), "denied"),
            (match("string", "like", "args.row.title", #""args.auth.plan""#), "denied"),
            // Beside something else.
            (or(own, match("string", "!=", "args.auth.plan", #""free""#)), "(author_id _eq args.auth.id or unknown)"),
            (or(#"{"rule": "allow"}"#, match("string", "==", "args.auth.plan", #""free""#)), "all"),
            (and(published, match("string", "!=", "args.auth.plan", #""free""#)), "denied"),
            (
                not(and(published, match("string", "==", "args.auth.plan", #""free""#))),
                "not (published _eq true and unknown)"
            ),
            // A claim of the wrong kind.
            (match("number", "==", "args.row.author_id", #""args.auth.role""#), "denied"),
            (match("number", "!=", "args.row.author_id", #""args.auth.role""#), "denied"),
            (match("number", "in", "args.row.author_id", #""args.auth.teams""#), "denied"),
            (match("string", "in", "args.row.title", #""args.auth.role""#), "denied"),
            // An empty list is a value.
            (match("number", "in", "args.row.author_id", #""args.auth.none""#), "author_id _in args.auth.none"),
            (match("number", "notIn", "args.row.author_id", #""args.auth.none""#), "author_id _nin args.auth.none"),
            (match("string", "in", "args.auth.role", #""args.auth.none""#), "denied"),
            (match("string", "notIn", "args.auth.role", #""args.auth.none""#), "all"),
            (match("string", "notIn", "args.auth.plan", #""args.auth.none""#), "denied"),
            // Through a relationship: EXISTS is two-valued, what it misses is not.
            (match("number", "!=", "args.row.comments.author_id", #""args.auth.plan""#), "denied"),
            (not(match("number", "==", "args.row.comments.author_id", #""args.auth.plan""#)), "denied"),
            (
                match("number", "!=", "args.row.comments.author_id", #""args.auth.id""#),
                "some comments(author_id _neq args.auth.id)"
            ),
            (
                not(match("number", "==", "args.row.comments.author_id", #""args.auth.id""#)),
                "not some comments(author_id _eq args.auth.id)"
            ),
            (match("number", "==", "args.row.author.org_id", #""args.auth.id""#), "author.org_id _eq args.auth.id"),
            (match("number", "<", #"args.auth.id"#, #""args.row.author_id""#), "author_id _gt args.auth.id"),
            (
                #"{"rule": "where", "where": {"_and": [{"published": {"_eq": true}}, {"author_id": {"_eq": 7}}]}}"#,
                "(published _eq true and author_id _eq 7)"
            ),
            (
                #"{"rule": "where", "where": {"author_id": {"_nin": [1, "args.auth.id"]}}}"#,
                "(author_id _neq 1 and author_id _neq args.auth.id)"
            ),
            (match("number", "==", "args.row.author_id", #""args.row.editor_id""#), "author_id _eq editor_id"),
            (match("number", "<", "args.row.views", #""args.row.score""#), "views _lt score"),
        ] as [(String, String)])
    func `unknown never admits`(_ rule: String, _ expected: String) throws {
        #expect(try RuleBench(read: rule).rows(Self.user) == expected)
    }

    @Test(
        arguments: [
            (ownByWhere, "refused: id"),
            (not(ownByWhere), "refused: id"),
            (and(published, ownByWhere), "refused: id"),
            (or(#"{"rule": "deny"}"#, ownByWhere), "refused: id"),
            (and(#"{"rule": "deny"}"#, ownByWhere), "denied"),
            (not(or(#"{"rule": "allow"}"#, ownByWhere)), "denied"),
            (and(ownByWhere, #"{"rule": "authenticated"}"#), "denied"),
            (or(published, ownByWhere), "(published _eq true or unknown)"),
            (or(#"{"rule": "allow"}"#, ownByWhere), "all"),
            (
                #"{"rule": "where", "where": {"_or": [{"author_id": {"_eq": "args.auth.id"}}, {"editor_id": {"_in": "args.auth.teams"}}]}}"#,
                "refused: id, teams"
            ),
            (#"{"rule": "where", "where": {"comments": {"author_id": {"_eq": "args.auth.id"}}}}"#, "refused: id"),
            (
                #"{"rule": "where", "where": {"_not": {"comments": {"author_id": {"_eq": "args.auth.id"}}}}}"#,
                "refused: id"
            ),
            (
                #"{"rule": "where", "where": {"comments": {"_or": [{"spam": {"_eq": true}}, {"author_id": {"_eq": "args.auth.id"}}]}}}"#,
                "(some comments((spam _eq true or unknown)) or unknown)"
            ),
            (#"{"rule": "where", "where": {"title": {"_eq": "args.auth[\"na.me\"]"}}}"#, "refused: na.me"),
            (
                #"{"rule": "where", "where": {"title": {"_eq": {"literal": "args.auth.id"}}}}"#,
                #"title _eq "args.auth.id""#
            ),
            (
                #"{"rule": "where", "where": {"author_id": {"_in": [1, "args.auth.id"]}}}"#,
                "(author_id _eq 1 or unknown)"
            ),
            (#"{"rule": "where", "where": {"author_id": {"_nin": [1, "args.auth.id"]}}}"#, "refused: id"),
            (#"{"rule": "where", "where": {}}"#, "all"),
            (#"{"rule": "where", "where": {"_or": []}}"#, "denied"),
            (#"{"rule": "where", "where": {"_not": {}}}"#, "denied"),
            (#"{"rule": "where", "where": {"comments": {}}}"#, "some comments()"),
            (#"{"rule": "where", "where": {"author_id": {"_eq": "args.row.editor_id"}}}"#, "author_id _eq editor_id"),
            (
                #"{"rule": "where", "where": {"body": {"_is_null": true}, "score": {"_is_null": false}}}"#,
                "(body is null and not score is null)"
            ),
        ] as [(String, String)])
    func `a where that misses its claim refuses, unless something else can be true`(_ rule: String, _ expected: String)
        throws
    {
        #expect(try RuleBench(read: rule).rows(.anonymous) == expected)
    }

    // MARK: Values of claims

    @Test(
        arguments: [
            (#"{"id": 7}"#, "author_id _eq args.auth.id"),
            (#"{"id": "7"}"#, "author_id _eq args.auth.id"),
            (#"{"id": 7.0}"#, "author_id _eq args.auth.id"),
            (#"{"id": 7.5}"#, "author_id _eq args.auth.id"),
            (#"{"id": "7abc"}"#, "denied"),
            (#"{"id": " 7"}"#, "denied"),
            (#"{"id": "0x7"}"#, "denied"),
            (#"{"id": ""}"#, "denied"),
            (#"{"id": true}"#, "denied"),
            (#"{"id": [7]}"#, "denied"),
            (#"{"id": {"id": 7}}"#, "denied"),
            (#"{"id": null}"#, "denied"),
            (#"{"Id": 7}"#, "denied"),
            (#"{"id": 100000000000000000000}"#, "author_id _eq args.auth.id"),
            (#"{"id": 100000000000000000001}"#, "denied"),
        ] as [(TestCaller, String)])
    func `a claim compares as a number or not at all`(_ caller: TestCaller, _ expected: String) throws {
        #expect(try RuleBench(read: Self.own).rows(caller) == expected)
    }

    @Test(
        arguments: [
            ("number", "==", "9007199254740993", "9007199254740993", true),
            ("number", "==", "9007199254740993", "9007199254740992", false),
            ("number", "==", "1.10", "1.1", true),
            ("number", "<", "-0.1", "0", true),
            ("number", ">=", "1e3", "1000", true),
            ("string", "==", #""é""#, #""é""#, true),
            // The same character in two spellings: strings compare by code point.
            ("string", "==", #""\u00e9""#, #""e\u0301""#, false),
            ("string", "!=", #""\u00e9""#, #""e\u0301""#, true),
            ("string", "in", #""\u00e9""#, #"["e\u0301"]"#, false),
            ("string", "<", #""Z""#, #""a""#, true),
            ("string", "<", #""\uffff""#, #""😀""#, true),
            ("string", "like", #""abc""#, #""a%""#, true),
            ("string", "like", #""ABC""#, #""a%""#, false),
            ("string", "like", #""a%c""#, #""a\\%c""#, true),
            ("string", "like", #""abc""#, #""a\\%c""#, false),
            ("bool", "==", "true", "true", true),
            ("bool", "<", "false", "true", true),
            ("date", "==", #""2026-01-01T00:00:00Z""#, #""2026-01-01T01:00:00+01:00""#, true),
            ("date", "<", #""2026-01-01""#, #""2026-01-01T00:00:01Z""#, true),
        ] as [(String, String, String, String, Bool)])
    func `known operands compare exactly`(
        _ type: String, _ eval: String, _ claim: String, _ literal: String, _ admits: Bool
    ) throws {
        let bench = try RuleBench(read: Self.match(type, eval, "args.auth.x", literal))
        #expect(
            bench.rows(.claims(JSONObject([.init(name: "x", value: JSONValue(test: claim))])))
                == (admits ? "all" : "denied"))
    }

    @Test
    func `rules that spell one character in two ways stay two rules`() throws {
        let bench = try RuleBench(
            #"""
            { "collections": {
                "main.users": { "read": \#(Self.match("string", "==", "args.auth.name", #""e\u0301""#)) },
                "main.articles": { "read": \#(Self.match("string", "==", "args.auth.name", #""\u00e9""#)) } } }
            """#)
        #expect(bench.rows(#"{"name": "e\u0301"}"#) == "denied")
        #expect(bench.rows(#"{"name": "\u00e9"}"#) == "all")
    }

    @Test
    func `a pattern from a claim matches just itself`() throws {
        let bench = try RuleBench(read: Self.match("string", "like", #"args.auth.a"#, #""args.auth.b""#))
        #expect(bench.rows(#"{"a": "abc", "b": "a%"}"#) == "denied")
        #expect(bench.rows(#"{"a": "a%", "b": "a%"}"#) == "all")
    }

    @Test(
        arguments: [
            ("{red,\"b,c\"}", "title _in args.auth.t"), ("{}", "title _in args.auth.t"), ("red", "denied"),
            ("{a,{b}}", "denied"),
        ] as [(String, String)])
    func `a list may come as a header's text`(_ text: String, _ expected: String) throws {
        let claims = JSONObject([.init(name: "t", value: .string(text))])
        let bench = try RuleBench(read: Self.match("string", "in", "args.row.title", #""args.auth.t""#))
        #expect(bench.rows(.claims(claims)) == expected)
    }

    // MARK: Operation and clock

    @Test
    func `args op names the operation the rule is asked for`() throws {
        let bench = try RuleBench(
            #"""
            { "rules": { "reading": \#(Self.match("string", "==", "args.op", #""read""#)) },
              "collections": { "main.articles": {
                "read": { "rule": "ref", "name": "reading" }, "aggregate": { "rule": "ref", "name": "reading" } } } }
            """#)
        #expect(bench.rows(.anonymous) == "all")
        #expect(bench.rows(.anonymous, isAggregate: true) == "denied")
    }

    @Test
    func `the clock decides anew each time`() throws {
        let bench = try RuleBench(read: Self.match("date", ">=", "args.now", #""2026-06-01T00:00:00Z""#))
        let instants = [Instant("2026-05-31T23:59:59Z"), Instant("2026-06-01T00:00:00Z")].compactMap { $0 }
        let shapes = instants.map { bench.rules.shape(of: TestCaller.anonymous.caller, now: $0) }
        #expect(bench.rules.dependsOnClock)
        #expect(shapes[0] != shapes[1])
        #expect(
            bench.view(.anonymous, now: instants[0]).visibility(of: bench.catalog.collections[2].id).isReadable == false
        )
        #expect(bench.view(.anonymous, now: instants[1]).visibility(of: bench.catalog.collections[2].id).isReadable)
    }

    @Test
    func `the clock beside a stored value is a parameter`() throws {
        let bench = try RuleBench(read: Self.match("date", "<=", "args.row.created", #""args.now""#))
        #expect(!bench.rules.dependsOnClock)
        #expect(bench.rows(.anonymous) == "created _lte args.now")
        for (filter, expected) in [
            (#"{"created": {"_gt": "args.now"}}"#, "created _gt args.now"),
            (#"{"author": {"born": {"_lt": "args.now"}}}"#, "some author(born _lt args.now)"),
        ] {
            #expect(try RuleBench(read: #"{"rule": "where", "where": \#(filter)}"#).rows(.anonymous) == expected)
        }
    }

    // MARK: Aggregates

    @Test(
        arguments: [
            (published, #"{"rule": "authenticated"}"#, TestCaller.anonymous, "denied"),
            (published, #"{"rule": "authenticated"}"#, user, "published _eq true"),
            (published, #"{"rule": "allow"}"#, .anonymous, "published _eq true"),
            (#"{"rule": "deny"}"#, #"{"rule": "allow"}"#, user, "denied"),
            (published, own, user, "(published _eq true and author_id _eq args.auth.id)"),
            (#"{"rule": "deny"}"#, ownByWhere, .anonymous, "denied"),
            (#"{"rule": "allow"}"#, ownByWhere, .anonymous, "refused: id"),
        ] as [(String, String, TestCaller, String)])
    func `the rule of aggregates takes away and never adds`(
        _ read: String, _ aggregate: String, _ caller: TestCaller, _ expected: String
    ) throws {
        let bench = try RuleBench(
            #"{"collections": {"main.articles": {"read": \#(read), "aggregate": \#(aggregate)}}}"#)
        #expect(bench.rows(caller, isAggregate: true) == expected)
    }
}
