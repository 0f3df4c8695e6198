// The subscriptions that have one result: entered before it is read, so that no change falls between. Owned by its registry.
internal import Base
internal import Planning
internal import Reactor

// Unchecked: touched by its registry's loop only.
final class Cohort: @unchecked Sendable {
    let plan: LivePlan
    var state = CohortState()
    /// What the result depends on; `nil` while it is not known.
    var region: DependencyRegion?
    private(set) var members: [LiveSubscription] = []
    /// The read under way.
    var work: (any CancellableWork)?
    /// Distinguishes the read under way from those that were cancelled.
    var readNumber = 0

    init(_ plan: LivePlan) {
        self.plan = plan
        region = plan.region
    }

    func add(_ subscription: LiveSubscription) {
        subscription.cohort = self
        subscription.position = members.count
        members.append(subscription)
    }

    func remove(_ subscription: LiveSubscription) {
        guard subscription.cohort === self else { return }
        subscription.cohort = nil
        let last = members.removeLast()
        guard last !== subscription else { return }
        last.position = subscription.position
        members[last.position] = last
    }
}

/// One subscription in a registry. Cancelled on the loop's thread; nothing is received afterwards.
package final class LiveSubscription: CancellableWork, @unchecked Sendable {
    let subscriber: any LiveSubscriber
    private let registry: LiveQueryRegistry
    var cohort: Cohort?
    /// Among the members of its cohort.
    var position = 0
    /// Among all of the registry.
    var number = 0
    /// Reads of the cohort up to this one began before it entered.
    var enteredAtRead = 0
    /// Of the result that it was sent last.
    var last: ResultHash?
    var isEnded = false

    init(_ subscriber: any LiveSubscriber, in registry: LiveQueryRegistry) {
        self.subscriber = subscriber
        self.registry = registry
    }

    package func cancel() {
        registry.end(self)
    }
}
