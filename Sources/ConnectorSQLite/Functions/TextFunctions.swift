// Functions over text: case folding for `_ilike`, and what a masked text shows.

internal import Base

enum TextFunctions {
    /// `perigee_text(value)`: the text that the kind `s` shows for the value, whatever its storage class. Null stays null.
    static func text(_ call: FunctionCall) {
        switch call[0].kind {
        case .null: return call.returnNull()
        case .text: return call.returnArgument(0)
        case .blob: return BinaryFunctions.base64(call)
        case .integer, .real:
            var output = OutputBuffer(limit: call.byteLimit, capacity: 32)
            unsafe output.append(call[0].text)
            call.returnText(&output)
        }
    }

    /// `perigee_fold(text)`: each code point in lower case where its lower case is one code point, else as it is.
    /// Malformed UTF-8 stays as it is. Null stays null.
    static func fold(_ call: FunctionCall) {
        guard call[0].kind != .null else { return call.returnNull() }
        let text = unsafe call[0].text
        var output = OutputBuffer(limit: call.byteLimit, capacity: text.count)
        var index = 0
        while index < text.count {
            let byte = unsafe text[index]
            if byte < 0x80 {
                let isUpper = (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte)
                output.append(isUpper ? byte | 0x20 : byte)
                index += 1
                continue
            }
            guard let (scalar, length) = unsafe decode(text, at: index) else {
                output.append(byte)
                index += 1
                continue
            }
            if let lower = simpleLower(scalar) {
                for unit in UTF8.encode(lower) ?? UTF8.encodedReplacementCharacter { output.append(unit) }
            } else {
                unsafe output.append(UnsafeBufferPointer(rebasing: text[index..<index + length]))
            }
            index += length
        }
        call.returnText(&output)
    }

    /// `nil` when the code point is its own lower case, or its lower case is several.
    static func simpleLower(_ scalar: Unicode.Scalar) -> Unicode.Scalar? {
        guard scalar.properties.changesWhenLowercased else { return nil }
        let mapping = scalar.properties.lowercaseMapping.unicodeScalars
        return mapping.count == 1 ? mapping.first : nil
    }

    private static func decode(
        _ text: UnsafeBufferPointer<UInt8>, at index: Int
    ) -> (scalar: Unicode.Scalar, length: Int)? {
        let length =
            switch unsafe text[index] {
            case 0xC2...0xDF: 2
            case 0xE0...0xEF: 3
            case 0xF0...0xF4: 4
            default: 0
            }
        guard length > 0, index + length <= text.count else { return nil }
        let sequence = unsafe UnsafeBufferPointer(rebasing: text[index..<index + length])
        guard unsafe Span(_unsafeElements: sequence).firstInvalidUTF8() == nil else { return nil }
        var value = UInt32(unsafe sequence[0]) & (0xFF >> UInt32(length + 1))
        for offset in 1..<length { value = value << 6 | UInt32(unsafe sequence[offset] & 0x3F) }
        return Unicode.Scalar(value).map { ($0, length) }
    }

    /// `perigee_last4(text)`: `****` and the last four code points; `****` alone where there are no more than those.
    static func last4(_ call: FunctionCall) {
        guard call[0].kind != .null else { return call.returnNull() }
        let text = unsafe call[0].text
        // Code points are counted from the end, which needs them to be well formed.
        if unsafe Span(_unsafeElements: text).firstInvalidUTF8() == nil {
            unsafe returnLast4(text, call)
        } else {
            var repaired = unsafe String(decoding: text, as: UTF8.self)
            repaired.withUTF8 { unsafe returnLast4($0, call) }
        }
    }

    private static func returnLast4(_ text: UnsafeBufferPointer<UInt8>, _ call: FunctionCall) {
        var output = OutputBuffer(limit: call.byteLimit, capacity: 24)
        output.append("****")
        var index = text.count
        var seen = 0
        while index > 0, seen < 4 {
            index -= 1
            if unsafe text[index] & 0xC0 != 0x80 { seen += 1 }
        }
        if index > 0 { unsafe output.append(UnsafeBufferPointer(rebasing: text[index...])) }
        call.returnText(&output)
    }
}

extension UTF8 {
    fileprivate static var encodedReplacementCharacter: UTF8.EncodedScalar { encode("\u{FFFD}") ?? .init() }
}
