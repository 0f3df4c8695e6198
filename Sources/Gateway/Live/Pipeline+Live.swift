// Subscriptions on the pipeline's way: planned once, executed again and again. What a rule must ask others about, or decides by
// the clock, is planned anew for each read.
internal import Base
internal import Connectors
internal import Execution
internal import GraphQL
internal import Live
internal import Metadata
internal import Outbound
internal import Planning
internal import Reactor
internal import Rules
internal import Synchronization

extension Pipeline {
    /// - Throws: what is wrong with the request, such as that it does not subscribe.
    func prepareLive(
        _ request: GraphQLRequest, caller: Caller, headers: [OutboundRequest.Header], now: Instant, on loop: EventLoop
    ) throws(RequestFailure) -> Waiting {
        // A trace ends with its request.
        var request = request
        request.trace = nil
        let waiting = try prepare(
            request, caller: caller, now: now, deadline: deadline(on: loop), loop: loop, headers: headers)
        guard waiting.context.operation.operation.operationKind == .subscription else {
            throw RequestFailure(GatewayError(.notSupported, "The operation is not a subscription."))
        }
        return waiting
    }

    func planLive(
        _ request: GraphQLRequest, caller: Caller, headers: [OutboundRequest.Header], on loop: EventLoop
    ) throws(RequestFailure) -> LivePlan {
        let waiting = try prepareLive(request, caller: caller, headers: headers, now: SystemClock.now(), on: loop)
        return try planLive(waiting, request, headers)
    }

    func planLive(
        _ waiting: Waiting, _ request: GraphQLRequest, _ headers: [OutboundRequest.Header]
    ) throws(RequestFailure) -> LivePlan {
        let context = waiting.context
        // Rules that look at the clock alone decide another shape when it strikes.
        guard case .prepared(let prepared) = waiting.step, !dependsOnClock(context.caller) else {
            return LivePlan(
                key: nil, region: nil, generation: project.generation,
                reader: AskingReader(self, request, context.caller, headers))
        }
        return LivePlan(
            key: try cohortKey(prepared, context), region: prepared.dependencies, generation: project.generation,
            reader: PreparedReader(self, prepared, context))
    }

    private func dependsOnClock(_ caller: Caller) -> Bool {
        caller.kind != .admin && project.rules.dependsOnClock
    }

    /// All that the answer is made of besides what is stored; `nil` where it is made for this caller alone.
    private func cohortKey(
        _ prepared: PreparedOperation, _ context: ExecutionContext
    ) throws(RequestFailure) -> CohortKey? {
        guard !prepared.isMadeForCaller else { return nil }
        // The clock goes on for all alike.
        let binder = executor.binder(context.at(Instant(microseconds: 0), deadline: context.deadline))
        var key = ByteBuffer()
        do throws(GatewayError) {
            for statement in prepared.statements {
                for value in try statement.values(binder) { value.encode(into: &key) }
            }
        } catch {
            throw RequestFailure(error)
        }
        return CohortKey(template: ObjectIdentifier(prepared), values: key.bytes)
    }

    fileprivate func deadline(on loop: EventLoop) -> UInt64 {
        let timeout = max(0, project.configuration.server.limits.requestTimeout.wholeNanoseconds)
        return UInt64(clamping: loop.now.advanced(nanoseconds: timeout).nanoseconds)
    }

    /// A subscription is one request of the audit log, when it begins; reading it again is none.
    func auditBegin(_ waiting: Waiting) {
        // Whether somebody who must be asked lets it begin is known when its first answer is.
        guard case .prepared = waiting.step else { return }
        audit(waiting, waiting.decisions, [])
    }

    // MARK: Reading

    fileprivate func read(
        _ prepared: PreparedOperation, _ context: ExecutionContext, _ receive: @escaping @Sendable (LiveAnswer) -> Void
    ) -> any CancellableWork {
        do throws(GatewayError) {
            if let response = try executor.executeAtOnce(prepared, context) {
                receive(.init(response))
                return UnstoppableWork()
            }
            let work = try executor.start(prepared, context) { response in
                guard let response else { return self.execute(prepared, context, receive) }
                receive(.init(response))
            }
            if let work { return work }
        } catch {
            receive(.init(RequestFailure(error), context.caller))
            return UnstoppableWork()
        }
        execute(prepared, context, receive)
        return UnstoppableWork()
    }

    private func execute(
        _ prepared: PreparedOperation, _ context: ExecutionContext, _ receive: @escaping @Sendable (LiveAnswer) -> Void
    ) {
        context.loop.task {
            do throws(RequestFailure) {
                receive(.init(try await self.execute(prepared, context)))
            } catch {
                receive(.init(error, context.caller))
            }
        }
    }

    /// Plans, asks and executes.
    /// - Parameter noting: is told what the answer depends on before it is read.
    fileprivate func read(
        _ waiting: Waiting, noting: (DependencyRegion) -> Void
    ) async throws(RequestFailure) -> (response: GraphQLResponse, decisions: [UInt8]) {
        var asked = DependencyRegion()
        // Verdicts, and rules that the clock decides, may change although nothing is written.
        asked.addClock()
        let prepared: PreparedOperation
        switch waiting.step {
        case .prepared(let known): prepared = known
        case .asking(let question, let query, let inquiry):
            prepared = try await ask(question, query, inquiry, waiting.context) { asked.formUnion($0) }
        }
        asked.formUnion(prepared.dependencies ?? DependencyRegion())
        noting(asked)
        return (try await execute(prepared, waiting.context), prepared.decisions)
    }
}

extension ExecutionContext {
    fileprivate func at(_ now: Instant, deadline: UInt64) -> ExecutionContext {
        ExecutionContext(
            caller: caller, operation: operation, variables: variables, now: now, deadline: deadline, loop: loop)
    }
}

/// Executes what was prepared once.
private final class PreparedReader: LiveReader {
    private let pipeline: Pipeline
    private let prepared: PreparedOperation
    private let context: ExecutionContext

    init(_ pipeline: Pipeline, _ prepared: PreparedOperation, _ context: ExecutionContext) {
        self.pipeline = pipeline
        self.prepared = prepared
        self.context = context
    }

    func read(
        on loop: EventLoop, noting: @escaping @Sendable (DependencyRegion) -> Void,
        _ receive: @escaping @Sendable (LiveAnswer) -> Void
    ) -> any CancellableWork {
        pipeline.read(
            prepared, context.at(SystemClock.now(), deadline: pipeline.deadline(on: loop)), receive)
    }
}

/// Takes the whole way of a request each time.
private final class AskingReader: LiveReader {
    private let pipeline: Pipeline
    private let request: GraphQLRequest
    private let caller: Caller
    private let headers: [OutboundRequest.Header]
    private let isAudited = Atomic(false)

    init(
        _ pipeline: Pipeline, _ request: GraphQLRequest, _ caller: Caller, _ headers: [OutboundRequest.Header]
    ) {
        self.pipeline = pipeline
        self.request = request
        self.caller = caller
        self.headers = headers
    }

    func read(
        on loop: EventLoop, noting: @escaping @Sendable (DependencyRegion) -> Void,
        _ receive: @escaping @Sendable (LiveAnswer) -> Void
    ) -> any CancellableWork {
        Reading(
            loop.task {
                do throws(RequestFailure) {
                    let waiting = try self.pipeline.prepareLive(
                        self.request, caller: self.caller, headers: self.headers, now: SystemClock.now(), on: loop)
                    do throws(RequestFailure) {
                        let (response, decisions) = try await self.pipeline.read(waiting, noting: noting)
                        self.audit(waiting, decisions, response.errors)
                        receive(.init(response))
                    } catch {
                        self.audit(waiting, [], error.errors)
                        throw error
                    }
                } catch {
                    receive(.init(error, self.caller))
                }
            })
    }

    private func audit(_ waiting: Pipeline.Waiting, _ decisions: [UInt8], _ errors: [GatewayError]) {
        guard !isAudited.exchange(true, ordering: .relaxed) else { return }
        pipeline.audit(waiting, decisions, errors)
    }
}

private final class Reading: CancellableWork {
    private let task: Task<Void, Never>

    init(_ task: Task<Void, Never>) {
        self.task = task
    }

    func cancel() { task.cancel() }
}

extension LiveAnswer {
    fileprivate init(_ response: GraphQLResponse) {
        if let error = response.errors.first(where: { $0.code.party != .caller }) {
            self = .failed(body: response.body, error)
        } else {
            self = .result(response.body)
        }
    }

    fileprivate init(_ failure: RequestFailure, _ caller: Caller) {
        guard let error = failure.errors.first(where: { $0.code.party != .caller }) else {
            self = .refused(failure.errors)
            return
        }
        var body = ByteBuffer("{\"errors\":")
        GatewayError.encode(failure.errors, internals: caller.kind == .admin, into: &body)
        body.append(",\"data\":null}")
        self = .failed(body: body, error)
    }
}

extension BoundValue {
    /// Bytes that no other value has, nor begins with.
    fileprivate func encode(into key: inout ByteBuffer) {
        switch self {
        case .null: key.append(0)
        case .integer(let value): Self.encode(1, UInt64(bitPattern: value), into: &key)
        case .real(let value): Self.encode(2, value.bitPattern, into: &key)
        case .decimal(let text): Self.encode(3, Array(text.utf8), into: &key)
        case .text(let text): Self.encode(4, Array(text.utf8), into: &key)
        case .bytes(let bytes): Self.encode(5, bytes, into: &key)
        case .list(let text): Self.encode(6, Array(text.utf8), into: &key)
        }
    }

    private static func encode(_ tag: UInt8, _ word: UInt64, into key: inout ByteBuffer) {
        key.append(tag)
        for shift in stride(from: 0, to: 64, by: 8) { key.append(UInt8(truncatingIfNeeded: word >> UInt64(shift))) }
    }

    private static func encode(_ tag: UInt8, _ bytes: [UInt8], into key: inout ByteBuffer) {
        encode(tag, UInt64(bytes.count), into: &key)
        key.append(contentsOf: bytes)
    }
}
