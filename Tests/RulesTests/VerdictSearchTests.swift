// Which verdict a rule waits for: the first, in written order, on which it depends what the rule comes to; none where it is decided
// without (rules of the API, section 4, `webhook`).
import Metadata
import Planning
import Testing

@testable import Rules

struct VerdictSearchTests {
    /// Two facts that somebody must be asked about, and one of each truth.
    private static let search = VerdictSearch(
        truths: [.isTrue, .isTrue, .isTrue, .isFalse, .unknown], undecided: [0, 1])
    private static let first = Condition.fact(0)
    private static let second = Condition.fact(1)
    private static let yes = Condition.fact(2)
    private static let no = Condition.fact(3)
    private static let missing = Condition.fact(4)
    /// Rows decide, if the claims of these facts can be used.
    private static func rows(_ facts: Int...) -> Condition {
        .residue(
            .isNull(.null(.string)), needs: facts.map { .init(fact: $0, claim: "x", isNamedByWhere: false) })
    }
    private static let link = RelationshipReference(collection: CollectionID(0), index: 0)

    // MARK: Conditions

    @Test(
        arguments: [
            (yes, .yes, .no), (no, .no, .yes), (missing, .no, .no), (first, .open(0), .open(0)),
            (.constant(.isTrue), .yes, .no), (.constant(.isFalse), .no, .yes), (.constant(.unknown), .no, .no),
            (rows(), .open(nil), .open(nil)), (rows(2), .open(nil), .open(nil)), (rows(2, 4), .no, .no),
            (rows(4, 2), .no, .no),
            (.not(yes), .no, .yes), (.not(first), .open(0), .open(0)), (.not(rows(4)), .no, .no),
            (.all([yes, yes]), .yes, .no), (.all([yes, no]), .no, .yes), (.all([yes, missing]), .no, .no),
            (.all([first, yes]), .open(0), .open(0)), (.all([first, no]), .no, .yes), (.all([no, first]), .no, .yes),
            (.all([second, first]), .open(1), .open(1)), (.all([rows(), first]), .open(0), .open(0)),
            (.all([rows(), yes]), .open(nil), .open(nil)), (.all([first, missing]), .no, .open(0)),
            (.any([no, no]), .no, .yes), (.any([no, yes]), .yes, .no), (.any([no, missing]), .no, .no),
            (.any([first, no]), .open(0), .open(0)), (.any([first, yes]), .yes, .no), (.any([yes, first]), .yes, .no),
            (.any([second, first]), .open(1), .open(1)), (.any([rows(), first]), .open(0), .open(0)),
            (.any([rows(), no]), .open(nil), .open(nil)), (.any([first, missing]), .open(0), .no),
            (.all([.any([first, yes]), second]), .open(1), .open(1)),
            (.related(link, rows()), .open(nil), .open(nil)), (.related(link, rows(4)), .no, .open(nil)),
            (.query(CollectionID(0), rows(2)), .open(nil), .open(nil)),
            (.query(CollectionID(0), .any([])), .no, .open(nil)),
        ] as [(Condition, VerdictFinding, VerdictFinding)])
    func `a condition is true, or false, or waits for the first verdict that matters`(
        _ condition: Condition, _ whetherTrue: VerdictFinding, _ whetherFalse: VerdictFinding
    ) {
        #expect(Self.search.finding(condition) == whetherTrue)
        #expect(Self.search.finding(condition, wanted: false) == whetherFalse)
    }

    // MARK: Rules for reading

    private static func branch(
        _ condition: Condition, clear: Condition? = nil, removedIf: Condition? = nil, openedIf: Condition? = nil
    ) -> ReadBranch {
        ReadBranch(
            condition: condition, mask: clear.map { CompiledMask(masked: .null(.string), clear: $0) },
            removals: removedIf.map { [CompiledRemoval(fields: [1], relationships: [], clause: $0)] } ?? [],
            decryptions: openedIf.map { [CompiledDecryption(fields: [1], clause: $0)] } ?? [])
    }

    @Test(
        arguments: [
            ([branch(yes)], nil), ([branch(rows())], nil), ([], nil), ([branch(first)], 0),
            ([branch(no), branch(second)], 1),
            ([branch(second), branch(first)], 1),
            // Behind a way that is always taken nothing matters.
            ([branch(yes), branch(first)], nil), ([branch(rows()), branch(first)], 0),
            ([branch(no, clear: first)], nil),
            ([branch(yes, clear: first)], 0), ([branch(yes, clear: no)], nil), ([branch(rows(), clear: first)], 0),
            ([branch(yes, removedIf: first)], 0), ([branch(yes, removedIf: .all([first, no]))], nil),
            ([branch(yes, removedIf: .all([first, missing]))], 0), ([branch(yes, openedIf: first)], 0),
            ([branch(yes, openedIf: .all([first, missing]))], nil),
            ([branch(yes, clear: second, removedIf: first)], 1), ([branch(yes, removedIf: second, openedIf: first)], 1),
        ] as [([ReadBranch], Int?)])
    func `what a field shows waits for what its ways ask, in their order`(_ branches: [ReadBranch], _ question: Int?) {
        #expect(Self.search.question(branches) == question)
    }

    @Test
    func `a removal matters to what it names`() {
        let branches = [Self.branch(Self.yes, removedIf: Self.first)]
        #expect(Self.search.question(branches) { $0.fields.contains(1) } == 0)
        #expect(Self.search.question(branches) { $0.fields.contains(2) } == nil)
    }

    @Test(
        arguments: [
            ([], false), ([branch(no)], false), ([branch(missing), branch(no)], false),
            ([branch(no), branch(yes)], true),
            ([branch(no), branch(rows())], true), ([branch(first), branch(no)], true),
        ] as [([ReadBranch], Bool)])
    func `something is shown if some way may be taken`(_ branches: [ReadBranch], _ expected: Bool) {
        #expect(Self.search.couldShow(branches) == expected)
    }

    // MARK: Rules for writing

    private static func force(if clause: Condition?) -> WriteRule {
        .force(CompiledForce(field: 1, source: .null, clause: clause))
    }
    private static func remove(if clause: Condition?) -> WriteRule {
        .remove(CompiledRemove(fields: [1], clause: clause))
    }

    @Test(
        arguments: [
            (.stored(first), .open(0)), (.written(first), .open(0)), (.stored(rows()), .open(nil)), (.written(no), .no),
            (.all([.stored(yes), .written(first)]), .open(0)), (.all([.stored(first), .written(no)]), .no),
            (.all([.stored(yes), .stored(yes)]), .yes), (.all([]), .yes),
            // An action admits nothing and refuses nothing, but its clause must be known.
            (force(if: nil), .yes), (force(if: no), .yes), (force(if: first), .open(0)), (remove(if: nil), .yes),
            (remove(if: .all([first, missing])), .open(0)), (remove(if: yes), .yes),
            (.all([.stored(yes), force(if: second), remove(if: first)]), .open(1)),
            // Of a choice each clause is settled before the next is looked at.
            (.firstOf([.stored(no), .stored(first)]), .open(0)), (.firstOf([.stored(second), .stored(yes)]), .open(1)),
            (.firstOf([.stored(yes), .stored(first)]), .yes), (.firstOf([.stored(no), .stored(missing)]), .no),
            (.firstOf([.stored(rows()), .stored(first)]), .open(nil)),
        ] as [(WriteRule, VerdictFinding)])
    func `a write waits for what decides it, and for what acts on it`(_ rule: WriteRule, _ expected: VerdictFinding) {
        #expect(Self.search.finding(rule) == expected)
    }

    // MARK: Facts

    @Test
    func `the facts of a rule are those of all its parts`() {
        let condition = Condition.all([
            Self.first, .not(Self.second),
            .any([.related(Self.link, Self.rows(2)), .query(CollectionID(0), Self.rows(3))]),
            .constant(.isTrue),
        ])
        #expect(condition.facts == [0, 1, 2, 3])
        #expect(
            Self.branch(Self.first, clear: Self.second, removedIf: Self.yes, openedIf: Self.no).facts == [0, 1, 2, 3])
        let rule = WriteRule.firstOf([
            .all([.stored(Self.first), .written(Self.second)]), Self.force(if: Self.yes), Self.remove(if: Self.no),
            Self.force(if: nil), Self.remove(if: nil),
        ])
        #expect(rule.facts == [0, 1, 2, 3])
    }
}
