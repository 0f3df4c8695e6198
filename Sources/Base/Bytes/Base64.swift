// Base64 with the standard alphabet and padding (RFC 4648 section 4): how byte columns appear in JSON.

package enum Base64 {
    private static let alphabet: StaticString = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"

    package static func encode(_ bytes: [UInt8]) -> String {
        var text: [UInt8] = []
        text.reserveCapacity((bytes.count + 2) / 3 * 4)
        var index = 0
        while index < bytes.count {
            let first = bytes[index]
            let second = index + 1 < bytes.count ? bytes[index + 1] : 0
            let third = index + 2 < bytes.count ? bytes[index + 2] : 0
            text.append(symbol(first >> 2))
            text.append(symbol((first & 3) << 4 | second >> 4))
            text.append(index + 1 < bytes.count ? symbol((second & 15) << 2 | third >> 6) : UInt8(ascii: "="))
            text.append(index + 2 < bytes.count ? symbol(third & 63) : UInt8(ascii: "="))
            index += 3
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// The bytes, or `nil` when the text is not base64 with correct padding.
    package static func decode(_ text: String) -> [UInt8]? {
        let symbols = Array(text.utf8)
        guard symbols.count % 4 == 0 else { return nil }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(symbols.count / 4 * 3)
        var index = 0
        while index < symbols.count {
            let isLast = index + 4 == symbols.count
            let padding =
                !isLast
                ? 0 : (symbols[index + 3] != UInt8(ascii: "=") ? 0 : (symbols[index + 2] != UInt8(ascii: "=") ? 1 : 2))
            var word: UInt32 = 0
            for offset in 0..<4 {
                guard offset < 4 - padding else {
                    word <<= 6
                    continue
                }
                guard let value = value(symbols[index + offset]) else { return nil }
                word = word << 6 | UInt32(value)
            }
            bytes.append(UInt8(truncatingIfNeeded: word >> 16))
            if padding < 2 { bytes.append(UInt8(truncatingIfNeeded: word >> 8)) }
            if padding < 1 { bytes.append(UInt8(truncatingIfNeeded: word)) }
            index += 4
        }
        return bytes
    }

    private static func symbol(_ index: UInt8) -> UInt8 {
        unsafe alphabet.utf8Start[Int(index)]
    }

    private static func value(_ symbol: UInt8) -> UInt8? {
        switch symbol {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): symbol - UInt8(ascii: "A")
        case UInt8(ascii: "a")...UInt8(ascii: "z"): symbol - UInt8(ascii: "a") + 26
        case UInt8(ascii: "0")...UInt8(ascii: "9"): symbol - UInt8(ascii: "0") + 52
        case UInt8(ascii: "+"): 62
        case UInt8(ascii: "/"): 63
        default: nil
        }
    }
}
