// Live queries against plain ones: whatever is subscribed to and whatever is written, after each mutation the last result of
// every live query is what the plain query answers now, and no result comes twice in a row. What is missed by the regions that
// plans and writes name shows here as a result that stays behind. `PERIGEE_LIVE_WORLDS` sets how many worlds are tried.
import Base
import Foundation
import Gateway
import TestSupport
import Testing

@Suite(.serialized)
struct LiveDifferentialTests {
    private static let worlds = ProcessInfo.processInfo.environment["PERIGEE_LIVE_WORLDS"].flatMap { Int($0) } ?? 2
    private static let subscriptions = 24
    private static let mutations = 30

    private static let sql = """
        CREATE TABLE teams (id INTEGER PRIMARY KEY, name TEXT, owner TEXT, boss_id INTEGER REFERENCES teams ON DELETE SET NULL);
        CREATE TABLE people (
          id INTEGER PRIMARY KEY, team_id INTEGER REFERENCES teams ON DELETE CASCADE ON UPDATE CASCADE, name TEXT,
          owner TEXT, points INTEGER, weight DOUBLE PRECISION, doubled INTEGER GENERATED ALWAYS AS (points * 2) STORED);
        CREATE TABLE badges (
          id INTEGER PRIMARY KEY, person_id INTEGER REFERENCES people ON DELETE SET NULL ON UPDATE CASCADE, label TEXT,
          level INTEGER);
        CREATE TABLE keys (holder INTEGER REFERENCES people ON DELETE CASCADE ON UPDATE CASCADE, door TEXT);
        CREATE TABLE log (id INTEGER PRIMARY KEY, line TEXT);
        CREATE TABLE audited (id INTEGER PRIMARY KEY, value TEXT);
        CREATE VIEW strong AS SELECT id, name, points FROM people WHERE points > 4;
        INSERT INTO teams VALUES (1, 'red', 'a', null), (2, 'blue', 'b', 1), (3, 'pink', 'a', 2);
        INSERT INTO people (id, team_id, name, owner, points, weight)
          VALUES (1, 1, 'ann', 'a', 3, 0.1), (2, 1, 'bob', 'b', 5, 0.2), (3, 2, 'cy', 'a', 7, 0.3), (4, null, 'dee', 'b', 1, 0.4);
        INSERT INTO badges VALUES (1, 1, 'gold', 1), (2, 2, 'tin', 2), (3, 3, 'gold', 3);
        INSERT INTO keys VALUES (1, 'x'), (2, 'y'), (2, 'x');
        INSERT INTO audited VALUES (1, 'v');
        """
    private static let triggers = [
        TestDatabase.sqlite: """
        CREATE TRIGGER noted AFTER UPDATE ON audited BEGIN INSERT INTO log (line) VALUES (new.value); END;
        """,
        .postgres: """
        CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
          INSERT INTO log SELECT coalesce(max(id), 0) + 1, new.value FROM log; RETURN null; END $$;
        CREATE TRIGGER noted AFTER UPDATE ON audited FOR EACH ROW EXECUTE FUNCTION note();
        """,
    ]

    private static let collections: String = {
        let writes = #""create": { "rule": "allow" }, "update": { "rule": "allow" }, "delete": { "rule": "allow" }"#
        let cascades = #""cascades": ["main.teams", "main.people", "main.badges", "main.keys"]"#
        let mine = { (path: String) in
            #"{ "rule": "match", "type": "string", "eval": "==", "f1": "args.row.\#(path)", "f2": "args.auth.id" }"#
        }
        return #"""
            "main.teams": { "read": { "rule": "allow" }, \#(writes), \#(cascades),
              "fields": { "name": { "read": { "rule": "or", "clauses": [ \#(mine("boss.owner")), { "rule": "authenticated" } ] } },
                          "owner": { "read": { "rule": "mask", "with": "last4", "clause": \#(mine("owner")) } } } },
            "main.people": { \#(writes), \#(cascades),
              "read": { "rule": "or", "clauses": [
                \#(mine("owner")), \#(mine("team.owner")),
                { "rule": "query", "collection": "main.keys", "where": { "holder": { "_eq": "args.row.id" }, "door": { "_eq": "args.auth.door" } } },
                { "rule": "match", "type": "string", "eval": "==", "f1": "args.auth.role", "f2": "all" } ] },
              "fields": { "points": { "read": { "rule": "or", "clauses": [
                { "rule": "where", "where": { "badges": { "label": { "_eq": "gold" } } } }, \#(mine("owner")) ] } } } },
            "main.badges": { "read": { "rule": "where", "where": { "_or": [ { "level": { "_lt": 3 } }, { "person": { "points": { "_gt": 4 } } } ] } }, \#(writes) },
            "main.keys": { "read": { "rule": "allow" }, \#(writes) },
            "main.log": { "read": { "rule": "allow" } },
            "main.audited": { "read": { "rule": "allow" }, \#(writes) },
            "main.strong": { "read": { "rule": "allow" } }
            """#
    }()

    private static let callers: [TestCaller] = [
        #"{"id": "a", "door": "x"}"#, #"{"id": "b", "door": "y"}"#, #"{"id": "a", "door": "y", "role": "all"}"#,
        .anonymous, .admin,
    ]

    @Test(arguments: [TestDatabase.sqlite, .postgres])
    func `the last result is what a plain query answers`(_ database: TestDatabase) async throws {
        var altered = 0
        for world in 0..<Self.worlds {
            altered += try await Self.run(seed: UInt64(world), on: database)
        }
        // Comparing what never changes would show nothing.
        #expect(altered > Self.worlds * 10)
    }

    /// - Returns: how many results came after the first ones.
    private static func run(seed: UInt64, on database: TestDatabase) async throws -> Int {
        let gateway = try await TestGateway.make(
            sql: sql + (triggers[database] ?? ""), collections: collections, in: database)
        let served = ServedProject(gateway.project)
        var generator = LiveGenerator(seed: seed)
        var followed: [(query: String, caller: TestCaller, subscriber: Subscriber)] = []
        while followed.count < subscriptions {
            let (query, caller) = (generator.query(), generator.one(of: callers))
            // What this caller may not ask, or what the database refuses now, is no subscription either.
            if await gateway.data("{ \(query) }", on: served, as: caller).contains(#""errors""#) { continue }
            try await followed.append((query, caller, Subscriber("subscription { \(query) }", as: caller, on: served)))
        }
        for step in 0..<mutations {
            if step > 0 {
                _ = await gateway.data(
                    "mutation { \(generator.mutation()) }", on: served, as: generator.one(of: callers))
            }
            for (query, caller, subscriber) in followed {
                let plain = await gateway.answer(GraphQLRequest(query: Array("{ \(query) }".utf8)), as: caller.caller)
                let last = await subscriber.last { $0 == plain }
                guard last == plain else {
                    Issue.record(
                        "seed \(seed), step \(step), as \(caller): \(query)\nlive  \(last ?? "nothing")\nplain \(plain)"
                    )
                    return 0
                }
            }
        }
        var altered = 0
        for (query, _, subscriber) in followed {
            let told = subscriber.all
            altered += told.count - 1
            for (one, next) in zip(told, told.dropFirst()) { #expect(one != next, "\(query)") }
            await subscriber.cancel()
        }
        return altered
    }
}

/// Random queries and mutations over the tables of the suite.
private struct LiveGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 &+ 0xD1B5_4A32_D192_ED03 }

    private mutating func number(_ bound: Int) -> Int {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return Int((state >> 33) % UInt64(bound))
    }

    mutating func one<Value>(of values: [Value]) -> Value { values[number(values.count)] }

    private struct Table {
        let columns: [(name: String, isText: Bool)]
        var objects: [String: String] = [:]
        var arrays: [String: String] = [:]
    }

    private static let tables: [String: Table] = [
        "teams": Table(
            columns: [("id", false), ("name", true), ("owner", true), ("boss_id", false)], objects: ["boss": "teams"],
            arrays: ["people": "people", "teams": "teams"]),
        "people": Table(
            columns: [
                ("id", false), ("team_id", false), ("name", true), ("owner", true), ("points", false),
                ("doubled", false),
            ],
            objects: ["team": "teams"], arrays: ["badges": "badges", "keys": "keys"]),
        "badges": Table(
            columns: [("id", false), ("person_id", false), ("label", true), ("level", false)],
            objects: ["person": "people"]),
        "keys": Table(columns: [("holder", false), ("door", true)], objects: ["people": "people"]),
        "log": Table(columns: [("id", false), ("line", true)]),
        "audited": Table(columns: [("id", false), ("value", true)]),
        "strong": Table(columns: [("id", false), ("name", true), ("points", false)]),
    ]
    private static let words = ["a", "b", "red", "gold", "tin", "ann", "x", "y", "v"]

    private mutating func value(_ isText: Bool) -> String {
        isText ? "\"\(one(of: Self.words))\"" : "\(number(8))"
    }

    private func table(_ name: String) -> Table { Self.tables[name] ?? Table(columns: [("id", false)]) }

    // MARK: Queries

    mutating func query() -> String {
        let name = one(of: [
            "teams", "people", "people", "people", "badges", "badges", "keys", "log", "audited", "strong",
        ])
        switch number(10) {
        case 0, 1: return "\(name)_aggregate\(arguments(name)) { \(aggregate(name)) }"
        case 2 where ["teams", "people", "badges"].contains(name):
            return "\(name)_by_pk(id: \(1 + number(4))) { \(selection(name, 2)) }"
        case 3 where name != "keys" && name != "strong":
            return
                "\(name)_connection(first: \(1 + number(4))) { edges { cursor node { \(selection(name, 1)) } } pageInfo { hasNextPage } }"
        case 4:
            let key = one(of: table(name).columns).name
            return "\(name)_group(by: [\(key)], order_by: {key: {\(key): asc}}) { key { \(key) } \(fields(name)) }"
        default: return "\(name)\(arguments(name)) { \(selection(name, 2)) }"
        }
    }

    private mutating func arguments(_ name: String) -> String {
        var parts: [String] = []
        if number(2) == 0 { parts.append("where: \(filter(name, 2))") }
        if number(2) == 0 { parts.append("order_by: [\(order(name))]") }
        if number(3) == 0 { parts.append("limit: \(number(4))") }
        return parts.isEmpty ? "" : "(\(parts.joined(separator: ", ")))"
    }

    private mutating func order(_ name: String) -> String {
        let table = table(name)
        let direction = one(of: ["asc", "desc"])
        switch number(4) {
        case 0 where !table.objects.isEmpty:
            let (link, target) = one(of: table.objects.sorted { $0.key < $1.key })
            return "{\(link): {\(one(of: self.table(target).columns).name): \(direction)}}"
        case 1 where !table.arrays.isEmpty:
            return "{\(one(of: table.arrays.keys.sorted()))_aggregate: {count: \(direction)}}"
        default: return "{\(one(of: table.columns).name): \(direction)}"
        }
    }

    private mutating func filter(_ name: String, _ depth: Int) -> String {
        let table = table(name)
        let links = (table.objects.map { ($0.key, $0.value) } + table.arrays.map { ($0.key, $0.value) }).sorted {
            $0.0 < $1.0
        }
        switch depth == 0 ? 9 : number(9) {
        case 0: return "{_and: [\(filter(name, depth - 1)), \(filter(name, depth - 1))]}"
        case 1: return "{_or: [\(filter(name, depth - 1)), \(filter(name, depth - 1))]}"
        case 2: return "{_not: \(filter(name, depth - 1))}"
        case 3 where !links.isEmpty, 4 where !links.isEmpty:
            let (link, target) = one(of: links)
            return "{\(link): \(filter(target, depth - 1))}"
        case 5 where !table.arrays.isEmpty:
            let (link, target) = one(of: table.arrays.sorted { $0.key < $1.key })
            return "{\(link)_aggregate: {count: {predicate: {_gte: \(number(3))}, filter: \(filter(target, 0))}}}"
        default:
            let column = one(of: table.columns)
            switch number(4) {
            case 0: return "{\(column.name): {_is_null: \(one(of: ["true", "false"]))}}"
            case 1: return "{\(column.name): {_in: [\(value(column.isText)), \(value(column.isText))]}}"
            default: return "{\(column.name): {\(one(of: ["_eq", "_gt", "_lte", "_neq"])): \(value(column.isText))}}"
            }
        }
    }

    private mutating func selection(_ name: String, _ depth: Int) -> String {
        let table = table(name)
        var parts = table.columns.map(\.name).filter { _ in number(4) == 0 }
        for (link, target) in table.objects.sorted(by: { $0.key < $1.key }) where depth > 0 && number(3) == 0 {
            parts.append("\(link) { \(selection(target, depth - 1)) }")
        }
        for (link, target) in table.arrays.sorted(by: { $0.key < $1.key }) where depth > 0 && number(3) == 0 {
            parts.append(
                number(2) == 0
                    ? "\(link)\(arguments(target)) { \(selection(target, depth - 1)) }"
                    : "\(link)_aggregate { \(aggregate(target)) }")
        }
        return parts.isEmpty ? "__typename" : parts.joined(separator: " ")
    }

    private mutating func aggregate(_ name: String) -> String {
        number(3) == 0 ? "nodes { \(selection(name, 0)) }" : fields(name)
    }

    private mutating func fields(_ name: String) -> String {
        let column = one(of: table(name).columns.filter { !$0.isText }).name
        return
            "aggregate { \(one(of: ["count", "sum { \(column) }", "max { \(column) }", "count(columns: [\(column)], distinct: true)"])) }"
    }

    // MARK: Mutations

    mutating func mutation() -> String {
        let name = one(of: ["teams", "people", "people", "people", "badges", "badges", "keys", "audited"])
        switch number(8) {
        case 0, 1: return insert(name)
        case 2:
            return "delete_\(name)(where: \(filter(name, 1))) { affected_rows }"
        case 3 where name == "people" || name == "teams":
            // The key itself, which foreign keys carry on.
            return
                "update_\(name)(where: {id: {_eq: \(1 + number(6))}}, _set: {id: \(1 + number(9))}) { affected_rows }"
        case 4 where name == "people":
            return
                "update_people(where: \(filter(name, 1)), _update: {badges: [{where: {}, all: true, _inc: {level: 1}}]}) { affected_rows }"
        case 5:
            // Several writes, of which one may take all the others back.
            return "a: \(update(name)) b: \(insert(one(of: ["teams", "people", "badges"])))"
        default: return update(name)
        }
    }

    private mutating func update(_ name: String) -> String {
        let column = one(of: table(name).columns.filter { !["id", "doubled", "holder"].contains($0.name) })
        // One column alone, mostly of rows that are there: what else changes with it is seen.
        let rows =
            switch number(4) {
            case 0: "where: {}, all: true"
            case 1 where name != "keys": "where: {id: {_eq: \(1 + number(4))}}"
            default: "where: \(filter(name, 1))"
            }
        return "update_\(name)(\(rows), _set: {\(column.name): \(value(column.isText))}) { affected_rows }"
    }

    private mutating func insert(_ name: String) -> String {
        let columns = table(name).columns.filter { $0.name != "doubled" }
        let object = columns.map { "\($0.name): \($0.name == "id" ? "\(1 + number(12))" : value($0.isText))" }
            .joined(separator: ", ")
        let conflict =
            name == "people" && number(2) == 0
            ? ", on_conflict: {constraint: people_pkey, update_columns: [\(one(of: ["points", "name", "team_id"]))]}"
            : ""
        return "insert_\(name)(objects: [{\(object)}]\(conflict)) { affected_rows }"
    }
}
