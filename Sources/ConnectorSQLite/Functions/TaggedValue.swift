// Values that leave SQLite and come back as the very values they were: keys of written rows, sort keys of cursors. SQLite
// keeps any value in any column, and `1`, `'1'` and `x'31'` are three keys; a text may hold U+0000, at which SQLite's own
// JSON functions end, or be no UTF-8. So what is no number travels as a JSON string with a letter in front.

internal import Base
internal import Planning

enum TaggedValue {
    private static let text = UInt8(ascii: "t")
    /// A text in base64.
    private static let encodedText = UInt8(ascii: "e")
    /// A blob in base64.
    private static let blob = UInt8(ascii: "b")
    private static let infinity = UInt8(ascii: "i")
    private static let negativeInfinity = UInt8(ascii: "j")

    // MARK: Keys

    /// A JSON array with an item for each row: the value of a key of one column, an array for one of several.
    static func keys(_ rows: [[BoundValue]]) -> BoundValue {
        var buffer = ByteBuffer()
        buffer.append(UInt8(ascii: "["))
        for (index, row) in rows.enumerated() {
            if index > 0 { buffer.append(UInt8(ascii: ",")) }
            if row.count == 1 {
                append(row[0], to: &buffer)
                continue
            }
            buffer.append(UInt8(ascii: "["))
            for (column, value) in row.enumerated() {
                if column > 0 { buffer.append(UInt8(ascii: ",")) }
                append(value, to: &buffer)
            }
            buffer.append(UInt8(ascii: "]"))
        }
        buffer.append(UInt8(ascii: "]"))
        return .list(buffer.text)
    }

    private static func append(_ value: BoundValue, to buffer: inout ByteBuffer) {
        switch value {
        case .null: buffer.append("null")
        case .integer(let integer): buffer.append(decimal: integer)
        case .real(let real) where real.isInfinite: buffer.append(real < 0 ? "\"j\"" : "\"i\"")
        case .real(let real): buffer.append(text: real.description)
        case .decimal(let text): buffer.append(text: text)
        case .text(let text), .list(let text):
            let isPlain = !text.utf8.contains(0)
            buffer.append(jsonString: isPlain ? "t" + text : "e" + Base64.encode(Array(text.utf8)))
        case .bytes(let bytes): buffer.append(jsonString: "b" + Base64.encode(bytes))
        }
    }

    // MARK: Functions

    /// `perigee_tag(value)`: integers, finite reals and null as they are; everything else as a text with its tag.
    static func tag(_ call: FunctionCall) {
        let value = call[0]
        var output = OutputBuffer(limit: call.byteLimit, capacity: 64)
        switch value.kind {
        case .real where value.real.isInfinite: output.append(value.real < 0 ? negativeInfinity : infinity)
        case .null, .integer, .real: return call.returnArgument(0)
        case .blob:
            output.append(blob)
            unsafe output.append(base64: value.bytes)
        case .text:
            let text = unsafe value.text
            let isPlain = unsafe !text.contains(0) && Span(_unsafeElements: text).firstInvalidUTF8() == nil
            output.append(isPlain ? Self.text : encodedText)
            unsafe isPlain ? output.append(text) : output.append(base64: text)
        }
        call.returnText(&output)
    }

    /// `perigee_untag(value)`: the value that was tagged so; null for what never was.
    static func untag(_ call: FunctionCall) {
        guard call[0].kind == .text else { return call.returnArgument(0) }
        let tagged = unsafe call[0].text
        guard let tag = unsafe tagged.first else { return call.returnNull() }
        if tag == infinity { return call.returnReal(.infinity) }
        if tag == negativeInfinity { return call.returnReal(-.infinity) }
        let rest = unsafe UnsafeBufferPointer(rebasing: tagged.dropFirst())
        var output = OutputBuffer(limit: call.byteLimit, capacity: rest.count)
        if tag == text {
            unsafe output.append(rest)
            return call.returnText(&output)
        }
        guard tag == blob || tag == encodedText, unsafe output.append(decoding: rest) else {
            output.discard()
            return call.returnNull()
        }
        if tag == blob { call.returnBlob(&output) } else { call.returnText(&output) }
    }
}
