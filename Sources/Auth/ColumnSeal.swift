// The stored forms of columns: AES-256-GCM (NIST SP 800-38D) and HMAC-SHA-256 (RFC 2104) with keys that are derived for each
// column from the project's. The text that is stored names the key it was made with, so that keys can be rotated:
//
//     perigee.1.<key>.<base64url of nonce, ciphertext and tag>
//
// The associated data are source, collection and column, each with its length: a text is good in its own column alone.
internal import Crypto
internal import Foundation
package import Metadata

package struct ColumnSeal: Sendable {
    private struct Key: Sendable {
        /// Eight hexadecimal digits that tell nothing of the key.
        let name: String
        let encryption: [UInt8]
    }

    /// The one that seals first; then those that are still good for opening.
    private let keys: [Key]
    private let hashing: [UInt8]
    private let context: [UInt8]
    /// Whether the column holds texts as they are beside sealed ones.
    package let keepsClear: Bool

    private static let prefix = Array("perigee.1.".utf8)

    package init(
        key: Secret, previous: [Secret], collection: CollectionName, column: String, keepsClear: Bool = false
    ) {
        self.keepsClear = keepsClear
        let parts = [collection.source, collection.collection, column]
        let context = parts.flatMap { part -> [UInt8] in
            let bytes = Array(part.utf8)
            return (0..<4).map { UInt8(truncatingIfNeeded: bytes.count >> (8 * $0)) } + bytes
        }
        let name = "\(collection).\(column)"
        keys = ([key] + previous).map { key in
            Key(
                name: Self.hexadecimal(KeyDerivation.derive(from: key, purpose: "key:name").prefix(4)),
                encryption: KeyDerivation.derive(from: key, purpose: "encrypt:\(name)"))
        }
        hashing = KeyDerivation.derive(from: key, purpose: "hash:\(name)")
        self.context = context
    }

    /// How a text begins that is sealed with the key of today.
    package var currentPrefix: String {
        String(decoding: Self.prefix + (keys.first?.name.utf8.map { $0 } ?? []) + [UInt8(ascii: ".")], as: UTF8.self)
    }

    /// Hexadecimal digits, 64 of them.
    package func hash(_ plain: String) -> String {
        let code = HMAC<SHA256>.authenticationCode(for: Array(plain.utf8), using: SymmetricKey(data: hashing))
        return Self.hexadecimal(Array(code))
    }

    /// - Returns: `nil` if the sealing fails; nothing may be written then.
    package func seal(_ plain: String) -> String? {
        guard let key = keys.first,
            let box = try? AES.GCM.seal(
                Array(plain.utf8), using: SymmetricKey(data: key.encryption), authenticating: context),
            let combined = box.combined
        else { return nil }
        return String(
            decoding: Self.prefix + key.name.utf8 + [UInt8(ascii: ".")] + Base64URL.encode(combined), as: UTF8.self)
    }

    /// Whether a text has the form of a sealed one.
    package static func isSealed(_ stored: some Sequence<UInt8>) -> Bool { stored.starts(with: prefix) }

    /// `nil` for what was not sealed for this column with a key that is still known.
    package func open(_ stored: [UInt8]) -> String? {
        guard Self.isSealed(stored) else { return nil }
        let rest = stored[Self.prefix.count...]
        guard let dot = rest.firstIndex(of: UInt8(ascii: ".")),
            let key = keys.first(where: { $0.name.utf8.elementsEqual(rest[..<dot]) }),
            let bytes = Base64URL.decode(rest[(dot + 1)...]), let box = try? AES.GCM.SealedBox(combined: bytes),
            let plain = try? AES.GCM.open(box, using: SymmetricKey(data: key.encryption), authenticating: context)
        else { return nil }
        return String(validating: plain, as: UTF8.self)
    }

    private static func hexadecimal(_ bytes: some Sequence<UInt8>) -> String {
        let digits = Array("0123456789abcdef".utf8)
        return String(decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }
}

/// The seals of all columns that have a stored form.
package struct ColumnSeals: Sendable {
    private let seals: [FieldReference: ColumnSeal]

    package static let none = ColumnSeals([:])

    package init(_ seals: [FieldReference: ColumnSeal]) {
        self.seals = seals
    }

    package subscript(field: FieldReference) -> ColumnSeal? { seals[field] }
}
