// How the lanes of a source are used, for metrics and tests. Counted by every loop.

internal import Synchronization

final class LaneCounters: Sendable {
    let pipelined = Atomic(0)
    let single = Atomic(0)
    let merged = Atomic(0)
    let demotions = Atomic(0)
    let connects = Atomic(0)
    let failedConnects = Atomic(0)

    var snapshot: PostgresCounters {
        PostgresCounters(
            pipelined: pipelined.load(ordering: .relaxed), single: single.load(ordering: .relaxed),
            merged: merged.load(ordering: .relaxed), demotions: demotions.load(ordering: .relaxed),
            connects: connects.load(ordering: .relaxed),
            failedConnects: failedConnects.load(ordering: .relaxed))
    }
}

package struct PostgresCounters: Sendable, Hashable {
    /// Statements that went into the pipelined lane, and into the one of single statements.
    package let pipelined: Int
    package let single: Int
    /// Of the pipelined ones those that were sent in the form for many runs.
    package let merged: Int
    /// Statements taken out of the pipeline because they, or a neighbour, held it up.
    package let demotions: Int
    package let connects: Int
    package let failedConnects: Int
}
