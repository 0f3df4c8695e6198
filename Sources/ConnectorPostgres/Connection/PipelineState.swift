// What one connection has in flight, without I/O: statements in, what to send out; results in, whose they are out. libpq's
// pipeline answers in the order of sending; after an error everything up to the next Sync is skipped.
// https://www.postgresql.org/docs/15/libpq-pipeline-mode.html

struct PipelineState: Sendable {
    enum Retry: Sendable, Hashable {
        case none
        /// The server no longer has the prepared form.
        case prepareAnew
        /// It has one that a change of the schema has spoilt, and that is in the way of the next.
        case replace
    }

    /// One execution of a statement.
    struct Run: Sendable, Hashable {
        let job: UInt64
        let statement: UInt64
        /// Ran before, so that preparing it pays.
        let isRepeated: Bool
        /// Sent again because its prepared form was of no use any more; a second time is an error.
        var retry = Retry.none
    }

    enum Action: Sendable, Hashable {
        case prepare(statement: UInt64, job: UInt64)
        case execute(job: UInt64, isPrepared: Bool)
        case deallocate(statement: UInt64)
        case sync
        /// The result at hand is the job's.
        case succeed(job: UInt64)
        /// The error at hand is the job's.
        case fail(job: UInt64)
        /// What came does not belong to what was sent: nothing on this connection can be trusted any more.
        case giveUp
    }

    enum Event: Sendable, Hashable {
        case result
        case failure(state: String)
        /// Not run, because its batch had failed before.
        case skipped
        case synced
    }

    private enum Entry: Sendable, Hashable {
        case prepare(Run)
        case execute(Run, isPrepared: Bool)
        case deallocate
        case sync
    }

    private let preparedBound: Int
    /// Statement → when it was last used.
    private var prepared: [UInt64: UInt64] = [:]
    private var uses: UInt64 = 0
    private var entries: [Entry] = []
    private var first = 0
    /// Skipped statements, to be sent again behind their own Syncs.
    private var again: [Run] = []
    /// The job that was told the error of its preparation; its execution is skipped and that is all.
    private var unprepared: UInt64?
    /// Statements sent and not answered.
    private(set) var running = 0

    /// - Parameter preparedBound: statements kept prepared, least recently used first out.
    init(preparedBound: Int) {
        self.preparedBound = preparedBound
    }

    /// Whether results are to come.
    var expectsResult: Bool { first < entries.count }
    var isIdle: Bool { !expectsResult && again.isEmpty }
    var preparedCount: Int { prepared.count }

    // MARK: Sending

    /// The statements in one batch, with one Sync: an error in one skips those behind it, which are then sent singly.
    mutating func send(_ runs: [Run]) -> [Action] {
        var actions: [Action] = []
        for run in runs { send(run, &actions) }
        sync(&actions)
        return actions
    }

    private mutating func send(_ run: Run, _ actions: inout [Action]) {
        uses += 1
        running += 1
        var isPrepared = prepared[run.statement] != nil
        if !isPrepared, run.isRepeated {
            if prepared.count >= preparedBound, let oldest = prepared.min(by: { $0.value < $1.value })?.key {
                prepared[oldest] = nil
                entries.append(.deallocate)
                actions.append(.deallocate(statement: oldest))
            }
            if run.retry == .replace {
                entries.append(.deallocate)
                actions.append(.deallocate(statement: run.statement))
            }
            entries.append(.prepare(run))
            actions.append(.prepare(statement: run.statement, job: run.job))
            isPrepared = true
        }
        if isPrepared { prepared[run.statement] = uses }
        entries.append(.execute(run, isPrepared: isPrepared))
        actions.append(.execute(job: run.job, isPrepared: isPrepared))
    }

    private mutating func sync(_ actions: inout [Action]) {
        entries.append(.sync)
        actions.append(.sync)
    }

    // MARK: Receiving

    mutating func receive(_ event: Event) -> [Action] {
        guard first < entries.count else { return [] }
        let entry = entries[first]
        first += 1
        if first == entries.count || first > 512 {
            entries.removeFirst(first)
            first = 0
        }
        var actions: [Action] = []
        switch (entry, event) {
        case (.sync, .synced): resend(&actions)
        case (.sync, _), (_, .synced): return [.giveUp]
        case (.deallocate, _), (.prepare, .result): break
        case (.prepare(let run), .skipped): prepared[run.statement] = nil
        case (.prepare(let run), .failure):
            prepared[run.statement] = nil
            unprepared = run.job
            running -= 1
            actions.append(.fail(job: run.job))
        case (.execute(let run, _), .result):
            running -= 1
            actions.append(.succeed(job: run.job))
        case (.execute(let run, let isPrepared), .failure(let state)):
            running -= 1
            if isPrepared, run.retry == .none, let retry = Self.retry(after: state) {
                prepared[run.statement] = nil
                var retried = run
                retried.retry = retry
                again.append(retried)
            } else {
                actions.append(.fail(job: run.job))
            }
        case (.execute(let run, _), .skipped):
            if unprepared == run.job {
                unprepared = nil
            } else {
                running -= 1
                again.append(run)
            }
        }
        return actions
    }

    /// A table has changed, or a pooler has given us another server: prepared again, it runs.
    private static func retry(after state: String) -> Retry? {
        switch state {
        case "0A000": .replace
        case "26000": .prepareAnew
        default: nil
        }
    }

    /// Behind its Sync the connection takes statements again; those that were skipped get a Sync each, so that the next
    /// error is nobody else's.
    private mutating func resend(_ actions: inout [Action]) {
        guard !again.isEmpty else { return }
        let runs = again
        again = []
        for run in runs {
            send(run, &actions)
            sync(&actions)
        }
    }
}
