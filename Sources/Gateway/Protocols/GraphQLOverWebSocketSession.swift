// One GraphQL conversation over a socket: does what the engine says, and tells it what comes of it. Besides the engine it holds
// what the engine must not know: the socket, timers, who the caller is, the work under way.
internal import Auth
internal import Base
internal import HTTP
internal import Metadata
internal import Outbound
internal import Reactor
internal import Transport

// Unchecked: confined to the loop's thread.
final class GraphQLOverWebSocketSession: WebSocketSession, @unchecked Sendable {
    private let served: ServedProject
    private let settings: ServerConfiguration.Subscriptions
    private var engine: GraphQLOverWebSocketEngine
    /// Until the connection is acknowledged: an idle one does not hold it.
    private var upgrade: HTTPRequest?
    private var socket: WebSocketConnection?
    /// Once the connection is acknowledged.
    private var start: OperationStart?
    private var watch: CallerWatch?
    private var authentication: Task<Void, Never>?
    private var works: [UInt64: any CancellableWork] = [:]
    /// Of the initialisation, then of signs of life.
    private var timer: TimerID?

    /// Bytes on the way to the client above which results wait: of each operation the newest only.
    private static let roomBytes = 64 * 1024

    init(_ served: ServedProject, _ subprotocol: GraphQLSubprotocol, _ upgrade: HTTPRequest) {
        let edition = served.edition
        self.served = served
        self.upgrade = upgrade
        settings = edition.project.configuration.server.subscriptions
        engine = GraphQLOverWebSocketEngine(subprotocol, limits: edition.limits, maximum: settings.perConnection)
    }

    // MARK: The socket

    func opened(_ socket: WebSocketConnection) {
        self.socket = socket
        timer = socket.loop.schedule(after: settings.initTimeout) { self.initTimedOut() }
    }

    func received(_ message: WebSocketMessage) {
        let served = served
        switch message {
        case .text(let bytes):
            perform(engine.received(bytes.span) { served.isSubscription($0) == true })
        case .binary: perform(engine.receivedBinary())
        }
    }

    func drained() {
        while let count = engine.pendingBytes, hasRoom(for: count) { perform(engine.takePending()) }
    }

    func draining() {
        perform(engine.drain())
    }

    func closed(_ closure: WebSocketClosure) {
        perform(engine.closed())
        end()
    }

    /// A client that has taken everything is sent whatever there is. Where there is no room, `drained` follows.
    private func hasRoom(for count: Int = 0) -> Bool {
        guard let socket else { return true }
        let queued = socket.queuedBytes
        if queued == 0 || queued + count <= Self.roomBytes { return true }
        socket.tellWhenDrained()
        return false
    }

    // MARK: Doing

    /// Performing may lead to further actions, which are performed at once.
    private func perform(_ actions: [GraphQLOverWebSocketEngine.Action]) {
        for action in actions {
            switch action {
            case .authenticate(let payload): authenticate(payload)
            case .begin(let number, let request): begin(number, request)
            case .cancel(let number): works.removeValue(forKey: number)?.cancel()
            case .send(let message): send(message)
            case .close(let code, let reason):
                let socket = socket
                end()
                socket?.close(code: WebSocketCloseCode(code.rawValue), reason: reason)
            }
        }
    }

    private static let brace = [UInt8(ascii: "}")]

    private func send(_ message: GraphQLServerMessage) {
        if let result = message.result {
            socket?.send(text: message.head, payload: result, suffix: Self.brace)
        } else {
            socket?.send(text: message.head)
        }
    }

    private func begin(_ number: UInt64, _ request: GraphQLRequest) {
        guard let start else { return }
        if (watch?.caller ?? start.caller).isExpired(now: RequestClock().seconds) {
            // The timer is about to say the same.
            return perform(engine.ended(number, [CallerWatch.expired], hasRoom: true))
        }
        watch?.note()
        let work = start.begin(request) { self.receive($0, number) }
        if let work, engine.isUnderWay(number) { works[number] = work }
    }

    private func receive(_ event: SubscriptionEvent, _ number: UInt64) {
        switch event {
        case .next(let result): perform(engine.next(number, result.bytes, hasRoom: hasRoom(for: result.count)))
        case .failed(let errors):
            works[number] = nil
            perform(engine.ended(number, errors, hasRoom: hasRoom()))
        case .completed:
            works[number] = nil
            perform(engine.ended(number, hasRoom: hasRoom()))
        }
    }

    // MARK: Who it is

    private func authenticate(_ payload: JSONObject?) {
        guard let upgrade, let loop = socket?.loop else { return }
        self.upgrade = nil
        cancelTimer()
        let edition = served.edition
        let clock = RequestClock()
        do throws(GatewayError) {
            let headers = try ConnectionHeaders(upgrade, payload)
            let credentials = try RequestCredentials.read(headers, edition.project.credentialPlaces)
            let forwarded = RequestCredentials.forwarded(headers, edition.project.forwardedHeaders)
            if let caller = edition.project.authenticator.cached(credentials, now: clock.seconds) {
                return accept(caller, credentials, forwarded, loop)
            }
            authentication = loop.task {
                do throws(GatewayError) {
                    let caller = try await edition.caller(credentials, clock, on: loop)
                    self.authentication = nil
                    self.accept(caller, credentials, forwarded, loop)
                } catch {
                    self.authentication = nil
                    self.perform(self.engine.refused(error))
                }
            }
        } catch {
            perform(engine.refused(error))
        }
    }

    private func accept(
        _ caller: Caller, _ credentials: Credentials, _ headers: [OutboundRequest.Header], _ loop: EventLoop
    ) {
        guard !engine.isClosed else { return }
        start = OperationStart(served: served, caller: caller, headers: headers, loop: loop)
        watch = CallerWatch.start(served, caller, credentials, on: loop) { error in
            self.perform(self.engine.refused(error))
        }
        if engine.subprotocol == .legacy { keepAlive(loop) }
        let served = served
        perform(engine.authenticated(showsInternals: caller.kind == .admin) { served.isSubscription($0) == true })
    }

    // MARK: Timers

    private func initTimedOut() {
        timer = nil
        perform(engine.initTimedOut())
    }

    private func keepAlive(_ loop: EventLoop) {
        timer = loop.schedule(after: settings.keepAlive) {
            self.perform(self.engine.keepAlive(hasRoom: self.hasRoom()))
            self.keepAlive(loop)
        }
    }

    private func cancelTimer() {
        if let timer { socket?.loop.cancel(timer) }
        timer = nil
    }

    /// What is left to do once nothing is said any more.
    private func end() {
        cancelTimer()
        watch?.cancel()
        watch = nil
        authentication?.cancel()
        authentication = nil
        upgrade = nil
        start = nil
        for work in works.values { work.cancel() }
        works = [:]
        socket = nil
    }
}

/// A socket whose client offers no sub-protocol that is spoken here: it is told so, which a response could not tell a page.
final class UnacceptableSubprotocolSession: WebSocketSession {
    func opened(_ socket: WebSocketConnection) {
        let code = GraphQLCloseCode.subprotocol
        socket.close(code: WebSocketCloseCode(code.rawValue), reason: code.reason)
    }

    func received(_ message: WebSocketMessage) {}
    func closed(_ closure: WebSocketClosure) {}
    func draining() {}
}
