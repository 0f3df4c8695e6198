// Where commits are told of: the one seam between what writes and what follows changes. Until sources bring feeds of their own,
// the executor tells of every mutation that goes through this gateway.
package import Planning

package protocol ChangeSink: AnyObject, Sendable {
    /// A transaction has been committed that wrote no more than this, or may have been. From any thread, before its caller
    /// is answered.
    func committed(_ commit: CommittedWrite)
}

package struct CommittedWrite: Sendable {
    package let region: WrittenRegion
    /// Of the project that the region's names belong to.
    package let generation: UInt64
    /// False where the connection was lost before the database said: what it writes may become visible later.
    package let isCertain: Bool

    package init(region: WrittenRegion, generation: UInt64, isCertain: Bool) {
        self.region = region
        self.generation = generation
        self.isCertain = isCertain
    }
}

/// Who is told by an executor, and of which project.
package struct ChangeReporter: Sendable {
    package let sink: any ChangeSink
    package let generation: UInt64

    package init(sink: any ChangeSink, generation: UInt64) {
        self.sink = sink
        self.generation = generation
    }
}
