// One execution of a statement from submission to answer. Confined to its loop: whoever touches it runs there.

internal import Connectors
internal import Reactor
internal import SQL

// Unchecked: made by a task of the loop, then touched on the loop's thread only.
final class StatementJob: @unchecked Sendable {
    enum Content {
        /// The one row of a read.
        case cells(Rows)
        /// All rows as texts.
        case table(PostgresTable)
    }

    enum Outcome {
        case success(Content)
        case failure(PostgresFailure)
        /// Never reached the server, or nobody knows what became of it.
        case unfinished(ConnectorError)
    }

    typealias Answer = Result<Content, ConnectorError>

    let id: UInt64
    let statement: SQLStatement
    let parameters: EncodedParameters
    /// Monotonic nanoseconds.
    let deadline: Int64
    let wantsTable: Bool
    /// The pipelined lane; a job that held it up goes on by itself.
    var isPipelined = false
    /// When it was sent, in monotonic nanoseconds.
    var sentAt: Int64 = 0
    private var continuation: LoopContinuation<Answer>?
    private(set) var isAnswered = false

    init(
        id: UInt64, statement: SQLStatement, parameters: EncodedParameters, deadline: Int64,
        wantsTable: Bool = false
    ) {
        self.id = id
        self.statement = statement
        self.parameters = parameters
        self.deadline = deadline
        self.wantsTable = wantsTable
    }

    func begin(_ continuation: LoopContinuation<Answer>) {
        self.continuation = continuation
    }

    /// The first answer counts; what comes later finds nobody.
    func answer(_ answer: Answer) {
        guard !isAnswered else { return }
        isAnswered = true
        continuation?.resume(returning: answer)
        continuation = nil
    }
}
