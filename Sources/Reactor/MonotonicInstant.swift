// A point on the monotonic clock, in nanoseconds; small and cheap to compare, unlike the 128-bit standard instants, since
// every connection compares several each turn of the loop.

internal import CLinux

package struct MonotonicInstant: Sendable, Hashable, Comparable {
    package let nanoseconds: Int64

    @inlinable
    package init(nanoseconds: Int64) {
        self.nanoseconds = nanoseconds
    }

    /// Reads the clock (a vDSO call, about 20 ns). On a loop prefer `EventLoop.now`.
    package static var now: MonotonicInstant {
        MonotonicInstant(nanoseconds: perigee_monotonic_nanoseconds())
    }

    @inlinable
    package static func < (left: MonotonicInstant, right: MonotonicInstant) -> Bool {
        left.nanoseconds < right.nanoseconds
    }

    package func advanced(by duration: Duration) -> MonotonicInstant {
        advanced(nanoseconds: duration.wholeNanoseconds)
    }

    /// Saturates, so that "never" (a huge duration) stays in the future.
    @inlinable
    package func advanced(nanoseconds duration: Int64) -> MonotonicInstant {
        let (sum, overflow) = nanoseconds.addingReportingOverflow(duration)
        return MonotonicInstant(nanoseconds: overflow ? (duration < 0 ? .min : .max) : sum)
    }

    package func duration(to other: MonotonicInstant) -> Duration {
        .nanoseconds(other.nanoseconds.subtractingReportingOverflow(nanoseconds).partialValue)
    }
}

extension Duration {
    /// Nanoseconds, saturated to 64 bits (292 years).
    package var wholeNanoseconds: Int64 {
        let (seconds, attoseconds) = components
        let (scaled, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        if overflow { return seconds < 0 ? .min : .max }
        let (sum, secondOverflow) = scaled.addingReportingOverflow(attoseconds / 1_000_000_000)
        return secondOverflow ? (seconds < 0 ? .min : .max) : sum
    }
}
