// The owner of one `sqlite3_stmt*`: binds, steps, reads columns, finalises. A statement belongs to the thread of its
// connection. https://sqlite.org/c3ref/stmt.html

internal import CSQLite
package import Connectors
internal import Planning

@safe package struct SQLitePreparedStatement: ~Copyable {
    private let statement: OpaquePointer

    init(_ statement: OpaquePointer) {
        unsafe self.statement = statement
    }

    deinit {
        unsafe sqlite3_finalize(statement)
    }

    var parameterCount: Int { Int(unsafe sqlite3_bind_parameter_count(statement)) }
    var columnCount: Int { Int(unsafe sqlite3_column_count(statement)) }
    private var message: String { unsafe String(cString: sqlite3_errmsg(sqlite3_db_handle(statement))) }

    // MARK: Binding

    /// Binds all values, in order. Texts and bytes go into `scratch`, which must stay as it is until `reset`.
    borrowing func bind(_ values: [BoundValue], scratch: inout BindingScratch) throws(ConnectorError) {
        guard values.count == parameterCount else {
            throw ConnectorError(
                .invalidStatement, "the statement has \(parameterCount) parameters, not \(values.count)")
        }
        scratch.reserve(for: values)
        for (offset, value) in values.enumerated() {
            let index = Int32(offset + 1)
            let code =
                switch value {
                case .null: unsafe sqlite3_bind_null(statement, index)
                case .integer(let number): unsafe sqlite3_bind_int64(statement, index, number)
                case .real(let number): unsafe sqlite3_bind_double(statement, index, number)
                case .decimal(let text): unsafe sqlite3_bind_double(statement, index, Double(text) ?? .nan)
                case .text(let text), .list(let text): bind(text: text, at: index, scratch: &scratch)
                case .bytes(let bytes): bind(bytes: bytes, at: index, scratch: &scratch)
                }
            guard code == SQLITE_OK else { throw error(code) }
        }
    }

    private borrowing func bind(text: String, at index: Int32, scratch: inout BindingScratch) -> Int32 {
        let copy = unsafe scratch.copy(text)
        return unsafe copy.withMemoryRebound(to: CChar.self) { characters in
            unsafe sqlite3_bind_text64(
                statement, index, characters.baseAddress, sqlite3_uint64(characters.count), perigee_sqlite_static(),
                UInt8(SQLITE_UTF8))
        }
    }

    private borrowing func bind(bytes: [UInt8], at index: Int32, scratch: inout BindingScratch) -> Int32 {
        let copy = unsafe scratch.copy(bytes)
        return unsafe sqlite3_bind_blob64(
            statement, index, copy.baseAddress, sqlite3_uint64(copy.count), perigee_sqlite_static())
    }

    // MARK: Stepping

    /// True when there is a row.
    package borrowing func step() throws(ConnectorError) -> Bool {
        let code = stepForCode()
        if code == SQLITE_ROW { return true }
        if code == SQLITE_DONE { return false }
        throw error(code)
    }

    /// The bare result code, for callers that look closer.
    borrowing func stepForCode() -> Int32 {
        unsafe sqlite3_step(statement)
    }

    borrowing func error(_ code: Int32) -> ConnectorError {
        SQLiteFailure.error(code: code, message: message, stage: .stepping)
    }

    /// Ends the run, and with it the read transaction, and forgets the values.
    borrowing func reset() {
        unsafe sqlite3_reset(statement)
        // The values point into scratch memory that is about to be used again.
        unsafe sqlite3_clear_bindings(statement)
    }

    // MARK: Columns

    borrowing func isNull(_ column: Int) -> Bool {
        unsafe sqlite3_column_type(statement, Int32(column)) == SQLITE_NULL
    }

    borrowing func integer(_ column: Int) -> Int {
        Int(unsafe sqlite3_column_int64(statement, Int32(column)))
    }

    package borrowing func text(_ column: Int) -> String? {
        guard !isNull(column) else { return nil }
        return unsafe String(decoding: bytes(column), as: UTF8.self)
    }

    /// The column as it is stored; text that is no UTF-8 as its bytes.
    borrowing func value(_ column: Int) -> BoundValue {
        let index = Int32(column)
        switch unsafe sqlite3_column_type(statement, index) {
        case SQLITE_INTEGER: return .integer(unsafe sqlite3_column_int64(statement, index))
        case SQLITE_FLOAT: return .real(unsafe sqlite3_column_double(statement, index))
        case SQLITE_TEXT:
            let bytes = unsafe bytes(column)
            return unsafe String(validating: bytes, as: UTF8.self).map { .text($0) } ?? .bytes(Array(bytes))
        case SQLITE_BLOB:
            guard let start = unsafe sqlite3_column_blob(statement, index) else { return .bytes([]) }
            let count = Int(unsafe sqlite3_column_bytes(statement, index))
            return .bytes(unsafe Array(UnsafeRawBufferPointer(start: start, count: count)))
        default: return .null
        }
    }

    /// The column as text; valid until the next step or reset.
    borrowing func bytes(_ column: Int) -> UnsafeBufferPointer<UInt8> {
        // Text first: it may convert, and only then is the byte count the text's.
        let start = unsafe sqlite3_column_text(statement, Int32(column))
        return unsafe UnsafeBufferPointer(start: start, count: Int(sqlite3_column_bytes(statement, Int32(column))))
    }
}
