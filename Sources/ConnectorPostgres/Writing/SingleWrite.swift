// A mutation of one statement, which is a transaction by itself: no task waits for it. Whatever takes more than that one
// answer is `WriteTransaction`'s, which begins again.

internal import Base
package import Connectors
package import Planning
package import Reactor
internal import SQL

// Unchecked: touched by its loop's thread only.
final class SingleWrite: @unchecked Sendable {
    typealias Receiver = @Sendable (Result<Rows, WriteFailure>?) -> Void

    private let lanes: LoopLanes
    private var run: WriteRun
    private let request: WriteRun.Request
    private let job: StatementJob
    private let receive: Receiver

    /// `nil` for a mutation that takes more than one statement, or none; nothing has been done then.
    init?(
        _ mutation: PostgresMutation, lanes: LoopLanes, values: [BoundValue], refused: [Bool], deadline: Int64,
        _ receive: @escaping Receiver
    ) {
        var run = WriteRun(mutation.lowered.program, values: values, refused: refused)
        guard mutation.endsWithLast, let request = try? run.next(), run.isLast,
            let parameters = try? EncodedParameters(request.values, request.parameters)
        else { return nil }
        self.lanes = lanes
        self.run = run
        self.request = request
        self.receive = receive
        job = StatementJob(
            id: lanes.nextJobID(), statement: mutation.lastRead ?? mutation.lowered.statements[request.statement],
            parameters: parameters, deadline: deadline, wantsTable: true, effect: .writesByItself)
    }

    func begin() {
        lanes.lease(deadline: job.deadline) { leased in
            switch leased {
            case .success(let connection):
                self.job.start(on: self.lanes, leased: connection) { answer in
                    // Its transaction is over, whatever came of it.
                    self.lanes.release(connection, isClean: true)
                    self.receive(self.result(of: answer))
                }
            case .failure(let error): self.receive(.failure(.failed(error)))
            }
        }
    }

    /// `nil` where it is worth trying again: nothing of it was done, and nobody was told.
    private func result(of answer: StatementJob.Answer) -> Result<Rows, WriteFailure>? {
        let asked = run.responsePosition
        switch answer {
        case .success(.table(let table)):
            do throws(GatewayError) {
                try run.receive(table.written)
            } catch {
                return .failure(.refused(error, at: asked))
            }
            return .success(Rows(joining: run.answers()))
        case .success(.cells):
            return .failure(
                .failed(ConnectorError(.invalidStatement, "a statement of a mutation answers a table"), at: asked))
        case .failure(let error):
            if job.isStale || error.kind == .collision { return nil }
            if let refusal = run.refusal, case .constraint = error.kind {
                return .failure(.refused(refusal, at: asked))
            }
            return .failure(.failed(error.naming(request.parameters), place: run.place, at: asked))
        }
    }
}

extension Rows {
    /// A cell for each answer.
    init(joining answers: [[UInt8]]) {
        var bytes: [UInt8] = []
        var cells: [Range<Int>?] = []
        for answer in answers {
            cells.append(bytes.count..<bytes.count + answer.count)
            bytes += answer
        }
        self.init(bytes: bytes, cells: cells)
    }
}

extension PostgresConnector {
    package func start(
        _ mutation: any LoweredMutation, values: [BoundValue], refused: [Bool], on loop: EventLoop, deadline: UInt64,
        _ receive: @escaping @Sendable (Result<Rows, WriteFailure>?) -> Void
    ) -> Bool {
        // What is to be undone has to be begun.
        guard !limits.discardsWrites, let mutation = mutation as? PostgresMutation, let lanes = try? lanes(on: loop),
            let write = SingleWrite(
                mutation, lanes: lanes, values: values, refused: refused, deadline: Int64(clamping: deadline), receive)
        else { return false }
        write.begin()
        return true
    }
}
