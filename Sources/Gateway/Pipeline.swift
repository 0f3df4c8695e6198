// The way of a request: the seven arrows in order, each one function from one type to the next, and the caches between
// them. Everything up to `lower` is pure; only `execute` waits, and not even that for what a source answers at once.
package import Base
internal import Connectors
package import Execution
internal import GraphQL
internal import HTTP
internal import Metadata
package import Outbound
internal import Planning
package import Reactor
internal import Rules

package final class Pipeline: Sendable {
    let project: Project
    let executor: PlanExecutor
    let costLimit: CostLimit
    private let encryptedFields: Set<FieldReference>

    /// - Parameter changes: who is told of what is written.
    package init(project: Project, changes: (any ChangeSink)? = nil) {
        self.project = project
        executor = PlanExecutor(
            connectors: project.connectors, maskKeys: project.maskKeys,
            responseLimit: project.configuration.server.limits.responseBytes,
            errorLimit: project.configuration.server.limits.errors, cursors: project.cursors, seals: project.seals,
            changes: changes.flatMap { sink in
                // What is undone has changed nothing.
                project.discardsWrites ? nil : ChangeReporter(sink: sink, generation: project.generation)
            },
            unopened: { [unopened = project.unopened] in unopened.note($0) })
        costLimit = CostLimit(project.configuration.server.limits)
        encryptedFields = project.rules.encryptedFields
    }

    /// Answers one GraphQL request.
    /// - Parameter headers: what webhooks of rules are handed of the request's own.
    /// - Throws: what is wrong with a request that is not executed.
    package func answer(
        _ request: GraphQLRequest, caller: Caller, now: Instant, deadline: UInt64, loop: EventLoop,
        headers: [OutboundRequest.Header] = []
    ) async throws(RequestFailure) -> GraphQLResponse {
        switch try begin(request, caller: caller, now: now, deadline: deadline, loop: loop, headers: headers) {
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
        let operationName: String?
        let step: Step
        let context: ExecutionContext
        /// Of the document, for the logs.
        let digest: DocumentDigest?

        /// What the audit log says of the rules, as far as they have been asked.
        var decisions: [UInt8] {
            if case .prepared(let prepared) = step { prepared.decisions } else { [] }
        }
    }

    enum Step: Sendable {
        case prepared(PreparedOperation)
        /// Its plan is not secured before somebody has been asked.
        case asking(VerdictQuestion, PreparedOperation?, Inquiry)
    }

    /// What goes on with a plan once a question of it is answered.
    final class Inquiry: Sendable {
        let entry: PlanCache.OperationEntry
        let variables: ByteKey
        let shape: ShapeContext
        let headers: [OutboundRequest.Header]

        init(
            entry: PlanCache.OperationEntry, variables: ByteKey, shape: ShapeContext, headers: [OutboundRequest.Header]
        ) {
            self.entry = entry
            self.variables = variables
            self.shape = shape
            self.headers = headers
        }
    }

    func begin(
        _ request: GraphQLRequest, caller: Caller, now: Instant, deadline: UInt64, loop: EventLoop,
        headers: [OutboundRequest.Header] = [], note: RequestNote? = nil
    ) throws(RequestFailure) -> Progress {
        do throws(RequestFailure) {
            let waiting = try prepare(
                request, caller: caller, now: now, deadline: deadline, loop: loop, headers: headers,
                takesDigest: note != nil)
            if let note { self.note(waiting, in: note) }
            guard waiting.context.operation.operation.operationKind != .subscription else {
                throw Self.answeredOnce
            }
            guard let response = try executeAtOnce(waiting) else { return .waiting(waiting) }
            report(response.errors, request.operationName)
            audit(waiting, waiting.decisions, response.errors)
            return .answered(response)
        } catch {
            report(error.errors, request.operationName)
            audit(request, caller, now, error)
            if let note, note.document == nil { self.note(request, in: note) }
            throw error
        }
    }

    private static let answeredOnce = RequestFailure(
        GatewayError(
            .notSupported,
            "Subscriptions need a WebSocket, server-sent events (\"Accept: text/event-stream\") or a multipart response."
        ))

    /// Lets the source work without a task that waits for it, where it can: then `receive` is called once on the loop, with
    /// `nil` where only `finish` can tell. Where this returns `nil` nothing has been done.
    func start(
        _ waiting: Waiting, _ receive: @escaping @Sendable (GraphQLResponse?) -> Void
    ) throws(RequestFailure) -> (any CancellableWork)? {
        guard case .prepared(let prepared) = waiting.step else { return nil }
        do {
            return try executor.start(prepared, waiting.context) { response in
                if let response {
                    self.report(response.errors, waiting.operationName)
                    self.audit(waiting, waiting.decisions, response.errors)
                }
                receive(response)
            }
        } catch {
            let failure = RequestFailure(error)
            report(failure.errors, waiting.operationName)
            audit(waiting, waiting.decisions, failure.errors)
            throw failure
        }
    }

    func finish(_ waiting: Waiting) async throws(RequestFailure) -> GraphQLResponse {
        var decisions = waiting.decisions
        do {
            let prepared: PreparedOperation
            switch waiting.step {
            case .prepared(let known): prepared = known
            case .asking(let question, let query, let inquiry):
                prepared = try await ask(question, query, inquiry, waiting.context)
            }
            decisions = prepared.decisions
            let response = try await execute(prepared, waiting.context)
            report(response.errors, waiting.operationName)
            audit(waiting, decisions, response.errors)
            return response
        } catch {
            report(error.errors, waiting.operationName)
            audit(waiting, decisions.isEmpty ? error.decisions : decisions, error.errors)
            throw error
        }
    }

    /// What is not the caller's doing is the operator's business: once, where several root fields fail for one reason.
    func report(_ errors: [GatewayError], _ operationName: String?) {
        for (index, error) in errors.enumerated() where error.code.party != .caller {
            let isKnown = errors[..<index].contains { $0.code == error.code && $0.underlying == error.underlying }
            if isKnown { continue }
            project.report(
                .requestFailed(
                    code: error.code, operationName: operationName, detail: error.underlying ?? error.message))
        }
    }

    func prepare(
        _ request: GraphQLRequest, caller: Caller, now: Instant, deadline: UInt64, loop: EventLoop,
        headers: [OutboundRequest.Header], takesDigest: Bool = false
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
        let context = ExecutionContext(
            caller: caller, operation: operation, variables: variables, now: now, deadline: deadline, loop: loop,
            trace: request.trace)
        let preparation = try project.plans.plan(entry, shapeOfVariables) { () throws(RequestFailure) in
            try prepare(context, shape, answers: [])
        }
        let step: Step
        switch preparation {
        case .operation(let prepared):
            if let cost = prepared.cost { try costLimit.check(cost, variables) }
            step = .prepared(prepared)
        case .question(let question, let query):
            step = .asking(
                question, query, Inquiry(entry: entry, variables: shapeOfVariables, shape: shape, headers: headers))
        }
        return Waiting(
            operationName: request.operationName, step: step, context: context,
            digest: takesDigest || project.audit != nil ? DocumentDigest(of: source) : nil)
    }

    private func prepare(
        _ context: ExecutionContext, _ shape: ShapeContext, answers: [Bool]
    ) throws(RequestFailure) -> PlanCache.Preparation {
        let plan = try plan(context.operation, context.variables, context.caller)
        let cost = try costLimit.check(plan, context.variables)
        let touched = project.audit == nil ? nil : TouchedRules()
        switch try secure(plan, shape, answers: answers, touched) {
        case .question(let question):
            guard case .query(let plan, _) = question.subject else { return .question(question, nil) }
            return .question(question, lower(plan, context.operation))
        case .secured(let secured):
            let decisions = touched.map { AuditLine.decisions(of: $0, shape.view) } ?? []
            return .operation(lower(secured, context.operation, cost, decisions))
        }
    }

    /// Asks until the plan can be secured: each answer is part of the key under which what it leads to is kept.
    /// - Parameter noting: is told what each question of a source depends on.
    func ask(
        _ first: VerdictQuestion, _ firstQuery: PreparedOperation?, _ inquiry: Inquiry, _ context: ExecutionContext,
        noting: (DependencyRegion) -> Void = { _ in }
    ) async throws(RequestFailure) -> PreparedOperation {
        var session = VerdictDesk.Session()
        var answers: [Bool] = []
        var question = first
        var query = firstQuery
        while true {
            if let dependencies = query?.dependencies { noting(dependencies) }
            do throws(GatewayError) {
                switch question.subject {
                case .webhook(let call):
                    answers.append(
                        try await project.verdicts.verdict(
                            on: call, question, headers: inquiry.headers, executor.binder(context), context, &session))
                case .query(_, let fact):
                    let answer = try await found(fact, query, context, &session)
                    answers.append(answer)
                }
            } catch {
                throw RequestFailure(error)
            }
            let known = answers
            let preparation = try project.plans.plan(inquiry.entry, inquiry.variables, answers: known) {
                () throws(RequestFailure) in
                try prepare(context, inquiry.shape, answers: known)
            }
            switch preparation {
            case .question(let next, let nextQuery):
                question = next
                query = nextQuery
            case .operation(let prepared):
                if let cost = prepared.cost { try costLimit.check(cost, context.variables) }
                return prepared
            }
        }
    }

    /// Whether a source has a row that a rule for another one looks for; asked once a request.
    private func found(
        _ fact: Int, _ query: PreparedOperation?, _ context: ExecutionContext, _ session: inout VerdictDesk.Session
    ) async throws(GatewayError) -> Bool {
        if let known = session.found[fact] { return known }
        guard let query else {
            throw GatewayError(.unexpected, "internal error", underlying: "a query is not prepared")
        }
        let response = try await executor.execute(query, context)
        // Only the two answers that such a read has say anything: whatever else comes is neither yes nor no.
        let name = VerdictQuestion.found
        let answers = ["{\"data\":{\"\(name)\":[]}}", "{\"data\":{\"\(name)\":[{\"\(name)\":\"\(name)\"}]}}"]
        guard let answer = answers.firstIndex(where: { response.body.bytes.elementsEqual($0.utf8) }) else {
            throw GatewayError(
                .unavailable, "A source that the rules ask did not answer.",
                underlying: response.errors.first?.underlying ?? response.errors.first?.message)
        }
        session.found[fact] = answer == 1
        return answer == 1
    }

    /// Whether the operation the request picks is a mutation; false for a document that does not parse.
    func isMutation(_ request: GraphQLRequest) -> Bool {
        operations(of: request).contains { $0.operationKind == .mutation }
    }

    /// Of the operation that the request picks; `nil` where it picks none, or the document does not parse.
    func operationKind(of request: GraphQLRequest) -> OperationKind? {
        let operations = operations(of: request)
        return operations.count == 1 ? operations[0].operationKind : nil
    }

    /// Those that the request may mean.
    private func operations(of request: GraphQLRequest) -> [OperationDefinition] {
        guard let document = try? project.plans.document(source(of: request), parse: parse) else { return [] }
        return document.operations.filter { request.operationName == nil || $0.name == request.operationName }
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

    /// As `secure`, for a request: it may have to ask first.
    /// - Parameter touched: is told which rules are asked.
    private func secure(
        _ plan: OperationPlan, _ shape: ShapeContext, answers: [Bool], _ touched: TouchedRules?
    ) throws(RequestFailure) -> SecuringStep {
        do {
            return try SecurePlan(view: shape.view, noting: touched).secure(plan, answers: answers)
        } catch {
            var failure = RequestFailure(error)
            failure.decisions = touched.map { AuditLine.decisions(of: $0, shape.view) } ?? []
            throw failure
        }
    }

    func lower(
        _ plan: SecuredPlan, _ operation: ValidatedOperation, _ cost: CostEstimate? = nil, _ decisions: [UInt8] = []
    ) -> PreparedOperation {
        let catalog = project.catalog
        let name = operation.operation.name
        let isFollowed = operation.operation.operationKind == .subscription
        let tag = { (source: SourceID) in
            self.project.configuration.sources[source.index].queryTags.tag(operation: name)
        }
        return PreparedOperation(
            plan, catalog: catalog, cost: cost, decisions: decisions, sealed: encryptedFields,
            dependencies: isFollowed
                ? DependencyVisitor.region(of: plan, catalog: catalog, reach: project.reach) : nil,
            written: WriteVisitor.region(of: plan, catalog: catalog, reach: project.reach)
        ) { source, reads in
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
        guard case .prepared(let prepared) = waiting.step else { return nil }
        do {
            return try executor.executeAtOnce(prepared, waiting.context)
        } catch {
            throw RequestFailure(error)
        }
    }

    func execute(
        _ prepared: PreparedOperation, _ context: ExecutionContext
    ) async throws(RequestFailure) -> GraphQLResponse {
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
    /// Where the rules refuse it: what the audit log says of those that were asked.
    var decisions: [UInt8] = []

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
