// What epoll can say about a descriptor, and who is told.

/// A set of epoll conditions; used both for interest and for what happened. Inlinable with literal values (they are the
/// kernel's ABI), since every event of every socket is looked at through this type from another module.
@frozen
package struct Readiness: OptionSet, Sendable, Hashable {
    package let rawValue: UInt32

    @inlinable
    package init(rawValue: UInt32) {
        self.rawValue = rawValue
    }

    /// EPOLLIN
    @inlinable package static var readable: Readiness { Readiness(rawValue: 0x1) }
    /// EPOLLOUT
    @inlinable package static var writable: Readiness { Readiness(rawValue: 0x4) }
    /// EPOLLERR: the socket failed; always reported.
    @inlinable package static var failed: Readiness { Readiness(rawValue: 0x8) }
    /// EPOLLHUP: both directions are closed; always reported.
    @inlinable package static var hangup: Readiness { Readiness(rawValue: 0x10) }
    /// EPOLLRDHUP: the peer will send nothing more (it closed, or shut down its sending side).
    @inlinable package static var peerClosed: Readiness { Readiness(rawValue: 0x2000) }

    @inlinable
    package func contains(_ other: Readiness) -> Bool { rawValue & other.rawValue == other.rawValue }

    @inlinable
    package func union(_ other: Readiness) -> Readiness { Readiness(rawValue: rawValue | other.rawValue) }

    @inlinable
    package func intersection(_ other: Readiness) -> Readiness { Readiness(rawValue: rawValue & other.rawValue) }

    @inlinable
    package func subtracting(_ other: Readiness) -> Readiness { Readiness(rawValue: rawValue & ~other.rawValue) }
}

/// Receives the events of a registered descriptor, on the loop's thread.
package protocol ReadinessHandler: AnyObject, Sendable {
    func ready(_ readiness: Readiness)
}

/// Names one registration of a descriptor. It is carried beside the descriptor through epoll, so that an event that was
/// fetched before the registration ended is recognised as stale even if the number was reused meanwhile.
package struct Registration: Sendable, Hashable {
    let slot: UInt32
    let generation: UInt32

    var token: UInt64 { UInt64(generation) << 32 | UInt64(slot) }

    init(slot: UInt32, generation: UInt32) {
        self.slot = slot
        self.generation = generation
    }

    init(token: UInt64) {
        self.init(slot: UInt32(truncatingIfNeeded: token), generation: UInt32(token >> 32))
    }
}
