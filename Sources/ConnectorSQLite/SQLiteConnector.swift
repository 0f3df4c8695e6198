// The SQLite connector: a database file behind two lanes for reads and one for writes. A statement starts on the reader threads; once its measured
// time is low it runs on the caller's event loop, where a hand-over would cost more than the statement
// (docs/architecture.md, connectors).

package import Connectors
package import Metadata
package import Planning
package import Reactor
internal import SQL
internal import Synchronization

package final class SQLiteConnector: Connector, Sendable {
    package let path: String
    let limits: SQLiteLimits
    private let readers: ReaderPool
    private let writer: WriterLane
    /// By the loop's index; `nil` for loops without a connection of their own.
    private let lanes: [LoopLane?]
    private let inlineNanoseconds: Int64
    private let isClosed = Atomic(false)
    private let inlineRuns = Atomic(0)
    private let readerRuns = Atomic(0)
    private let demotions = Atomic(0)

    /// Reader threads beyond this rarely help: they share one file and its cache.
    package static let maximumDefaultReaders = 4

    /// Opens the file at once, with all connections, so that what is wrong with it is said here. Statements of `loops`
    /// may run inline; those of other loops always use the reader threads. Without `prefersWAL` the file's journal mode
    /// is left alone. Blocks: not on an event loop.
    package init(
        path: String, readers: Int? = nil, limits: SQLiteLimits = SQLiteLimits(), loops: [EventLoop] = [],
        prefersWAL: Bool = true
    ) throws(ConnectorError) {
        let count = readers ?? min(System.cpuCount, Self.maximumDefaultReaders)
        precondition(count > 0, "a source needs a reader")
        self.path = path
        self.limits = limits
        writer = WriterLane(path: path, limits: limits)
        inlineNanoseconds = limits.inlineTime.wholeNanoseconds
        var connections = [try SQLiteConnection(path: path, access: .read, limits: limits)]
        // After the first connection, which knows the better words for a bad file.
        if prefersWAL { SQLiteSetup.preferWAL(path: path) }
        while connections.count < count {
            connections.append(try SQLiteConnection(path: path, access: .read, limits: limits))
        }
        var lanes: [LoopLane?] = []
        for loop in loops {
            while lanes.count <= loop.index { lanes.append(nil) }
            lanes[loop.index] = LoopLane(
                loop: loop, connection: try SQLiteConnection(path: path, access: .read, limits: limits))
        }
        self.lanes = lanes
        self.readers = try ReaderPool(connections: connections, queueBound: limits.queuedStatements)
    }

    deinit { close() }

    package var capabilities: SourceCapabilities {
        SourceCapabilities(
            textOperators: [
                .like, .notLike, .caseInsensitiveLike, .notCaseInsensitiveLike, .similar, .notSimilar, .regex,
                .notRegex, .caseInsensitiveRegex, .notCaseInsensitiveRegex,
            ],
            documentOperators: [.contains, .containedIn, .hasKey, .hasKeysAny, .hasKeysAll], castsDocuments: true,
            totalOperators: Set(ComparisonOperator.comparisons), typing: .byValue)
    }

    package func introspect(_ request: IntrospectionRequest = IntrospectionRequest()) throws(ConnectorError)
        -> DatabaseSchema
    {
        let handle = try SQLiteHandle(path: path, access: .read)
        try SQLiteSetup.apply(to: handle, limits: limits, watch: nil)
        return try SQLiteIntrospection.schema(of: handle, enumTables: request.enumTables)
    }

    package func execute(
        _ statement: any LoweredStatement, values: [BoundValue], on loop: EventLoop, deadline: UInt64
    ) async throws(ConnectorError) -> Rows {
        if let rows = try executeAtOnce(statement, values: values, frame: nil, on: loop) { return rows }
        return try await executeOnReader(own(statement), values: values, on: loop, deadline: deadline)
    }

    /// The inline lane.
    package func executeAtOnce(
        _ statement: any LoweredStatement, values: [BoundValue], frame: AnswerFrame?, on loop: EventLoop
    ) throws(ConnectorError) -> Rows? {
        let statement = try own(statement)
        guard !isClosed.load(ordering: .relaxed) else { throw ConnectorError(.unavailable, "the source is closed") }
        guard let lane = lane(of: loop), !statement.matchesPatterns, statement.isBelow(inlineNanoseconds),
            let outcome = lane.run(statement, values: values, frame: frame)
        else { return nil }
        switch outcome {
        case .rows(let rows):
            inlineRuns.add(1, ordering: .relaxed)
            return rows
        case .failed(let error): throw error
        // Reads only: running it again from the start is safe.
        case .unfinished:
            demotions.add(1, ordering: .relaxed)
            statement.demote(from: inlineNanoseconds)
            return nil
        }
    }

    private func own(_ statement: any LoweredStatement) throws(ConnectorError) -> SQLStatement {
        guard let statement = statement as? SQLStatement else {
            throw ConnectorError(.invalidStatement, "the statement was lowered for another connector")
        }
        return statement
    }

    private func executeOnReader(
        _ statement: SQLStatement, values: [BoundValue], on loop: EventLoop, deadline: UInt64
    ) async throws(ConnectorError) -> Rows {
        readerRuns.add(1, ordering: .relaxed)
        let job = ReadJob(ReadWork(statement: statement, values: values), deadline: Int64(clamping: deadline))
        return try await job.run(on: loop) { readers.submit($0) }
    }

    package func execute(
        _ mutation: any LoweredMutation, values: [BoundValue], refused: [Bool], on loop: EventLoop, deadline: UInt64
    ) async throws(WriteFailure) -> Rows {
        guard let mutation = mutation as? SQLMutation else {
            throw .failed(ConnectorError(.invalidStatement, "the mutation was lowered for another connector"))
        }
        let work = WriteWork(mutation: mutation, values: values, refused: refused)
        return try await WriteJob(work, deadline: Int64(clamping: deadline)).run(on: loop) { writer.submit($0) }
    }

    private func lane(of loop: EventLoop) -> LoopLane? {
        // Two groups of loops may use the same index.
        guard loop.index < lanes.count, let lane = lanes[loop.index], lane.loop === loop else { return nil }
        return lane
    }

    package func close() {
        guard !isClosed.exchange(true, ordering: .acquiringAndReleasing) else { return }
        writer.close()
        readers.close()
        for lane in lanes { lane?.close() }
    }

    /// How the lanes are used, for metrics and tests.
    package var counters: SQLiteCounters {
        let load = readers.load
        return SQLiteCounters(
            inlineRuns: inlineRuns.load(ordering: .relaxed), readerRuns: readerRuns.load(ordering: .relaxed),
            demotions: demotions.load(ordering: .relaxed), waiting: load.waiting, running: load.running)
    }
}

package struct SQLiteCounters: Sendable, Hashable {
    package let inlineRuns: Int
    package let readerRuns: Int
    /// Runs that began on a loop and were finished by a reader.
    package let demotions: Int
    /// Statements that wait for a reader, and that one runs, at this moment.
    package let waiting: Int
    package let running: Int
}
