// The live queries of all loops: each loop has a registry of its own, and every commit is told to all of them.
package import Base
package import Execution
internal import Planning
package import Reactor
internal import Synchronization

package final class LiveQueries: ChangeSink {
    private struct State {
        var registries: [ObjectIdentifier: LiveQueryRegistry] = [:]
        var loops: [EventLoop] = []
        var settings: LiveSettings
        var generation: UInt64
        var isStopped = false
    }

    private let state: Mutex<State>
    private let report: FactReporter
    private let open = Atomic(0)

    package init(settings: LiveSettings, generation: UInt64, report: @escaping FactReporter) {
        state = Mutex(State(settings: settings, generation: generation))
        self.report = report
    }

    /// Subscriptions that are open, on all loops.
    package var count: Int { open.load(ordering: .relaxed) }

    /// Begins a subscription, on the loop's thread. Its subscriber hears nothing before this returns.
    /// - Parameter limit: of subscriptions on all loops.
    /// - Returns: `nil` where there are as many already.
    package func subscribe(
        _ subscriber: any LiveSubscriber, _ plan: LivePlan, limit: Int, on loop: EventLoop
    ) -> (any CancellableWork)? {
        guard open.add(1, ordering: .relaxed).newValue <= limit else {
            open.subtract(1, ordering: .relaxed)
            return nil
        }
        return registry(of: loop).subscribe(subscriber, plan)
    }

    package func registry(of loop: EventLoop) -> LiveQueryRegistry {
        state.withLock { state in
            if let known = state.registries[ObjectIdentifier(loop)] { return known }
            let made = LiveQueryRegistry(
                on: loop, settings: state.settings, generation: state.generation, report: report)
            made.ended = { [unowned self] in _ = self.open.subtract(1, ordering: .relaxed) }
            state.registries[ObjectIdentifier(loop)] = made
            state.loops.append(loop)
            return made
        }
    }

    package func committed(_ commit: CommittedWrite) {
        if commit.region.isEmpty { return }
        for registry in state.withLock({ Array($0.registries.values) }) { registry.committed(commit) }
    }

    /// Another project is served: every subscription is planned again.
    package func replace(generation: UInt64, settings: LiveSettings) {
        for (loop, registry) in all({ ($0.generation, $0.settings) = (generation, settings) }) {
            loop.execute { registry.replace(generation: generation, settings: settings) }
        }
    }

    /// Nothing is read or told any more.
    package func stop() {
        for (loop, registry) in all({ $0.isStopped = true }) { loop.execute { registry.stop() } }
    }

    private func all(_ change: (inout State) -> Void) -> [(EventLoop, LiveQueryRegistry)] {
        state.withLock { state in
            change(&state)
            return state.loops.compactMap { loop in state.registries[ObjectIdentifier(loop)].map { (loop, $0) } }
        }
    }
}
