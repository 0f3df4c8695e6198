// A database file of a test's own, removed with it, and ways to ask it.

import Foundation
import Planning
import Reactor
import SQL

@testable import ConnectorSQLite
@testable import Connectors

final class TemporaryDatabase: Sendable {
    let directory: String
    let path: String

    init(_ sql: String = "") throws {
        directory = NSTemporaryDirectory() + "perigee-sqlite-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        path = directory + "/app.db"
        try write(sql.isEmpty ? "create table t (id integer primary key)" : sql)
    }

    deinit {
        try? FileManager.default.removeItem(atPath: directory)
    }

    /// By a connection of its own, as another process would.
    func write(_ sql: String) throws {
        let handle = try SQLiteHandle(path: path, access: .create)
        try handle.execute(sql)
    }

    /// The first column of the first row, read with the gateway's settings and functions.
    func ask(
        _ sql: String, _ values: [BoundValue] = [], limits: SQLiteLimits = SQLiteLimits()
    ) throws -> String? {
        let connection = try SQLiteConnection(path: path, access: .read, limits: limits)
        let statement = SQLStatement(text: sql, parameters: [], cellCount: 1)
        switch connection.run(statement, values: values, deadline: .max, job: nil) {
        case .rows(let rows): return rows.text(0)
        case .failed(let error): throw error
        case .unfinished: throw ConnectorError(.unavailable, "unfinished")
        }
    }
}

extension Rows {
    func text(_ cell: Int) -> String? {
        cells[cell].map { String(decoding: bytes[$0], as: UTF8.self) }
    }
}

extension EventLoop {
    /// Runs `body` as a task of this loop.
    func run<Value: Sendable>(_ body: @escaping @Sendable () async -> Value) async -> Value {
        await Task(executorPreference: self) { await body() }.value
    }
}

extension SQLiteConnector {
    func answer(
        _ statement: SQLStatement, _ values: [BoundValue] = [], on loop: EventLoop,
        within time: Duration = .seconds(30)
    ) async -> Result<Rows, ConnectorError> {
        let deadline = UInt64(clamping: MonotonicInstant.now.advanced(by: time).nanoseconds)
        return await loop.run {
            do throws(ConnectorError) {
                return .success(try await self.execute(statement, values: values, on: loop, deadline: deadline))
            } catch {
                return .failure(error)
            }
        }
    }
}

extension Result<Rows, ConnectorError> {
    var kind: ConnectorError.Kind? {
        if case .failure(let error) = self { return error.kind }
        return nil
    }

    var text: String? { (try? get())?.text(0) }
}

/// Polls until the condition holds; false when it does not within the time.
func eventually(within time: Duration = .seconds(20), _ condition: () async -> Bool) async -> Bool {
    let end = MonotonicInstant.now.advanced(by: time)
    while MonotonicInstant.now < end {
        if await condition() { return true }
        await Task.yield()
    }
    return false
}

/// Counts to its parameter: about 100 ns each.
func countingStatement() -> SQLStatement {
    SQLStatement(
        text: "with recursive n(i) as (select 1 union all select i + 1 from n where i < ?1) select count(*) from n",
        parameters: [], cellCount: 1)
}
