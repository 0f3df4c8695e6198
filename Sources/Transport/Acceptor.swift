// Accepts connections on one loop and hands each to the loop with the fewest.

internal import HTTP
internal import Reactor
internal import Synchronization

// Unchecked: touched by its loop's thread only, once started.
final class Acceptor: ReadinessHandler, @unchecked Sendable {
    private let loop: EventLoop
    private let group: EventLoopGroup
    private let shards: [ConnectionShard]
    private let total: ConnectionTotal
    private var socket: Socket
    private var registration: Registration?

    /// Connections accepted per event, so that a flood of them does not hold up the loop's other sockets.
    private static let acceptsPerEvent = 64
    /// Pause when the process has no descriptor left.
    private static let shortagePause = Duration.milliseconds(100)

    init(socket: consuming Socket, group: EventLoopGroup, shards: [ConnectionShard], total: ConnectionTotal) {
        self.socket = socket
        self.group = group
        self.shards = shards
        self.total = total
        loop = group.loops[0]
    }

    func start() throws(SystemError) {
        registration = try loop.register(socket.raw, interest: .readable, handler: self)
    }

    /// Stops listening: later connections are refused by the kernel.
    func close() {
        if let registration { loop.deregister(registration, closing: true) }
        registration = nil
        socket.close()
    }

    func ready(_ readiness: Readiness) {
        guard registration != nil else { return }
        for _ in 0..<Self.acceptsPerEvent {
            do {
                guard let accepted = try System.accept(socket.raw) else { return }
                place(Socket(accepted))
            } catch {
                pause()
                return
            }
        }
    }

    private func place(_ socket: consuming Socket) {
        switch total.admit() {
        case .refused:
            try? socket.setResetOnClose()
            socket.close()
        case .accepted:
            hand(socket, rejecting: nil)
        case .rejected:
            hand(socket, rejecting: .tooManyConnections(limit: total.maximum))
        }
    }

    private func hand(_ socket: consuming Socket, rejecting error: HTTPError?) {
        let target = group.leastLoaded
        target.connectionCount.add(1, ordering: .relaxed)
        let shard = shards[target.index]
        if target.isOnLoop {
            shard.adopt(socket, rejecting: error)
        } else {
            // A closure cannot own a noncopyable value and be called twice; the loop calls it once.
            let raw = socket.release()
            target.execute { shard.adopt(Socket(FileDescriptor(owning: raw)), rejecting: error) }
        }
    }

    /// Out of descriptors or memory: waiting in the kernel's queue is better than spinning on a listener that stays ready.
    private func pause() {
        guard let registration else { return }
        try? loop.update(registration, interest: [])
        _ = loop.schedule(after: Self.shortagePause) {
            guard let registration = self.registration else { return }
            try? self.loop.update(registration, interest: .readable)
        }
    }
}
