// Row predicates in memory, over values that are known and values that are not: a comparison the gateway cannot repeat
// exactly as the database makes it is undecided, and nothing is concluded from it.
internal import Base
internal import Metadata

package struct RowPredicateEvaluator<Stage: PlanStage> {
    /// A value of the row; `nil` where it is not known.
    private let value: (Stage.Value) -> TypedValue?
    private let parameter: (Parameter) -> BoundValue?
    /// Whether there is such a row among others; `nil` where they are not known.
    private let existence: (RowPredicate<Stage>) -> Bool?

    /// - Parameter existence: of `related` and `exists`; without it they are undecided, for other rows may be written
    ///   meanwhile.
    package init(
        value: @escaping (Stage.Value) -> TypedValue?, parameter: @escaping (Parameter) -> BoundValue?,
        existence: @escaping (RowPredicate<Stage>) -> Bool? = { _ in nil }
    ) {
        self.value = value
        self.parameter = parameter
        self.existence = existence
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
        case .related, .exists: return existence(predicate).map { Truth($0) }
        }
    }

    private func truth(_ comparison: Comparison<Stage>) -> Truth? {
        guard let left = value(comparison.value) else { return nil }
        let right: BoundValue
        var rightKind: ScalarKind?
        switch comparison.operand {
        case .parameter(let parameter):
            guard let bound = self.parameter(parameter) else { return nil }
            right = bound
        case .value(let other):
            guard let known = value(other) else { return nil }
            right = known.value
            rightKind = known.kind
        }
        if left.value == .null || right == .null { return .unknown }
        // A column's own collation is the database's business.
        guard comparison.byCodePoint || left.kind.family != .text else { return nil }
        let order = { ValueOrder(left, right, rightKind: rightKind) }
        switch comparison.comparison {
        case .equal: return Self.truth(order()) { $0 == 0 }
        case .notEqual: return Self.truth(order()) { $0 != 0 }
        case .less: return Self.truth(order()) { $0 < 0 }
        case .lessOrEqual: return Self.truth(order()) { $0 <= 0 }
        case .greater: return Self.truth(order()) { $0 > 0 }
        case .greaterOrEqual: return Self.truth(order()) { $0 >= 0 }
        case .isIn: return membership(left, right)
        case .isNotIn: return membership(left, right).map { !$0 }
        case .like: return like(left.value, right)
        case .notLike: return like(left.value, right).map { !$0 }
        case .caseInsensitiveLike, .notCaseInsensitiveLike, .similar, .notSimilar, .regex, .notRegex,
            .caseInsensitiveRegex, .notCaseInsensitiveRegex, .contains, .containedIn, .overlaps, .hasKey, .hasKeysAny,
            .hasKeysAll,
            .ancestor, .ancestorAny, .descendant, .descendantAny, .matches, .matchesAny, .matchesText, .search,
            .pathExists, .pathMatch:
            return nil
        }
    }

    private static func truth(_ order: ValueOrder, _ holds: (Int) -> Bool) -> Truth? {
        switch order {
        case .order(let order): Truth(holds(order))
        case .null: .unknown
        case .undecided: nil
        }
    }

    private func like(_ value: BoundValue, _ pattern: BoundValue) -> Truth? {
        guard case .text(let text) = value, case .text(let pattern) = pattern else { return nil }
        return LikePattern(pattern).map { Truth($0.matches(text)) }
    }

    private func membership(_ value: TypedValue, _ list: BoundValue) -> Truth? {
        guard case .list(let text) = list, let items = (try? JSONScanner.parse(Array(text.utf8)))?.array else {
            return nil
        }
        var truth = Truth.isFalse
        for item in items {
            guard let bound = ValueConversion.listed(item, value.kind),
                let same = Self.truth(ValueOrder(value, bound, rightKind: nil), { $0 == 0 })
            else { return nil }
            truth = truth || same
        }
        return truth
    }
}
