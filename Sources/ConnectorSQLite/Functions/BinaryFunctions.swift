// Functions over bytes: base64 (RFC 4648) for `bytea`, and the keyed hash of masks (HMAC-SHA-256, RFC 2104).

internal import COpenSSL

enum BinaryFunctions {
    /// `perigee_base64(blob)`: the standard alphabet with padding. Null stays null.
    static func base64(_ call: FunctionCall) {
        guard call[0].kind != .null else { return call.returnNull() }
        var output = OutputBuffer(limit: call.byteLimit)
        unsafe output.append(base64: call[0].bytes)
        call.returnText(&output)
    }

    /// `perigee_unbase64(text)`: the bytes; null for what is not base64. Reads both alphabets, padded or not.
    static func unbase64(_ call: FunctionCall) {
        guard call[0].kind == .text else { return call.returnNull() }
        var output = OutputBuffer(limit: call.byteLimit, capacity: 64)
        guard unsafe output.append(decoding: call[0].text) else {
            output.discard()
            return call.returnNull()
        }
        call.returnBlob(&output)
    }

    /// `perigee_hash(key, text)`: HMAC-SHA-256 of the text's bytes, as 64 lower-case hexadecimal digits. Null stays null.
    static func hash(_ call: FunctionCall) {
        guard call[0].kind != .null, call[1].kind != .null else { return call.returnNull() }
        let key = unsafe call[0].bytes
        let text = unsafe call[1].text
        var digest: InlineArray<32, UInt8> = .init(repeating: 0)
        var length: UInt32 = 0
        var span = digest.mutableSpan
        let isHashed = unsafe span.withUnsafeMutableBufferPointer { target in
            // An empty key or text still needs an address.
            let none: [UInt8] = [0]
            return unsafe none.withUnsafeBufferPointer { empty in
                unsafe HMAC(
                    EVP_sha256(), key.baseAddress ?? empty.baseAddress, Int32(clamping: key.count),
                    text.baseAddress ?? empty.baseAddress, text.count, target.baseAddress, &length) != nil
            }
        }
        // A mask must never fall back to something weaker: no digest, no row.
        guard isHashed, length == 32 else { return call.returnError("perigee_hash: the hash is not available") }
        var output = OutputBuffer(limit: call.byteLimit, capacity: 64)
        for index in 0..<32 {
            output.append(OutputBuffer.hexDigit(digest[index] >> 4))
            output.append(OutputBuffer.hexDigit(digest[index] & 15))
        }
        call.returnText(&output)
    }
}

extension OutputBuffer {
    private static let alphabet: StaticString = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"

    mutating func append(base64 bytes: UnsafeBufferPointer<UInt8>) {
        let alphabet = Self.alphabet
        reserve((bytes.count + 2) / 3 * 4)
        guard failure == .none else { return }
        var index = 0
        while index < bytes.count {
            let left = bytes.count - index
            let first = UInt32(unsafe bytes[index]) << 16
            let second = left > 1 ? UInt32(unsafe bytes[index + 1]) << 8 : 0
            let third = left > 2 ? UInt32(unsafe bytes[index + 2]) : 0
            let group = first | second | third
            unsafe append(alphabet.utf8Start[Int(group >> 18 & 63)])
            unsafe append(alphabet.utf8Start[Int(group >> 12 & 63)])
            append(left > 1 ? unsafe alphabet.utf8Start[Int(group >> 6 & 63)] : UInt8(ascii: "="))
            append(left > 2 ? unsafe alphabet.utf8Start[Int(group & 63)] : UInt8(ascii: "="))
            index += 3
        }
    }

    /// False when the text is not base64.
    mutating func append(decoding text: UnsafeBufferPointer<UInt8>) -> Bool {
        var end = text.count
        if end % 4 == 0 {
            var padding = 0
            while padding < 2, end > 0, unsafe text[end - 1] == UInt8(ascii: "=") {
                end -= 1
                padding += 1
            }
        }
        guard end % 4 != 1 else { return false }
        var group: UInt32 = 0
        var bits = 0
        for index in 0..<end {
            guard let value = unsafe Self.sextet(text[index]) else { return false }
            group = group << 6 | UInt32(value)
            bits += 6
            if bits >= 8 {
                bits -= 8
                append(UInt8(truncatingIfNeeded: group >> UInt32(bits)))
            }
        }
        return true
    }

    private static func sextet(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): byte - UInt8(ascii: "A")
        case UInt8(ascii: "a")...UInt8(ascii: "z"): byte - UInt8(ascii: "a") + 26
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0") + 52
        case UInt8(ascii: "+"), UInt8(ascii: "-"): 62
        case UInt8(ascii: "/"), UInt8(ascii: "_"): 63
        default: nil
        }
    }
}
