// Row predicates in memory, over values that are known and values that are not: a comparison the gateway cannot repeat
// exactly as the database makes it is undecided, and nothing is concluded from it.
internal import Base
package import Metadata

package struct RowPredicateEvaluator<Stage: PlanStage> {
    /// A value of the row with its type; `nil` where it is not known.
    private let value: (Stage.Value) -> (value: BoundValue, kind: ScalarKind)?
    private let parameter: (Parameter) -> BoundValue?

    package init(
        value: @escaping (Stage.Value) -> (value: BoundValue, kind: ScalarKind)?,
        parameter: @escaping (Parameter) -> BoundValue?
    ) {
        self.value = value
        self.parameter = parameter
    }

    /// False only where it is decided that the predicate is not true.
    package func couldBeTrue(_ predicate: RowPredicate<Stage>) -> Bool {
        switch predicate {
        case .all(let parts): parts.allSatisfy { couldBeTrue($0) }
        case .any(let parts): parts.contains { couldBeTrue($0) }
        case .constant, .not, .isTrue, .isNull, .when, .comparison, .related, .exists:
            truth(predicate).map { $0 == .isTrue } ?? true
        }
    }

    /// `nil` where it is undecided.
    package func truth(_ predicate: RowPredicate<Stage>) -> Truth? {
        switch predicate {
        case .constant(let truth): return truth
        case .all(let parts):
            let truths = parts.map { truth($0) }
            if truths.contains(.isFalse) { return .isFalse }
            return truths.contains(nil) ? nil : truths.reduce(.isTrue) { $0 && ($1 ?? .unknown) }
        case .any(let parts):
            let truths = parts.map { truth($0) }
            if truths.contains(.isTrue) { return .isTrue }
            return truths.contains(nil) ? nil : truths.reduce(.isFalse) { $0 || ($1 ?? .unknown) }
        case .not(let inner): return truth(inner).map { !$0 }
        case .isTrue(let inner): return truth(inner).map { Truth($0 == .isTrue) }
        case .isNull(let inner): return value(inner).map { Truth($0.value == .null) }
        case .when(let guardian, let inner):
            guard let decided = truth(guardian) else { return nil }
            return decided == .isTrue ? truth(inner) : .unknown
        case .comparison(let comparison): return truth(comparison)
        // Other rows may be written meanwhile.
        case .related, .exists: return nil
        }
    }

    private func truth(_ comparison: Comparison<Stage>) -> Truth? {
        guard let (left, kind) = value(comparison.value) else { return nil }
        let right: BoundValue?
        switch comparison.operand {
        case .parameter(let parameter): right = self.parameter(parameter)
        case .value(let other): right = value(other)?.value
        }
        guard let right else { return nil }
        if left == .null || right == .null { return .unknown }
        // A column's own collation is the database's business, and so is which documents are the same.
        guard comparison.byCodePoint || kind.family != .text else { return nil }
        guard ![.document, .list, .opaque].contains(kind.family) else { return nil }
        switch comparison.comparison {
        case .equal: return order(left, right, kind).map { Truth($0 == 0) }
        case .notEqual: return order(left, right, kind).map { Truth($0 != 0) }
        case .less: return order(left, right, kind).map { Truth($0 < 0) }
        case .lessOrEqual: return order(left, right, kind).map { Truth($0 <= 0) }
        case .greater: return order(left, right, kind).map { Truth($0 > 0) }
        case .greaterOrEqual: return order(left, right, kind).map { Truth($0 >= 0) }
        case .isIn: return membership(left, right, kind)
        case .isNotIn: return membership(left, right, kind).map { !$0 }
        case .like: return like(left, right)
        case .notLike: return like(left, right).map { !$0 }
        case .caseInsensitiveLike, .notCaseInsensitiveLike, .similar, .notSimilar, .regex, .notRegex,
            .caseInsensitiveRegex, .notCaseInsensitiveRegex, .contains, .containedIn, .overlaps, .hasKey, .hasKeysAny,
            .hasKeysAll,
            .ancestor, .ancestorAny, .descendant, .descendantAny, .matches, .matchesAny, .matchesText, .search,
            .pathExists, .pathMatch:
            return nil
        }
    }

    private func like(_ value: BoundValue, _ pattern: BoundValue) -> Truth? {
        guard case .text(let text) = value, case .text(let pattern) = pattern else { return nil }
        return LikePattern(pattern).map { Truth($0.matches(text)) }
    }

    private func membership(_ value: BoundValue, _ list: BoundValue, _ kind: ScalarKind) -> Truth? {
        guard case .list(let text) = list, let items = (try? JSONScanner.parse(Array(text.utf8)))?.array else {
            return nil
        }
        var found = false
        for item in items {
            guard let bound = ValueConversion.listed(item, kind), let order = order(value, bound, kind) else {
                return nil
            }
            found = found || order == 0
        }
        return Truth(found)
    }

    /// Below, at or above 0, as the first comes before, with or after the second.
    private func order(_ left: BoundValue, _ right: BoundValue, _ kind: ScalarKind) -> Int? {
        switch (left, right) {
        case (.integer(let left), .integer(let right)): return Self.order(left, right)
        case (.integer(let left), .real(let right)): return Double(exactly: left).map { Self.order($0, right) }
        case (.real(let left), .integer(let right)): return Double(exactly: right).map { Self.order(left, $0) }
        case (.real(let left), .real(let right)): return Self.order(left, right)
        case (.text(let left), .text(let right)):
            if kind.family == .instant {
                guard let first = Instant(left), let second = Instant(right) else { return nil }
                return Self.order(first, second)
            }
            if left.utf8.elementsEqual(right.utf8) { return 0 }
            return left.utf8.lexicographicallyPrecedes(right.utf8) ? -1 : 1
        case (.bytes(let left), .bytes(let right)):
            return left == right ? 0 : (left.lexicographicallyPrecedes(right) ? -1 : 1)
        // What the column makes of such a number is the database's to say.
        case (.null, _), (.integer, _), (.real, _), (.decimal, _), (.text, _), (.bytes, _), (.list, _): return nil
        }
    }

    private static func order<Value: Comparable>(_ left: Value, _ right: Value) -> Int {
        left == right ? 0 : (left < right ? -1 : 1)
    }
}
