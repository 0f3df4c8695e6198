// What `perigee rules explain` and `perigee rules test` are made of, over each kind of database: decisions, residues and
// statements; requests whose writes are undone.
import Base
import Metadata
import Reactor
import Rules
import TestSupport
import Testing

@testable import Gateway

@Suite
struct RuleToolsTests {
    static let databases: [TestDatabase] = PostgresCluster.isInstalled ? [.sqlite, .postgres] : [.sqlite]

    private static let sql = """
        create table authors (id int primary key, name text not null);
        create table notes (id int primary key, author_id int not null references authors (id) deferrable initially deferred,
          title text not null, stars int not null default 1);
        insert into authors values (1, 'ann'), (2, 'ben');
        insert into notes values (1, 1, 'one', 5), (2, 2, 'two', 3);
        """
    private static let own =
        #"{ "rule": "match", "type": "number", "eval": "==", "f1": "args.row.author_id", "f2": "args.auth.id" }"#
    private static let rules = #"""
        "main.authors": { "read": { "rule": "authenticated" } },
        "main.notes": {
          "read": { "rule": "authenticated" }, "delete": \#(own),
          "create": { "rule": "and", "clauses": [ { "rule": "authenticated" },
            { "rule": "force", "field": "args.doc.author_id", "value": "args.auth.id" },
            { "rule": "check", "where": { "stars": { "_lte": 5 } } } ] },
          "update": { "rule": "and", "clauses": [ \#(own), { "rule": "check", "where": { "stars": { "_lte": 5 } } } ] } }
        """#

    private static func test(
        _ document: String, as caller: String = #"{"id":1}"#, _ expectation: RuleTest.Expectation
    ) throws -> RuleTest {
        let text = JSONValue.object(
            JSONObject([
                JSONMember(
                    name: "tests",
                    value: .array([
                        .object(
                            JSONObject([
                                JSONMember(name: "name", value: .string("x")),
                                JSONMember(name: "as", value: JSONValue(test: caller)),
                                JSONMember(name: "document", value: .string(document)),
                                JSONMember(name: "expect", value: Self.json(expectation)),
                            ]))
                    ]))
            ])
        ).text
        return try #require(try RuleTestFile.decode(Array(text.utf8), file: "t.json").tests.first)
    }

    private static func json(_ expectation: RuleTest.Expectation) -> JSONValue {
        switch expectation {
        case .data(let data): .object(JSONObject([JSONMember(name: "data", value: data)]))
        case .error(let code, _): .object(JSONObject([JSONMember(name: "error", value: .string(code))]))
        case .rows(let counts):
            .object(
                JSONObject([
                    JSONMember(
                        name: "rows",
                        value: .object(
                            JSONObject(counts.map { JSONMember(name: $0.key, value: .number(JSONNumber($0.rows))) })))
                ]))
        }
    }

    @Test(arguments: databases)
    func `what a test writes is undone, and seen by nobody`(_ database: TestDatabase) async throws {
        let gateway = try await TestGateway.make(sql: Self.sql, collections: Self.rules, in: database)
        let project = try await Project.load(gateway.project.configuration, discardsWrites: true)
        defer { project.close() }
        let run = RuleTestRun(project, on: TestGateway.loop)
        let all = "{ notes(order_by: {id: asc}) { id author_id title stars } authors(order_by: {id: asc}) { id name } }"
        let before = await gateway.data(all, as: .admin)
        let insert = #"mutation { insert_notes_one(object: {id: 9, title: "nine", stars: 2}) { id author_id } }"#
        for test in [
            try Self.test(insert, .data(JSONValue(test: #"{"insert_notes_one":{"author_id":1,"id":9}}"#))),
            // The same again: the row of before is not there.
            try Self.test(insert, .data(JSONValue(test: #"{"insert_notes_one":{"id":9,"author_id":1}}"#))),
            try Self.test(
                "mutation { delete_notes(where: {}, all: true) { affected_rows } }",
                .rows([.init(key: "delete_notes", rows: 1)])),
            try Self.test(
                "mutation { update_notes(where: {}, all: true, _set: {stars: 4}) { affected_rows } }",
                .rows([.init(key: "update_notes", rows: 1)])),
            try Self.test(
                #"mutation { a: insert_notes_one(object: {id: 9, title: "x"}) { id } b: delete_notes(where: {id: {_eq: 9}}) { affected_rows } }"#,
                .rows([.init(key: "a", rows: 1), .init(key: "b", rows: 1)])),
            try Self.test(
                #"mutation { insert_notes_one(object: {id: 9, title: "x", stars: 6}) { id } }"#,
                .error(code: "permission-error", path: nil)),
            try Self.test(
                #"mutation { insert_notes_one(object: {id: 1, title: "x"}) { id } }"#,
                .error(code: "constraint-violation", path: nil)),
            // A constraint that waits for the commit is judged although there is none.
            try Self.test(
                #"mutation { insert_notes_one(object: {id: 9, title: "x"}) { id } }"#, as: #"{"id":77}"#,
                .error(code: "constraint-violation", path: nil)),
            try Self.test("{ notes { id } }", as: #""anonymous""#, .error(code: "validation-failed", path: nil)),
            try Self.test("{ notes { id } }", .rows([.init(key: "notes", rows: 2)])),
        ] {
            let failure = await run.run(test).failure
            #expect(failure == nil, "\(test.document): expected \(failure?.expected ?? ""), got \(failure?.got ?? "")")
            #expect(await gateway.data(all, as: .admin) == before, "\(test.document)")
        }
    }

    @Test(arguments: databases)
    func `explains each operation with the statement it becomes`(_ database: TestDatabase) async throws {
        let gateway = try await TestGateway.make(sql: Self.sql, collections: Self.rules, in: database)
        let caller = TestCaller(stringLiteral: #"{"id":1}"#)
        for (operation, outcome, lines) in [
            (.read, "allowed", ["rows true", "field title shown", "relationship author followed"]),
            (.aggregate, "allowed", ["rows true"]),
            (.create, "filtered", ["check stars _lte", "field author_id set by a rule", "field title taken"]),
            (.update, "filtered", ["rows author_id _eq", "check stars _lte", "field title taken"]),
            (.delete, "filtered", ["rows author_id _eq"]),
        ] as [(RuleOperation, String, [String])] {
            let explanation = try RuleExplanation.make(
                operation, "main.notes", project: gateway.project, caller: caller.caller, now: TestGateway.now)
            #expect(explanation.verdict.outcome.word == outcome, "\(operation)")
            let pointer = operation == .aggregate ? "read" : operation.rawValue
            #expect(explanation.verdict.rule?.pointer == "/collections/main.notes/\(pointer)")
            for line in lines {
                #expect(explanation.residue.contains { $0.hasPrefix(line) }, "\(operation): \(explanation.residue)")
            }
            #expect(explanation.refusal == nil, "\(operation): \(explanation.refusal ?? "")")
            #expect(explanation.statements.contains { $0.text.contains("notes") }, "\(operation)")
        }
        let anonymous = try RuleExplanation.make(
            .update, "main.notes", project: gateway.project, caller: TestCaller.anonymous.caller, now: TestGateway.now)
        #expect(anonymous.verdict.outcome == .denied)
        #expect(anonymous.document == nil)
        #expect(anonymous.statements.isEmpty)
        #expect(throws: RuleExplanation.UnknownCollection.self) {
            try RuleExplanation.make(
                .read, "main.note", project: gateway.project, caller: caller.caller, now: TestGateway.now)
        }
    }
}
