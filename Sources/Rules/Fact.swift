// What rules ask about the request alone: comparisons of claims, literals and the clock, and whether a claim can be
// used where a rule compares it with a row. All of them are decided before anything is lowered; their truths together
// are the caller's authorization shape.
package import Base
internal import Metadata
package import Planning

package enum Fact: Sendable, Hashable {
    case authenticated
    case comparison(KnownComparison)
    /// The claim is present and converts exactly to what it is compared with.
    case usable(claim: [String], as: Parameter.Target)
    /// The verdict of a webhook: no evaluation knows it, and the request must ask (`VerdictSearch`).
    case webhook(WebhookCall)
    /// Whether some row of a collection of another source passes a filter.
    case query(ForeignQuery)
    /// The claim is a whole number, or a list of them: it can be bound as the integer column that it is compared with.
    case whole(claim: [String], as: Parameter.Target)

    /// Whether the fact may change while the caller stays the same.
    var dependsOnClock: Bool {
        if case .comparison(let comparison) = self { return comparison.left == .now || comparison.right == .now }
        return false
    }

    /// Whether somebody must be asked.
    var needsVerdict: Bool {
        switch self {
        case .webhook, .query: true
        case .authenticated, .comparison, .usable, .whole: false
        }
    }

    func evaluate(claims: JSONObject?, isAuthenticated: Bool, now: Instant) -> Truth {
        switch self {
        case .authenticated: return Truth(isAuthenticated)
        case .comparison(let comparison): return comparison.evaluate(claims: claims, now: now)
        case .usable(let path, let target):
            guard let value = claim(at: path, in: claims) else { return .isFalse }
            return Truth(RuleParameter.convert(value, to: target, isVariable: true) != nil)
        // What is drawn and planned before anybody is asked is drawn as if the answer were yes.
        case .webhook, .query: return .isTrue
        case .whole(let path, let target):
            guard let value = claim(at: path, in: claims) else { return .isFalse }
            return Truth(RuleParameter.isWhole(value, target))
        }
    }
}

/// A collection of another source, and the filter that some row of it must pass.
package struct ForeignQuery: Sendable, Hashable {
    let collection: CollectionID
    let condition: Condition
}

/// The claim at a path of `args.auth`; `nil` when it is missing or null.
package func claim(at path: [String], in claims: JSONObject?) -> JSONValue? {
    guard let claims else { return nil }
    var value = JSONValue.object(claims)
    for name in path {
        guard let next = value.object?[name] else { return nil }
        value = next
    }
    return value.isNull ? nil : value
}

/// Converts what a rule names, a literal or a variable's value, to the form it is bound in.
package enum RuleParameter {
    /// - Parameter isVariable: patterns from variables match just themselves; patterns written in the rule are patterns.
    package static func convert(_ value: JSONValue, to target: Parameter.Target, isVariable: Bool) -> BoundValue? {
        switch target {
        case .value(let kind): ValueConversion.exact(value, as: kind)
        case .list(let kind): ValueConversion.exactList(value, of: kind)
        case .pattern(let kind):
            isVariable
                ? ValueConversion.escapedPattern(value, kind)
                : try? ValueConversion.pattern(value, kind, at: "$")
        case .count, .bytes, .jsonPath: nil
        }
    }

    /// Whether an integer column could hold the value, or every item of the list.
    static func isWhole(_ value: JSONValue, _ target: Parameter.Target) -> Bool {
        switch RuleParameter.convert(value, to: target, isVariable: true) {
        case .integer?: true
        case .list(let text)?:
            (try? JSONScanner.parse(Array(text.utf8)))?.array?.allSatisfy { $0.number?.int64 != nil } ?? false
        case .null?, .real?, .decimal?, .text?, .bytes?, nil: false
        }
    }
}

/// The facts of one set of rules, each once.
struct FactTable: Sendable {
    private(set) var facts: [Fact] = []
    private var indices: [Fact: Int] = [:]

    mutating func index(of fact: Fact) -> Int {
        if let index = indices[fact] { return index }
        facts.append(fact)
        indices[fact] = facts.count - 1
        return facts.count - 1
    }

    var askedFacts: [Int] { facts.indices.filter { facts[$0].needsVerdict } }
    var clockFacts: [Int] { facts.indices.filter { facts[$0].dependsOnClock } }
}
