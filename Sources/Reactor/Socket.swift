// A TCP socket and its owner: listening, connecting, and the options we set. All are non-blocking and close-on-exec.

internal import CLinux
internal import Glibc

package struct Socket: ~Copyable, Sendable {
    private var descriptor: FileDescriptor

    package init(_ descriptor: consuming FileDescriptor) {
        self.descriptor = descriptor
    }

    private init(family: Int32) throws(SystemError) {
        let kind = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        descriptor = FileDescriptor(owning: try System.check("socket", socket(family, kind, 0)))
    }

    /// Listens on the first address of `host` that can be bound. Blocks on name lookup; not for a loop.
    package static func listen(host: String, port: Int, backlog: Int) throws(AddressError) -> Socket {
        var failure: AddressError = .unknownHost(host, reason: "it has no address")
        for address in try SocketAddress.resolve(host: host, port: port) {
            do {
                return try listen(on: address, backlog: backlog)
            } catch {
                failure = AddressError(error, host: host, port: port)
            }
        }
        throw failure
    }

    private static func listen(on address: SocketAddress, backlog: Int) throws(SystemError) -> Socket {
        let socket = try Socket(family: address.family)
        // A restart must not wait for the old connections' TIME_WAIT.
        try socket.set(SOL_SOCKET, SO_REUSEADDR)
        try System.check("bind", unsafe address.withSystemAddress { unsafe bind(socket.raw, $0, $1) })
        try System.check("listen", Glibc.listen(socket.raw, Int32(clamping: backlog)))
        return socket
    }

    /// Begins to connect; the socket becomes writable when that succeeded or failed (`takeError` tells which).
    package static func connect(to address: SocketAddress) throws(SystemError) -> Socket {
        let socket = try Socket(family: address.family)
        let result = unsafe address.withSystemAddress { unsafe Glibc.connect(socket.raw, $0, $1) }
        if result != 0, errno != EINPROGRESS, errno != EINTR {
            throw System.failure("connect", errno)
        }
        return socket
    }

    /// The number for system calls; valid as long as this owner lives and is open.
    package var raw: Int32 { descriptor.raw }
    package var isOpen: Bool { descriptor.isOpen }

    package mutating func close() {
        descriptor.close()
    }

    /// Gives the number to the caller, who closes it from now on.
    package mutating func release() -> Int32 {
        descriptor.release()
    }

    /// Where this socket is bound.
    package func localAddress() throws(SystemError) -> SocketAddress {
        try SocketAddress(localOf: raw)
    }

    /// The pending error of the socket, which this clears; nil when there is none.
    package func takeError() -> SystemError? {
        var number: Int32 = 0
        var length = socklen_t(MemoryLayout<Int32>.size)
        guard unsafe getsockopt(raw, SOL_SOCKET, SO_ERROR, &number, &length) == 0, number != 0 else { return nil }
        return SystemError(call: "connect", number: number)
    }

    /// Answers go out at once: we write whole batches ourselves, waiting for more would only add delay.
    package func setNoDelay() throws(SystemError) {
        try set(Int32(IPPROTO_TCP), TCP_NODELAY)
    }

    /// Bytes that the system takes before they are sent (tcp(7), TCP_NOTSENT_LOWAT). What is on its way is not bounded by it,
    /// so that a distant client is served as quickly; one that does not read costs this, and not the megabytes that buffers
    /// grow to.
    package func setUnsentBound(_ bytes: Int) throws(SystemError) {
        try set(Int32(IPPROTO_TCP), TCP_NOTSENT_LOWAT, to: Int32(clamping: bytes))
    }

    /// Closing discards what is unsent and resets the peer, instead of lingering.
    package func setResetOnClose() throws(SystemError) {
        var option = linger(l_onoff: 1, l_linger: 0)
        try System.check(
            "setsockopt",
            unsafe setsockopt(raw, SOL_SOCKET, SO_LINGER, &option, socklen_t(MemoryLayout<linger>.size)))
    }

    private func set(_ level: Int32, _ name: Int32, to value: Int32 = 1) throws(SystemError) {
        var value = value
        try System.check(
            "setsockopt", unsafe setsockopt(raw, level, name, &value, socklen_t(MemoryLayout<Int32>.size)))
    }
}
