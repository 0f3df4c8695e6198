// The connections of one source on one loop, in lanes (docs/decisions/0011-postgresql.md): quick reads are pipelined, one
// batch a turn; every new or slow statement has a connection to itself; those that failed lately share few; each transaction
// that writes has one too.
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
    /// The same for statements that failed lately, on few connections: errors take no processor from what goes well.
    case suspect
    /// Leased to one transaction at a time.
    case write
}

// Unchecked: touched by its loop's thread only; `preconditionOnLoop` stands at the doors.
final class LoopLanes: ConnectionOwner, TurnEndHandler, @unchecked Sendable {
    /// Who waits for a connection of its own.
    final class Lease: @unchecked Sendable {
        let deadline: Int64
        private var receive: ((Result<PostgresConnection, ConnectorError>) -> Void)?

        init(deadline: Int64, _ receive: @escaping (Result<PostgresConnection, ConnectorError>) -> Void) {
            self.deadline = deadline
            self.receive = receive
        }

        func answer(_ answer: Result<PostgresConnection, ConnectorError>) {
            receive?(answer)
            receive = nil
        }
    }

    private struct Group {
        let bound: Int
        /// Statements that wait for a connection.
        var queue = WaitingLine<StatementJob>()
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
    private var leaseQueue = WaitingLine<Lease>()
    private var leased: Set<ObjectIdentifier> = []
    private var isCollecting = false
    private var isWatching = false
    private var isClosed = false
    private var lastJob: UInt64 = 0
    private var pause: Int64 = 0
    private var pauseEnds: Int64 = 0
    private var lastError = ConnectorError.connectionLost
    private var suspectsRest = false

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
            .suspect: Group(bound: limits.suspectConnections), .write: Group(bound: limits.writeConnections),
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
        enqueue(job, lane(for: job.statement))
    }

    private func lane(for statement: SQLStatement) -> PostgresLane {
        if statement.isSuspect { return .suspect }
        return statement.isBelow(limits.pipelinedTime.wholeNanoseconds) && !statement.takeDoubt() ? .fast : .slow
    }

    private func enqueue(_ job: StatementJob, _ lane: PostgresLane) {
        guard waiting(lane) < limits.queuedStatements else {
            return job.answer(.failure(ConnectorError(.busy, "too many statements wait for a connection")))
        }
        guard mayReach(lane) else { return job.answer(.failure(lastError)) }
        watch()
        job.isPipelined = lane == .fast
        groups[lane]?.queue.append(job)
        if lane == .fast {
            counters.pipelined.add(1, ordering: .relaxed)
            collect()
        } else {
            counters.single.add(1, ordering: .relaxed)
            serve(lane)
        }
    }

    /// The caller has gone. What is pipelined is finished for nobody; what runs by itself is cancelled in the database.
    func cancel(_ job: StatementJob) {
        loop.preconditionOnLoop()
        job.answer(.failure(ConnectorError(.cancelled, "the caller has gone")))
        for lane in PostgresLane.allCases { groups[lane]?.queue.remove { $0 === job } }
        for lane in [PostgresLane.slow, .suspect] {
            if let connection = connections(lane).first(where: { $0.runs(job) }) { connection.cancel() }
        }
    }

    /// A connection for one transaction; to be given back with `release`.
    func lease(deadline: Int64) async -> Result<PostgresConnection, ConnectorError> {
        await loop.wait { continuation in lease(deadline: deadline) { continuation.resume(returning: $0) } }
    }

    /// The same, told by a call.
    func lease(
        deadline: Int64, _ receive: @escaping (Result<PostgresConnection, ConnectorError>) -> Void
    ) {
        loop.preconditionOnLoop()
        let lease = Lease(deadline: deadline, receive)
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
    private func waiting(_ lane: PostgresLane) -> Int { groups[lane]?.queue.count ?? 0 }
    private func take(_ most: Int, _ lane: PostgresLane) -> [StatementJob] { groups[lane]?.queue.take(most) ?? [] }

    // MARK: The fast lane

    private func collect() {
        guard !isCollecting else { return }
        isCollecting = true
        loop.firstAtEndOfTurn(self)
    }

    /// What has been collected goes out over connections that are idle, in equal parts. What comes while all are busy would
    /// wait behind their batches anyway; it goes with the next one, which is the larger for it.
    func turnEnded() {
        isCollecting = false
        let collected = waiting(.fast)
        guard let next = groups[.fast]?.queue.next else { return }
        let free = connections(.fast).filter(\.isFree)
        let worth = runs(of: next.statement, within: limits.sharedTime)
        let share = max(limits.sharedStatements, worth, (collected + free.count - 1) / max(1, free.count))
        for connection in free {
            let batch = take(min(share, limits.pipelinedStatements), .fast)
            guard !batch.isEmpty else { break }
            connection.send(merged(batch))
        }
        if waiting(.fast) > 0 || connections(.fast).isEmpty || collected > share { open(.fast) }
    }

    /// How many fit into a time, by what they have taken.
    private func runs(of statement: SQLStatement, within time: Duration) -> Int {
        guard let each = statement.measuredTime?.wholeNanoseconds else { return 0 }
        return Int(time.wholeNanoseconds / max(1, each))
    }

    /// Runs of one statement become one.
    private func merged(_ batch: [StatementJob]) -> [StatementJob] {
        guard limits.mergesReads, batch.count > 1 else { return batch }
        var groups: [[StatementJob]] = []
        for job in batch {
            if let index = groups.firstIndex(where: { $0[0].statement === job.statement }) {
                groups[index].append(job)
            } else {
                groups.append([job])
            }
        }
        return groups.flatMap { group in
            let statement = group[0].statement
            let together = min(runs(of: statement, within: limits.mergedTime), group.count)
            guard together > 1, let form = statement.merged({ MergedRead.form(of: $0, bytes: limits.mergedBytes) })
            else {
                return group
            }
            counters.merged.add(group.count, ordering: .relaxed)
            return stride(from: 0, to: group.count, by: together).map { start in
                let members = Array(group[start..<min(start + together, group.count)])
                return members.count > 1 ? StatementJob(id: nextJobID(), merging: members, in: form) : members[0]
            }
        }
    }

    // MARK: The lanes of single statements

    private func serve(_ lane: PostgresLane) {
        if lane == .suspect, suspectsRest { return }
        for connection in connections(lane) where connection.isFree {
            guard let job = take(1, lane).first else { return }
            connection.send([job])
        }
        var missing = waiting(lane) - (groups[lane]?.opening ?? 0)
        missing -= connections(lane).count { !$0.isReady && !$0.isCancelling }
        while missing > 0, open(lane) { missing -= 1 }
    }

    /// An error costs the database and the loop as much as an answer: those that come again and again are spread out.
    private func restSuspects() {
        guard !suspectsRest else { return }
        suspectsRest = true
        _ = loop.schedule(after: limits.suspectRest) {
            self.suspectsRest = false
            self.serve(.suspect)
        }
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
        for lane in lanes {
            for job in groups[lane]?.queue.takeAll() ?? [] { job.answer(.failure(error)) }
        }
        if lanes.contains(.write) { for lease in leaseQueue.takeAll() { lease.answer(.failure(error)) } }
    }

    // MARK: What connections tell

    func connectionReady(_ connection: PostgresConnection) {
        counters.connects.add(1, ordering: .relaxed)
        pause = 0
        connectionProgressed(connection)
    }

    func connectionProgressed(_ connection: PostgresConnection) {
        goOn(connection.lane)
    }

    private func goOn(_ lane: PostgresLane) {
        switch lane {
        case .fast: if waiting(.fast) > 0 { collect() }
        case .slow, .suspect: serve(lane)
        case .write: serveLeases()
        }
    }

    func connection(_ connection: PostgresConnection, finished job: StatementJob, _ outcome: StatementJob.Outcome) {
        guard job.members.isEmpty else { return finished(job.members, with: outcome, on: connection) }
        switch outcome {
        case .success(let content): job.answer(.success(content))
        case .unfinished where job.isPipelined && !job.isAnswered && !isClosed:
            // Its connection has gone, perhaps for a neighbour. It only reads: by itself it is tried once more.
            enqueue(job, .slow)
        case .unfinished(let error): job.answer(.failure(error))
        case .failure(let failure):
            let error = failure.error
            if connection.lane == .suspect { restSuspects() }
            if failure.state == PostgresFailure.cancelled {
                job.statement.demote(from: limits.pipelinedTime.wholeNanoseconds)
            } else if !error.isOfTheSource {
                job.statement.suspect()
            }
            job.isStale = PipelineState.retry(after: failure.state) != .none
            if job.isPipelined, failure.state == PostgresFailure.cancelled, !job.isAnswered, !isClosed {
                // It, or a neighbour, held up the pipeline. It only reads, so running it again is safe.
                counters.demotions.add(1, ordering: .relaxed)
                enqueue(job, .slow)
            } else {
                job.answer(.failure(error))
            }
        }
    }

    /// A statement made of several runs has failed: each is tried by itself.
    private func finished(
        _ members: [StatementJob], with outcome: StatementJob.Outcome, on connection: PostgresConnection
    ) {
        let error: ConnectorError
        switch outcome {
        case .success: return
        case .unfinished(let reason): error = reason
        case .failure(let failure):
            error = failure.error
            members[0].statement.divide()
            if failure.state == PostgresFailure.cancelled {
                members[0].statement.demote(from: limits.pipelinedTime.wholeNanoseconds)
                counters.demotions.add(1, ordering: .relaxed)
            }
        }
        for member in members { self.connection(connection, finished: member, .unfinished(error)) }
    }

    func connectionEnded(_ connection: PostgresConnection, _ error: ConnectorError, wasReady: Bool) {
        let lane = connection.lane
        groups[lane]?.connections.removeAll { $0 === connection }
        leased.remove(ObjectIdentifier(connection))
        guard !isClosed else { return }
        if wasReady {
            lastError = error
            goOn(lane)
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
        for lane in PostgresLane.allCases {
            for job in groups[lane]?.queue.remove(where: { $0.deadline <= now }) ?? [] { job.answer(.failure(timeout)) }
        }
        for lease in leaseQueue.remove(where: { $0.deadline <= now }) { lease.answer(.failure(timeout)) }
        var isAtWork = !leaseQueue.isEmpty
        for lane in PostgresLane.allCases {
            for connection in connections(lane) {
                look(at: connection, now)
                isAtWork = isAtWork || !connection.isFree
            }
            isAtWork = isAtWork || (groups[lane]?.opening ?? 0) > 0 || waiting(lane) > 0
            // After a pause in connecting nobody else would go on.
            goOn(lane)
        }
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
        case .slow, .suspect:
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
