// Begins an operation of whatever kind for a transport that can carry more than one result, and tells what comes of it by
// calls on the loop: queries and mutations have one result, subscriptions any number.
internal import Base
internal import Execution
internal import Metadata
internal import Outbound
internal import Reactor

struct OperationStart: Sendable {
    let served: ServedProject
    let caller: Caller
    /// Those that webhooks of rules are handed.
    let headers: [OutboundRequest.Header]
    let loop: EventLoop

    /// `receive` is called on the loop, and perhaps before this returns: with results, and once with the end, also of what
    /// was cancelled.
    /// - Returns: what gives it up; `nil` where it has ended already.
    func begin(
        _ request: GraphQLRequest, receive: @escaping @Sendable (SubscriptionEvent) -> Void
    ) -> (any CancellableWork)? {
        do throws(RequestFailure) {
            guard served.isSubscription(request) == true else { return try beginSingle(request, receive) }
            let work = try served.subscribe(
                request, caller: caller, headers: headers, on: loop, receive: receive)
            return SubscriptionWork(work, receive)
        } catch {
            receive(.failed(error.errors))
            return nil
        }
    }

    private func beginSingle(
        _ request: GraphQLRequest, _ receive: @escaping @Sendable (SubscriptionEvent) -> Void
    ) throws(RequestFailure) -> (any CancellableWork)? {
        let edition = served.edition
        let pipeline = edition.pipeline
        let progress = try pipeline.begin(
            request, caller: caller, now: RequestClock().instant,
            deadline: UInt64(loop.now.nanoseconds) + edition.timeoutNanoseconds, loop: loop, headers: headers)
        switch progress {
        case .answered(let response):
            Self.tell(response, receive)
            return nil
        case .waiting(let waiting):
            let work = try pipeline.start(waiting) { response in
                guard let response else {
                    // What has been cancelled meanwhile ends soon all the same: the source has done its part.
                    _ = finish(waiting, pipeline, receive)
                    return
                }
                Self.tell(response, receive)
            }
            return work ?? finish(waiting, pipeline, receive)
        }
    }

    private func finish(
        _ waiting: Pipeline.Waiting, _ pipeline: Pipeline, _ receive: @escaping @Sendable (SubscriptionEvent) -> Void
    ) -> any CancellableWork {
        TaskWork(
            loop.task {
                do throws(RequestFailure) {
                    Self.tell(try await pipeline.finish(waiting), receive)
                } catch {
                    receive(.failed(error.errors))
                }
            })
    }

    private static func tell(_ response: GraphQLResponse, _ receive: (SubscriptionEvent) -> Void) {
        receive(.next(response.body))
        receive(.completed)
    }
}

/// A subscription, of which nothing is heard after it was cancelled: its end is told here.
// Unchecked: confined to the loop's thread.
private final class SubscriptionWork: CancellableWork, @unchecked Sendable {
    private let work: any CancellableWork
    private var receive: (@Sendable (SubscriptionEvent) -> Void)?

    init(_ work: any CancellableWork, _ receive: @escaping @Sendable (SubscriptionEvent) -> Void) {
        self.work = work
        self.receive = receive
    }

    func cancel() {
        let receive = receive
        self.receive = nil
        work.cancel()
        receive?(.completed)
    }
}

/// A task as work that can be given up.
final class TaskWork: CancellableWork {
    private let task: Task<Void, Never>

    init(_ task: Task<Void, Never>) {
        self.task = task
    }

    func cancel() {
        task.cancel()
    }
}
