// Classifies what SQLite reports into the connector's errors: by extended result code and by the stage at which it came,
// never by the text. https://sqlite.org/rescode.html

internal import CSQLite
internal import Connectors

enum SQLiteFailure {
    /// When SQLite reported the error.
    enum Stage {
        case opening
        case preparing
        case stepping
    }

    static func error(code: Int32, message: String, stage: Stage) -> ConnectorError {
        ConnectorError(kind(code: code, stage: stage), detail(code: code, message: message))
    }

    private static func kind(code: Int32, stage: Stage) -> ConnectorError.Kind {
        switch code & 0xFF {
        case SQLITE_BUSY, SQLITE_LOCKED, SQLITE_FULL, SQLITE_READONLY, SQLITE_CORRUPT, SQLITE_NOTADB, SQLITE_IOERR,
            SQLITE_CANTOPEN, SQLITE_PERM, SQLITE_PROTOCOL, SQLITE_NOMEM, SQLITE_NOLFS:
            .unavailable
        // Interruptions of our own are told apart by the watch before they come here; a foreign one has no other cause.
        case SQLITE_INTERRUPT, SQLITE_ABORT: .cancelled
        case SQLITE_TOOBIG: stage == .preparing ? .invalidStatement : .limitExceeded("$")
        case SQLITE_ERROR, SQLITE_CONSTRAINT, SQLITE_MISMATCH: stage == .stepping ? .dataException : .invalidStatement
        default: stage == .opening ? .unavailable : .invalidStatement
        }
    }

    private static func detail(code: Int32, message: String) -> String {
        "\(message) (SQLite code \(code))"
    }

    /// Whether another process holds a lock; worth another try.
    static func isBusy(_ code: Int32) -> Bool {
        code & 0xFF == SQLITE_BUSY || code & 0xFF == SQLITE_LOCKED
    }
}
