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
        var ways: [(condition: SecuredPredicate, opened: SecuredPredicate)] = []
        for branch in branches {
            let condition = residue(branch.condition)
            guard condition.couldBeTrue else { continue }
            // Where it is not decided that it applies, it does not.
            let opened = SecuredPredicate.disjunction(
                branch.decryptions.filter { $0.fields.contains(field) }.map { decryption in
                    let applies = decryption.clause.map { residue($0) } ?? .alwaysTrue
                    return applies.couldBeTrue ? applies : .alwaysFalse
                })
            ways.append((condition, opened))
            if condition == .alwaysTrue { break }
        }
        if !ways.contains(where: { $0.opened.couldBeTrue }) { return .alwaysFalse }
        return ways.reversed().reduce(.alwaysFalse) { later, way in
            let here = SecuredPredicate.conjunction([way.condition, way.opened])
            if later == .alwaysFalse { return here }
            return .disjunction([here, .conjunction([.negation(.isTrue(way.condition)), later])])
        }
    }

    /// On which rows a field or relationship is kept.
    /// - Parameter names: whether a removal is about it.
    static func kept(
        _ branches: [ReadBranch], _ names: (CompiledRemoval) -> Bool, _ residue: (Condition) -> SecuredPredicate
    ) -> SecuredPredicate {
        var ways: [(condition: SecuredPredicate, kept: SecuredPredicate)] = []
        for branch in branches {
            let condition = residue(branch.condition)
            guard condition.couldBeTrue else { continue }
            let kept = SecuredPredicate.conjunction(branch.removals.filter(names).map { $0.kept(residue) })
            ways.append((condition, kept))
            if condition == .alwaysTrue { break }
        }
        // Every row that is read has a way.
        if ways.allSatisfy({ $0.kept == .alwaysTrue }) { return .alwaysTrue }
        if !ways.contains(where: { $0.kept.couldBeTrue }) { return .alwaysFalse }
        return ways.reversed().reduce(.alwaysFalse) { later, way in
            let here = SecuredPredicate.conjunction([way.condition, way.kept])
            // Kept here, it matters not what a later way would do.
            if way.kept == .alwaysTrue || later == .alwaysFalse { return .disjunction([here, later]) }
            return .disjunction([here, .conjunction([.negation(.isTrue(way.condition)), later])])
        }
    }
}
