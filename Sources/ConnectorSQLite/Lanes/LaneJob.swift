// One piece of work on its way through a lane. Whoever moves it out of a state by compare-and-exchange owns the next step,
// so that it is answered exactly once: by the lane's thread, or, while it waits, by its caller's departure or its deadline.

internal import Connectors
internal import Planning
internal import Reactor
internal import SQL
internal import Synchronization

/// What a lane runs, and how it fails.
protocol LaneWork: Sendable {
    associatedtype Failure: Error
    /// The answer to a caller that has gone before the work began.
    static var cancelled: Failure { get }
}

// Unchecked: `continuation` is written once, before the job is published through the lane's mutex.
final class LaneJob<Work: LaneWork>: @unchecked Sendable {
    typealias Answer = Result<Rows, Work.Failure>

    let work: Work
    /// Nanoseconds of the monotonic clock.
    let deadline: Int64
    private var continuation: LoopContinuation<Answer>?
    private let state = Atomic<UInt8>(LaneJobState.created)
    private let cancelled = Atomic(false)

    init(_ work: Work, deadline: Int64) {
        self.work = work
        self.deadline = deadline
    }

    var isCancelled: Bool { cancelled.load(ordering: .relaxed) }

    /// Waits on the loop for the answer of the lane that `submit` hands the job to.
    func run(on loop: EventLoop, submit: (LaneJob) -> Void) async throws(Work.Failure) -> Rows {
        let answer: Answer = await withTaskCancellationHandler {
            await loop.wait { continuation in
                self.continuation = continuation
                state.store(LaneJobState.queued, ordering: .sequentiallyConsistent)
                submit(self)
            }
        } onCancel: {
            cancel()
        }
        return try answer.get()
    }

    /// From any thread, also before it is queued: the caller does not want the answer any more. Work under way may look
    /// at `isCancelled`.
    private func cancel() {
        cancelled.store(true, ordering: .sequentiallyConsistent)
        settleIfCancelled()
    }

    /// By the lane, once the job is queued: it and `cancel` may pass each other, and each looks at what the other has
    /// written.
    func settleIfCancelled() {
        guard cancelled.load(ordering: .sequentiallyConsistent) else { return }
        answerIfQueued(.failure(Work.cancelled))
    }

    /// False when someone else has answered.
    func take() -> Bool {
        move(LaneJobState.queued, LaneJobState.running)
    }

    func answerIfQueued(_ answer: Answer) {
        if move(LaneJobState.queued, LaneJobState.answered) { continuation?.resume(returning: answer) }
    }

    /// By the thread that took it.
    func answer(_ answer: Answer) {
        if move(LaneJobState.running, LaneJobState.answered) { continuation?.resume(returning: answer) }
    }

    private func move(_ from: UInt8, _ to: UInt8) -> Bool {
        state.compareExchange(expected: from, desired: to, ordering: .sequentiallyConsistent).exchanged
    }
}

/// created → queued → running → answered; queued → answered.
private enum LaneJobState {
    static let created: UInt8 = 0
    static let queued: UInt8 = 1
    static let running: UInt8 = 2
    static let answered: UInt8 = 3
}

/// A statement that reads.
struct ReadWork: LaneWork {
    let statement: SQLStatement
    let values: [BoundValue]

    static var cancelled: ConnectorError { ConnectorError(.cancelled, "the caller has gone") }
}

typealias ReadJob = LaneJob<ReadWork>

/// A mutation. Once it runs it is finished whatever its caller does: half of a mutation is none.
struct WriteWork: LaneWork {
    let mutation: SQLMutation
    let values: [BoundValue]
    let refused: [Bool]

    static var cancelled: WriteFailure { .failed(ReadWork.cancelled) }
}

typealias WriteJob = LaneJob<WriteWork>
