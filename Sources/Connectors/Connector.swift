// The one interface between the gateway and a kind of store. `Execution` knows this protocol and no connector;
// `Gateway/ConnectorRegistry` is where the two meet.
package import Metadata
package import Planning
package import Reactor
package import Rules

/// A statement as one connector lowered it: its text, and where each of its parameters comes from.
package protocol LoweredStatement: AnyObject, Sendable {
    /// In binding order.
    var parameters: [Parameter] { get }
    /// One for each cell of the answer: the response key of the root field it belongs to.
    var cellCount: Int { get }
    /// The statement's text, for `perigee explain` and golden files.
    var text: String { get }
    /// The same for one request that is part of a trace, where its tag says so: a statement of its own, which is not prepared.
    func traced(by trace: TraceParent) -> any LoweredStatement
}

extension LoweredStatement {
    package func traced(by trace: TraceParent) -> any LoweredStatement { self }
}

package protocol Connector: Sendable {
    var capabilities: SourceCapabilities { get }

    /// Reads tables, columns, keys and foreign keys, and what is requested besides. Called at start and on reload, never on an
    /// event loop.
    func introspect(_ request: IntrospectionRequest) throws(ConnectorError) -> DatabaseSchema

    /// A text that is another one whenever `introspect` might find something else than the schema that is known; cheap to ask
    /// for again and again. `nil` for stores that are not watched. Blocks: not on an event loop.
    func fingerprint(_ known: DatabaseSchema) throws(ConnectorError) -> String?

    /// Lowers the reads of one operation into one statement; total for every plan over this source.
    func lower(_ reads: [SecuredRead], catalog: Catalog) -> any LoweredStatement

    /// The same, with a tag in front of the statement where the store has comments.
    func lower(_ reads: [SecuredRead], catalog: Catalog, tag: StatementTag) -> any LoweredStatement

    /// Runs a statement that reads, and tells in the database's words where the time goes; `nil` for stores that have none.
    /// Blocks: not on an event loop.
    func analyze(_ statement: any LoweredStatement, values: [BoundValue]) throws(ConnectorError) -> String?

    /// Whether the database accepts a statement: compiles it and runs nothing. Blocks: not on an event loop.
    func check(_ statement: any LoweredStatement) throws(ConnectorError)

    /// Executes a statement that this connector lowered, with one value for each of its parameters.
    /// Runs on `loop` and resumes there. `deadline` is in nanoseconds of the monotonic clock.
    func execute(
        _ statement: any LoweredStatement, values: [BoundValue], on loop: EventLoop, deadline: UInt64
    ) async throws(ConnectorError) -> Rows

    /// The same for a statement that the connector can answer on the loop's thread without waiting and in little time;
    /// `nil` for all others, of which nothing has been done. With a frame the rows are the response.
    func executeAtOnce(
        _ statement: any LoweredStatement, values: [BoundValue], frame: AnswerFrame?, on loop: EventLoop
    ) throws(ConnectorError) -> Rows?

    /// Whether `start` works.
    var callsBack: Bool { get }

    /// The same as `execute` without a task that waits: calls `receive` once, on `loop`, perhaps before it returns. With a frame
    /// the rows are the response. What it returns cancels the statement.
    func start(
        _ statement: any LoweredStatement, values: [BoundValue], frame: AnswerFrame?, on loop: EventLoop,
        deadline: UInt64, _ receive: @escaping @Sendable (Result<Rows, ConnectorError>) -> Void
    ) -> any CancellableWork

    /// Lowers the writes of one operation; total for every plan over this source.
    func lower(_ writes: [SecuredWrite], catalog: Catalog) -> any LoweredMutation

    func lower(_ writes: [SecuredWrite], catalog: Catalog, tag: StatementTag) -> any LoweredMutation

    /// Runs a mutation that this connector lowered in one transaction, and answers when that is committed: one cell for
    /// each write. `refused` has the outcome of each early check. Runs on `loop` and resumes there.
    func execute(
        _ mutation: any LoweredMutation, values: [BoundValue], refused: [Bool], on loop: EventLoop, deadline: UInt64
    ) async throws(WriteFailure) -> Rows

    /// The same for a mutation that takes no task to run: `receive` is called once, on `loop`, perhaps before this returns, with
    /// `nil` where nothing was written and `execute` is to try again. False where nothing has been done, nor will be.
    func start(
        _ mutation: any LoweredMutation, values: [BoundValue], refused: [Bool], on loop: EventLoop, deadline: UInt64,
        _ receive: @escaping @Sendable (Result<Rows, WriteFailure>?) -> Void
    ) -> Bool

    /// Ends every connection; statements under way finish first.
    func close()
}

extension Connector {
    package func fingerprint(_ known: DatabaseSchema) throws(ConnectorError) -> String? { nil }

    package func lower(_ reads: [SecuredRead], catalog: Catalog, tag: StatementTag) -> any LoweredStatement {
        lower(reads, catalog: catalog)
    }

    package func lower(_ writes: [SecuredWrite], catalog: Catalog, tag: StatementTag) -> any LoweredMutation {
        lower(writes, catalog: catalog)
    }

    package func analyze(
        _ statement: any LoweredStatement, values: [BoundValue]
    ) throws(ConnectorError) -> String? { nil }

    package func start(
        _ mutation: any LoweredMutation, values: [BoundValue], refused: [Bool], on loop: EventLoop, deadline: UInt64,
        _ receive: @escaping @Sendable (Result<Rows, WriteFailure>?) -> Void
    ) -> Bool { false }

    package var callsBack: Bool { false }

    package func start(
        _ statement: any LoweredStatement, values: [BoundValue], frame: AnswerFrame?, on loop: EventLoop,
        deadline: UInt64, _ receive: @escaping @Sendable (Result<Rows, ConnectorError>) -> Void
    ) -> any CancellableWork {
        preconditionFailure("a connector that calls back says how")
    }

    /// For stores that are always waited for.
    package func executeAtOnce(
        _ statement: any LoweredStatement, values: [BoundValue], frame: AnswerFrame?, on loop: EventLoop
    ) throws(ConnectorError) -> Rows? { nil }
}
