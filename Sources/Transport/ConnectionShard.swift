// The connections of one loop and what they share: handler, limits, the encoder with its date, the way to drain them.

internal import Base
internal import Glibc
internal import HTTP
internal import Reactor
internal import Synchronization

// Unchecked: everything mutable is touched by `loop`'s thread only.
final class ConnectionShard: @unchecked Sendable {
    let loop: EventLoop
    let handler: any HTTPHandler
    let configuration: HTTPServerConfiguration
    let times: DeadlineNanoseconds
    private let total: ConnectionTotal
    /// What new connections are secured by; nil for plain HTTP.
    private var tls: TLSContext?
    private var encoder = ResponseEncoder()
    private var connections: [ObjectIdentifier: any ShardConnection] = [:]
    /// Sends what WebSockets have collected.
    let sending: SendingQueue
    var lastFrame = LastFrame()
    /// Tasks of connections, which may outlive the socket by the time a handler takes to notice.
    private var runningTasks = 0
    private(set) var isDraining = false
    private var drained: LoopContinuation<Int>?
    private var cut = 0

    /// For cancelled handlers to end, after the deadline of a shutdown.
    private static let cancellationGrace = Duration.seconds(1)

    init(loop: EventLoop, handler: any HTTPHandler, configuration: HTTPServerConfiguration, total: ConnectionTotal) {
        self.loop = loop
        self.handler = handler
        self.configuration = configuration
        self.total = total
        times = DeadlineNanoseconds(configuration.deadlines)
        sending = SendingQueue(loop: loop)
        tls = configuration.tls
    }

    /// On the loop.
    func secure(with tls: TLSContext) {
        if self.tls != nil { self.tls = tls }
    }

    /// Takes over an accepted socket that `total` and the loop have counted. On the loop.
    func adopt(_ socket: consuming Socket, rejecting error: HTTPError?) {
        let channel: ByteChannel
        if let tls {
            do {
                channel = try ByteChannel(socket, securedBy: tls)
            } catch {
                // No memory: the socket is closed with its owner.
                return forget()
            }
        } else {
            channel = ByteChannel(socket)
        }
        let connection = HTTPConnection(channel: channel, shard: self)
        connections[ObjectIdentifier(connection)] = connection
        runningTasks += 1
        connection.assumeIsolated { $0.begin(rejecting: error) }
        if isDraining { connection.drain() }
    }

    /// The socket of `connection` is closed.
    func remove(_ connection: any ShardConnection) {
        guard connections.removeValue(forKey: ObjectIdentifier(connection)) != nil else { return }
        forget()
    }

    /// One that was counted is no more.
    private func forget() {
        loop.connectionCount.subtract(1, ordering: .relaxed)
        total.release()
        noteDrained()
    }

    /// The socket of `connection` is that of `successor` from now on, and counts as one.
    func replace(_ connection: any ShardConnection, with successor: any ShardConnection) {
        connections[ObjectIdentifier(connection)] = nil
        connections[ObjectIdentifier(successor)] = successor
    }

    func taskEnded() {
        runningTasks -= 1
        noteDrained()
    }

    func appendHead(of response: HTTPResponse, _ context: ResponseEncoder.Context, to output: inout ByteBuffer) {
        encoder.appendHead(of: response, context, now: time(nil), to: &output)
    }

    // MARK: Shutdown, called off the loop

    /// Lets requests in flight finish and closes every other connection; ends after `deadline` by cutting the rest.
    /// Returns how many were cut.
    func drain(deadline: Duration) async -> Int {
        await loop.wait { continuation in
            self.loop.execute { self.beginDrain(deadline, continuation) }
        }
    }

    private func beginDrain(_ deadline: Duration, _ continuation: LoopContinuation<Int>) {
        isDraining = true
        drained = continuation
        for connection in connections.values { connection.drain() }
        _ = loop.schedule(after: deadline) { self.cutAll() }
        noteDrained()
    }

    private func cutAll() {
        cut = connections.count
        for connection in connections.values { connection.cut() }
        // Their handlers have been cancelled; who does not listen to that is not waited for any longer.
        _ = loop.schedule(after: Self.cancellationGrace) { self.endDrain() }
    }

    private func endDrain() {
        guard let drained else { return }
        self.drained = nil
        drained.resume(returning: cut)
    }

    private func noteDrained() {
        if isDraining, connections.isEmpty, runningTasks == 0 { endDrain() }
    }
}

/// What a shard tells its connections, on its loop.
protocol ShardConnection: AnyObject {
    /// The server ends: what is under way is finished, and nothing new begun.
    func drain()
    /// The server's patience ends.
    func cut()
}

/// Open connections of the whole server.
final class ConnectionTotal: Sendable {
    private let count = Atomic(0)
    let maximum: Int

    /// Connections beyond the maximum that may wait at a time for their 503 to be read; the next are reset.
    private static let rejectionMargin = 128

    enum Admission {
        case accepted
        case rejected
        case refused
    }

    init(maximum: Int) {
        self.maximum = maximum
    }

    var current: Int { count.load(ordering: .relaxed) }

    /// Counts one more unless it is refused.
    func admit() -> Admission {
        let before = count.add(1, ordering: .relaxed).oldValue
        if before < maximum { return .accepted }
        if before < maximum + Self.rejectionMargin { return .rejected }
        release()
        return .refused
    }

    func release() {
        count.subtract(1, ordering: .relaxed)
    }
}
