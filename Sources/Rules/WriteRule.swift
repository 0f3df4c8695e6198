// A rule for writing, compiled: conditions on the stored row, conditions on the row written, and actions, in a tree that
// still knows which clauses of an `or` stand for themselves (rules of the API, section 4, "Actions").
internal import Planning

indirect enum WriteRule: Sendable, Hashable {
    /// About the stored row, or about the request alone.
    case stored(Condition)
    /// About the row as it is after the write.
    case written(Condition)
    case force(CompiledForce)
    case remove(CompiledRemove)
    case all([WriteRule])
    /// An `or` that chooses before the write: the first clause whose request-known conditions are all true.
    case firstOf([WriteRule])

    /// Decided when the rules are loaded: nobody may.
    var isDenied: Bool {
        switch self {
        case .stored(let condition), .written(let condition): condition == .constant(.isFalse)
        case .force, .remove: false
        case .all(let parts): parts.contains(where: \.isDenied)
        case .firstOf(let clauses): clauses.allSatisfy(\.isDenied)
        }
    }
}

extension WriteRule {
    /// Whether it changes what is written.
    var acts: Bool {
        switch self {
        case .stored, .written: false
        case .force, .remove: true
        case .all(let parts), .firstOf(let parts): parts.contains(where: \.acts)
        }
    }
}

/// What of a rule is left for one caller's write.
struct WriteBranch: Sendable, Equatable {
    /// On the stored row: rows for which it is not true are left alone.
    var filter = SecuredPredicate.alwaysTrue
    /// On the row written: one for which it is not true refuses the mutation.
    var check = SecuredPredicate.alwaysTrue
    /// Whether the rule says anything about the row written.
    var namesWritten = false
    var forces: [CompiledForce] = []
    var removed: Set<Int> = []
    /// Claims that a forced value needs and the caller lacks.
    var missingForForce: [String] = []

    /// The check that the write must pass: where the rule names no row written, its part on the stored row must still be
    /// true of it, so that nobody gives away what the rule gave them.
    var checkAfterUpdate: SecuredPredicate { namesWritten ? check : filter }
}

enum WriteDecision: Sendable, Equatable {
    case denied
    /// A `where` or `check` names claims the caller lacks, and nothing else could be true.
    case refused(missingClaims: [String])
    case admitted(WriteBranch)

    var isDenied: Bool {
        if case .denied = self { return true }
        return false
    }

    var branch: WriteBranch? {
        if case .admitted(let branch) = self { return branch }
        return nil
    }
}

/// Partial evaluation of rules for writing.
struct WriteEvaluation {
    private var conditions: Condition.Evaluation

    private init(_ truths: [Truth]) {
        conditions = Condition.Evaluation(truths: truths)
    }

    static func decide(_ rules: [WriteRule], truths: [Truth]) -> WriteDecision {
        var evaluation = WriteEvaluation(truths)
        switch evaluation.outcome(.all(rules)) {
        case .taken(let branch): return .admitted(branch)
        case .isFalse: return .denied
        case .isUnknown:
            let missing = evaluation.conditions.missingClaims
            return missing.isEmpty ? .denied : .refused(missingClaims: missing)
        }
    }

    /// What the request alone makes of a rule.
    private enum Outcome {
        case taken(WriteBranch)
        case isFalse
        /// Not true, for want of a claim.
        case isUnknown

        init(_ residue: SecuredPredicate, _ branch: WriteBranch) {
            self = residue.couldBeTrue ? .taken(branch) : residue == .alwaysFalse ? .isFalse : .isUnknown
        }
    }

    private mutating func outcome(_ rule: WriteRule) -> Outcome {
        var branch = WriteBranch()
        switch rule {
        case .stored(let condition):
            branch.filter = condition.residue(&conditions)
            return Outcome(branch.filter, branch)
        case .written(let condition):
            branch.check = condition.residue(&conditions)
            branch.namesWritten = true
            return Outcome(branch.check, branch)
        case .force(let force): add(force, to: &branch)
        case .remove(let remove):
            // Where it is not decided that it does not apply, it does.
            if truth(remove.clause) != .isFalse { branch.removed.formUnion(remove.fields) }
        case .all(let parts):
            // All of them are looked at: one that is false decides, whatever a missing claim leaves open beside it.
            let before = conditions
            var isUnknown = false
            for part in parts {
                switch outcome(part) {
                case .taken(let inner): branch.add(inner)
                case .isFalse:
                    conditions = before
                    return .isFalse
                case .isUnknown: isUnknown = true
                }
            }
            if isUnknown { return .isUnknown }
        case .firstOf(let clauses):
            var isUnknown = false
            for clause in clauses {
                switch outcome(clause) {
                case .taken(let inner): return .taken(inner)
                case .isFalse: break
                case .isUnknown: isUnknown = true
                }
            }
            return isUnknown ? .isUnknown : .isFalse
        }
        return .taken(branch)
    }

    private mutating func add(_ force: CompiledForce, to branch: inout WriteBranch) {
        switch truth(force.clause) {
        case .isFalse: return
        case .unknown:
            branch.missingForForce.append("a clause")
            return
        case .isTrue: break
        }
        if case .parameter(_, let needs) = force.source {
            for need in needs where conditions.truths[need.fact] != .isTrue {
                branch.missingForForce.append(need.claim)
            }
        }
        branch.forces.append(force)
    }

    private mutating func truth(_ clause: Condition?) -> Truth {
        guard let clause else { return .isTrue }
        guard case .constant(let truth) = clause.residue(&conditions) else { return .unknown }
        return truth
    }
}

extension WriteBranch {
    /// Takes over what a rule beside this one does, where it is not done already.
    mutating func act(as other: WriteBranch) {
        forces += other.forces.filter { !forces.contains($0) }
        removed.formUnion(other.removed)
        missingForForce += other.missingForForce
    }

    fileprivate mutating func add(_ other: WriteBranch) {
        filter = .conjunction([filter, other.filter])
        check = .conjunction([check, other.check])
        namesWritten = namesWritten || other.namesWritten
        forces += other.forces
        removed.formUnion(other.removed)
        missingForForce += other.missingForForce
    }
}
