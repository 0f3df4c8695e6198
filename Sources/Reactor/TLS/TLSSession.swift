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
        if case .done = step { isEstablished = true }
        return step
    }

    /// Reads at most one record. With room for a whole one (16 KiB) nothing that has come stays with the library: while
    /// there is more, the socket is readable.
    mutating func read(into buffer: UnsafeMutableRawBufferPointer) throws(SystemError) -> Step {
        guard !isBroken else { return .ended }
        TLSErrorQueue.clear()
        let count = unsafe SSL_read(session, buffer.baseAddress, Int32(clamping: buffer.count))
        return try step(count, "SSL_read")
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
