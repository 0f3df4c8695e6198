// What a live query is read by, as whoever plans it hands it to this module: what its answer depends on, who may share it, and how
// it is read. The module knows no GraphQL and no database.
package import Base
package import Planning
package import Reactor

package struct LivePlan: Sendable {
    /// Subscriptions with equal keys are read once for all of them; `nil` for one that is never shared.
    package let key: CohortKey?
    /// What the answer depends on; `nil` where that is known only when it is read: until then everything matters.
    package let region: DependencyRegion?
    /// Of the project it was planned for.
    package let generation: UInt64
    package let reader: any LiveReader

    package init(key: CohortKey?, region: DependencyRegion?, generation: UInt64, reader: any LiveReader) {
        self.key = key
        self.region = region
        self.generation = generation
        self.reader = reader
    }
}

/// What must be the same, in full, for two subscriptions to be one read.
package struct CohortKey: Hashable, Sendable {
    /// Whose identity is that of the prepared statements. The reader keeps it alive, so that no other takes its place.
    let template: ObjectIdentifier
    /// All that the statements are executed with, claims and keys of masks included.
    let values: ByteKey

    package init(template: ObjectIdentifier, values: [UInt8]) {
        self.template = template
        self.values = ByteKey(values)
    }
}

package protocol LiveReader: AnyObject, Sendable {
    /// Reads once, on the loop's thread, and calls `receive` once, there, perhaps before it returns.
    /// - Parameter noting: is told, where the plan could not, what the answer depends on: before anything of it is read.
    func read(
        on loop: EventLoop, noting: @escaping @Sendable (DependencyRegion) -> Void,
        _ receive: @escaping @Sendable (LiveAnswer) -> Void
    ) -> any CancellableWork
}

/// What came of a read.
package enum LiveAnswer: Sendable {
    /// An execution result, errors of fields included where the caller can do something about them.
    case result(ByteBuffer)
    /// The surroundings failed: tried again. `body` is what somebody who has nothing yet is told.
    case failed(body: ByteBuffer, GatewayError)
    /// The caller may not, or not any more.
    case refused([GatewayError])
}

/// One subscription, as whoever began it made it. Everything on the loop's thread.
package protocol LiveSubscriber: AnyObject, Sendable {
    /// Plans for the project that is served now.
    func plan(on loop: EventLoop) -> Result<LivePlan, LiveRefusal>
    /// A result: the first, or one that differs from the last.
    func next(_ result: ByteBuffer)
    /// Ended; nothing follows.
    func failed(_ errors: [GatewayError])
}

package struct LiveRefusal: Error, Sendable {
    package let errors: [GatewayError]

    package init(_ errors: [GatewayError]) {
        self.errors = errors
    }
}
