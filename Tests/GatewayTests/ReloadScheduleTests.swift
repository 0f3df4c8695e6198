// Conversations with the schedule of reloads: changes and timers in, what is to be done out.
import Reactor
import Testing

@testable import Gateway

@Suite
struct ReloadScheduleTests {
    private static func at(_ milliseconds: Int64) -> MonotonicInstant {
        MonotonicInstant(nanoseconds: milliseconds * 1_000_000)
    }

    @Test func `a change is read once it has been quiet for a moment`() {
        var schedule = ReloadSchedule()
        #expect(schedule.changed(at: Self.at(0)) == .wake(Self.at(50)))
        #expect(schedule.changed(at: Self.at(20)) == .none)
        #expect(schedule.woken(at: Self.at(50)) == .wake(Self.at(70)))
        #expect(schedule.woken(at: Self.at(70)) == .read)
        #expect(schedule.finished(at: Self.at(90)) == .none)
        #expect(schedule.changed(at: Self.at(100)) == .wake(Self.at(150)))
    }

    @Test func `changes that do not end are read all the same`() {
        var schedule = ReloadSchedule()
        var timer: MonotonicInstant?
        var reads: [Int64] = []
        for millisecond in 0..<Int64(2500) {
            if millisecond % 10 == 0, case .wake(let due) = schedule.changed(at: Self.at(millisecond)) { timer = due }
            guard timer == Self.at(millisecond) else { continue }
            switch schedule.woken(at: Self.at(millisecond)) {
            case .wake(let due): timer = due
            case .none: timer = nil
            case .read:
                reads.append(millisecond)
                timer = nil
                _ = schedule.finished(at: Self.at(millisecond))
            }
        }
        #expect(reads == [1000, 2010])
    }

    @Test func `a change during a reading is read after it`() {
        var schedule = ReloadSchedule()
        _ = schedule.changed(at: Self.at(0))
        #expect(schedule.woken(at: Self.at(50)) == .read)
        #expect(schedule.changed(at: Self.at(60)) == .none)
        #expect(schedule.finished(at: Self.at(200)) == .wake(Self.at(250)))
        #expect(schedule.woken(at: Self.at(250)) == .read)
        #expect(schedule.finished(at: Self.at(300)) == .none)
    }

    @Test func `a demand waits for nothing but a reading under way`() {
        var schedule = ReloadSchedule()
        #expect(schedule.demanded(at: Self.at(0)) == .read)
        #expect(schedule.demanded(at: Self.at(5)) == .none)
        #expect(schedule.finished(at: Self.at(10)) == .wake(Self.at(60)))
        #expect(schedule.demanded(at: Self.at(20)) == .read)
        // The timer of before finds the reading it was for under way.
        #expect(schedule.woken(at: Self.at(60)) == .none)
        #expect(schedule.finished(at: Self.at(70)) == .none)
    }
}
