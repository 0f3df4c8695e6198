// The last two arrows of the pipeline: LoweredStatement → Rows → response bytes. It knows the `Connector` protocol and
// no connector.
package import Auth
package import Base
package import Connectors
package import GraphQL
package import Metadata
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
    /// The trace that the request is part of, where statements say so.
    package let trace: TraceParent?

    package init(
        caller: Caller, operation: ValidatedOperation, variables: CoercedVariables, now: Instant, deadline: UInt64,
        loop: EventLoop, trace: TraceParent? = nil
    ) {
        self.caller = caller
        self.operation = operation
        self.variables = variables
        self.now = now
        self.deadline = deadline
        self.loop = loop
        self.trace = trace
    }
}

extension ExecutionContext {
    fileprivate func traced(_ statement: any LoweredStatement) -> any LoweredStatement {
        trace.map { statement.traced(by: $0) } ?? statement
    }

    fileprivate func traced(_ mutation: any LoweredMutation) -> any LoweredMutation {
        trace.map { mutation.traced(by: $0) } ?? mutation
    }
}

package final class PlanExecutor: Sendable {
    /// By `SourceID`.
    let connectors: [any Connector]
    private let maskKeys: MaskKeys
    /// Bytes of one response.
    let responseLimit: Int
    /// Errors that one response lists.
    let errorLimit: Int
    private let cursors: CursorSeal
    let seals: ColumnSeals
    /// Is told of what is written; `nil` where nobody follows.
    private let changes: ChangeReporter?
    private let unopened: @Sendable (FieldReference) -> Void

    /// - Parameter unopened: is told of each value that is stored as ciphertext and cannot be opened, by its column.
    package init(
        connectors: [any Connector], maskKeys: MaskKeys, responseLimit: Int, errorLimit: Int = 100,
        cursors: CursorSeal = CursorSeal(key: nil), seals: ColumnSeals = .none, changes: ChangeReporter? = nil,
        unopened: @escaping @Sendable (FieldReference) -> Void = { _ in }
    ) {
        self.changes = changes
        self.unopened = unopened
        self.seals = seals
        self.errorLimit = errorLimit
        self.cursors = cursors
        self.connectors = connectors
        self.maskKeys = maskKeys
        self.responseLimit = responseLimit
    }

    /// The same as `execute` for an operation of at most one statement that its source answers without waiting. `nil`
    /// otherwise; nothing was done then.
    package func executeAtOnce(
        _ operation: PreparedOperation, _ context: ExecutionContext
    ) throws(GatewayError) -> GraphQLResponse? {
        // A mutation waits for the disk.
        guard operation.mutation == nil else { return nil }
        guard let statement = operation.statements.first else { return response(operation, [], context) }
        guard operation.statements.count == 1 else { return nil }
        let values = try binder(context).bind(statement.values)
        let rows: Rows?
        do throws(ConnectorError) {
            rows = try connectors[statement.source.index].executeAtOnce(
                statement.lowered, values: values, frame: operation.frame, on: context.loop)
        } catch {
            // What fails is asked once more, and then found out about.
            guard error.isOfTheSource || statement.lowered.cellCount == 1 else { return nil }
            return partialResponse(operation, [.failed(GatewayError(error))], context)
        }
        guard let rows else { return nil }
        return response(operation, statement: rows, context)
    }

    /// The same as `execute` for an operation of one statement, or a mutation, whose source calls back: `receive` is called
    /// once on the loop, with `nil` for what `execute` has to find out about. Where this returns `nil` nothing has been done.
    package func start(
        _ operation: PreparedOperation, _ context: ExecutionContext,
        _ receive: @escaping @Sendable (GraphQLResponse?) -> Void
    ) throws(GatewayError) -> (any CancellableWork)? {
        if let mutation = operation.mutation { return try start(mutation, operation, context, receive) }
        guard operation.statements.count == 1 else { return nil }
        let statement = operation.statements[0]
        let connector = connectors[statement.source.index]
        guard connector.callsBack else { return nil }
        return connector.start(
            context.traced(statement.lowered), values: try binder(context).bind(statement.values),
            frame: operation.frame,
            on: context.loop, deadline: context.deadline
        ) { answer in
            switch answer {
            case .success(let rows): receive(self.response(operation, statement: rows, context))
            case .failure(let error) where error.isOfTheSource || statement.lowered.cellCount == 1:
                receive(self.partialResponse(operation, [.failed(GatewayError(error))], context))
            case .failure: receive(nil)
            }
        }
    }

    /// A write is finished, whether or not anybody waits for it.
    private func start(
        _ mutation: PreparedMutation, _ operation: PreparedOperation, _ context: ExecutionContext,
        _ receive: @escaping @Sendable (GraphQLResponse?) -> Void
    ) throws(GatewayError) -> (any CancellableWork)? {
        let connector = connectors[mutation.source.index]
        guard connector.callsBack else { return nil }
        let binder = binder(context)
        let values = try binder.bind(mutation.values)
        let refused = mutation.refused(values) { try? binder.value($0) }
        let isStarted = connector.start(
            context.traced(mutation.lowered), values: values, refused: refused, on: context.loop,
            deadline: context.deadline
        ) { result in
            if let result { self.report(result.map { _ in () }, of: mutation) }
            switch result {
            case .success(let written):
                receive(self.response(operation, [], written: self.opened(written, mutation), context))
            case .failure(let error): receive(self.refusal(operation, error, context))
            case nil: receive(nil)
            }
        }
        return isStarted ? UnstoppableWork() : nil
    }

    /// - Parameter rows: of the only statement; the whole response where they came with a frame.
    private func response(
        _ operation: PreparedOperation, statement rows: Rows, _ context: ExecutionContext
    ) -> GraphQLResponse {
        if operation.frame != nil, !rows.hasFailures { return GraphQLResponse(complete: ByteBuffer(rows.bytes)) }
        return response(operation, [opened(rows, operation.statements[0])], context)
    }

    func opened(_ rows: Rows, _ statement: PreparedOperation.Statement) -> Rows {
        statement.sealed.isEmpty ? rows : SealedRows(seals: seals, unopened: unopened).open(rows, statement.sealed)
    }

    private func opened(_ written: Rows, _ mutation: PreparedMutation) -> Rows {
        mutation.sealed.isEmpty ? written : SealedRows(seals: seals, unopened: unopened).open(written, mutation.sealed)
    }

    package func binder(_ context: ExecutionContext) -> ParameterBinder {
        ParameterBinder(
            variables: context.variables, caller: context.caller, now: context.now, maskKeys: maskKeys,
            cursors: cursors,
            seals: seals)
    }

    /// Writes `{"data":{…}}`. The bytes of rows are the database's own.
    /// - Throws: what a value of the request does not fit; no source has been asked then.
    package func execute(
        _ operation: PreparedOperation, _ context: ExecutionContext
    ) async throws(GatewayError) -> GraphQLResponse {
        let binder = binder(context)
        if let mutation = operation.mutation { return try await execute(mutation, operation, binder, context) }
        var values: [[BoundValue]] = []
        values.reserveCapacity(operation.statements.count)
        for statement in operation.statements { try values.append(binder.bind(statement.values)) }
        let results = await ask(operation.statements, values, context)
        var answers: [Rows] = []
        answers.reserveCapacity(results.count)
        for case .success(let rows) in results { answers.append(rows) }
        guard answers.count == results.count else {
            return await partialResponse(operation, results, context)
        }
        return response(operation, answers, context)
    }

    private typealias Answer = Result<Rows, ConnectorError>

    /// Sources are asked together: none waits for another, and one that fails leaves the others alone.
    private func ask(
        _ statements: [PreparedOperation.Statement], _ values: [[BoundValue]], _ context: ExecutionContext
    ) async -> [Answer] {
        if statements.count == 1 { return [await ask(statements[0], values[0], context)] }
        return await withTaskGroup(of: (Int, Answer).self) { group in
            for (index, statement) in statements.enumerated() {
                let values = values[index]
                group.addTask { (index, await self.ask(statement, values, context)) }
            }
            var answers = [Answer?](repeating: nil, count: statements.count)
            for await (index, answer) in group { answers[index] = answer }
            return answers.compactMap { $0 }
        }
    }

    private func ask(
        _ statement: PreparedOperation.Statement, _ values: [BoundValue], _ context: ExecutionContext
    ) async -> Answer {
        do throws(ConnectorError) {
            let rows = try await connectors[statement.source.index].execute(
                context.traced(statement.lowered), values: values,
                on: context.loop, deadline: context.deadline)
            return .success(opened(rows, statement))
        } catch {
            return .failure(error)
        }
    }

    private func execute(
        _ mutation: PreparedMutation, _ operation: PreparedOperation, _ binder: ParameterBinder,
        _ context: ExecutionContext
    ) async throws(GatewayError) -> GraphQLResponse {
        let values = try binder.bind(mutation.values)
        let refused = mutation.refused(values) { try? binder.value($0) }
        do throws(WriteFailure) {
            let written = try await connectors[mutation.source.index].execute(
                context.traced(mutation.lowered), values: values,
                refused: refused, on: context.loop, deadline: context.deadline)
            report(.success(()), of: mutation)
            return response(operation, [], written: opened(written, mutation), context)
        } catch {
            report(.failure(error), of: mutation)
            return refusal(operation, error, context)
        }
    }

    /// Tells who follows changes, before the caller is answered.
    private func report(_ result: Result<Void, WriteFailure>, of mutation: PreparedMutation) {
        guard let changes else { return }
        let isCertain: Bool
        switch result {
        case .success: isCertain = true
        case .failure(let failure):
            guard failure.mayBeCommitted else { return }
            isCertain = false
        }
        changes.sink.committed(
            CommittedWrite(region: mutation.region, generation: changes.generation, isCertain: isCertain))
    }

    private func response(
        _ operation: PreparedOperation, _ answers: [Rows], written: Rows? = nil, _ context: ExecutionContext
    ) -> GraphQLResponse {
        let size = answers.reduce(64) { $0 + $1.bytes.count } + (written?.bytes.count ?? 0)
        // What is written is committed: the connector has seen to its size before.
        if size <= responseLimit || written != nil, !answers.contains(where: \.hasFailures) {
            var buffer = ByteBuffer(capacity: size + operation.members.reduce(0) { $0 + $1.key.count + 8 })
            do throws(GatewayError) {
                try write(operation, answers, written: written, context, &buffer)
                return GraphQLResponse(complete: buffer)
            } catch {
                // Said once more by the field that it belongs to.
            }
        }
        return partialResponse(operation, answers.map { .rows($0) }, context)
    }

    private func write(
        _ operation: PreparedOperation, _ answers: [Rows], written: Rows?, _ context: ExecutionContext,
        _ buffer: inout ByteBuffer
    ) throws(GatewayError) {
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
                guard buffer.count <= responseLimit else { throw tooLarge }
            case .introspection(let field): try write(field, context, &buffer)
            }
        }
        buffer.append("}}")
    }

    var tooLarge: GatewayError {
        GatewayError(exceeded: .responseBytes, "The response is larger than \(responseLimit) bytes.")
    }

    func write(
        _ field: CollectedField, _ context: ExecutionContext, _ buffer: inout ByteBuffer
    ) throws(GatewayError) {
        let schema = context.operation.schema
        let collector = FieldCollector(
            schema: schema, fragments: context.operation.fragments, variables: context.variables)
        var introspection = Introspection(schema: schema, collector: collector, maximumBytes: responseLimit)
        do throws(GraphQLError) {
            try introspection.write(field, into: &buffer)
        } catch {
            throw GatewayError(error)
        }
    }

    func write(
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
    }
}
