// Asks for the verdicts that a request's plan waits for, each question once a request.
internal import Base
internal import Execution
internal import Outbound
internal import Reactor
internal import Rules

final class VerdictDesk: Sendable {
    private let client: OutboundClient
    private let kept: VerdictCache

    /// Bytes of an answer.
    static let answerLimit = 64 << 10

    init(client: OutboundClient, cachedVerdicts: Int) {
        self.client = client
        kept = VerdictCache(capacity: cachedVerdicts)
    }

    /// What one request was told.
    struct Session {
        fileprivate var told: [VerdictCache.Key: Bool] = [:]
        /// Of queries over other sources, by fact.
        var found: [Int: Bool] = [:]
    }

    /// - Parameter headers: of the request, those that some webhook is handed.
    /// - Throws: `unavailable` unless the answer says yes or no.
    func verdict(
        on call: WebhookCall, _ question: VerdictQuestion, headers: [OutboundRequest.Header], _ binder: ParameterBinder,
        _ context: ExecutionContext, _ session: inout Session
    ) async throws(GatewayError) -> Bool {
        let key = VerdictCache.Key(
            webhook: call.webhook,
            body: ByteKey(WebhookVerdict.body(call, question, context.caller.claims, binder)),
            headers: headers.filter { call.webhook.forwarded.contains($0.name) })
        if let known = session.told[key] { return known }
        let now = MonotonicInstant.now.nanoseconds
        if call.webhook.lifetime != nil, let known = kept.verdict(for: key, now: now) {
            session.told[key] = known
            return known
        }
        let verdict = try await ask(key, context)
        session.told[key] = verdict
        kept.keep(verdict, for: key, now: MonotonicInstant.now.nanoseconds)
        return verdict
    }

    private func ask(_ key: VerdictCache.Key, _ context: ExecutionContext) async throws(GatewayError) -> Bool {
        let remaining = Int64(clamping: context.deadline) - MonotonicInstant.now.nanoseconds
        guard remaining > 0 else { throw Self.unavailable(key, "no time is left") }
        let request = OutboundRequest(
            .post, key.webhook.url, headers: [.init("Content-Type", "application/json")] + key.headers,
            body: key.body.bytes, timeout: min(key.webhook.timeout, .nanoseconds(remaining)),
            responseLimit: Self.answerLimit)
        let response: OutboundResponse
        do throws(OutboundFailure) {
            response = try await client.send(request, on: context.loop)
        } catch {
            throw Self.unavailable(key, error.description)
        }
        do throws(WebhookVerdict.None) {
            return try WebhookVerdict.read(response)
        } catch {
            throw Self.unavailable(key, error.reason)
        }
    }

    private static func unavailable(_ key: VerdictCache.Key, _ reason: String) -> GatewayError {
        // What stands behind the question mark may be a secret between the two.
        let address = key.webhook.url.prefix { $0 != "?" }
        return GatewayError(
            .unavailable, "A service that the rules ask did not answer.", underlying: "\(address): \(reason)")
    }
}
