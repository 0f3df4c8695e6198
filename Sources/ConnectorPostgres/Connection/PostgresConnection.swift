// One connection on its event loop: performs what `PipelineState` says. It never waits: what is to be sent goes into
// libpq's buffer and from there as the socket takes it, results are taken when epoll says that there are some.

internal import Connectors
internal import Reactor
internal import SQL

/// Whoever owns connections of a loop hears from them, on the loop's thread.
protocol ConnectionOwner: AnyObject {
    /// It can take statements now.
    func connectionReady(_ connection: PostgresConnection)
    /// A job has its outcome.
    func connection(_ connection: PostgresConnection, finished job: StatementJob, _ outcome: StatementJob.Outcome)
    /// Everything that had arrived has been handled: there may be room for more.
    func connectionProgressed(_ connection: PostgresConnection)
    /// It is of no use any more; its jobs have been given back before.
    func connectionEnded(_ connection: PostgresConnection, _ error: ConnectorError, wasReady: Bool)
}

// Unchecked: made by the thread that began to connect, then handed to the loop and touched on its thread only.
final class PostgresConnection: ReadinessHandler, @unchecked Sendable {
    private enum Phase {
        /// Goes to `ready` or `ended`.
        case connecting
        /// Goes to `ended`.
        case ready
        case ended
    }

    let lane: PostgresLane
    /// Text of the statement that begins each transaction behind a pooler.
    private let prelude: String
    private let handle: PostgresHandle
    private let loop: EventLoop
    private let control: ControlThreads
    private let limits: PostgresLimits
    private weak var owner: (any ConnectionOwner)?
    private var phase = Phase.connecting
    private var registration: Registration?
    private var interest: Readiness = []
    /// Room was made for an answer that others will not need.
    private(set) var isBloated = false
    private var pipeline: PipelineState
    private var jobs: [UInt64: StatementJob] = [:]
    /// What the result at hand leads to; empty between results.
    private var actions: [PipelineState.Action] = []
    /// When the statement that runs now was sent, or the one before it answered.
    private var headSince: Int64 = 0
    /// Statements whose answers have come in one piece.
    private var answered: [SQLStatement] = []
    /// When the first of them was sent.
    private var answeredSentAt: Int64 = 0
    private let startedAt = MonotonicInstant.now.nanoseconds
    /// Since when a cancel message is on its way; the connection takes nothing before it has arrived, or it could hit a
    /// stranger.
    private var cancelSince: Int64?
    private var isCancelOnItsWay = false

    /// Begins to connect. Blocks: on the control thread.
    init(
        _ target: PostgresTarget, lane: PostgresLane, loop: EventLoop, control: ControlThreads, limits: PostgresLimits
    ) throws(ConnectorError) {
        self.lane = lane
        prelude = PostgresTarget.prelude(statementTimeout: limits.statementMilliseconds)
        handle = try PostgresHandle(starting: target.settings(statementTimeout: limits.statementMilliseconds))
        self.loop = loop
        self.control = control
        self.limits = limits
        // A prepared form would be found by its name in another session, or not at all.
        pipeline = PipelineState(
            preparedBound: target.isPooled ? 0 : limits.preparedStatements, hasPrelude: target.isPooled)
    }

    // MARK: Connecting

    /// Takes the connection over; from here on everything happens on the loop.
    func start(owner: any ConnectionOwner) {
        loop.preconditionOnLoop()
        self.owner = owner
        watch([.writable])
    }

    private func connect() {
        // libpq may close this socket and open another one, under the same number or not.
        unwatch()
        do {
            switch try handle.poll() {
            case .wantsToRead: watch([.readable])
            case .wantsToWrite: watch([.writable])
            case .connected:
                try handle.enterPipeline()
                phase = .ready
                watch([.readable])
                owner?.connectionReady(self)
            }
        } catch {
            end(error)
        }
    }

    private func watch(_ wanted: Readiness) {
        guard phase != .ended else { return }
        let wanted = wanted.union(.peerClosed)
        do {
            if let registration {
                if wanted != interest { try loop.update(registration, interest: wanted) }
            } else {
                guard handle.socket >= 0 else { return end(.connectionLost) }
                registration = try loop.register(handle.socket, interest: wanted, handler: self)
            }
            interest = wanted
        } catch {
            end(ConnectorError(.unavailable, "\(error)"))
        }
    }

    private func unwatch() {
        // Where libpq has closed the socket, epoll has forgotten it already.
        if let registration { loop.deregister(registration, closing: handle.socket < 0) }
        registration = nil
        interest = []
    }

    // MARK: What the owner asks

    var isReady: Bool { phase == .ready && !isCancelOnItsWay }
    /// Takes statements: nothing of others is under way.
    var isFree: Bool { isReady && cancelSince == nil && pipeline.isIdle }

    /// One batch with one Sync.
    func send(_ batch: [StatementJob]) {
        precondition(isReady, "statements are sent on a connection that is ready")
        let now = MonotonicInstant.now.nanoseconds
        if pipeline.isIdle { headSince = now }
        var runs: [PipelineState.Run] = []
        runs.reserveCapacity(batch.count)
        for job in batch {
            jobs[job.id] = job
            job.sentAt = now
            runs.append(
                .init(
                    job: job.id, statement: job.statement.id, isRepeated: job.statement.begin(),
                    begins: job.effect == .begins,
                    isWithin: job.effect == .writes, isOnce: job.effect != .reads,
                    endsWithSync: job.effect == .writesByItself))
        }
        guard perform(pipeline.send(runs)) else { return end(.connectionLost) }
        flush()
    }

    /// Cancels whatever runs. The message goes its own way, on a thread that may block.
    func cancel() {
        guard phase == .ready, cancelSince == nil, let canceller = handle.canceller() else { return }
        cancelSince = MonotonicInstant.now.nanoseconds
        isCancelOnItsWay = true
        control.cancel(canceller) { self.loop.execute { self.cancelArrived() } }
    }

    private func cancelArrived() {
        isCancelOnItsWay = false
        settleCancel()
        if phase == .ready { owner?.connectionProgressed(self) }
    }

    /// A cancel that has arrived, with nothing left that it could be for, is over.
    private func settleCancel() {
        if !isCancelOnItsWay, pipeline.isIdle { cancelSince = nil }
    }

    /// Whether a cancel message may still end what runs here.
    var isCancelling: Bool { cancelSince != nil }

    func runs(_ job: StatementJob) -> Bool { jobs[job.id] === job }

    /// Jobs sent whose deadline has passed and that nobody has been told of.
    func expired(at now: Int64) -> [StatementJob] {
        jobs.values.flatMap { $0.members.isEmpty ? [$0] : $0.members }.filter { !$0.isAnswered && $0.deadline <= now }
    }

    /// Whether the statement that runs now has held up its neighbours for too long.
    func isStalled(at now: Int64) -> Bool {
        phase == .ready && pipeline.running > 0 && cancelSince == nil
            && now - headSince > limits.pipelineStall.wholeNanoseconds
    }

    /// Whether nothing is to be expected from it any more.
    func isStuck(at now: Int64) -> Bool {
        switch phase {
        case .connecting: now - startedAt > limits.connectTimeout.wholeNanoseconds
        case .ready: cancelSince.map { now - $0 > limits.cancelTimeout.wholeNanoseconds } ?? false
        case .ended: false
        }
    }

    /// Also the end of what is under way: its jobs are given back.
    func end(_ error: ConnectorError) {
        guard phase != .ended else { return }
        let wasReady = phase == .ready
        phase = .ended
        unwatch()
        let left = jobs.values.sorted { $0.id < $1.id }
        jobs = [:]
        for job in left { owner?.connection(self, finished: job, .unfinished(error)) }
        owner?.connectionEnded(self, error, wasReady: wasReady)
    }

    // MARK: Sending

    /// False where the connection is gone.
    private func perform(_ actions: [PipelineState.Action]) -> Bool {
        for action in actions {
            switch action {
            case .prepare(let statement, let id):
                guard let job = jobs[id],
                    handle.sendPrepare(name: SQLStatement.name(statement), text: job.statement.sentText)
                else { return false }
            case .execute(let id, let isPrepared):
                guard let job = jobs[id] else { return false }
                let isSent =
                    isPrepared
                    ? handle.sendExecute(name: job.statement.name, job.parameters)
                    : handle.sendQuery(job.statement.sentText, job.parameters)
                guard isSent else { return false }
            case .prelude:
                guard handle.sendQuery(prelude, EncodedParameters(texts: [])) else { return false }
            case .deallocate(let statement):
                guard handle.sendQuery("DEALLOCATE \(SQLStatement.name(statement))", EncodedParameters(texts: []))
                else {
                    return false
                }
            case .sync: guard handle.sync() else { return false }
            case .succeed, .fail, .keep, .settle, .skip, .giveUp: return false
            }
        }
        return true
    }

    private func flush() {
        guard let isDone = handle.flush() else { return end(lost()) }
        watch(isDone ? [.readable] : [.readable, .writable])
    }

    private func lost() -> ConnectorError {
        let words = handle.message
        return words.isEmpty ? .connectionLost : ConnectorError(.unavailable, words)
    }

    // MARK: Receiving

    func ready(_ readiness: Readiness) {
        switch phase {
        case .connecting: connect()
        case .ready: receive(readiness)
        case .ended: break
        }
    }

    private func receive(_ readiness: Readiness) {
        let isAlive = handle.consumeInput()
        let began = headSince
        takeResults()
        measure(since: began)
        guard phase == .ready else { return }
        guard isAlive else { return end(lost()) }
        if readiness.contains(.writable) { flush() }
        guard phase == .ready else { return }
        settleCancel()
        if isBloated, lane != .write, isFree { return end(ConnectorError(.unavailable, "the connection is replaced")) }
        owner?.connectionProgressed(self)
    }

    private func takeResults() {
        var gaps = 0
        while phase == .ready, pipeline.expectsResult, !handle.isBusy() {
            guard let result = handle.nextResult() else {
                // One stands between two statements; a second one means that there is nothing.
                gaps += 1
                if gaps > 1 { return }
                continue
            }
            gaps = 0
            if result.bytes > limits.retainedBytes { isBloated = true }
            take(result)
        }
    }

    private func take(_ result: consuming PostgresResult) {
        pipeline.receive(result.event, &actions)
        defer { actions.removeAll(keepingCapacity: true) }
        for action in actions {
            switch action {
            case .succeed(let id) where jobs[id]?.members.isEmpty == false: divide(result, id)
            case .succeed(let id): finish(id, content(of: result, id))
            case .fail(let id): finish(id, .failure(result.failure))
            case .keep(let id): jobs[id]?.kept = content(of: result, id)
            case .settle(let id): finish(id, jobs[id]?.kept ?? .unfinished(.connectionLost))
            case .skip(let id): finish(id, .unfinished(.skipped))
            case .giveUp: return end(lost())
            case .prepare, .execute, .deallocate, .prelude, .sync:
                guard perform([action]) else { return end(lost()) }
            }
        }
        // What was sent again goes out with the next flush of libpq's, which a Sync is.
    }

    /// The server sends what a batch answers when it is full or ends, so of several statements only the sum of their times is
    /// known. Where that is long, each is run by itself next time; runs of one statement have equal shares.
    private func measure(since began: Int64) {
        guard !answered.isEmpty else { return }
        let time = headSince - max(began, answeredSentAt)
        let isOne = answered.allSatisfy { $0 === answered[0] }
        let known = isOne ? limits.mergedTime : limits.pipelinedTime
        if answered.count == 1 || time < known.wholeNanoseconds {
            for statement in answered { statement.record(time / Int64(answered.count)) }
        } else {
            for statement in answered { statement.doubt() }
        }
        answered.removeAll(keepingCapacity: true)
    }

    private func content(of result: borrowing PostgresResult, _ id: UInt64) -> StatementJob.Outcome {
        guard let job = jobs[id] else { return .unfinished(.connectionLost) }
        if job.wantsTable { return .success(.table(result.table)) }
        do throws(ConnectorError) {
            return .success(
                .cells(
                    try result.onlyRow(
                        cellCount: job.statement.cellCount, frame: job.frame, limit: limits.responseBytes)))
        } catch {
            return .unfinished(error)
        }
    }

    /// A row for each run that has an answer.
    private func divide(_ result: borrowing PostgresResult, _ id: UInt64) {
        guard let job = jobs.removeValue(forKey: id) else { return }
        if answered.isEmpty { answeredSentAt = job.sentAt }
        headSince = MonotonicInstant.now.nanoseconds
        var outcomes = [StatementJob.Outcome?](repeating: nil, count: job.members.count)
        for row in 0..<result.rowCount {
            let run = result.integer(row, 0)
            guard outcomes.indices.contains(run - 1) else { return end(lost()) }
            let member = job.members[run - 1]
            do throws(ConnectorError) {
                let rows = try result.rows(
                    row, cells: 1..<job.statement.cellCount, frame: member.frame, limit: limits.responseBytes)
                outcomes[run - 1] = .success(.cells(rows))
            } catch {
                outcomes[run - 1] = .unfinished(error)
            }
        }
        for (member, outcome) in zip(job.members, outcomes) {
            answered.append(member.statement)
            if outcome == nil { member.statement.divide() }
            owner?.connection(self, finished: member, outcome ?? .unfinished(.skipped))
        }
    }

    private func finish(_ id: UInt64, _ outcome: StatementJob.Outcome) {
        guard let job = jobs.removeValue(forKey: id) else { return }
        let now = MonotonicInstant.now.nanoseconds
        if case .success = outcome {
            if answered.isEmpty { answeredSentAt = job.sentAt }
            answered.append(job.statement)
        }
        headSince = now
        owner?.connection(self, finished: job, outcome)
    }
}
