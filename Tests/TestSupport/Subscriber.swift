// Somebody who has subscribed: what they are told, in order, as texts.
internal import Base
package import Gateway
internal import Reactor
internal import Synchronization

package final class Subscriber: Sendable {
    private struct State {
        var events: [String] = []
        /// Everything it was told.
        var all: [String] = []
        var waiting: CheckedContinuation<String, Never>?
        var work: (any CancellableWork)?
    }

    private let state = Mutex(State())

    /// - Throws: `RequestFailure`.
    package init(
        _ query: String, _ variables: String? = nil, as caller: TestCaller = .anonymous, on served: ServedProject
    ) async throws {
        let request = GraphQLRequest(
            query: Array(query.utf8), variables: variables.flatMap { JSONValue(test: $0).object })
        let caller = caller.caller
        let work = try await Task(executorPreference: TestGateway.loop) { [self] in
            try served.subscribe(request, caller: caller, on: TestGateway.loop) { self.receive($0) }
        }.value
        state.withLock { $0.work = work }
    }

    private func receive(_ event: SubscriptionEvent) {
        TestGateway.loop.preconditionOnLoop()
        let text =
            switch event {
            case .next(let body): body.text
            case .failed(let errors):
                "failed: " + errors.map { "\($0.code.rawValue): \($0.message)" }.joined(separator: "; ")
            case .completed: "completed"
            }
        let waiting = state.withLock { state in
            defer { state.waiting = nil }
            state.all.append(text)
            if state.waiting == nil { state.events.append(text) }
            return state.waiting
        }
        waiting?.resume(returning: text)
    }

    /// The next thing it is told; waits ten seconds for it.
    package func next() async -> String {
        let patience = Task {
            try await Task.sleep(for: .seconds(10))
            let waiting = state.withLock { state in
                defer { state.waiting = nil }
                return state.waiting
            }
            waiting?.resume(returning: "nothing came")
        }
        defer { patience.cancel() }
        return await withCheckedContinuation { continuation in
            let event = state.withLock { state -> String? in
                if state.events.isEmpty {
                    state.waiting = continuation
                    return nil
                }
                return state.events.removeFirst()
            }
            if let event { continuation.resume(returning: event) }
        }
    }

    package var all: [String] { state.withLock { $0.all } }

    /// What it was told last, once that is what is awaited, or after two seconds.
    package func last(_ isAwaited: (String) -> Bool) async -> String? {
        for _ in 0..<2000 {
            if let last = all.last, isAwaited(last) { return last }
            try? await Task.sleep(for: .milliseconds(1))
        }
        return all.last
    }

    package func cancel() async {
        await Task(executorPreference: TestGateway.loop) { self.state.withLock { $0.work }?.cancel() }.value
    }
}
