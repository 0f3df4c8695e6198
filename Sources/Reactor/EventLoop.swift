// One thread, one epoll, one timer queue, one job queue. The loop is a serial executor and a task executor, so that the
// async code of a connection runs on the thread that owns its socket and never hops (docs/architecture.md, reactor).
//
// `SerialExecutor` alone is not enough: a nonisolated continuation would resume through the global pool and come back.
// Start every task of a loop with `EventLoop.task` or `Task(executorPreference:)`; child tasks inherit it.

internal import CLinux
internal import Glibc
package import Synchronization

// Unchecked: everything below "owned by the loop's thread" is touched by that thread only, which `preconditionOnLoop`
// checks at the doors; what other threads touch is atomic, behind the mutex, or constant.
@safe package final class EventLoop: SerialExecutor, TaskExecutor, @unchecked Sendable {
    package typealias Work = @Sendable () -> Void

    private enum Entry {
        case job(UnownedJob)
        case closure(Work)
        case work(any LoopWork)
    }

    /// Entries that other threads handed over and the loop did not take yet.
    private struct Inbox {
        var entries: [Entry] = []
        var isClosed = false
        var jobs = 0
        var closures = 0
    }

    private struct Slot {
        var generation: UInt32 = 0
        var descriptor: Int32 = -1
        var handler: (any ReadinessHandler)?
    }

    /// Place in the group, from 0.
    package let index: Int
    package let name: String
    private let pinnedCPU: Int?

    // Shared between threads.
    private let inbox = Mutex(Inbox())
    #if THREAD_SANITIZER
        /// The sanitizer does not see the lock, which is the standard library's own: it sees this.
        private let inboxOrder = Atomic(0)
    #endif
    private let hasInbox = Atomic(false)
    private let isSleeping = Atomic(false)
    private let wakeups = Atomic(0)
    private let wakeup: Wakeup
    /// Connections placed on this loop; whoever places one counts it up, whoever closes it counts it down.
    package let connectionCount = Atomic(0)
    private let threadHandle = Atomic<UInt>(0)

    // Owned by the loop's thread.
    private var epoll: Epoll
    private var slots: [Slot] = []
    private var freeSlots: [UInt32] = []
    private var timers = TimerQueue()
    private var queue: [Entry] = []
    private var running: [Entry] = []
    private var endOfTurn: [any TurnEndHandler] = []
    private var endingTurn: [any TurnEndHandler] = []
    private var statistics = LoopCounters()
    private var isStopping = false
    private var receiveBuffer: UnsafeMutableRawBufferPointer
    private var turnTime = MonotonicInstant.now
    /// When the collection at the end of a turn last began anew.
    private var lastCollection = MonotonicInstant.now
    private var thread: LoopThread?

    /// Bytes one receive can take; also the bound on what one event reads from one socket.
    package static let receiveBufferSize = 64 * 1024
    /// Stack of a loop's thread: recursive descent bounded by the depth limits fits many times over.
    package static let stackBytes = 8 * 1024 * 1024
    /// Jobs run before sockets and timers are looked at again, so that a task that keeps yielding starves nobody.
    private static let jobsPerTurn = 4096
    /// Nanoseconds after which what a turn has collected goes out although jobs are left.
    private static let longestCollection: Int64 = 4_000_000
    private static let wakeupToken = UInt64.max

    /// Starts the thread; `pinnedTo` is a CPU number.
    package init(index: Int = 0, name: String = "loop", pinnedTo cpu: Int? = nil) throws(SystemError) {
        self.index = index
        self.name = "\(name)-\(index)"
        pinnedCPU = cpu
        epoll = try Epoll()
        wakeup = try Wakeup()
        unsafe receiveBuffer = .allocate(byteCount: Self.receiveBufferSize, alignment: 64)
        try epoll.add(wakeup.raw, interest: .readable, token: Self.wakeupToken)
        // The thread keeps the loop alive until it ends.
        thread = try LoopThread(stackBytes: Self.stackBytes) { self.run() }
    }

    deinit {
        unsafe receiveBuffer.deallocate()
    }

    // MARK: From any thread

    /// Whether the caller runs on this loop's thread.
    package var isOnLoop: Bool {
        threadHandle.load(ordering: .relaxed) == UInt(pthread_self())
    }

    package func preconditionOnLoop() {
        precondition(isOnLoop, "called off the event loop's thread")
    }

    /// Runs `work` on the loop, after what is already queued.
    package func execute(_ work: @escaping Work) {
        if isOnLoop {
            queue.append(.closure(work))
        } else {
            post(.closure(work))
        }
    }

    /// Runs `work` among the jobs of this turn: what a task would do after being resumed, without the cost of a task.
    package func enqueue(_ work: any LoopWork) {
        preconditionOnLoop()
        queue.append(.work(work))
    }

    /// Starts a task that stays on this loop, and whose child tasks do.
    @discardableResult
    package func task(_ operation: @escaping @Sendable () async -> Void) -> Task<Void, Never> {
        Task(executorPreference: self) { await operation() }
    }

    package func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        if isOnLoop {
            statistics.localJobs += 1
            queue.append(.job(job))
        } else {
            post(.job(job))
        }
    }

    package func asUnownedSerialExecutor() -> UnownedSerialExecutor {
        unsafe UnownedSerialExecutor(ordinary: self)
    }

    package func asUnownedTaskExecutor() -> UnownedTaskExecutor {
        unsafe UnownedTaskExecutor(ordinary: self)
    }

    /// `assumeIsolated` from an event handler comes here, where no task is running.
    package func checkIsolated() {
        preconditionOnLoop()
    }

    package func isIsolatingCurrentContext() -> Bool? {
        isOnLoop
    }

    private func withInbox<Value>(_ body: (inout Inbox) -> Value) -> Value {
        inbox.withLock { inbox in
            #if THREAD_SANITIZER
                _ = inboxOrder.load(ordering: .acquiring)
                defer { inboxOrder.add(1, ordering: .releasing) }
            #endif
            return body(&inbox)
        }
    }

    private func post(_ entry: Entry) {
        let isClosed = withInbox { inbox in
            guard !inbox.isClosed else { return true }
            switch entry {
            case .job: inbox.jobs += 1
            case .closure, .work: inbox.closures += 1
            }
            inbox.entries.append(entry)
            return false
        }
        // A stopped loop drops what comes late: its owner ended every task before it stopped the loop.
        if isClosed { return }
        // The loop announces its sleep before it looks at `hasInbox`, we set `hasInbox` before we look at the
        // announcement, all sequentially consistent: one of the two always sees the other, so no wake-up is lost.
        hasInbox.store(true, ordering: .sequentiallyConsistent)
        if isSleeping.load(ordering: .sequentiallyConsistent),
            isSleeping.exchange(false, ordering: .acquiringAndReleasing)
        {
            wakeups.add(1, ordering: .relaxed)
            wakeup.wake()
        }
    }

    /// A snapshot, taken on the loop.
    package func counters() async -> LoopCounters {
        await wait { continuation in
            self.execute { continuation.resume(returning: self.currentCounters) }
        }
    }

    /// Lets the current turn finish, then ends the thread and waits for it. Tasks of the loop must have ended.
    package func stop() {
        precondition(!isOnLoop, "a loop cannot wait for its own end")
        execute { self.isStopping = true }
        thread?.join()
    }

    /// The same without waiting, for a loop whose work may block for long: what is queued still runs, unless the process
    /// ends first.
    package func abandon() {
        execute { self.isStopping = true }
        thread?.detach()
    }

    // MARK: On the loop

    /// The time this turn began; cheap, and equal for everything a turn does.
    package var now: MonotonicInstant { turnTime }

    package var currentCounters: LoopCounters {
        preconditionOnLoop()
        var counters = statistics
        withInbox {
            counters.foreignJobs = $0.jobs
            counters.foreignClosures = $0.closures
        }
        counters.wakeups = wakeups.load(ordering: .relaxed)
        return counters
    }

    /// Watches `descriptor`; the handler is retained until `deregister`.
    package func register(
        _ descriptor: Int32, interest: Readiness, handler: any ReadinessHandler
    ) throws(SystemError) -> Registration {
        preconditionOnLoop()
        let slot: UInt32
        if let free = freeSlots.popLast() {
            slot = free
        } else {
            slot = UInt32(slots.count)
            slots.append(Slot())
        }
        let registration = Registration(slot: slot, generation: slots[Int(slot)].generation)
        do {
            try epoll.add(descriptor, interest: interest, token: registration.token)
        } catch {
            freeSlots.append(slot)
            throw error
        }
        slots[Int(slot)].descriptor = descriptor
        slots[Int(slot)].handler = handler
        return registration
    }

    package func update(_ registration: Registration, interest: Readiness) throws(SystemError) {
        preconditionOnLoop()
        guard let slot = current(registration) else { return }
        try epoll.change(slots[slot].descriptor, interest: interest, token: registration.token)
    }

    /// Ends the watch; events already fetched are dropped. With `closing`, the caller closes the descriptor at once,
    /// which takes it out of epoll without a call of our own.
    package func deregister(_ registration: Registration, closing: Bool) {
        preconditionOnLoop()
        guard let slot = current(registration) else { return }
        if !closing {
            // It fails only if the descriptor was closed behind our back; the slot is freed either way.
            try? epoll.remove(slots[slot].descriptor)
        }
        slots[slot].generation &+= 1
        slots[slot].descriptor = -1
        slots[slot].handler = nil
        freeSlots.append(registration.slot)
    }

    private func current(_ registration: Registration) -> Int? {
        let slot = Int(registration.slot)
        guard slot < slots.count, slots[slot].generation == registration.generation, slots[slot].handler != nil else {
            return nil
        }
        return slot
    }

    /// Runs `action` on the loop once the delay (from now, not from the turn's begin) has passed.
    package func schedule(after delay: Duration, _ action: @escaping Work) -> TimerID {
        schedule(at: MonotonicInstant.now.advanced(by: delay), action)
    }

    package func schedule(at deadline: MonotonicInstant, _ action: @escaping Work) -> TimerID {
        preconditionOnLoop()
        return timers.schedule(at: deadline, action)
    }

    /// True when the timer was still waiting.
    @discardableResult
    package func cancel(_ timer: TimerID) -> Bool {
        preconditionOnLoop()
        return timers.cancel(timer)
    }

    /// Calls `handler` once, after the jobs of this turn or as soon as they have taken four milliseconds: the place to send
    /// what a turn has collected. Everything received in this turn has been received by then.
    package func atEndOfTurn(_ handler: any TurnEndHandler) {
        preconditionOnLoop()
        endOfTurn.append(handler)
    }

    /// The same before all others: for questions to servers, which work on them while the answers to clients are sent.
    package func firstAtEndOfTurn(_ handler: any TurnEndHandler) {
        preconditionOnLoop()
        endOfTurn.insert(handler, at: 0)
    }

    /// Receives once from `socket` into the loop's buffer, one for all its sockets, so that an idle connection holds none.
    /// `body` gets the bytes if there are any, and must copy what it keeps.
    package func receive(
        from socket: Int32, _ body: (Span<UInt8>) -> Void
    ) throws(SystemError) -> Transfer {
        let transfer = try unsafe System.receive(socket, into: receiveBuffer)
        if case .bytes(let count) = transfer, count > 0 {
            let bytes = unsafe UnsafeRawBufferPointer(receiveBuffer).bindMemory(to: UInt8.self)
            unsafe body(bytes.extracting(..<count).span)
        }
        return transfer
    }

    /// The same for bytes that have to be opened first: `read` fills the buffer.
    func receive(
        _ body: (Span<UInt8>) -> Void,
        read: (UnsafeMutableRawBufferPointer) throws(SystemError) -> TLSSession.Step
    ) throws(SystemError) -> TLSSession.Step {
        let step = try unsafe read(receiveBuffer)
        if case .done(let count) = step {
            let bytes = unsafe UnsafeRawBufferPointer(receiveBuffer).bindMemory(to: UInt8.self)
            unsafe body(bytes.extracting(..<count).span)
        }
        return step
    }

    // MARK: The turn

    private func run() {
        threadHandle.store(UInt(pthread_self()), ordering: .relaxed)
        unsafe name.withCString { unsafe perigee_name_thread($0) }
        // A CPU that is not ours to use leaves the thread unpinned: slower, not wrong.
        if let pinnedCPU { try? System.pinThread(to: pinnedCPU) }
        while true {
            takeInbox()
            runJobs()
            runTimers()
            finishTurn()
            if isStopping, queue.isEmpty, closeInbox() { return }
            poll()
        }
    }

    private func takeInbox() {
        guard hasInbox.load(ordering: .acquiring) else { return }
        hasInbox.store(false, ordering: .sequentiallyConsistent)
        withInbox { inbox in
            if queue.isEmpty {
                swap(&queue, &inbox.entries)
            } else {
                queue.append(contentsOf: inbox.entries)
                inbox.entries.removeAll(keepingCapacity: true)
            }
        }
    }

    private func closeInbox() -> Bool {
        withInbox { inbox in
            guard inbox.entries.isEmpty else { return false }
            inbox.isClosed = true
            return true
        }
    }

    /// Runs the queue, also what it adds, up to `jobsPerTurn`.
    private func runJobs() {
        var remaining = Self.jobsPerTurn
        let serial = unsafe asUnownedSerialExecutor()
        let task = unsafe asUnownedTaskExecutor()
        while !queue.isEmpty, remaining > 0 {
            swap(&queue, &running)
            remaining -= running.count
            for entry in running {
                switch entry {
                case .job(let job): unsafe job.runSynchronously(isolatedTo: serial, taskExecutor: task)
                case .closure(let work): work()
                case .work(let work): work.run()
                }
                if !endOfTurn.isEmpty { finishLongTurn() }
            }
            running.removeAll(keepingCapacity: true)
        }
    }

    private func runTimers() {
        guard let next = timers.nextDeadline, next <= turnTime else { return }
        while let action = timers.popExpired(at: turnTime) {
            statistics.timers += 1
            action()
        }
    }

    private func finishTurn() {
        guard !endOfTurn.isEmpty else { return }
        // What a handler adds waits for the next turn.
        swap(&endOfTurn, &endingTurn)
        for handler in endingTurn { handler.turnEnded() }
        endingTurn.removeAll(keepingCapacity: true)
    }

    /// Answers that are ready do not wait for slow jobs behind them.
    private func finishLongTurn() {
        let now = MonotonicInstant.now
        guard now.nanoseconds - lastCollection.nanoseconds > Self.longestCollection else { return }
        lastCollection = now
        finishTurn()
    }

    private func poll() {
        var milliseconds: Int32 = 0
        if queue.isEmpty, endOfTurn.isEmpty {
            milliseconds = sleepMilliseconds()
            if milliseconds != 0 {
                isSleeping.store(true, ordering: .sequentiallyConsistent)
                if hasInbox.load(ordering: .sequentiallyConsistent) { milliseconds = 0 }
            }
        }
        let count: Int
        do {
            count = try epoll.wait(milliseconds: milliseconds)
        } catch {
            preconditionFailure("the epoll instance of \(name) failed: \(error)")
        }
        isSleeping.store(false, ordering: .relaxed)
        turnTime = .now
        lastCollection = turnTime
        statistics.turns += 1
        statistics.events += count
        for index in 0..<count {
            let (token, readiness) = epoll.event(at: index)
            if token == Self.wakeupToken {
                wakeup.reset()
            } else if let slot = current(Registration(token: token)) {
                slots[slot].handler?.ready(readiness)
            }
        }
    }

    /// Rounded up: waking a moment too early would spin through empty turns.
    private func sleepMilliseconds() -> Int32 {
        guard let next = timers.nextDeadline else { return -1 }
        let nanoseconds = next.nanoseconds - MonotonicInstant.now.nanoseconds
        if nanoseconds <= 0 { return 0 }
        return Int32(clamping: (nanoseconds - 1) / 1_000_000 + 1)
    }
}

/// What a loop runs once for each time it is enqueued.
package protocol LoopWork: AnyObject, Sendable {
    func run()
}

/// What was begun on a loop for somebody who may lose interest.
package protocol CancellableWork: AnyObject, Sendable {
    /// Nobody waits for it any more. On the loop's thread; does nothing where it has ended.
    func cancel()
}

/// What goes on whoever is interested, or has ended.
package final class UnstoppableWork: CancellableWork {
    package init() {}
    package func cancel() {}
}

/// Called once at the end of a turn; see `EventLoop.atEndOfTurn`.
package protocol TurnEndHandler: AnyObject, Sendable {
    func turnEnded()
}
