// Keys for single purposes from the project's one key (HKDF-SHA-256, RFC 5869), so that no two columns share one and none
// of them tells the project's.
internal import Crypto
internal import Foundation
package import Metadata

package enum KeyDerivation {
    /// 32 bytes that belong to this purpose alone.
    package static func derive(from key: Secret, purpose: String) -> [UInt8] {
        let derived = HKDF<SHA256>.deriveKey(
            inputKeyMaterial: SymmetricKey(data: key.bytes), info: Data(purpose.utf8), outputByteCount: 32)
        return unsafe derived.withUnsafeBytes { unsafe Array($0) }
    }
}
