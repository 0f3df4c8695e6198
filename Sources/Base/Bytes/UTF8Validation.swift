// Whether bytes are well-formed UTF-8 (RFC 3629): bodies, headers that become claims and WebSocket text ask this
// before anything else reads them.

extension Span<UInt8> {
    /// The offset of the first byte that does not belong to well-formed UTF-8, or `nil` when all of it is.
    package func firstInvalidUTF8() -> Int? {
        var index = 0
        while index < count {
            let byte = self[index]
            if byte < 0x80 {
                index += 1
                continue
            }
            let length: Int
            var lower: UInt8 = 0x80
            var upper: UInt8 = 0xBF
            switch byte {
            case 0xC2...0xDF: length = 2
            case 0xE0: (length, lower) = (3, 0xA0)
            case 0xED: (length, upper) = (3, 0x9F)
            case 0xE1...0xEF: length = 3
            case 0xF0: (length, lower) = (4, 0x90)
            case 0xF4: (length, upper) = (4, 0x8F)
            case 0xF1...0xF3: length = 4
            default: return index
            }
            guard index + length <= count else { return index }
            guard self[index + 1] >= lower, self[index + 1] <= upper else { return index }
            for follower in 2..<max(2, length) where self[index + follower] & 0xC0 != 0x80 {
                return index
            }
            index += length
        }
        return nil
    }
}
