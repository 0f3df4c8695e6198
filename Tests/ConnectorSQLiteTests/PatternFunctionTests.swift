// The functions behind `_regex`, `_iregex` and `_similar`, over plain and over odd values.
import Patterns
import Planning
import Reactor
import SQL
import Testing

@testable import ConnectorSQLite
@testable import Connectors

@Suite
struct PatternFunctionTests {
    private let database: TemporaryDatabase

    init() throws {
        database = try TemporaryDatabase(
            """
            create table words (id integer primary key, word text);
            insert into words values (1, 'Durham'), (2, 'New York'), (3, null), (4, 'Framlingham'), (5, 'new orleans');
            """)
    }

    @Test(
        arguments: [
            ("perigee_regex('Durham', 'ham$')", "1"), ("perigee_regex('Durham', 'HAM')", "0"),
            ("perigee_iregex('Durham', 'HAM')", "1"), ("perigee_similar('Durham', 'ham')", "0"),
            ("perigee_similar('Durham', '%(ham|York)')", "1"), ("perigee_regex(null, 'a')", nil),
            ("perigee_regex('a', null)", nil), ("perigee_regex(12.5, '^12\\.5$')", "1"),
            ("perigee_regex(cast(x'61ff' as text), '^a.$')", "1"), ("perigee_regex('', '^$')", "1"),
        ] as [(String, String?)])
    func `a value matches or not, and null is unknown`(_ call: String, _ expected: String?) throws {
        #expect(try database.ask("select \(call)") == expected)
    }

    @Test
    func `one pattern serves all rows of a run, and the next run has its own`() throws {
        let connection = try SQLiteConnection(path: database.path, access: .read, limits: SQLiteLimits())
        let statement = SQLStatement(
            text: "select group_concat(id) from (select id from words where perigee_iregex(word, ?1) order by id)",
            parameters: [], cellCount: 1)
        for (pattern, expected) in [("^new", "2,5"), ("ham", "1,4"), ("^new", "2,5"), ("nothing", nil)] {
            let outcome = connection.run(statement, values: [.text(pattern)], deadline: .max, job: nil)
            guard case .rows(let rows) = outcome else {
                Issue.record("\(outcome)")
                continue
            }
            #expect(rows.text(0) == expected, "\(pattern)")
        }
    }

    @Test
    func `a pattern that takes too many steps ends the statement with a reason of its own`() throws {
        let sql = "select count(*) from words where perigee_regex(?1 || word, '(a+)+$')"
        let error = #expect(throws: ConnectorError.self) {
            try database.ask(sql, [.text(String(repeating: "a", count: 100))])
        }
        #expect(error?.kind == .costlyPattern)
        #expect(try database.ask(sql, [.text("")]) == "0")
    }

    @Test
    func `a function looks at the deadline by itself`() {
        let watch = ExecutionWatch(limits: SQLiteLimits())
        watch.begin(deadline: .max, job: nil)
        #expect(!watch.mustStopNow())
        watch.begin(deadline: 1, job: nil)
        #expect(watch.mustStopNow())
        #expect(watch.interruption == .deadline)
    }

    @Test
    func `a statement with a pattern never runs on a loop`() async throws {
        let group = try EventLoopGroup(count: 1)
        let loop = group.loops[0]
        var limits = SQLiteLimits()
        // Generous, so that a busy machine does not keep a statement off the loop.
        limits.inlineTime = .milliseconds(200)
        let connector = try SQLiteConnector(path: database.path, limits: limits, loops: [loop])
        defer {
            connector.close()
            group.stop()
        }
        for (target, isInline) in [(PatternKind.similar, false), (.regular(ignoresCase: true), false), (.like, true)] {
            let parameter = Parameter(origin: .constant("\"a\""), target: .pattern(target))
            let statement = SQLStatement(text: "select ?1", parameters: [parameter], cellCount: 1)
            let before = connector.counters.inlineRuns
            for _ in 0..<8 { #expect(await connector.answer(statement, [.text("a")], on: loop).text == "a") }
            #expect((connector.counters.inlineRuns > before) == isInline, "\(target)")
        }
    }
}
