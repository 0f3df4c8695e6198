// One TLS connection on a socket: the library reads and writes the socket itself, and says what it waits for.
// https://docs.openssl.org/3.0/man3/SSL_get_error/

internal import COpenSSL
internal import Glibc

@safe struct TLSSession: ~Copyable, @unchecked Sendable {
    // Unchecked: the owner of the channel uses it on one loop; nothing else points to it.
    private let session: OpaquePointer
    /// Callbacks of the library find it.
    private let context: TLSContext
    /// Whether nothing may be sent or received any more; not even a farewell.
    private var isBroken = false
    private var isEstablished = false
    /// What stood behind the bytes that were read last: the next read says it.
    private var ending = Ending.none
    /// Whether reading stopped before all that has come was read, for want of room to send what the library must send first.
    private(set) var readWaitsForRoom = false

    private enum Ending {
        case none
        case ended
        case failed(SystemError)
    }

    /// What a step of the library came to.
    enum Step: Equatable {
        /// Bytes moved.
        case done(Int)
        case wantsRead
        case wantsWrite
        /// The peer said that nothing more comes.
        case ended
    }

    /// - Parameter socket: stays the caller's, who closes it after this is gone.
    init(_ context: TLSContext, socket: Int32) throws(SystemError) {
        TLSErrorQueue.clear()
        guard let session = unsafe context.makeSession() else { throw SystemError(call: "SSL_new", number: ENOMEM) }
        guard unsafe SSL_set_fd(session, socket) == 1 else {
            unsafe SSL_free(session)
            throw SystemError(call: "SSL_set_fd", number: ENOMEM)
        }
        unsafe self.session = session
        self.context = context
    }

    deinit {
        unsafe SSL_free(session)
    }

    /// - Throws: where the two did not agree; the peer has been told why as far as its socket took it.
    mutating func handshake() throws(SystemError) -> Step {
        TLSErrorQueue.clear()
        let step = try step(unsafe SSL_do_handshake(session), "SSL_do_handshake")
        if case .done = step {
            isEstablished = true
            // Not before: what a client sends behind its last word of the handshake stays in the socket, which is readable.
            unsafe SSL_set_read_ahead(session, 1)
        }
        return step
    }

    /// Room for what one call of the system may take, and for the record that it has cut: what `read` wants at least.
    static let readBytes = 2 * (16 * 1024 + 1024)

    /// Reads what has come, with one call of the system where that is at most a record. No whole record stays with the
    /// library: while there is more to be said, the socket is readable, or `readWaitsForRoom` is true.
    mutating func read(into buffer: UnsafeMutableRawBufferPointer) throws(SystemError) -> Step {
        readWaitsForRoom = false
        switch ending {
        case .none: break
        case .ended: return .ended
        case .failed(let error): throw error
        }
        guard !isBroken else { return .ended }
        let step = try unsafe readRecord(into: buffer)
        guard case .done(let count) = step, unsafe SSL_has_pending(session) == 1 else { return step }
        return .done(unsafe readAhead(into: buffer, behind: count))
    }

    private mutating func readRecord(into buffer: UnsafeMutableRawBufferPointer) throws(SystemError) -> Step {
        TLSErrorQueue.clear()
        let count = unsafe SSL_read(session, buffer.baseAddress, Int32(clamping: buffer.count))
        return try step(count, "SSL_read")
    }

    /// Reads the records that came with the first one. Nothing is taken from the socket meanwhile but the rest of the last
    /// of them, so that they have room.
    /// - Returns: bytes in the buffer, `count` of which are there already.
    private mutating func readAhead(into buffer: UnsafeMutableRawBufferPointer, behind count: Int) -> Int {
        precondition(buffer.count >= Self.readBytes, "what was read ahead must have room")
        unsafe SSL_set_read_ahead(session, 0)
        defer { unsafe SSL_set_read_ahead(session, 1) }
        var count = count
        while unsafe SSL_has_pending(session) == 1 {
            do {
                switch try unsafe readRecord(into: UnsafeMutableRawBufferPointer(rebasing: buffer[count...])) {
                case .done(let more): count += more
                case .wantsRead: return count
                case .wantsWrite:
                    readWaitsForRoom = true
                    return count
                case .ended: return end(.ended, behind: count)
                }
            } catch {
                return end(.failed(error), behind: count)
            }
        }
        return count
    }

    private mutating func end(_ ending: Ending, behind count: Int) -> Int {
        self.ending = ending
        // Nothing more is read from the socket, which this makes readable, so that somebody asks for the end.
        try? System.shutdownRead(unsafe SSL_get_fd(session))
        return count
    }

    /// Writes at most one record.
    mutating func write(_ bytes: UnsafeRawBufferPointer) throws(SystemError) -> Step {
        TLSErrorQueue.clear()
        let count = unsafe SSL_write(session, bytes.baseAddress, Int32(clamping: bytes.count))
        return try step(count, "SSL_write")
    }

    private mutating func step(_ result: Int32, _ call: String) throws(SystemError) -> Step {
        if result > 0 { return .done(Int(result)) }
        let number = errno
        switch unsafe SSL_get_error(session, result) {
        case SSL_ERROR_WANT_READ: return .wantsRead
        case SSL_ERROR_WANT_WRITE: return .wantsWrite
        case SSL_ERROR_ZERO_RETURN: return .ended
        case SSL_ERROR_SYSCALL:
            isBroken = true
            throw SystemError(call: call, number: number == 0 ? ECONNRESET : number)
        default:
            isBroken = true
            // A stream that ends without the peer's farewell may have been cut short by somebody else.
            let isCut = TLSErrorQueue.take().reason == SSL_R_UNEXPECTED_EOF_WHILE_READING
            throw isCut ? SystemError(call: call, number: ECONNRESET) : .protocolFailure(call)
        }
    }

    /// Says that nothing more comes (`close_notify`), as far as the socket takes it at once. Once.
    mutating func farewell() {
        guard isEstablished, !isBroken else { return }
        isBroken = true
        TLSErrorQueue.clear()
        _ = unsafe SSL_shutdown(session)
        TLSErrorQueue.clear()
    }
}
