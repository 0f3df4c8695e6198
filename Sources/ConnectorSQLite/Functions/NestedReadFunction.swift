// `perigee_read(sql, argument, …)`: runs a sub-select that was detached from its statement because SQLite's parser stops at
// a depth of a hundred symbols. It runs on the same connection, in the statement's own read transaction and snapshot, so
// the answer is the one the sub-select would give in its place. https://sqlite.org/c3ref/get_auxdata.html

internal import CSQLite

enum NestedReadFunction {
    /// The first argument is a literal of the statement that calls it; the prepared form is kept with the literal, for as
    /// long as the statement runs.
    static func read(
        _ context: OpaquePointer?, _ count: Int32, _ arguments: UnsafeMutablePointer<OpaquePointer?>?
    ) {
        guard let context = unsafe context, let arguments = unsafe arguments, count > 0 else { return }
        let connection = unsafe sqlite3_context_db_handle(context)
        let kept = unsafe sqlite3_get_auxdata(context, 0)
        var statement = OpaquePointer(kept)
        if unsafe statement == nil {
            let code = unsafe sqlite3_prepare_v3(
                connection, UnsafeRawPointer(sqlite3_value_text(arguments[0]))?.assumingMemoryBound(to: CChar.self), -1,
                0,
                &statement, nil)
            guard code == SQLITE_OK, unsafe statement != nil else { return unsafe fail(context, connection, code) }
        }
        for index in 1..<max(1, Int(count)) {
            unsafe sqlite3_bind_value(statement, Int32(index), arguments[index])
        }
        let code = unsafe sqlite3_step(statement)
        if code == SQLITE_ROW {
            unsafe sqlite3_result_value(context, sqlite3_column_value(statement, 0))
        } else if code == SQLITE_DONE {
            unsafe sqlite3_result_null(context)
        } else {
            unsafe fail(context, connection, sqlite3_extended_errcode(connection))
        }
        unsafe sqlite3_reset(statement)
        // Last, since SQLite may drop what it is given at once.
        if unsafe kept == nil {
            unsafe sqlite3_set_auxdata(context, 0, UnsafeMutableRawPointer(statement)) { kept in
                unsafe sqlite3_finalize(OpaquePointer(kept))
            }
        }
    }

    private static func fail(_ context: OpaquePointer, _ connection: OpaquePointer?, _ code: Int32) {
        unsafe sqlite3_result_error(context, sqlite3_errmsg(connection), -1)
        unsafe sqlite3_result_error_code(context, code)
    }
}
