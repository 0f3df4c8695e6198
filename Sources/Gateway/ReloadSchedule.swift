// When changed files are read: once they have been quiet for a moment, since an editor or a deployment changes several
// one after the other; but not later than a bound, however long the changes go on. Without a clock of its own: instants
// come in, instants go out.
internal import Reactor

struct ReloadSchedule: Sendable {
    private enum State {
        /// → settling
        case quiet
        /// → reading, when `due` has come
        case settling(first: MonotonicInstant, due: MonotonicInstant)
        /// → quiet; or settling, if something changed meanwhile
        case reading(changed: MonotonicInstant?)
    }

    private var state = State.quiet

    static let pause = Duration.milliseconds(50)
    static let longest = Duration.seconds(1)

    enum Action: Sendable, Hashable {
        case none
        /// Ask again at that time.
        case wake(MonotonicInstant)
        case read
    }

    mutating func changed(at now: MonotonicInstant) -> Action {
        switch state {
        case .quiet:
            let due = now.advanced(by: Self.pause)
            state = .settling(first: now, due: due)
            return .wake(due)
        case .settling(let first, _):
            // The timer that is set asks again; by then this is known.
            state = .settling(
                first: first, due: min(now.advanced(by: Self.pause), first.advanced(by: Self.longest)))
            return .none
        case .reading(let earlier):
            state = .reading(changed: earlier ?? now)
            return .none
        }
    }

    /// A timer that was asked for has come.
    mutating func woken(at now: MonotonicInstant) -> Action {
        guard case .settling(_, let due) = state else { return .none }
        guard now >= due else { return .wake(due) }
        state = .reading(changed: nil)
        return .read
    }

    /// Somebody asks for a reading now.
    mutating func demanded(at now: MonotonicInstant) -> Action {
        if case .reading = state { return changed(at: now) }
        state = .reading(changed: nil)
        return .read
    }

    mutating func finished(at now: MonotonicInstant) -> Action {
        guard case .reading(let change) = state else { return .none }
        state = .quiet
        return change == nil ? .none : changed(at: now)
    }
}
