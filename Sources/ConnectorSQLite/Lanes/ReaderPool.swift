// The reader threads of a source: one queue, N threads with a connection each. Jobs are taken in order; one whose
// deadline passes while all threads are busy is answered from the progress handler of a running statement.

internal import Connectors
internal import Reactor
internal import Synchronization

final class ReaderPool: Sendable {
    private struct State {
        var jobs: [ReadJob?] = []
        var first = 0
        var isClosed = false
        /// Threads that run a statement.
        var running = 0

        var count: Int { jobs.count - first }

        mutating func popFirst() -> ReadJob? {
            guard first < jobs.count else { return nil }
            let job = jobs[first]
            jobs[first] = nil
            first += 1
            if first == jobs.count {
                jobs.removeAll(keepingCapacity: true)
                first = 0
            } else if first >= 256 {
                jobs.removeFirst(first)
                first = 0
            }
            return job
        }
    }

    private let state = Mutex(State())
    private let available = Semaphore()
    private let threads: [ReaderThread]
    private let queueBound: Int

    /// Takes over the connections; `queueBound` jobs may wait.
    init(connections: [SQLiteConnection], queueBound: Int) throws(ConnectorError) {
        self.queueBound = queueBound
        let threads = connections.map { _ in ReaderThread() }
        self.threads = threads
        for (thread, connection) in zip(threads, connections) {
            connection.watch.attention = { [weak self] now in self?.expire(at: now) }
            let isRunning = thread.start { [self] in serve(connection) }
            guard isRunning else {
                close()
                throw ConnectorError(.unavailable, "cannot start a thread for the database")
            }
        }
    }

    /// Answers the job at once when it cannot wait.
    func submit(_ job: ReadJob) {
        let refusal: ConnectorError? = state.withLock { state in
            if state.isClosed { return ConnectorError(.unavailable, "the source is closed") }
            if state.count >= queueBound {
                return ConnectorError(.unavailable, "more than \(queueBound) statements wait for the database")
            }
            state.jobs.append(job)
            return nil
        }
        if let refusal {
            job.answerIfQueued(.failure(refusal))
        } else {
            available.signal()
            job.settleIfCancelled()
        }
    }

    /// Finishes what is queued and running, then ends the threads. Blocks: not from a loop.
    func close() {
        state.withLock { $0.isClosed = true }
        for _ in threads { available.signal() }
        for thread in threads { thread.join() }
    }

    /// Statements that wait, and that run.
    var load: (waiting: Int, running: Int) {
        state.withLock { ($0.count, $0.running) }
    }

    private func serve(_ connection: SQLiteConnection) {
        while true {
            available.wait()
            let (job, isClosed) = state.withLock { state in
                let job = state.popFirst()
                if job != nil { state.running += 1 }
                return (job, state.isClosed)
            }
            guard let job else {
                // A signal without a job: closing, and nothing left to do.
                if isClosed { return }
                continue
            }
            let answer = run(job, connection)
            // Before the answer: who gets it may look at the load.
            state.withLock { $0.running -= 1 }
            if let answer { job.answer(answer) }
        }
    }

    /// `nil` when someone else has answered the job while it waited.
    private func run(_ job: ReadJob, _ connection: SQLiteConnection) -> ReadJob.Answer? {
        guard job.take() else { return nil }
        guard MonotonicInstant.now.nanoseconds < job.deadline else { return .failure(Self.lateError) }
        switch connection.run(job.work.statement, values: job.work.values, deadline: job.deadline, job: job) {
        case .rows(let rows): return .success(rows)
        case .failed(let error): return .failure(error)
        case .unfinished: preconditionFailure("a reader thread has no budget of steps")
        }
    }

    /// Answers the waiting jobs whose deadline has passed; their places stay until a thread comes by.
    private func expire(at now: Int64) {
        let late = state.withLock { state in
            state.jobs[state.first...].compactMap { $0 }.filter { $0.deadline <= now }
        }
        for job in late { job.answerIfQueued(.failure(Self.lateError)) }
    }

    private static let lateError = ConnectorError(.timeout, "the deadline passed while the statement waited")
}
