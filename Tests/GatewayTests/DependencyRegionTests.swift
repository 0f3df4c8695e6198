// What the answer of a subscription depends on, as `perigee explain` says it: what is asked for, and what only rules name.
import Gateway
import TestSupport
import Testing

@Suite
struct DependencyRegionTests {
    private static let sql = """
        CREATE TABLE teams (id INTEGER PRIMARY KEY, name TEXT, owner TEXT, opens TIMESTAMPTZ);
        CREATE TABLE people (
          id INTEGER PRIMARY KEY, team_id INTEGER REFERENCES teams, name TEXT, nick TEXT, points INTEGER, weight REAL);
        CREATE TABLE keys (holder INTEGER, door TEXT);
        CREATE TABLE secrets (id INTEGER PRIMARY KEY, person INTEGER, word TEXT);
        CREATE TABLE rooms (id INTEGER PRIMARY KEY, label TEXT, floor INTEGER);
        CREATE TABLE chairs (id INTEGER PRIMARY KEY, room_id INTEGER REFERENCES rooms, legs INTEGER);
        CREATE VIEW names AS SELECT id, name FROM people;
        """
    private static let collections = #"""
        "main.teams": { "read": { "rule": "match", "type": "date", "eval": "<=", "f1": "args.row.opens", "f2": "args.now" } },
        "main.people": {
          "read": { "rule": "or", "clauses": [
            { "rule": "match", "type": "string", "eval": "==", "f1": "args.row.team.owner", "f2": "args.auth.id" },
            { "rule": "query", "collection": "main.secrets",
              "where": { "person": { "_eq": "args.row.id" }, "word": { "_eq": "args.auth.word" } } } ] },
          "fields": {
            "nick": { "read": { "rule": "mask", "with": "last4",
              "clause": { "rule": "match", "type": "number", "eval": ">", "f1": "args.row.points", "f2": 3 } } } } },
        "main.keys": { "read": { "rule": "allow" } },
        "main.rooms": { "read": { "rule": "allow" } },
        "main.chairs": { "read": { "rule": "allow" } },
        "main.names": { "read": { "rule": "allow" } }
        """#

    private static let rule = [
        "main.people: rows, id, team_id%", "main.secrets: rows, person, word", "main.teams: rows, id, owner",
    ]

    /// - Parameter columns: of people, besides those of the rule.
    private static func people(_ columns: String) -> [String] { rule.map { $0.replacing("%", with: columns) } }

    @Test(
        arguments: [
            ("people { id }", people("")),
            ("people { name }", people(", name")),
            ("people(where: {name: {_eq: \"x\"}}) { id }", people(", name")),
            ("people(order_by: {points: asc}) { id }", people(", points")),
            ("people(distinct_on: points, order_by: {points: asc}) { id }", people(", points")),
            // The mask's own condition.
            ("people { nick }", people(", nick, points")),
            ("people_aggregate { aggregate { count } }", people("")),
            ("people_aggregate { aggregate { max { points } } }", people(", points")),
            ("people_aggregate { aggregate { sum { points } } }", people(", points")),
            // Of which the last digits depend on where rows lie.
            (
                "people_aggregate { aggregate { sum { weight } } }",
                ["main.people: every column", "main.secrets: rows, person, word", "main.teams: rows, id, owner"]
            ),
            ("people_group(by: name) { key { name } }", people(", name")),
            ("people_connection(first: 1) { edges { node { name } } }", people(", name")),
            ("people_by_pk(id: 1) { name }", people(", name")),
            ("rooms { chairs { legs } }", ["main.chairs: rows, id, room_id, legs", "main.rooms: rows, id"]),
            ("chairs { room { label } }", ["main.chairs: rows, id, room_id", "main.rooms: rows, id, label"]),
            (
                "rooms { chairs_aggregate(where: {legs: {_gt: 3}}) { aggregate { count } } }",
                ["main.chairs: rows, id, room_id, legs", "main.rooms: rows, id"]
            ),
            ("rooms_group(by: floor) { aggregate { count } }", ["main.rooms: rows, id, floor"]),
            (
                "rooms_group(by: label, having: {max: {floor: {_gt: 1}}}) { aggregate { count } }",
                ["main.rooms: rows, id, label, floor"]
            ),
            (
                "chairs(order_by: {room: {floor: asc}}) { id }",
                ["main.chairs: rows, id, room_id", "main.rooms: rows, id, floor"]
            ),
            // Rows that nothing tells apart come as they lie.
            ("keys { door }", ["main.keys: every column"]),
            ("names { name }", ["main.names: every column", "main: everything", "the clock"]),
            ("teams { name }", ["main.teams: rows, id, name, opens", "the clock"]),
            (
                "teams { people { name } }",
                [
                    "main.people: rows, id, team_id, name", "main.secrets: rows, person, word",
                    "main.teams: rows, id, owner, opens", "the clock",
                ]
            ),
            (
                "teams(order_by: {people_aggregate: {count: asc}}) { name }",
                [
                    "main.people: rows, id, team_id", "main.secrets: rows, person, word",
                    "main.teams: rows, id, name, owner, opens", "the clock",
                ]
            ),
            (
                "teams(where: {people: {points: {_gt: 1}}}) { name }",
                [
                    "main.people: rows, id, team_id, points", "main.secrets: rows, person, word",
                    "main.teams: rows, id, name, owner, opens", "the clock",
                ]
            ),
        ] as [(String, [String])])
    func `what an answer depends on`(_ query: String, _ expected: [String]) async throws {
        let gateway = try await TestGateway.make(sql: Self.sql, collections: Self.collections)
        let explanation = try gateway.explain("subscription { \(query) }", as: #"{"id": "a", "word": "w"}"#)
        #expect(explanation.dependencies == expected)
    }

    @Test func `a query depends on nothing, for it is answered once`() async throws {
        let gateway = try await TestGateway.make(sql: Self.sql, collections: Self.collections)
        #expect(try gateway.explain("{ keys { door } }").dependencies.isEmpty)
    }
}
