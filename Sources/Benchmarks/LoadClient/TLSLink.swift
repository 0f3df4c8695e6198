// The client's half of TLS on a non-blocking socket.

internal import COpenSSL
internal import Glibc
internal import Reactor

/// What the connections of one load have in common. They resume nothing: each handshake is a full one.
@safe final class TLSClientContext {
    fileprivate let context: OpaquePointer

    /// - Parameter authority: the file of the authority that the server's certificate is signed by.
    init(authority: String) throws {
        guard let context = unsafe SSL_CTX_new(TLS_client_method()) else {
            throw LoadOptions.Unusable(description: "no TLS")
        }
        unsafe self.context = context
        _ = unsafe perigee_ssl_set_mode(context)
        guard unsafe SSL_CTX_load_verify_locations(context, authority, nil) == 1 else {
            throw LoadOptions.Unusable(description: "\(authority) is not a file of certificates")
        }
        unsafe SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nil)
    }

    deinit { unsafe SSL_CTX_free(context) }
}

@safe final class TLSLink {
    private let session: OpaquePointer

    init(_ context: TLSClientContext, socket: Int32) throws(SystemError) {
        guard let session = unsafe SSL_new(context.context), unsafe SSL_set_fd(session, socket) == 1 else {
            throw SystemError(call: "SSL_new", number: ENOMEM)
        }
        unsafe self.session = session
        unsafe SSL_set_connect_state(session)
    }

    deinit { unsafe SSL_free(session) }

    /// nil once it is done; else what to wait for.
    func handshake() throws(SystemError) -> Readiness? {
        ERR_clear_error()
        let result = unsafe SSL_do_handshake(session)
        if result == 1 { return nil }
        return unsafe SSL_get_error(session, result) == SSL_ERROR_WANT_WRITE ? .writable : try wants(result)
    }

    private func wants(_ result: Int32) throws(SystemError) -> Readiness {
        guard unsafe SSL_get_error(session, result) == SSL_ERROR_WANT_READ else {
            throw SystemError(call: "SSL_do_handshake", number: ECONNRESET)
        }
        return .readable
    }

    func receive(into buffer: UnsafeMutableRawBufferPointer) throws(SystemError) -> Transfer {
        ERR_clear_error()
        return try transfer(unsafe SSL_read(session, buffer.baseAddress, Int32(clamping: buffer.count)))
    }

    func send(_ bytes: UnsafeRawBufferPointer) throws(SystemError) -> Transfer {
        ERR_clear_error()
        return try transfer(unsafe SSL_write(session, bytes.baseAddress, Int32(clamping: bytes.count)))
    }

    private func transfer(_ result: Int32) throws(SystemError) -> Transfer {
        if result > 0 { return .bytes(Int(result)) }
        switch unsafe SSL_get_error(session, result) {
        case SSL_ERROR_WANT_READ, SSL_ERROR_WANT_WRITE: return .wouldBlock
        case SSL_ERROR_ZERO_RETURN: return .bytes(0)
        default: throw SystemError(call: "SSL", number: ECONNRESET)
        }
    }
}
