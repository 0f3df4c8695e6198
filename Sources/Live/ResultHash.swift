// Whether two results are the same is told by 128 bits of SHA-256: a subscriber that has ten megabytes on its screen costs
// sixteen bytes here. https://www.rfc-editor.org/rfc/rfc6234
internal import Crypto

struct ResultHash: Hashable, Sendable {
    private let high: UInt64
    private let low: UInt64

    init(_ bytes: [UInt8]) {
        var words: [UInt64] = [0, 0]
        for (index, byte) in SHA256.hash(data: bytes).prefix(16).enumerated() {
            words[index / 8] = words[index / 8] << 8 | UInt64(byte)
        }
        high = words[0]
        low = words[1]
    }
}
