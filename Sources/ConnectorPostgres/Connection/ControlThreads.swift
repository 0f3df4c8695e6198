// What blocks and must not block a loop, on two threads of the source's own: name lookup and the beginning of connections on
// one, cancel messages on the other, for those wait as long as a server that does not answer lets them. An event loop that
// has nothing else to do is the thread with a queue that this needs.

internal import Connectors
internal import Reactor

final class ControlThreads: Sendable {
    private let connecting: EventLoop
    private let cancelling: EventLoop

    init(name: String) throws(ConnectorError) {
        do {
            connecting = try EventLoop(name: name)
            cancelling = try EventLoop(index: 1, name: name)
        } catch {
            throw ConnectorError(.unavailable, "cannot start a thread: \(error)")
        }
    }

    func run(_ work: @escaping @Sendable () -> Void) {
        connecting.execute(work)
    }

    func cancel(_ work: @escaping @Sendable () -> Void) {
        cancelling.execute(work)
    }

    /// What is queued still runs; waits for it.
    func stop() {
        connecting.stop()
        cancelling.stop()
    }
}
