// What rules ask about the request alone: when it has to be asked again, and whether a claim can stand beside a column (rules of
// the API, sections 1.6 and 4).
import Base
import Metadata
import Planning
import TestSupport
import Testing

@testable import Rules

struct FactTests {
    @Test(
        arguments: [
            (.now, .literal(.string("2026-01-01")), true), (.claim(["until"]), .now, true),
            (.claim(["until"]), .literal(.string("2026-01-01")), false),
        ] as [(KnownComparison.Side, KnownComparison.Side, Bool)])
    func `a comparison depends on the clock if either side is the clock`(
        _ left: KnownComparison.Side, _ right: KnownComparison.Side, _ expected: Bool
    ) {
        let comparison = KnownComparison(type: .date, evaluation: .less, left: left, right: right)
        #expect(Fact.comparison(comparison).dependsOnClock == expected)
        #expect(!Fact.authenticated.dependsOnClock)
    }

    @Test(
        arguments: [
            ("7", .value(.bigint), true), (#""7""#, .value(.bigint), true), ("7.0", .value(.bigint), true),
            ("7.5", .value(.bigint), false), ("1e30", .value(.bigint), false), ("null", .value(.bigint), false),
            (#""x""#, .value(.bigint), false),
            ("[7, 8]", .list(of: .bigint), true), ("[]", .list(of: .bigint), true),
            (#""{7,8}""#, .list(of: .bigint), true),
            ("[7, 8.5]", .list(of: .bigint), false), ("[8.5, 7]", .list(of: .bigint), false),
            (#"[7, "x"]"#, .list(of: .bigint), false),
        ] as [(String, Parameter.Target, Bool)])
    func `a claim is whole if an integer column could hold it, or all of it`(
        _ claim: String, _ target: Parameter.Target, _ expected: Bool
    ) {
        let claims = JSONObject([.init(name: "x", value: JSONValue(test: claim))])
        let fact = Fact.whole(claim: ["x"], as: target)
        #expect(fact.evaluate(claims: claims, isAuthenticated: true, now: TestGateway.now) == Truth(expected))
        #expect(fact.evaluate(claims: nil, isAuthenticated: false, now: TestGateway.now) == .isFalse)
    }
}
