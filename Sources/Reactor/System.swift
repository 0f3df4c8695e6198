// Every system call of the reactor goes through here: EINTR is retried, would-block is a value, an errno that can only
// mean our own bug (EBADF, EFAULT) traps, and the rest is thrown.

internal import CLinux
internal import Glibc

/// What a non-blocking read or write did.
package enum Transfer: Sendable, Equatable {
    /// This many bytes moved; 0 from a read is the end of the stream.
    case bytes(Int)
    case wouldBlock
}

package enum System {
    /// Reads once from a socket into `buffer`.
    package static func receive(
        _ descriptor: Int32, into buffer: UnsafeMutableRawBufferPointer
    ) throws(SystemError) -> Transfer {
        while true {
            let count = unsafe recv(descriptor, buffer.baseAddress, buffer.count, 0)
            if count >= 0 { return .bytes(count) }
            let number = errno
            if number == EINTR { continue }
            if number == EAGAIN || number == EWOULDBLOCK { return .wouldBlock }
            throw failure("recv", number)
        }
    }

    /// The next byte to be read from a socket, which stays there; nil when none has come. An end of the stream is an error.
    static func peek(_ descriptor: Int32) throws(SystemError) -> UInt8? {
        var byte: UInt8 = 0
        while true {
            let count = unsafe recv(descriptor, &byte, 1, Int32(MSG_PEEK))
            if count > 0 { return byte }
            if count == 0 { throw failure("recv", ECONNRESET) }
            let number = errno
            if number == EINTR { continue }
            if number == EAGAIN || number == EWOULDBLOCK { return nil }
            throw failure("recv", number)
        }
    }

    /// Writes once to a socket; a closed peer is an error, never a signal.
    package static func send(
        _ descriptor: Int32, _ buffer: UnsafeRawBufferPointer
    ) throws(SystemError) -> Transfer {
        while true {
            let count = unsafe Glibc.send(descriptor, buffer.baseAddress, buffer.count, Int32(MSG_NOSIGNAL))
            if count >= 0 { return .bytes(count) }
            let number = errno
            if number == EINTR { continue }
            if number == EAGAIN || number == EWOULDBLOCK { return .wouldBlock }
            throw failure("send", number)
        }
    }

    /// Writes two runs of bytes with one call (a head and a large body that is not copied behind it).
    package static func send(
        _ descriptor: Int32, _ first: UnsafeRawBufferPointer, _ second: UnsafeRawBufferPointer
    ) throws(SystemError) -> Transfer {
        let parts: [iovec] = unsafe [
            iovec(iov_base: UnsafeMutableRawPointer(mutating: first.baseAddress), iov_len: first.count),
            iovec(iov_base: UnsafeMutableRawPointer(mutating: second.baseAddress), iov_len: second.count),
        ]
        return try unsafe send(descriptor, vector: parts)
    }

    private static func send(_ descriptor: Int32, vector: [iovec]) throws(SystemError) -> Transfer {
        var parts = unsafe vector
        while true {
            let count = unsafe parts.withUnsafeMutableBufferPointer { parts in
                var message = unsafe msghdr()
                unsafe message.msg_iov = parts.baseAddress
                unsafe message.msg_iovlen = parts.count
                return unsafe sendmsg(descriptor, &message, Int32(MSG_NOSIGNAL))
            }
            if count >= 0 { return .bytes(count) }
            let number = errno
            if number == EINTR { continue }
            if number == EAGAIN || number == EWOULDBLOCK { return .wouldBlock }
            throw failure("sendmsg", number)
        }
    }

    /// Accepts one connection, already non-blocking and close-on-exec; nil when none waits. A peer that gave up in the
    /// queue is skipped.
    package static func accept(_ listener: Int32) throws(SystemError) -> FileDescriptor? {
        while true {
            let descriptor = perigee_accept(listener)
            if descriptor >= 0 { return FileDescriptor(owning: descriptor) }
            switch errno {
            // accept(2): pending network errors of the new socket are reported here and mean "try the next one".
            case EINTR, ECONNABORTED, EPROTO, ENETDOWN, ENETUNREACH, EHOSTDOWN, EHOSTUNREACH, ENONET, ENOPROTOOPT:
                continue
            case EAGAIN, EWOULDBLOCK: return nil
            case let number: throw failure("accept4", number)
            }
        }
    }

    /// From here on the socket is readable and at its end.
    static func shutdownRead(_ descriptor: Int32) throws(SystemError) {
        try check("shutdown", shutdown(descriptor, Int32(SHUT_RD)))
    }

    package static func shutdownWrite(_ descriptor: Int32) throws(SystemError) {
        try check("shutdown", shutdown(descriptor, Int32(SHUT_WR)))
    }

    /// Closes; never retried, since after EINTR the descriptor is gone on Linux and may already be someone else's.
    static func close(_ descriptor: Int32) {
        if Glibc.close(descriptor) != 0, errno == EBADF {
            preconditionFailure("closed a descriptor that was not open")
        }
    }

    /// Writes to closed pipes and sockets made by libraries fail instead of ending the process. Call once at start.
    package static func ignoreBrokenPipe() {
        perigee_ignore_broken_pipe()
    }

    /// Processor time the calling thread has used, in nanoseconds.
    package static var threadProcessorNanoseconds: Int64 { perigee_thread_cpu_nanoseconds() }

    /// CPUs this process may use.
    package static var cpuCount: Int { max(1, Int(perigee_cpu_count())) }

    /// Pins the calling thread to `cpu`.
    package static func pinThread(to cpu: Int) throws(SystemError) {
        let number = perigee_pin_thread(Int32(clamping: cpu))
        if number != 0 { throw SystemError(call: "pthread_setaffinity_np", number: number) }
    }

    /// Result of a call that returns -1 with errno; for calls that cannot be interrupted or would-block.
    @discardableResult
    static func check(_ call: StaticString, _ result: Int32) throws(SystemError) -> Int32 {
        if result >= 0 { return result }
        throw failure(call, errno)
    }

    static func failure(_ call: StaticString, _ number: Int32) -> SystemError {
        precondition(number != EBADF && number != EFAULT, "a system call was given a bad descriptor or address")
        return SystemError(call: call.description, number: number)
    }
}
