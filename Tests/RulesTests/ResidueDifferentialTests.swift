// The residue of a rule in memory against the database's verdict, over random rules, rows and claims: memory may be unsure, and
// never says no where the database says yes, nor yes where it says no (rules of the API, sections 1.4 and 1.5).
import Base
import Foundation
import Gateway
import Metadata
import Planning
import TestSupport
import Testing

@testable import Rules

/// One project of random rules: each is the guard of a field of `f`, or the row rule of one of the tables `r…`, over the same
/// rows; so one statement tells the verdicts of all.
private struct RuleSample {
    static let guards = 36
    static let tables = 8
    static let rowsOfEach = 40
    static let neighbours = 12

    let database: TestDatabase
    let gateway: TestGateway
    private let catalog: Catalog
    private let rows: [String: [RowValues]]
    /// By rule: whether patterns may stand in it.
    private let hasPatterns: [Bool]

    init(seed: UInt64, in database: TestDatabase) async throws {
        self.database = database
        var generator = RuleGenerator(random: SeededRandom(seed: seed))
        let names = ["f", "p", "c"] + (0..<Self.tables).map { "r\($0)" }
        let rows = (0..<Self.rowsOfEach).map { _ in generator.row(in: database) }
        let neighbours = ["p", "c"].map { _ in (0..<Self.neighbours).map { _ in generator.row(in: database) } }
        let links = (0..<Self.rowsOfEach).map { _ in Int64.random(in: 1...18, using: &generator.random) }
        let content = { (name: String) in name == "p" ? neighbours[0] : name == "c" ? neighbours[1] : rows }
        let sql = names.map { Self.table($0, content($0), links, database) }.joined(separator: "\n")
        let collation =
            database == .postgres
            ? "create collation blind (provider = icu, locale = 'und-u-ks-level2', deterministic = false);\n" : ""
        let plain = try await TestGateway.make(
            sql: collation + sql, collections: "", source: Self.source, server: Self.server, in: database)
        let catalog = plain.project.catalog
        self.catalog = catalog
        var rules: [String] = []
        var hasPatterns: [Bool] = []
        while rules.count < Self.guards + Self.tables {
            generator.writesPatterns = rules.count % 4 == 3
            let rule = generator.rule()
            let document = #"{"collections": {"main.f": {"read": \#(rule)}}}"#
            guard RuleBench.errors(document, catalog: catalog).isEmpty else { continue }
            rules.append(rule)
            hasPatterns.append(generator.writesPatterns)
        }
        self.hasPatterns = hasPatterns
        let fields = rules.prefix(Self.guards).enumerated().map { #""m\#($0.offset)": {"read": \#($0.element)}"# }
        let tables = rules.dropFirst(Self.guards).enumerated().map {
            #", "main.r\#($0.offset)": {"read": \#($0.element)}"#
        }
        gateway = try await TestGateway.make(
            sql: collation + sql,
            collections:
                #""main.f": {"read": {"rule": "allow"}, "fields": {\#(fields.joined(separator: ", "))}}\#(tables.joined())"#,
            source: Self.source, server: Self.server, in: database)
        var known: [String: [RowValues]] = [:]
        for name in names {
            guard let collection = catalog.collection(named: CollectionName(source: "main", collection: name)) else {
                preconditionFailure("no collection \(name)")
            }
            known[name] = content(name).enumerated().map { number, values in
                var row: [Int: BoundValue] = [:]
                row[collection.fieldIndex(named: "id") ?? 0] = .integer(Int64(number + 1))
                row[collection.fieldIndex(named: "link") ?? 1] = .integer(links[number])
                for (column, value) in zip(SampleColumn.all, values) {
                    row[collection.fieldIndex(named: column.name) ?? 0] = value.stored
                }
                return RowValues(collection: collection.id, values: row)
            }
        }
        self.rows = known
    }

    private static let server = #""limits": { "cost": 1000000000, "rootFields": 20, "aliases": 200, "depth": 12 }"#

    private static let source: String = {
        let relationships =
            #"{"relationships": {"parent": {"object": "p", "on": {"link": "id"}}, "kids": {"array": "c", "on": {"id": "link"}}}}"#
        let names = ["f"] + (0..<tables).map { "r\($0)" }
        return
            #""track": "all", "collections": {\#(names.map { "\"\($0)\": \(relationships)" }.joined(separator: ", "))}"#
    }()

    private static func table(
        _ name: String, _ rows: [[SampleValue]], _ links: [Int64], _ database: TestDatabase
    ) -> String {
        let columns = SampleColumn.all.map { ", \($0.name) \($0.type(in: database))" }.joined()
        let marks = name == "f" ? (0..<guards).map { ", m\($0) int not null default 1" }.joined() : ""
        let names = SampleColumn.all.map { ", " + $0.name }.joined()
        let values = rows.enumerated().map { number, row in
            "(\(number + 1), \(links[number])" + row.map { ", " + $0.sql }.joined() + ")"
        }
        return "create table \(name) (id int primary key, link int\(columns)\(marks));\n"
            + "insert into \(name) (id, link\(names)) values \(values.joined(separator: ",\n"));"
    }

    // MARK: Verdicts

    struct Count {
        var triples = 0
        /// Of those whose rule has no patterns, and whose surroundings memory knows.
        var plain = 0
        var plainUndecided = 0
        var admitted = 0
        var wrong: [String] = []
    }

    /// - Parameter isComplete: whether memory knows all rows and values; otherwise it lacks some.
    func compare(_ caller: TestCaller, isComplete: Bool, _ random: inout SeededRandom, _ count: inout Count)
        async throws
    {
        let view = ShapeView(
            catalog: gateway.project.catalog, rules: gateway.project.rules,
            shape: gateway.project.rules.shape(of: caller.caller, now: TestGateway.now))
        var residues: [(name: String, residue: SecuredPredicate?)] = []
        let guarded = try collection("f")
        for number in 0..<Self.guards {
            let field = view.access(to: guarded.id).fields[try #require(guarded.fieldIndex(named: "m\(number)"))]
            residues.append(("m\(number)", field.visibility == .hidden ? nil : try Self.residue(field.value)))
        }
        for number in 0..<Self.tables {
            switch view.access(to: try collection("r\(number)").id).read {
            case .denied, .refused: residues.append(("r\(number)", nil))
            case .admitted(let residue): residues.append(("r\(number)", residue))
            }
        }
        let seen = residues.filter { $0.residue != nil }.map(\.name)
        let marks = seen.filter { $0.hasPrefix("m") }
        let lists = seen.filter { $0.hasPrefix("r") }.map { "\($0) { id }" }
        let text = await gateway.data(
            "{ f { id \(marks.joined(separator: " ")) } \(lists.joined(separator: " ")) }", as: caller)
        guard let answer = JSONValue(test: text).object, answer["errors"] == nil else {
            return count.wrong.append("\(database) \(caller): \(text.prefix(400))")
        }
        let evaluator = ResidueEvaluator(
            catalog: gateway.project.catalog, surroundings: isComplete ? surroundings : .unknown,
            parameter: { Self.bind($0, caller.caller.claims) })
        for (number, (name, residue)) in residues.enumerated() {
            let table = name.hasPrefix("m") ? "f" : name
            let yes = try residue == nil ? [] : Self.admitted(answer, name)
            for row in rows[table] ?? [] {
                guard case .integer(let id)? = row.values[try collection(table).fieldIndex(named: "id") ?? 0] else {
                    continue
                }
                let carried = isComplete ? row : row.without(random: &random)
                let verdict = residue.map { evaluator.admits(carried, $0) } ?? false
                count.triples += 1
                count.admitted += yes.contains(id) ? 1 : 0
                if isComplete, !hasPatterns[number] {
                    count.plain += 1
                    count.plainUndecided += verdict == nil ? 1 : 0
                }
                if let verdict, verdict != yes.contains(id) {
                    let residue = residue.map { RowPredicateText(catalog: catalog).text($0) } ?? "denied"
                    count.wrong.append(
                        "\(database) \(name): memory says \(verdict) of row \(id) \(row.values.sorted { $0.key < $1.key }.map(\.value)): \(residue) for \(caller)"
                    )
                }
            }
        }
    }

    private func collection(_ name: String) throws -> TrackedCollection {
        try #require(gateway.project.catalog.collection(named: CollectionName(source: "main", collection: name)))
    }

    /// What guards a field that shows its value or null.
    private static func residue(_ value: SecuredValue) throws -> SecuredPredicate {
        switch value {
        case .stored: return .alwaysTrue
        case .choice(let choices, .null) where choices.count == 1: return choices[0].condition
        case .choice, .null, .constant, .lastFour, .keyedHash, .related, .outer, .before, .part, .text, .aggregate,
            .ofGroup:
            Issue.record("no guard: \(value)")
            return .alwaysFalse
        }
    }

    private static func admitted(_ answer: JSONObject, _ name: String) throws -> Set<Int64> {
        let isMark = name.hasPrefix("m")
        let rows = try #require(answer[isMark ? "f" : name]?.array)
        return Set(
            rows.compactMap { row in
                guard let row = row.object, !isMark || row[name]?.isNull == false else { return nil }
                return row["id"]?.number?.int64
            })
    }

    private var surroundings: RowSurroundings {
        let (rows, catalog) = (rows, catalog)
        return RowSurroundings(
            related: { reference, row in
                let relationship = catalog.relationship(reference)
                let pair = relationship.pairs[0]
                return rows[catalog[relationship.target].name.collection]?.filter {
                    $0.values[pair.target] == row.values[pair.local]
                }
            },
            all: { rows[catalog[$0].name.collection] })
    }

    /// What a statement would be executed with.
    private static func bind(_ parameter: Parameter, _ claims: JSONObject?) -> BoundValue? {
        switch parameter.origin {
        case .claim(let path):
            return claim(at: path, in: claims).flatMap {
                RuleParameter.convert($0, to: parameter.target, isVariable: true)
            }
        case .constant(let text):
            let value = JSONValue(test: text)
            switch parameter.target {
            case .value(let kind): return try? ValueConversion.input(value, as: kind, at: "$")
            case .list(let kind): return try? ValueConversion.inputList(value, of: kind, at: "$")
            case .pattern, .count, .jsonPath, .bytes:
                return RuleParameter.convert(value, to: parameter.target, isVariable: false)
            }
        case .now:
            let text = TestGateway.now.description
            if case .value(.date) = parameter.target { return .text(String(text.prefix(10))) }
            return .text(text)
        case .variable, .composed, .cursor, .claims, .maskKey, .integer, .sealed, .written, .keys: return nil
        }
    }
}

extension RowValues {
    /// As a feed that does not carry everything brings it.
    fileprivate func without(random: inout SeededRandom) -> RowValues {
        var kept = values
        for field in values.keys.sorted() where random.chance(0.2) { kept[field] = nil }
        return RowValues(collection: collection, values: kept)
    }
}

/// How many triples of rule, row and claims for each database: some thousands here, 100,000 in `make soak`.
private let wanted = ProcessInfo.processInfo.environment["PERIGEE_TRIPLES"].flatMap { Int($0) } ?? 6000
private let seed = ProcessInfo.processInfo.environment["PERIGEE_TRIPLES_SEED"].flatMap { UInt64($0) } ?? 1

@Suite(.serialized)
struct ResidueDifferentialTests {
    private static func run(_ database: TestDatabase) async throws {
        var count = RuleSample.Count()
        var random = SeededRandom(seed: seed)
        while count.triples < wanted, count.wrong.count < 20 {
            let sample = try await RuleSample(seed: random.next(), in: database)
            var generator = RuleGenerator(random: SeededRandom(seed: random.next()))
            for number in 0..<6 {
                try await sample.compare(generator.caller(), isComplete: number != 5, &random, &count)
            }
        }
        #expect(count.wrong.isEmpty, "\(count.wrong.prefix(5).joined(separator: "\n"))")
        let share = Double(count.plainUndecided) / Double(max(1, count.plain))
        print(
            "residues over \(database): \(count.triples) triples, \(count.admitted) admitted, \(count.plainUndecided) of \(count.plain) undecided"
        )
        #expect(share <= 0.02, "\(share)")
        // Neither all nor none: a rule that decides nothing tests nothing.
        #expect(count.admitted > count.triples / 10 && count.admitted < count.triples / 2, "\(count.admitted)")
    }

    @Test(.timeLimit(.minutes(60)))
    func `memory never contradicts SQLite`() async throws { try await Self.run(.sqlite) }

    @Test(
        .enabled(if: PostgresCluster.isInstalled, Comment(rawValue: PostgresCluster.missing)), .timeLimit(.minutes(60)))
    func `memory never contradicts PostgreSQL`() async throws { try await Self.run(.postgres) }
}
