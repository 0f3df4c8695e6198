// Mutations that wait together are committed together: each in a savepoint of one transaction, so that one wait for the disk
// serves all, and one that fails undoes only itself. None is answered before the commit. Where the group cannot be kept
// together (the commit fails, or SQLite rolls back by itself), each runs again alone, from the start.

internal import Base
internal import Connectors
internal import Reactor
internal import SQL

enum WriteGroup {
    static let late = WriteFailure.failed(
        ConnectorError(.timeout, "the deadline passed while the mutation waited"), place: nil)

    static func run(_ jobs: [WriteJob], on connection: SQLiteConnection, limits: SQLiteLimits) {
        var waiting = jobs[...]
        while !waiting.isEmpty {
            let first = waiting.prefix(limits.groupedMutations).filter { $0.take() }
            waiting = waiting.dropFirst(limits.groupedMutations)
            var live: [WriteJob] = []
            for job in first {
                if MonotonicInstant.now.nanoseconds < job.deadline {
                    live.append(job)
                } else {
                    job.answer(.failure(late))
                }
            }
            if live.count > 1 {
                together(live, on: connection, limits)
            } else {
                for job in live { alone(job, on: connection, limits) }
            }
        }
    }

    // MARK: One

    static func alone(_ job: WriteJob, on connection: SQLiteConnection, _ limits: SQLiteLimits) {
        do throws(ConnectorError) {
            try connection.beginWriting(deadline: job.deadline)
        } catch {
            return job.answer(.failure(.failed(error, place: nil)))
        }
        let answer: WriteJob.Answer
        do throws(WriteFailure) {
            let rows = try run(job, on: connection, limits)
            do throws(ConnectorError) {
                try connection.commitWriting()
            } catch {
                throw .failed(error, place: nil)
            }
            answer = .success(rows)
        } catch {
            connection.rollback()
            answer = .failure(error)
        }
        job.answer(answer)
    }

    /// The statements of one mutation, inside a transaction.
    private static func run(
        _ job: WriteJob, on connection: SQLiteConnection, _ limits: SQLiteLimits
    ) throws(WriteFailure) -> Rows {
        var run = WriteRun(
            job.mutation.program, values: job.values, refused: job.refused, keyList: { TaggedValue.keys($0) })
        while try step(&run, job, on: connection) {}
        return try rows(run.answers(), limits)
    }

    /// False at the end.
    private static func step(
        _ run: inout WriteRun, _ job: WriteJob, on connection: SQLiteConnection
    ) throws(WriteFailure) -> Bool {
        let request: WriteRun.Request?
        do throws(GatewayError) {
            request = try run.next()
        } catch {
            throw .refused(error)
        }
        guard let request else { return false }
        let result: WriteRun.Result
        do throws(ConnectorError) {
            result = try connection.write(
                job.mutation.statements[request.statement], values: request.values, deadline: job.deadline)
        } catch {
            if let refusal = run.refusal, case .constraint = error.kind { throw .refused(refusal) }
            throw .failed(error, place: run.place)
        }
        do throws(GatewayError) {
            try run.receive(result)
        } catch {
            throw .refused(error)
        }
        return true
    }

    /// Checked before the commit: an answer that is too large must not be an error about something that was done.
    private static func rows(_ answers: [[UInt8]], _ limits: SQLiteLimits) throws(WriteFailure) -> Rows {
        var bytes: [UInt8] = []
        var cells: [Range<Int>?] = []
        for answer in answers {
            cells.append(bytes.count..<bytes.count + answer.count)
            bytes += answer
        }
        guard bytes.count <= limits.responseBytes else {
            throw .failed(
                ConnectorError(.limitExceeded("$"), "the answer is larger than \(limits.responseBytes) bytes"),
                place: nil)
        }
        return Rows(bytes: bytes, cells: cells)
    }

    // MARK: Several

    private static func together(_ jobs: [WriteJob], on connection: SQLiteConnection, _ limits: SQLiteLimits) {
        do throws(ConnectorError) {
            try connection.beginWriting(deadline: jobs.map(\.deadline).min() ?? .max)
        } catch {
            // Whose deadline it was is not known here; each finds out for itself.
            for job in jobs { alone(job, on: connection, limits) }
            return
        }
        var done: [(job: WriteJob, rows: Rows)] = []
        var rest = jobs[...]
        while let job = rest.popFirst() {
            do throws(WriteFailure) {
                try done.append((job, guarded(job, on: connection, limits)))
            } catch {
                // SQLite has given up the transaction, and with it what the others had done.
                guard connection.isInTransaction else {
                    for other in done { alone(other.job, on: connection, limits) }
                    job.answer(.failure(error))
                    for other in rest { alone(other, on: connection, limits) }
                    return
                }
                job.answer(.failure(error))
            }
        }
        do throws(ConnectorError) {
            try connection.commitWriting()
        } catch {
            connection.rollback()
            for other in done { alone(other.job, on: connection, limits) }
            return
        }
        for (job, rows) in done { job.answer(.success(rows)) }
    }

    private static func guarded(
        _ job: WriteJob, on connection: SQLiteConnection, _ limits: SQLiteLimits
    ) throws(WriteFailure) -> Rows {
        do throws(ConnectorError) {
            try connection.savepoint()
        } catch {
            throw .failed(error, place: nil)
        }
        do throws(WriteFailure) {
            let rows = try run(job, on: connection, limits)
            do throws(ConnectorError) {
                try connection.release()
            } catch {
                throw .failed(error, place: nil)
            }
            return rows
        } catch {
            do throws(ConnectorError) {
                try connection.rollbackToSavepoint()
            } catch let second {
                connection.rollback()
                throw .failed(second, place: nil)
            }
            throw error
        }
    }
}
