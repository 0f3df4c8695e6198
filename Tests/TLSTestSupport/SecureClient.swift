// A blocking TLS client and a certificate made on the spot, both by OpenSSL: what the server meets is another implementation
// than its own only in part, which is why Tests/Oracle has clients of other kinds. A module of its own, since OpenSSL's headers
// hide Glibc's from files beside them that do not import both.

internal import COpenSSL
internal import Glibc
package import Reactor

package struct SecureClientFailure: Error, CustomStringConvertible {
    package let description: String
}

/// A certificate that signs itself, for `localhost`.
package struct TestCertificate {
    package let chain: [UInt8]
    package let key: [UInt8]

    package var settings: TLSSettings { TLSSettings(certificates: [.init(chain: chain, key: key)]) }

    package init() throws {
        let context = unsafe EVP_PKEY_CTX_new_from_name(nil, "ED25519", nil)
        defer { unsafe EVP_PKEY_CTX_free(context) }
        var key: OpaquePointer?
        guard unsafe EVP_PKEY_keygen_init(context) == 1, unsafe EVP_PKEY_generate(context, &key) == 1 else {
            throw SecureClientFailure(description: "no key")
        }
        defer { unsafe EVP_PKEY_free(key) }
        let certificate = unsafe X509_new()
        defer { unsafe X509_free(certificate) }
        unsafe X509_set_version(certificate, 2)
        unsafe ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1)
        _ = unsafe X509_gmtime_adj(X509_getm_notBefore(certificate), -3600)
        _ = unsafe X509_gmtime_adj(X509_getm_notAfter(certificate), 90 * 86_400)
        unsafe X509_set_pubkey(certificate, key)
        let name = unsafe X509_get_subject_name(certificate)
        unsafe X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, "localhost", -1, -1, 0)
        unsafe X509_set_issuer_name(certificate, name)
        guard unsafe X509_sign(certificate, key, nil) > 0 else { throw SecureClientFailure(description: "not signed") }
        chain = unsafe Self.pem { unsafe PEM_write_bio_X509($0, certificate) }
        let own = unsafe key
        self.key = unsafe Self.pem { unsafe PEM_write_bio_PrivateKey($0, own, nil, nil, 0, nil, nil) }
    }

    private static func pem(_ write: (OpaquePointer?) -> Int32) -> [UInt8] {
        let output = unsafe BIO_new(BIO_s_mem())
        defer { unsafe BIO_free(output) }
        _ = unsafe write(output)
        var bytes = [UInt8](repeating: 0, count: 8192)
        let count = unsafe BIO_read(output, &bytes, Int32(bytes.count))
        return Array(bytes[..<Int(max(0, count))])
    }
}

/// One TLS connection; used by one thread at a time.
@safe package final class SecureClient: @unchecked Sendable {
    private let context: OpaquePointer?
    private let session: OpaquePointer?
    private let socket: Int32

    package init(port: Int, receiveBuffer: Int32? = nil) throws {
        socket = try Self.connect(port, receiveBuffer)
        unsafe context = SSL_CTX_new(TLS_client_method())
        unsafe session = SSL_new(context)
        _ = unsafe SSL_set_fd(session, socket)
        guard unsafe SSL_connect(session) == 1 else {
            throw SecureClientFailure(description: "no handshake: errno \(errno)")
        }
    }

    private static func connect(_ port: Int, _ receiveBuffer: Int32?) throws -> Int32 {
        let socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        if var receiveBuffer {
            unsafe setsockopt(socket, SOL_SOCKET, SO_RCVBUF, &receiveBuffer, socklen_t(MemoryLayout<Int32>.size))
        }
        var timeout = timeval(tv_sec: 10, tv_usec: 0)
        unsafe setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &timeout, socklen_t(MemoryLayout<timeval>.size))
        unsafe setsockopt(socket, SOL_SOCKET, SO_SNDTIMEO, &timeout, socklen_t(MemoryLayout<timeval>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = in_addr_t(0x7f00_0001).bigEndian
        let result = unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe Glibc.connect(socket, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard result == 0 else {
            close(socket)
            throw SecureClientFailure(description: "connect: errno \(errno)")
        }
        return socket
    }

    deinit {
        unsafe SSL_free(session)
        unsafe SSL_CTX_free(context)
        close(socket)
    }

    package func send(_ text: String) throws {
        let bytes = Array(text.utf8)
        guard unsafe SSL_write(session, bytes, Int32(bytes.count)) == bytes.count else {
            throw SecureClientFailure(description: "SSL_write: errno \(errno)")
        }
    }

    /// What is sent in it arrives in one piece, whatever records it is made of (up to some 64 KiB).
    package func together(_ body: () throws -> Void) throws {
        setCork(1)
        try body()
        setCork(0)
    }

    private func setCork(_ value: Int32) {
        var value = value
        unsafe setsockopt(socket, Int32(IPPROTO_TCP), TCP_CORK, &value, socklen_t(MemoryLayout<Int32>.size))
    }

    /// Bytes as they are, which are no record.
    package func sendBare(_ bytes: [UInt8]) throws {
        guard unsafe Glibc.send(socket, bytes, bytes.count, Int32(MSG_NOSIGNAL)) == bytes.count else {
            throw SecureClientFailure(description: "send: errno \(errno)")
        }
    }

    /// Up to `count` bytes; empty at the end that the server announces.
    package func receive(_ count: Int = 65_536) throws -> [UInt8] {
        var buffer = [UInt8](repeating: 0, count: count)
        let got = unsafe SSL_read(session, &buffer, Int32(count))
        if got > 0 { return Array(buffer[..<Int(got)]) }
        guard unsafe SSL_get_error(session, got) == SSL_ERROR_ZERO_RETURN else {
            throw SecureClientFailure(description: "SSL_read: errno \(errno)")
        }
        return []
    }

    package func receive(until end: String) throws -> String {
        var text = ""
        while !text.hasSuffix(end) {
            let bytes = try receive()
            guard !bytes.isEmpty else { throw SecureClientFailure(description: "the server closed after \(text)") }
            text += String(decoding: bytes, as: UTF8.self)
        }
        return text
    }

    /// Has new keys agreed on, which makes the server answer in the midst of reading.
    package func updateKeys() { _ = unsafe SSL_key_update(session, SSL_KEY_UPDATE_REQUESTED) }

    package func sayFarewell() { _ = unsafe SSL_shutdown(session) }

    package func finishSending() { shutdown(socket, Int32(SHUT_WR)) }
}
