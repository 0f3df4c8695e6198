// The settings every connection starts with: what a hostile schema may do, what reading costs, and what our SQL means.
// https://sqlite.org/security.html https://sqlite.org/pragma.html

internal import CSQLite
package import Connectors

package enum SQLiteSetup {
    /// For a connection outside the connector: the benchmark's bare loop, with the gateway's settings and functions.
    package static func apply(to handle: borrowing SQLiteHandle, limits: SQLiteLimits) throws(ConnectorError) {
        try apply(to: handle, limits: limits, watch: nil)
    }

    /// `watch` learns of `perigee_limit`; it must outlive the handle.
    static func apply(
        to handle: borrowing SQLiteHandle, limits: SQLiteLimits, watch: ExecutionWatch?
    ) throws(ConnectorError) {
        let connection = unsafe handle.connection
        unsafe perigee_sqlite_config_defensive(connection)
        // The schema is the owner's (docs/decisions/0012-the-schema-is-trusted.md). What it must not call is marked as such:
        // `perigee_read` runs the text it is given.
        unsafe perigee_sqlite_config_trusted_schema(connection)
        unsafe perigee_sqlite_config_no_extensions(connection)
        // Views and triggers of many years have texts in double quotes. In our own statements names are those of the
        // catalog; what an owner writes is checked without this (`check`).
        unsafe perigee_sqlite_config_dqs(connection, 1)
        unsafe perigee_sqlite_config_foreign_keys(connection)
        // Whatever a statement builds is bounded like the answer it is part of. But the database's schema and the settings
        // below are values too: a small bound for answers must not keep them out.
        let valueBytes = max(limits.responseBytes, SQLiteLimits.leastValueBytes)
        unsafe sqlite3_limit(connection, SQLITE_LIMIT_LENGTH, Int32(clamping: valueBytes))
        unsafe sqlite3_limit(connection, SQLITE_LIMIT_ATTACHED, 0)
        try handle.execute("pragma cell_size_check = on")
        // LIKE is the dialect's `_like`; lower case is folded first for `_ilike`.
        try handle.execute("pragma case_sensitive_like = on")
        try handle.execute("pragma mmap_size = \(limits.mappedBytes)")
        try handle.execute("pragma cache_size = -\(limits.cacheKibibytes)")
        try handle.execute("pragma temp_store = memory")
        if handle.isReadOnly { try handle.execute("pragma query_only = on") }
        try SQLiteFunctions.register(on: handle, watch: watch)
    }

    /// Readers and a writer do not block each other in WAL mode. A file that cannot be written stays in its mode, and so
    /// does one that another process uses in another mode right now: both still work.
    static func preferWAL(path: String) {
        guard let handle = try? SQLiteHandle(path: path, access: .write), !handle.isReadOnly else { return }
        try? handle.execute("pragma journal_mode = wal")
    }
}
