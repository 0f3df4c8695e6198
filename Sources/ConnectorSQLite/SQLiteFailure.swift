// Classifies what SQLite reports into the connector's errors: by extended result code and by the stage at which it came,
// never by the text. https://sqlite.org/rescode.html

internal import CSQLite
internal import Connectors

extension ConnectorError {
    static let costlyPattern = ConnectorError(.costlyPattern, "a pattern took too many steps on a stored value")
}

enum SQLiteFailure {
    /// When SQLite reported the error.
    enum Stage {
        case opening
        case preparing
        case stepping
    }

    static func error(code: Int32, message: String, stage: Stage) -> ConnectorError {
        let detail = detail(code: code, message: message)
        if stage == .stepping, code & 0xFF == SQLITE_CONSTRAINT {
            return ConnectorError(.constraint(violation(code, message)), detail)
        }
        return ConnectorError(kind(code: code, stage: stage), detail)
    }

    private static func kind(code: Int32, stage: Stage) -> ConnectorError.Kind {
        switch code & 0xFF {
        case SQLITE_BUSY, SQLITE_LOCKED: .busy
        case SQLITE_FULL: .full
        case SQLITE_READONLY: .readOnly
        case SQLITE_CORRUPT, SQLITE_NOTADB: .damaged
        case SQLITE_IOERR, SQLITE_CANTOPEN, SQLITE_PERM, SQLITE_PROTOCOL, SQLITE_NOMEM, SQLITE_NOLFS: .unavailable
        // Interruptions of our own are told apart by the watch before they come here; a foreign one has no other cause.
        case SQLITE_INTERRUPT, SQLITE_ABORT: .cancelled
        case SQLITE_TOOBIG: stage == .preparing ? .invalidStatement : .limitExceeded("$")
        case SQLITE_ERROR, SQLITE_CONSTRAINT, SQLITE_MISMATCH: stage == .stepping ? .dataException : .invalidStatement
        default: stage == .opening ? .unavailable : .invalidStatement
        }
    }

    /// The code says what kind it is; only the message says which, as `table.column, table.column` or a name. What it
    /// names is looked up in the catalog before anyone is told.
    private static func violation(_ code: Int32, _ message: String) -> ConstraintViolation {
        let kind: ConstraintViolation.Kind =
            switch code >> 8 {
            // SQLITE_CONSTRAINT_CHECK, FOREIGNKEY, NOTNULL, PRIMARYKEY, UNIQUE, ROWID: the library's macros shift.
            case 1: .check
            case 3: .foreignKey
            case 5: .notNull
            case 6, 8, 10: .unique
            default: .other
            }
        guard let separator = message.firstIndex(of: ":") else { return ConstraintViolation(kind) }
        let named = message[message.index(after: separator)...].drop { $0 == " " }
        if kind == .check || named.hasPrefix("index '") {
            let name = named.hasPrefix("index '") ? named.dropFirst(7).dropLast() : named
            return ConstraintViolation(kind, name: String(name))
        }
        var table: String?
        var columns: [String] = []
        var rest = named
        while !rest.isEmpty {
            let end = rest.firstIndex(of: ",") ?? rest.endIndex
            let part = rest[..<end]
            if let dot = part.firstIndex(of: ".") {
                table = String(part[..<dot])
                columns.append(String(part[part.index(after: dot)...]))
            }
            rest = end == rest.endIndex ? "" : rest[rest.index(after: end)...].drop { $0 == " " }
        }
        return ConstraintViolation(kind, table: table, columns: columns)
    }

    private static func detail(code: Int32, message: String) -> String {
        "\(message) (SQLite code \(code))"
    }

    /// Whether another process holds a lock; worth another try.
    static func isBusy(_ code: Int32) -> Bool {
        code & 0xFF == SQLITE_BUSY || code & 0xFF == SQLITE_LOCKED
    }
}
