// One connection with its prepared statements: runs a statement and copies its cells out. Belongs to one thread: a
// reader thread, or the event loop it was opened for.

internal import CSQLite
internal import Connectors
internal import Planning
internal import Reactor
internal import SQL

// Unchecked: opened on one thread, then handed to the one thread that uses it; see `ReaderPool` and `LoopLane`.
final class SQLiteConnection: @unchecked Sendable {
    enum Outcome {
        case rows(Rows)
        case failed(ConnectorError)
        /// The statement belongs on a reader thread: it used up the loop's budget, or met a lock.
        case unfinished
    }

    final class Cached {
        let statement: SQLitePreparedStatement
        var lastUse: UInt64 = 0

        init(_ statement: consuming SQLitePreparedStatement) {
            self.statement = statement
        }
    }

    let watch: ExecutionWatch
    // Declared before the statements and after the watch: deinitialisation finalises, closes, then frees the watch.
    var handle: SQLiteHandle
    private var statements: [UInt64: Cached] = [:]
    private var uses: UInt64 = 0
    var scratch = BindingScratch()
    let limits: SQLiteLimits
    private let begin: SQLitePreparedStatement
    private let commit: SQLitePreparedStatement
    private var isReading = false

    init(path: String, access: SQLiteHandle.Access, limits: SQLiteLimits) throws(ConnectorError) {
        self.limits = limits
        watch = ExecutionWatch(limits: limits)
        handle = try SQLiteHandle(path: path, access: access)
        try SQLiteSetup.apply(to: handle, limits: limits, watch: watch)
        unsafe watch.install(on: handle.connection)
        begin = try handle.prepare("begin", isPersistent: true)
        commit = try handle.prepare("commit", isPersistent: true)
    }

    var preparedCount: Int { statements.count }

    func isPrepared(_ statement: SQLStatement) -> Bool { statements[statement.id] != nil }

    /// Runs on the event loop, within its budget of steps and without waiting for anything.
    func runInline(_ statement: SQLStatement, values: [BoundValue], frame: AnswerFrame?) -> Outcome {
        watch.begin(steps: limits.inlineSteps)
        return run(statement, values: values, frame: frame) { MonotonicInstant.now.nanoseconds }
    }

    /// Opens a transaction that the next statement gives its snapshot. Without one statements are slower, not wrong.
    func beginReading() {
        guard !isReading else { return }
        isReading = begin.stepForCode() == SQLITE_DONE
        begin.reset()
    }

    /// Lets go of the snapshot.
    func endReading() {
        guard isReading else { return }
        isReading = false
        // It fails when an error of a statement has ended the transaction already.
        _ = commit.stepForCode()
        commit.reset()
    }

    /// Runs on a reader thread until done, the deadline (monotonic nanoseconds) or the job's cancellation.
    func run(_ statement: SQLStatement, values: [BoundValue], deadline: Int64, job: ReadJob?) -> Outcome {
        watch.begin(deadline: deadline, job: job)
        // Readers share the processor with each other and with the loops: what a statement costs is its processor time, not
        // how long it was made to wait.
        return run(statement, values: values, frame: nil) { System.threadProcessorNanoseconds }
    }

    private func run(
        _ statement: SQLStatement, values: [BoundValue], frame: AnswerFrame?, measuredBy clock: () -> Int64
    ) -> Outcome {
        defer { watch.end() }
        do {
            let cached = try prepared(statement)
            let start = clock()
            defer { cached.statement.reset() }
            try cached.statement.bind(values, scratch: &scratch)
            let code = cached.statement.stepForCode()
            guard code == SQLITE_ROW || code == SQLITE_DONE else { return failure(code, of: cached, statement) }
            let hasRow = code == SQLITE_ROW
            let rows =
                if let frame, watch.markedLists == 0 {
                    try fill(frame, from: cached.statement, hasRow: hasRow)
                } else {
                    try copy(from: cached.statement, cellCount: statement.cellCount, hasRow: hasRow)
                }
            statement.record(clock() - start)
            return .rows(rows)
        } catch {
            return .failed(error)
        }
    }

    private func failure(_ code: Int32, of cached: Cached, _ statement: SQLStatement) -> Outcome {
        if let path = watch.limitPath {
            return .failed(
                ConnectorError(.limitExceeded(path), "more than \(limits.markedLists) lists have too many rows"))
        }
        if watch.hasCostlyPattern { return .failed(.costlyPattern) }
        switch watch.interruption {
        case .budget: return .unfinished
        case .deadline: return .failed(ConnectorError(.timeout, "the statement ran into its deadline"))
        case .cancelled: return .failed(ConnectorError(.cancelled, "the caller has gone"))
        case nil: break
        }
        if SQLiteFailure.isBusy(code), !watch.waitsForLocks { return .unfinished }
        let error = cached.statement.error(code)
        // SQLite prepares again by itself when the schema has changed, and reports a failure of that as one of the run.
        if error.kind == .dataException, code & 0xFF == SQLITE_ERROR, let invalid = preparationError(statement) {
            return .failed(invalid)
        }
        return .failed(error)
    }

    /// The error of preparing the statement now, if there is one.
    func preparationError(_ statement: SQLStatement) -> ConnectorError? {
        do {
            _ = try handle.prepare(statement.text)
            return nil
        } catch {
            statements[statement.id] = nil
            return error
        }
    }

    // MARK: Statements

    func prepared(_ statement: SQLStatement) throws(ConnectorError) -> Cached {
        uses += 1
        if let cached = statements[statement.id] {
            cached.lastUse = uses
            return cached
        }
        let cached = Cached(try handle.prepare(statement.text, isPersistent: true))
        guard cached.statement.columnCount == statement.cellCount else {
            throw ConnectorError(
                .invalidStatement,
                "the statement has \(cached.statement.columnCount) columns, not \(statement.cellCount)")
        }
        cached.lastUse = uses
        // A look over all of them costs less than preparing one, and happens only beyond the bound.
        if statements.count >= limits.preparedStatements,
            let oldest = statements.min(by: { $0.value.lastUse < $1.value.lastUse })
        {
            statements[oldest.key] = nil
        }
        statements[statement.id] = cached
        return cached
    }

    // MARK: Cells

    private func copy(
        from statement: borrowing SQLitePreparedStatement, cellCount: Int, hasRow: Bool
    ) throws(ConnectorError) -> Rows {
        var cells = [Range<Int>?](repeating: nil, count: cellCount)
        guard hasRow else { return Rows(bytes: [], cells: cells) }
        var total = 0
        for column in 0..<cellCount where !statement.isNull(column) {
            let count = unsafe statement.bytes(column).count
            cells[column] = total..<total + count
            total += count
        }
        try check(total)
        // Not `unsafeUninitializedCapacity`: its shared specialisation looks the array's type up at each call.
        var bytes: [UInt8] = []
        bytes.reserveCapacity(total)
        for column in 0..<cellCount where cells[column] != nil {
            unsafe bytes.append(contentsOf: statement.bytes(column))
        }
        return Rows(bytes: bytes, cells: cells, hasFailures: watch.markedLists > 0)
    }

    /// The response itself: the pieces of the frame with the cells between them.
    private func fill(
        _ frame: AnswerFrame, from statement: borrowing SQLitePreparedStatement, hasRow: Bool
    ) throws(ConnectorError) -> Rows {
        var total = frame.count
        for column in 0..<frame.pieces.count - 1 {
            unsafe total += !hasRow || statement.isNull(column) ? Self.null.count : statement.bytes(column).count
        }
        try check(total)
        var bytes: [UInt8] = []
        bytes.reserveCapacity(total)
        bytes.append(contentsOf: frame.pieces[0])
        for column in 0..<frame.pieces.count - 1 {
            if !hasRow || statement.isNull(column) {
                bytes.append(contentsOf: Self.null)
            } else {
                unsafe bytes.append(contentsOf: statement.bytes(column))
            }
            bytes.append(contentsOf: frame.pieces[column + 1])
        }
        return Rows(bytes: bytes, cells: [])
    }

    private static let null = Array("null".utf8)

    private func check(_ total: Int) throws(ConnectorError) {
        guard total <= limits.responseBytes else {
            throw ConnectorError(.limitExceeded("$"), "the answer is larger than \(limits.responseBytes) bytes")
        }
    }
}
