// The bounds of one SQLite source: every queue, cache and run time of this module has its name and default here.

package struct SQLiteLimits: Sendable, Hashable {
    /// Statements that may wait for a reader thread; more are refused.
    package var queuedStatements = 1024
    /// Mutations that may wait for the writer; more are refused.
    package var queuedMutations = 1024
    /// Waiting mutations that one transaction commits together.
    package var groupedMutations = 64
    /// Bytes of one answer, and of any text or blob a statement builds on the way, where that may be more than
    /// `leastValueBytes`.
    package var responseBytes = 64 << 20
    /// Lists of one answer that may be marked as too long before the statement is given up.
    package var markedLists = 100
    /// Prepared statements kept by each connection, least recently used first out.
    package var preparedStatements = 500
    /// A statement whose measured time stays below runs on the event loop itself.
    package var inlineTime: Duration = .microseconds(500)
    /// Virtual-machine steps after which a statement on the event loop is interrupted: about 2 ms.
    package var inlineSteps = 40_000
    /// How long a reader thread waits for a lock that another process holds.
    package var busyTimeout: Duration = .seconds(5)
    /// Bytes of the database file that a connection maps into memory.
    package var mappedBytes = 256 << 20
    /// Whether a mutation is undone where it would be committed: for trying things out.
    package var discardsWrites = false
    /// Page cache of one connection, in KiB.
    package var cacheKibibytes = 2000

    static let leastValueBytes = 1 << 20

    package init() {}
}
