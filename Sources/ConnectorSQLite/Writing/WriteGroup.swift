// Mutations that wait together are committed together: each in a savepoint of one transaction, so that one wait for the disk
// serves all, and one that fails undoes only itself. None is answered before the commit, not even with an error: it may be
// about rows of another one. Where the group cannot be kept together (the commit fails, or SQLite rolls back by itself), each
// runs again alone, from the start.

internal import Base
internal import Connectors
internal import Reactor
internal import SQL

enum WriteGroup {
    static let late = WriteFailure.failed(
        ConnectorError(.timeout, "the deadline passed while the mutation waited"))

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
            return job.answer(.failure(.failed(error)))
        }
        let answer: WriteJob.Answer
        do throws(WriteFailure) {
            let rows = try run(job, on: connection, limits)
            do throws(ConnectorError) {
                try connection.commitWriting()
            } catch {
                throw .failed(error)
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
        let work = job.work
        var run = WriteRun(
            work.mutation.program, values: work.values, refused: work.refused, keyList: { TaggedValue.keys($0) })
        while try step(&run, job, on: connection) {}
        do throws(ConnectorError) {
            try connection.settleForeignKeys()
        } catch {
            throw .failed(error, place: nil)
        }
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
            throw .refused(error, at: run.responsePosition)
        }
        guard let request else { return false }
        // Steps with nothing to do have been passed over.
        let asked = run.responsePosition
        let result: WriteRun.Result
        do throws(ConnectorError) {
            result = try connection.write(
                job.work.mutation.statements[request.statement], values: request.values, deadline: job.deadline)
        } catch {
            if let refusal = run.refusal, case .constraint = error.kind { throw .refused(refusal, at: asked) }
            throw .failed(error, place: run.place, at: asked)
        }
        do throws(GatewayError) {
            try run.receive(result)
        } catch {
            throw .refused(error, at: asked)
        }
        if connection.watch.markedLists > 0, let asked { throw tooManyRows(run.answers()[asked.write], asked) }
        return true
    }

    /// A mutation answers everything or is taken back.
    private static func tooManyRows(_ answer: [UInt8], _ position: WritePosition) -> WriteFailure {
        let failure = AnswerText.firstFailure(answer.span)
        return .failed(
            ConnectorError(.limitExceeded(failure?.errorPath ?? "$"), "a list has too many rows"),
            at: WritePosition(write: position.write, path: failure?.path ?? position.path))
    }

    /// Checked before the commit: an answer that is too large must not be an error about something that was done.
    private static func rows(_ answers: [[UInt8]], _ limits: SQLiteLimits) throws(WriteFailure) -> Rows {
        var bytes: [UInt8] = []
        var cells: [Range<Int>?] = []
        for (write, answer) in answers.enumerated() {
            cells.append(bytes.count..<bytes.count + answer.count)
            bytes += answer
            guard bytes.count <= limits.responseBytes else {
                throw .failed(
                    ConnectorError(.limitExceeded("$"), "the answer is larger than \(limits.responseBytes) bytes"),
                    at: WritePosition(write: write))
            }
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
        var settled: [(job: WriteJob, answer: WriteJob.Answer)] = []
        for job in jobs {
            do throws(WriteFailure) {
                try settled.append((job, .success(guarded(job, on: connection, limits))))
            } catch {
                // SQLite has given up the transaction, and with it what the others had done.
                guard connection.isInTransaction else {
                    for job in jobs { alone(job, on: connection, limits) }
                    return
                }
                settled.append((job, .failure(error)))
            }
        }
        do throws(ConnectorError) {
            try connection.commitWriting()
        } catch {
            // Those that failed saw rows that will not be there: they are judged again as well.
            connection.rollback()
            for job in jobs { alone(job, on: connection, limits) }
            return
        }
        for (job, answer) in settled { job.answer(answer) }
    }

    private static func guarded(
        _ job: WriteJob, on connection: SQLiteConnection, _ limits: SQLiteLimits
    ) throws(WriteFailure) -> Rows {
        do throws(ConnectorError) {
            try connection.savepoint()
        } catch {
            throw .failed(error)
        }
        do throws(WriteFailure) {
            let rows = try run(job, on: connection, limits)
            do throws(ConnectorError) {
                try connection.release()
            } catch {
                throw .failed(error)
            }
            return rows
        } catch {
            do throws(ConnectorError) {
                try connection.rollbackToSavepoint()
            } catch let second {
                connection.rollback()
                throw .failed(second)
            }
            throw error
        }
    }
}
