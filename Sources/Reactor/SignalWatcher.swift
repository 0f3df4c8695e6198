// Signals as events of a loop (self-pipe): SIGTERM becomes a closure call on the loop instead of a handler in which
// almost nothing may be done. One watcher a process.

internal import CLinux
internal import Glibc

// Unchecked: the state is touched by the loop's thread only, after the initialiser.
package final class SignalWatcher: ReadinessHandler, @unchecked Sendable {
    private let readEnd: FileDescriptor
    private let writeEnd: FileDescriptor
    private let action: @Sendable (Int32) -> Void

    package static let terminate = SIGTERM
    package static let interrupt = SIGINT
    package static let hangup = SIGHUP

    /// Calls `action` on `loop` with the signal's number, each time one of `signals` arrives. The watcher stays for the
    /// life of the process.
    @discardableResult
    package static func watch(
        _ signals: [Int32], on loop: EventLoop, _ action: @escaping @Sendable (Int32) -> Void
    ) throws(SystemError) -> SignalWatcher {
        let watcher = try SignalWatcher(action)
        for signal in signals {
            let number = perigee_signal_to_descriptor(signal, watcher.writeEnd.raw)
            if number != 0 { throw SystemError(call: "sigaction", number: number) }
        }
        loop.execute {
            do {
                _ = try loop.register(watcher.readEnd.raw, interest: .readable, handler: watcher)
            } catch {
                preconditionFailure("a pipe could not be registered: \(error)")
            }
        }
        return watcher
    }

    private init(_ action: @escaping @Sendable (Int32) -> Void) throws(SystemError) {
        var ends: [Int32] = [-1, -1]
        try unsafe System.check("pipe2", perigee_pipe(&ends))
        readEnd = FileDescriptor(owning: ends[0])
        writeEnd = FileDescriptor(owning: ends[1])
        self.action = action
    }

    package func ready(_ readiness: Readiness) {
        var number: UInt8 = 0
        while unsafe read(readEnd.raw, &number, 1) == 1 {
            action(Int32(number))
        }
    }
}
