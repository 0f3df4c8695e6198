import Testing

// When a cohort is read, as conversations.
@testable import Live

@Suite
struct CohortStateTests {
    private enum Event {
        case changed
        case joined
        case begin
        case finished
        case failed
        case rested
    }

    private static func actions(_ events: [Event]) -> [CohortState.Action] {
        var state = CohortState()
        return events.compactMap { event in
            switch event {
            case .changed: return state.changed()
            case .joined: return state.joined()
            case .begin:
                state.begin()
                return nil
            case .finished: return state.finished()
            case .failed: return state.failed()
            case .rested: return state.rested()
            }
        }
    }

    @Test(
        arguments: [
            // What changes while it waits is read with the rest.
            ([.joined, .changed, .joined, .begin, .finished], [.enqueue, .nothing, .nothing, .nothing]),
            // What changes while it is read is read again, once.
            (
                [.joined, .begin, .changed, .changed, .finished, .begin, .finished],
                [.enqueue, .nothing, .nothing, .enqueue, .nothing]
            ),
            // Whoever comes while it is read is not served by that read.
            ([.joined, .begin, .joined, .finished], [.enqueue, .nothing, .enqueue]),
            // Idle cohorts are read for each change.
            (
                [.joined, .begin, .finished, .changed, .begin, .finished, .changed],
                [.enqueue, .nothing, .enqueue, .nothing, .enqueue]
            ),
            // Failures rest, longer each time; changes do not cut a rest short, subscribers do.
            (
                [.joined, .begin, .failed, .changed, .rested, .begin, .failed, .rested, .begin, .finished, .changed],
                [
                    .enqueue, .rest(.milliseconds(250)), .nothing, .enqueue, .rest(.milliseconds(500)), .enqueue,
                    .nothing,
                    .enqueue,
                ]
            ),
            (
                [.joined, .begin, .failed, .joined, .rested, .begin, .changed, .failed],
                [.enqueue, .rest(.milliseconds(250)), .enqueue, .nothing, .nothing, .rest(.milliseconds(500))]
            ),
            // A success forgets them.
            (
                [.joined, .begin, .failed, .rested, .begin, .finished, .changed, .begin, .failed],
                [
                    .enqueue, .rest(.milliseconds(250)), .enqueue, .nothing, .enqueue, .rest(.milliseconds(250)),
                ]
            ),
        ] as [([Event], [CohortState.Action])])
    private func conversations(_ events: [Event], _ expected: [CohortState.Action]) {
        #expect(Self.actions(events) == expected)
    }

    @Test func `rests are bounded`() {
        var state = CohortState()
        _ = state.joined()
        for _ in 0..<100 {
            state.begin()
            guard case .rest(let duration) = state.failed() else {
                Issue.record("no rest")
                return
            }
            #expect(duration <= CohortState.longestRest)
            _ = state.rested()
        }
        state.begin()
        #expect(state.failed() == .rest(CohortState.longestRest))
    }
}
