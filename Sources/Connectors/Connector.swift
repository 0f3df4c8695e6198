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
}

package protocol Connector: Sendable {
    var capabilities: SourceCapabilities { get }

    /// Reads tables, columns, keys and foreign keys, and the rows of `enumTables`. Called at start and on reload, never on
    /// an event loop.
    func introspect(enumTables: Set<String>) throws(ConnectorError) -> DatabaseSchema

    /// Lowers the reads of one operation into one statement; total for every plan over this source.
    func lower(_ reads: [SecuredRead], catalog: Catalog) -> any LoweredStatement

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

    /// Lowers the writes of one operation; total for every plan over this source.
    func lower(_ writes: [SecuredWrite], catalog: Catalog) -> any LoweredMutation

    /// Runs a mutation that this connector lowered in one transaction, and answers when that is committed: one cell for
    /// each write. `refused` has the outcome of each early check. Runs on `loop` and resumes there.
    func execute(
        _ mutation: any LoweredMutation, values: [BoundValue], refused: [Bool], on loop: EventLoop, deadline: UInt64
    ) async throws(WriteFailure) -> Rows

    /// Ends every connection; statements under way finish first.
    func close()
}

extension Connector {
    /// For stores that are always waited for.
    package func executeAtOnce(
        _ statement: any LoweredStatement, values: [BoundValue], frame: AnswerFrame?, on loop: EventLoop
    ) throws(ConnectorError) -> Rows? { nil }
}
