// A condition on one row, in three-valued logic. It is the one form that a caller's `where`, a rule's residue and a
// field guard share; each connector lowers it, and it becomes SQL's WHERE, EXISTS and CASE.
package import Metadata

package indirect enum RowPredicate<Stage: PlanStage>: Sendable, Hashable {
    case constant(Truth)
    case all([RowPredicate])
    case any([RowPredicate])
    case not(RowPredicate)
    case comparison(Comparison<Stage>)
    case isNull(Stage.Value)
    /// Two-valued: at least one related row that `security` admits satisfies the predicate. (SQL: EXISTS.)
    case related(RelationshipReference, Stage.Security, RowPredicate)
    /// Two-valued: at least one row of the collection satisfies the predicate, whatever rules say of it: only rules ask so.
    /// (SQL: EXISTS.)
    case exists(CollectionID, RowPredicate)
    /// Two-valued: the predicate is true, neither false nor unknown. (SQL: IS TRUE.)
    case isTrue(RowPredicate)
    /// The second predicate where the first is true, unknown elsewhere; the second is never evaluated on other rows.
    /// (SQL: CASE WHEN … THEN … END.)
    case when(RowPredicate, RowPredicate)

    package static var alwaysTrue: RowPredicate { .constant(.isTrue) }
    package static var alwaysFalse: RowPredicate { .constant(.isFalse) }
}

/// `value operator operand`. Unknown when either side is null.
package struct Comparison<Stage: PlanStage>: Sendable, Hashable {
    package let value: Stage.Value
    package let comparison: ComparisonOperator
    package let operand: Operand<Stage>
    /// Rules compare strings by code point whatever the column's collation is; a caller's filter uses the column's.
    package let byCodePoint: Bool

    package init(
        _ value: Stage.Value, _ comparison: ComparisonOperator, _ operand: Operand<Stage>, byCodePoint: Bool = false
    ) {
        self.value = value
        self.comparison = comparison
        self.operand = operand
        self.byCodePoint = byCodePoint
    }
}

package enum Operand<Stage: PlanStage>: Sendable, Hashable {
    case parameter(Parameter)
    case value(Stage.Value)
}

extension RowPredicate {
    /// True when every one of `predicates` is; constants are folded, nested conjunctions flattened.
    package static func conjunction(_ predicates: [RowPredicate]) -> RowPredicate {
        var parts: [RowPredicate] = []
        var constant = Truth.isTrue
        for predicate in predicates {
            switch predicate {
            case .constant(let truth): constant = constant && truth
            case .all(let nested): parts.append(contentsOf: nested)
            default: parts.append(predicate)
            }
        }
        if constant == .isFalse { return .alwaysFalse }
        if constant == .unknown { parts.append(.constant(.unknown)) }
        if parts.isEmpty { return .alwaysTrue }
        return parts.count == 1 ? parts[0] : .all(parts)
    }

    /// True when at least one of `predicates` is; constants are folded, nested disjunctions flattened.
    package static func disjunction(_ predicates: [RowPredicate]) -> RowPredicate {
        var parts: [RowPredicate] = []
        var constant = Truth.isFalse
        for predicate in predicates {
            switch predicate {
            case .constant(let truth): constant = constant || truth
            case .any(let nested): parts.append(contentsOf: nested)
            default: parts.append(predicate)
            }
        }
        if constant == .isTrue { return .alwaysTrue }
        if constant == .unknown { parts.append(.constant(.unknown)) }
        if parts.isEmpty { return .alwaysFalse }
        return parts.count == 1 ? parts[0] : .any(parts)
    }

    package static func negation(_ predicate: RowPredicate) -> RowPredicate {
        switch predicate {
        case .constant(let truth): .constant(!truth)
        case .not(let inner): inner
        default: .not(predicate)
        }
    }

    /// Whether the predicate is decided to admit every row, or no row at all; `nil` when rows decide.
    package var decision: Bool? {
        switch self {
        case .constant(let truth): truth == .isTrue
        default: couldBeTrue ? nil : false
        }
    }

    /// Whether some row could make the predicate true, as far as its constants tell.
    package var couldBeTrue: Bool {
        switch self {
        case .constant(let truth): truth == .isTrue
        case .all(let parts): parts.allSatisfy(\.couldBeTrue)
        case .any(let parts): parts.contains(where: \.couldBeTrue)
        case .when(let guardian, let inner): guardian.couldBeTrue && inner.couldBeTrue
        case .isTrue(let inner): inner.couldBeTrue
        case .not, .comparison, .isNull, .related, .exists: true
        }
    }
}
