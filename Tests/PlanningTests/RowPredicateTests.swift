// Predicates fold their constants by SQL's tables, and what they claim of themselves holds for every row.
import Metadata
import Testing

@testable import Planning

struct RowPredicateTests {
    typealias Tested = RowPredicate<Requested>

    private static let truths: [Truth] = [.isFalse, .unknown, .isTrue]
    private static let leaf = Tested.isNull(.field(FieldReference(collection: CollectionID(0), index: 0)))
    private static let other = Tested.isNull(.field(FieldReference(collection: CollectionID(0), index: 1)))

    /// The predicate's truth for a row in which the two leaves have these truths.
    private static func truth(_ predicate: Tested, _ first: Truth, _ second: Truth) -> Truth {
        switch predicate {
        case .constant(let truth): return truth
        case .all(let parts): return parts.reduce(.isTrue) { $0 && truth($1, first, second) }
        case .any(let parts): return parts.reduce(.isFalse) { $0 || truth($1, first, second) }
        case .not(let inner): return !truth(inner, first, second)
        case .isTrue(let inner): return Truth(truth(inner, first, second) == .isTrue)
        case .when(let guardian, let inner):
            return truth(guardian, first, second) == .isTrue ? truth(inner, first, second) : .unknown
        case .isNull: return predicate == leaf ? first : second
        case .comparison, .related, .exists: preconditionFailure("not among the leaves here")
        }
    }

    private static let leaves: [Tested] =
        truths.map { .constant($0) } + [leaf, other, .not(leaf), .all([leaf, other]), .any([leaf, other])]

    @Test
    func `folding keeps the meaning of every combination`() {
        for first in Self.leaves {
            for second in Self.leaves {
                for third in Self.leaves {
                    let parts = [first, second, third]
                    let pairs: [(Tested, Tested)] = [
                        (.conjunction(parts), .all(parts)), (.disjunction(parts), .any(parts)),
                        (.negation(.conjunction(parts)), .not(.all(parts))),
                        (.negation(.disjunction(parts)), .not(.any(parts))),
                        (
                            .conjunction([.disjunction([first, second]), third]), .all([.any([first, second]), third])
                        ),
                    ]
                    for (folded, plain) in pairs {
                        for left in Self.truths {
                            for right in Self.truths {
                                #expect(Self.truth(folded, left, right) == Self.truth(plain, left, right))
                            }
                        }
                    }
                }
            }
        }
    }

    @Test
    func `a predicate that says it could not be true never is`() {
        var checked = 0
        for first in Self.leaves {
            for second in Self.leaves {
                let predicates: [Tested] = [
                    .conjunction([first, second]), .disjunction([first, second]), .when(first, second),
                    .isTrue(.conjunction([first, second])),
                    .negation(first),
                ]
                for predicate in predicates where !predicate.couldBeTrue {
                    checked += 1
                    for left in Self.truths {
                        for right in Self.truths { #expect(Self.truth(predicate, left, right) != .isTrue) }
                    }
                }
            }
        }
        #expect(checked > 20)
    }

    @Test(
        arguments: [
            (Tested.conjunction([]), Tested.alwaysTrue), (.disjunction([]), .alwaysFalse), (.conjunction([leaf]), leaf),
            (.disjunction([leaf]), leaf),
            (.conjunction([.alwaysTrue, leaf]), leaf), (.conjunction([leaf, .alwaysFalse]), .alwaysFalse),
            (.disjunction([leaf, .alwaysTrue]), .alwaysTrue),
            (.disjunction([.alwaysFalse, leaf]), leaf),
            (.conjunction([leaf, .constant(.unknown)]), .all([leaf, .constant(.unknown)])),
            (.disjunction([leaf, .constant(.unknown)]), .any([leaf, .constant(.unknown)])),
            (.negation(.negation(leaf)), leaf),
            (.negation(.constant(.unknown)), .constant(.unknown)),
            (.conjunction([.conjunction([leaf, other]), leaf]), .all([leaf, other, leaf])),
            (.conjunction([.disjunction([leaf, other]), leaf]), .all([.any([leaf, other]), leaf])),
        ] as [(Tested, Tested)])
    func `constants vanish and nests flatten`(_ folded: Tested, _ expected: Tested) {
        #expect(folded == expected)
    }

    @Test(
        arguments: [
            (Tested.alwaysTrue, true), (.alwaysFalse, false), (.constant(.unknown), false), (leaf, nil),
            (.all([leaf, .constant(.unknown)]), false),
            (.any([leaf, .constant(.unknown)]), nil), (.isTrue(.constant(.unknown)), false),
        ] as [(Tested, Bool?)])
    func `a decision is known where no row matters`(_ predicate: Tested, _ decision: Bool?) {
        #expect(predicate.decision == decision)
    }

    @Test
    func `the tables are SQL's`() {
        let and: [[Truth]] = [
            [.isFalse, .isFalse, .isFalse], [.isFalse, .unknown, .unknown], [.isFalse, .unknown, .isTrue],
        ]
        let or: [[Truth]] = [
            [.isFalse, .unknown, .isTrue], [.unknown, .unknown, .isTrue], [.isTrue, .isTrue, .isTrue],
        ]
        for (row, left) in Self.truths.enumerated() {
            for (column, right) in Self.truths.enumerated() {
                #expect((left && right) == and[row][column])
                #expect((left || right) == or[row][column])
            }
        }
        #expect(Self.truths.map { !$0 } == [.isTrue, .unknown, .isFalse])
    }
}
