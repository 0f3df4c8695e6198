// The two lanes: promotion, demotion, deadlines, cancellation, the queue's bound, closing, and use from several loops.

import Foundation
import Planning
import Reactor
import SQL
import Synchronization
import Testing

@testable import ConnectorSQLite
@testable import Connectors

@Suite struct SQLiteConnectorTests {
    /// A connector over a small table, with its loops; both end with `body`.
    private func withConnector(
        loops count: Int = 1, readers: Int = 2, limits: SQLiteLimits = SQLiteLimits(), inline: Bool = true,
        prefersWAL: Bool = true,
        sql: String = "create table t (id integer primary key, v text); insert into t values (1, 'one'), (2, 'two')",
        _ body: (SQLiteConnector, EventLoopGroup, TemporaryDatabase) async throws -> Void
    ) async throws {
        let database = try TemporaryDatabase(sql)
        let group = try EventLoopGroup(count: count)
        let connector = try SQLiteConnector(
            path: database.path, readers: readers, limits: limits, loops: inline ? group.loops : [],
            prefersWAL: prefersWAL)
        try await body(connector, group, database)
        connector.close()
        group.stop()
    }

    private let byKey = "select (select perigee_object('\"v\":s', v) from t where id = ?1)"

    /// Generous, so that a busy machine does not keep a statement off the loop.
    private var patient: SQLiteLimits {
        var limits = SQLiteLimits()
        limits.inlineTime = .milliseconds(200)
        return limits
    }

    @Test func `a statement starts on a reader and moves to the loop`() async throws {
        try await withConnector(limits: patient) { connector, group, _ in
            let statement = SQLStatement(text: byKey, parameters: [], cellCount: 1)
            let loop = group.loops[0]
            #expect(statement.measuredTime == nil)
            #expect(await connector.answer(statement, [.integer(1)], on: loop).text == #"{"v":"one"}"#)
            #expect(connector.counters.readerRuns == 1)
            #expect(statement.measuredTime != nil)
            let isPromoted = await eventually {
                await connector.answer(statement, [.integer(2)], on: loop).text == #"{"v":"two"}"#
                    && connector.counters.inlineRuns > 0
            }
            #expect(isPromoted)
            #expect(await connector.answer(statement, [.integer(3)], on: loop).text == nil)
        }
    }

    @Test func `statements of one turn share a snapshot, those of the next see what was written since`() async throws {
        try await withConnector(limits: patient) { connector, group, database in
            let statement = SQLStatement(text: byKey, parameters: [], cellCount: 1)
            let loop = group.loops[0]
            let isPromoted = await eventually {
                _ = await connector.answer(statement, [.integer(2)], on: loop)
                return connector.counters.inlineRuns > 0
            }
            #expect(isPromoted)
            let ask: @Sendable () -> String? = {
                try? connector.executeAtOnce(statement, values: [.integer(1)], frame: nil, on: loop)?.text(0)
            }
            // One job, so one turn.
            let texts = await loop.run {
                var texts = [ask(), ask()]
                #expect(throws: Never.self) { try database.write("update t set v = 'new' where id = 1") }
                texts.append(ask())
                return texts
            }
            #expect(texts == [#"{"v":"one"}"#, #"{"v":"one"}"#, #"{"v":"one"}"#])
            #expect(await loop.run { ask() } == #"{"v":"new"}"#)
            // Nothing is left behind that would keep the write-ahead log from being emptied.
            try database.write("pragma wal_checkpoint(truncate)")
            let log = try FileManager.default.attributesOfItem(atPath: database.path + "-wal")
            #expect(log[.size] as? Int == 0)
        }
    }

    @Test func `a statement that outgrows the loop's budget is finished by a reader and demoted`() async throws {
        try await withConnector(limits: patient) { connector, group, _ in
            let statement = countingStatement()
            let loop = group.loops[0]
            let isPromoted = await eventually {
                _ = await connector.answer(statement, [.integer(10)], on: loop)
                return connector.counters.inlineRuns > 0
            }
            #expect(isPromoted)
            #expect(await connector.answer(statement, [.integer(500_000)], on: loop).text == "500000")
            #expect(connector.counters.demotions == 1)
            let inline = connector.counters.inlineRuns
            #expect(await connector.answer(statement, [.integer(10)], on: loop).text == "10")
            #expect(connector.counters.inlineRuns == inline)
            // Quick runs lead back.
            let isPromotedAgain = await eventually {
                _ = await connector.answer(statement, [.integer(10)], on: loop)
                return connector.counters.inlineRuns > inline
            }
            #expect(isPromotedAgain)
        }
    }

    @Test func `a loop without a connection uses the readers only`() async throws {
        try await withConnector(limits: patient, inline: false) { connector, group, _ in
            let statement = SQLStatement(text: byKey, parameters: [], cellCount: 1)
            for _ in 0..<5 {
                #expect(await connector.answer(statement, [.integer(1)], on: group.loops[0]).text == #"{"v":"one"}"#)
            }
            #expect(connector.counters.inlineRuns == 0)
            #expect(connector.counters.readerRuns == 5)
        }
    }

    @Test func `resumes on the loop it was called on`() async throws {
        try await withConnector(inline: false) { connector, group, _ in
            let loop = group.loops[0]
            let statement = SQLStatement(text: byKey, parameters: [], cellCount: 1)
            let stayed = await loop.run {
                var stayed = true
                for _ in 0..<20 {
                    _ = try? await connector.execute(statement, values: [.integer(1)], on: loop, deadline: .max)
                    stayed = stayed && loop.isOnLoop
                }
                return stayed
            }
            #expect(stayed)
        }
    }

    @Test func `a running statement ends at its deadline`() async throws {
        try await withConnector { connector, group, _ in
            let start = MonotonicInstant.now
            let result = await connector.answer(
                countingStatement(), [.integer(.max)], on: group.loops[0], within: .milliseconds(50))
            #expect(result.kind == .timeout)
            #expect(start.duration(to: .now) < .seconds(10))
            // The connection is fit for the next.
            #expect(await connector.answer(countingStatement(), [.integer(5)], on: group.loops[0]).text == "5")
        }
    }

    @Test func `a deadline that has passed is a timeout at once`() async throws {
        try await withConnector { connector, group, _ in
            let result = await connector.answer(
                countingStatement(), [.integer(5)], on: group.loops[0], within: .seconds(-1))
            #expect(result.kind == .timeout)
        }
    }

    @Test func `a waiting statement ends at its deadline although every reader is busy`() async throws {
        try await withConnector(readers: 1) { connector, group, _ in
            let loop = group.loops[0]
            let blocker = Task {
                await connector.answer(countingStatement(), [.integer(.max)], on: loop, within: .seconds(2))
            }
            #expect(await eventually { connector.counters.running == 1 })
            let late = await connector.answer(countingStatement(), [.integer(1)], on: loop, within: .milliseconds(30))
            #expect(late.kind == .timeout)
            #expect(connector.counters.running == 1)
            #expect(await blocker.value.kind == .timeout)
        }
    }

    @Test func `cancelling the task interrupts its statement, running or waiting`() async throws {
        try await withConnector(readers: 1) { connector, group, _ in
            let loop = group.loops[0]
            let run: @Sendable () async -> Result<Rows, ConnectorError> = {
                do throws(ConnectorError) {
                    return .success(
                        try await connector.execute(
                            countingStatement(), values: [.integer(.max)], on: loop, deadline: .max))
                } catch {
                    return .failure(error)
                }
            }
            let running = Task(executorPreference: loop) { await run() }
            #expect(await eventually { connector.counters.running == 1 })
            let waiting = Task(executorPreference: loop) { await run() }
            #expect(await eventually { connector.counters.waiting == 1 })
            waiting.cancel()
            #expect(await waiting.value.kind == .cancelled)
            #expect(connector.counters.running == 1)
            running.cancel()
            #expect(await running.value.kind == .cancelled)
            let before = Task(executorPreference: loop) {
                _ = await eventually { Task.isCancelled }
                return await run()
            }
            before.cancel()
            #expect(await before.value.kind == .cancelled)
        }
    }

    @Test func `statements beyond the queue's bound are refused`() async throws {
        var limits = SQLiteLimits()
        limits.queuedStatements = 2
        try await withConnector(readers: 1, limits: limits) { connector, group, _ in
            let loop = group.loops[0]
            let tasks = Mutex<[Task<Result<Rows, ConnectorError>, Never>]>([])
            for expected in 0..<3 {
                let task = Task {
                    await connector.answer(countingStatement(), [.integer(.max)], on: loop, within: .seconds(2))
                }
                tasks.withLock { $0.append(task) }
                #expect(await eventually { connector.counters.running + connector.counters.waiting == expected + 1 })
                #expect(await eventually { connector.counters.running == 1 })
            }
            #expect(await connector.answer(countingStatement(), [.integer(1)], on: loop).kind == .unavailable)
            for task in tasks.withLock({ $0 }) { #expect(await task.value.kind == .timeout) }
        }
    }

    @Test func `close finishes what is queued and refuses the rest`() async throws {
        try await withConnector(readers: 1) { connector, group, _ in
            let loop = group.loops[0]
            let tasks = (0..<3).map { _ in
                Task { await connector.answer(countingStatement(), [.integer(3_000_000)], on: loop) }
            }
            let allAreIn = await eventually {
                let counters = connector.counters
                return counters.running == 1 && counters.waiting == 2
            }
            #expect(allAreIn)
            connector.close()
            for task in tasks { #expect(await task.value.text == "3000000") }
            #expect(await connector.answer(countingStatement(), [.integer(1)], on: loop).kind == .unavailable)
            connector.close()
        }
    }

    @Test func `a lock met on the loop is waited for by a reader`() async throws {
        // Outside WAL mode a writer that commits locks readers out.
        var limits = patient
        limits.busyTimeout = .milliseconds(100)
        try await withConnector(limits: limits, prefersWAL: false) { locked, group, database in
            let writer = try SQLiteHandle(path: database.path, access: .write)
            let loop = group.loops[0]
            let statement = SQLStatement(text: byKey, parameters: [], cellCount: 1)
            let isPromoted = await eventually {
                _ = await locked.answer(statement, [.integer(1)], on: loop)
                return locked.counters.inlineRuns > 0
            }
            #expect(isPromoted)
            try writer.execute("begin exclusive")
            let result = await locked.answer(statement, [.integer(1)], on: loop)
            #expect(result.kind == .busy)
            let waiting = Task { await locked.answer(statement, [.integer(2)], on: loop) }
            try writer.execute("rollback")
            _ = await waiting.value
            #expect(await locked.answer(statement, [.integer(2)], on: loop).text == #"{"v":"two"}"#)
        }
    }

    @Test func `two loops and a foreign writer at once`() async throws {
        try await withConnector(
            loops: 2, limits: patient,
            sql: "create table n (id integer primary key, v integer); insert into n values (1, 0)"
        ) { connector, group, database in
            let statement = SQLStatement(
                text:
                    "select perigee_rows('\"id\":', id, '\"v\":', v) from (select id, v from n where id >= ?1 order by id)",
                parameters: [], cellCount: 1)
            let failures = await withTaskGroup(of: Int.self) { tasks in
                for worker in 0..<8 {
                    let loop = group.loops[worker % 2]
                    tasks.addTask {
                        var failures = 0
                        for _ in 0..<250 {
                            let text = await connector.answer(statement, [.integer(1)], on: loop).text ?? ""
                            if !text.hasPrefix(#"[{"id":1,"v":"#) || !text.hasSuffix("}]") { failures += 1 }
                        }
                        return failures
                    }
                }
                tasks.addTask {
                    var failures = 0
                    do {
                        let writer = try SQLiteHandle(path: database.path, access: .write)
                        try writer.execute("pragma busy_timeout = 5000")
                        for value in 0..<200 { try writer.execute("update n set v = \(value)") }
                        try writer.execute("create index i on n(v)")
                    } catch {
                        failures += 1
                    }
                    return failures
                }
                return await tasks.reduce(0, +)
            }
            #expect(failures == 0)
            #expect(await connector.answer(statement, [.integer(1)], on: group.loops[1]).text == #"[{"id":1,"v":199}]"#)
            #expect(connector.counters.inlineRuns > 0)
        }
    }
}
