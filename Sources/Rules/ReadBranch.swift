// A rule for reading in which actions stand: the ways in which a row, or a field of it, may be read, in the order written. For
// each row the first way whose condition is true is taken, and only its actions apply (rules of the API, section 4, "Actions").
internal import Planning

/// One way: when it is open, and what it does to what is shown.
struct ReadBranch: Sendable, Hashable {
    let condition: Condition
    var mask: CompiledMask?
    var removals: [CompiledRemoval] = []
    var decryptions: [CompiledDecryption] = []
}

/// `remove` over results: what it names shows null, or leads to no row.
struct CompiledRemoval: Sendable, Hashable {
    let fields: Set<Int>
    let relationships: Set<Int>
    /// When it applies; without one, always.
    let clause: Condition?

    /// Where what it names is kept. Only a clause that is false keeps it: where it is not decided that the removal does not
    /// apply, it does.
    func kept(_ residue: (Condition) -> SecuredPredicate) -> SecuredPredicate {
        guard let clause else { return .alwaysFalse }
        let kept = SecuredPredicate.negation(residue(clause))
        return kept.couldBeTrue ? kept : .alwaysFalse
    }
}

extension ReadBranch {
    /// On which rows an encrypted field is shown in clear: those of which the branch that is taken decrypts it.
    static func opened(
        _ branches: [ReadBranch], _ field: Int, _ residue: (Condition) -> SecuredPredicate
    ) -> SecuredPredicate {
        rows(
            of: ways(branches, residue) { branch in
                .disjunction(branch.decryptions.filter { $0.fields.contains(field) }.map { $0.applies(residue) })
            })
    }

    /// On which rows a field or relationship is kept.
    /// - Parameter names: whether a removal is about it.
    static func kept(
        _ branches: [ReadBranch], _ names: (CompiledRemoval) -> Bool, _ residue: (Condition) -> SecuredPredicate
    ) -> SecuredPredicate {
        let ways = ways(branches, residue) { branch in
            .conjunction(branch.removals.filter(names).map { $0.kept(residue) })
        }
        // Every row that is read has a way.
        return ways.allSatisfy { $0.holds == .alwaysTrue } ? .alwaysTrue : rows(of: ways)
    }

    /// The branches that some row may take, and what holds for the rows that do.
    private typealias Way = (condition: SecuredPredicate, holds: SecuredPredicate)

    private static func ways(
        _ branches: [ReadBranch], _ residue: (Condition) -> SecuredPredicate, _ holds: (ReadBranch) -> SecuredPredicate
    ) -> [Way] {
        var ways: [Way] = []
        for branch in branches {
            let condition = residue(branch.condition)
            guard condition.couldBeTrue else { continue }
            ways.append((condition, holds(branch)))
            if condition == .alwaysTrue { break }
        }
        return ways
    }

    /// The rows for which it holds on the way that they take, the first whose condition is true.
    private static func rows(of ways: [Way]) -> SecuredPredicate {
        ways.reversed().reduce(.alwaysFalse) { later, way in
            // Where it holds here, it matters not what a later way would do.
            if way.holds == .alwaysTrue { return .disjunction([way.condition, later]) }
            return .disjunction([
                .conjunction([way.condition, way.holds]),
                .conjunction([.negation(.isTrue(way.condition)), later]),
            ])
        }
    }
}
