// Masking of payloads: each byte is combined with one of the key's four by exclusive or; here eight at a time.
// https://www.rfc-editor.org/rfc/rfc6455#section-5.3

enum WebSocketMask {
    /// Masks or unmasks `bytes` in place.
    /// - Parameters:
    ///   - key: its first byte in the lowest bits.
    ///   - offset: of the first of `bytes` in the payload.
    static func apply(_ key: UInt32, offset: Int, to bytes: UnsafeMutableRawBufferPointer) {
        // The key as it falls on these bytes.
        let shift = UInt32(offset & 3) * 8
        let turned = key >> shift | key << ((32 - shift) & 31)
        let wide = UInt64(turned) << 32 | UInt64(turned)
        var index = 0
        while index + 8 <= bytes.count {
            let word = unsafe bytes.loadUnaligned(fromByteOffset: index, as: UInt64.self)
            unsafe bytes.storeBytes(of: word ^ wide.littleEndian, toByteOffset: index, as: UInt64.self)
            index += 8
        }
        while index < bytes.count {
            unsafe bytes[index] ^= UInt8(truncatingIfNeeded: turned >> UInt32((index & 3) * 8))
            index += 1
        }
    }
}
