// The connections of one source on one loop, in lanes (docs/decisions/0011-postgresql.md): quick reads are pipelined, one
// batch a turn; every new, slow or failing statement has a connection to itself; each transaction that writes has one too.
// Everything here runs on the loop's thread and waits for nothing.

internal import Connectors
internal import Reactor
internal import SQL
internal import Synchronization

enum PostgresLane: Sendable, Hashable, CaseIterable {
    /// Several statements in flight, one Sync a batch.
    case fast
    /// One statement at a time.
    case slow
    /// Leased to one transaction at a time.
    case write
}

// Unchecked: touched by its loop's thread only; `preconditionOnLoop` stands at the doors.
final class LoopLanes: ConnectionOwner, TurnEndHandler, @unchecked Sendable {
    /// Who waits for a connection of its own.
    final class Lease: @unchecked Sendable {
        let deadline: Int64
        private var continuation: LoopContinuation<Result<PostgresConnection, ConnectorError>>?

        init(deadline: Int64, _ continuation: LoopContinuation<Result<PostgresConnection, ConnectorError>>) {
            self.deadline = deadline
            self.continuation = continuation
        }

        func answer(_ answer: Result<PostgresConnection, ConnectorError>) {
            continuation?.resume(returning: answer)
            continuation = nil
        }
    }

    private struct Group {
        let bound: Int
        var connections: [PostgresConnection] = []
        /// Handed to the control thread, which has not handed them back.
        var opening = 0
        var count: Int { connections.count + opening }
    }

    let loop: EventLoop
    private let target: PostgresTarget
    private let limits: PostgresLimits
    private let control: ControlThreads
    private let counters: LaneCounters
    private var groups: [PostgresLane: Group]
    private var fastQueue = WaitingLine<StatementJob>()
    private var slowQueue = WaitingLine<StatementJob>()
    private var leaseQueue = WaitingLine<Lease>()
    private var leased: Set<ObjectIdentifier> = []
    private var isCollecting = false
    private var isWatching = false
    private var isClosed = false
    private var lastJob: UInt64 = 0
    private var pause: Int64 = 0
    private var pauseEnds: Int64 = 0
    private var lastError = ConnectorError.connectionLost

    init(
        loop: EventLoop, target: PostgresTarget, limits: PostgresLimits, control: ControlThreads, counters: LaneCounters
    ) {
        self.loop = loop
        self.target = target
        self.limits = limits
        self.control = control
        self.counters = counters
        groups = [
            .fast: Group(bound: limits.fastConnections), .slow: Group(bound: limits.slowConnections),
            .write: Group(bound: limits.writeConnections),
        ]
    }

    // MARK: From the loop's tasks

    func nextJobID() -> UInt64 {
        lastJob += 1
        return lastJob
    }

    func submit(_ job: StatementJob) {
        loop.preconditionOnLoop()
        guard !isClosed else {
            return job.answer(.failure(ConnectorError(.unavailable, "the source is closed")))
        }
        job.isPipelined = job.statement.isBelow(limits.pipelinedTime.wholeNanoseconds) && !job.statement.takeDoubt()
        enqueue(job)
    }

    private func enqueue(_ job: StatementJob) {
        let lane: PostgresLane = job.isPipelined ? .fast : .slow
        let waiting = job.isPipelined ? fastQueue.count : slowQueue.count
        guard waiting < limits.queuedStatements else {
            return job.answer(.failure(ConnectorError(.busy, "too many statements wait for a connection")))
        }
        guard mayReach(lane) else { return job.answer(.failure(lastError)) }
        watch()
        if job.isPipelined {
            counters.pipelined.add(1, ordering: .relaxed)
            fastQueue.append(job)
            collect()
        } else {
            counters.single.add(1, ordering: .relaxed)
            slowQueue.append(job)
            serveSlow()
        }
    }

    /// The caller has gone. What is pipelined is finished for nobody; what runs by itself is cancelled in the database.
    func cancel(_ job: StatementJob) {
        loop.preconditionOnLoop()
        job.answer(.failure(ConnectorError(.cancelled, "the caller has gone")))
        fastQueue.remove { $0 === job }
        slowQueue.remove { $0 === job }
        if let connection = connections(.slow).first(where: { $0.runs(job) }) { connection.cancel() }
    }

    /// A connection for one transaction; to be given back with `release`.
    func lease(deadline: Int64) async -> Result<PostgresConnection, ConnectorError> {
        await loop.wait { continuation in
            let lease = Lease(deadline: deadline, continuation)
            guard !isClosed else {
                return lease.answer(.failure(ConnectorError(.unavailable, "the source is closed")))
            }
            guard leaseQueue.count < limits.queuedStatements else {
                return lease.answer(.failure(ConnectorError(.busy, "too many mutations wait for a connection")))
            }
            guard mayReach(.write) else { return lease.answer(.failure(lastError)) }
            watch()
            leaseQueue.append(lease)
            serveLeases()
        }
    }

    /// - Parameter isClean: whether the transaction has ended; a connection in an unknown state is closed.
    func release(_ connection: PostgresConnection, isClean: Bool) {
        loop.preconditionOnLoop()
        leased.remove(ObjectIdentifier(connection))
        if isClean, connection.isBloated { connection.end(ConnectorError(.unavailable, "the connection is replaced")) }
        if !isClean { connection.end(ConnectorError(.unavailable, "the transaction was cut")) }
        serveLeases()
    }

    /// Runs statements on a leased connection, in one batch.
    func run(_ jobs: [StatementJob], on connection: PostgresConnection) {
        guard connection.isReady else {
            for job in jobs { job.answer(.failure(lastError)) }
            return
        }
        watch()
        connection.send(jobs)
    }

    func close() {
        loop.preconditionOnLoop()
        isClosed = true
        let error = ConnectorError(.unavailable, "the source is closed")
        failWaiting(Set(PostgresLane.allCases), error)
        for lane in PostgresLane.allCases {
            for connection in connections(lane) { connection.end(error) }
        }
    }

    private func connections(_ lane: PostgresLane) -> [PostgresConnection] { groups[lane]?.connections ?? [] }

    // MARK: The fast lane

    private func collect() {
        guard !isCollecting else { return }
        isCollecting = true
        loop.atEndOfTurn(self)
    }

    /// What the turn has collected goes out, as few batches as it fits in: to the connection with the least to do first.
    func turnEnded() {
        isCollecting = false
        guard !fastQueue.isEmpty else { return }
        for connection in connections(.fast).filter({ $0.room > 0 }).sorted(by: { $0.running < $1.running }) {
            guard !fastQueue.isEmpty else { break }
            connection.send(fastQueue.take(connection.room))
        }
        if !fastQueue.isEmpty || connections(.fast).isEmpty { open(.fast) }
    }

    // MARK: The slow lane

    private func serveSlow() {
        for connection in connections(.slow) where connection.isFree {
            guard let job = slowQueue.take(1).first else { return }
            connection.send([job])
        }
        var missing = slowQueue.count - (groups[.slow]?.opening ?? 0)
        missing -= connections(.slow).count { !$0.isReady && !$0.isCancelling }
        while missing > 0, open(.slow) { missing -= 1 }
    }

    // MARK: The write lane

    private func serveLeases() {
        for connection in connections(.write) where connection.isFree && !leased.contains(ObjectIdentifier(connection))
        {
            guard let lease = leaseQueue.take(1).first else { return }
            leased.insert(ObjectIdentifier(connection))
            lease.answer(.success(connection))
        }
        var missing = leaseQueue.count - (groups[.write]?.opening ?? 0)
        missing -= connections(.write).count { !$0.isReady }
        while missing > 0, open(.write) { missing -= 1 }
    }

    // MARK: Connecting

    /// Whether waiting makes sense: some connection is there or may come.
    private func mayReach(_ lane: PostgresLane) -> Bool {
        (groups[lane]?.count ?? 0) > 0 || MonotonicInstant.now.nanoseconds >= pauseEnds
    }

    @discardableResult
    private func open(_ lane: PostgresLane) -> Bool {
        guard !isClosed, let group = groups[lane], group.count < group.bound,
            MonotonicInstant.now.nanoseconds >= pauseEnds
        else { return false }
        groups[lane]?.opening += 1
        let (target, limits, loop, control) = (target, limits, loop, control)
        let opened: @Sendable (Result<PostgresConnection, ConnectorError>) -> Void = { result in
            loop.execute { self.opened(result, lane) }
        }
        control.run {
            opened(
                Result { () throws(ConnectorError) in
                    try PostgresConnection(target, lane: lane, loop: loop, control: control, limits: limits)
                })
        }
        return true
    }

    private func opened(_ result: Result<PostgresConnection, ConnectorError>, _ lane: PostgresLane) {
        groups[lane]?.opening -= 1
        switch result {
        case .success(let connection):
            groups[lane]?.connections.append(connection)
            connection.start(owner: self)
            if isClosed { connection.end(ConnectorError(.unavailable, "the source is closed")) }
        case .failure(let error): couldNotConnect(error, lane)
        }
    }

    private func couldNotConnect(_ error: ConnectorError, _ lane: PostgresLane) {
        counters.failedConnects.add(1, ordering: .relaxed)
        lastError = error
        pause = min(max(pause * 2, limits.firstPause.wholeNanoseconds), limits.longestPause.wholeNanoseconds)
        pauseEnds = MonotonicInstant.now.nanoseconds + pause
        // Where others of the lane are there, what waits is theirs.
        if (groups[lane]?.count ?? 0) == 0 { failWaiting([lane], error) }
    }

    private func failWaiting(_ lanes: Set<PostgresLane>, _ error: ConnectorError) {
        if lanes.contains(.fast) { for job in fastQueue.takeAll() { job.answer(.failure(error)) } }
        if lanes.contains(.slow) { for job in slowQueue.takeAll() { job.answer(.failure(error)) } }
        if lanes.contains(.write) { for lease in leaseQueue.takeAll() { lease.answer(.failure(error)) } }
    }

    // MARK: What connections tell

    func connectionReady(_ connection: PostgresConnection) {
        counters.connects.add(1, ordering: .relaxed)
        pause = 0
        connectionProgressed(connection)
    }

    func connectionProgressed(_ connection: PostgresConnection) {
        switch connection.lane {
        case .fast: if !fastQueue.isEmpty { collect() }
        case .slow: serveSlow()
        case .write: serveLeases()
        }
    }

    func connection(_ connection: PostgresConnection, finished job: StatementJob, _ outcome: StatementJob.Outcome) {
        switch outcome {
        case .success(let content): job.answer(.success(content))
        case .unfinished where job.isPipelined && !job.isAnswered && !isClosed:
            // Its connection has gone, perhaps for a neighbour. It only reads: by itself it is tried once more.
            job.isPipelined = false
            enqueue(job)
        case .unfinished(let error): job.answer(.failure(error))
        case .failure(let failure):
            job.statement.demote(from: limits.pipelinedTime.wholeNanoseconds)
            job.isStale = PipelineState.retry(after: failure.state) != .none
            if job.isPipelined, failure.state == PostgresFailure.cancelled, !job.isAnswered, !isClosed {
                // It, or a neighbour, held up the pipeline. It only reads, so running it again is safe.
                counters.demotions.add(1, ordering: .relaxed)
                job.isPipelined = false
                enqueue(job)
            } else {
                job.answer(.failure(failure.error))
            }
        }
    }

    func connectionEnded(_ connection: PostgresConnection, _ error: ConnectorError, wasReady: Bool) {
        let lane = connection.lane
        groups[lane]?.connections.removeAll { $0 === connection }
        leased.remove(ObjectIdentifier(connection))
        guard !isClosed else { return }
        if wasReady {
            lastError = error
            switch lane {
            case .fast: if !fastQueue.isEmpty { collect() }
            case .slow: serveSlow()
            case .write: serveLeases()
            }
        } else {
            couldNotConnect(error, lane)
        }
    }

    // MARK: Deadlines

    private func watch() {
        guard !isWatching else { return }
        isWatching = true
        _ = loop.schedule(after: limits.watchInterval) { self.look() }
    }

    private func look() {
        isWatching = false
        let now = MonotonicInstant.now.nanoseconds
        let timeout = ConnectorError(.timeout, "the statement waited for a connection until its deadline")
        for job in fastQueue.remove(where: { $0.deadline <= now }) { job.answer(.failure(timeout)) }
        for job in slowQueue.remove(where: { $0.deadline <= now }) { job.answer(.failure(timeout)) }
        for lease in leaseQueue.remove(where: { $0.deadline <= now }) { lease.answer(.failure(timeout)) }
        var isAtWork = !fastQueue.isEmpty || !slowQueue.isEmpty || !leaseQueue.isEmpty
        for lane in PostgresLane.allCases {
            for connection in connections(lane) {
                look(at: connection, now)
                isAtWork = isAtWork || !connection.isFree
            }
            isAtWork = isAtWork || (groups[lane]?.opening ?? 0) > 0
        }
        // After a pause in connecting nobody else would go on.
        if !fastQueue.isEmpty { collect() }
        serveSlow()
        serveLeases()
        if isAtWork, !isClosed { watch() }
    }

    private func look(at connection: PostgresConnection, _ now: Int64) {
        if connection.isStuck(at: now) {
            return connection.end(ConnectorError(.unavailable, "PostgreSQL does not answer"))
        }
        let expired = connection.expired(at: now)
        switch connection.lane {
        case .fast:
            for job in expired { job.answer(.failure(ConnectorError(.timeout, "the statement ran into its deadline"))) }
            if connection.isStalled(at: now) { connection.cancel() }
        case .slow:
            for job in expired { job.answer(.failure(ConnectorError(.timeout, "the statement ran into its deadline"))) }
            if !expired.isEmpty { connection.cancel() }
        // What became of a statement that writes has to be waited for.
        case .write: if !expired.isEmpty { connection.cancel() }
        }
    }
}

extension PostgresLimits {
    var statementMilliseconds: Int { max(1, Int(statementTimeout.wholeNanoseconds / 1_000_000)) }
}
