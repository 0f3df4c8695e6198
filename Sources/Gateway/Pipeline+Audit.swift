// What requests leave in the audit log, where there is one.
internal import Base
internal import Execution
internal import GraphQL
internal import HTTP
internal import Metadata
internal import Reactor

extension Pipeline {
    /// A request that got as far as a plan.
    /// - Parameter decisions: what `AuditLine` made of the rules it asked.
    func audit(_ waiting: Waiting, _ decisions: [UInt8], _ errors: [GatewayError]) {
        guard let audit = project.audit else { return }
        let context = waiting.context
        let operation = context.operation.operation
        var line = AuditLine(at: context.now)
        line.caller(context.caller, identity: audit.identity)
        line.operation(operation.operationKind, operation.name, waiting.digest)
        line.rules(decisions)
        audit.write(line.outcome(errors.first?.code))
    }

    /// What the access log says of a request, and how long its plan took.
    func note(_ waiting: Waiting, in note: RequestNote) {
        note.operation = waiting.context.operation.operation.name
        note.document = waiting.digest?.hexadecimal
        note.end("plan", at: MonotonicInstant.now.nanoseconds)
    }

    /// The same of one that was refused before.
    func note(_ request: GraphQLRequest, in note: RequestNote) {
        note.operation = request.operationName
        note.document = request.query.isEmpty ? nil : DocumentDigest(of: request.query).hexadecimal
    }

    /// A request that was refused before.
    func audit(_ request: GraphQLRequest, _ caller: Caller, _ now: Instant, _ failure: RequestFailure) {
        guard let audit = project.audit else { return }
        var line = AuditLine(at: now)
        line.caller(caller, identity: audit.identity)
        line.operation(nil, request.operationName, request.query.isEmpty ? nil : DocumentDigest(of: request.query))
        line.rules(failure.decisions)
        audit.write(line.outcome(failure.errors.first?.code))
    }
}
