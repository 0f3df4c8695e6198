// One thread of the bare loop, written against the C interface: what it measures is the library and nothing of ours but
// the SQL functions.

internal import CSQLite
internal import ConnectorSQLite
internal import Connectors
internal import Planning
internal import Reactor

@safe struct Worker: ~Copyable {
    private let handle: SQLiteHandle
    private let statement: OpaquePointer
    private let parameters: [[BoundValue]]
    private var next: Int
    private var output: [UInt8] = []

    init(_ options: Options, offset: Int) throws {
        let handle = try SQLiteHandle(path: options.database, access: .read)
        try SQLiteSetup.apply(to: handle, limits: SQLiteLimits())
        let prepared = unsafe handle.withConnection { connection in
            var statement: OpaquePointer?
            unsafe sqlite3_prepare_v3(
                connection, options.sql, -1, UInt32(SQLITE_PREPARE_PERSISTENT), &statement, nil)
            return unsafe statement
        }
        guard let statement = unsafe prepared else {
            throw Failure(unsafe handle.withConnection { unsafe String(cString: sqlite3_errmsg($0)) })
        }
        unsafe self.statement = statement
        self.handle = handle
        parameters = options.parameters
        // Threads begin at different places.
        next = offset * 7919 % options.parameters.count
    }

    deinit {
        unsafe sqlite3_finalize(statement)
    }

    /// Statements done and bytes copied.
    consuming func run(seconds: Double) throws -> (statements: Int, bytes: Int) {
        let end = MonotonicInstant.now.advanced(by: .seconds(seconds))
        var statements = 0
        var bytes = 0
        // The clock is read once in sixteen.
        while MonotonicInstant.now < end {
            for _ in 0..<16 {
                bytes += try runOnce()
                statements += 1
            }
        }
        return (statements, bytes)
    }

    private mutating func runOnce() throws -> Int {
        for (index, value) in parameters[next].enumerated() { bind(value, at: Int32(index + 1)) }
        next = next + 1 == parameters.count ? 0 : next + 1
        output.removeAll(keepingCapacity: true)
        while true {
            let code = unsafe sqlite3_step(statement)
            if code == SQLITE_DONE { break }
            guard code == SQLITE_ROW else { throw Failure("the statement failed with SQLite code \(code)") }
            for column in unsafe 0..<sqlite3_column_count(statement) {
                guard let text = unsafe sqlite3_column_text(statement, column) else { continue }
                let count = Int(unsafe sqlite3_column_bytes(statement, column))
                unsafe output.append(contentsOf: UnsafeBufferPointer(start: text, count: count))
            }
        }
        unsafe sqlite3_reset(statement)
        return output.count
    }

    private func bind(_ value: BoundValue, at index: Int32) {
        switch value {
        case .null: unsafe sqlite3_bind_null(statement, index)
        case .integer(let number): unsafe sqlite3_bind_int64(statement, index, number)
        case .real(let number): unsafe sqlite3_bind_double(statement, index, number)
        case .decimal(let text): unsafe sqlite3_bind_double(statement, index, Double(text) ?? .nan)
        case .text(let text), .list(let text):
            unsafe sqlite3_bind_text(statement, index, text, -1, perigee_sqlite_transient())
        case .bytes(let bytes):
            unsafe sqlite3_bind_blob64(
                statement, index, bytes, sqlite3_uint64(bytes.count), perigee_sqlite_transient())
        }
    }
}
