// One client connection: an actor whose executor is the loop that owns its socket. Socket events come in through `ready`;
// the requests are answered, in order, by one long-lived task. What happens in between is `ConnectionState`.

internal import HTTP
internal import Reactor

@safe actor HTTPConnection: ReadinessHandler, TurnEndHandler {
    private nonisolated let loop: EventLoop
    private let shard: ConnectionShard
    /// Unsafe in name: only the loop's thread touches it. The actor's own code runs there by its executor, and `ready`,
    /// `turnEnded` and `timerFired` are called there by the loop. `assumeIsolated` would say the same at the price of two
    /// allocations an event.
    private nonisolated(unsafe) var state: ConnectionState

    nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe loop.asUnownedSerialExecutor() }

    init(socket: consuming Socket, shard: ConnectionShard) {
        self.shard = shard
        loop = shard.loop
        unsafe state = ConnectionState(socket: socket, shard: shard)
    }

    /// Registers with the loop and starts to serve. With an error the connection only tells it and closes.
    func begin(rejecting error: HTTPError?) {
        guard unsafe state.begin(self, rejecting: error) else {
            shard.taskEnded()
            return
        }
        unsafe state.answers(by: Task(executorPreference: loop) { await self.serve() })
    }

    /// The connection's life. Everything between its two suspension points is synchronous: each async call, even within
    /// the actor, would look for its executor again on the way in and out.
    private func serve() async {
        while true {
            switch unsafe state.nextStep() {
            case .answer(let request):
                unsafe state.prepareToAnswer()
                switch shard.handler.answer(request, on: loop) {
                case .ready(let response): unsafe state.take(response, to: request)
                case .later(let answer): unsafe state.take(await answer(), to: request)
                }
            case .wait:
                unsafe await withUnsafeContinuation { unsafe state.suspend($0) }
            case .end:
                shard.taskEnded()
                return
            }
        }
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
    func drain() {
        unsafe state.drain()
    }

    /// The server's patience ends.
    func cut() {
        unsafe state.lose()
    }
}
