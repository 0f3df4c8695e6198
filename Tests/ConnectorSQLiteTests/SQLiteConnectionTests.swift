// Cells, the bound on prepared statements, and schemas that others change.

import Planning
import SQL
import Testing

@testable import ConnectorSQLite
@testable import Connectors

@Suite struct SQLiteConnectionTests {
    private func rows(_ outcome: SQLiteConnection.Outcome) throws -> Rows {
        switch outcome {
        case .rows(let rows): return rows
        case .failed(let error): throw error
        case .unfinished: throw ConnectorError(.unavailable, "unfinished")
        }
    }

    @Test func `copies each cell, null apart from empty`() throws {
        let database = try TemporaryDatabase()
        let connection = try SQLiteConnection(path: database.path, access: .read, limits: SQLiteLimits())
        let statement = SQLStatement(text: "select 'ab', null, '', 'é', 12", parameters: [], cellCount: 5)
        let result = try rows(connection.run(statement, values: [], deadline: .max, job: nil))
        #expect(result.cells == [0..<2, nil, 2..<2, 2..<4, 4..<6])
        #expect(result.text(4) == "12")
    }

    @Test func `a statement without a row answers nulls`() throws {
        let database = try TemporaryDatabase()
        let connection = try SQLiteConnection(path: database.path, access: .read, limits: SQLiteLimits())
        let statement = SQLStatement(text: "select id, id from t", parameters: [], cellCount: 2)
        #expect(try rows(connection.run(statement, values: [], deadline: .max, job: nil)).cells == [nil, nil])
    }

    @Test func `keeps the most recently used prepared statements`() throws {
        let database = try TemporaryDatabase()
        var limits = SQLiteLimits()
        limits.preparedStatements = 3
        let connection = try SQLiteConnection(path: database.path, access: .read, limits: limits)
        let statements = (0..<10).map { SQLStatement(text: "select \($0)", parameters: [], cellCount: 1) }
        for statement in statements {
            #expect(try rows(connection.run(statement, values: [], deadline: .max, job: nil)).text(0) != nil)
            #expect(try rows(connection.run(statements[0], values: [], deadline: .max, job: nil)).text(0) == "0")
            #expect(connection.preparedCount <= 3)
        }
        #expect(connection.isPrepared(statements[0]))
        #expect(connection.isPrepared(statements[9]))
        #expect(!connection.isPrepared(statements[5]))
    }

    @Test func `answers larger than the limit are refused`() throws {
        let database = try TemporaryDatabase()
        var limits = SQLiteLimits()
        limits.responseBytes = 1000
        let connection = try SQLiteConnection(path: database.path, access: .read, limits: limits)
        let text = "hex(zeroblob(200))"
        let statement = SQLStatement(text: "select \(text), \(text), \(text)", parameters: [], cellCount: 3)
        let error = #expect(throws: ConnectorError.self) {
            try rows(connection.run(statement, values: [], deadline: .max, job: nil))
        }
        #expect(error?.kind == .limitExceeded("$"))
    }

    @Test func `a schema that another process changes`() throws {
        let database = try TemporaryDatabase("create table t (a); insert into t values (1)")
        let connection = try SQLiteConnection(path: database.path, access: .read, limits: SQLiteLimits())
        let statement = SQLStatement(text: "select a from t", parameters: [], cellCount: 1)
        #expect(try rows(connection.run(statement, values: [], deadline: .max, job: nil)).text(0) == "1")
        try database.write("alter table t add column b; update t set a = 2; create index i on t(a)")
        #expect(try rows(connection.run(statement, values: [], deadline: .max, job: nil)).text(0) == "2")
        try database.write("drop table t")
        let error = #expect(throws: ConnectorError.self) {
            try rows(connection.run(statement, values: [], deadline: .max, job: nil))
        }
        #expect(error?.kind == .invalidStatement)
        try database.write("create table t (a); insert into t values (3)")
        #expect(try rows(connection.run(statement, values: [], deadline: .max, job: nil)).text(0) == "3")
    }
}
