// Opening good and bad files, the settings of a connection, and how errors are classified.

import Foundation
import Metadata
import Planning
import Testing

@testable import ConnectorSQLite
@testable import Connectors

@Suite struct SQLiteHandleTests {
    private func refusal(_ path: String) -> String? {
        do throws(ConnectorError) {
            _ = try SQLiteConnector(path: path)
            return nil
        } catch {
            #expect(error.kind == .unavailable)
            return error.detail
        }
    }

    @Test func `says what is wrong with a bad file`() throws {
        let database = try TemporaryDatabase()
        let folder = database.directory
        #expect(refusal("") == #"cannot open the database "": the path is empty"#)
        #expect(
            refusal(folder + "/nope.db") == "cannot open the database \"\(folder)/nope.db\": the file does not exist")
        #expect(
            refusal(database.path + "/nope.db")
                == "cannot open the database \"\(database.path)/nope.db\": the file does not exist")
        #expect(refusal(folder) == "cannot open the database \"\(folder)\": it is a directory")
        #expect(refusal("/dev/null") == #"cannot open the database "/dev/null": it is not a regular file"#)
        #expect(refusal("a\0b")?.hasSuffix("the path holds a NUL byte") == true)
        let text = folder + "/notes.txt"
        try String(repeating: "These are notes and no database.\n", count: 100).write(
            toFile: text, atomically: true, encoding: .utf8)
        #expect(refusal(text) == "cannot open the database \"\(text)\": the file is not an SQLite database")
    }

    @Test func `a truncated file is damaged, not silently empty`() throws {
        let database = try TemporaryDatabase("create table t (a); insert into t values (zeroblob(100000))")
        let data = try #require(FileManager.default.contents(atPath: database.path))
        try data.prefix(2000).write(to: URL(fileURLWithPath: database.path))
        let message = try #require(refusal(database.path))
        #expect(message.contains("damaged") || message.contains("not an SQLite database"), "\(message)")
    }

    @Test func `a file that may not be read`() throws {
        // The super-user may read everything.
        guard getuid() != 0 else { return }
        let database = try TemporaryDatabase()
        try FileManager.default.setAttributes([.posixPermissions: 0], ofItemAtPath: database.path)
        #expect(refusal(database.path) == "cannot open the database \"\(database.path)\": permission denied")
    }

    @Test func `a file that another process has locked`() throws {
        let database = try TemporaryDatabase("create table t (a)")
        let other = try SQLiteHandle(path: database.path, access: .write)
        try other.execute("begin exclusive")
        #expect(
            refusal(database.path) == "cannot open the database \"\(database.path)\": it is locked by another process")
        try other.execute("rollback")
        #expect(refusal(database.path) == nil)
    }

    @Test func `names that SQLite would treat as something else are paths`() throws {
        for name in ["file:app.db?mode=memory", ":memory:"] {
            #expect(refusal(name) == "cannot open the database \"\(name)\": the file does not exist")
        }
    }

    @Test func `a read-only file stays in its journal mode and works`() throws {
        let database = try TemporaryDatabase("create table t (a); insert into t values (7)")
        try FileManager.default.setAttributes([.posixPermissions: 0o444], ofItemAtPath: database.path)
        let connector = try SQLiteConnector(path: database.path, readers: 1)
        #expect(try connector.introspect().tables.map(\.name) == ["t"])
        #expect(try database.ask("select a from t") == "7")
        connector.close()
    }

    @Test func `the connector puts a writable file in WAL mode`() throws {
        let database = try TemporaryDatabase()
        let connector = try SQLiteConnector(path: database.path, readers: 1)
        defer { connector.close() }
        #expect(try database.ask("pragma journal_mode") == "wal")
    }

    @Test(arguments: [
        ("pragma query_only", "1"), ("pragma foreign_keys", "1"), ("pragma trusted_schema", "1"),
        ("pragma cell_size_check", "1"), ("pragma mmap_size", "\(256 << 20)"),
        ("select 'a' like 'A' escape '\\'", "0"), ("select 'a%' like 'a\\%' escape '\\'", "1"),
    ])
    func `connections have their settings`(sql: String, expected: String) throws {
        #expect(try TemporaryDatabase().ask(sql) == expected)
    }

    @Test(arguments: [
        ("select", ConnectorError.Kind.invalidStatement),
        ("", .invalidStatement),
        ("select nope from t", .invalidStatement),
        ("select ?1", .invalidStatement),
        ("select 1, 2", .invalidStatement),
        ("insert into t values (1) returning id", .readOnly),
        ("select sum(9223372036854775807) from (select 1 union all select 2)", .dataException),
        ("select json('{')", .dataException),
        ("select zeroblob(999999999)", .limitExceeded("$")),
        ("attach 'x' as y", .invalidStatement),
    ])
    func `classifies errors by code and stage`(sql: String, kind: ConnectorError.Kind) throws {
        let database = try TemporaryDatabase()
        let error = #expect(throws: ConnectorError.self) { try database.ask(sql) }
        #expect(error?.kind == kind, "\(error?.detail ?? "")")
    }

    @Test(arguments: [
        BoundValue.text(""), .text("plain"), .text("é\0x"), .text(String(repeating: "long ", count: 20_000)),
        .list("[1,2]"),
    ])
    func `binds texts as they are`(value: BoundValue) throws {
        let database = try TemporaryDatabase()
        let expected: String =
            switch value {
            case .text(let text), .list(let text): text
            case .null, .integer, .real, .decimal, .bytes: ""
            }
        #expect(try database.ask("select ?1", [value]) == expected)
        #expect(try database.ask("select typeof(?1)", [value]) == "text")
    }

    @Test func `binds the other values as they are`() throws {
        let database = try TemporaryDatabase()
        #expect(try database.ask("select ?1", [.integer(.min)]) == "-9223372036854775808")
        #expect(try database.ask("select typeof(?1) || ?1", [.real(0.5)]) == "real0.5")
        #expect(try database.ask("select ?1", [.null]) == nil)
        #expect(try database.ask("select typeof(?1) || hex(?1)", [.bytes([0, 255])]) == "blob00FF")
        #expect(try database.ask("select typeof(?1) || length(?1)", [.bytes([])]) == "blob0")
    }
}
