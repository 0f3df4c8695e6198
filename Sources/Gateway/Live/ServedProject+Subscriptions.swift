// Subscriptions of a project that is served.
package import Base
internal import Execution
internal import GraphQL
internal import Live
internal import Metadata
package import Outbound
package import Reactor

extension ServedProject {
    /// Whether the operation that the request picks is a subscription; `nil` where the document does not parse or has no such
    /// operation.
    package func isSubscription(_ request: GraphQLRequest) -> Bool? {
        edition.pipeline.operationKind(of: request).map { $0 == .subscription }
    }

    /// Begins a subscription, on the loop's thread. `receive` is called on the loop, never before this returns: first with
    /// the full result, then after every change that alters it, never twice in a row with the same bytes.
    /// - Parameter headers: of the request, those that webhooks of rules are handed.
    /// - Returns: what ends it; nothing is received after it was cancelled.
    /// - Throws: what is wrong with a request that is not executed.
    package func subscribe(
        _ request: GraphQLRequest, caller: Caller, headers: [OutboundRequest.Header] = [], on loop: EventLoop,
        receive: @escaping @Sendable (SubscriptionEvent) -> Void
    ) throws(RequestFailure) -> any CancellableWork {
        let (pipeline, now) = (edition.pipeline, SystemClock.now())
        do throws(RequestFailure) {
            let waiting = try pipeline.prepareLive(request, caller: caller, headers: headers, now: now, on: loop)
            // The text that the caches hold already.
            let held = request.with(query: waiting.context.operation.document.source)
            let plan = try pipeline.planLive(waiting, held, headers)
            let subscription = Subscription(held, caller: caller, headers: headers, of: self, receive: receive)
            let limit = pipeline.project.configuration.server.limits.subscriptions
            guard let work = live.subscribe(subscription, plan, limit: limit, on: loop) else {
                throw RequestFailure(
                    GatewayError(
                        exceeded: .subscriptions,
                        "This server has as many subscriptions as it may, which is \(limit); try again later."))
            }
            pipeline.auditBegin(waiting)
            return work
        } catch {
            pipeline.report(error.errors, request.operationName)
            pipeline.audit(request, caller, now, error)
            throw error
        }
    }

    /// Ends what follows changes: nothing is read or told any more. Connections are told by whoever closes them.
    package func stopSubscriptions() {
        live.stop()
    }

    /// What is followed on a loop, on its thread: for tests and figures.
    package func liveSizes(on loop: EventLoop) -> (cohorts: Int, subscriptions: Int) {
        live.registry(of: loop).sizes
    }
}
