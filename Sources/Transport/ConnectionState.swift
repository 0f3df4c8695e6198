// What one connection knows and does between two suspensions: bytes in, requests out, responses in, bytes out, deadlines,
// the ways it can end. Belongs to `HTTPConnection`, which gives it events and asks it for the next step.
//
// One receive per event, one send per batch of pipelined requests. While a request is being answered nothing is read: if
// more arrives, the socket is disarmed at that moment, so that the usual exchange needs no epoll call at all.

internal import Base
internal import HTTP
internal import Reactor

// A struct of its own rather than properties of the actor: within it the compiler proves exclusive access, which for
// properties of a class is checked at run time, thirty times a request.
@safe struct ConnectionState: ~Copyable {
    /// What the connection does next.
    enum Step {
        case answer(HTTPRequest)
        /// Nothing, until an event enqueues it again.
        case wait
        case end
    }

    private enum Phase {
        /// TLS is being agreed on. → open, lingering, closed
        case securing
        /// → closing, lingering, closed
        case open
        /// The last response is queued; closes (or lingers) when it is sent. → lingering, closed
        case closing(lingers: Bool)
        /// Our side is shut down; what still comes is discarded until the client closes. → closed
        case lingering
        case closed
    }

    private static let keptEvents = 8

    private let loop: EventLoop
    private let shard: ConnectionShard
    /// Who holds this; nil once closed, which ends the cycle.
    private var owner: HTTPConnection?
    private var channel: ByteChannel
    private var registration: Registration?
    private var interest: Readiness = [.readable, .peerClosed]
    private var phase: Phase
    private var parser: RequestParser
    private var events: [RequestParser.Event] = []
    private var nextEvent = 0
    private var output = OutputQueue()
    private var task = AnswerTask()
    /// An answer that comes by a call, and the request it is for.
    private var promised: (promise: PromisedAnswer, request: HTTPRequest)?
    /// An answer whose body is being made.
    private var stream: StreamedAnswer?
    /// Whether everything received is worked off, or the output must drain first: an event enqueues the connection.
    private var isWaiting = false
    private var waitsForRoom = false
    private var isHandling = false
    private var flushesAtEndOfTurn = false
    private var deadlines = ConnectionDeadlines()
    private var timer: TimerID?
    private var timerEnd = MonotonicInstant(nanoseconds: .max)

    init(channel: consuming ByteChannel, shard: ConnectionShard) {
        phase = channel.isSecuring ? .securing : .open
        self.channel = channel
        self.shard = shard
        loop = shard.loop
        parser = RequestParser(limits: shard.configuration.limits)
    }

    private var times: DeadlineNanoseconds { shard.times }
    private var finisher: (any ResponseFinisher)? { shard.configuration.finisher }
    private var outputBound: Int { shard.configuration.outputBytes }

    /// Registers with the loop; false when the peer was gone already. With an error the connection only tells it and
    /// closes.
    mutating func begin(_ owner: HTTPConnection, rejecting error: HTTPError?) -> Bool {
        self.owner = owner
        do {
            try channel.setSendOptions()
            registration = try loop.register(channel.raw, interest: interest, handler: owner)
        } catch {
            close()
            return false
        }
        if let error { events.append(.failed(error)) }
        if channel.isSecuring {
            wait(.handshake, times.handshake)
        } else if error == nil {
            wait(.head, times.head)
        }
        return true
    }

    /// The task that waits for answers, to be cancelled when nobody waits for them any more.
    mutating func waits(in task: Task<Void, Never>) {
        if isOpen { self.task.begin(task) }
    }

    // MARK: Answering

    /// Works off what needs no handler and says what comes next.
    mutating func nextStep() -> Step {
        while true {
            switch phase {
            case .open: break
            case .securing:
                isWaiting = true
                return .wait
            case .closing, .lingering, .closed: return .end
            }
            if nextEvent == events.count {
                flushAtEndOfTurn()
                if shard.isDraining, parser.isBetweenRequests {
                    close(lingers: false)
                    return .end
                }
            }
            if output.byteCount > outputBound {
                // Back-pressure: no request is begun while the client does not take what it is owed.
                flush()
                waitsForRoom = output.byteCount > outputBound
                if waitsForRoom {
                    isWaiting = true
                    return .wait
                }
            }
            guard let event = takeEvent() else {
                awaitBytes()
                isWaiting = true
                return .wait
            }
            switch event {
            case .request(let request): return .answer(request)
            case .continueExpected:
                // Not needed when the client did not wait and the body is here.
                if nextEvent == events.count { output.append { $0.append(ResponseEncoder.continueResponse) } }
            case .failed(let error):
                let response = shard.configuration.errorResponse(error)
                finisher?.refused(response)
                append(response, ResponseEncoder.Context())
                close(lingers: true)
            }
        }
    }

    private mutating func takeEvent() -> RequestParser.Event? {
        guard nextEvent < events.count else { return nil }
        if nextEvent == events.count - 1 {
            // Nearly always the only one; moved out, not copied.
            nextEvent = 0
            let event = events.removeLast()
            // The room of a long pipelined batch is not kept by an idle connection.
            events.removeAll(keepingCapacity: events.capacity <= Self.keptEvents)
            return event
        }
        nextEvent += 1
        return events[nextEvent - 1]
    }

    /// Back to reading, with the deadline of whatever part of a request is to come.
    private mutating func awaitBytes() {
        if !interest.contains(.readable) { setInterest(interest.union([.readable, .peerClosed])) }
        if channel.receiveWaitsForRoom { setInterest(interest.union(.writable)) }
        if parser.isBetweenRequests {
            // A wait for the first head of a connection goes on.
            if deadlines.wait == nil { wait(.idle, times.idle) }
        } else if parser.isReadingBody {
            wait(.body, times.body)
        } else {
            wait(.head, times.head)
        }
    }

    /// Lets the connection go on, if it waits.
    private mutating func resume() {
        guard isWaiting, let owner else { return }
        isWaiting = false
        waitsForRoom = false
        loop.enqueue(owner)
    }

    // MARK: The task

    mutating func suspend(_ continuation: UnsafeContinuation<PendingAnswer?, Never>) {
        unsafe task.suspend(continuation)
    }

    mutating func handOver(_ answer: PendingAnswer) {
        task.handOver(answer)
    }

    mutating func endTask() {
        task.end()
    }

    // MARK: Promises

    mutating func waits(for promise: PromisedAnswer, _ request: HTTPRequest) {
        promised = (promise, request)
    }

    /// The promised answer, once it is there.
    mutating func takePromised() -> (HTTPRequest, HTTPAnswer)? {
        guard let promised, let answer = promised.promise.kept else { return nil }
        self.promised = nil
        return (promised.request, answer)
    }

    /// Nobody waits for what is being made.
    private mutating func abandon() {
        task.cancel()
        promised?.promise.cancel()
    }

    // MARK: Answers

    /// A handler is about to be called.
    mutating func prepareToAnswer(_ request: inout HTTPRequest) {
        isHandling = true
        finisher?.begin(&request, at: loop.now)
        // Should this handler suspend, the answers before it must not wait for it.
        flushAtEndOfTurn()
    }

    /// The handler's answer.
    mutating func take(_ response: consuming HTTPResponse, to request: HTTPRequest) {
        isHandling = false
        deadlines.endWait()
        guard isOpen else { return }
        finisher?.finish(&response, to: request)
        let keepsAlive = request.isKeepAlive && !response.closesConnection && !shard.isDraining
        append(
            response,
            ResponseEncoder.Context(
                version: request.version, isHead: request.method == .head, keepsAlive: keepsAlive,
                idleSeconds: times.idleSeconds))
        // A client that asked for the end sends nothing more; one that did not may be sending its next request.
        if keepsAlive {
            parser.declineUpgrade(into: &events)
        } else {
            close(lingers: request.isKeepAlive)
        }
    }

    // MARK: Answers that come in pieces

    /// Queues the head. The session is to be told that it is open; `nil` where it has no body to make.
    mutating func openStream(_ acceptance: HTTPStreamAcceptance, _ request: HTTPRequest) -> HTTPStreamWriter? {
        guard case .open = phase, let owner, request.method != .head else {
            var head = acceptance.response
            head.body = []
            take(head, to: request)
            return nil
        }
        deadlines.endWait()
        let isChunked = request.version == .http11
        let keepsAlive =
            isChunked && request.isKeepAlive && !acceptance.response.closesConnection && !shard.isDraining
        let context = ResponseEncoder.Context(
            version: request.version, keepsAlive: keepsAlive, idleSeconds: times.idleSeconds,
            framing: isChunked ? .chunked : .untilClose)
        // Only the head is looked over: a first piece that is packed would not fit those that follow.
        var head = acceptance.response
        head.body = []
        finisher?.finish(&head, to: request)
        output.append { shard.appendHead(of: head, context, to: &$0) }
        let writer = HTTPStreamWriter(owner, on: loop)
        stream = StreamedAnswer(
            session: acceptance.session, writer: writer, isChunked: isChunked, keepsAlive: keepsAlive,
            isLast: !request.isKeepAlive)
        if !acceptance.response.body.isEmpty {
            send(HTTPStreamPiece(head: [], body: acceptance.response.body, tail: []))
        }
        flushAtEndOfTurn()
        return writer
    }

    var queuedBytes: Int { output.byteCount }

    /// One piece of the body; a client that does not take what it is owed is cut.
    mutating func send(_ piece: HTTPStreamPiece) {
        guard case .open = phase, let stream, piece.count > 0 else { return }
        guard output.byteCount <= outputBound else { return lose() }
        stream.frame(piece, into: &output)
        flushAtEndOfTurn()
    }

    /// The body is whole: the connection goes on with the next request, or ends.
    mutating func finishStream() {
        guard case .open = phase, let stream, let owner else { return }
        self.stream = nil
        isHandling = false
        deadlines.endWait()
        stream.frameEnd(into: &output)
        if stream.keepsAlive {
            parser.declineUpgrade(into: &events)
        } else {
            close(lingers: !stream.isLast)
        }
        loop.enqueue(owner)
    }

    /// The client is gone, and its connection works off what is left.
    private mutating func endStream() {
        guard let stream else { return }
        self.stream = nil
        stream.lose(on: loop)
        if let owner { loop.enqueue(owner) }
    }

    /// The socket goes on as a WebSocket, which the caller begins with what came behind the request. What is queued, the 101
    /// last, goes with it. `nil` where the client is gone.
    mutating func switchProtocols(
        _ acceptance: WebSocketAcceptance, _ request: HTTPRequest
    ) -> (successor: WebSocketConnection, rest: [UInt8])? {
        isHandling = false
        deadlines.endWait()
        guard case .open = phase, let owner else { return nil }
        var response = acceptance.response
        finisher?.finish(&response, to: request)
        append(response, ResponseEncoder.Context(version: request.version, keepsAlive: true))
        if let registration { loop.deregister(registration, closing: false) }
        registration = nil
        let successor = WebSocketConnection(
            channel: channel.handOver(), shard: shard, acceptance: acceptance, output: output)
        shard.replace(owner, with: successor)
        output = OutputQueue()
        let rest = parser.takeRest()
        endHere()
        return (successor, rest)
    }

    private mutating func append(_ response: HTTPResponse, _ context: ResponseEncoder.Context) {
        let body = ResponseEncoder.bodyFollows(response, context) ? response.body : []
        output.append(reserving: body.count) { shard.appendHead(of: response, context, to: &$0) }
        if !body.isEmpty { output.append(body: body) }
    }

    // MARK: Events of the socket

    mutating func handle(_ readiness: Readiness) {
        if readiness.contains(.failed) || readiness.contains(.hangup) && !readiness.contains(.readable) {
            lose()
            return
        }
        if case .securing = phase { return secure() }
        if readiness.contains(.writable) {
            flush()
            if channel.receiveWaitsForRoom, case .open = phase, isWaiting, !waitsForRoom { receive() }
        }
        guard isOpen else { return }
        if readiness.contains(.readable) || readiness.contains(.peerClosed) {
            switch phase {
            case .open where isWaiting && !waitsForRoom: receive()
            case .lingering: discard()
            case .open, .closing: holdOff(readiness)
            case .securing, .closed: break
            }
        }
    }

    /// Bytes or the end came while a request is being answered or output is stuck: look away until that is over. What
    /// was sent before the end is read after that.
    private mutating func holdOff(_ readiness: Readiness) {
        if readiness.contains(.hangup) { return lose() }
        if readiness.contains(.peerClosed) {
            setInterest(interest.subtracting([.readable, .peerClosed]))
            if isHandling { wait(.halfClosed, times.halfClosed) }
        } else {
            setInterest(interest.subtracting(.readable))
        }
    }

    /// Goes on with the handshake. What a client sends behind it stays in its socket until it is over.
    private mutating func secure() {
        do {
            switch try channel.handshake() {
            case .waits(let readiness):
                setInterest(readiness)
                return
            case .finished: break
            case .plainText: events = [.failed(.plainTextOnSecurePort)]
            case .failed:
                // The client shall read why.
                phase = .closing(lingers: true)
                return finishClosing(true)
            }
        } catch {
            return lose()
        }
        phase = .open
        deadlines.endWait()
        setInterest([.readable, .peerClosed])
        if events.isEmpty { wait(.head, times.head) }
        resume()
    }

    private mutating func receive() {
        do {
            let before = events.count
            let transfer = try channel.receive(on: loop) { parser.receive($0, into: &events) }
            switch transfer {
            case .wouldBlock:
                if channel.receiveWaitsForRoom { setInterest(interest.union(.writable)) }
                return
            case .bytes(0):
                parser.finish(into: &events)
                if events.isEmpty {
                    close()
                    return
                }
            case .bytes: break
            }
            if events.count > before {
                deadlines.endWait()
                resume()
            } else {
                awaitBytes()
            }
        } catch {
            lose()
        }
    }

    /// After the last response: reading on avoids that closing resets the connection before the client has read it.
    private mutating func discard() {
        do {
            let transfer = try channel.receive(on: loop) { _ in }
            if transfer == .bytes(0) { close() }
        } catch {
            close()
        }
    }

    /// The client is gone: what is being made for it is given up.
    mutating func lose() {
        abandon()
        close()
    }

    // MARK: Writing

    /// The answers of a turn go out together, of all connections: their clients wake up once, and the processor does one
    /// kind of work at a time.
    private mutating func flushAtEndOfTurn() {
        guard !output.isEmpty, !flushesAtEndOfTurn, let owner else { return }
        flushesAtEndOfTurn = true
        loop.atEndOfTurn(owner)
    }

    mutating func turnEnded() {
        flushesAtEndOfTurn = false
        flush()
    }

    /// Sends what is queued as far as the socket takes it.
    mutating func flush() {
        guard isOpen else { return }
        do {
            while !output.isEmpty {
                switch try output.send(to: &channel) {
                case .bytes:
                    if !output.isEmpty { deadlines.beginWrite(times.write, now: loop.now) }
                case .wouldBlock:
                    if !interest.contains(.writable) {
                        setInterest(interest.union(.writable))
                        deadlines.beginWrite(times.write, now: loop.now)
                    }
                    armTimer()
                    return
                }
            }
        } catch {
            lose()
            return
        }
        deadlines.endWrite()
        // A connection that is answering does not read: it would be told of the room again and again.
        if interest.contains(.writable), !channel.receiveWaitsForRoom || !isWaiting {
            setInterest(interest.subtracting(.writable))
        }
        if case .closing(let lingers) = phase {
            finishClosing(lingers)
        } else if waitsForRoom {
            resume()
        }
        stream?.noteSent(on: loop)
    }

    // MARK: Closing

    private var isOpen: Bool {
        if case .closed = phase { false } else { true }
    }

    /// Ends after what is queued has been sent.
    private mutating func close(lingers: Bool) {
        guard case .open = phase else { return }
        phase = .closing(lingers: lingers)
        events.removeAll()
        nextEvent = 0
        flush()
    }

    private mutating func finishClosing(_ lingers: Bool) {
        guard lingers, (try? channel.shutdownWrite()) != nil else {
            close()
            return
        }
        phase = .lingering
        wait(.linger, times.linger)
        setInterest(.readable)
    }

    private mutating func close() {
        guard isOpen else { return }
        if let registration { loop.deregister(registration, closing: true) }
        registration = nil
        channel.close()
        if let owner { shard.remove(owner) }
        endHere()
    }

    /// The socket is closed, or another's.
    private mutating func endHere() {
        phase = .closed
        endStream()
        if let timer { loop.cancel(timer) }
        timer = nil
        task.release()
        // It ends among the loop's jobs; while it answers, it finds out by itself.
        resume()
        owner = nil
    }

    /// The server ends: closes at once when idle, after the answer when not.
    mutating func drain() {
        if case .securing = phase { return lose() }
        if let stream {
            loop.execute { stream.session.draining() }
            return
        }
        guard case .open = phase, isWaiting, nextEvent == events.count else { return }
        if parser.isBetweenRequests { close(lingers: false) }
        resume()
    }

    // MARK: Deadlines and interest

    private mutating func setInterest(_ wanted: Readiness) {
        guard wanted != interest, let registration else { return }
        interest = wanted
        do {
            try loop.update(registration, interest: wanted)
        } catch {
            lose()
        }
    }

    private mutating func wait(_ wait: ConnectionDeadlines.Wait, _ nanoseconds: Int64) {
        deadlines.begin(wait, nanoseconds, now: loop.now)
        armTimer()
    }

    /// The timer is left alone when it fires early enough; it then finds out how long to sleep on.
    private mutating func armTimer() {
        guard let next = deadlines.next, next < timerEnd, isOpen, let owner else { return }
        if let timer { loop.cancel(timer) }
        timerEnd = next
        timer = loop.schedule(at: next) { owner.timerFired() }
    }

    mutating func timerFired() {
        timer = nil
        timerEnd = MonotonicInstant(nanoseconds: .max)
        guard let expiry = deadlines.expired(at: loop.now) else { return armTimer() }
        switch expiry {
        case .write:
            channel.setResetOnClose()
            lose()
        case .wait(.handshake), .wait(.linger), .wait(.idle): lose()
        case .wait(.halfClosed):
            deadlines.endWait()
            if stream != nil { return lose() }
            abandon()
            armTimer()
        case .wait(.head) where parser.isBetweenRequests: lose()
        case .wait(.head): timeOut(.headTimeout)
        case .wait(.body): timeOut(.bodyTimeout)
        }
    }

    private mutating func timeOut(_ error: HTTPError) {
        deadlines.endWait()
        parser.fail(error, &events)
        resume()
    }
}
