// The byte classes of the lexical grammar as bit masks, and code points for messages. Specification, section 2.1.

enum CharacterClass {
    // One bit a byte of ASCII, two words a class: a shift and a mask instead of a chain of comparisons.
    private static let nameStartHigh: UInt64 = 0x07FF_FFFE_87FF_FFFE
    private static let digits: UInt64 = 0x03FF_0000_0000_0000
    private static let ignored: UInt64 = 0x0000_1001_0000_2600

    /// Letters and `_`.
    @inline(__always)
    static func isNameStart(_ byte: UInt8) -> Bool {
        byte & 0xC0 == 0x40 && (nameStartHigh >> UInt64(byte & 63)) & 1 == 1
    }

    /// Letters, digits and `_`.
    @inline(__always)
    static func isNameContinue(_ byte: UInt8) -> Bool {
        let word = byte & 0x40 == 0 ? digits : nameStartHigh
        return byte < 0x80 && (word >> UInt64(byte & 63)) & 1 == 1
    }

    /// Tab, line feed, carriage return, space and comma.
    @inline(__always)
    static func isIgnored(_ byte: UInt8) -> Bool {
        byte < 64 && (ignored >> UInt64(byte)) & 1 == 1
    }

    /// How many of the eight bytes of `word`, lowest first, continue a name before the first that does not. All eight
    /// are classified at once: names are short, and a branch for each byte would be guessed wrong at each name's end.
    @inline(__always)
    static func nameContinueCount(_ word: UInt64) -> Int {
        let high: UInt64 = 0x8080_8080_8080_8080
        let one: UInt64 = 0x0101_0101_0101_0101
        let low = word & ~high
        // Bit 7 of each byte tells whether the byte reaches the bound; sums never carry into the next byte.
        let lowered = low | (one &* 0x20)
        let isLetter = (lowered &+ one &* (0x80 - 0x61)) & ~(lowered &+ one &* (0x80 - 0x7B))
        let isDigit = (low &+ one &* (0x80 - 0x30)) & ~(low &+ one &* (0x80 - 0x3A))
        let isUnderscore = ~((low ^ one &* 0x5F) &+ one &* 0x7F)
        let isOther = ~(isLetter | isDigit | isUnderscore) & high | word & high
        return isOther.trailingZeroBitCount >> 3
    }

    @inline(__always)
    static func isDigit(_ byte: UInt8) -> Bool {
        byte &- UInt8(ascii: "0") < 10
    }
}

/// One code point of the source. Surrogates written as three bytes are told apart from other malformed UTF-8, so that
/// messages can name them.
struct CodePoint {
    let value: UInt32
    /// In bytes.
    let length: Int

    var isScalar: Bool { !(0xD800...0xDFFF).contains(value) }

    /// `nil` at the end and where the bytes are not UTF-8.
    init?(_ source: Span<UInt8>, at offset: Int) {
        guard offset < source.count else { return nil }
        let first = source[offset]
        var value: UInt32
        let length: Int
        let minimum: UInt32
        switch first {
        case 0..<0x80: (length, value, minimum) = (1, UInt32(first), 0)
        case 0xC0..<0xE0: (length, value, minimum) = (2, UInt32(first & 0x1F), 0x80)
        case 0xE0..<0xF0: (length, value, minimum) = (3, UInt32(first & 0x0F), 0x800)
        case 0xF0..<0xF8: (length, value, minimum) = (4, UInt32(first & 0x07), 0x10000)
        default: return nil
        }
        guard offset + length <= source.count else { return nil }
        for index in offset + 1..<max(offset + length, offset + 1) {
            guard source[index] & 0xC0 == 0x80 else { return nil }
            value = value << 6 | UInt32(source[index] & 0x3F)
        }
        guard value >= minimum, value <= 0x10FFFF else { return nil }
        self = CodePoint(value: value, length: length)
    }

    private init(value: UInt32, length: Int) {
        self.value = value
        self.length = length
    }

    /// The code point at `offset` as messages show it: `"a"`, `'"'`, `U+00DF`, `<EOF>`.
    static func print(_ source: Span<UInt8>, at offset: Int) -> String {
        guard offset < source.count else { return "<EOF>" }
        guard let point = CodePoint(source, at: offset) else {
            return "byte 0x\(String(source[offset], radix: 16, uppercase: true))"
        }
        switch point.value {
        case 0x22: return "'\"'"
        case 0x20...0x7E: return "\"\(String(source, offset..<offset + 1))\""
        default:
            let hexadecimal = String(point.value, radix: 16, uppercase: true)
            return "U+" + String(repeating: "0", count: max(0, 4 - hexadecimal.count)) + hexadecimal
        }
    }
}
