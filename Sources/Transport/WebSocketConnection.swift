// One WebSocket on its loop: what comes is given to the machine, what the machine says is done, what is to be sent is
// collected over a turn. A class confined to its loop, not an actor with a task: an idle connection is this object, its
// session and a timer, and holds no buffer.

internal import Base
package import HTTP
package import Reactor

// Unchecked: touched by the loop's thread only; what others may call checks that.
package final class WebSocketConnection: ReadinessHandler, LoopWork, Sender, ShardConnection, @unchecked Sendable {
    private enum Phase {
        /// → closing, ending, closed
        case open
        /// Our Close is queued or sent; waits for the client's. → ending, closed
        case closing
        /// The last frame is queued; ends when it is sent. → lingering, closed
        case ending(lingers: Bool)
        /// Our side is shut down; what still comes is discarded until the client closes. → closed
        case lingering
        case closed
    }

    // What a message to many touches stands together: of thousands of sockets every line of memory is a miss of the cache.

    private var phase = Phase.open
    private var isSending = false
    /// More waits to be sent than may wait.
    private var isOverflowing = false
    /// Whether the session is told when everything has left.
    private var tellsDrained = false
    private var hasWriteDeadline = false
    /// Reading goes on when the client has taken what it is owed.
    private var waitsForRoom = false
    private var interest: Readiness = [.readable, .peerClosed]
    private var output: OutputQueue
    private let outboundBytes: Int
    package let loop: EventLoop
    private let shard: ConnectionShard
    private var channel: ByteChannel
    private let framing: WebSocketMachine.Framing
    private var registration: Registration?
    private var isRunning = false
    /// nil once it has been told the end, which ends the cycle.
    private var session: (any WebSocketSession)?
    private var deadlines = WebSocketDeadlines()
    private var machine: WebSocketMachine
    /// What the machine said and is not done yet.
    private var actions: [WebSocketMachine.Action] = []
    private var nextAction = 0
    /// Bytes received that the machine has not seen, since enough is waiting to be done.
    private var held: [UInt8] = []
    private let settings: WebSocketSettings
    private var timer: TimerID?
    private var timerEnd = MonotonicInstant(nanoseconds: .max)

    /// For a client to close after our last frame.
    private static let linger = Duration.seconds(2)

    init(
        channel: consuming ByteChannel, shard: ConnectionShard, acceptance: WebSocketAcceptance, output: OutputQueue
    ) {
        self.channel = channel
        self.shard = shard
        self.output = output
        loop = shard.loop
        settings = acceptance.settings
        outboundBytes = acceptance.settings.outboundBytes
        session = acceptance.session
        machine = WebSocketMachine(
            limits: acceptance.settings.limits, deflate: acceptance.handshake.deflate,
            compression: acceptance.handshake.compression)
        framing = machine.framing
    }

    /// Registers with the loop and begins the session.
    /// - Parameter rest: what came behind the request.
    func begin(_ rest: [UInt8]) {
        do {
            registration = try loop.register(channel.raw, interest: interest, handler: self)
        } catch {
            session = nil
            close()
            return
        }
        deadlines.heard(settings.pingInterval, now: loop.now)
        armTimer()
        session?.opened(self)
        send()
        if !rest.isEmpty {
            held = rest
            resume()
        }
        if shard.isDraining { drain() }
    }

    // MARK: For the session

    /// Whether messages may be sent.
    package var isOpen: Bool {
        if case .open = phase { !isOverflowing } else { false }
    }

    /// Bytes that wait to be sent.
    package var queuedBytes: Int { output.byteCount }

    /// The session is told once (`drained`) when all that waits now has been given to the system.
    package func tellWhenDrained() {
        tellsDrained = true
    }

    /// Sends a text message; it must be UTF-8.
    package func send(text: [UInt8]) {
        send(.text, [], text, [])
    }

    /// Sends one text message of three pieces. A large payload is not copied: many sockets share it.
    package func send(text prefix: [UInt8], payload: [UInt8], suffix: [UInt8]) {
        send(.text, prefix, payload, suffix)
    }

    package func send(binary: [UInt8]) {
        send(.binary, [], binary, [])
    }

    private func send(_ opcode: WebSocketOpcode, _ prefix: [UInt8], _ payload: [UInt8], _ suffix: [UInt8]) {
        loop.preconditionOnLoop()
        guard isOpen, hasRoom() else { return }
        let message = LastFrame.Message(
            framing: framing, opcode: opcode, prefix: prefix, payload: payload, suffix: suffix)
        guard let frame = shard.lastFrame.frame(of: message) ?? make(message) else { return }
        output.append(frame: frame.head)
        if !frame.payload.isEmpty { output.append(frame: frame.payload) }
        if !frame.tail.isEmpty { output.append(frame: frame.tail) }
        send()
    }

    private func make(_ message: LastFrame.Message) -> WebSocketMachine.Frame? {
        let frame = machine.frame(
            message.opcode, prefix: message.prefix, payload: message.payload, suffix: message.suffix)
        if let frame { shard.lastFrame.keep(frame, of: message) }
        return frame
    }

    /// At most 125 bytes. That something comes in answer is looked after by the connection itself.
    package func ping(_ payload: [UInt8] = []) {
        loop.preconditionOnLoop()
        if isOpen, let frame = machine.ping(payload) { enqueue(frame) }
    }

    /// Begins the closing handshake. `closed` tells the session when it is over; nothing is delivered any more. The code must
    /// be one that may be sent; of the reason at most 123 bytes are.
    package func close(code: WebSocketCloseCode, reason: String = "") {
        loop.preconditionOnLoop()
        guard isOpen, let frame = machine.close(code, reason: reason) else { return }
        phase = .closing
        deadlines.beginClose(settings.closeTimeout, now: loop.now)
        armTimer()
        enqueue(frame)
    }

    // MARK: Events of the socket

    package func ready(_ readiness: Readiness) {
        if readiness.contains(.failed) || readiness.contains(.hangup) && !readiness.contains(.readable) {
            lose(.disconnected)
            return
        }
        if readiness.contains(.writable) { flush() }
        let goesOn = readiness.contains(.writable) && channel.receiveWaitsForRoom
        guard goesOn || readiness.contains(.readable) || readiness.contains(.peerClosed) else { return }
        switch phase {
        case .open, .closing:
            if isBusy { holdOff(readiness) } else { receive() }
        case .lingering: discard()
        case .ending: holdOff(readiness)
        case .closed: break
        }
    }

    /// Whether what was received has still to be worked off.
    private var isBusy: Bool { nextAction < actions.count || !held.isEmpty }

    /// Looks away until that is over. What was sent before the end is read after that.
    private func holdOff(_ readiness: Readiness) {
        if readiness.contains(.hangup) { return lose(.disconnected) }
        setInterest(interest.subtracting([.readable, .peerClosed]))
    }

    private func receive() {
        do {
            switch try channel.receive(on: loop, { read($0) }) {
            case .wouldBlock: lookForMore()
            case .bytes(0): lose(.disconnected)
            case .bytes: resume()
            }
        } catch {
            lose(.disconnected)
        }
    }

    /// Gives bytes to the machine until enough is to be done; the rest is held.
    private func read(_ bytes: Span<UInt8>) {
        var cursor = 0
        var weight = 0
        deadlines.heard(settings.pingInterval, now: loop.now)
        while weight < shard.configuration.outputBytes, let action = machine.next(bytes, &cursor) {
            if case .deliver(let message) = action { weight += message.bytes.count }
            actions.append(action)
        }
        if cursor < bytes.count {
            unsafe bytes.extracting(cursor..<bytes.count).withUnsafeBufferPointer { unsafe held.append(contentsOf: $0) }
        }
        if held.isEmpty, let unfinished = machine.unfinished {
            deadlines.beginMessage(unfinished, settings.messageTimeout, now: loop.now)
            armTimer()
        } else {
            deadlines.endMessage()
        }
    }

    /// Goes on among the loop's jobs, after everything the turn received has been received.
    private func resume() {
        guard isBusy, !isRunning else { return }
        isRunning = true
        loop.enqueue(self)
    }

    package func run() {
        isRunning = false
        waitsForRoom = false
        var hasWorked = false
        while isBusy {
            if output.byteCount > shard.configuration.outputBytes {
                // Back-pressure: nothing is begun while the client does not take what it is owed.
                flush()
                guard output.byteCount <= shard.configuration.outputBytes else {
                    waitsForRoom = true
                    deadlines.lookAway()
                    return
                }
            }
            if nextAction < actions.count {
                hasWorked = true
                nextAction += 1
                perform(actions[nextAction - 1])
            } else if hasWorked {
                // A few bytes may inflate to many: the other connections have their turn in between.
                isRunning = true
                _ = loop.schedule(at: loop.now) { self.loop.enqueue(self) }
                return
            } else {
                actions.removeAll()
                nextAction = 0
                var bytes: [UInt8] = []
                swap(&bytes, &held)
                read(bytes.span)
            }
        }
        // An idle connection holds no room for more.
        actions = []
        nextAction = 0
        switch phase {
        case .open, .closing: lookForMore()
        case .ending, .lingering, .closed: break
        }
    }

    /// Looks for what the next receive needs.
    private func lookForMore() {
        setInterest(interest.union([.readable, .peerClosed]).union(channel.receiveWaitsForRoom ? .writable : []))
    }

    private func perform(_ action: WebSocketMachine.Action) {
        switch action {
        case .deliver(let message):
            if case .open = phase { session?.received(message) }
        case .ping(let payload): if let frame = machine.pong(payload) { enqueue(frame) }
        case .pong: break
        case .end(let closure):
            if let frame = machine.answer(closure) { enqueue(frame) }
            // A client that broke the protocol may be sending on: reading it avoids that closing resets the connection
            // before it has read why.
            if case .failed = closure { end(closure, lingers: true) } else { end(closure, lingers: false) }
        }
    }

    /// After the last frame.
    private func discard() {
        do {
            if try channel.receive(on: loop, { _ in }) == .bytes(0) { close() }
        } catch {
            close()
        }
    }

    // MARK: Sending

    /// A frame that answers the client: its number is bounded by what is read, not by `outboundBytes`.
    private func enqueue(_ frame: [UInt8]) {
        output.append(frame: frame)
        send()
    }

    /// False where a slow client has to be given up.
    private func hasRoom() -> Bool {
        guard output.byteCount > outboundBytes else { return true }
        // The session is told later: it may be in the middle of a loop over its subscriptions.
        isOverflowing = true
        send()
        return false
    }

    /// What a turn brings goes out together.
    private func send() {
        guard !isSending, !output.isEmpty else { return }
        isSending = true
        shard.sending.enqueue(self)
    }

    func sendCollected() {
        isSending = false
        if isOverflowing { return giveUp(.slowConsumer) }
        // While the socket takes nothing there is no use in trying.
        if !interest.contains(.writable) { flush() }
    }

    /// Sends what is queued as far as the socket takes it.
    private func flush() {
        guard !isClosed else { return }
        do {
            while !output.isEmpty {
                switch try output.send(to: &channel) {
                case .bytes: if !output.isEmpty { beginWriteDeadline() }
                case .wouldBlock:
                    if !interest.contains(.writable) {
                        setInterest(interest.union(.writable))
                        beginWriteDeadline()
                    }
                    armTimer()
                    return
                }
            }
        } catch {
            lose(.disconnected)
            return
        }
        output.free()
        if hasWriteDeadline {
            hasWriteDeadline = false
            deadlines.endWrite()
        }
        // One that is busy does not read: it would be told of the room again and again.
        if interest.contains(.writable), !channel.receiveWaitsForRoom || isBusy {
            setInterest(interest.subtracting(.writable))
        }
        if case .ending(let lingers) = phase { return finish(lingers) }
        if waitsForRoom {
            deadlines.heard(settings.pingInterval, now: loop.now)
            resume()
        }
        if tellsDrained {
            tellsDrained = false
            session?.drained()
        }
    }

    private func beginWriteDeadline() {
        hasWriteDeadline = true
        deadlines.beginWrite(settings.writeTimeout, now: loop.now)
    }

    // MARK: The end

    private var isClosed: Bool {
        if case .closed = phase { true } else { false }
    }

    private func tell(_ closure: WebSocketClosure) {
        let session = session
        self.session = nil
        session?.closed(closure)
    }

    /// The connection ends when what is queued has been sent.
    private func end(_ closure: WebSocketClosure, lingers: Bool) {
        phase = .ending(lingers: lingers)
        dropReceived()
        machine.abandon()
        deadlines.lookAway()
        tell(closure)
        if output.isEmpty { finish(lingers) }
    }

    private func finish(_ lingers: Bool) {
        guard lingers, (try? channel.shutdownWrite()) != nil else {
            close()
            return
        }
        phase = .lingering
        deadlines.beginLinger(Self.linger, now: loop.now)
        armTimer()
        setInterest([.readable])
    }

    private func lose(_ loss: WebSocketLoss) {
        close(.lost(loss))
    }

    /// Of a client that does not read: the system would keep for minutes what it has not taken.
    private func giveUp(_ loss: WebSocketLoss) {
        channel.setResetOnClose()
        lose(loss)
    }

    private func close(_ closure: WebSocketClosure? = nil) {
        guard !isClosed else { return }
        phase = .closed
        if let registration { loop.deregister(registration, closing: true) }
        registration = nil
        channel.close()
        if let timer { loop.cancel(timer) }
        timer = nil
        machine.abandon()
        dropReceived()
        output = OutputQueue()
        if let closure { tell(closure) }
        // Last: a shutdown that waits for this connection goes on.
        shard.remove(self)
    }

    private func dropReceived() {
        actions = []
        nextAction = 0
        held = []
    }

    func drain() {
        if isOpen { session?.draining() }
    }

    func cut() {
        lose(.cut)
    }

    // MARK: Deadlines and interest

    private func setInterest(_ wanted: Readiness) {
        guard wanted != interest, let registration else { return }
        interest = wanted
        do {
            try loop.update(registration, interest: wanted)
        } catch {
            lose(.disconnected)
        }
    }

    /// The timer is left alone when it fires early enough; it then finds out how long to sleep on.
    private func armTimer() {
        guard let next = deadlines.next, next < timerEnd, !isClosed else { return }
        if let timer { loop.cancel(timer) }
        timerEnd = next
        timer = loop.schedule(at: next) { self.timerFired() }
    }

    private func timerFired() {
        timer = nil
        timerEnd = MonotonicInstant(nanoseconds: .max)
        guard let expiry = deadlines.expired(at: loop.now) else { return armTimer() }
        switch expiry {
        case .ping:
            if !output.isEmpty {
                // It would wait behind what the client is still taking, which has a deadline of its own.
                deadlines.heard(settings.pingInterval, now: loop.now)
            } else {
                deadlines.pinged(settings.pongTimeout, now: loop.now)
                if let frame = machine.ping() { enqueue(frame) }
            }
        case .silent: lose(.silent)
        case .unfinishedMessage:
            if let frame = machine.close(.policyViolation, reason: "The message was not finished in time.") {
                enqueue(frame)
            }
            end(.lost(.unfinishedMessage), lingers: true)
        case .stalled: giveUp(.stalled)
        case .unansweredClose: lose(.unansweredClose)
        case .linger: close()
        }
        armTimer()
    }
}
