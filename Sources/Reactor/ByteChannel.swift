// What a connection reads and writes through: a socket, with or without TLS on it. Who uses it sees bytes that arrive, bytes
// that leave, and the end of either; with TLS, a handshake before all of that.

/// The one owner of a connection's socket. Confined to a loop once it is used there.
package struct ByteChannel: ~Copyable, Sendable {
    private var socket: Socket
    /// nil where the socket is bare, or the farewell is said.
    private var session: TLSSession?
    /// Whether a handshake has to end before bytes can be moved.
    package private(set) var isSecuring: Bool
    /// Whether `receive` can go on only when there is room to send, whatever it has received: look for `.writable`, then
    /// receive.
    package private(set) var receiveWaitsForRoom = false
    /// Whether the first byte has been looked at.
    private var hasBegun = false

    /// A channel on the bare socket.
    package init(_ socket: consuming Socket) {
        self.socket = socket
        session = nil
        isSecuring = false
    }

    /// A channel with TLS, of which this is the server.
    package init(_ socket: consuming Socket, securedBy context: TLSContext) throws(SystemError) {
        session = try TLSSession(context, socket: socket.raw)
        self.socket = socket
        isSecuring = true
    }

    /// The number to register with a loop; valid as long as this owner lives and is open.
    package var raw: Int32 { socket.raw }

    // MARK: The handshake

    package enum Handshake: Sendable, Equatable {
        case finished
        /// Goes on when the socket is ready so.
        case waits(Readiness)
        /// What came is no TLS but text, as of a client that speaks plain HTTP. The channel is bare from here on.
        case plainText
        /// The two do not agree, and the peer has been told why. Nothing can be sent any more.
        case failed
    }

    /// Goes on with the handshake as far as it gets.
    package mutating func handshake() throws(SystemError) -> Handshake {
        guard isSecuring else { return .finished }
        if !hasBegun {
            guard let first = try System.peek(socket.raw) else { return .waits(.readable) }
            hasBegun = true
            // RFC 8446, section 5.1: the first record is a handshake's, 22. Methods of HTTP begin with a letter.
            if first >= UInt8(ascii: "A"), first <= UInt8(ascii: "Z") {
                session = nil
                isSecuring = false
                return .plainText
            }
        }
        let step: TLSSession.Step
        do {
            step = try session?.handshake() ?? .ended
        } catch  where error.isProtocolFailure {
            return .failed
        }
        switch step {
        case .wantsRead: return .waits(.readable)
        case .wantsWrite: return .waits(.writable)
        case .ended: return .failed
        case .done:
            isSecuring = false
            return .finished
        }
    }

    // MARK: Bytes

    /// Receives once, into the loop's buffer. `body` gets the bytes if there are any, and must copy what it keeps.
    /// - Returns: `.bytes(0)` when the peer sends nothing more.
    package mutating func receive(
        on loop: EventLoop, _ body: (Span<UInt8>) -> Void
    ) throws(SystemError) -> Transfer {
        guard session != nil else { return try loop.receive(from: socket.raw, body) }
        receiveWaitsForRoom = false
        let step = try unsafe loop.receive(body) { (buffer) throws(SystemError) in
            try unsafe session?.read(into: buffer) ?? .ended
        }
        switch step {
        case .done(let count):
            receiveWaitsForRoom = session?.readWaitsForRoom ?? false
            return .bytes(count)
        case .ended: return .bytes(0)
        case .wantsRead: return .wouldBlock
        case .wantsWrite:
            receiveWaitsForRoom = true
            return .wouldBlock
        }
    }

    /// Sends once. After `.wouldBlock` the next call begins with the same bytes; more may follow them.
    package mutating func send(_ bytes: UnsafeRawBufferPointer) throws(SystemError) -> Transfer {
        guard session != nil else { return try unsafe System.send(socket.raw, bytes) }
        return try unsafe sendSecured(bytes)
    }

    /// Sends two runs of bytes, one behind the other, with one call.
    package mutating func send(
        _ first: UnsafeRawBufferPointer, _ second: UnsafeRawBufferPointer
    ) throws(SystemError) -> Transfer {
        guard session != nil else { return try unsafe System.send(socket.raw, first, second) }
        guard first.count < Self.recordBytes else { return try unsafe sendSecured(first) }
        // A head and the beginning of its body in one record.
        let count = min(Self.recordBytes, first.count + second.count)
        let result: Result<Transfer, SystemError> = unsafe withUnsafeTemporaryAllocation(
            byteCount: count, alignment: 16
        ) {
            unsafe $0.copyMemory(from: first)
            unsafe UnsafeMutableRawBufferPointer(rebasing: $0[first.count...]).copyMemory(
                from: UnsafeRawBufferPointer(rebasing: second[..<(count - first.count)]))
            let bytes = UnsafeRawBufferPointer($0)
            return Result { () throws(SystemError) in try unsafe sendSecured(bytes) }
        }
        return try result.get()
    }

    /// RFC 8446, section 5.1: at most 2^14 bytes a record.
    private static let recordBytes = 16 * 1024

    private mutating func sendSecured(_ bytes: UnsafeRawBufferPointer) throws(SystemError) -> Transfer {
        switch try unsafe session?.write(bytes) ?? .ended {
        case .done(let count): return .bytes(count)
        case .wantsWrite: return .wouldBlock
        // A server that does not renegotiate never has to read in order to write.
        case .wantsRead, .ended: throw .protocolFailure("SSL_write")
        }
    }

    // MARK: The end

    /// Tells the peer that nothing more comes. What it still sends can be received, with TLS as it comes: to be thrown away.
    package mutating func shutdownWrite() throws(SystemError) {
        endSession()
        try System.shutdownWrite(socket.raw)
    }

    /// Closes now; a second call does nothing.
    package mutating func close() {
        endSession()
        socket.close()
    }

    private mutating func endSession() {
        session?.farewell()
        session = nil
        isSecuring = false
    }

    /// Answers go out at once: we write whole batches ourselves, waiting for more would only add delay. And they wait here,
    /// where they are bounded and can be replaced by newer ones, not in the system.
    package func setSendOptions() throws(SystemError) {
        try socket.setNoDelay()
        try socket.setUnsentBound(Self.unsentBytes)
    }

    /// Two sends' worth; a client that takes them quickly never waits for the loop.
    private static let unsentBytes = 128 * 1024

    /// Closing discards what is unsent, which the system would keep for minutes for a peer that does not read.
    package func setResetOnClose() {
        try? socket.setResetOnClose()
    }

    /// Gives the connection to another owner, as one that goes on with another protocol; this one is closed without a word.
    package mutating func handOver() -> ByteChannel {
        let session = self.session.take()
        return ByteChannel(socket: Socket(FileDescriptor(owning: socket.release())), session: session)
    }

    private init(socket: consuming Socket, session: consuming TLSSession?) {
        self.socket = socket
        self.session = session
        isSecuring = false
    }
}
