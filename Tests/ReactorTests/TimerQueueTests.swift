// The timer heap, driven by times that the test makes up.

import Reactor
import Synchronization
import Testing

private func at(_ nanoseconds: Int64) -> MonotonicInstant { MonotonicInstant(nanoseconds: nanoseconds) }

/// Writes down which timers fired, in order.
private final class Journal: Sendable {
    private let entries = Mutex<[Int]>([])

    func note(_ number: Int) { entries.withLock { $0.append(number) } }
    var all: [Int] { entries.withLock { $0 } }
}

extension TimerQueue {
    fileprivate mutating func fireAll(at now: MonotonicInstant) {
        while let action = popExpired(at: now) { action() }
    }
}

struct TimerQueueTests {
    @Test func `fires what is due in order of deadlines, equal ones in order of scheduling`() {
        var queue = TimerQueue()
        let journal = Journal()
        for (number, deadline) in [(1, 30), (2, 10), (3, 20), (4, 10), (5, 40)] as [(Int, Int64)] {
            _ = queue.schedule(at: at(deadline)) { journal.note(number) }
        }
        #expect(queue.nextDeadline == at(10))
        queue.fireAll(at: at(9))
        #expect(journal.all.isEmpty)
        queue.fireAll(at: at(20))
        #expect(journal.all == [2, 4, 3])
        queue.fireAll(at: at(100))
        #expect(journal.all == [2, 4, 3, 1, 5])
        #expect(queue.nextDeadline == nil && queue.count == 0)
    }

    @Test func `a cancelled timer does not fire and is cancelled once`() {
        var queue = TimerQueue()
        let journal = Journal()
        let first = queue.schedule(at: at(1)) { journal.note(1) }
        let second = queue.schedule(at: at(2)) { journal.note(2) }
        let cancels = [queue.cancel(first), queue.cancel(first)]
        #expect(cancels == [true, false])
        queue.fireAll(at: at(5))
        #expect(journal.all == [2])
        let late = queue.cancel(second)
        #expect(!late, "it fired already")
    }

    @Test func `a stale name never cancels the timer that took its slot`() {
        var queue = TimerQueue()
        let journal = Journal()
        let stale = queue.schedule(at: at(1)) { journal.note(1) }
        queue.cancel(stale)
        _ = queue.schedule(at: at(1)) { journal.note(2) }
        let cancelled = queue.cancel(stale)
        #expect(!cancelled)
        queue.fireAll(at: at(1))
        #expect(journal.all == [2])
    }

    @Test func `agrees with a sorted list over random operations`() {
        var generator = SystemRandomNumberGenerator()
        var queue = TimerQueue()
        let journal = Journal()
        var expected: [(deadline: Int64, number: Int)] = []
        var names: [Int: TimerID] = [:]
        var fired: [Int] = []
        var now: Int64 = 0
        for number in 0..<3000 {
            let deadline = now + Int64.random(in: 0...50, using: &generator)
            names[number] = queue.schedule(at: at(deadline)) { journal.note(number) }
            expected.append((deadline, number))
            if number % 3 == 0, let victim = expected.randomElement(using: &generator), let name = names[victim.number]
            {
                let cancelled = queue.cancel(name)
                #expect(cancelled)
                expected.removeAll { $0.number == victim.number }
            }
            if number % 5 == 0 {
                now += 7
                queue.fireAll(at: at(now))
                let due = expected.filter { $0.deadline <= now }.sorted {
                    ($0.deadline, $0.number) < ($1.deadline, $1.number)
                }
                fired += due.map(\.number)
                expected.removeAll { $0.deadline <= now }
            }
            #expect(queue.count == expected.count)
        }
        #expect(journal.all == fired)
    }

    @Test func `instants saturate instead of overflowing`() {
        #expect(at(1).advanced(by: .seconds(Int64.max)) == at(.max))
        #expect(at(5).advanced(by: .nanoseconds(7)) == at(12))
        #expect(at(-5).advanced(nanoseconds: .min) == at(.min))
        #expect(at(10).duration(to: at(25)) == .nanoseconds(15))
        #expect(Duration.milliseconds(3).wholeNanoseconds == 3_000_000)
        #expect(Duration.seconds(Int64.min).wholeNanoseconds == .min)
    }
}
