// The keys of session tickets: what a client needs to resume lies with the client, sealed by them, so that it may resume on
// any loop. They are made anew by the hour and forgotten when no ticket of theirs can be valid any more.
// https://www.rfc-editor.org/rfc/rfc5077#section-4  https://www.rfc-editor.org/rfc/rfc8446#section-4.6.1

internal import COpenSSL
internal import Synchronization

package final class TLSTicketKeys: Sendable {
    struct Key {
        /// 16 bytes that stand in the ticket in clear.
        let name: [UInt8]
        let cipher: [UInt8]
        let authentication: [UInt8]
        let made: MonotonicInstant
    }

    static let nameBytes = 16
    static let keyBytes = 32
    /// For so long a session may be resumed.
    static let sessionSeconds = 2 * 3600
    /// For so long a key seals new tickets.
    static let rotation = Duration.seconds(3600)
    /// For so long a key opens them: its last ticket may be as old as a session.
    private static let life = rotation + .seconds(sessionSeconds)

    /// The newest first; never empty once a ticket was sealed.
    private let keys = Mutex<[Key]>([])

    package init() {}

    /// The key for new tickets; nil where the system has no randomness.
    func current(at now: MonotonicInstant) -> Key? {
        keys.withLock { keys in
            if let newest = keys.first, newest.made.duration(to: now) < Self.rotation { return newest }
            guard let name = Self.random(Self.nameBytes), let cipher = Self.random(Self.keyBytes),
                let authentication = Self.random(Self.keyBytes)
            else { return nil }
            let key = Key(name: name, cipher: cipher, authentication: authentication, made: now)
            keys.removeAll { $0.made.duration(to: now) >= Self.life }
            keys.insert(key, at: 0)
            return key
        }
    }

    /// The key of that name, and whether its tickets should be replaced by newer ones.
    func key(named name: UnsafeBufferPointer<UInt8>, at now: MonotonicInstant) -> (key: Key, isOld: Bool)? {
        keys.withLock { keys in
            guard let index = keys.firstIndex(where: { unsafe $0.name.elementsEqual(name) }),
                keys[index].made.duration(to: now) < Self.life
            else { return nil }
            return (keys[index], keys[index].made.duration(to: now) >= Self.rotation)
        }
    }

    private static func random(_ count: Int) -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: count)
        return unsafe RAND_bytes(&bytes, Int32(count)) == 1 ? bytes : nil
    }
}

extension TLSTicketKeys {
    /// The library's question for the keys of a ticket that it seals or opens (SSL_CTX_set_tlsext_ticket_key_evp_cb(3)).
    /// - Parameters:
    ///   - name: 16 bytes: which key a ticket was sealed with.
    ///   - vector: the cipher's initialisation vector.
    /// - Returns: 1: done; 2: done, and the client should get a newer ticket; 0: a ticket nobody knows; -1: failed.
    func prepare(
        _ session: OpaquePointer?, _ name: UnsafeMutablePointer<UInt8>?, _ vector: UnsafeMutablePointer<UInt8>?,
        _ cipher: OpaquePointer?, _ code: OpaquePointer?, seals: Bool
    ) -> Int32 {
        guard let name = unsafe name, let vector = unsafe vector else { return -1 }
        let now = MonotonicInstant.now
        let place = unsafe UnsafeMutableBufferPointer(start: name, count: Self.nameBytes)
        if seals {
            guard let key = current(at: now), unsafe RAND_bytes(vector, EVP_MAX_IV_LENGTH) == 1 else { return -1 }
            _ = unsafe place.update(fromContentsOf: key.name)
            let isReady = unsafe EVP_EncryptInit_ex2(cipher, EVP_aes_256_cbc(), key.cipher, vector, nil) == 1
            return unsafe isReady && Self.authenticate(code, key) ? 1 : -1
        }
        guard let (key, isOld) = unsafe self.key(named: UnsafeBufferPointer(place), at: now) else { return 0 }
        guard unsafe EVP_DecryptInit_ex2(cipher, EVP_aes_256_cbc(), key.cipher, vector, nil) == 1,
            unsafe Self.authenticate(code, key)
        else { return -1 }
        // In TLS 1.3 a ticket is used once, so that nobody can tell that two connections have one client.
        return unsafe isOld || SSL_version(session) == TLS1_3_VERSION ? 2 : 1
    }

    private static func authenticate(_ code: OpaquePointer?, _ key: Key) -> Bool {
        unsafe perigee_mac_set_key(code, key.authentication, key.authentication.count) == 1
    }
}
