// A compiled rule: what is left to decide at request time. Facts are decided by the caller alone; residue leaves say
// which facts they need (each claim they compare must be usable) and are unknown without them.
internal import Base
internal import Metadata
internal import Planning

indirect enum Condition: Sendable, Hashable {
    case constant(Truth)
    case fact(Int)
    /// A comparison on the stored row; unknown unless every claim it needs is usable.
    case residue(SecuredPredicate, needs: [ClaimNeed])
    case all([Condition])
    case any([Condition])
    case not(Condition)
    /// Some row of a relationship, as rules see it, satisfies the condition.
    case related(RelationshipReference, Condition)
    /// Some row of a collection satisfies the condition, in which the row asked about stands outside.
    case query(CollectionID, Condition)

    /// Which claim a residue compares, and the fact that tells whether it can.
    struct ClaimNeed: Sendable, Hashable {
        let fact: Int
        let claim: String
        /// A `where` rule that misses its claim refuses the operation instead of hiding the collection.
        let isNamedByWhere: Bool
    }

    /// Partial evaluation (rules of the API, section 1): what stays is a predicate on rows.
    func residue(_ evaluation: inout Evaluation) -> SecuredPredicate {
        switch self {
        case .constant(let truth): return .constant(truth)
        case .fact(let index): return .constant(evaluation.truths[index])
        case .residue(let predicate, let needs):
            var isUsable = true
            for need in needs where evaluation.truths[need.fact] != .isTrue {
                isUsable = false
                evaluation.miss(need)
            }
            return isUsable ? predicate : .constant(.unknown)
        case .all(let parts):
            let before = evaluation
            let conjunction = SecuredPredicate.conjunction(parts.map { $0.residue(&evaluation) })
            // One clause that is false decides: what the others miss is then nobody's concern.
            if conjunction == .alwaysFalse { evaluation = before }
            return conjunction
        case .any(let parts): return .disjunction(parts.map { $0.residue(&evaluation) })
        case .not(let inner): return .negation(inner.residue(&evaluation))
        case .related(let reference, let inner):
            return existence(of: inner, &evaluation) { .related(reference, .insideRule, $0) }
        case .query(let collection, let inner): return existence(of: inner, &evaluation) { .exists(collection, $0) }
        }
    }

    /// EXISTS is two-valued, so a missing claim inside it would read as "no such row", and `not` would turn that into true.
    /// It stays unknown unless a row satisfies the condition without the claim.
    private func existence(
        of inner: Condition, _ evaluation: inout Evaluation, _ exists: (SecuredPredicate) -> SecuredPredicate
    ) -> SecuredPredicate {
        let missesBefore = evaluation.misses
        let predicate = inner.residue(&evaluation)
        if predicate == .alwaysFalse { return .alwaysFalse }
        guard evaluation.misses > missesBefore else { return exists(predicate) }
        return predicate.couldBeTrue ? .disjunction([exists(predicate), .constant(.unknown)]) : .constant(.unknown)
    }

    /// One partial evaluation: the truths of the facts, and what was found missing on the way.
    struct Evaluation {
        let truths: [Truth]
        /// The claims that `where` rules named and the caller lacks.
        private(set) var missingClaims: [String] = []
        private(set) var misses = 0

        init(truths: [Truth]) {
            self.truths = truths
        }

        mutating func miss(_ need: ClaimNeed) {
            misses += 1
            if need.isNamedByWhere, !missingClaims.contains(need.claim) { missingClaims.append(need.claim) }
        }
    }

    static func conjunction(_ parts: [Condition]) -> Condition {
        parts.count == 1 ? parts[0] : .all(parts)
    }

    static func disjunction(_ parts: [Condition]) -> Condition {
        parts.count == 1 ? parts[0] : .any(parts)
    }
}
