// What blocks and must not block a loop, on threads of the source's own: name lookup and the beginning of connections on one,
// cancel messages on others, for each waits as long as a server that does not answer lets it. An event loop that has nothing
// else to do is the thread with a queue that this needs.

internal import Connectors
internal import Reactor
internal import Synchronization

final class ControlThreads: Sendable {
    private let connecting: EventLoop
    private let cancelling: [EventLoop]
    private let turn = Atomic(0)
    /// Runs before each cancel message goes out; tests wait in it.
    private let beforeCancel: @Sendable () -> Void

    /// Cancel messages on their way at the same time: one takes about six milliseconds.
    private static let cancellers = 4

    init(name: String, beforeCancel: @escaping @Sendable () -> Void = {}) throws(ConnectorError) {
        self.beforeCancel = beforeCancel
        do {
            connecting = try EventLoop(name: name)
            var cancelling: [EventLoop] = []
            for index in 1...Self.cancellers { cancelling.append(try EventLoop(index: index, name: name)) }
            self.cancelling = cancelling
        } catch {
            throw ConnectorError(.unavailable, "cannot start a thread: \(error)")
        }
    }

    func run(_ work: @escaping @Sendable () -> Void) {
        connecting.execute(work)
    }

    /// - Parameter arrived: called on the thread that sent the message, when the server has taken it or cannot be reached.
    func cancel(_ canceller: PostgresCanceller, arrived: @escaping @Sendable () -> Void) {
        let (number, beforeCancel) = (turn.add(1, ordering: .relaxed).newValue, beforeCancel)
        cancelling[number % cancelling.count].execute {
            beforeCancel()
            canceller.cancel()
            arrived()
        }
    }

    /// Waits for nothing: a server or a name server that does not answer holds up no one else.
    func stop() {
        connecting.abandon()
        for thread in cancelling { thread.abandon() }
    }
}
