// What can go wrong between a statement and its rows, by the database's own classes; never by the text of a message.
// `Execution` maps it to the gateway's error: which of it callers see is decided there, in one place.
package import Planning

package struct ConnectorError: Error, Sendable, Hashable {
    package enum Kind: Sendable, Hashable {
        /// Too many rows or bytes: a limit the statement carries itself.
        case limitExceeded(String)
        /// The statement ran into its deadline.
        case timeout
        /// The caller has gone.
        case cancelled
        /// The database cannot be reached, or refuses for a reason of its own.
        case unavailable
        /// Another writer holds the database for longer than this one waits.
        case busy
        /// Transactions stood in each other's way and this one was undone: the same again may well succeed.
        case collision
        case readOnly
        /// There is no room left to write in.
        case full
        /// The database's file is not what it should be.
        case damaged
        case constraint(ConstraintViolation)
        /// Matching a pattern would have taken too long.
        case costlyPattern
        /// A bound value is none of its parameter's type, by the number of the parameter in the statement.
        case refusedValue(Int)
        /// The same, by the parameter. It says nothing of what is stored: nothing had been looked at.
        case invalidInput(Parameter)
        /// A stored or computed value made the statement fail.
        case dataException
        /// The gateway's own mistake: a statement the database does not accept.
        case invalidStatement
    }

    /// Whether every read of the source fails alike, so that there is no use in asking for one of them alone.
    package var isOfTheSource: Bool {
        switch kind {
        case .timeout, .cancelled, .unavailable, .busy, .collision, .readOnly, .full: true
        case .limitExceeded, .damaged, .constraint, .costlyPattern, .refusedValue, .invalidInput, .dataException,
            .invalidStatement:
            false
        }
    }

    /// Whether a write that fails like this may have been done: nobody knows what became of it. In doubt it is.
    package var leavesOutcomeOpen: Bool {
        switch kind {
        case .timeout, .cancelled, .unavailable, .damaged, .invalidStatement: true
        case .limitExceeded, .busy, .collision, .readOnly, .full, .constraint, .costlyPattern, .refusedValue,
            .invalidInput, .dataException:
            false
        }
    }

    package let kind: Kind
    /// The database's words, for the log and for admins.
    package let detail: String

    package init(_ kind: Kind, _ detail: String) {
        self.kind = kind
        self.detail = detail
    }
}

/// A constraint that a write would have broken.
package struct ConstraintViolation: Sendable, Hashable {
    package enum Kind: Sendable, Hashable {
        case unique
        case notNull
        case foreignKey
        case check
        /// A trigger's own objection, or a kind the gateway does not know.
        case other
    }

    package let kind: Kind
    /// As the database names them, where it does.
    package let table: String?
    package let columns: [String]
    package let name: String?

    package init(_ kind: Kind, table: String? = nil, columns: [String] = [], name: String? = nil) {
        self.kind = kind
        self.table = table
        self.columns = columns
        self.name = name
    }
}
