// One mutation in one transaction on a connection of its own: asks `WriteRun` for the next statement until there is none. The
// transaction begins together with its first statement and, where nothing is left to be looked at, ends together with its
// last; a single statement is a transaction by itself. An answer means that the server has
// committed, unless the source discards what is written.

internal import Base
package import Connectors
package import Planning
package import Reactor
internal import SQL

struct WriteTransaction {
    private let lanes: LoopLanes
    private let connection: PostgresConnection
    private let mutation: PostgresMutation
    /// Monotonic nanoseconds; a commit has none.
    private let deadline: Int64
    private let responseBytes: Int
    private let attemptLimit: Int
    private let discards: Bool
    private var hasBegun = false
    private var hasEnded = false
    private var isStale = false
    /// The statements went well, and the commit did not: none of them is known to be at fault.
    private var failedAtItsEnd = false

    init(
        lanes: LoopLanes, connection: PostgresConnection, mutation: PostgresMutation, deadline: Int64,
        limits: PostgresLimits
    ) {
        self.lanes = lanes
        self.connection = connection
        self.mutation = mutation
        self.deadline = deadline
        responseBytes = limits.responseBytes
        attemptLimit = limits.collidingTransactions
        discards = limits.discardsWrites
    }

    private static let begin = SQLStatement(text: "BEGIN ISOLATION LEVEL READ COMMITTED", parameters: [], cellCount: 0)
    private static let commit = SQLStatement(text: "COMMIT", parameters: [], cellCount: 0)
    /// What a commit would check.
    private static let settle = SQLStatement(text: "SET CONSTRAINTS ALL IMMEDIATE", parameters: [], cellCount: 0)
    private static let rollback = SQLStatement(text: "ROLLBACK", parameters: [], cellCount: 0)

    /// - Returns: the answer, or why nothing was written; and whether the connection can be used again.
    mutating func run(
        values: [BoundValue], refused: [Bool]
    ) async -> (result: Result<Rows, WriteFailure>, isClean: Bool) {
        var attempts = 0
        var wasStale = false
        while true {
            let outcome = await attempt(values: values, refused: refused)
            attempts += 1
            // Nothing of it was done, and nobody was told.
            guard outcome.isClean, !hasEnded, case .failure(let failure) = outcome.result else { return outcome }
            if isStale, !wasStale {
                // The schema has changed under a prepared form; the statements are prepared anew.
                wasStale = true
            } else {
                // Whatever it collided with has got ahead, so there is no pause.
                guard failure.isCollision, attempts < attemptLimit, MonotonicInstant.now.nanoseconds < deadline else {
                    return outcome
                }
            }
            (hasBegun, isStale, failedAtItsEnd) = (false, false, false)
        }
    }

    private mutating func attempt(
        values: [BoundValue], refused: [Bool]
    ) async -> (result: Result<Rows, WriteFailure>, isClean: Bool) {
        do throws(WriteFailure) {
            return (.success(try await write(values: values, refused: refused)), true)
        } catch {
            guard hasBegun, !hasEnded else { return (.failure(error), true) }
            // Where this fails the connection is closed, and the server rolls back.
            let isClean: Bool
            do throws(ConnectorError) {
                _ = try await answers(to: [control(Self.rollback)])
                isClean = true
            } catch {
                isClean = false
            }
            return (.failure(error), isClean)
        }
    }

    private mutating func write(values: [BoundValue], refused: [Bool]) async throws(WriteFailure) -> Rows {
        var run = WriteRun(mutation.lowered.program, values: values, refused: refused)
        while let request = try next(&run) {
            // Steps with nothing to do have been passed over.
            let asked = run.responsePosition
            let result: WriteRun.Result
            do throws(ConnectorError) {
                let parameters = try EncodedParameters(request.values, request.parameters)
                let ends = run.isLast && mutation.endsWithLast && !discards
                let statement = ends ? mutation.lastRead : nil
                result = try await self.result(
                    of: statement ?? mutation.lowered.statements[request.statement], parameters, ends: ends
                ).written
            } catch {
                if failedAtItsEnd { throw .failed(error) }
                if let refusal = run.refusal, case .constraint = error.kind { throw .refused(refusal, at: asked) }
                throw .failed(error.naming(request.parameters), place: run.place, at: asked)
            }
            do throws(GatewayError) {
                try run.receive(result)
            } catch {
                throw .refused(error, at: asked)
            }
        }
        let rows = try rows(run.answers())
        guard hasBegun, !hasEnded else { return rows }
        guard !Task.isCancelled else { throw .failed(ConnectorError(.cancelled, "the caller has gone")) }
        do throws(ConnectorError) {
            _ = try await answers(to: [control(discards ? Self.settle : Self.commit)])
            if discards { _ = try await answers(to: [control(Self.rollback)]) }
        } catch {
            throw .failed(error)
        }
        return rows
    }

    private func next(_ run: inout WriteRun) throws(WriteFailure) -> WriteRun.Request? {
        do throws(GatewayError) {
            return try run.next()
        } catch {
            throw .refused(error, at: run.responsePosition)
        }
    }

    /// Checked before the commit, by the last read itself where they went together: an answer that is too large must not
    /// be an error about something that was done.
    private func rows(_ answers: [[UInt8]]) throws(WriteFailure) -> Rows {
        var bytes: [UInt8] = []
        var cells: [Range<Int>?] = []
        for (write, answer) in answers.enumerated() {
            cells.append(bytes.count..<bytes.count + answer.count)
            bytes += answer
            guard bytes.count <= responseBytes || hasEnded else {
                throw .failed(
                    ConnectorError(.limitExceeded("$"), "the answer is larger than \(responseBytes) bytes"),
                    at: WritePosition(write: write))
            }
        }
        return Rows(bytes: bytes, cells: cells)
    }

    private func control(_ statement: SQLStatement) -> StatementJob {
        StatementJob(
            id: lanes.nextJobID(), statement: statement, parameters: EncodedParameters(texts: []),
            deadline: statement === Self.begin ? deadline : .max, wantsTable: true,
            effect: statement === Self.begin ? .begins : .writes)
    }

    /// What one statement of the mutation returned.
    /// - Parameter ends: whether the transaction ends with it.
    private mutating func result(
        of statement: SQLStatement, _ parameters: EncodedParameters, ends: Bool
    ) async throws(ConnectorError) -> PostgresTable {
        let isAlone = ends && !hasBegun
        let job = StatementJob(
            id: lanes.nextJobID(), statement: statement, parameters: parameters, deadline: deadline, wantsTable: true,
            effect: isAlone ? .writesByItself : .writes)
        var batch = [job]
        if !isAlone {
            if !hasBegun { batch.insert(control(Self.begin), at: 0) }
            hasBegun = true
            if ends { batch.append(control(Self.commit)) }
        }
        let contents: [StatementJob.Content]
        do throws(ConnectorError) {
            contents = try await answers(to: batch)
        } catch {
            isStale = batch.contains { $0.isStale }
            if !isAlone, case .success? = job.early { failedAtItsEnd = ends }
            throw error
        }
        hasEnded = ends
        guard case .table(let table) = contents[batch.first === job ? 0 : 1] else {
            throw ConnectorError(.invalidStatement, "a statement of a mutation answers a table")
        }
        return table
    }

    /// The answers to a batch, or the first error in it. The last job is answered last, so it is the one waited for.
    private func answers(to batch: [StatementJob]) async throws(ConnectorError) -> [StatementJob.Content] {
        let last: StatementJob.Answer = await lanes.loop.wait { continuation in
            if batch[batch.count - 1].begin(continuation) { lanes.run(batch, on: connection) }
        }
        var contents: [StatementJob.Content] = []
        for job in batch.dropLast() { contents.append(try (job.early ?? .failure(.skipped)).get()) }
        contents.append(try last.get())
        return contents
    }
}

extension PostgresConnector {
    package func execute(
        _ mutation: any LoweredMutation, values: [BoundValue], refused: [Bool], on loop: EventLoop, deadline: UInt64
    ) async throws(WriteFailure) -> Rows {
        guard let mutation = mutation as? PostgresMutation else {
            throw .failed(
                ConnectorError(.invalidStatement, "the mutation was lowered for another connector"))
        }
        let lanes: LoopLanes
        let connection: PostgresConnection
        do throws(ConnectorError) {
            lanes = try self.lanes(on: loop)
            connection = try await lanes.lease(deadline: Int64(clamping: deadline)).get()
        } catch {
            throw .failed(error)
        }
        var transaction = WriteTransaction(
            lanes: lanes, connection: connection, mutation: mutation, deadline: Int64(clamping: deadline),
            limits: limits)
        let (result, isClean) = await transaction.run(values: values, refused: refused)
        lanes.release(connection, isClean: isClean)
        return try result.get()
    }
}

extension WriteFailure {
    fileprivate var isCollision: Bool {
        if case .failed(let error, _) = reason, case .collision = error.kind { true } else { false }
    }
}
