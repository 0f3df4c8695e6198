// The inline lane: one connection of an event loop's own, for statements known to be quick. Opened before the loop
// serves anyone, used and closed on the loop.
//
// The statements of one turn share a read transaction from the second on: taking and giving back the locks of a snapshot
// costs as much as finding a row. Whatever a turn answers was received before its first statement, so no answer is older
// than its request.

internal import Connectors
internal import Planning
internal import Reactor
internal import SQL

// Unchecked: `connection` is touched on the loop only, and before the lane is published.
final class LoopLane: TurnEndHandler, @unchecked Sendable {
    let loop: EventLoop
    private var connection: SQLiteConnection?
    /// Statements since the turn began.
    private var runsInTurn = 0

    init(loop: EventLoop, connection: SQLiteConnection) {
        self.loop = loop
        self.connection = connection
    }

    /// `nil` once closed.
    func run(
        _ statement: SQLStatement, values: [BoundValue], frame: AnswerFrame?
    ) -> SQLiteConnection.Outcome? {
        loop.preconditionOnLoop()
        guard let connection else { return nil }
        if runsInTurn == 0 { loop.atEndOfTurn(self) }
        if runsInTurn == 1 { connection.beginReading() }
        runsInTurn += 1
        return connection.runInline(statement, values: values, frame: frame)
    }

    func turnEnded() {
        runsInTurn = 0
        connection?.endReading()
    }

    /// From any thread.
    func close() {
        loop.execute { self.connection = nil }
    }
}
