// Rules as they are compiled: what literals are bound as, and how many ways a rule for reading may have (rules of the API,
// section 4).
import Metadata
import Planning
import TestSupport
import Testing

@testable import Rules

struct RuleCompilerTests {
    private static let anybody: TestCaller = #"{"id": 1, "role": "user"}"#

    // MARK: Literals

    @Test(
        arguments: [
            ("articles", "author_id", "7", "Int"), ("articles", "author_id", "-2147483648", "Int"),
            ("articles", "author_id", "2147483648", "numeric"), ("articles", "author_id", "1.5", "numeric"),
            ("articles", "author_id", #""7""#, "Int"), ("articles", "author_id", #""2147483648""#, "numeric"),
            ("articles", "views", "2147483648", "bigint"), ("articles", "views", "1.5", "numeric"),
            ("articles", "score", "1.5", "Float"), ("users", "age", "32767", "smallint"),
            ("users", "age", "32768", "numeric"), ("users", "age", "-32769", "numeric"),
        ] as [(String, String, String, String)])
    func `a number beside an integer column is bound as a type that holds it`(
        _ collection: String, _ column: String, _ literal: String, _ expected: String
    ) throws {
        for rule in [
            #"{"rule": "where", "where": {"\#(column)": {"_eq": \#(literal)}}}"#,
            #"{"rule": "match", "type": "number", "eval": "==", "f1": "args.row.\#(column)", "f2": \#(literal)}"#,
        ] {
            #expect(try target(collection, rule) == expected, "\(rule)")
        }
    }

    @Test(
        arguments: [
            ("author_id", "[1, 2]", "[Int]"), ("author_id", "[]", "[Int]"),
            ("author_id", "[1, 2147483648]", "[numeric]"),
            ("author_id", "[1.5, 2]", "[numeric]"), ("views", "[1, 2147483648]", "[bigint]"),
            ("score", "[1, 2.5]", "[Float]"),
        ] as [(String, String, String)])
    func `a list is bound as a type that holds all of it`(
        _ column: String, _ literal: String, _ expected: String
    ) throws {
        for rule in [
            #"{"rule": "where", "where": {"\#(column)": {"_in": \#(literal)}}}"#,
            #"{"rule": "match", "type": "number", "eval": "in", "f1": "args.row.\#(column)", "f2": \#(literal)}"#,
        ] {
            #expect(try target("articles", rule) == expected, "\(rule)")
        }
    }

    /// What the one literal of a rule is bound as.
    private func target(_ collection: String, _ rule: String) throws -> String {
        let bench = try RuleBench(#"{"collections": {"main.\#(collection)": {"read": \#(rule)}}}"#)
        guard case .admitted(.comparison(let comparison)) = bench.access(Self.anybody, to: collection).read,
            case .parameter(let parameter) = comparison.operand
        else { return "no comparison with a literal" }
        return switch parameter.target {
        case .value(let kind): kind.graphQLName
        case .list(let kind): "[\(kind.graphQLName)]"
        case .count, .pattern, .jsonPath, .bytes: "something else"
        }
    }

    // MARK: Ways of reading

    @Test
    func `a rule for reading has at most 64 ways`() throws {
        let choice = { (field: String) in
            #"""
            {"rule": "or", "clauses": [{"rule": "authenticated"},
              {"rule": "and", "clauses": [{"rule": "allow"}, {"rule": "remove", "fields": ["\#(field)"]}]}]}
            """#
        }
        let rule = { (fields: [String]) in
            #"{"rule": "and", "clauses": [\#(fields.map(choice).joined(separator: ", "))]}"#
        }
        let fields = ["editor_id", "title", "body", "views", "score", "price"]
        let bench = try RuleBench(read: rule(fields))
        #expect(bench.rows(.anonymous) == "all")
        #expect(bench.field("title", .anonymous) == "hidden")
        #expect(bench.field("title", Self.anybody) == "clear")
        #expect(
            RuleBench.errors(#"{"collections": {"main.articles": {"read": \#(rule(fields + ["created"]))}}}"#)
                == [
                    "rules.json: /collections/main.articles/read: "
                        + "the rule has more than 64 combinations of conditions and actions"
                ])
    }
}
