// The way of a request: the seven arrows in order, each one function from one type to the next, and the caches between
// them. Everything up to `lower` is pure; only `execute` waits, and not even that for what a source answers at once.
package import Auth
package import Base
internal import Connectors
package import Execution
internal import GraphQL
internal import Metadata
internal import Planning
package import Reactor
internal import Rules

package final class Pipeline: Sendable {
    let project: Project
    private let executor: PlanExecutor
    let costLimit: CostLimit

    package init(project: Project) {
        self.project = project
        executor = PlanExecutor(
            connectors: project.connectors, maskKeys: project.maskKeys,
            responseLimit: project.configuration.server.limits.responseBytes,
            errorLimit: project.configuration.server.limits.errors, cursors: project.cursors)
        costLimit = CostLimit(project.configuration.server.limits)
    }

    /// Answers one GraphQL request.
    /// - Throws: what is wrong with a request that is not executed.
    package func answer(
        _ request: GraphQLRequest, caller: Caller, now: Instant, deadline: UInt64, loop: EventLoop
    ) async throws(RequestFailure) -> GraphQLResponse {
        switch try begin(request, caller: caller, now: now, deadline: deadline, loop: loop) {
        case .answered(let response): return response
        case .waiting(let waiting): return try await finish(waiting)
        }
    }

    /// How far a request gets without waiting.
    enum Progress: Sendable {
        case answered(GraphQLResponse)
        case waiting(Waiting)
    }

    /// A request before its last arrow.
    struct Waiting: Sendable {
        fileprivate let operationName: String?
        fileprivate let prepared: PreparedOperation
        fileprivate let context: ExecutionContext
    }

    func begin(
        _ request: GraphQLRequest, caller: Caller, now: Instant, deadline: UInt64, loop: EventLoop
    ) throws(RequestFailure) -> Progress {
        do {
            let waiting = try prepare(request, caller: caller, now: now, deadline: deadline, loop: loop)
            guard let response = try executeAtOnce(waiting) else { return .waiting(waiting) }
            report(response.errors, request.operationName)
            return .answered(response)
        } catch {
            report(error.errors, request.operationName)
            throw error
        }
    }

    func finish(_ waiting: Waiting) async throws(RequestFailure) -> GraphQLResponse {
        do {
            let response = try await execute(waiting)
            report(response.errors, waiting.operationName)
            return response
        } catch {
            report(error.errors, waiting.operationName)
            throw error
        }
    }

    /// What is not the caller's doing is the operator's business: once, where several root fields fail for one reason.
    private func report(_ errors: [GatewayError], _ operationName: String?) {
        for (index, error) in errors.enumerated() where error.code.party != .caller {
            let isKnown = errors[..<index].contains { $0.code == error.code && $0.underlying == error.underlying }
            if isKnown { continue }
            project.report(
                .requestFailed(
                    code: error.code, operationName: operationName, detail: error.underlying ?? error.message))
        }
    }

    private func prepare(
        _ request: GraphQLRequest, caller: Caller, now: Instant, deadline: UInt64, loop: EventLoop
    ) throws(RequestFailure) -> Waiting {
        let shape = project.shapes.context(of: caller, now: now, generation: project.generation)
        let source = try source(of: request)
        let key = PlanCache.OperationKey(query: ByteKey(source), shape: shape.id, name: request.operationName)
        let entry = try project.plans.operation(key) { () throws(RequestFailure) in
            let document = try project.plans.document(source, parse: parse)
            return try validate(document, request.operationName, shape)
        }
        let operation = entry.operation
        let variables = try coerce(operation, request)
        let shapeOfVariables = ByteKey(variablesKey(operation, variables))
        let prepared = try project.plans.plan(entry, shapeOfVariables) { () throws(RequestFailure) in
            let plan = try plan(operation, variables, caller)
            let cost = try costLimit.check(plan, variables)
            let secured = try secure(plan, shape)
            return lower(secured, cost, operation.operation.name)
        }
        if let cost = prepared.cost { try costLimit.check(cost, variables) }
        let context = ExecutionContext(
            caller: caller, operation: operation, variables: variables, now: now, deadline: deadline, loop: loop,
            trace: request.trace)
        return Waiting(operationName: request.operationName, prepared: prepared, context: context)
    }

    /// Whether the operation the request picks is a mutation; false for a document that does not parse.
    func isMutation(_ request: GraphQLRequest) -> Bool {
        guard let document = try? project.plans.document(source(of: request), parse: parse) else { return false }
        let operations = document.operations
        return operations.contains { operation in
            operation.operationKind == .mutation
                && (request.operationName == nil || operation.name == request.operationName)
        }
    }

    // MARK: The arrows, which `Explanation` walks too

    func parse(_ source: [UInt8]) throws(RequestFailure) -> Document {
        let limits = project.configuration.server.limits
        do {
            let document = try DocumentParser.parse(
                source, limits: ParserLimits(bytes: limits.documentBytes, tokens: limits.tokens))
            try DirectiveLimit(maximum: limits.directives).check(document)
            return document
        } catch let error as GraphQLError {
            throw RequestFailure(GatewayError(error))
        } catch let error as GatewayError {
            throw RequestFailure(error)
        } catch {
            throw RequestFailure(GatewayError(.unexpected, "internal error"))
        }
    }

    func validate(
        _ document: Document, _ operationName: String?, _ shape: ShapeContext
    ) throws(RequestFailure) -> ValidatedOperation {
        do {
            let operation = try ValidatedOperation.validate(
                document, operationName: operationName, schema: shape.schema,
                limits: ValidationLimits(errors: project.configuration.server.limits.errors))
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

    /// - Parameter name: of the operation, for sources whose statements are tagged with it.
    func lower(_ plan: SecuredPlan, _ cost: CostEstimate? = nil, _ name: String?) -> PreparedOperation {
        let catalog = project.catalog
        let tag = { (source: SourceID) in
            self.project.configuration.sources[source.index].queryTags.tag(operation: name)
        }
        return PreparedOperation(plan, catalog: catalog, cost: cost) { source, reads in
            let connector = project.connectors[source.index]
            guard let tag = tag(source) else { return connector.lower(reads, catalog: catalog) }
            return connector.lower(reads, catalog: catalog, tag: tag)
        } lowerWrites: { source, writes in
            let connector = project.connectors[source.index]
            guard let tag = tag(source) else { return connector.lower(writes, catalog: catalog) }
            return connector.lower(writes, catalog: catalog, tag: tag)
        }
    }

    private func executeAtOnce(_ waiting: Waiting) throws(RequestFailure) -> GraphQLResponse? {
        do {
            return try executor.executeAtOnce(waiting.prepared, waiting.context)
        } catch {
            throw RequestFailure(error)
        }
    }

    private func execute(_ waiting: Waiting) async throws(RequestFailure) -> GraphQLResponse {
        do {
            return try await executor.execute(waiting.prepared, waiting.context)
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
            let errors = min(VariableCoercion.maximumErrors, project.configuration.server.limits.errors)
            return try VariableCoercion.coerce(operation, request.variables, maximumErrors: errors)
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

    static func unwrap<Value>(_ result: Result<Value, GatewayError>) throws(RequestFailure) -> Value {
        switch result {
        case .success(let value): return value
        case .failure(let error): throw RequestFailure(error)
        }
    }

    init(_ errors: [GatewayError]) {
        precondition(!errors.isEmpty, "a failure names at least one error")
        self.errors = errors
    }
}

extension QueryTags {
    fileprivate func tag(operation: String?) -> StatementTag? {
        switch self {
        case .off: nil
        case .operation: StatementTag(operation: operation)
        case .trace: StatementTag(operation: operation, carriesTrace: true)
        }
    }
}
