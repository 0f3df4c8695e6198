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

package final class PlanExecutor: Sendable {
    /// By `SourceID`.
    private let connectors: [any Connector]
    private let maskKeys: MaskKeys
    /// Bytes of one response.
    private let responseLimit: Int
    private let cursors: CursorSeal

    package init(
        connectors: [any Connector], maskKeys: MaskKeys, responseLimit: Int,
        cursors: CursorSeal = CursorSeal(key: nil)
    ) {
        self.cursors = cursors
        self.connectors = connectors
        self.maskKeys = maskKeys
        self.responseLimit = responseLimit
    }

    /// The same as `execute` for an operation of at most one statement that its source answers without waiting. `nil`
    /// otherwise; nothing was done then.
    package func executeAtOnce(
        _ operation: PreparedOperation, _ context: ExecutionContext
    ) throws(GatewayError) -> ByteBuffer? {
        // A mutation waits for the disk.
        guard operation.mutation == nil else { return nil }
        guard let statement = operation.statements.first else {
            return try write(operation, [], written: nil, context)
        }
        guard operation.statements.count == 1 else { return nil }
        let values = try binder(context).bind(statement.values)
        let rows: Rows?
        do throws(ConnectorError) {
            rows = try connectors[statement.source.index].executeAtOnce(
                statement.lowered, values: values, frame: operation.frame, on: context.loop)
        } catch {
            throw GatewayError(error)
        }
        guard let rows else { return nil }
        if operation.frame != nil { return ByteBuffer(rows.bytes) }
        return try write(operation, [rows], written: nil, context)
    }

    private func binder(_ context: ExecutionContext) -> ParameterBinder {
        ParameterBinder(
            variables: context.variables, caller: context.caller, now: context.now, maskKeys: maskKeys, cursors: cursors
        )
    }

    /// Writes `{"data":{…}}`. The bytes of rows are the database's own.
    package func execute(
        _ operation: PreparedOperation, _ context: ExecutionContext
    ) async throws(GatewayError) -> ByteBuffer {
        let binder = binder(context)
        if let mutation = operation.mutation {
            return try write(operation, [], written: await execute(mutation, binder, context), context)
        }
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
        return try write(operation, answers, written: nil, context)
    }

    private func execute(
        _ mutation: PreparedMutation, _ binder: ParameterBinder, _ context: ExecutionContext
    ) async throws(GatewayError) -> Rows {
        let values = try binder.bind(mutation.values)
        let refused = mutation.refused(values) { try? binder.value($0) }
        do throws(WriteFailure) {
            return try await connectors[mutation.source.index].execute(
                mutation.lowered, values: values, refused: refused, on: context.loop, deadline: context.deadline)
        } catch {
            throw GatewayError(error, places: mutation.lowered.places)
        }
    }

    private func write(
        _ operation: PreparedOperation, _ answers: [Rows], written: Rows?, _ context: ExecutionContext
    ) throws(GatewayError) -> ByteBuffer {
        let size = answers.reduce(64) { $0 + $1.bytes.count } + (written?.bytes.count ?? 0)
        // What is written is committed: the connector has seen to its size before.
        guard size <= responseLimit || written != nil else {
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
            case .written(let index):
                if let written, let range = written.cells[index] {
                    buffer.append(contentsOf: written.bytes[range])
                } else {
                    buffer.append("null")
                }
            case .cell(let statement, let index):
                guard let range = answers[statement].cells[index] else {
                    buffer.append("null")
                    continue
                }
                buffer.append(contentsOf: answers[statement].bytes[range])
            case .connection(let statement, let index, let prepared):
                try write(prepared, answers[statement], index, context, &buffer)
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

    private func write(
        _ connection: PreparedConnection, _ rows: Rows, _ index: Int, _ context: ExecutionContext,
        _ buffer: inout ByteBuffer
    ) throws(GatewayError) {
        var size: Int64?
        if let prepared = connection.size, case .integer(let bound)? = try binder(context).bind([prepared]).first {
            size = bound
        }
        guard let range = rows.cells[index] else { return buffer.append("null") }
        let bytes = rows.bytes.span.extracting(range)
        let writer = try ConnectionWriter(connection, size: size, bytes: bytes, seal: cursors, caller: context.caller)
        try writer.write(bytes, into: &buffer)
        guard buffer.count <= responseLimit else {
            throw GatewayError(exceeded: .responseBytes, "The response is larger than \(responseLimit) bytes.")
        }
    }
}
