// One execution of a statement from submission to answer. Confined to its loop: whoever touches it runs there.

internal import Connectors
internal import Reactor
internal import SQL

// Unchecked: made by a task of the loop, then touched on the loop's thread only.
final class StatementJob: CancellableWork, @unchecked Sendable {
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

    enum Effect: Sendable, Hashable {
        /// May run again.
        case reads
        /// Begins a transaction.
        case begins
        /// Within a transaction that others begin and end.
        case writes
        /// A transaction of its own, which the Sync behind it commits.
        case writesByItself
    }

    typealias Answer = Result<Content, ConnectorError>

    let id: UInt64
    let statement: SQLStatement
    let parameters: EncodedParameters
    /// Monotonic nanoseconds.
    let deadline: Int64
    let wantsTable: Bool
    let effect: Effect
    /// The runs that this one is made of; their answers are told, not its own.
    let members: [StatementJob]
    /// What stands around the cells of a read that is answered as a whole response.
    private(set) var frame: AnswerFrame?
    /// What it comes to if the Sync behind it goes well.
    var kept: Outcome?
    /// Failed because its prepared form was of no use any more: all of its transaction may be tried again.
    var isStale = false
    /// The pipelined lane; a job that held it up goes on by itself.
    var isPipelined = false
    /// When it was sent, in monotonic nanoseconds.
    var sentAt: Int64 = 0
    private var receive: ((Answer) -> Void)?
    /// Where it was begun, for whoever loses interest; until it is answered.
    private var lanes: LoopLanes?
    private(set) var isAnswered = false
    /// What came and nobody waited for: a task that is cancelled when it starts is answered before it gets as far as
    /// waiting, and of a batch only the last is waited for.
    private(set) var early: Answer?

    init(
        id: UInt64, statement: SQLStatement, parameters: EncodedParameters, deadline: Int64,
        wantsTable: Bool = false, effect: Effect = .reads, members: [StatementJob] = []
    ) {
        self.id = id
        self.statement = statement
        self.parameters = parameters
        self.deadline = deadline
        self.wantsTable = wantsTable
        self.effect = effect
        self.members = members
    }

    /// - Returns: whether an answer is still to be found.
    func begin(_ continuation: LoopContinuation<Answer>) -> Bool {
        if let early {
            continuation.resume(returning: early)
            return false
        }
        receive = { continuation.resume(returning: $0) }
        return true
    }

    /// The answer is told by a call.
    func start(on lanes: LoopLanes, frame: AnswerFrame?, _ receive: @escaping (Answer) -> Void) {
        self.frame = frame
        self.receive = receive
        self.lanes = lanes
        lanes.submit(self)
    }

    /// The same on a leased connection.
    func start(on lanes: LoopLanes, leased connection: PostgresConnection, _ receive: @escaping (Answer) -> Void) {
        self.receive = receive
        lanes.run([self], on: connection)
    }

    func cancel() {
        lanes?.cancel(self)
    }

    /// The first answer counts; what comes later finds nobody.
    func answer(_ answer: Answer) {
        guard !isAnswered else { return }
        isAnswered = true
        lanes = nil
        guard let receive else {
            early = answer
            return
        }
        self.receive = nil
        receive(answer)
    }
}
