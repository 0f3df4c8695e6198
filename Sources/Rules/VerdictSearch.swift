// Which verdict a rule waits for. A webhook is asked only if everything that is known without it leaves it decisive (rules of
// the API, section 4), so conditions are searched before they are evaluated: for the first question, in written order, on
// whose answer it depends whether the condition is true (or, under `not`, false).
internal import Planning

/// What a condition comes to, as far as it matters to whoever asks.
enum VerdictFinding: Hashable {
    /// It has the truth that is looked for, whatever rows and verdicts are.
    case yes
    /// It cannot have it.
    case no
    /// Rows decide, or a verdict: the fact to ask about first, `nil` when rows alone do.
    case open(Int?)

    var question: Int? {
        if case .open(let fact) = self { return fact }
        return nil
    }

    /// All must be so.
    static func all(_ parts: [VerdictFinding]) -> VerdictFinding {
        if parts.contains(.no) { return .no }
        if parts.allSatisfy({ $0 == .yes }) { return .yes }
        return .open(parts.lazy.compactMap(\.question).first)
    }

    /// One must be so.
    static func any(_ parts: [VerdictFinding]) -> VerdictFinding {
        if parts.contains(.yes) { return .yes }
        if parts.allSatisfy({ $0 == .no }) { return .no }
        return .open(parts.lazy.compactMap(\.question).first)
    }
}

struct VerdictSearch {
    let truths: [Truth]
    /// Facts whose verdict is not known.
    let undecided: Set<Int>

    /// - Parameter wanted: whether it matters that the condition is true, or that it is false. Conjunction and disjunction are
    ///   true by the truth of their parts alone, and false by their falsehood, so that unknown need not be told apart.
    func finding(_ condition: Condition, wanted: Bool = true) -> VerdictFinding {
        switch condition {
        case .constant(let truth): return Self.known(truth, wanted)
        case .fact(let index): return undecided.contains(index) ? .open(index) : Self.known(truths[index], wanted)
        case .residue(_, let needs): return needs.allSatisfy { truths[$0.fact] == .isTrue } ? .open(nil) : .no
        case .not(let inner): return finding(inner, wanted: !wanted)
        case .all(let parts):
            let found = parts.map { finding($0, wanted: wanted) }
            return wanted ? .all(found) : .any(found)
        case .any(let parts):
            let found = parts.map { finding($0, wanted: wanted) }
            return wanted ? .any(found) : .all(found)
        // Only the filters of rules stand inside: they ask nobody.
        case .related(_, let inner), .query(_, let inner):
            return wanted && finding(inner) == .no ? .no : .open(nil)
        }
    }

    private static func known(_ truth: Truth, _ wanted: Bool) -> VerdictFinding {
        truth == (wanted ? .isTrue : .isFalse) ? .yes : .no
    }

    // MARK: Rules for reading

    /// The first question about what one field, or relationship, shows.
    /// - Parameter names: whether a removal is about it.
    func question(_ branches: [ReadBranch], _ names: (CompiledRemoval) -> Bool = { _ in true }) -> Int? {
        for branch in branches {
            let taken = finding(branch.condition)
            if taken == .no { continue }
            if let question = taken.question { return question }
            if let clear = branch.mask?.clear, let question = finding(clear).question { return question }
            for removal in branch.removals where names(removal) {
                if let clause = removal.clause, let question = finding(clause, wanted: false).question {
                    return question
                }
            }
            for decryption in branch.decryptions {
                if let clause = decryption.clause, let question = finding(clause).question { return question }
            }
            if taken == .yes { return nil }
        }
        return nil
    }

    /// Whether anything is shown, as far as conditions tell.
    func couldShow(_ branches: [ReadBranch]) -> Bool {
        branches.contains { finding($0.condition) != .no }
    }

    // MARK: Rules for writing

    func finding(_ rule: WriteRule) -> VerdictFinding {
        switch rule {
        case .stored(let condition), .written(let condition): return finding(condition)
        case .force(let force): return clause(force.clause)
        case .remove(let remove): return clause(remove.clause)
        case .all(let parts): return .all(parts.map { finding($0) })
        case .firstOf(let clauses):
            // The first clause that the request lets be true is taken, so each is settled before the next is looked at.
            for clause in clauses {
                let found = finding(clause)
                if found != .no { return found }
            }
            return .no
        }
    }

    /// The clause of an action, which is taken or not and admits nothing.
    private func clause(_ condition: Condition?) -> VerdictFinding {
        guard let condition else { return .yes }
        guard let question = finding(condition).question ?? finding(condition, wanted: false).question else {
            return .yes
        }
        return .open(question)
    }
}

extension Condition {
    /// The facts that it looks at.
    var facts: Set<Int> {
        switch self {
        case .constant: []
        case .fact(let index): [index]
        case .residue(_, let needs): Set(needs.map(\.fact))
        case .all(let parts), .any(let parts): parts.reduce(into: []) { $0.formUnion($1.facts) }
        case .not(let inner), .related(_, let inner), .query(_, let inner): inner.facts
        }
    }
}

extension ReadBranch {
    var facts: Set<Int> {
        removals.reduce(into: condition.facts.union(mask?.clear?.facts ?? [])) {
            $0.formUnion($1.clause?.facts ?? [])
        }.union(decryptions.flatMap { $0.clause?.facts ?? [] })
    }
}

extension WriteRule {
    var facts: Set<Int> {
        switch self {
        case .stored(let condition), .written(let condition): condition.facts
        case .force(let force): force.clause?.facts ?? []
        case .remove(let remove): remove.clause?.facts ?? []
        case .all(let parts), .firstOf(let parts): parts.reduce(into: []) { $0.formUnion($1.facts) }
        }
    }
}
