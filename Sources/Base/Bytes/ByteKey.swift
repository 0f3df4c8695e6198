// Bytes as the key of a cache: hashed and compared as one run of memory. An array of bytes hashes each element through
// the generic way, which for the text of a query costs more than answering it.

internal import Glibc

package struct ByteKey: Hashable, Sendable {
    package let bytes: [UInt8]

    @inlinable
    package init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    package static func == (left: ByteKey, right: ByteKey) -> Bool {
        guard left.bytes.count == right.bytes.count else { return false }
        return unsafe left.bytes.withUnsafeBytes { leftBytes in
            unsafe right.bytes.withUnsafeBytes { rightBytes in
                guard let leftStart = leftBytes.baseAddress, let rightStart = rightBytes.baseAddress else {
                    return true
                }
                return unsafe memcmp(leftStart, rightStart, leftBytes.count) == 0
            }
        }
    }

    @inlinable
    package func hash(into hasher: inout Hasher) {
        unsafe bytes.withUnsafeBytes { unsafe hasher.combine(bytes: $0) }
    }
}
