// The last arrows over a store of the test's own: each source is asked once, answers stand in the document's order, and
// errors of a store become the gateway's.
import Base
import Connectors
import Execution
import GraphQL
import Metadata
import Planning
import Reactor
import Synchronization
import TestSupport
import Testing

@testable import Rules

/// Answers what it is told and notes what it was asked.
private final class RecordingConnector: Connector, Sendable {
    final class Statement: LoweredStatement {
        let parameters: [Parameter]
        let cellCount: Int
        let text: String

        init(parameters: [Parameter], cellCount: Int, text: String) {
            self.parameters = parameters
            self.cellCount = cellCount
            self.text = text
        }
    }

    let answer: Result<[String?], ConnectorError>
    let asked = Mutex<[[BoundValue]]>([])

    init(_ answer: Result<[String?], ConnectorError>) {
        self.answer = answer
    }

    var capabilities: SourceCapabilities { TestCatalog.capabilities }

    func introspect(_ request: IntrospectionRequest) throws(ConnectorError) -> DatabaseSchema { DatabaseSchema() }

    func lower(_ reads: [SecuredRead], catalog: Catalog) -> any LoweredStatement {
        Statement(
            parameters: [Parameter(origin: .integer(Int64(reads.count)), target: .count)], cellCount: reads.count,
            text: reads.map { catalog[$0.collection].table }.joined(separator: ","))
    }

    func check(_ statement: any LoweredStatement) throws(ConnectorError) {}

    func execute(
        _ statement: any LoweredStatement, values: [BoundValue], on loop: EventLoop, deadline: UInt64
    ) async throws(ConnectorError) -> Rows {
        asked.withLock { $0.append(values) }
        var bytes: [UInt8] = []
        let cells = try answer.get().map { text -> Range<Int>? in
            guard let text else { return nil }
            let start = bytes.count
            bytes += Array(text.utf8)
            return start..<bytes.count
        }
        return Rows(bytes: bytes, cells: cells)
    }

    func lower(_ writes: [SecuredWrite], catalog: Catalog) -> any LoweredMutation {
        preconditionFailure("nothing is written here")
    }

    func execute(
        _ mutation: any LoweredMutation, values: [BoundValue], refused: [Bool], on loop: EventLoop, deadline: UInt64
    ) async throws(WriteFailure) -> Rows {
        throw .failed(ConnectorError(.readOnly, "nothing is written here"))
    }

    func close() {}
}

struct PlanExecutorTests {
    private static func read(_ collection: Int) -> SecuredRead {
        SecuredRead(
            collection: CollectionID(collection), form: .list, link: nil, security: RowSecurity(filter: .alwaysTrue),
            predicate: .alwaysTrue, distinct: [], ordering: [], limit: nil, offset: nil, rowLimit: 10,
            selection: .row([]), errorPath: "$")
    }

    private static let catalog = TestCatalog.blog

    private static let plan = SecuredPlan(roots: [
        RootField(responseKey: "b", content: .read(read(1))),
        RootField(responseKey: "kind \"q\"", content: .typename("query_root")),
        RootField(responseKey: "a", content: .read(read(0))),
    ])

    private static func run(_ connector: RecordingConnector, limit: Int = 1000, plan: SecuredPlan = plan) async
        -> String
    {
        let operation = PreparedOperation(plan, catalog: catalog) { _, reads in connector.lower(reads, catalog: catalog)
        }
        let executor = PlanExecutor(connectors: [connector], maskKeys: [:], responseLimit: limit)
        return await Task(executorPreference: TestGateway.loop) {
            let context = ExecutionContext(
                caller: Caller(kind: .anonymous), operation: Self.anyOperation, variables: .none, now: TestGateway.now,
                deadline: .max, loop: TestGateway.loop)
            do throws(GatewayError) {
                return try await executor.execute(operation, context).body.text
            } catch {
                return "\(error.code.rawValue) at \(error.extensionPath): \(error.message)"
            }
        }.value
    }

    private static let anyOperation: ValidatedOperation = {
        do {
            let document = try DocumentParser.parse(Array("type Query { a: Int, b: Int! }".utf8))
            let schema = SchemaBuilder.schema(of: document)
            return try ValidatedOperation.validate(
                DocumentParser.parse(Array("{ b a }".utf8)), operationName: nil, schema: schema)
        } catch {
            preconditionFailure("\(error)")
        }
    }()

    @Test
    func `a source is asked once and its cells stand in the document's order`() async {
        let connector = RecordingConnector(.success([#"[{"x":1}]"#, nil]))
        #expect(await Self.run(connector) == #"{"data":{"b":[{"x":1}],"kind \"q\"":"query_root","a":null}}"#)
        #expect(connector.asked.withLock { $0 } == [[.integer(2)]])
    }

    @Test
    func `an operation that reads nothing asks nobody`() async {
        let connector = RecordingConnector(.success([]))
        let plan = SecuredPlan(roots: [RootField(responseKey: "t", content: .typename("query_root"))])
        #expect(await Self.run(connector, plan: plan) == #"{"data":{"t":"query_root"}}"#)
        #expect(connector.asked.withLock { $0 }.isEmpty)
        #expect(await Self.run(connector, plan: SecuredPlan(roots: [])) == #"{"data":{}}"#)
    }

    @Test
    func `a response has a bound`() async {
        let connector = RecordingConnector(.success([String(repeating: "1", count: 500), "2"]))
        #expect(await Self.run(connector, limit: 1000).hasPrefix(#"{"data""#))
        #expect(
            await Self.run(connector, limit: 400)
                == #"{"errors":[{"message":"The response is larger than 400 bytes.","locations":[{"line":1,"column":3}],"#
                + #""path":["b"],"extensions":{"path":"$","code":"limit-exceeded","limit":"responseBytes"}}],"data":null}"#
        )
    }

    @Test(
        arguments: [
            (
                ConnectorError.Kind.limitExceeded("$.selectionSet.a"),
                "limit-exceeded at $.selectionSet.a: The list or the response is larger than this server allows; use \"limit\"."
            ),
            (.timeout, "timeout at $: The request took too long."),
            (.cancelled, "unavailable at $: The request was cancelled."),
            (.unavailable, "unavailable at $: The database cannot be reached."),
            (.busy, "unavailable at $: The database is busy; try again."),
            (.dataException, "data-exception at $: The database could not compute the result."),
            (.invalidStatement, "unexpected at $: internal error"),
        ] as [(ConnectorError.Kind, String)])
    func `an error of a store is told in the gateway's words alone`(_ kind: ConnectorError.Kind, _ expected: String)
        async
    {
        let error = GatewayError(ConnectorError(kind, "the store's own words"))
        #expect("\(error.code.rawValue) at \(error.extensionPath): \(error.message)" == expected)
        #expect(error.underlying == "the store's own words")
    }

    @Test(arguments: [
        (ConnectorError.Kind.timeout, 1), (.unavailable, 1), (.busy, 1), (.cancelled, 1), (.full, 1), (.readOnly, 1),
        // The statement, then each of its root fields.
        (.dataException, 3), (.invalidStatement, 3), (.damaged, 3), (.limitExceeded("$"), 3),
    ])
    func `root fields are asked one by one only where they need not fail alike`(
        _ kind: ConnectorError.Kind, _ statements: Int
    ) async {
        let connector = RecordingConnector(.failure(ConnectorError(kind, "")))
        let answer = await Self.run(connector)
        #expect(answer.contains(#""locations":[{"line":1,"column":3}],"path":["b"]"#))
        #expect(answer.contains(#""path":["a"]"#))
        #expect(answer.hasSuffix(#""data":null}"#))
        #expect(connector.asked.withLock { $0.count } == statements)
    }
}
