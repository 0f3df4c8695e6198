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

/// What of a rule is left for one caller's write.
struct WriteBranch: Sendable {
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

enum WriteDecision: Sendable {
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
        if let branch = evaluation.branch(.all(rules)) { return .admitted(branch) }
        let missing = evaluation.conditions.missingClaims
        return missing.isEmpty ? .denied : .refused(missingClaims: missing)
    }

    /// `nil` where the request alone decides that it is not true.
    private mutating func branch(_ rule: WriteRule) -> WriteBranch? {
        var branch = WriteBranch()
        switch rule {
        case .stored(let condition):
            branch.filter = condition.residue(&conditions)
            guard branch.filter.couldBeTrue else { return nil }
        case .written(let condition):
            branch.check = condition.residue(&conditions)
            branch.namesWritten = true
            guard branch.check.couldBeTrue else { return nil }
        case .force(let force): add(force, to: &branch)
        case .remove(let remove):
            // Where it is not decided that it does not apply, it does.
            if truth(remove.clause) != .isFalse { branch.removed.formUnion(remove.fields) }
        case .all(let parts):
            for part in parts {
                guard let inner = self.branch(part) else { return nil }
                branch.add(inner)
            }
        case .firstOf(let clauses):
            for clause in clauses {
                if let inner = self.branch(clause) { return inner }
            }
            return nil
        }
        return branch
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
    fileprivate mutating func add(_ other: WriteBranch) {
        filter = .conjunction([filter, other.filter])
        check = .conjunction([check, other.check])
        namesWritten = namesWritten || other.namesWritten
        forces += other.forces
        removed.formUnion(other.removed)
        missingForForce += other.missingForForce
    }
}
