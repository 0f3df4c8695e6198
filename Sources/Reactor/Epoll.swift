// One epoll instance, level-triggered, and the eventfd that ends its sleep.
// https://man7.org/linux/man-pages/man7/epoll.7.html

internal import CLinux
internal import Glibc

@safe package struct Epoll: ~Copyable {
    private let descriptor: FileDescriptor
    private var events: [epoll_event]

    package init(eventsPerTurn: Int = 256) throws(SystemError) {
        descriptor = FileDescriptor(
            owning: try System.check("epoll_create1", epoll_create1(Int32(EPOLL_CLOEXEC))))
        unsafe events = [epoll_event](repeating: epoll_event(), count: eventsPerTurn)
    }

    package func add(_ target: Int32, interest: Readiness, token: UInt64) throws(SystemError) {
        try control(EPOLL_CTL_ADD, target, interest, token)
    }

    package func change(_ target: Int32, interest: Readiness, token: UInt64) throws(SystemError) {
        try control(EPOLL_CTL_MOD, target, interest, token)
    }

    package func remove(_ target: Int32) throws(SystemError) {
        try control(EPOLL_CTL_DEL, target, [], 0)
    }

    private func control(
        _ operation: Int32, _ target: Int32, _ interest: Readiness, _ token: UInt64
    ) throws(SystemError) {
        var event = unsafe epoll_event()
        unsafe event.events = interest.rawValue
        unsafe event.data.u64 = token
        try unsafe System.check("epoll_ctl", epoll_ctl(descriptor.raw, operation, target, &event))
    }

    /// Waits at most `milliseconds` (-1: for ever, 0: not at all) and returns how many events `event(at:)` can give.
    package mutating func wait(milliseconds: Int32) throws(SystemError) -> Int {
        let target = descriptor.raw
        let count = unsafe events.withUnsafeMutableBufferPointer { buffer in
            unsafe epoll_wait(target, buffer.baseAddress, Int32(buffer.count), milliseconds)
        }
        if count >= 0 { return Int(count) }
        let number = errno
        if number == EINTR { return 0 }
        throw System.failure("epoll_wait", number)
    }

    /// Token and conditions of one event of the last wait.
    package func event(at index: Int) -> (token: UInt64, readiness: Readiness) {
        unsafe (events[index].data.u64, Readiness(rawValue: events[index].events))
    }
}

/// An eventfd that ends the epoll wait of a sleeping loop.
package struct Wakeup: ~Copyable, Sendable {
    private let descriptor: FileDescriptor

    package init() throws(SystemError) {
        descriptor = FileDescriptor(
            owning: try System.check(
                "eventfd", eventfd(0, Int32(EFD_CLOEXEC | EFD_NONBLOCK))))
    }

    /// To be registered for reading.
    package var raw: Int32 { descriptor.raw }

    /// Ends the current or the next wait. From any thread.
    package func wake() {
        var one: UInt64 = 1
        // EAGAIN means the counter is full, so the wait ends anyway.
        _ = unsafe write(descriptor.raw, &one, MemoryLayout<UInt64>.size)
    }

    /// Makes the descriptor unreadable again.
    package func reset() {
        var count: UInt64 = 0
        _ = unsafe read(descriptor.raw, &count, MemoryLayout<UInt64>.size)
    }
}
