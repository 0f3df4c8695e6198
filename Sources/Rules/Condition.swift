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
        /// The fact that tells whether the claim is whole, where a database would refuse another number beside an integer.
        var whole: Int?
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
            guard isUsable else { return .constant(.unknown) }
            let areWhole = needs.allSatisfy { $0.whole.map { evaluation.truths[$0] == .isTrue } ?? true }
            return areWhole ? predicate : predicate.comparingDecimals
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
}

extension SecuredPredicate {
    /// The comparison with an operand that is bound as a decimal number: exact beside an integer column as well.
    fileprivate var comparingDecimals: SecuredPredicate {
        guard case .comparison(let comparison) = self, case .parameter(let parameter) = comparison.operand else {
            return self
        }
        let decimal = Parameter(
            origin: parameter.origin, target: parameter.target.ofDecimals, errorPath: parameter.errorPath)
        return .comparison(
            Comparison(
                comparison.value, comparison.comparison, .parameter(decimal), byCodePoint: comparison.byCodePoint))
    }
}

extension Parameter.Target {
    /// The same of decimal numbers.
    var ofDecimals: Parameter.Target {
        switch self {
        case .value: .value(.numeric)
        case .list: .list(of: .numeric)
        case .count, .pattern, .jsonPath, .bytes: self
        }
    }

    /// The target that takes a number of a rule: a column of narrow or whole numbers may be compared with any.
    func taking(_ literal: JSONValue) -> Parameter.Target {
        switch self {
        case .value(let kind) where kind.family == .integer: kind.holds(literal) ? self : ofDecimals
        case .list(let kind) where kind.family == .integer:
            literal.array?.allSatisfy { kind.holds($0) } ?? true ? self : ofDecimals
        case .value, .list, .count, .pattern, .jsonPath, .bytes: self
        }
    }
}

extension ScalarKind {
    /// Whether a column of these integers could hold the number.
    fileprivate func holds(_ value: JSONValue) -> Bool {
        guard let number = value.number ?? value.string.map({ JSONNumber(text: $0) }), let integer = number.int64 else {
            return false
        }
        return switch self {
        case .int: Int32(exactly: integer) != nil
        case .smallint: Int16(exactly: integer) != nil
        default: true
        }
    }
}
