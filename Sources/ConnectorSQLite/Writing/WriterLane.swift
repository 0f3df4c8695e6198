// The one writer of a source: a queue, a thread and its connection, which opens at the first mutation. SQLite has one
// writer at a time; here all mutations of the gateway stand in line instead of waiting for each other's locks.

internal import Connectors
internal import Reactor
internal import Synchronization

final class WriterLane: Sendable {
    private struct State {
        var jobs: [WriteJob] = []
        var isClosed = false
        var isRunning = false
    }

    private let path: String
    private let limits: SQLiteLimits
    private let state = Mutex(State())
    private let available = Semaphore()
    private let thread = ReaderThread()

    init(path: String, limits: SQLiteLimits) {
        self.path = path
        self.limits = limits
    }

    /// Answers the job at once when it cannot wait.
    func submit(_ job: WriteJob) {
        let (refusal, starts) = state.withLock { state -> (ConnectorError?, Bool) in
            if state.isClosed { return (ConnectorError(.unavailable, "the source is closed"), false) }
            if state.jobs.count >= limits.queuedMutations {
                return (
                    ConnectorError(.busy, "more than \(limits.queuedMutations) mutations wait for the database"), false
                )
            }
            state.jobs.append(job)
            let starts = !state.isRunning
            state.isRunning = true
            return (nil, starts)
        }
        if let refusal { return job.answerIfQueued(.failure(.failed(refusal))) }
        if starts, !thread.start({ [self] in serve() }) {
            state.withLock { $0.isRunning = false }
            fail(ConnectorError(.unavailable, "cannot start a thread for the database"))
            return
        }
        available.signal()
        job.settleIfCancelled()
    }

    /// Finishes what is queued and running, then ends the thread. Blocks: not from a loop.
    func close() {
        let isRunning = state.withLock { state in
            state.isClosed = true
            return state.isRunning
        }
        guard isRunning else { return }
        available.signal()
        thread.join()
    }

    private func serve() {
        var connection: SQLiteConnection?
        while true {
            available.wait()
            let (jobs, isClosed) = state.withLock { state in
                let jobs = state.jobs
                state.jobs = []
                return (jobs, state.isClosed)
            }
            // A signal without a job: another one's was taken with the first, or the lane is closing.
            if jobs.isEmpty, isClosed { return }
            guard !jobs.isEmpty else { continue }
            do throws(ConnectorError) {
                let ready: SQLiteConnection
                if let connection { ready = connection } else { ready = try open() }
                connection = ready
                WriteGroup.run(jobs, on: ready, limits: limits)
            } catch {
                for job in jobs where job.take() { job.answer(.failure(.failed(error))) }
            }
        }
    }

    private func open() throws(ConnectorError) -> SQLiteConnection {
        let connection = try SQLiteConnection(path: path, access: .write, limits: limits)
        try connection.prepareForWriting()
        connection.watch.attention = { [weak self] now in self?.expire(at: now) }
        return connection
    }

    private func fail(_ error: ConnectorError) {
        let jobs = state.withLock { state in
            let jobs = state.jobs
            state.jobs = []
            return jobs
        }
        for job in jobs { job.answerIfQueued(.failure(.failed(error))) }
    }

    /// Answers the waiting jobs whose deadline has passed; their places stay until the thread comes by.
    private func expire(at now: Int64) {
        let late = state.withLock { state in state.jobs.filter { $0.deadline <= now } }
        for job in late { job.answerIfQueued(.failure(WriteGroup.late)) }
    }
}
