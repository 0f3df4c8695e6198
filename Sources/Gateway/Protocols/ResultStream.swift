// The results of one operation as the body of an HTTP answer, in whichever format. What the client does not take in time is
// replaced by what is newer; when their credentials end, so does the stream.
internal import Auth
internal import Base
internal import HTTP
internal import Metadata
internal import Reactor
internal import Transport

// Unchecked: confined to the loop's thread.
final class ResultStream: HTTPStreamSession, @unchecked Sendable {
    private let format: any ResultStreamFormat
    private let start: OperationStart
    private let request: GraphQLRequest
    private let credentials: Credentials
    private let keepAlive: Duration
    private var writer: HTTPStreamWriter?
    private var work: (any CancellableWork)?
    private var watch: CallerWatch?
    private var timer: TimerID?
    /// The result that has not been sent.
    private var pending: [UInt8]?
    /// Once the operation is over, what follows its last result.
    private var last: [UInt8]?

    /// Bytes on the way to the client above which results wait.
    private static let roomBytes = 64 * 1024

    init(
        _ format: any ResultStreamFormat, _ start: OperationStart, _ request: GraphQLRequest,
        _ credentials: Credentials, keepAlive: Duration
    ) {
        self.format = format
        self.start = start
        self.request = request
        self.credentials = credentials
        self.keepAlive = keepAlive
    }

    /// The answer that this is the body of.
    var acceptance: HTTPStreamAcceptance {
        HTTPStreamAcceptance(
            HTTPResponse(
                contentType: format.contentType,
                headers: [
                    HTTPHeader("Cache-Control", "no-cache"),
                    // Proxies of the nginx family collect bodies unless they are told not to.
                    HTTPHeader("X-Accel-Buffering", "no"),
                ], body: format.opening), self)
    }

    // MARK: The connection

    func opened(_ writer: HTTPStreamWriter) {
        self.writer = writer
        watch = CallerWatch.start(start.served, start.caller, credentials, on: writer.loop) { error in
            self.pending = nil
            self.finish(self.format.expired(self.encode([error])))
        }
        beat(writer.loop)
        let work = start.begin(request) { self.receive($0) }
        if self.writer != nil, last == nil { self.work = work } else { work?.cancel() }
    }

    func drained() {
        if let result = pending {
            pending = nil
            send(result)
        }
        sendLast()
    }

    func closed() {
        end()
    }

    func draining() {
        // One result is soon there.
        guard last == nil, start.served.isSubscription(request) == true else { return }
        finish(format.interrupted(encode([GatewayError(.unavailable, "The server is shutting down.")])))
    }

    /// A client that has taken everything is sent whatever there is.
    private func hasRoom(for count: Int) -> Bool {
        let queued = writer?.queuedBytes ?? 0
        return queued == 0 || queued + count <= Self.roomBytes
    }

    // MARK: The operation

    private func receive(_ event: SubscriptionEvent) {
        guard writer != nil, last == nil else { return }
        switch event {
        case .next(let result):
            if pending == nil, hasRoom(for: result.count) { send(result.bytes) } else { pending = result.bytes }
        case .failed(let errors):
            pending = nil
            finish(format.failed(encode(errors)))
        case .completed: finish(format.completed)
        }
    }

    private func send(_ result: [UInt8]) {
        let piece = format.next(result)
        writer?.send(piece.head, piece.result, piece.tail)
    }

    private func encode(_ errors: [GatewayError]) -> [UInt8] {
        var buffer = ByteBuffer()
        GatewayError.encode(errors, internals: start.caller.kind == .admin, into: &buffer)
        return buffer.bytes
    }

    // MARK: The end

    /// The operation is over; the body, when the client has taken what comes before its end.
    private func finish(_ last: [UInt8]) {
        self.last = last
        stop()
        sendLast()
    }

    private func sendLast() {
        guard let last, pending == nil, hasRoom(for: last.count) else { return }
        let writer = writer
        end()
        if !last.isEmpty { writer?.send(last) }
        writer?.finish()
    }

    private func stop() {
        if let timer { writer?.loop.cancel(timer) }
        timer = nil
        watch?.cancel()
        watch = nil
        let work = work
        self.work = nil
        work?.cancel()
    }

    private func end() {
        stop()
        writer = nil
        pending = nil
    }

    private func beat(_ loop: EventLoop) {
        timer = loop.schedule(after: keepAlive) {
            // What is queued is as good a sign.
            if let writer = self.writer, writer.queuedBytes == 0 { writer.send(self.format.heartbeat) }
            self.beat(loop)
        }
    }
}
