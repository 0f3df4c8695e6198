// Which predicates may be asked of rows that a rule hides: those in which nothing at all can raise an error (rules of the API,
// section 2). Whether a connector's operators are total is tested in TotalityTests.
import Metadata
import Planning
import TestSupport
import Testing

@testable import Rules

struct PredicateTotalityTests {
    private static let catalog: Catalog = {
        do {
            return try TestCatalog.build(
                [
                    TestCatalog.table("articles", "id Int, title String, views Int"),
                    TestCatalog.table("shown", "id Int, title String", key: [], kind: .view),
                ],
                source: #"""
                    "track": "all", "collections": { "articles": { "computedFields": {
                      "ratio": { "expression": "views / 0", "type": "Int" } } } }
                    """#)
        } catch {
            preconditionFailure("\(error)")
        }
    }()

    private static func field(_ name: String, of collection: String = "articles") -> SecuredValue {
        guard let collection = catalog.collection(named: CollectionName(source: "main", collection: collection)),
            let index = collection.fieldIndex(named: name)
        else { preconditionFailure("no field \(name)") }
        return .stored(collection.reference(index))
    }
    private static let key = Parameter(origin: .integer(1), target: .value(.int))
    private static let link = RelationshipReference(collection: CollectionID(0), index: 0)

    private static func compare(
        _ value: SecuredValue, _ comparison: ComparisonOperator = .equal, _ other: SecuredValue? = nil
    )
        -> SecuredPredicate
    {
        .comparison(Comparison(value, comparison, other.map { .value($0) } ?? .parameter(key)))
    }

    // A value and a predicate that raise nothing, and those that may.
    private static let calm = field("title")
    private static let wild = field("ratio")
    private static let quiet = compare(calm)
    private static let loud = compare(wild)
    private static let open = RowSecurity(filter: quiet, parentGuard: quiet)
    private static let loudFilter = RowSecurity(filter: loud, parentGuard: quiet)
    private static let loudGuard = RowSecurity(filter: quiet, parentGuard: loud)

    private static func isTotal(_ predicate: SecuredPredicate) -> Bool { Totality(catalog: catalog).isTotal(predicate) }

    @Test(
        arguments: [
            (.alwaysTrue, true), (quiet, true), (loud, false), (.all([quiet, quiet]), true),
            (.all([quiet, loud]), false),
            (.all([loud, quiet]), false), (.any([quiet, quiet]), true), (.any([quiet, loud]), false),
            (.not(quiet), true),
            (.not(loud), false), (.isTrue(loud), false), (.when(quiet, quiet), true), (.when(loud, quiet), false),
            (.when(quiet, loud), false), (.isNull(calm), true), (.isNull(wild), false),
            (.related(link, open, quiet), true), (.related(link, loudFilter, quiet), false),
            (.related(link, loudGuard, quiet), false), (.related(link, open, loud), false),
            (.exists(CollectionID(0), quiet), true), (.exists(CollectionID(0), loud), false),
        ] as [(SecuredPredicate, Bool)])
    func `a predicate is total if all its parts are`(_ predicate: SecuredPredicate, _ expected: Bool) {
        #expect(Self.isTotal(predicate) == expected)
    }

    @Test
    func `a comparison is total by its operator and both its sides`() {
        #expect(Self.isTotal(Self.compare(Self.calm, .less)))
        #expect(!Self.isTotal(Self.compare(Self.calm, .like)))
        #expect(Self.isTotal(Self.compare(Self.calm, .equal, Self.field("views"))))
        #expect(!Self.isTotal(Self.compare(Self.calm, .equal, Self.wild)))
        #expect(!Self.isTotal(Self.compare(Self.wild, .equal, Self.calm)))
        // What a view shows may be computed as well.
        #expect(!Self.isTotal(Self.compare(Self.field("title", of: "shown"))))
    }

    private static func aggregate(
        _ computation: RelatedAggregate<Secured>.Computation, _ security: RowSecurity = open,
        _ predicate: SecuredPredicate = quiet
    ) -> RelatedAggregate<Secured> {
        RelatedAggregate(computation: computation, security: security, predicate: predicate)
    }

    @Test(
        arguments: [
            (.null(.int), true), (.constant(key), true), (.text(of: calm), false), (.lastFour(calm), true),
            (.lastFour(wild), false),
            (.keyedHash(calm, key: key), true), (.keyedHash(wild, key: key), false), (.outer(calm), true),
            (.outer(wild), false),
            (.part(calm, path: key), true), (.part(wild, path: key), false), (.related(link, open, calm), true),
            (.related(link, loudFilter, calm), false), (.related(link, loudGuard, calm), false),
            (.related(link, open, wild), false),
            (.choice([.init(condition: quiet, value: calm)], otherwise: calm), true),
            (.choice([.init(condition: quiet, value: calm)], otherwise: wild), false),
            (.choice([.init(condition: loud, value: calm)], otherwise: calm), false),
            (.choice([.init(condition: quiet, value: wild)], otherwise: calm), false),
            (
                .choice(
                    [.init(condition: quiet, value: calm), .init(condition: quiet, value: wild)], otherwise: calm),
                false
            ),
            (.aggregate(link, aggregate(.count(columns: [], distinct: false))), true),
            (.aggregate(link, aggregate(.count(columns: [calm, wild], distinct: true))), false),
            (.aggregate(link, aggregate(.function(.maximum, calm))), true),
            (.ofGroup(aggregate(.function(.maximum, wild))), false),
            // A sum of integers may leave their range.
            (.ofGroup(aggregate(.function(.sum, calm))), false), (.aggregate(link, aggregate(.every(calm))), true),
            (.aggregate(link, aggregate(.some(wild))), false),
            (.aggregate(link, aggregate(.every(calm), loudFilter)), false),
            (.aggregate(link, aggregate(.every(calm), loudGuard)), false),
            (.aggregate(link, aggregate(.every(calm), open, loud)), false),
        ] as [(SecuredValue, Bool)])
    func `a value is total if everything that makes it is`(_ value: SecuredValue, _ expected: Bool) {
        #expect(Self.isTotal(.isNull(value)) == expected)
        #expect(Self.isTotal(Self.compare(value)) == expected)
        #expect(!Self.isTotal(Self.compare(value, .like)))
    }
}
