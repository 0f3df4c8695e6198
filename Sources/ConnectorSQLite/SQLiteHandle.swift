// The owner of one `sqlite3*`: opens a database file with messages an operator can act on, prepares, runs set-up
// statements, closes. Used by one thread at a time (NOMUTEX). https://sqlite.org/c3ref/open.html

internal import CSQLite
package import Connectors
internal import Glibc

@safe package struct SQLiteHandle: ~Copyable {
    package enum Access: Sendable {
        case read
        case write
        /// Makes the file if there is none.
        case create
    }

    let connection: OpaquePointer

    /// Evaluated once, before the library is first used. Refused when other code was first: slower, not wrong.
    private static let hasNoStatistics = perigee_sqlite_config_no_memory_statistics() == SQLITE_OK

    /// Opens the file and reads its header, so that a file of another kind is found here and not by the first request.
    package init(path: String, access: Access) throws(ConnectorError) {
        try Self.check(path, access: access)
        unsafe connection = try Self.open(path, access: access)
    }

    deinit {
        // v2: a statement that is still open keeps the connection until it is finalised.
        unsafe sqlite3_close_v2(connection)
    }

    /// The C handle, for the benchmark that measures the bare library.
    package borrowing func withConnection<Result>(_ body: (OpaquePointer) throws -> Result) rethrows -> Result {
        try unsafe body(connection)
    }

    package var isReadOnly: Bool { unsafe sqlite3_db_readonly(connection, "main") == 1 }

    /// The library's words for the last failure.
    var message: String { unsafe String(cString: sqlite3_errmsg(connection)) }

    /// The sequence a column is compared by, in capitals as SQLite spells its own.
    borrowing func collation(of column: String, in table: String) -> String {
        var name: UnsafePointer<CChar>?
        let code = unsafe sqlite3_table_column_metadata(connection, "main", table, column, nil, &name, nil, nil, nil)
        guard code == SQLITE_OK, let name = unsafe name else { return "" }
        return unsafe String(cString: name).uppercased()
    }

    /// Runs statements without results.
    package borrowing func execute(_ sql: String) throws(ConnectorError) {
        let code = runQuietly(sql)
        guard code == SQLITE_OK else {
            throw SQLiteFailure.error(code: code, message: message, stage: .preparing)
        }
    }

    /// Runs a statement of transaction control, where what a constraint says may come late.
    borrowing func control(_ sql: String) throws(ConnectorError) {
        let code = runQuietly(sql)
        guard code == SQLITE_OK else {
            throw SQLiteFailure.error(code: code, message: message, stage: .stepping)
        }
    }

    /// Compiles one statement; `isPersistent` for those that are kept.
    package borrowing func prepare(
        _ sql: String, isPersistent: Bool = false
    ) throws(ConnectorError) -> SQLitePreparedStatement {
        var statement: OpaquePointer?
        var text = sql
        let code = text.withUTF8 { bytes in
            unsafe bytes.withMemoryRebound(to: CChar.self) { characters in
                unsafe sqlite3_prepare_v3(
                    connection, characters.baseAddress, Int32(clamping: characters.count),
                    isPersistent ? UInt32(SQLITE_PREPARE_PERSISTENT) : 0, &statement, nil)
            }
        }
        guard code == SQLITE_OK else {
            throw SQLiteFailure.error(code: code, message: message, stage: .preparing)
        }
        guard let pointer = unsafe statement else {
            throw ConnectorError(.invalidStatement, "the statement is empty")
        }
        return unsafe SQLitePreparedStatement(pointer)
    }

    private borrowing func runQuietly(_ sql: String) -> Int32 {
        unsafe sqlite3_exec(connection, sql, nil, nil, nil)
    }

    // MARK: Opening

    private static func open(_ path: String, access: Access) throws(ConnectorError) -> OpaquePointer {
        _ = hasNoStatistics
        var opened: OpaquePointer?
        // Debian's library treats names that begin with `file:` as URIs, with parameters, and `:memory:` as no file;
        // a path that begins with a dot or a slash is only ever a path.
        let name = path.hasPrefix("/") ? path : "./" + path
        var code = unsafe sqlite3_open_v2(name, &opened, flags(access), nil)
        guard let connection = unsafe opened else { throw cannotOpen(path, "there is not enough memory") }
        if code == SQLITE_OK {
            unsafe sqlite3_extended_result_codes(connection, 1)
            code = unsafe sqlite3_exec(connection, "select count(*) from sqlite_schema", nil, nil, nil)
        }
        guard code == SQLITE_OK else {
            let message = unsafe String(cString: sqlite3_errmsg(connection))
            unsafe sqlite3_close_v2(connection)
            throw cannotOpen(path, reason(code, message))
        }
        return unsafe connection
    }

    private static func flags(_ access: Access) -> Int32 {
        // EXRESCODE: an error while opening already says which kind of error.
        let common = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE | SQLITE_OPEN_PRIVATECACHE
        return switch access {
        case .read: common | SQLITE_OPEN_READONLY
        case .write: common | SQLITE_OPEN_READWRITE
        case .create: common | SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE
        }
    }

    /// What the library would answer with one code for all: "unable to open database file".
    private static func check(_ path: String, access: Access) throws(ConnectorError) {
        if path.isEmpty { throw cannotOpen(path, "the path is empty") }
        if path.utf8.contains(0) { throw cannotOpen(path, "the path holds a NUL byte") }
        var status = stat()
        guard unsafe stat(path, &status) == 0 else {
            switch errno {
            case ENOENT, ENOTDIR:
                if case .create = access { return }
                throw cannotOpen(path, "the file does not exist")
            case EACCES: throw cannotOpen(path, "permission denied")
            case let number: throw cannotOpen(path, unsafe String(cString: strerror(number)))
            }
        }
        switch status.st_mode & S_IFMT {
        case S_IFREG: break
        case S_IFDIR: throw cannotOpen(path, "it is a directory")
        default: throw cannotOpen(path, "it is not a regular file")
        }
        guard unsafe Glibc.access(path, R_OK) == 0 else { throw cannotOpen(path, "permission denied") }
    }

    private static func reason(_ code: Int32, _ message: String) -> String {
        switch code & 0xFF {
        case SQLITE_NOTADB: "the file is not an SQLite database"
        case SQLITE_CORRUPT: "the file is damaged: \(message)"
        case SQLITE_BUSY, SQLITE_LOCKED: "it is locked by another process"
        case SQLITE_PERM: "permission denied"
        // A database in WAL mode needs its `-wal` and `-shm` files even for reading.
        case SQLITE_CANTOPEN, SQLITE_READONLY: "\(message); the file and its directory must be accessible"
        default: "\(message) (SQLite code \(code))"
        }
    }

    private static func cannotOpen(_ path: String, _ reason: String) -> ConnectorError {
        ConnectorError(.unavailable, "cannot open the database \"\(path)\": \(reason)")
    }
}
