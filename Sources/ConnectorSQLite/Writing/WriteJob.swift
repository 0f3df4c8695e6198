// One mutation on its way through the writer. Whoever moves it out of a state by compare-and-exchange owns the next step, so
// that it is answered exactly once: by the writer, or, while it waits, by its caller's departure or its deadline.

internal import Connectors
internal import Planning
internal import Reactor
internal import Synchronization

// Unchecked: `continuation` is written once, before the job is published through the lane's mutex.
final class WriteJob: @unchecked Sendable {
    typealias Answer = Result<Rows, WriteFailure>

    /// created → queued → running → answered; queued → answered.
    private enum State {
        static let created: UInt8 = 0
        static let queued: UInt8 = 1
        static let running: UInt8 = 2
        static let answered: UInt8 = 3
    }

    let mutation: SQLiteMutation
    let values: [BoundValue]
    let refused: [Bool]
    /// Nanoseconds of the monotonic clock.
    let deadline: Int64
    private var continuation: LoopContinuation<Answer>?
    private let state = Atomic<UInt8>(State.created)
    private let cancelled = Atomic(false)

    init(mutation: SQLiteMutation, values: [BoundValue], refused: [Bool], deadline: Int64) {
        self.mutation = mutation
        self.values = values
        self.refused = refused
        self.deadline = deadline
    }

    /// Must come before the job is handed to the lane.
    func begin(_ continuation: LoopContinuation<Answer>) {
        self.continuation = continuation
        state.store(State.queued, ordering: .sequentiallyConsistent)
    }

    /// From any thread, also before `begin`. What runs is finished: half of a mutation is none.
    func cancel() {
        cancelled.store(true, ordering: .sequentiallyConsistent)
        settleIfCancelled()
    }

    /// `cancel` and `begin` may pass each other: each looks at what the other has written.
    func settleIfCancelled() {
        guard cancelled.load(ordering: .sequentiallyConsistent) else { return }
        answerIfQueued(.failure(.failed(ConnectorError(.cancelled, "the caller has gone"))))
    }

    /// False when someone else has answered.
    func take() -> Bool {
        move(State.queued, State.running)
    }

    func answerIfQueued(_ answer: Answer) {
        if move(State.queued, State.answered) { continuation?.resume(returning: answer) }
    }

    /// By the thread that took it.
    func answer(_ answer: Answer) {
        if move(State.running, State.answered) { continuation?.resume(returning: answer) }
    }

    private func move(_ from: UInt8, _ to: UInt8) -> Bool {
        state.compareExchange(expected: from, desired: to, ordering: .sequentiallyConsistent).exchanged
    }
}
