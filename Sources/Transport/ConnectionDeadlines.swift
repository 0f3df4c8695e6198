// Which deadlines of a connection are running and when the next one ends: a pure state, so that it costs the hot path
// two comparisons and a timer is moved only when a deadline comes nearer.

internal import Reactor

struct ConnectionDeadlines {
    /// What the connection waits for from its peer; at most one at a time.
    enum Wait: Equatable {
        case handshake
        case head
        case body
        case idle
        case linger
        case halfClosed
    }

    private(set) var wait: Wait?
    private var waitEnd = MonotonicInstant(nanoseconds: .max)
    private var writeEnd: MonotonicInstant?

    /// A wait that already runs keeps its end: receiving a byte does not extend the time for the head.
    mutating func begin(_ wait: Wait, _ nanoseconds: Int64, now: MonotonicInstant) {
        guard self.wait != wait else { return }
        self.wait = wait
        waitEnd = now.advanced(nanoseconds: nanoseconds)
    }

    mutating func endWait() {
        wait = nil
        waitEnd = MonotonicInstant(nanoseconds: .max)
    }

    /// Begins again at each byte the peer takes.
    mutating func beginWrite(_ nanoseconds: Int64, now: MonotonicInstant) {
        writeEnd = now.advanced(nanoseconds: nanoseconds)
    }

    mutating func endWrite() {
        writeEnd = nil
    }

    /// When to look again; nil when nothing runs.
    var next: MonotonicInstant? {
        guard let writeEnd else { return wait == nil ? nil : waitEnd }
        return min(writeEnd, waitEnd)
    }

    enum Expiry: Equatable {
        case wait(Wait)
        case write
    }

    /// What has run out at `now`.
    func expired(at now: MonotonicInstant) -> Expiry? {
        if let writeEnd, writeEnd <= now { return .write }
        if let wait, waitEnd <= now { return .wait(wait) }
        return nil
    }
}

/// The configured deadlines as the connections count them: 128-bit durations are too slow for each request.
struct DeadlineNanoseconds {
    let handshake: Int64
    let head: Int64
    let body: Int64
    let idle: Int64
    /// The same in whole seconds, as clients are told.
    let idleSeconds: Int
    let write: Int64
    let linger: Int64
    let halfClosed: Int64

    init(_ deadlines: HTTPDeadlines) {
        handshake = deadlines.handshake.wholeNanoseconds
        head = deadlines.head.wholeNanoseconds
        body = deadlines.body.wholeNanoseconds
        idle = deadlines.idle.wholeNanoseconds
        idleSeconds = Int(deadlines.idle.wholeNanoseconds / 1_000_000_000)
        write = deadlines.write.wholeNanoseconds
        linger = deadlines.linger.wholeNanoseconds
        halfClosed = deadlines.halfClosed.wholeNanoseconds
    }
}
