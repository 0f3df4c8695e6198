// Rules that compare the row written with what it was before (rules of the API, section 4: `args.row` beside `args.doc`), over both
// databases and on every way to change a row.
import Gateway
import TestSupport
import Testing

@Suite(.serialized, .timeLimit(.minutes(3)))
struct BeforeImageTests {
    private static let sql = """
        create table teams (id integer primary key, lead int);
        create table tasks (id integer primary key, team_id int references teams (id), state text not null, points int, due timestamp,
          weight numeric, done boolean not null default false, version int not null default 1, slug text unique);
        create table moves (id integer primary key, source text not null, target text not null);
        create table parts (task int not null, n int not null, size int not null, primary key (task, n));
        insert into teams values (1, 7), (2, 8);
        insert into tasks (id, team_id, state, points, due, weight, version, slug) values
          (1, 1, 'open', 3, '2026-01-01 00:00:00', 1.5, 1, 'a'), (2, 1, 'review', null, null, null, 1, 'b'),
          (3, 2, 'closed', 5, '2026-01-03 00:00:00', 2.5, 1, 'c');
        insert into moves values (1, 'open', 'review'), (2, 'review', 'open'), (3, 'review', 'closed');
        insert into parts values (1, 1, 10), (1, 2, 20);
        """

    /// - Parameter update: the rule beside `check`, so that it is the only one.
    private func gateway(_ database: TestDatabase, _ update: String, more: String = "") async throws -> TestGateway {
        try await TestGateway.make(
            sql: Self.sql,
            collections: #"""
                "main.tasks": { "read": { "rule": "allow" }, "create": { "rule": "allow" }, "update": \#(update) },
                "main.parts": { "read": { "rule": "allow" }, "create": { "rule": "allow" }, "update": { "rule": "match", "type": "number", "eval": "<=", "f1": "args.row.size", "f2": "args.doc.size" } },
                "main.teams": { "read": { "rule": "allow" } }, "main.moves": { "read": { "rule": "allow" } } \#(more)
                """#, in: database)
    }

    private static func match(_ type: String, _ left: String, _ operation: String, _ right: String) -> String {
        #"{ "rule": "match", "type": "\#(type)", "eval": "\#(operation)", "f1": "\#(left)", "f2": "\#(right)" }"#
    }

    private func set(_ changes: String, where filter: String = "{id: {_eq: 1}}") -> String {
        "mutation { update_tasks(where: \(filter), _set: {\(changes)}) { affected_rows } }"
    }

    private static let one = #"{"update_tasks":{"affected_rows":1}}"#
    private static let refused = "permission-error"

    @Test(arguments: [TestDatabase.sqlite, .postgres])
    func `the row written is compared with what it was`(_ database: TestDatabase) async throws {
        let cases: [(rule: String, allowed: [String], refused: [String])] = [
            (
                Self.match("string", "args.row.state", "==", "args.doc.state"), ["points: 9", #"state: "open""#],
                [#"state: "review""#]
            ),
            (
                Self.match("string", "args.doc.state", "!=", "args.row.state"), [#"state: "review""#],
                [#"state: "open""#, "points: 9"]
            ),
            (
                Self.match("number", "args.doc.points", ">", "args.row.points"), ["points: 4"],
                ["points: 3", "points: 2", "points: null", "version: 2"]
            ),
            (
                Self.match("number", "args.row.points", "<=", "args.doc.points"), ["points: 3", "points: 4"],
                ["points: 2", "points: null"]
            ),
            (
                Self.match("number", "args.row.weight", "<", "args.doc.weight"), ["weight: 1.50001"],
                ["weight: 1.5", "weight: 1.4999"]
            ),
            (
                Self.match("date", "args.row.due", "<", "args.doc.due"), [#"due: "2026-01-02T00:00:00""#],
                [#"due: "2026-01-01T00:00:00""#]
            ),
            (Self.match("bool", "args.row.done", "!=", "args.doc.done"), ["done: true"], ["done: false"]),
            // Other columns of it, and rows that it leads to.
            (Self.match("number", "args.doc.version", ">", "args.row.points"), ["version: 4"], ["version: 3"]),
            (
                Self.match("number", "args.row.team.lead", "==", "args.doc.team.lead"), ["points: 1", "team_id: 1"],
                ["team_id: 2"]
            ),
            (
                #"{ "rule": "not", "clause": \#(Self.match("number", "args.doc.version", "==", "args.row.version")) }"#,
                ["version: 2"], ["version: 1"]
            ),
            (
                #"{ "rule": "check", "where": { "points": { "_gte": "args.row.points" }, "_not": { "version": { "_eq": "args.row.version" } } } }"#,
                ["points: 3, version: 2"], ["points: 3", "points: 2, version: 2"]
            ),
            (
                #"{ "rule": "query", "collection": "main.moves", "where": { "source": { "_eq": "args.row.state" }, "target": { "_eq": "args.doc.state" } } }"#,
                [#"state: "review""#], [#"state: "open""#, #"state: "closed""#]
            ),
        ]
        for (rule, allowed, refused) in cases {
            for changes in allowed {
                let gateway = try await gateway(database, rule)
                #expect(await gateway.data(set(changes)) == Self.one, "\(rule) \(changes)")
            }
            let gateway = try await gateway(database, rule)
            let before = try gateway.asAnotherProgram(
                "select state || version || coalesce(points, 0) from tasks order by id")
            for changes in refused {
                #expect(await gateway.failure(set(changes)).hasPrefix(Self.refused), "\(rule) \(changes)")
            }
            #expect(
                try gateway.asAnotherProgram("select state || version || coalesce(points, 0) from tasks order by id")
                    == before)
        }
    }

    @Test(arguments: [TestDatabase.sqlite, .postgres])
    func `each row is compared with its own past`(_ database: TestDatabase) async throws {
        let rule = Self.match("number", "args.doc.points", ">=", "args.row.points")
        let gateway = try await gateway(database, rule)
        let some = "{id: {_in: [1, 3]}}"
        #expect(await gateway.failure(set("points: 4", where: some)).hasPrefix(Self.refused))
        #expect(await gateway.data(set("points: 5", where: some)) == #"{"update_tasks":{"affected_rows":2}}"#)
        // What was null is unknown.
        #expect(await gateway.failure(set("points: 5", where: "{}, all: true")).hasPrefix(Self.refused))
        #expect(
            await gateway.data(
                "mutation { update_tasks(where: {id: {_eq: 1}}, _inc: {points: 1}) { returning { points } } }")
                == #"{"update_tasks":{"returning":[{"points":6}]}}"#)
        #expect(
            await gateway.failure(
                "mutation { update_tasks(where: {id: {_eq: 1}}, _inc: {points: -1}) { returning { points } } }"
            ).hasPrefix(Self.refused))
        // One entry after the other.
        let many = { (first: Int, second: Int) in
            "mutation { update_tasks_many(updates: [{where: {id: {_eq: 1}}, _set: {points: \(first)}}, {where: {id: {_eq: 1}}, _set: {points: \(second)}}]) { affected_rows } }"
        }
        #expect(await gateway.failure(many(9, 8)).hasPrefix(Self.refused))
        #expect(await gateway.data(many(7, 8)) == #"{"update_tasks_many":[{"affected_rows":1},{"affected_rows":1}]}"#)
        #expect(
            await gateway.data("mutation { update_tasks_by_pk(pk_columns: {id: 3}, _set: {points: 6}) { points } }")
                == #"{"update_tasks_by_pk":{"points":6}}"#)
        #expect(
            await gateway.data(set("points: 1", where: "{id: {_eq: 99}}")) == #"{"update_tasks":{"affected_rows":0}}"#)
        // Admins are not bound.
        #expect(await gateway.data(set("points: 0"), as: .admin) == Self.one)
    }

    @Test(arguments: [TestDatabase.sqlite, .postgres])
    func `rows of different pasts are changed together`(_ database: TestDatabase) async throws {
        let gateway = try await gateway(database, Self.match("string", "args.row.state", "==", "args.doc.state"))
        #expect(
            await gateway.data(set("version: 9", where: "{}, all: true")) == #"{"update_tasks":{"affected_rows":3}}"#)
        #expect(await gateway.failure(set(#"state: "open""#, where: "{}, all: true")).hasPrefix(Self.refused))
    }

    @Test(arguments: [TestDatabase.sqlite, .postgres])
    func `an upsert's update is compared with the row it met`(_ database: TestDatabase) async throws {
        let gateway = try await gateway(database, Self.match("number", "args.doc.points", ">", "args.row.points"))
        let upsert = { (objects: String) in
            "mutation { insert_tasks(objects: [\(objects)], on_conflict: {constraint: tasks_slug_key, update_columns: [points, state]}) { affected_rows } }"
        }
        let row = { (points: Int, slug: String) in
            #"{id: \#(50 + points), state: "new", points: \#(points), slug: "\#(slug)"}"#
        }
        #expect(await gateway.failure(upsert(row(3, "a"))).hasPrefix(Self.refused))
        #expect(await gateway.data(upsert(row(4, "a"))) == #"{"insert_tasks":{"affected_rows":1}}"#)
        // What is inserted has no past.
        #expect(
            await gateway.data(upsert(#"{id: 20, state: "new", points: 0, slug: "z"}"#))
                == #"{"insert_tasks":{"affected_rows":1}}"#)
        // Met twice, it must be more than it was at either time.
        #expect(await gateway.failure(upsert(row(9, "a") + row(8, "a"))).hasPrefix(Self.refused))
        #expect(await gateway.data(upsert(row(5, "a") + row(6, "a"))) == #"{"insert_tasks":{"affected_rows":2}}"#)
        #expect(await gateway.failure(upsert(row(7, "a") + row(1, "c"))).hasPrefix(Self.refused))
        #expect(
            try gateway.asAnotherProgram(
                "select cast(points as text) from tasks where slug in ('a', 'c', 'z') order by slug") == [
                    "6", "5", "0",
                ])
    }

    @Test(arguments: [TestDatabase.sqlite, .postgres])
    func `keys of several columns, changes of related rows, and other rules beside it`(_ database: TestDatabase)
        async throws
    {
        let rule =
            #"{ "rule": "and", "clauses": [ { "rule": "where", "where": { "state": { "_neq": "closed" } } }, \#(Self.match("number", "args.doc.version", ">", "args.row.version")) ] }"#
        let gateway = try await gateway(database, rule)
        let all = set("version: 2", where: "{}, all: true")
        // Rows that the rule leaves alone are not compared.
        #expect(await gateway.data(all) == #"{"update_tasks":{"affected_rows":2}}"#)
        #expect(await gateway.failure(all).hasPrefix(Self.refused))
        let parts = { (size: Int) in
            "mutation { update_parts(where: {task: {_eq: 1}}, _set: {size: \(size)}) { affected_rows } }"
        }
        #expect(await gateway.failure(parts(15)).hasPrefix(Self.refused))
        #expect(await gateway.data(parts(20)) == #"{"update_parts":{"affected_rows":2}}"#)
        // A row that gets another key is not found again.
        #expect(
            await gateway.failure(
                "mutation { update_parts(where: {n: {_eq: 1}}, _set: {n: 3, size: 30}) { affected_rows } }"
            )
            .hasPrefix("not-supported at $.selectionSet.update_parts")
        )
    }

    @Test(arguments: [TestDatabase.sqlite, .postgres])
    func `what a trigger makes of the row counts`(_ database: TestDatabase) async throws {
        let gateway = try await gateway(database, Self.match("string", "args.row.state", "==", "args.doc.state"))
        try gateway.asAnotherProgram(
            database == .sqlite
                ? "create trigger t after update of points on tasks begin update tasks set state = 'moved' where id = new.id; end"
                : """
                create function move() returns trigger language plpgsql as $$ begin new.state = 'moved'; return new; end $$;
                create trigger t before update of points on tasks for each row execute function move();
                """)
        #expect(await gateway.data(set("version: 5")) == Self.one)
        #expect(await gateway.failure(set("points: 5")).hasPrefix(Self.refused))
    }

    @Test func `explain tells of both`() async throws {
        let gateway = try await gateway(.sqlite, Self.match("number", "args.doc.points", ">", "args.row.points"))
        #expect(try gateway.explain(set("points: 9")).secured.contains("before.points"))
    }
}
