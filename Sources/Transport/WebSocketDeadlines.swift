// Which deadlines of a WebSocket are running: a pure state, with the time handed in.

internal import Reactor

struct WebSocketDeadlines {
    enum Expiry: Equatable {
        /// Nothing has come for a while: time to ask.
        case ping
        case silent
        case unfinishedMessage
        case stalled
        case unansweredClose
        case linger
    }

    private static let never = MonotonicInstant(nanoseconds: .max)

    private var ping = never
    private var pong = never
    private var message = never
    /// Which message or frame the deadline is for.
    private var unfinished: Int?
    private var write = never
    private var close = never
    private var linger = never

    /// Something came: the next ping is due a whole interval from now, and no pong is waited for.
    mutating func heard(_ interval: Duration, now: MonotonicInstant) {
        ping = now.advanced(by: interval)
        pong = Self.never
    }

    /// Nothing is read until the client takes what it is owed, so that it cannot be heard either.
    mutating func lookAway() {
        ping = Self.never
        pong = Self.never
        endMessage()
    }

    mutating func pinged(_ timeout: Duration, now: MonotonicInstant) {
        ping = Self.never
        pong = now.advanced(by: timeout)
    }

    /// A deadline that runs for the same frame or message keeps its end.
    mutating func beginMessage(_ number: Int, _ timeout: Duration, now: MonotonicInstant) {
        guard unfinished != number else { return }
        unfinished = number
        message = now.advanced(by: timeout)
    }

    mutating func endMessage() {
        unfinished = nil
        message = Self.never
    }

    /// Begins again at each byte the client takes.
    mutating func beginWrite(_ timeout: Duration, now: MonotonicInstant) {
        write = now.advanced(by: timeout)
    }

    mutating func endWrite() {
        write = Self.never
    }

    mutating func beginClose(_ timeout: Duration, now: MonotonicInstant) {
        close = now.advanced(by: timeout)
    }

    /// The last frame is sent: from here on nothing else counts.
    mutating func beginLinger(_ timeout: Duration, now: MonotonicInstant) {
        self = WebSocketDeadlines()
        linger = now.advanced(by: timeout)
    }

    /// When to look again; nil when nothing runs.
    var next: MonotonicInstant? {
        let first = min(ping, pong, message, write, close, linger)
        return first == Self.never ? nil : first
    }

    /// What has run out at `now`; a ping comes last, since it ends nothing.
    func expired(at now: MonotonicInstant) -> Expiry? {
        if linger <= now { return .linger }
        if write <= now { return .stalled }
        if close <= now { return .unansweredClose }
        if message <= now { return .unfinishedMessage }
        if pong <= now { return .silent }
        return ping <= now ? .ping : nil
    }
}
