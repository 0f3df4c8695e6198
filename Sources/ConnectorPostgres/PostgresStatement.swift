// A statement lowered for PostgreSQL: text, parameters, and what its runs have taken, which decides its lane.

internal import Connectors
package import Planning
internal import Synchronization

package final class PostgresStatement: LoweredStatement, Sendable {
    /// The name of the prepared form on each connection.
    package let id: UInt64
    package let text: String
    package let parameters: [Parameter]
    package let cellCount: Int

    /// Moving maximum of the run times in nanoseconds; negative before the first.
    private let cost = Atomic<Int64>(-1)
    private let lastRun = Atomic<Int64>(.max)
    private let runs = Atomic(0)
    private static let lastID = Atomic<UInt64>(0)

    package init(text: String, parameters: [Parameter], cellCount: Int) {
        id = Self.lastID.add(1, ordering: .relaxed).newValue
        self.text = text
        self.parameters = parameters
        self.cellCount = cellCount
    }

    /// Counts a run, and says whether there was one before.
    func begin() -> Bool { runs.add(1, ordering: .relaxed).oldValue > 0 }

    /// Whether it has been measured, and below `nanoseconds`.
    func isBelow(_ nanoseconds: Int64) -> Bool {
        let known = cost.load(ordering: .relaxed)
        return known >= 0 && known < nanoseconds
    }

    /// Two slow runs in a row count at once and are forgotten by a sixteenth with each later run; a single one is more
    /// likely the machine's than the statement's. Two threads may overwrite each other's measure; the next run mends it.
    func record(_ nanoseconds: Int64) {
        let sample = min(nanoseconds, lastRun.load(ordering: .relaxed))
        lastRun.store(nanoseconds, ordering: .relaxed)
        let known = cost.load(ordering: .relaxed)
        cost.store(max(sample, known - known / 16), ordering: .relaxed)
    }

    /// After it failed or held up others: some forty quick runs by itself lead back to the pipeline.
    func demote(from nanoseconds: Int64) {
        cost.store(nanoseconds * 16, ordering: .relaxed)
    }
}
