// The writer: many mutations in one transaction, each for itself; nothing answered before it is committed; bounds, locks,
// deadlines and files that cannot be written.

import Base
import Foundation
import Planning
import Reactor
import Synchronization
import Testing

@testable import ConnectorSQLite
@testable import Connectors
@testable import SQL

@Suite(.serialized) struct WriterLaneTests {
    private static let table = "create table t (id integer primary key, v int unique check (v <> 0));"

    /// A mutation of plain commands; its answer is how many rows they changed.
    private static func mutation(_ commands: [String], parameters: Int = 0) -> SQLMutation {
        let texts = commands.map { WriteText(text: $0, columnCount: $0.hasPrefix("pragma max") ? 1 : 0) }
        let program = WriteProgram(
            statements: texts, parameters: [],
            steps: texts.indices.map { index in
                let inputs = (0..<(texts[index].text.contains("?1") ? parameters : 0)).map { WriteCall.Input.value($0) }
                return .command(
                    WriteCall(statement: index, parameters: [], inputs: inputs), keys: nil, counter: 0, place: 0)
            },
            positions: texts.map { _ in WritePosition(write: 0) }, slotCount: 0, counterCount: 1,
            cellCount: 0,
            answers: [.object([.init(key: "n", content: .counter(0))])], earlyChecks: [])
        return SQLMutation(program: program, places: [])
    }

    private func withConnector(
        limits: SQLiteLimits = SQLiteLimits(), sql: String = table,
        _ body: (SQLiteConnector, EventLoop, TemporaryDatabase) async throws -> Void
    ) async throws {
        let database = try TemporaryDatabase(sql)
        let group = try EventLoopGroup(count: 1)
        let connector = try SQLiteConnector(path: database.path, readers: 1, limits: limits, loops: group.loops)
        try await body(connector, group.loops[0], database)
        connector.close()
        group.stop()
    }

    /// The closures below throw by this call: what a macro holds is not seen to.
    private func expect(_ database: TemporaryDatabase, _ sql: String, _ expected: String) throws {
        #expect(try database.ask(sql) == expected)
    }

    private func perform(
        _ commands: [String], _ connector: SQLiteConnector, _ loop: EventLoop, with values: [BoundValue] = [],
        within time: Duration = .seconds(30)
    ) async -> String {
        let mutation = Self.mutation(commands, parameters: values.count)
        let deadline = UInt64(clamping: MonotonicInstant.now.advanced(by: time).nanoseconds)
        return await loop.run {
            do throws(WriteFailure) {
                let rows = try await connector.execute(
                    mutation, values: values, refused: [], on: loop, deadline: deadline)
                return rows.text(0) ?? "null"
            } catch {
                switch error.reason {
                case .refused(let error): return error.message
                case .failed(let error, _): return "\(error.kind)"
                }
            }
        }
    }

    @Test func `an answer comes after the commit`() async throws {
        try await withConnector { connector, loop, database in
            let answer = await perform(
                ["insert into t (v) values (?1)", "update t set v = v + 1"], connector, loop, with: [.integer(5)])
            #expect(answer == #"{"n":2}"#)
            try expect(database, "select v from t", "6")
            try expect(database, "pragma journal_mode", "wal")
        }
    }

    @Test func `a failure undoes its own mutation, and nobody else's in the group`() async throws {
        try await withConnector { connector, loop, database in
            let answers = await withTaskGroup(of: (Int, String).self) { group in
                for number in 1...200 {
                    group.addTask {
                        let second = number % 5 == 0 ? "insert into t (v) values (0)" : "update t set v = v where 0"
                        return (
                            number,
                            await perform(
                                ["insert into t (v) values (?1)", second], connector, loop,
                                with: [.integer(Int64(number))])
                        )
                    }
                }
                var answers: [Int: String] = [:]
                for await (number, answer) in group { answers[number] = answer }
                return answers
            }
            for (number, answer) in answers {
                #expect(
                    number % 5 == 0 ? answer.hasPrefix("constraint") : answer == #"{"n":1}"#, "\(number): \(answer)")
            }
            try expect(database, "select count(*) || ' ' || sum(v % 5 = 0) from t", "160 0")
        }
    }

    @Test func `a foreign key that waits for the commit does not wait for another's mutation`() async throws {
        let sql = """
            create table parents (id integer primary key);
            create table t (id integer primary key, parent int references parents (id) deferrable initially deferred);
            """
        try await withConnector(sql: sql) { connector, loop, database in
            // The first takes long enough for the others to be committed together.
            let slow = """
                insert into parents
                with recursive n(i) as (select 1000 union all select i + 1 from n where i < 90000) select i from n
                """
            let answers = await withTaskGroup(of: (Int, String).self) { group in
                group.addTask { (-1, await perform([slow], connector, loop)) }
                for number in 0..<40 {
                    let command =
                        number % 2 == 0 ? "insert into t (parent) values (?1)" : "insert into parents values (?1)"
                    group.addTask {
                        (number, await perform([command], connector, loop, with: [.integer(Int64(number / 2))]))
                    }
                }
                var answers: [Int: String] = [:]
                for await (number, answer) in group { answers[number] = answer }
                return answers
            }
            // A child came after its parent or was refused, and never stays by the grace of another's mutation.
            for number in stride(from: 1, to: 40, by: 2) { #expect(answers[number] == #"{"n":1}"#) }
            let refused = stride(from: 0, to: 40, by: 2).filter { answers[$0]?.hasPrefix("constraint") ?? false }
            #expect(!refused.isEmpty)
            try expect(database, "select count(*) from t", "\(20 - refused.count)")
            // Both in one, in any order, hold by themselves.
            #expect(
                await perform(
                    ["insert into t (parent) values (99)", "insert into parents values (99)"], connector, loop)
                    == #"{"n":2}"#)
        }
    }

    @Test func `what a trigger rolls back takes only its own mutation with it`() async throws {
        let sql =
            Self.table + """
                create trigger t_insert before insert on t when new.v % 7 = 0 begin select raise(rollback, 'no'); end;
                """
        try await withConnector(sql: sql) { connector, loop, database in
            let answers = await withTaskGroup(of: (Int, String).self) { group in
                for number in 1...70 {
                    group.addTask {
                        (
                            number,
                            await perform(
                                ["insert into t (v) values (?1)"], connector, loop, with: [.integer(Int64(number))])
                        )
                    }
                }
                var answers: [Int: String] = [:]
                for await (number, answer) in group { answers[number] = answer }
                return answers
            }
            for (number, answer) in answers {
                #expect(
                    number % 7 == 0 ? answer.hasPrefix("constraint") : answer == #"{"n":1}"#, "\(number): \(answer)")
            }
            try expect(database, "select count(*) from t", "60")
        }
    }

    @Test func `a constraint that speaks at the commit refuses only its own mutation`() async throws {
        let sql = """
            create table t (id integer primary key, v int);
            create table c (id integer primary key, t int references t (id) deferrable initially deferred);
            """
        try await withConnector(sql: sql) { connector, loop, database in
            let answers = await withTaskGroup(of: (Int, String).self) { group in
                for number in 1...40 {
                    group.addTask {
                        (
                            number,
                            await perform(
                                ["insert into c (t) values (?1)"]
                                    + (number % 2 == 0 ? ["insert into t (id) values (?1)"] : []), connector, loop,
                                with: [.integer(Int64(number))])
                        )
                    }
                }
                var answers: [Int: String] = [:]
                for await (number, answer) in group { answers[number] = answer }
                return answers
            }
            for (number, answer) in answers {
                #expect(
                    number % 2 == 0 ? answer == #"{"n":2}"# : answer.hasPrefix("constraint"), "\(number): \(answer)")
            }
            try expect(database, "select count(*) from c", "20")
        }
    }

    @Test func `an error about rows of another mutation that is not kept is judged again`() async throws {
        let sql =
            Self.table
            + "create table c (id integer primary key, t int references t (id) deferrable initially deferred);"
        try await withConnector(sql: sql) { _, loop, database in
            let jobs = [
                ["insert into t (v) values (5)", "insert into c (t) values (99)"], ["insert into t (v) values (5)"],
            ]
            .map {
                WriteJob(WriteWork(mutation: Self.mutation($0), values: [], refused: []), deadline: .max)
            }
            let connection = try SQLiteConnection(path: database.path, access: .write, limits: SQLiteLimits())
            let begun = Count()
            let isWritten = await withTaskGroup(of: (Int, Bool).self) { group in
                for (index, job) in jobs.enumerated() {
                    group.addTask(executorPreference: loop) {
                        let rows = try? await job.run(on: loop) { _ in
                            guard begun.next() == jobs.count else { return }
                            WriteGroup.run(jobs, on: connection, limits: SQLiteLimits())
                        }
                        return (index, rows != nil)
                    }
                }
                var answers = [false, false]
                for await (index, answer) in group { answers[index] = answer }
                return answers
            }
            #expect(isWritten == [false, true])
            try expect(database, "select count(*) from t", "1")
        }
    }

    @Test func `a lock of another process is waited for, then named`() async throws {
        var limits = SQLiteLimits()
        limits.busyTimeout = .milliseconds(100)
        try await withConnector(limits: limits) { connector, loop, database in
            let other = try SQLiteHandle(path: database.path, access: .write)
            try other.execute("begin immediate")
            #expect(await perform(["insert into t (v) values (1)"], connector, loop) == "busy")
            try other.execute("rollback")
            #expect(await perform(["insert into t (v) values (1)"], connector, loop) == #"{"n":1}"#)
        }
    }

    @Test func `a mutation that runs into its deadline leaves nothing`() async throws {
        let forever = """
            with recursive n(i) as (select 1 union all select i + 1 from n) insert into t (v) select max(i) from n
            """
        try await withConnector { connector, loop, database in
            let answer = await perform(
                ["insert into t (v) values (1)", forever], connector, loop, within: .milliseconds(100))
            #expect(answer == "timeout")
            try expect(database, "select count(*) from t", "0")
            #expect(await perform(["insert into t (v) values (1)"], connector, loop) == #"{"n":1}"#)
        }
    }

    @Test func `the queue has a bound`() async throws {
        var limits = SQLiteLimits()
        limits.queuedMutations = 2
        limits.busyTimeout = .seconds(20)
        try await withConnector(limits: limits) { connector, loop, database in
            let other = try SQLiteHandle(path: database.path, access: .write)
            try other.execute("begin immediate")
            let answers = try await withThrowingTaskGroup(of: String.self) { group in
                for number in 1...8 {
                    group.addTask {
                        await perform(
                            ["insert into t (v) values (?1)"], connector, loop, with: [.integer(Int64(number))])
                    }
                }
                // Only a refusal can come before the lock is gone.
                var answers = [try await group.next() ?? ""]
                try other.execute("rollback")
                while let answer = try await group.next() { answers.append(answer) }
                return answers
            }
            #expect(answers[0] == "busy")
            let refused = answers.filter { $0 == "busy" }.count
            try expect(database, "select count(*) from t", "\(8 - refused)")
        }
    }

    @Test func `a file that cannot be written says so`() async throws {
        try await withConnector { connector, loop, database in
            // Permissions do not bind the user that tests may run as; this does.
            #expect(await perform(["pragma query_only = 1"], connector, loop) == #"{"n":0}"#)
            #expect(await perform(["insert into t (v) values (1)"], connector, loop) == "readOnly")
        }
    }

    @Test func `a full database says so, and stays whole`() async throws {
        try await withConnector { connector, loop, database in
            try database.write("pragma max_page_count = 1")
            let wide = "insert into t (v) values (1)"
            #expect(await perform([wide], connector, loop) == #"{"n":1}"#)
            let answer = await perform(
                [
                    "pragma max_page_count = 4", "create table filler (x)",
                    "insert into filler values (zeroblob(1000000))",
                ],
                connector, loop)
            #expect(answer == "full")
            try expect(database, "select count(*) from sqlite_schema where name = 'filler'", "0")
            try expect(database, "pragma integrity_check", "ok")
        }
    }

    @Test func `a closed source refuses, and finishes what waits`() async throws {
        let database = try TemporaryDatabase(Self.table)
        let group = try EventLoopGroup(count: 1)
        let connector = try SQLiteConnector(path: database.path, readers: 1, loops: group.loops)
        #expect(await perform(["insert into t (v) values (1)"], connector, group.loops[0]) == #"{"n":1}"#)
        connector.close()
        #expect(await perform(["insert into t (v) values (2)"], connector, group.loops[0]) == "unavailable")
        try expect(database, "select count(*) from t", "1")
        group.stop()
    }

    @Test func `thirty-two writers and as many readers`() async throws {
        try await withConnector { connector, loop, database in
            try database.write("insert into t (id, v) values (1, 1000)")
            let read = SQLStatement(text: "select (select v from t where id = 1)", parameters: [], cellCount: 1)
            let failures = await withTaskGroup(of: Int.self) { group in
                for _ in 0..<32 {
                    group.addTask {
                        var failures = 0
                        for _ in 0..<20 {
                            let answer = await perform(["update t set v = v + 1 where id = 1"], connector, loop)
                            if answer != #"{"n":1}"# { failures += 1 }
                        }
                        return failures
                    }
                    group.addTask {
                        var last = 0
                        var failures = 0
                        for _ in 0..<20 {
                            let seen = Int(await connector.answer(read, on: loop).text ?? "") ?? -1
                            if seen < last { failures += 1 }
                            last = seen
                        }
                        return failures
                    }
                }
                return await group.reduce(0, +)
            }
            #expect(failures == 0)
            try expect(database, "select v from t", "1640")
        }
    }
}

private final class Count: Sendable {
    private let value = Atomic(0)

    func next() -> Int { value.add(1, ordering: .relaxed).newValue }
}
