// One client connection: an actor whose executor is the loop that owns its socket. Socket events come in through `ready`;
// the requests are answered, in order: at once, among the loop's jobs, as long as nothing has to be waited for, else by
// one long-lived task. What happens in between is `ConnectionState`.

internal import HTTP
internal import Reactor

@safe actor HTTPConnection: ReadinessHandler, TurnEndHandler, LoopWork, ShardConnection {
    private nonisolated let loop: EventLoop
    private nonisolated let shard: ConnectionShard
    /// Unsafe in name: only the loop's thread touches it. The actor's own code runs there by its executor, and `ready`,
    /// `run`, `turnEnded` and `timerFired` are called there by the loop. `assumeIsolated` would say the same at the price of
    /// two allocations an event.
    private nonisolated(unsafe) var state: ConnectionState

    nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe loop.asUnownedSerialExecutor() }

    init(channel: consuming ByteChannel, shard: ConnectionShard) {
        self.shard = shard
        loop = shard.loop
        unsafe state = ConnectionState(channel: channel, shard: shard)
    }

    /// Registers with the loop and starts to serve. With an error the connection only tells it and closes.
    func begin(rejecting error: HTTPError?) {
        guard unsafe state.begin(self, rejecting: error) else {
            shard.taskEnded()
            return
        }
        unsafe state.waits(in: Task(executorPreference: loop) { await self.serve() })
        loop.enqueue(self)
    }

    /// Waits for the answers that take waiting. It ends with the connection.
    private func serve() async {
        while let answer = await unsafe withUnsafeContinuation({ unsafe state.suspend($0) }) {
            unsafe state.take(await answer.response(), to: answer.request)
            advance()
        }
        shard.taskEnded()
    }

    /// The events are worked off among the loop's jobs, after everything the turn received has been received: no answer is
    /// read from the database before its request came.
    nonisolated func run() {
        if let (request, answer) = unsafe state.takePromised(), !take(answer, to: request) { return }
        advance()
    }

    /// Answers what has been received, up to a request whose answer has to be waited for.
    private nonisolated func advance() {
        while true {
            switch unsafe state.nextStep() {
            case .answer(var request):
                unsafe state.prepareToAnswer(&request)
                guard take(shard.handler.answer(request, on: loop), to: request) else { return }
            case .wait: return
            case .end:
                unsafe state.endTask()
                return
            }
        }
    }

    /// False where the answer has to be waited for.
    private nonisolated func take(_ answer: HTTPAnswer, to request: HTTPRequest) -> Bool {
        switch answer {
        case .ready(let response):
            unsafe state.take(response, to: request)
            return true
        case .later(let response):
            unsafe state.handOver(PendingAnswer(request: request, response: response))
            return false
        case .promised(let promise):
            if let answer = promise.take(orEnqueue: self) { return take(answer, to: request) }
            unsafe state.waits(for: promise, request)
            return false
        case .stream(let acceptance):
            guard let writer = unsafe state.openStream(acceptance, request) else {
                acceptance.session.closed()
                return true
            }
            acceptance.session.opened(writer)
            if shard.isDraining { acceptance.session.draining() }
            return false
        case .webSocket(let acceptance):
            if let (successor, rest) = unsafe state.switchProtocols(acceptance, request) { successor.begin(rest) }
            return true
        }
    }

    // MARK: An answer that comes in pieces

    nonisolated var queuedBytes: Int { unsafe state.queuedBytes }

    nonisolated func send(_ piece: HTTPStreamPiece) {
        unsafe state.send(piece)
    }

    nonisolated func finishStream() {
        unsafe state.finishStream()
    }

    nonisolated func ready(_ readiness: Readiness) {
        unsafe state.handle(readiness)
    }

    nonisolated func turnEnded() {
        unsafe state.turnEnded()
    }

    nonisolated func timerFired() {
        unsafe state.timerFired()
    }

    /// The server ends: closes at once when idle, after the answer when not.
    nonisolated func drain() {
        unsafe state.drain()
    }

    /// The server's patience ends.
    nonisolated func cut() {
        unsafe state.lose()
    }
}
