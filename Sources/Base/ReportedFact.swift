// What the gateway tells its operator, as facts: the log and the metrics choose what to make of them. No fact carries a
// variable, a claim, a token or a row.

package enum ReportedFact: Sendable {
    /// A request failed for a reason that lies with the surroundings or with the gateway; `detail` is the database's word.
    case requestFailed(code: ErrorCode, operationName: String?, detail: String)
    /// A database's schema has changed, and requests are answered from its new catalog.
    case catalogChanged(collections: Int)
    /// A database's schema has changed and does not fit configuration and rules any more: the catalog before it stays in use.
    case catalogRefused(detail: String)
    /// The project's files were read anew, and requests are answered by them.
    case projectReloaded(files: Int, collections: Int, warnings: [String])
    /// The project's files do not fit: the project before them stays in use. `detail` has one problem a line.
    case reloadRefused(detail: String)
    /// Keys, as JSON pointers, whose new values wait for the next start.
    case restartNeeded(keys: [String])
    /// Live queries of a loop cannot be read for a reason that lies with the surroundings or with the gateway; they are tried
    /// again. Told once until all of them can.
    case liveQueriesFail(code: ErrorCode, detail: String)
    case liveQueriesRecovered
    /// A column holds what is to be ciphertext and was not sealed for it with a key that is known; said once for each column.
    case ciphertextUnreadable(collection: String, column: String)
    /// A log that requests write to ("audit log", "access log") lacks lines, or could not be opened anew.
    case logLost(name: String, lines: Int, detail: String)
}

package typealias FactReporter = @Sendable (ReportedFact) -> Void
