// The inline lane: one connection of an event loop's own, for statements known to be quick. Opened before the loop
// serves anyone, used and closed on the loop.

internal import Connectors
internal import Planning
internal import Reactor

// Unchecked: `connection` is touched on the loop only, and before the lane is published.
final class LoopLane: @unchecked Sendable {
    let loop: EventLoop
    private var connection: SQLiteConnection?

    init(loop: EventLoop, connection: SQLiteConnection) {
        self.loop = loop
        self.connection = connection
    }

    /// `nil` once closed.
    func run(_ statement: SQLiteStatement, values: [BoundValue]) -> SQLiteConnection.Outcome? {
        loop.preconditionOnLoop()
        return connection?.runInline(statement, values: values)
    }

    /// From any thread.
    func close() {
        loop.execute { self.connection = nil }
    }
}
