// When a cohort is read: a state machine without I/O. At most one read is under way; what changes meanwhile is read again
// afterwards, so that the last read began after the last change.

struct CohortState: Sendable {
    private enum Phase: Sendable {
        /// Nothing is known to have changed since the last read began. Goes to queued.
        case idle
        /// Waits for its turn. Goes to reading.
        case queued
        /// Goes to idle, queued or resting.
        case reading(isDirty: Bool)
        /// The last read failed. Goes to queued.
        case resting
    }

    enum Action: Sendable, Equatable {
        case nothing
        /// Put it at the end of the queue.
        case enqueue
        /// Call `rested` after that time.
        case rest(Duration)
    }

    private var phase = Phase.idle
    private var failures = 0

    static let firstRest = Duration.milliseconds(250)
    static let longestRest = Duration.seconds(30)

    var isFailing: Bool { failures > 0 }

    /// Something that the result depends on may have changed.
    mutating func changed() -> Action {
        switch phase {
        case .idle: return enqueue()
        case .reading: phase = .reading(isDirty: true)
        // It is read later than this anyway.
        case .queued, .resting: break
        }
        return .nothing
    }

    /// Somebody wants a result who has none: a read that began before counts for nothing.
    mutating func joined() -> Action {
        switch phase {
        case .idle, .resting: return enqueue()
        case .reading: phase = .reading(isDirty: true)
        case .queued: break
        }
        return .nothing
    }

    /// Its turn has come.
    mutating func begin() {
        guard case .queued = phase else { preconditionFailure("a cohort that is not queued has no turn") }
        phase = .reading(isDirty: false)
    }

    mutating func finished() -> Action {
        guard case .reading(let isDirty) = phase else { preconditionFailure("nothing was read") }
        failures = 0
        phase = .idle
        return isDirty ? enqueue() : .nothing
    }

    mutating func failed() -> Action {
        guard case .reading = phase else { preconditionFailure("nothing was read") }
        let rest = min(Self.firstRest * (1 << min(failures, 10)), Self.longestRest)
        failures += 1
        phase = .resting
        return .rest(rest)
    }

    /// The time of a rest is over; one that somebody has cut short is over already.
    mutating func rested() -> Action {
        guard case .resting = phase else { return .nothing }
        return enqueue()
    }

    /// Nobody has it any more.
    mutating func abandon() { failures = 0 }

    private mutating func enqueue() -> Action {
        phase = .queued
        return .enqueue
    }
}
