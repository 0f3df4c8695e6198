// The last two arrows of the pipeline: LoweredStatement → Rows → response bytes. It knows the `Connector` protocol and
// no connector.
package import Auth
package import Base
package import Connectors
package import GraphQL
internal import Metadata
internal import Planning
package import Reactor

/// What executing needs of a request.
package struct ExecutionContext: Sendable {
    package let caller: Caller
    package let operation: ValidatedOperation
    package let variables: CoercedVariables
    package let now: Instant
    /// Nanoseconds of the monotonic clock.
    package let deadline: UInt64
    package let loop: EventLoop

    package init(
        caller: Caller, operation: ValidatedOperation, variables: CoercedVariables, now: Instant, deadline: UInt64,
        loop: EventLoop
    ) {
        self.caller = caller
        self.operation = operation
        self.variables = variables
        self.now = now
        self.deadline = deadline
        self.loop = loop
    }
}

package struct PlanExecutor: Sendable {
    /// By `SourceID`.
    private let connectors: [any Connector]
    private let maskKeys: MaskKeys
    /// Bytes of one response.
    private let responseLimit: Int

    package init(connectors: [any Connector], maskKeys: MaskKeys, responseLimit: Int) {
        self.connectors = connectors
        self.maskKeys = maskKeys
        self.responseLimit = responseLimit
    }

    /// The same as `execute` for an operation of at most one statement that its source answers without waiting. `nil`
    /// otherwise; nothing was done then.
    package func executeAtOnce(
        _ operation: PreparedOperation, _ context: ExecutionContext
    ) throws(GatewayError) -> ByteBuffer? {
        guard let statement = operation.statements.first else { return try write(operation, [], context) }
        guard operation.statements.count == 1 else { return nil }
        let values = try binder(context).bind(statement.values)
        let rows: Rows?
        do throws(ConnectorError) {
            rows = try connectors[statement.source.index].executeAtOnce(
                statement.lowered, values: values, on: context.loop)
        } catch {
            throw GatewayError(error)
        }
        guard let rows else { return nil }
        return try write(operation, [rows], context)
    }

    private func binder(_ context: ExecutionContext) -> ParameterBinder {
        ParameterBinder(variables: context.variables, caller: context.caller, now: context.now, maskKeys: maskKeys)
    }

    /// Writes `{"data":{…}}`. The bytes of rows are the database's own.
    package func execute(
        _ operation: PreparedOperation, _ context: ExecutionContext
    ) async throws(GatewayError) -> ByteBuffer {
        let binder = binder(context)
        var answers: [Rows] = []
        answers.reserveCapacity(operation.statements.count)
        for statement in operation.statements {
            let values = try binder.bind(statement.values)
            do throws(ConnectorError) {
                let rows = try await connectors[statement.source.index].execute(
                    statement.lowered, values: values, on: context.loop, deadline: context.deadline)
                answers.append(rows)
            } catch {
                throw GatewayError(error)
            }
        }
        return try write(operation, answers, context)
    }

    private func write(
        _ operation: PreparedOperation, _ answers: [Rows], _ context: ExecutionContext
    ) throws(GatewayError) -> ByteBuffer {
        let size = answers.reduce(64) { $0 + $1.bytes.count }
        guard size <= responseLimit else {
            throw GatewayError(exceeded: .responseBytes, "The response is larger than \(responseLimit) bytes.")
        }
        var buffer = ByteBuffer(capacity: size + operation.members.reduce(0) { $0 + $1.key.count + 8 })
        buffer.append("{\"data\":{")
        var isFirst = true
        for member in operation.members {
            if !isFirst { buffer.append(UInt8(ascii: ",")) }
            isFirst = false
            buffer.append(contentsOf: member.key)
            switch member.content {
            case .constant(let bytes): buffer.append(contentsOf: bytes)
            case .cell(let statement, let index):
                guard let range = answers[statement].cells[index] else {
                    buffer.append("null")
                    continue
                }
                buffer.append(contentsOf: answers[statement].bytes[range])
            case .introspection(let field):
                let schema = context.operation.schema
                let collector = FieldCollector(
                    schema: schema, fragments: context.operation.fragments, variables: context.variables)
                var introspection = Introspection(
                    schema: schema, collector: collector, maximumBytes: responseLimit)
                do throws(GraphQLError) {
                    try introspection.write(field, into: &buffer)
                } catch {
                    throw GatewayError(error)
                }
            }
        }
        buffer.append("}}")
        return buffer
    }
}
