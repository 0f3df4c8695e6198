// JSON text of single values (RFC 8259): what `perigee_rows` and `perigee_object` write for each column.

internal import Base

extension OutputBuffer {
    mutating func append(decimal value: Int64) {
        if value < 0 { append(UInt8(ascii: "-")) }
        var magnitude = value.magnitude
        var digits = 1
        var bound: UInt64 = 10
        while magnitude >= bound, digits < 20 {
            digits += 1
            // 10^20 does not fit; twenty digits are the most there are.
            bound = digits < 20 ? bound &* 10 : .max
        }
        unsafe write(digits) { target in
            var index = digits
            while index > 0 {
                index -= 1
                unsafe target[index] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: magnitude % 10)
                magnitude /= 10
            }
        }
    }

    /// The shortest text that reads back as the same number; null for what JSON has no number for.
    mutating func append(jsonNumber value: Double) {
        guard value.isFinite else { return append("null") }
        append(value.description)
    }

    /// A JSON string with its quotes. Malformed UTF-8 becomes U+FFFD, so that the answer stays JSON whatever is stored.
    mutating func append(jsonString text: UnsafeBufferPointer<UInt8>) {
        let before = count
        guard unsafe !appendEscaped(text) else { return }
        if unsafe Span(_unsafeElements: text).firstInvalidUTF8() == nil { return }
        truncate(to: before)
        var repaired = unsafe String(decoding: text, as: UTF8.self)
        repaired.withUTF8 { _ = unsafe appendEscaped($0) }
    }

    /// True when all of it is ASCII.
    private mutating func appendEscaped(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
        reserve(text.count + 2)
        append(UInt8(ascii: "\""))
        var high: UInt64 = 0
        var clean = 0
        var index = 0
        let end = text.count
        while index < end {
            if index + 8 <= end {
                let word = unsafe UnsafeRawPointer(text.baseAddress.unsafelyUnwrapped)
                    .loadUnaligned(fromByteOffset: index, as: UInt64.self)
                if !Self.hasSpecialByte(word) {
                    high |= word
                    index += 8
                    continue
                }
            }
            // Up to eight bytes one by one, then whole words again.
            let stop = min(index + 8, end)
            while index < stop {
                let byte = unsafe text[index]
                high |= UInt64(byte)
                if byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") {
                    unsafe append(UnsafeBufferPointer(rebasing: text[clean..<index]))
                    appendEscape(of: byte)
                    clean = index + 1
                }
                index += 1
            }
        }
        unsafe append(UnsafeBufferPointer(rebasing: text[clean..<end]))
        append(UInt8(ascii: "\""))
        return high & 0x8080_8080_8080_8080 == 0
    }

    /// Whether one of eight bytes is a quote, a backslash or below the space.
    private static func hasSpecialByte(_ word: UInt64) -> Bool {
        let ones: UInt64 = 0x0101_0101_0101_0101
        let tops: UInt64 = 0x8080_8080_8080_8080
        // (x - n) & ~x has its top bit set in bytes below n, and perhaps in bytes above such a one: never a miss.
        let control = (word &- ones &* 0x20) & ~word
        let quoted = word ^ (ones &* 0x22)
        let escaped = word ^ (ones &* 0x5C)
        let quote = (quoted &- ones) & ~quoted
        let backslash = (escaped &- ones) & ~escaped
        return (control | quote | backslash) & tops != 0
    }

    private mutating func appendEscape(of byte: UInt8) {
        switch byte {
        case UInt8(ascii: "\""): append("\\\"")
        case UInt8(ascii: "\\"): append("\\\\")
        case 0x08: append("\\b")
        case 0x09: append("\\t")
        case 0x0A: append("\\n")
        case 0x0C: append("\\f")
        case 0x0D: append("\\r")
        default:
            append("\\u00")
            append(Self.hexDigit(byte >> 4))
            append(Self.hexDigit(byte & 15))
        }
    }

    /// Lower case.
    static func hexDigit(_ value: UInt8) -> UInt8 {
        value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") + value - 10
    }
}
