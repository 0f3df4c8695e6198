// The loop: what is posted runs, runs on its thread, and a task of the loop never leaves it.

import Foundation
import Reactor
import Synchronization
import Testing

/// Runs `body` with a loop that is stopped afterwards.
private func withLoop(_ body: (EventLoop) async throws -> Void) async throws {
    let loop = try EventLoop(name: "test")
    do {
        try await body(loop)
    } catch {
        loop.stop()
        throw error
    }
    loop.stop()
}

/// Runs `work` as a task of the loop and waits for its value.
private func onLoop<Value: Sendable>(_ loop: EventLoop, _ work: @escaping @Sendable () async -> Value) async -> Value {
    await Task(executorPreference: loop) { await work() }.value
}

private actor Neighbour {
    nonisolated let loop: EventLoop
    nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe loop.asUnownedSerialExecutor() }
    init(loop: EventLoop) { self.loop = loop }
    func isOnLoop() -> Bool { loop.isOnLoop }
}

private actor PlainActor {
    func isOn(_ loop: EventLoop) -> Bool { loop.isOnLoop }
}

/// Notes readiness and reads what is there.
private final class Listener: ReadinessHandler {
    private let events = Mutex(0)
    private let action: @Sendable (Readiness) -> Void

    init(_ action: @escaping @Sendable (Readiness) -> Void = { _ in }) { self.action = action }

    func ready(_ readiness: Readiness) {
        events.withLock { $0 += 1 }
        action(readiness)
    }

    var count: Int { events.withLock { $0 } }
}

/// Two connected sockets, closed with their owner.
private final class SocketPair: Sendable {
    let ours: Int32
    let theirs: Int32

    init() {
        var ends: [Int32] = [-1, -1]
        let kind = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue)
        precondition(unsafe socketpair(AF_UNIX, kind, 0, &ends) == 0, "no socket pair")
        (ours, theirs) = (ends[0], ends[1])
    }

    func sendToOurs() { precondition(unsafe send(theirs, "x", 1, 0) == 1, "nothing sent") }

    deinit {
        _ = FileDescriptor(owning: ours)
        _ = FileDescriptor(owning: theirs)
    }
}

@Suite(.timeLimit(.minutes(1)))
struct EventLoopTests {
    @Test func `runs posted closures in order on its own thread`() async throws {
        try await withLoop { loop in
            #expect(!loop.isOnLoop)
            let seen = Mutex<[Int]>([])
            let allOnLoop: Bool = await loop.wait { continuation in
                for number in 0..<1000 { loop.execute { seen.withLock { $0.append(number) } } }
                loop.execute { continuation.resume(returning: loop.isOnLoop) }
            }
            #expect(allOnLoop)
            #expect(seen.withLock { $0 } == Array(0..<1000))
        }
    }

    @Test func `wakes for posts from many threads and loses none`() async throws {
        try await withLoop { loop in
            let count = Counter()
            await withTaskGroup(of: Void.self) { group in
                for _ in 0..<8 {
                    group.addTask { @Sendable in
                        for _ in 0..<2000 {
                            let _: Void = await loop.wait { continuation in
                                loop.execute {
                                    count.increment()
                                    continuation.resume(returning: ())
                                }
                            }
                        }
                    }
                }
            }
            #expect(count.value == 16_000)
        }
    }

    @Test func `a task of the loop stays on it through every kind of await`() async throws {
        try await withLoop { loop in
            let before = await loop.counters()
            let places = await onLoop(loop) {
                var places: [String: Bool] = ["at the start": loop.isOnLoop]
                await Task.yield()
                places["after a yield"] = loop.isOnLoop
                async let child = loop.isOnLoop
                places["in a child task"] = await child
                places["after a child task"] = loop.isOnLoop
                await withTaskGroup(of: Bool.self) { group in
                    for _ in 0..<4 { group.addTask { loop.isOnLoop } }
                    places["in a task group"] = await group.allSatisfy { $0 }
                }
                places["after a task group"] = loop.isOnLoop
                places["in an actor of the loop"] = await Neighbour(loop: loop).isOnLoop()
                places["after an actor of the loop"] = loop.isOnLoop
                places["in a plain actor"] = await PlainActor().isOn(loop)
                places["after a plain actor"] = loop.isOnLoop
                try? await loop.sleep(for: .milliseconds(1))
                places["after a sleep"] = loop.isOnLoop
                let _: Void = await loop.wait { continuation in
                    Thread.detachNewThread { continuation.resume(returning: ()) }
                }
                places["after another thread's answer"] = loop.isOnLoop
                return places
            }
            #expect(places.filter { !$0.value }.isEmpty)
            #expect(places.count == 12)
            let after = await loop.counters()
            // One: the task itself, created by this test's thread.
            #expect(after.foreignJobs - before.foreignJobs == 1)
            #expect(after.foreignClosures > before.foreignClosures)
        }
    }

    @Test func `counts a continuation that another thread resumes directly`() async throws {
        try await withLoop { loop in
            let before = await loop.counters()
            await onLoop(loop) {
                await withCheckedContinuation { continuation in
                    // The loop comes to this once the task waits: resumed before, it would not have to be enqueued.
                    loop.execute { Thread.detachNewThread { continuation.resume() } }
                }
            }
            let after = await loop.counters()
            #expect(after.foreignJobs - before.foreignJobs == 2)
        }
    }

    @Test func `timers fire in order and not before their time`() async throws {
        try await withLoop { loop in
            let start = MonotonicInstant.now
            let order: [Int] = await loop.wait { continuation in
                loop.execute {
                    let seen = Mutex<[Int]>([])
                    let note: @Sendable (Int) -> Void = { number in seen.withLock { $0.append(number) } }
                    _ = loop.schedule(after: .milliseconds(20)) {
                        note(3)
                        continuation.resume(returning: seen.withLock { $0 })
                    }
                    _ = loop.schedule(after: .milliseconds(10)) { note(2) }
                    _ = loop.schedule(after: .zero) { note(1) }
                    let cancelled = loop.schedule(after: .milliseconds(5)) { note(99) }
                    loop.cancel(cancelled)
                }
            }
            #expect(order == [1, 2, 3])
            #expect(start.duration(to: .now) >= .milliseconds(20))
        }
    }

    @Test func `a sleep ends early when its task is cancelled`() async throws {
        try await withLoop { loop in
            let started = MonotonicInstant.now
            let task = Task(executorPreference: loop) {
                do {
                    try await loop.sleep(for: .seconds(50))
                    return false
                } catch {
                    return loop.isOnLoop
                }
            }
            task.cancel()
            #expect(await task.value)
            #expect(started.duration(to: .now) < .seconds(40))
        }
    }

    @Test func `a task that keeps yielding does not keep timers from firing`() async throws {
        try await withLoop { loop in
            let fired = Flag()
            let rounds = await onLoop(loop) {
                _ = loop.schedule(after: .milliseconds(2)) { fired.set(true) }
                var rounds = 0
                while !fired.value {
                    rounds += 1
                    await Task.yield()
                }
                return rounds
            }
            #expect(rounds > 0)
        }
    }

    @Test func `tells readiness, and stops telling after deregistering`() async throws {
        try await withLoop { loop in
            let pair = SocketPair()
            let raw = pair.ours
            let (events, readiness) = AsyncStream.makeStream(of: Readiness.self)
            let listener = Listener { event in
                var byte: UInt8 = 0
                _ = unsafe recv(raw, &byte, 1, 0)
                readiness.yield(event)
            }
            let registration = await onLoop(loop) {
                try? loop.register(raw, interest: [.readable, .peerClosed], handler: listener)
            }
            let unwrapped = try #require(registration)
            var iterator = events.makeAsyncIterator()
            pair.sendToOurs()
            #expect(await iterator.next() == .readable)
            await onLoop(loop) { loop.deregister(unwrapped, closing: false) }
            pair.sendToOurs()
            await onLoop(loop) { await Task.yield() }
            #expect(listener.count == 1)
        }
    }

    @Test func `an event fetched before its registration ended is not given to the next owner`() async throws {
        try await withLoop { loop in
            let first = SocketPair()
            let second = SocketPair()
            let spare = SocketPair()
            let stranger = Listener()
            let names = Mutex<[Registration]>([])
            let done = AsyncStream.makeStream(of: Void.self)
            // Both become ready in one wait. Whoever is called first ends the other's registration and registers another
            // descriptor, which takes over the slot.
            let act: @Sendable (Int) -> Void = { other in
                let isFirst = names.withLock { $0.count == 2 }
                guard isFirst else { return }
                let victim = names.withLock { $0[other] }
                loop.deregister(victim, closing: false)
                let next = try? loop.register(spare.ours, interest: [], handler: stranger)
                names.withLock { if let next { $0.append(next) } }
                done.continuation.yield()
            }
            let one = Listener { _ in act(1) }
            let two = Listener { _ in act(0) }
            first.sendToOurs()
            second.sendToOurs()
            spare.sendToOurs()
            await onLoop(loop) {
                let registrations = [
                    try? loop.register(first.ours, interest: .readable, handler: one),
                    try? loop.register(second.ours, interest: .readable, handler: two),
                ]
                names.withLock { $0 = registrations.compactMap { $0 } }
            }
            var iterator = done.stream.makeAsyncIterator()
            _ = await iterator.next()
            await onLoop(loop) { await Task.yield() }
            #expect(stranger.count == 0)
            #expect(names.withLock { $0.count } == 3)
            #expect(one.count == 0 || two.count == 0, "the other event was stale")
            await onLoop(loop) { for name in names.withLock({ $0 }) { loop.deregister(name, closing: false) } }
        }
    }

    @Test func `end of turn handlers run once, after the jobs of the turn`() async throws {
        try await withLoop { loop in
            final class Ender: TurnEndHandler {
                let seen = Mutex<[String]>([])
                let done: @Sendable () -> Void
                init(_ done: @escaping @Sendable () -> Void) { self.done = done }
                func turnEnded() {
                    seen.withLock { $0.append("end") }
                    done()
                }
            }
            let ended = AsyncStream.makeStream(of: Void.self)
            let ender = Ender { ended.continuation.yield() }
            loop.execute {
                loop.atEndOfTurn(ender)
                ender.seen.withLock { $0.append("first") }
                loop.execute { ender.seen.withLock { $0.append("second") } }
            }
            var iterator = ended.stream.makeAsyncIterator()
            _ = await iterator.next()
            await onLoop(loop) { await Task.yield() }
            #expect(ender.seen.withLock { $0 } == ["first", "second", "end"])
        }
    }

    @Test func `what a turn collected does not wait for slow jobs behind it`() async throws {
        try await withLoop { loop in
            final class Ender: TurnEndHandler {
                let seen: Mutex<[String]> = Mutex([])
                func turnEnded() { seen.withLock { $0.append("end") } }
            }
            let ender = Ender()
            await onLoop(loop) {
                loop.atEndOfTurn(ender)
                // Of one turn: each is queued before the first has run.
                for index in 0..<20 {
                    loop.execute {
                        let end = MonotonicInstant.now.advanced(by: .milliseconds(1))
                        while MonotonicInstant.now < end {}
                        ender.seen.withLock { $0.append("\(index)") }
                    }
                }
            }
            await onLoop(loop) {}
            let seen = ender.seen.withLock { $0 }
            #expect(seen.filter { $0 == "end" }.count == 1)
            let end = try #require(seen.firstIndex(of: "end"))
            #expect(end > 0 && end < 20, "\(seen)")
        }
    }

    @Test func `a stopped loop has run what was posted before`() async throws {
        let loop = try EventLoop(name: "stopping")
        let count = Counter()
        for _ in 0..<500 { loop.execute { count.increment() } }
        loop.stop()
        #expect(count.value == 500)
    }

    @Test func `recursion of the depth that limits allow fits the stack`() async throws {
        try await withLoop { loop in
            let depth = await onLoop(loop) { Recursion.descend(10_000) }
            #expect(depth == 10_000)
        }
    }

    @Test func `a group hands out the loop with the fewest connections`() throws {
        let group = try EventLoopGroup(count: 3, name: "group")
        #expect(group.leastLoaded === group.loops[0])
        group.loops[0].connectionCount.add(2, ordering: .relaxed)
        group.loops[1].connectionCount.add(1, ordering: .relaxed)
        #expect(group.leastLoaded === group.loops[2])
        group.loops[2].connectionCount.add(3, ordering: .relaxed)
        #expect(group.leastLoaded === group.loops[1])
        #expect(group.current == nil)
        #expect(EventLoopGroup.defaultCount >= 1 && EventLoopGroup.defaultCount <= EventLoopGroup.defaultMaximum)
        group.stop()
    }
}

private enum Recursion {
    /// Not a tail call; some hundred bytes a level, so megabytes in all.
    @inline(never)
    static func descend(_ depth: Int) -> Int {
        var pad = (0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)
        unsafe withUnsafeMutableBytes(of: &pad) { unsafe $0[0] = UInt8(truncatingIfNeeded: depth) }
        if depth == 0 { return Int(pad.0) }
        return 1 + descend(depth - 1) + (pad.0 & 0)
    }
}
