// What can go wrong between a statement and its rows, by the database's own classes; never by the text of a message.
// `Execution` maps it to the gateway's error: which of it callers see is decided there, in one place.

package struct ConnectorError: Error, Sendable, Hashable {
    package enum Kind: Sendable, Hashable {
        /// Too many rows or bytes: a limit the statement carries itself.
        case limitExceeded(String)
        /// The statement ran into its deadline.
        case timeout
        /// The caller has gone.
        case cancelled
        /// The database cannot be reached, is locked, full, read-only or damaged.
        case unavailable
        /// A stored or computed value made the statement fail.
        case dataException
        /// The gateway's own mistake: a statement the database does not accept.
        case invalidStatement
    }

    package let kind: Kind
    /// The database's words, for the log and for admins.
    package let detail: String

    package init(_ kind: Kind, _ detail: String) {
        self.kind = kind
        self.detail = detail
    }
}
