// The PostgreSQL connector: a server behind lanes of connections on every loop that asks (docs/decisions/0011-postgresql.md).

package import Connectors
package import Metadata
package import Planning
package import Reactor
package import Rules
internal import SQL
internal import Synchronization

package final class PostgresConnector: Connector, Sendable {
    let target: PostgresTarget
    /// The server itself, for what needs a session: introspection and checks.
    private let direct: PostgresTarget
    let limits: PostgresLimits
    private let control: ControlThreads
    private let counted = LaneCounters()

    private struct State {
        var lanes: [ObjectIdentifier: LoopLanes] = [:]
        var isClosed = false
    }
    private let state = Mutex(State())
    private let watching = Mutex<WatchingConnection?>(nil)

    /// The connection that looks at the schema.
    // Unchecked: only ever used inside the lock.
    private final class WatchingConnection: @unchecked Sendable {
        let handle: PostgresHandle

        init(_ handle: consuming PostgresHandle) {
            self.handle = handle
        }
    }

    /// Connects once, so that what is wrong with the URL or the server is said here. Blocks: not on an event loop.
    /// - Parameter directURL: the server itself, where `url` leads to a pooler in transaction mode.
    package convenience init(
        url: String, directURL: String? = nil, limits: PostgresLimits = PostgresLimits()
    ) throws(ConnectorError) {
        try self.init(
            target: PostgresTarget(url: url, isPooled: directURL != nil),
            direct: directURL.map { url throws(ConnectorError) in try PostgresTarget(url: url) }, limits: limits,
            control: ControlThreads(name: "postgres"))
    }

    init(
        target: PostgresTarget, direct: PostgresTarget? = nil, limits: PostgresLimits, control: ControlThreads
    ) throws(ConnectorError) {
        self.target = target
        self.direct = direct ?? target
        self.limits = limits
        self.control = control
        if direct != nil { _ = try Self.connect(target, limits) }
        try checkSession()
    }

    /// A pooler that was not said to be one refuses the settings of a session, or drops them and says nothing.
    private func checkSession() throws(ConnectorError) {
        let advice =
            "it may be a pooler in transaction mode: then give the server's own address as \"directUrl\" beside \"url\""
        let handle: PostgresHandle
        do throws(ConnectorError) {
            handle = try Self.connect(direct, limits)
        } catch {
            // Without settings it can be reached: they were the reason.
            guard (try? Self.connect(direct.pooled, limits)) != nil else { throw error }
            throw ConnectorError(.unavailable, "\(error.detail); \(advice)")
        }
        let names = PostgresTarget.pinnedTexts.map { "current_setting('\($0.0)')" }.joined(separator: ", ")
        let shown = try handle.run("SELECT \(names)").rows.first ?? []
        for (pinned, shown) in zip(PostgresTarget.pinnedTexts, shown) where pinned.1 != shown {
            throw ConnectorError(
                .unavailable, "the server does not take the setting \(pinned.0)=\(pinned.1) of a session; \(advice)")
        }
    }

    deinit { close() }

    package var capabilities: SourceCapabilities {
        SourceCapabilities(
            textOperators: [
                .like, .notLike, .caseInsensitiveLike, .notCaseInsensitiveLike, .similar, .notSimilar, .regex,
                .notRegex, .caseInsensitiveRegex, .notCaseInsensitiveRegex,
            ],
            documentOperators: [
                .contains, .containedIn, .hasKey, .hasKeysAny, .hasKeysAll, .pathExists, .pathMatch,
            ],
            listOperators: [.contains, .containedIn],
            rangeOperators: [.contains, .containedIn, .overlaps], typeOperators: PostgresTypes.operators,
            castsDocuments: true,
            totalOperators: Set(ComparisonOperator.comparisons))
    }

    private static func connect(
        _ target: PostgresTarget, _ limits: PostgresLimits
    ) throws(ConnectorError) -> PostgresHandle {
        try PostgresHandle(
            connecting: target.settings(statementTimeout: limits.statementMilliseconds)
                + [PostgresTarget.Setting(keyword: "connect_timeout", value: "10")])
    }

    package func introspect(_ request: IntrospectionRequest = IntrospectionRequest()) throws(ConnectorError)
        -> DatabaseSchema
    {
        try PostgresIntrospection.schema(of: Self.connect(direct, limits), request)
    }

    /// Over a connection that stays open: a new one each time would cost the server more than the question.
    package func fingerprint(_ known: DatabaseSchema) throws(ConnectorError) -> String? {
        do throws(ConnectorError) {
            return try watching.withLock { (connection) throws(ConnectorError) -> String in
                let link: WatchingConnection
                if let connection {
                    link = connection
                } else {
                    link = WatchingConnection(try Self.connect(direct, limits))
                }
                // Whatever goes wrong with it, the next look has a new one.
                connection = nil
                let fingerprint = try PostgresIntrospection.fingerprint(link.handle, known)
                connection = link
                return fingerprint
            }
        } catch {
            // A table is gone, or is not what it was.
            if case .invalidStatement = error.kind { return "changed: \(error.detail)" }
            throw error
        }
    }

    package func check(_ statement: any LoweredStatement) throws(ConnectorError) {
        try Self.connect(direct, limits).check(statement.text)
    }

    package func lower(_ reads: [SecuredRead], catalog: Catalog) -> any LoweredStatement {
        statement(reads, catalog)
    }

    package func lower(_ reads: [SecuredRead], catalog: Catalog, tag: StatementTag) -> any LoweredStatement {
        statement(reads, catalog, tag)
    }

    private func statement(_ reads: [SecuredRead], _ catalog: Catalog, _ tag: StatementTag? = nil) -> SQLStatement {
        let lowered = SQLLowering.lower(reads, catalog: catalog, dialect: PostgresDialect.self)
        return SQLStatement(
            tag: tag, text: lowered.text,
            sentText: AnswerBound.bounded(lowered.text, cells: reads.count, bytes: limits.responseBytes),
            parameters: lowered.parameters, cellCount: reads.count, places: lowered.places)
    }

    /// In a transaction that cannot write, whatever the statement calls.
    package func analyze(
        _ statement: any LoweredStatement, values: [BoundValue]
    ) throws(ConnectorError) -> String? {
        let handle = try Self.connect(direct, limits)
        try handle.runScript("begin read only")
        let lines = try handle.run(
            "explain (analyze, buffers) " + statement.text, EncodedParameters(values, statement.parameters))
        try handle.runScript("rollback")
        return lines.rows.map { $0.first.flatMap { $0 } ?? "" }.joined(separator: "\n")
    }

    package func execute(
        _ statement: any LoweredStatement, values: [BoundValue], on loop: EventLoop, deadline: UInt64
    ) async throws(ConnectorError) -> Rows {
        let lanes = try lanes(on: loop)
        let job = try job(statement, values, lanes, deadline)
        let answer: StatementJob.Answer = await withTaskCancellationHandler {
            await loop.wait { continuation in
                if job.begin(continuation) { lanes.submit(job) }
            }
        } onCancel: {
            loop.execute { lanes.cancel(job) }
        }
        switch try answer.mapError({ $0.naming(job.statement.parameters) }).get() {
        case .cells(let rows): return rows
        case .table: throw ConnectorError(.invalidStatement, "a read answers cells")
        }
    }

    package var callsBack: Bool { true }

    package func start(
        _ statement: any LoweredStatement, values: [BoundValue], frame: AnswerFrame?, on loop: EventLoop,
        deadline: UInt64, _ receive: @escaping @Sendable (Result<Rows, ConnectorError>) -> Void
    ) -> any CancellableWork {
        do throws(ConnectorError) {
            let lanes = try lanes(on: loop)
            let job = try job(statement, values, lanes, deadline)
            job.start(on: lanes, frame: frame) { answer in
                switch answer {
                case .success(.cells(let rows)): receive(.success(rows))
                case .success(.table):
                    receive(.failure(ConnectorError(.invalidStatement, "a read answers cells")))
                case .failure(let error): receive(.failure(error.naming(job.statement.parameters)))
                }
            }
            return job
        } catch {
            receive(.failure(error))
            return UnstoppableWork()
        }
    }

    private func job(
        _ statement: any LoweredStatement, _ values: [BoundValue], _ lanes: LoopLanes, _ deadline: UInt64
    ) throws(ConnectorError) -> StatementJob {
        guard let statement = statement as? SQLStatement else {
            throw ConnectorError(.invalidStatement, "the statement was lowered for another connector")
        }
        return StatementJob(
            id: lanes.nextJobID(), statement: statement,
            parameters: try EncodedParameters(values, statement.parameters), deadline: Int64(clamping: deadline))
    }

    /// The lanes of a loop; made when it first asks.
    func lanes(on loop: EventLoop) throws(ConnectorError) -> LoopLanes {
        let lanes = state.withLock { state -> LoopLanes? in
            if state.isClosed { return nil }
            if let known = state.lanes[ObjectIdentifier(loop)] { return known }
            let made = LoopLanes(loop: loop, target: target, limits: limits, control: control, counters: counted)
            state.lanes[ObjectIdentifier(loop)] = made
            return made
        }
        guard let lanes else { throw ConnectorError(.unavailable, "the source is closed") }
        return lanes
    }

    /// Statements under way are cut; their callers are told.
    package func close() {
        let lanes = state.withLock { state -> [LoopLanes]? in
            guard !state.isClosed else { return nil }
            state.isClosed = true
            defer { state.lanes = [:] }
            return Array(state.lanes.values)
        }
        guard let lanes else { return }
        watching.withLock { $0 = nil }
        for lanes in lanes { lanes.loop.execute { lanes.close() } }
        control.stop()
    }

    package var counters: PostgresCounters { counted.snapshot }
}
