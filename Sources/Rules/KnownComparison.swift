// A comparison of two operands that are both known without the database (rules of the API, section 4 "Operands" and
// "Values"). Strings compare by code point, numbers exactly; what is missing or of the wrong kind is unknown.
package import Base
internal import Planning

package struct KnownComparison: Sendable, Hashable {
    package enum Side: Sendable, Hashable {
        case literal(JSONValue)
        case claim([String])
        case now
    }

    package let type: MatchType
    package let evaluation: MatchEvaluation
    package let left: Side
    package let right: Side

    func evaluate(claims: JSONObject?, now: Instant) -> Truth {
        guard let leftValue = value(of: left, claims, now), let rightValue = value(of: right, claims, now) else {
            return .unknown
        }
        guard let subject = KnownValue(leftValue, type) else { return .unknown }
        switch evaluation {
        case .isIn, .isNotIn:
            guard let items = list(rightValue) else { return .unknown }
            let isMember = Truth(items.contains(subject))
            return evaluation == .isIn ? isMember : !isMember
        case .like:
            guard case .text(let text) = subject, let pattern = rightValue.string else { return .unknown }
            let isPattern = if case .literal = right { true } else { false }
            return isPattern
                ? LikePattern(pattern).map { Truth($0.matches(text)) } ?? .unknown
                : Truth(text.utf8.elementsEqual(pattern.utf8))
        case .equal, .notEqual, .less, .lessOrEqual, .greater, .greaterOrEqual:
            guard let object = KnownValue(rightValue, type) else { return .unknown }
            return Truth(evaluation.holds(subject.order(against: object)))
        }
    }

    private func value(of side: Side, _ claims: JSONObject?, _ now: Instant) -> JSONValue? {
        switch side {
        case .literal(let value): value
        case .claim(let path): claim(at: path, in: claims)
        case .now: .string(now.description)
        }
    }

    private func list(_ value: JSONValue) -> [KnownValue]? {
        let items: [JSONValue]
        switch value {
        case .array(let list): items = list
        case .string(let text):
            guard let list = ValueConversion.bracedList(text) else { return nil }
            items = list
        case .null, .bool, .number, .object: return nil
        }
        var known: [KnownValue] = []
        for item in items {
            guard let value = KnownValue(item, type) else { return nil }
            known.append(value)
        }
        return known
    }
}

/// The type a `match` compares by.
package enum MatchType: String, Sendable, Hashable, CaseIterable {
    case string
    case number
    case bool
    case date
}

/// The `eval` of a `match`.
package enum MatchEvaluation: String, Sendable, Hashable, CaseIterable {
    case equal = "=="
    case notEqual = "!="
    case less = "<"
    case lessOrEqual = "<="
    case greater = ">"
    case greaterOrEqual = ">="
    case isIn = "in"
    case isNotIn = "notIn"
    case like

    /// Whether it holds for two values of which the first is `order` (-1, 0, 1) to the second.
    func holds(_ order: Int) -> Bool {
        switch self {
        case .equal: order == 0
        case .notEqual: order != 0
        case .less: order < 0
        case .lessOrEqual: order <= 0
        case .greater: order > 0
        case .greaterOrEqual: order >= 0
        case .isIn, .isNotIn, .like: false
        }
    }
}

/// A value converted to the type of its comparison.
enum KnownValue: Hashable {
    case text(String)
    case number(ExactDecimal)
    case flag(Bool)
    case instant(Instant)

    init?(_ value: JSONValue, _ type: MatchType) {
        switch type {
        case .string:
            guard let text = value.string else { return nil }
            self = .text(text)
        case .number:
            guard let number = ExactDecimal(value.number?.text ?? value.string ?? "") else { return nil }
            self = .number(number)
        case .bool:
            guard let flag = value.bool else { return nil }
            self = .flag(flag)
        case .date:
            guard let instant = value.string.flatMap({ Instant($0) }) else { return nil }
            self = .instant(instant)
        }
    }

    static func == (left: KnownValue, right: KnownValue) -> Bool {
        left.order(against: right) == 0
    }

    func hash(into hasher: inout Hasher) {
        switch self {
        // `==` compares bytes while String's own hash is by canonical equivalence: equal bytes hash equally all the same.
        case .text(let text): hasher.combine(text)
        case .number(let number): hasher.combine(number)
        case .flag(let flag): hasher.combine(flag)
        case .instant(let instant): hasher.combine(instant)
        }
    }

    /// -1, 0 or 1; both are of one type wherever this is asked.
    func order(against other: KnownValue) -> Int {
        switch (self, other) {
        case (.text(let left), .text(let right)):
            // The bytes of UTF-8 sort as the code points do; String's `<` would normalise.
            if left.utf8.elementsEqual(right.utf8) { return 0 }
            return left.utf8.lexicographicallyPrecedes(right.utf8) ? -1 : 1
        case (.number(let left), .number(let right)): return Self.order(left, right)
        case (.flag(let left), .flag(let right)): return left == right ? 0 : (right ? -1 : 1)
        case (.instant(let left), .instant(let right)): return Self.order(left, right)
        case (.text, _), (.number, _), (.flag, _), (.instant, _):
            preconditionFailure("both operands of a comparison have its type")
        }
    }

    private static func order<Value: Comparable>(_ left: Value, _ right: Value) -> Int {
        left < right ? -1 : (right < left ? 1 : 0)
    }
}
