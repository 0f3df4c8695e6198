// JSON text from values: error bodies, introspection, printed plans. Rows never pass here; the database writes those.

extension ByteBuffer {
    /// A JSON string with its quotes; escapes what RFC 8259 section 7 requires and nothing else.
    package mutating func append(jsonString text: String) {
        append(UInt8(ascii: "\""))
        for byte in text.utf8 { appendEscaped(byte) }
        append(UInt8(ascii: "\""))
    }

    /// The same for bytes that are known to be UTF-8.
    package mutating func append(jsonString text: Span<UInt8>) {
        append(UInt8(ascii: "\""))
        for index in text.indices { appendEscaped(text[index]) }
        append(UInt8(ascii: "\""))
    }

    package mutating func append(json value: JSONValue) {
        switch value {
        case .null: append("null")
        case .bool(let flag): append(flag ? "true" : "false")
        case .number(let number): append(text: number.text)
        case .string(let text): append(jsonString: text)
        case .array(let items):
            append(UInt8(ascii: "["))
            for (index, item) in items.enumerated() {
                if index > 0 { append(UInt8(ascii: ",")) }
                append(json: item)
            }
            append(UInt8(ascii: "]"))
        case .object(let object):
            append(UInt8(ascii: "{"))
            for (index, member) in object.members.enumerated() {
                if index > 0 { append(UInt8(ascii: ",")) }
                append(jsonString: member.name)
                append(UInt8(ascii: ":"))
                append(json: member.value)
            }
            append(UInt8(ascii: "}"))
        }
    }

    private mutating func appendEscaped(_ byte: UInt8) {
        switch byte {
        case UInt8(ascii: "\""): append("\\\"")
        case UInt8(ascii: "\\"): append("\\\\")
        case 0x08: append("\\b")
        case 0x09: append("\\t")
        case 0x0A: append("\\n")
        case 0x0C: append("\\f")
        case 0x0D: append("\\r")
        case 0..<0x20:
            append("\\u00")
            let digits: StaticString = "0123456789abcdef"
            unsafe append(digits.utf8Start[Int(byte >> 4)])
            unsafe append(digits.utf8Start[Int(byte & 15)])
        default: append(byte)
        }
    }
}

extension JSONValue {
    /// The value as compact JSON text.
    package var text: String {
        var buffer = ByteBuffer()
        buffer.append(json: self)
        return buffer.text
    }
}
