// What stops a running statement: its deadline, its caller's departure, or the budget of the event loop. One per
// connection; SQLite asks it every thousand steps of its virtual machine (https://sqlite.org/c3ref/progress_handler.html)
// and while a lock is busy. Touched by the connection's thread only.

internal import CSQLite
internal import Glibc
internal import Reactor

final class ExecutionWatch {
    enum Interruption {
        case deadline
        case cancelled
        /// The statement used up its steps on the event loop.
        case budget
    }

    /// Steps between two looks: some 40 µs.
    static let period = 1000

    private var deadline = Int64.max
    private var periodsLeft = Int.max
    private var job: ReadJob?
    private(set) var waitsForLocks = false
    private var lockWaitEnds = Int64.max
    private let busyNanoseconds: Int64
    /// Called about every `attentionInterval` while a statement runs on a reader thread.
    var attention: ((_ now: Int64) -> Void)?
    private var nextAttention: Int64 = 0
    private static let attentionInterval: Int64 = 5_000_000

    private(set) var interruption: Interruption?
    /// Lists that were too long and that `perigee_limit` has marked.
    private(set) var markedLists = 0
    /// The place of the list at which there were too many of those.
    private(set) var limitPath: String?
    private let maximumMarkedLists: Int
    /// Set where matching a pattern took more steps than it may.
    var hasCostlyPattern = false

    init(limits: SQLiteLimits) {
        busyNanoseconds = limits.busyTimeout.wholeNanoseconds
        maximumMarkedLists = limits.markedLists
    }

    /// A list at this place of the request has too many rows. False when the statement has to end here.
    func mark(_ path: String) -> Bool {
        guard markedLists < maximumMarkedLists else {
            limitPath = path
            return false
        }
        markedLists += 1
        return true
    }

    /// Registers this watch; the connection must end before the watch does.
    func install(on connection: OpaquePointer) {
        // Unmanaged without a retain: `SQLiteConnection` owns both and closes the handle first.
        let context = unsafe Unmanaged.passUnretained(self).toOpaque()
        unsafe sqlite3_progress_handler(
            connection, Int32(Self.period),
            { context in
                guard let context = unsafe context else { return 0 }
                return unsafe Unmanaged<ExecutionWatch>.fromOpaque(context).takeUnretainedValue().mustStop() ? 1 : 0
            }, context)
        unsafe sqlite3_busy_handler(
            connection,
            { context, attempts in
                guard let context = unsafe context else { return 0 }
                return unsafe Unmanaged<ExecutionWatch>.fromOpaque(context).takeUnretainedValue()
                    .mayWait(attempts: attempts) ? 1 : 0
            }, context)
    }

    /// A run on the event loop: bounded in steps, never waits for a lock.
    func begin(steps: Int) {
        clear()
        periodsLeft = max(1, steps / Self.period)
        waitsForLocks = false
    }

    /// A run on a reader thread.
    func begin(deadline: Int64, job: ReadJob?) {
        clear()
        self.deadline = deadline
        self.job = job
        waitsForLocks = true
    }

    func end() {
        job = nil
        deadline = .max
        periodsLeft = .max
    }

    private func clear() {
        interruption = nil
        limitPath = nil
        hasCostlyPattern = false
        markedLists = 0
        deadline = .max
        periodsLeft = .max
        lockWaitEnds = .max
        job = nil
    }

    private func mustStop() -> Bool {
        if periodsLeft != .max {
            periodsLeft -= 1
            if periodsLeft <= 0 {
                interruption = .budget
                return true
            }
            return false
        }
        return isOver(at: MonotonicInstant.now.nanoseconds)
    }

    /// For functions that take their time: SQLite looks only between its own steps.
    func mustStopNow() -> Bool {
        isOver(at: MonotonicInstant.now.nanoseconds)
    }

    private func isOver(at now: Int64) -> Bool {
        if let job, job.isCancelled {
            interruption = .cancelled
            return true
        }
        if now >= deadline {
            interruption = .deadline
            return true
        }
        if let attention, now >= nextAttention {
            nextAttention = now + Self.attentionInterval
            attention(now)
        }
        return false
    }

    /// Waits a moment for another process's lock; false gives up with SQLITE_BUSY.
    private func mayWait(attempts: Int32) -> Bool {
        guard waitsForLocks else { return false }
        let now = MonotonicInstant.now.nanoseconds
        if attempts == 0 { lockWaitEnds = now.addingReportingOverflow(busyNanoseconds).partialValue }
        guard !isOver(at: now), now < lockWaitEnds else { return false }
        usleep(attempts < 10 ? 200 : 2000)
        return true
    }
}
