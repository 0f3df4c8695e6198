// The writer's side of a connection: transactions, and statements whose rows are kept while a mutation runs.

internal import CSQLite
internal import Connectors
internal import Planning
internal import SQL

extension SQLiteConnection {
    /// Committed means on the disk: WAL with a sync at each commit, whatever the library was built to do.
    func prepareForWriting() throws(ConnectorError) {
        guard !handle.isReadOnly else { throw ConnectorError(.readOnly, "the database cannot be written") }
        try handle.execute("pragma synchronous = full")
    }

    /// Takes the write lock at once, so that nothing read inside the transaction can be out of date when it writes; waits
    /// for another process's lock as long as the deadline and the busy timeout let it.
    func beginWriting(deadline: Int64) throws(ConnectorError) {
        try control("BEGIN IMMEDIATE", deadline: deadline)
    }

    /// What a commit may take is not the statement's: it has no deadline.
    func commitWriting() throws(ConnectorError) {
        try control(limits.discardsWrites ? "ROLLBACK" : "COMMIT", deadline: .max)
    }

    /// Also after SQLite has rolled back by itself.
    func rollback() {
        if isInTransaction { try? control("ROLLBACK", deadline: .max) }
    }

    func savepoint() throws(ConnectorError) {
        try control("SAVEPOINT perigee", deadline: .max)
    }

    func release() throws(ConnectorError) {
        try control("RELEASE perigee", deadline: .max)
    }

    /// Undoes what was done since the savepoint, if SQLite has left the transaction open.
    func rollbackToSavepoint() throws(ConnectorError) {
        guard isInTransaction else { return }
        try control("ROLLBACK TO perigee", deadline: .max)
        try release()
    }

    /// Of foreign keys that wait for the commit: those of one mutation must not wait for another's.
    /// - Throws: a constraint violation, if the commit would.
    func settleForeignKeys() throws(ConnectorError) {
        var pending: Int32 = 0
        var highest: Int32 = 0
        unsafe sqlite3_db_status(handle.connection, SQLITE_DBSTATUS_DEFERRED_FKS, &pending, &highest, 0)
        guard pending == 0 else {
            throw ConnectorError(.constraint(ConstraintViolation(.foreignKey)), "a deferred foreign key is violated")
        }
    }

    var isInTransaction: Bool { unsafe sqlite3_get_autocommit(handle.connection) == 0 }

    private func control(_ sql: String, deadline: Int64) throws(ConnectorError) {
        watch.begin(deadline: deadline, job: nil)
        defer { watch.end() }
        try handle.control(sql)
    }

    /// Runs one statement of a mutation to its end and keeps its rows.
    func write(
        _ statement: SQLStatement, values: [BoundValue], deadline: Int64
    ) throws(ConnectorError) -> WriteRun.Result {
        watch.begin(deadline: deadline, job: nil)
        defer { watch.end() }
        let cached = try prepared(statement)
        defer { cached.statement.reset() }
        try cached.statement.bind(values, scratch: &scratch)
        var rows: [[BoundValue]] = []
        while true {
            let code = cached.statement.stepForCode()
            if code == SQLITE_DONE { break }
            guard code == SQLITE_ROW else { throw writeError(code, of: cached) }
            rows.append((0..<statement.cellCount).map { cached.statement.value($0) })
        }
        // Of this statement, what triggers and cascades changed aside; a select leaves the figure of an earlier one.
        return WriteRun.Result(rows: rows, changes: unsafe Int(sqlite3_changes64(handle.connection)))
    }

    private func writeError(_ code: Int32, of cached: Cached) -> ConnectorError {
        if let path = watch.limitPath {
            return ConnectorError(.limitExceeded(path), "more than \(limits.markedLists) lists have too many rows")
        }
        if watch.hasCostlyPattern { return .costlyPattern }
        if watch.interruption == .deadline {
            return ConnectorError(.timeout, "the statement ran into its deadline")
        }
        return cached.statement.error(code)
    }
}
