// The way of a request: the seven arrows in order, each one function from one type to the next, and the caches between
// them. Everything up to `lower` is pure; only `execute` waits.
package import Auth
package import Base
internal import Connectors
internal import Execution
internal import GraphQL
internal import Metadata
internal import Planning
package import Reactor
internal import Rules

package struct Pipeline: Sendable {
    private let project: Project
    private let executor: PlanExecutor

    package init(project: Project) {
        self.project = project
        executor = PlanExecutor(
            connectors: project.connectors, maskKeys: project.maskKeys,
            responseLimit: project.configuration.server.limits.responseBytes)
    }

    /// Answers one GraphQL request with the bytes of `{"data":…}`.
    package func answer(
        _ request: GraphQLRequest, caller: Caller, now: Instant, deadline: UInt64, loop: EventLoop
    ) async throws(RequestFailure) -> ByteBuffer {
        do {
            return try await run(request, caller: caller, now: now, deadline: deadline, loop: loop)
        } catch {
            for failure in error.errors where failure.code.party != .caller {
                project.report(
                    .requestFailed(
                        code: failure.code, operationName: request.operationName,
                        detail: failure.underlying ?? failure.message))
            }
            throw error
        }
    }

    private func run(
        _ request: GraphQLRequest, caller: Caller, now: Instant, deadline: UInt64, loop: EventLoop
    ) async throws(RequestFailure) -> ByteBuffer {
        let shape = project.shapes.context(of: caller, now: now, generation: project.generation)
        let document = try project.plans.document(request.query, parse: parse)
        let key = PlanCache.OperationKey(document: document.id, shape: shape.id, name: request.operationName)
        let entry = try project.plans.operation(key) { () throws(RequestFailure) in
            try validate(document.document, request.operationName, shape)
        }
        let operation = entry.operation
        let variables = try coerce(operation, request)
        let planKey = PlanCache.PlanKey(operation: entry.id, variables: ByteKey(variablesKey(operation, variables)))
        let prepared = try project.plans.plan(planKey) { () throws(RequestFailure) in
            let plan = try plan(operation, variables, caller)
            let secured = try secure(plan, shape)
            return lower(secured)
        }
        let context = ExecutionContext(
            caller: caller, schema: operation.schema, fragments: operation.fragments, variables: variables, now: now,
            deadline: deadline, loop: loop)
        return try await execute(prepared, context)
    }

    /// Whether the operation the request picks is a mutation; false for a document that does not parse.
    func isMutation(_ request: GraphQLRequest) -> Bool {
        guard let entry = try? project.plans.document(request.query, parse: parse) else { return false }
        let operations = entry.document.operations
        return operations.contains { operation in
            operation.operationKind == .mutation
                && (request.operationName == nil || operation.name == request.operationName)
        }
    }

    // MARK: The arrows, which `Explanation` walks too

    func parse(_ source: [UInt8]) throws(RequestFailure) -> Document {
        let limits = project.configuration.server.limits
        do {
            return try DocumentParser.parse(
                source, limits: ParserLimits(bytes: limits.bodyBytes, tokens: limits.tokens))
        } catch {
            throw RequestFailure(GatewayError(error))
        }
    }

    func validate(
        _ document: Document, _ operationName: String?, _ shape: ShapeContext
    ) throws(RequestFailure) -> ValidatedOperation {
        do {
            let operation = try ValidatedOperation.validate(
                document, operationName: operationName, schema: shape.schema)
            try OperationLimits(project.configuration.server.limits).check(operation)
            return operation
        } catch let failure as ValidationFailure {
            throw RequestFailure(failure.errors.map { GatewayError($0) })
        } catch let error as GatewayError {
            throw RequestFailure(error)
        } catch {
            throw RequestFailure(GatewayError(.unexpected, "internal error"))
        }
    }

    func plan(
        _ operation: ValidatedOperation, _ variables: CoercedVariables, _ caller: Caller
    ) throws(RequestFailure) -> OperationPlan {
        let server = project.configuration.server
        let options = PlanningOptions(
            rowLimit: Int64(server.limits.rows),
            allowsIntrospection: caller.kind == .admin || server.introspection ?? false)
        do {
            return try Planner.plan(
                operation, variables: variables, catalog: project.catalog, types: project.types, options: options)
        } catch {
            throw RequestFailure(error)
        }
    }

    func secure(_ plan: OperationPlan, _ shape: ShapeContext) throws(RequestFailure) -> SecuredPlan {
        do {
            return try SecurePlan(view: shape.view).secure(plan)
        } catch {
            throw RequestFailure(error)
        }
    }

    func lower(_ plan: SecuredPlan) -> PreparedOperation {
        PreparedOperation(plan, catalog: project.catalog) { source, reads in
            project.connectors[source.index].lower(reads, catalog: project.catalog)
        } lowerWrites: { source, writes in
            project.connectors[source.index].lower(writes, catalog: project.catalog)
        }
    }

    private func execute(_ prepared: PreparedOperation, _ context: ExecutionContext) async throws(RequestFailure)
        -> ByteBuffer
    {
        do {
            return try await executor.execute(prepared, context)
        } catch {
            throw RequestFailure(error)
        }
    }

    // MARK: Variables

    func coerce(
        _ operation: ValidatedOperation, _ request: GraphQLRequest
    ) throws(RequestFailure) -> CoercedVariables {
        if operation.variables.isEmpty { return .none }
        do {
            return try VariableCoercion.coerce(operation, request.variables)
        } catch {
            throw RequestFailure(error.errors.map { GatewayError($0) })
        }
    }

    private func variablesKey(_ operation: ValidatedOperation, _ variables: CoercedVariables) -> [UInt8] {
        if operation.variables.isEmpty { return [] }
        var key = ByteBuffer(capacity: 32)
        VariableShape.write(operation, variables, into: &key)
        return key.bytes
    }
}

/// Everything that is wrong with a request; never empty.
package struct RequestFailure: Error, Sendable {
    package let errors: [GatewayError]

    init(_ error: GatewayError) {
        errors = [error]
    }

    init(_ errors: [GatewayError]) {
        precondition(!errors.isEmpty, "a failure names at least one error")
        self.errors = errors
    }
}
