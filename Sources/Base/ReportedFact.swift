// What the gateway tells its operator, as facts: the log and the metrics choose what to make of them. No fact carries a
// variable, a claim, a token or a row.

package enum ReportedFact: Sendable {
    /// A request failed for a reason that lies with the surroundings or with the gateway; `detail` is the database's word.
    case requestFailed(code: ErrorCode, operationName: String?, detail: String)
    /// A database's schema has changed, and requests are answered from its new catalog.
    case catalogChanged(collections: Int)
    /// A database's schema has changed and does not fit configuration and rules any more: the catalog before it stays in use.
    case catalogRefused(detail: String)
}

package typealias FactReporter = @Sendable (ReportedFact) -> Void
