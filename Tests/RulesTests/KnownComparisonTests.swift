// Comparisons that need no row: each operator over each type, and what is missing or of another kind (rules of the API, section 4,
// "Operands" and "Values").
import Base
import Planning
import TestSupport
import Testing

@testable import Rules

struct KnownComparisonTests {
    private static func compare(
        _ type: MatchType, _ evaluation: MatchEvaluation, _ left: String, _ right: String
    ) -> Truth {
        KnownComparison(
            type: type, evaluation: evaluation, left: .literal(JSONValue(test: left)),
            right: .literal(JSONValue(test: right))
        ).evaluate(claims: nil, now: TestGateway.now)
    }

    /// For a lower value beside a higher one, a value beside itself, and a higher one beside a lower.
    @Test(
        arguments: [
            (.number, "2", "10"), (.number, "-1.50", "1e0"), (.string, #""B""#, #""a""#), (.bool, "false", "true"),
            (.date, #""2026-01-01T01:00:00+01:00""#, #""2026-01-01T00:00:00.5Z""#),
        ] as [(MatchType, String, String)],
        [
            (.equal, [.isFalse, .isTrue, .isFalse]), (.notEqual, [.isTrue, .isFalse, .isTrue]),
            (.less, [.isTrue, .isFalse, .isFalse]), (.lessOrEqual, [.isTrue, .isTrue, .isFalse]),
            (.greater, [.isFalse, .isFalse, .isTrue]), (.greaterOrEqual, [.isFalse, .isTrue, .isTrue]),
        ] as [(MatchEvaluation, [Truth])])
    func `each operator holds for just what it says, by the type it is given`(
        _ values: (type: MatchType, low: String, high: String),
        _ operator: (evaluation: MatchEvaluation, truths: [Truth])
    ) {
        let sides = [(values.low, values.high), (values.low, values.low), (values.high, values.low)]
        let truths = sides.map { Self.compare(values.type, `operator`.evaluation, $0.0, $0.1) }
        #expect(truths == `operator`.truths)
    }

    @Test(
        arguments: [
            (.number, "7", "[5, 7.0]", .isTrue), (.number, "7", "[]", .isFalse),
            (.string, #""a""#, #"["A"]"#, .isFalse),
            (.string, #""b""#, #""{a,b}""#, .isTrue), (.bool, "true", "[false]", .isFalse),
            // A list of which one item is of another kind is no list of the type.
            (.number, "7", #"[7, "x"]"#, .unknown), (.number, "7", "7", .unknown),
            (.string, #""a""#, #""a""#, .unknown),
            (.number, #""x""#, "[7]", .unknown), (.number, "7", #"{"a": 7}"#, .unknown),
        ] as [(MatchType, String, String, Truth)])
    func `a list holds a value or does not, or is no list`(
        _ type: MatchType, _ value: String, _ list: String, _ isMember: Truth
    ) {
        #expect(Self.compare(type, .isIn, value, list) == isMember)
        #expect(Self.compare(type, .isNotIn, value, list) == !isMember)
    }

    @Test(arguments: MatchEvaluation.allCases)
    func `what is missing or of another kind is unknown`(_ evaluation: MatchEvaluation) {
        let list = evaluation == .isIn || evaluation == .isNotIn
        let right = JSONValue(test: list ? #"["a"]"# : #""a""#)
        for left in [KnownComparison.Side.claim(["missing"]), .claim(["number"]), .claim(["a", "b"])] {
            let claims = JSONValue(test: #"{"number": 7, "a": {"b": null}}"#).object
            let sides = [(left, KnownComparison.Side.literal(right)), (.literal(.string("a")), left)]
            for (left, right) in sides {
                let comparison = KnownComparison(type: .string, evaluation: evaluation, left: left, right: right)
                #expect(comparison.evaluate(claims: claims, now: TestGateway.now) == .unknown)
            }
        }
    }
}
