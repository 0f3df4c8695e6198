// Subscriptions of a project that is served.
package import Auth
internal import Base
internal import Execution
internal import GraphQL
package import Outbound
package import Reactor
internal import Synchronization

extension ServedProject {
    /// Whether the operation that the request picks is a subscription; `nil` where the document does not parse or has no such
    /// operation.
    package func isSubscription(_ request: GraphQLRequest) -> Bool? {
        edition.pipeline.operationKind(of: request).map { $0 == .subscription }
    }

    /// Begins a subscription, on the loop's thread. `receive` is called on the loop, never before this returns: first with
    /// the full result, then after every change that alters it.
    /// - Parameter headers: of the request, those that webhooks of rules are handed.
    /// - Returns: what ends it; nothing is received after it was cancelled.
    /// - Throws: what is wrong with a request that is not executed.
    package func subscribe(
        _ request: GraphQLRequest, caller: Caller, headers: [OutboundRequest.Header] = [], on loop: EventLoop,
        receive: @escaping @Sendable (SubscriptionEvent) -> Void
    ) throws(RequestFailure) -> any CancellableWork {
        let edition = edition
        let deadline = UInt64(loop.now.nanoseconds) + edition.timeoutNanoseconds
        let waiting = try edition.pipeline.beginSubscription(
            request, caller: caller, now: SystemClock.now(), deadline: deadline, loop: loop, headers: headers)
        let subscription = OpenSubscription()
        loop.task {
            let event: SubscriptionEvent
            do throws(RequestFailure) {
                event = .next(try await edition.pipeline.finish(waiting).body)
            } catch {
                event = .failed(error.errors)
            }
            if !subscription.isEnded { receive(event) }
        }
        return subscription
    }
}

private final class OpenSubscription: CancellableWork {
    private let ended = Atomic(false)

    var isEnded: Bool { ended.load(ordering: .relaxed) }
    func cancel() { ended.store(true, ordering: .relaxed) }
}
