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
        /// Begins a transaction that goes on behind its Sync.
        var begins = false
        /// In a transaction that a run before has begun.
        var isWithin = false
        /// Writes: skipped behind an error, or with a prepared form that is of no use any more, it is not sent again.
        var isOnce = false
        /// The Sync behind it commits it: before that is answered nobody knows that it is written.
        var endsWithSync = false
        /// Sent again because its prepared form was of no use any more; a second time is an error.
        var retry = Retry.none
    }

    enum Action: Sendable, Hashable {
        case prepare(statement: UInt64, job: UInt64)
        case execute(job: UInt64, isPrepared: Bool)
        case deallocate(statement: UInt64)
        /// Pins the settings of the transaction that begins.
        case prelude
        case sync
        /// The result at hand is the job's.
        case succeed(job: UInt64)
        /// The error at hand is the job's.
        case fail(job: UInt64)
        /// The result at hand is the job's, if the Sync behind it goes well.
        case keep(job: UInt64)
        /// What was kept is written.
        case settle(job: UInt64)
        /// An error before it has kept it from running.
        case skip(job: UInt64)
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
        case prelude
        case sync
    }

    private let preparedBound: Int
    /// Whether every transaction begins with settings: behind a pooler it has another session each time.
    private let hasPrelude: Bool
    /// Statement → when it was last used.
    private var prepared: [UInt64: UInt64] = [:]
    private var uses: UInt64 = 0
    private var entries: [Entry] = []
    private var first = 0
    /// Skipped statements, to be sent again behind their own Syncs.
    private var again: [Run] = []
    /// Ran, and waits for its Sync.
    private var kept: UInt64?
    /// Statements whose prepared form stands in the way of a new one.
    private var spoilt: Set<UInt64> = []
    /// The job that was told the error of its preparation; its execution is skipped and that is all.
    private var unprepared: UInt64?
    /// Statements sent and not answered.
    private(set) var running = 0

    /// - Parameter preparedBound: statements kept prepared, least recently used first out.
    init(preparedBound: Int, hasPrelude: Bool = false) {
        self.preparedBound = preparedBound
        self.hasPrelude = hasPrelude
    }

    /// Whether results are to come.
    var expectsResult: Bool { first < entries.count }
    var isIdle: Bool { !expectsResult && again.isEmpty }
    var preparedCount: Int { prepared.count }

    // MARK: Sending

    /// The statements in one batch, with one Sync: an error in one skips those behind it, which are then sent singly.
    mutating func send(_ runs: [Run]) -> [Action] {
        var actions: [Action] = []
        if let first = runs.first, !first.begins, !first.isWithin { prelude(&actions) }
        for run in runs {
            send(run, &actions)
            // Its isolation is said before the first query.
            if run.begins { prelude(&actions) }
        }
        sync(&actions)
        return actions
    }

    private mutating func prelude(_ actions: inout [Action]) {
        guard hasPrelude else { return }
        entries.append(.prelude)
        actions.append(.prelude)
    }

    private mutating func send(_ run: Run, _ actions: inout [Action]) {
        uses += 1
        running += 1
        var isPrepared = prepared[run.statement] != nil
        if !isPrepared, run.isRepeated, preparedBound > 0 {
            if prepared.count >= preparedBound, let oldest = prepared.min(by: { $0.value < $1.value })?.key {
                prepared[oldest] = nil
                entries.append(.deallocate)
                actions.append(.deallocate(statement: oldest))
            }
            if spoilt.remove(run.statement) != nil {
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

    /// Appends what is to be done; whoever calls keeps the array's room.
    mutating func receive(_ event: Event, _ actions: inout [Action]) {
        guard first < entries.count else { return }
        let entry = entries[first]
        if case .sync = entry, case .failure = event, let job = kept {
            // What was checked at the end was not true. The answer to the Sync itself comes behind the error.
            kept = nil
            return actions.append(.fail(job: job))
        }
        first += 1
        if first == entries.count || first > 512 {
            entries.removeFirst(first)
            first = 0
        }
        switch (entry, event) {
        case (.sync, .synced):
            if let job = kept { actions.append(.settle(job: job)) }
            kept = nil
            resend(&actions)
        case (.sync, _), (_, .synced): actions.append(.giveUp)
        // Nothing can be answered in a session whose settings are not known.
        case (.prelude, .failure): actions.append(.giveUp)
        case (.prelude, _), (.deallocate, _), (.prepare, .result): break
        case (.prepare(let run), .skipped): prepared[run.statement] = nil
        case (.prepare(let run), .failure):
            prepared[run.statement] = nil
            unprepared = run.job
            running -= 1
            actions.append(.fail(job: run.job))
        case (.execute(let run, _), .result):
            running -= 1
            if run.endsWithSync { kept = run.job }
            actions.append(run.endsWithSync ? .keep(job: run.job) : .succeed(job: run.job))
        case (.execute(let run, let isPrepared), .failure(let state)):
            running -= 1
            let retry = isPrepared ? Self.retry(after: state) : .none
            if retry != .none { prepared[run.statement] = nil }
            if retry == .replace { spoilt.insert(run.statement) }
            if retry != .none, run.retry == .none, !run.isOnce {
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
                if run.isOnce { actions.append(.skip(job: run.job)) } else { again.append(run) }
            }
        }
    }

    /// A table has changed, or a pooler has given us another server: prepared again, it runs.
    static func retry(after state: String) -> Retry {
        switch state {
        case "0A000": .replace
        case "26000": .prepareAnew
        default: .none
        }
    }

    /// Behind its Sync the connection takes statements again; those that were skipped get a Sync each, so that the next
    /// error is nobody else's.
    private mutating func resend(_ actions: inout [Action]) {
        guard !again.isEmpty else { return }
        let runs = again
        again = []
        for run in runs {
            prelude(&actions)
            send(run, &actions)
            sync(&actions)
        }
    }
}
