// A residue in memory: what is known decides, what is not known or not repeatable leaves it undecided.
import Base
import Metadata
import Planning
import TestSupport
import Testing

@testable import Rules

struct ResidueEvaluatorTests {
    private static let own =
        #"{"rule": "match", "type": "number", "eval": "==", "f1": "args.row.author_id", "f2": "args.auth.id"}"#
    private static let published = #"{"rule": "where", "where": {"published": {"_eq": true}}}"#
    private static let liked = #"{"rule": "where", "where": {"title": {"_ilike": "a%"}}}"#
    private static let byAuthor =
        #"{"rule": "match", "type": "number", "eval": "==", "f1": "args.row.author.org_id", "f2": "args.auth.org"}"#
    private static let spam = #"{"rule": "where", "where": {"comments": {"spam": {"_eq": true}}}}"#
    private static let queried =
        #"{"rule": "query", "collection": "main.comments", "where": {"article_id": {"_eq": "args.row.id"}, "spam": {"_eq": true}}}"#
    private static let caller: TestCaller = #"{"id": 7, "org": 3}"#

    private static func not(_ rule: String) -> String { #"{"rule": "not", "clause": \#(rule)}"# }
    private static func and(_ rules: String...) -> String {
        #"{"rule": "and", "clauses": [\#(rules.joined(separator: ", "))]}"#
    }
    private static func or(_ rules: String...) -> String {
        #"{"rule": "or", "clauses": [\#(rules.joined(separator: ", "))]}"#
    }

    /// `yes`, `no` or `undecided`.
    private static func verdict(
        _ rule: String, _ row: [String: BoundValue], surroundings: (Catalog) -> RowSurroundings = { _ in .unknown }
    ) throws -> String {
        let bench = try RuleBench(read: rule)
        guard case .admitted(let residue) = bench.access(caller).read else { return "denied" }
        let evaluator = ResidueEvaluator(
            catalog: bench.catalog, surroundings: surroundings(bench.catalog),
            parameter: { parameter in
                switch parameter.origin {
                case .claim(let path):
                    claim(at: path, in: caller.caller.claims).flatMap {
                        RuleParameter.convert($0, to: parameter.target, isVariable: true)
                    }
                case .constant(let text):
                    RuleParameter.convert(JSONValue(test: text), to: parameter.target, isVariable: false)
                case .variable, .composed, .cursor, .claims, .now, .maskKey, .integer, .sealed, .written, .keys: nil
                }
            })
        switch evaluator.admits(Self.row("articles", row, bench.catalog), residue) {
        case true?: return "yes"
        case false?: return "no"
        case nil: return "undecided"
        }
    }

    private static func row(_ name: String, _ values: [String: BoundValue], _ catalog: Catalog) -> RowValues {
        guard let collection = catalog.collection(named: CollectionName(source: "main", collection: name)) else {
            preconditionFailure("no collection \(name)")
        }
        return RowValues(
            collection: collection.id,
            values: Dictionary(
                uniqueKeysWithValues: values.compactMap { name, value in
                    collection.fieldIndex(named: name).map { ($0, value) }
                }))
    }

    @Test(
        arguments: [
            (own, ["author_id": .integer(7)], "yes"), (own, ["author_id": .integer(8)], "no"),
            (own, ["author_id": .null], "no"), (own, [:], "undecided"), (not(own), ["author_id": .null], "no"),
            (not(own), [:], "undecided"),
            (and(own, published), ["author_id": .integer(8)], "no"),
            (and(own, published), ["author_id": .integer(7)], "undecided"),
            (and(own, published), ["author_id": .null], "no"),
            (or(own, published), ["author_id": .integer(7)], "yes"),
            (or(own, published), ["author_id": .integer(8)], "undecided"),
            (or(own, published), ["author_id": .integer(8), "published": .integer(0)], "no"),
            // What memory does not repeat stays open, and what stands beside it may close it.
            (liked, ["title": .text("abc")], "undecided"), (liked, ["title": .null], "no"),
            (and(liked, own), ["title": .text("abc"), "author_id": .integer(8)], "no"),
            (or(liked, own), ["title": .text("abc"), "author_id": .integer(7)], "yes"),
            (not(and(liked, own)), ["title": .text("abc"), "author_id": .integer(8)], "yes"),
        ] as [(String, [String: BoundValue], String)])
    func `what the row carries decides`(_ rule: String, _ row: [String: BoundValue], _ expected: String) throws {
        #expect(try Self.verdict(rule, row) == expected)
    }

    @Test(arguments: [byAuthor, spam, queried, not(queried)])
    func `other rows decide only where all of them are known`(_ rule: String) throws {
        let row: [String: BoundValue] = ["id": .integer(1), "author_id": .integer(7), "published": .integer(1)]
        #expect(try Self.verdict(rule, row) == "undecided")
        // One clause that memory knows may decide all the same.
        #expect(try Self.verdict(Self.or(rule, Self.published), row) == "yes")
    }

    @Test(
        arguments: [
            (byAuthor, [["org_id": .integer(3)]], "yes"), (byAuthor, [["org_id": .integer(4)]], "no"),
            (byAuthor, [], "no"), (not(byAuthor), [], "no"), (byAuthor, [[:]], "undecided"),
            // Which of two rows the database takes it does not say.
            (byAuthor, [["org_id": .integer(3)], ["org_id": .integer(3)]], "undecided"),
            (spam, [], "no"), (not(spam), [], "yes"), (spam, [["spam": .integer(0)], ["spam": .integer(1)]], "yes"),
            (spam, [["spam": .null]], "no"), (not(spam), [["spam": .null]], "yes"), (spam, [[:]], "undecided"),
            (spam, [[:], ["spam": .integer(1)]], "yes"),
            (queried, [["spam": .integer(1), "article_id": .integer(1)]], "yes"),
            (queried, [["spam": .integer(1), "article_id": .integer(2)]], "no"),
            (queried, [["spam": .integer(1)]], "undecided"), (queried, [["spam": .integer(0)]], "no"),
            (not(queried), [], "yes"),
        ] as [(String, [[String: BoundValue]], String)])
    func `known rows beside it decide`(_ rule: String, _ others: [[String: BoundValue]], _ expected: String) throws {
        let row: [String: BoundValue] = ["id": .integer(1), "author_id": .integer(7)]
        let verdict = try Self.verdict(rule, row) { catalog in
            let name = rule == Self.byAuthor || rule == Self.not(Self.byAuthor) ? "users" : "comments"
            let rows = others.map { Self.row(name, $0, catalog) }
            return RowSurroundings(related: { _, _ in rows }, all: { _ in rows })
        }
        #expect(verdict == expected)
    }

    // MARK: Residues of other rules

    private static let catalog: Catalog = {
        var notes = TestCatalog.table(
            "notes", "id Int, parent_id Int?, title String?, odd String?",
            references: [
                TestCatalog.reference("parent_id", "notes")
            ])
        notes.columns[3].isUntyped = true
        do {
            return try TestCatalog.build([notes])
        } catch {
            preconditionFailure("\(error)")
        }
    }()

    private static func stored(_ name: String) -> SecuredValue {
        guard let index = catalog.collections[0].fieldIndex(named: name) else {
            preconditionFailure("no field \(name)")
        }
        return .stored(FieldReference(collection: CollectionID(0), index: index))
    }
    private static func is7(_ value: SecuredValue) -> SecuredPredicate {
        .comparison(
            Comparison(value, .equal, .parameter(Parameter(origin: .integer(7), target: .value(.int)))))
    }
    private static let titled = SecuredPredicate.not(.isNull(stored("title")))
    private static let link = RelationshipReference(collection: CollectionID(0), index: 0)
    private static let guarded = RowSecurity(filter: .alwaysTrue, parentGuard: titled)

    /// Its truth for a row all of whose related rows are one whose `id` is 7.
    private static func truth(_ predicate: SecuredPredicate, _ row: [String: BoundValue]) -> Truth? {
        let related = Self.row("notes", ["id": .integer(7), "title": .null], catalog)
        return ResidueEvaluator(
            catalog: catalog, surroundings: RowSurroundings(related: { _, _ in [related] }, all: { _ in nil }),
            parameter: { _ in .integer(7) }
        ).truth(predicate, of: Self.row("notes", row, catalog))
    }

    @Test(
        arguments: [
            // A relationship is followed where its guard is true.
            (.related(link, guarded, is7(stored("id"))), ["title": .text("t")], .isTrue),
            (.related(link, guarded, is7(stored("id"))), ["title": .null], .isFalse),
            (.related(link, guarded, is7(stored("id"))), [:], nil),
            (.related(link, RowSecurity(filter: titled), is7(stored("id"))), [:], .isFalse),
            (is7(.related(link, guarded, stored("id"))), ["title": .text("t")], .isTrue),
            (is7(.related(link, guarded, stored("id"))), ["title": .null], .unknown),
            (is7(.related(link, guarded, stored("id"))), [:], nil),
            (is7(.related(link, RowSecurity(filter: titled), stored("id"))), [:], .unknown),
            // The first choice that is true.
            (choice, ["title": .text("t"), "id": .integer(7), "parent_id": .integer(8)], .isTrue),
            (choice, ["title": .null, "id": .integer(7), "parent_id": .integer(8)], .isFalse),
            (choice, ["title": .null, "id": .integer(8), "parent_id": .integer(7)], .isTrue),
            (choice, ["id": .integer(7), "parent_id": .integer(7)], nil),
            // A column without a type shows a number as the text of it.
            (.isNull(stored("odd")), ["odd": .null], .isTrue), (.isNull(stored("odd")), ["odd": .text("x")], .isFalse),
            (.isNull(stored("odd")), ["odd": .integer(7)], nil),
        ] as [(SecuredPredicate, [String: BoundValue], Truth?)])
    func `guards, choices and columns without a type are as the database has them`(
        _ predicate: SecuredPredicate, _ row: [String: BoundValue], _ expected: Truth?
    ) {
        #expect(Self.truth(predicate, row) == expected)
    }

    private static let choice = is7(
        .choice([.init(condition: titled, value: stored("id"))], otherwise: stored("parent_id")))
}
