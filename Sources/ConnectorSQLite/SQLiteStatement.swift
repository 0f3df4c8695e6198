// A statement lowered for SQLite: text, parameters, and what its runs have cost, which decides its lane.

internal import Connectors
internal import Patterns
package import Planning
internal import Synchronization

package final class SQLiteStatement: LoweredStatement, Sendable {
    /// The key of the prepared form in each connection's cache.
    package let id: UInt64
    package let text: String
    package let parameters: [Parameter]
    package let cellCount: Int
    /// What a pattern costs, its next value decides: such a statement never runs on a loop.
    let matchesPatterns: Bool

    /// Moving maximum of the run times in nanoseconds; negative before the first.
    private let cost = Atomic<Int64>(-1)
    private let lastRun = Atomic<Int64>(.max)
    private static let lastID = Atomic<UInt64>(0)

    package init(text: String, parameters: [Parameter], cellCount: Int) {
        id = Self.lastID.add(1, ordering: .relaxed).newValue
        self.text = text
        self.parameters = parameters
        self.cellCount = cellCount
        matchesPatterns = parameters.contains { parameter in
            switch parameter.target {
            case .pattern(.regular), .pattern(.similar): true
            case .pattern(.like), .value, .list, .count, .jsonPath, .bytes: false
            }
        }
    }

    /// The moving maximum; `nil` before the first run.
    package var measuredTime: Duration? {
        let nanoseconds = cost.load(ordering: .relaxed)
        return nanoseconds < 0 ? nil : .nanoseconds(nanoseconds)
    }

    /// Whether it has been measured, and below `nanoseconds`.
    func isBelow(_ nanoseconds: Int64) -> Bool {
        let known = cost.load(ordering: .relaxed)
        return known >= 0 && known < nanoseconds
    }

    /// Two slow runs in a row count at once and are forgotten by a sixteenth with each later run. A single one is more
    /// likely the thread's than the statement's: the scheduler took the core away. Two threads may overwrite each
    /// other's measure; the next run mends it.
    func record(_ nanoseconds: Int64) {
        let sample = min(nanoseconds, lastRun.load(ordering: .relaxed))
        lastRun.store(nanoseconds, ordering: .relaxed)
        let known = cost.load(ordering: .relaxed)
        cost.store(max(sample, known - known / 16), ordering: .relaxed)
    }

    /// After an interrupted run on the loop: some forty quick runs lead back there.
    func demote(from nanoseconds: Int64) {
        cost.store(nanoseconds * 16, ordering: .relaxed)
    }
}
