// Whether bytes that come in pieces are well-formed UTF-8, known at the first byte that cannot be right: text messages are
// refused in the middle of a fragment. https://www.rfc-editor.org/rfc/rfc3629#section-4

struct UTF8Checker: Sendable {
    /// Bytes of a sequence that have not come yet.
    private var missing: UInt8 = 0
    /// Between which the next of them must lie: the first follower of some lead bytes has narrower bounds.
    private var lower: UInt8 = 0x80
    private var upper: UInt8 = 0xbf

    /// Whether no sequence is unfinished: text may end here.
    var isComplete: Bool { missing == 0 }

    /// False when a byte cannot belong to UTF-8 after all before it; nothing further is to be asked then.
    mutating func accept(_ bytes: UnsafeRawBufferPointer) -> Bool {
        var index = 0
        while index < bytes.count {
            if missing == 0 {
                // ASCII, eight at a time.
                while index + 8 <= bytes.count,
                    unsafe bytes.loadUnaligned(fromByteOffset: index, as: UInt64.self) & 0x8080_8080_8080_8080 == 0
                {
                    index += 8
                }
                if index == bytes.count { return true }
            }
            guard unsafe accept(bytes[index]) else { return false }
            index += 1
        }
        return true
    }

    private mutating func accept(_ byte: UInt8) -> Bool {
        if missing > 0 {
            guard byte >= lower, byte <= upper else { return false }
            (lower, upper) = (0x80, 0xbf)
            missing -= 1
            return true
        }
        switch byte {
        case 0x00...0x7f: return true
        case 0xc2...0xdf: missing = 1
        case 0xe0: (missing, lower) = (2, 0xa0)
        case 0xed: (missing, upper) = (2, 0x9f)
        case 0xe1...0xef: missing = 2
        case 0xf0: (missing, lower) = (3, 0x90)
        case 0xf4: (missing, upper) = (3, 0x8f)
        case 0xf1...0xf3: missing = 3
        default: return false
        }
        return true
    }
}
