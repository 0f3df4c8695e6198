// The SHA-256 of a document's text, by which clients name it.
internal import Base
internal import Crypto

struct DocumentDigest: Hashable, Sendable {
    /// 32 bytes, as four numbers: no array of its own for each key of a table.
    private let words: SIMD4<UInt64>

    init(of text: [UInt8]) {
        var hash = SHA256()
        unsafe text.withUnsafeBytes { unsafe hash.update(bufferPointer: $0) }
        var words = SIMD4<UInt64>()
        var index = 0
        for byte in hash.finalize() {
            words[index / 8] = words[index / 8] << 8 | UInt64(byte)
            index += 1
        }
        self.words = words
    }

    /// 64 hexadecimal digits; `nil` for anything else.
    init?(hexadecimal text: some StringProtocol) {
        var words = SIMD4<UInt64>()
        var index = 0
        for byte in text.utf8 {
            let digit: UInt8
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): digit = byte - UInt8(ascii: "0")
            case UInt8(ascii: "a")...UInt8(ascii: "f"): digit = byte - UInt8(ascii: "a") + 10
            case UInt8(ascii: "A")...UInt8(ascii: "F"): digit = byte - UInt8(ascii: "A") + 10
            default: return nil
            }
            guard index < 64 else { return nil }
            words[index / 16] = words[index / 16] << 4 | UInt64(digit)
            index += 1
        }
        guard index == 64 else { return nil }
        self.words = words
    }

    /// 64 digits in lower case.
    var hexadecimal: String {
        (0..<4).map { index in
            let digits = String(words[index], radix: 16)
            return String(repeating: "0", count: 16 - digits.count) + digits
        }.joined()
    }
}
