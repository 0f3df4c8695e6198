// Tells outcomes apart without instrumentation: what was said, with numbers, quoted names and characters left out.

struct Signature {
    private var hash: UInt64 = 0xCBF2_9CE4_8422_2325

    mutating func add(_ byte: UInt8) { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }

    mutating func add(_ number: Int) {
        for shift in stride(from: 0, to: 64, by: 8) { add(UInt8(truncatingIfNeeded: number >> shift)) }
    }

    /// The fixed words of a message.
    mutating func add(message: String) {
        var isQuoted = false
        for byte in message.utf8 {
            if byte == UInt8(ascii: "\"") {
                isQuoted.toggle()
            } else if !isQuoted, byte < 0x30 || byte > 0x39 {
                add(byte)
            }
        }
    }

    /// A count as its magnitude: 0, 1, 2, 3-4, 5-8 …
    mutating func add(magnitude count: Int) {
        add(count < 2 ? count : 1 + Int.bitWidth - (count - 1).leadingZeroBitCount)
    }

    var value: Int { Int(truncatingIfNeeded: hash) }
}
