// One subscription as it was asked for: kept so that it can be planned again when the project is replaced.
internal import Base
internal import Live
internal import Outbound
internal import Reactor

final class Subscription: LiveSubscriber {
    private let served: ServedProject
    private let request: GraphQLRequest
    private let caller: Caller
    private let headers: [OutboundRequest.Header]
    private let receive: @Sendable (SubscriptionEvent) -> Void

    init(
        _ request: GraphQLRequest, caller: Caller, headers: [OutboundRequest.Header], of served: ServedProject,
        receive: @escaping @Sendable (SubscriptionEvent) -> Void
    ) {
        self.request = request
        self.caller = caller
        self.headers = headers
        self.served = served
        self.receive = receive
    }

    func plan(on loop: EventLoop) -> Result<LivePlan, LiveRefusal> {
        let pipeline = served.edition.pipeline
        do throws(RequestFailure) {
            return try .success(pipeline.planLive(request, caller: caller, headers: headers, on: loop))
        } catch {
            pipeline.report(error.errors, request.operationName)
            pipeline.audit(request, caller, SystemClock.now(), error)
            return .failure(LiveRefusal(error.errors))
        }
    }

    func next(_ result: ByteBuffer) { receive(.next(result)) }
    func failed(_ errors: [GatewayError]) { receive(.failed(errors)) }
}
