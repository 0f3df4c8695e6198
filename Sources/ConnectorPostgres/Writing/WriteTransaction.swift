// One mutation in one transaction on a connection of its own: asks `WriteRun` for the next statement until there is none,
// then commits. An answer means that the server has committed.

internal import Base
package import Connectors
package import Planning
package import Reactor
internal import SQL

struct WriteTransaction {
    let lanes: LoopLanes
    let connection: PostgresConnection
    let mutation: SQLMutation
    /// Monotonic nanoseconds; a commit has none.
    let deadline: Int64
    let responseBytes: Int

    private static let begin = SQLStatement(text: "BEGIN", parameters: [], cellCount: 0)
    private static let commit = SQLStatement(text: "COMMIT", parameters: [], cellCount: 0)
    private static let rollback = SQLStatement(text: "ROLLBACK", parameters: [], cellCount: 0)

    /// - Returns: the answer, or why nothing was written; and whether the connection can be used again.
    func run(
        values: [BoundValue], refused: [Bool]
    ) async -> (result: Result<Rows, WriteFailure>, isClean: Bool) {
        do throws(WriteFailure) {
            try await control(Self.begin, deadline: deadline)
        } catch {
            return (.failure(error), false)
        }
        do throws(WriteFailure) {
            let rows = try await write(values: values, refused: refused)
            guard !Task.isCancelled else {
                throw .failed(ConnectorError(.cancelled, "the caller has gone"))
            }
            try await control(Self.commit, deadline: .max)
            return (.success(rows), true)
        } catch {
            // Where this fails the connection is closed, and the server rolls back.
            let isClean: Bool
            do throws(WriteFailure) {
                try await control(Self.rollback, deadline: .max)
                isClean = true
            } catch {
                isClean = false
            }
            return (.failure(error), isClean)
        }
    }

    private func write(values: [BoundValue], refused: [Bool]) async throws(WriteFailure) -> Rows {
        var run = WriteRun(mutation.program, values: values, refused: refused)
        while let request = try next(&run) {
            // Steps with nothing to do have been passed over.
            let asked = run.responsePosition
            let result: WriteRun.Result
            do throws(ConnectorError) {
                let parameters = try EncodedParameters(request.values, request.parameters)
                result = try await self.result(
                    of: mutation.statements[request.statement], parameters, deadline: deadline
                ).written
            } catch {
                if let refusal = run.refusal, case .constraint = error.kind { throw .refused(refusal, at: asked) }
                throw .failed(error.naming(request.parameters), place: run.place, at: asked)
            }
            do throws(GatewayError) {
                try run.receive(result)
            } catch {
                throw .refused(error, at: asked)
            }
        }
        return try rows(run.answers())
    }

    private func next(_ run: inout WriteRun) throws(WriteFailure) -> WriteRun.Request? {
        do throws(GatewayError) {
            return try run.next()
        } catch {
            throw .refused(error, at: run.responsePosition)
        }
    }

    /// Checked before the commit: an answer that is too large must not be an error about something that was done.
    private func rows(_ answers: [[UInt8]]) throws(WriteFailure) -> Rows {
        var bytes: [UInt8] = []
        var cells: [Range<Int>?] = []
        for (write, answer) in answers.enumerated() {
            cells.append(bytes.count..<bytes.count + answer.count)
            bytes += answer
            guard bytes.count <= responseBytes else {
                throw .failed(
                    ConnectorError(.limitExceeded("$"), "the answer is larger than \(responseBytes) bytes"),
                    at: WritePosition(write: write))
            }
        }
        return Rows(bytes: bytes, cells: cells)
    }

    private func control(_ statement: SQLStatement, deadline: Int64) async throws(WriteFailure) {
        do throws(ConnectorError) {
            _ = try await result(of: statement, EncodedParameters(texts: []), deadline: deadline)
        } catch {
            throw .failed(error)
        }
    }

    private func result(
        of statement: SQLStatement, _ parameters: EncodedParameters, deadline: Int64
    ) async throws(ConnectorError) -> PostgresTable {
        let job = StatementJob(
            id: lanes.nextJobID(), statement: statement, parameters: parameters, deadline: deadline, wantsTable: true)
        let answer: StatementJob.Answer = await lanes.loop.wait { continuation in
            job.begin(continuation)
            lanes.run(job, on: connection)
        }
        switch try answer.get() {
        case .table(let table): return table
        case .cells: throw ConnectorError(.invalidStatement, "a statement of a mutation answers a table")
        }
    }
}

extension PostgresConnector {
    package func execute(
        _ mutation: any LoweredMutation, values: [BoundValue], refused: [Bool], on loop: EventLoop, deadline: UInt64
    ) async throws(WriteFailure) -> Rows {
        guard let mutation = mutation as? SQLMutation else {
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
        let transaction = WriteTransaction(
            lanes: lanes, connection: connection, mutation: mutation, deadline: Int64(clamping: deadline),
            responseBytes: limits.responseBytes)
        let (result, isClean) = await transaction.run(values: values, refused: refused)
        lanes.release(connection, isClean: isClean)
        return try result.get()
    }
}
