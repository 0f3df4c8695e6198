// The live queries of one loop: who is told of which result, and what is read again when something was written. Reads and
// deliveries are done in slices, so that ten thousand of them leave the loop to others in between.
internal import Base
internal import Execution
internal import Planning
internal import Reactor
internal import Synchronization

// Unchecked: confined to its loop, except for what is behind the mutex or atomic.
package final class LiveQueryRegistry: @unchecked Sendable {
    private let loop: EventLoop
    private let report: FactReporter
    /// Subscriptions; other threads look whether there are any.
    private let count = Atomic(0)

    // Shared between threads.
    private let inbox = Mutex(Inbox())

    /// Commits that the loop has not taken yet.
    private struct Inbox {
        var changes = PendingChanges()
        var isAnnounced = false
    }

    // Owned by the loop's thread.
    private var settings: LiveSettings
    private var generation: UInt64
    private var window: CoalescingWindow
    private var cohorts: [CohortKey: Cohort] = [:]
    /// Cohorts that depend on the same: by template, or each for itself.
    private var groups: [ObjectIdentifier: [ObjectIdentifier: Cohort]] = [:]
    private var subscriptions: [LiveSubscription] = []
    private var queue: [Cohort] = []
    private var queueStart = 0
    private var readsUnderWay = 0
    private var isPumping = false
    private var pending = PendingChanges()
    private var doubts = LiveSettings.doubts.map { _ in DoubtfulChanges() }
    private var isRoundScheduled = false
    /// To be planned again, last first.
    private var replanned: [LiveSubscription] = []
    private var isReplanning = false
    private var failing = 0
    private var ticking: TimerID?
    private var isStopped = false

    init(on loop: EventLoop, settings: LiveSettings, generation: UInt64, report: @escaping FactReporter) {
        self.loop = loop
        self.settings = settings
        self.generation = generation
        self.report = report
        window = CoalescingWindow(longest: settings.window)
    }

    // MARK: Subscriptions

    func subscribe(_ subscriber: any LiveSubscriber, _ plan: LivePlan) -> LiveSubscription {
        loop.preconditionOnLoop()
        let subscription = LiveSubscription(subscriber, in: self)
        subscription.number = subscriptions.count
        subscriptions.append(subscription)
        // Before anything is read: a commit that finds nobody here comes before the first read.
        count.store(subscriptions.count, ordering: .sequentiallyConsistent)
        // The project was replaced between planning and now.
        if plan.generation < generation { replan([subscription]) } else { enter(subscription, plan) }
        return subscription
    }

    private func enter(_ subscription: LiveSubscription, _ plan: LivePlan) {
        let cohort: Cohort
        if let key = plan.key, let known = cohorts[key] {
            cohort = known
        } else {
            cohort = Cohort(plan)
            if let key = plan.key { cohorts[key] = cohort }
            groups[group(of: cohort), default: [:]][ObjectIdentifier(cohort)] = cohort
        }
        cohort.add(subscription)
        subscription.enteredAtRead = cohort.readNumber
        if cohort.region?.changesByItself ?? false { tick() }
        perform(cohort.state.joined(), on: cohort)
        // Its own request: it waits for no window.
        pump()
    }

    private func group(of cohort: Cohort) -> ObjectIdentifier {
        cohort.plan.key?.template ?? ObjectIdentifier(cohort)
    }

    func end(_ subscription: LiveSubscription) {
        loop.preconditionOnLoop()
        guard !subscription.isEnded else { return }
        subscription.isEnded = true
        leave(subscription)
        let last = subscriptions.removeLast()
        if last !== subscription {
            last.number = subscription.number
            subscriptions[last.number] = last
        }
        count.store(subscriptions.count, ordering: .sequentiallyConsistent)
        if subscriptions.isEmpty, let ticking {
            loop.cancel(ticking)
            self.ticking = nil
        }
        ended()
    }

    /// Is called whenever a subscription has ended.
    var ended: () -> Void = {}

    private func leave(_ subscription: LiveSubscription) {
        guard let cohort = subscription.cohort else { return }
        cohort.remove(subscription)
        guard cohort.members.isEmpty else { return }
        if let key = cohort.plan.key, cohorts[key] === cohort { cohorts[key] = nil }
        let group = group(of: cohort)
        groups[group]?[ObjectIdentifier(cohort)] = nil
        if groups[group]?.isEmpty ?? false { groups[group] = nil }
        note(cohort) { $0.abandon() }
        if let work = cohort.work {
            cohort.work = nil
            cohort.readNumber += 1
            readsUnderWay -= 1
            work.cancel()
            pump()
        }
    }

    // MARK: Changes

    /// From any thread.
    func committed(_ commit: CommittedWrite) {
        guard count.load(ordering: .sequentiallyConsistent) > 0 else { return }
        let isNews = inbox.withLock { inbox in
            inbox.changes.add(commit)
            defer { inbox.isAnnounced = true }
            return !inbox.isAnnounced
        }
        if isNews { loop.execute { self.takeInbox() } }
    }

    private func takeInbox() {
        let changes = inbox.withLock { inbox in
            defer { inbox = Inbox() }
            return inbox.changes
        }
        pending.formUnion(changes)
        scheduleRound()
        guard changes.isInDoubt else { return }
        for index in doubts.indices where doubts[index].add(changes) { look(again: index) }
    }

    /// What may become visible only now.
    private func look(again index: Int) {
        _ = loop.schedule(after: LiveSettings.doubts[index]) { [weak self] in
            guard let self else { return }
            let (changes, goesOn) = self.doubts[index].take()
            self.pending.formUnion(changes)
            self.scheduleRound()
            if goesOn { self.look(again: index) }
        }
    }

    private func scheduleRound() {
        guard !isRoundScheduled, !isStopped else { return }
        let now = MonotonicInstant.now
        let start = window.nextRound(after: now)
        isRoundScheduled = true
        if start <= now { return loop.execute { self.beginRound() } }
        _ = loop.schedule(at: start) { [weak self] in self?.beginRound() }
    }

    private func beginRound() {
        isRoundScheduled = false
        let changes = pending
        pending = PendingChanges()
        for cohorts in groups.values {
            // What depends on the same thing is asked about once.
            guard let first = cohorts.values.first, changes.touch(first.region, first.plan.generation) else { continue }
            for cohort in cohorts.values { perform(cohort.state.changed(), on: cohort) }
        }
        pump()
    }

    /// While somebody has an answer that changes by itself.
    private func tick() {
        guard ticking == nil, !isStopped else { return }
        ticking = loop.schedule(after: settings.interval) { [weak self] in
            guard let self else { return }
            self.ticking = nil
            var goesOn = false
            for cohorts in self.groups.values {
                guard cohorts.values.first?.region?.changesByItself ?? false else { continue }
                goesOn = true
                for cohort in cohorts.values { self.perform(cohort.state.changed(), on: cohort) }
            }
            if goesOn { self.tick() }
            self.pump()
        }
    }

    // MARK: Reading

    private func perform(_ action: CohortState.Action, on cohort: Cohort) {
        switch action {
        case .nothing: break
        case .enqueue: queue.append(cohort)
        case .rest(let duration):
            // Not all at once: what failed together would come back together.
            let nanoseconds = duration.wholeNanoseconds
            let jittered = nanoseconds - Int64.random(in: 0...nanoseconds / 4)
            _ = loop.schedule(after: .nanoseconds(jittered)) { [weak self, weak cohort] in
                guard let self, let cohort, !cohort.members.isEmpty else { return }
                self.perform(cohort.state.rested(), on: cohort)
                self.pump()
            }
        }
    }

    /// Reads what is queued soon.
    private func pump() {
        guard !isPumping, queueStart < queue.count, readsUnderWay < settings.reads, !isStopped else { return }
        isPumping = true
        loop.execute { self.readSlice() }
    }

    private func readSlice() {
        isPumping = false
        let start = MonotonicInstant.now
        window.roundBegan(at: start)
        let end = start.advanced(by: LiveSettings.slice)
        while readsUnderWay < settings.reads, let cohort = takeQueued() {
            if !cohort.members.isEmpty { read(cohort) }
            if MonotonicInstant.now >= end { break }
        }
        if queueStart < queue.count {
            guard readsUnderWay < settings.reads, !isPumping else { return }
            isPumping = true
            // A timer, and not the loop's queue: sockets come first.
            _ = loop.schedule(after: .zero) { [weak self] in self?.readSlice() }
        } else if readsUnderWay == 0 {
            window.roundEnded(at: MonotonicInstant.now)
        }
    }

    private func takeQueued() -> Cohort? {
        guard queueStart < queue.count else { return nil }
        let cohort = queue[queueStart]
        queueStart += 1
        if queueStart == queue.count {
            queue.removeAll(keepingCapacity: queue.count <= 1024)
            queueStart = 0
        } else if queueStart > 4096 {
            queue.removeFirst(queueStart)
            queueStart = 0
        }
        return cohort
    }

    private func read(_ cohort: Cohort) {
        // Its members are about to be planned again, by other rules.
        guard cohort.plan.generation >= generation else { return }
        cohort.state.begin()
        cohort.readNumber += 1
        let number = cohort.readNumber
        readsUnderWay += 1
        let answered = Answered()
        let work = cohort.plan.reader.read(on: loop) { [weak self, weak cohort] region in
            guard let self, let cohort else { return }
            cohort.region = region
            if region.changesByItself { self.tick() }
        } _: { [weak self, weak cohort] answer in
            answered.isTrue = true
            guard let self, let cohort, cohort.readNumber == number else { return }
            cohort.work = nil
            self.take(answer, of: cohort)
        }
        if !answered.isTrue { cohort.work = work }
    }

    // Unchecked: of one loop.
    private final class Answered: @unchecked Sendable {
        var isTrue = false
    }

    private func take(_ answer: LiveAnswer, of cohort: Cohort) {
        // By rules that hold no more: whoever waits for it is planned again.
        guard cohort.plan.generation >= generation, !isStopped else { return finish(cohort) { $0.finished() } }
        switch answer {
        case .result(let bytes):
            deliver(Delivery(cohort, bytes, to: .before(read: cohort.readNumber))) { $0.finished() }
        case .failed(let body, let error):
            if failing == 0 { report(.liveQueriesFail(code: error.code, detail: error.underlying ?? error.message)) }
            deliver(Delivery(cohort, body, to: .withoutResult)) { $0.failed() }
        case .refused(let errors):
            for subscription in cohort.members {
                end(subscription)
                subscription.subscriber.failed(errors)
            }
            finish(cohort) { $0.finished() }
        }
    }

    /// A result on its way to members of a cohort.
    private struct Delivery: Sendable {
        /// Whom it is for; asked of each when it is their turn, so that each is looked at once.
        enum Audience: Sendable {
            /// Somebody who came while it was read is not served by it: what they wrote before may not be in it.
            case before(read: Int)
            case withoutResult
        }

        let cohort: Cohort
        let bytes: ByteBuffer
        let hash: ResultHash
        let audience: Audience
        /// As of its beginning.
        let members: [LiveSubscription]
        var position = 0

        init(_ cohort: Cohort, _ bytes: ByteBuffer, to audience: Audience) {
            self.cohort = cohort
            self.bytes = bytes
            self.audience = audience
            members = cohort.members
            hash = ResultHash(bytes.bytes)
        }

        func concerns(_ subscription: LiveSubscription) -> Bool {
            // One that has moved to another cohort meanwhile gets what that one reads.
            guard !subscription.isEnded, subscription.cohort === cohort, subscription.last != hash else { return false }
            switch audience {
            case .before(let read): return subscription.enteredAtRead < read
            case .withoutResult: return subscription.last == nil
            }
        }
    }

    private typealias Ending = @Sendable (inout CohortState) -> CohortState.Action

    /// The cohort is not read again before all have what was read: nobody gets an older result after a newer one.
    private func deliver(_ delivery: Delivery, _ ending: @escaping Ending) {
        var delivery = delivery
        let end = min(delivery.position + LiveSettings.deliveries, delivery.members.count)
        while delivery.position < end {
            let subscription = delivery.members[delivery.position]
            delivery.position += 1
            guard delivery.concerns(subscription) else { continue }
            subscription.last = delivery.hash
            subscription.subscriber.next(delivery.bytes)
        }
        guard delivery.position < delivery.members.count else { return finish(delivery.cohort, ending) }
        let rest = delivery
        _ = loop.schedule(after: .zero) { [weak self] in
            guard let self else { return }
            guard rest.cohort.plan.generation >= self.generation, !self.isStopped else {
                return self.finish(rest.cohort) { $0.finished() }
            }
            self.deliver(rest, ending)
        }
    }

    private func finish(_ cohort: Cohort, _ ending: Ending) {
        readsUnderWay -= 1
        var action = CohortState.Action.nothing
        note(cohort) { state in
            action = ending(&state)
            if cohort.members.isEmpty { state.abandon() }
        }
        if !cohort.members.isEmpty { perform(action, on: cohort) }
        if queueStart < queue.count {
            pump()
        } else if readsUnderWay == 0 {
            window.roundEnded(at: MonotonicInstant.now)
        }
    }

    /// Keeps count of the cohorts whose last read failed, and tells when there are none any more.
    private func note(_ cohort: Cohort, _ change: (inout CohortState) -> Void) {
        let wasFailing = cohort.state.isFailing
        change(&cohort.state)
        guard wasFailing != cohort.state.isFailing else { return }
        failing += wasFailing ? -1 : 1
        if failing == 0 { report(.liveQueriesRecovered) }
    }

    // MARK: Another project

    /// The project was replaced: each subscription is planned again, and read again by its new plan.
    func replace(generation: UInt64, settings: LiveSettings) {
        loop.preconditionOnLoop()
        self.generation = max(generation, self.generation)
        self.settings = settings
        window.longest = settings.window
        replan(subscriptions.filter { ($0.cohort?.plan.generation ?? 0) < generation })
    }

    private func replan(_ subscriptions: [LiveSubscription]) {
        replanned += subscriptions.reversed()
        guard !isReplanning, !replanned.isEmpty else { return }
        isReplanning = true
        loop.execute { self.replanSlice() }
    }

    private func replanSlice() {
        isReplanning = false
        let end = MonotonicInstant.now.advanced(by: LiveSettings.slice)
        while let subscription = replanned.popLast() {
            if !subscription.isEnded, !isStopped { replan(subscription) }
            if MonotonicInstant.now >= end { break }
        }
        guard !replanned.isEmpty else { return }
        isReplanning = true
        _ = loop.schedule(after: .zero) { [weak self] in self?.replanSlice() }
    }

    private func replan(_ subscription: LiveSubscription) {
        // Two replacements in a row: it may have been planned for the second already.
        if let cohort = subscription.cohort, cohort.plan.generation >= generation { return }
        switch subscription.subscriber.plan(on: loop) {
        case .success(let plan):
            generation = max(generation, plan.generation)
            leave(subscription)
            enter(subscription, plan)
        case .failure(let refusal):
            end(subscription)
            subscription.subscriber.failed(refusal.errors)
        }
    }

    /// Nothing is read or told any more; subscriptions end when whoever has them ends them.
    func stop() {
        loop.preconditionOnLoop()
        isStopped = true
        for subscription in subscriptions { subscription.cohort?.work?.cancel() }
        if let ticking { loop.cancel(ticking) }
        ticking = nil
    }

    // MARK: For tests

    /// Cohorts and subscriptions there are.
    package var sizes: (cohorts: Int, subscriptions: Int) {
        loop.preconditionOnLoop()
        return (groups.values.reduce(0) { $0 + $1.count }, subscriptions.count)
    }
}
