// How long changes are collected before live queries are read again: not at all while reading costs little, and as long as the
// last round of reads took where it costs much, so that writers keep at least half of the machine. Bounded by configuration.
internal import Reactor

struct CoalescingWindow: Sendable {
    var longest: Duration
    private var began: MonotonicInstant?
    private var notBefore = MonotonicInstant(nanoseconds: .min)

    init(longest: Duration) {
        self.longest = longest
    }

    /// When a round for a change that is heard of now may begin.
    func nextRound(after now: MonotonicInstant) -> MonotonicInstant { max(now, notBefore) }

    mutating func roundBegan(at now: MonotonicInstant) {
        if began == nil { began = now }
    }

    /// Nothing is left to read.
    mutating func roundEnded(at now: MonotonicInstant) {
        guard let began else { return }
        self.began = nil
        notBefore = now.advanced(by: min(began.duration(to: now), longest))
    }
}
