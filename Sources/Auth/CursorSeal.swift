// Cursors of `T_connection`: the sort key of a row, sealed so that callers can neither read nor make one (AES-256-GCM,
// RFC 5116), and bound to the statement and the caller they were given to (rules of the API, section 2).
internal import Base
internal import Crypto
internal import Foundation
package import Metadata

package struct CursorSeal: Sendable {
    private let sealing: [UInt8]
    private let numbering: [UInt8]

    /// - Parameter key: the project's key; without one a cursor is good as long as the process that made it.
    package init(key: Secret?) {
        let key = key ?? Secret.random(count: 32)
        sealing = KeyDerivation.derive(from: key, purpose: "cursor:seal")
        numbering = KeyDerivation.derive(from: key, purpose: "cursor:nonce")
    }

    /// The nonce is made of what is sealed: the same row gives the same bytes, and no nonce ever meets two messages.
    /// - Returns: base64 in the URL alphabet; `nil` if the sealing fails.
    package func seal(_ plain: [UInt8], to context: [UInt8]) -> [UInt8]? {
        var mac = HMAC<SHA256>(key: SymmetricKey(data: numbering))
        mac.update(data: withLength(context))
        mac.update(data: plain)
        let digest = Array(mac.finalize())
        guard let nonce = try? AES.GCM.Nonce(data: digest[..<12]),
            let box = try? AES.GCM.seal(
                plain, using: SymmetricKey(data: sealing), nonce: nonce, authenticating: context),
            let combined = box.combined
        else { return nil }
        return Base64URL.encode(combined)
    }

    /// `nil` for what this seal did not make for this context.
    package func open(_ text: String, for context: [UInt8]) -> [UInt8]? {
        guard let bytes = Base64URL.decode(Array(text.utf8)), let box = try? AES.GCM.SealedBox(combined: bytes),
            let plain = try? AES.GCM.open(box, using: SymmetricKey(data: sealing), authenticating: context)
        else { return nil }
        return Array(plain)
    }

    private func withLength(_ bytes: [UInt8]) -> [UInt8] {
        let count = UInt64(bytes.count)
        return (0..<8).map { UInt8(truncatingIfNeeded: count >> (8 * UInt64($0))) } + bytes
    }
}

extension Caller {
    /// Who a cursor is for: every claim but those that change whenever a token is renewed.
    package var cursorIdentity: String {
        let renewed: Set<String> = ["exp", "iat", "nbf", "jti", "auth_time"]
        let members = (claims?.members ?? []).filter { !renewed.contains($0.name) }
            .sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
        return "\(kind) " + JSONValue.object(JSONObject(members)).text
    }
}
