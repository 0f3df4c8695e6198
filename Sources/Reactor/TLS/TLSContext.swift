// What the TLS connections of a server have in common: certificates by host name, versions, ciphers, protocols, tickets, and
// how clients are verified. Made once and shared by the loops; new certificates are a new context, beside which connections
// of the old one live on. https://docs.openssl.org/3.0/man3/SSL_CTX_new/

internal import COpenSSL
internal import Glibc

// Unchecked: nothing changes after the initialiser; the library counts the references to what it shares.
@safe package final class TLSContext: @unchecked Sendable {
    @safe private struct Entry {
        let names: [String]
        let pointer: OpaquePointer
    }

    /// One for each certificate; the first is the one that connections begin with.
    private let entries: [Entry]
    private let tickets: TLSTicketKeys
    /// What the operator should know of the certificates; as of the time the context was made.
    package let warnings: [Warning]

    package struct Warning: Sendable, Hashable {
        /// Counted from 0.
        package let certificate: Int
        /// A sentence without its end: "the certificate expired on 2026-01-31".
        package let message: String
    }

    /// Forward secrecy and authenticated encryption for TLS 1.2; all suites of TLS 1.3 have both.
    private static let ciphers = "ECDHE+AESGCM:ECDHE+CHACHA20"
    /// A certificate that ends within so many seconds is warned of.
    private static let warnedSeconds: Int64 = 14 * 86_400

    /// - Parameters:
    ///   - tickets: of the context before, so that its sessions are resumed.
    ///   - now: in seconds since 1970.
    package init(
        _ settings: TLSSettings, tickets: TLSTicketKeys = TLSTicketKeys(), now: Int64
    ) throws(TLSFailure) {
        // The library writes to sockets without MSG_NOSIGNAL.
        System.ignoreBrokenPipe()
        self.tickets = tickets
        var entries: [Entry] = []
        var warnings: [Warning] = []
        do throws(TLSFailure) {
            for index in settings.certificates.indices {
                let (pointer, found) = unsafe try Self.make(settings, index, now)
                entries.append(unsafe Entry(names: settings.certificates[index].names, pointer: pointer))
                warnings += found.map { Warning(certificate: index, message: "the certificate \($0)") }
            }
        } catch {
            for entry in entries { unsafe SSL_CTX_free(entry.pointer) }
            throw error
        }
        self.entries = entries
        self.warnings = warnings
        // Alive as long as a session is: sessions hold this object.
        let own = unsafe Unmanaged.passUnretained(self).toOpaque()
        for entry in entries {
            unsafe SSL_CTX_set_ex_data(entry.pointer, 0, own)
            _ = unsafe perigee_ssl_set_ticket_callback(entry.pointer) { session, name, vector, cipher, code, seals in
                guard let context = unsafe TLSContext.of(session) else { return -1 }
                return unsafe context.tickets.prepare(session, name, vector, cipher, code, seals: seals == 1)
            }
        }
        _ = unsafe perigee_ssl_set_server_name_callback(entries[0].pointer) { session, _, _ in
            guard let session = unsafe session, let context = unsafe TLSContext.of(session) else {
                return SSL_TLSEXT_ERR_ALERT_FATAL
            }
            return unsafe context.choose(for: session)
        }
    }

    deinit {
        for entry in entries { unsafe SSL_CTX_free(entry.pointer) }
    }

    /// For the next context, which thereby resumes sessions of this one.
    package var ticketKeys: TLSTicketKeys { tickets }

    /// A session that has not begun; nil without memory. To be freed by the caller, who keeps this object until then.
    func makeSession() -> OpaquePointer? {
        guard let session = unsafe SSL_new(entries[0].pointer) else { return nil }
        unsafe SSL_set_accept_state(session)
        return unsafe session
    }

    private static func of(_ session: OpaquePointer?) -> TLSContext? {
        guard let session = unsafe session, let context = unsafe SSL_get_SSL_CTX(session),
            let data = unsafe SSL_CTX_get_ex_data(context, 0)
        else { return nil }
        return unsafe Unmanaged<TLSContext>.fromOpaque(data).takeUnretainedValue()
    }

    // MARK: Server names, https://www.rfc-editor.org/rfc/rfc6066#section-3

    private func choose(for session: OpaquePointer) -> Int32 {
        guard let text = unsafe SSL_get_servername(session, TLSEXT_NAMETYPE_host_name) else {
            return SSL_TLSEXT_ERR_NOACK
        }
        let name = unsafe String(cString: text).lowercased()
        if let entry = entry(for: name) { _ = unsafe SSL_set_SSL_CTX(session, entry.pointer) }
        return SSL_TLSEXT_ERR_OK
    }

    /// An exact name goes before a pattern.
    private func entry(for name: String) -> Entry? {
        if let exact = entries.first(where: { $0.names.contains(name) }) { return exact }
        guard let dot = name.firstIndex(of: ".") else { return nil }
        let pattern = "*" + name[dot...]
        return entries.first { $0.names.contains(pattern) }
    }

    // MARK: Making

    private static func make(
        _ settings: TLSSettings, _ index: Int, _ now: Int64
    ) throws(TLSFailure) -> (OpaquePointer, [String]) {
        TLSErrorQueue.clear()
        guard let pointer = unsafe SSL_CTX_new(TLS_server_method()) else { throw libraryFailure() }
        do throws(TLSFailure) {
            let minimum = settings.minimum == .tls13 ? TLS1_3_VERSION : TLS1_2_VERSION
            guard unsafe perigee_ssl_set_minimum(pointer, minimum) == 1,
                unsafe SSL_CTX_set_cipher_list(pointer, ciphers) == 1
            else { throw libraryFailure() }
            _ = unsafe perigee_ssl_set_mode(pointer)
            _ = unsafe perigee_ssl_set_server_options(pointer)
            // A session lies with its client: nothing here is shared by threads or grows with clients.
            _ = unsafe perigee_ssl_set_session_cache_off(pointer)
            unsafe SSL_CTX_set_timeout(pointer, TLSTicketKeys.sessionSeconds)
            unsafe setProtocols(pointer)
            let warnings = unsafe try use(settings.certificates[index], index, pointer, now)
            if let clients = settings.clientCertificates { unsafe try verify(clients, pointer) }
            try unsafe separateSessions(settings.clientCertificates, pointer)
            return unsafe (pointer, warnings)
        } catch {
            unsafe SSL_CTX_free(pointer)
            throw error
        }
    }

    private static func libraryFailure() -> TLSFailure {
        TLSFailure(place: .library, message: "OpenSSL: \(TLSErrorQueue.take().text)")
    }

    /// Certificate, chain and key, checked against one another.
    /// - Returns: warnings.
    private static func use(
        _ certificate: TLSSettings.Certificate, _ index: Int, _ pointer: OpaquePointer, _ now: Int64
    ) throws(TLSFailure) -> [String] {
        let chain = try CertificateChain(certificate.chain, at: .certificate(index))
        let key = try PrivateKey(certificate.key, at: .key(index))
        guard unsafe X509_check_private_key(chain.certificates[0].pointer, key.pointer) == 1 else {
            TLSErrorQueue.clear()
            throw TLSFailure(place: .key(index), message: "the key does not belong to the certificate")
        }
        guard unsafe SSL_CTX_use_certificate(pointer, chain.certificates[0].pointer) == 1 else {
            throw TLSFailure(place: .certificate(index), message: "cannot be used: \(TLSErrorQueue.take().text)")
        }
        guard unsafe SSL_CTX_use_PrivateKey(pointer, key.pointer) == 1 else {
            throw TLSFailure(place: .key(index), message: "cannot be used: \(TLSErrorQueue.take().text)")
        }
        for link in chain.certificates.dropFirst() {
            _ = unsafe X509_up_ref(link.pointer)
            guard unsafe perigee_ssl_add_chain_certificate(pointer, link.pointer) == 1 else {
                unsafe X509_free(link.pointer)
                throw TLSFailure(place: .certificate(index), message: "cannot be used: \(TLSErrorQueue.take().text)")
            }
        }
        return chain.warnings(for: certificate.names, now: now, warnedSeconds: warnedSeconds)
    }

    private static func verify(
        _ clients: TLSSettings.ClientCertificates, _ pointer: OpaquePointer
    ) throws(TLSFailure) {
        let authorities = try CertificateChain(clients.authority, at: .clientAuthority)
        let store = unsafe SSL_CTX_get_cert_store(pointer)
        for authority in authorities.certificates {
            guard unsafe X509_STORE_add_cert(store, authority.pointer) == 1,
                unsafe SSL_CTX_add_client_CA(pointer, authority.pointer) == 1
            else {
                throw TLSFailure(place: .clientAuthority, message: "cannot be used: \(TLSErrorQueue.take().text)")
            }
        }
        let mode = SSL_VERIFY_PEER | (clients.isRequired ? SSL_VERIFY_FAIL_IF_NO_PEER_CERT : 0)
        unsafe SSL_CTX_set_verify(pointer, mode, nil)
    }

    /// A session stands for the certificate its client showed: it is not resumed where other authorities are asked for.
    private static func separateSessions(
        _ clients: TLSSettings.ClientCertificates?, _ pointer: OpaquePointer
    ) throws(TLSFailure) {
        var identity = [UInt8]("perigee".utf8)
        if let clients { identity += [clients.isRequired ? 1 : 0] + clients.authority }
        var digest = [UInt8](repeating: 0, count: Int(EVP_MAX_MD_SIZE))
        var count: UInt32 = 0
        guard unsafe EVP_Digest(identity, identity.count, &digest, &count, EVP_sha256(), nil) == 1,
            unsafe SSL_CTX_set_session_id_context(pointer, digest, min(count, UInt32(SSL_MAX_SID_CTX_LENGTH))) == 1
        else { throw libraryFailure() }
    }

    /// Who names protocols and not ours is refused: https://www.rfc-editor.org/rfc/rfc7301#section-3.2
    private static func setProtocols(_ pointer: OpaquePointer) {
        unsafe SSL_CTX_set_alpn_select_cb(
            pointer,
            { _, chosen, chosenCount, offered, offeredCount, _ in
                let offers = unsafe UnsafeBufferPointer(start: offered, count: Int(offeredCount))
                guard let place = TLSProtocolList.find("http/1.1", in: unsafe offers.span) else {
                    return SSL_TLSEXT_ERR_ALERT_FATAL
                }
                unsafe chosen?.pointee = offered.map { unsafe $0 + place.lowerBound }
                unsafe chosenCount?.pointee = UInt8(place.count)
                return SSL_TLSEXT_ERR_OK
            }, nil)
    }
}

/// The protocols that a client offers: https://www.rfc-editor.org/rfc/rfc7301#section-3.1
///
///     opaque ProtocolName<1..2^8-1>;  ProtocolName protocol_name_list<2..2^16-1>, without its own length
enum TLSProtocolList {
    /// Where the name stands, without its length byte.
    static func find(_ name: StaticString, in offers: Span<UInt8>) -> Range<Int>? {
        var start = 0
        while start < offers.count {
            let end = start + 1 + Int(offers[start])
            guard end <= offers.count else { return nil }
            if end - start - 1 == name.utf8CodeUnitCount {
                let isEqual = (0..<name.utf8CodeUnitCount).allSatisfy { index in
                    unsafe offers[start + 1 + index] == name.utf8Start[index]
                }
                if isEqual { return start + 1..<end }
            }
            start = end
        }
        return nil
    }
}
