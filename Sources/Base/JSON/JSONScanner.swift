// A cursor over JSON text (RFC 8259): reads, skips or builds one value at a time. The request body is walked with it
// directly, so that a query's bytes are copied once and nothing else of the body is touched twice.

package struct JSONError: Error, Sendable, Hashable {
    package let message: String
    /// 0-based byte offset where the text stopped being JSON.
    package let offset: Int
    /// Whether it is JSON, but nested deeper than the reader takes.
    package let isTooDeep: Bool

    package init(message: String, offset: Int, isTooDeep: Bool = false) {
        self.message = message
        self.offset = offset
        self.isTooDeep = isTooDeep
    }
}

/// Positions only: the bytes are passed to each call, so the scanner can live across calls without borrowing them.
package struct JSONScanner: Sendable {
    package private(set) var offset: Int
    /// How deep lists and objects may nest before the text is refused.
    package let maximumDepth: Int

    package static let defaultDepth = 128

    package init(offset: Int = 0, maximumDepth: Int = JSONScanner.defaultDepth) {
        self.offset = offset
        self.maximumDepth = maximumDepth
    }

    /// Parses the whole of `bytes` as one value; anything but white space after it is an error.
    package static func parse(
        _ bytes: Span<UInt8>, maximumDepth: Int = JSONScanner.defaultDepth
    ) throws(JSONError) -> JSONValue {
        var scanner = JSONScanner(maximumDepth: maximumDepth)
        let value = try scanner.value(bytes)
        try scanner.end(bytes)
        return value
    }

    package static func parse(
        _ bytes: [UInt8], maximumDepth: Int = JSONScanner.defaultDepth
    ) throws(JSONError) -> JSONValue {
        try parse(bytes.span, maximumDepth: maximumDepth)
    }

    // MARK: Structure

    /// Skips white space and returns the next byte without consuming it; `nil` at the end.
    package mutating func peek(_ bytes: Span<UInt8>) -> UInt8? {
        while offset < bytes.count {
            switch bytes[offset] {
            case 0x20, 0x09, 0x0A, 0x0D: offset += 1
            case let byte: return byte
            }
        }
        return nil
    }

    /// Consumes `byte` if it comes next.
    package mutating func take(_ byte: UInt8, _ bytes: Span<UInt8>) -> Bool {
        guard peek(bytes) == byte else { return false }
        offset += 1
        return true
    }

    package mutating func expect(_ byte: UInt8, _ bytes: Span<UInt8>) throws(JSONError) {
        guard take(byte, bytes) else {
            throw unexpected(bytes, wanted: "\"\(Character(UnicodeScalar(byte)))\"")
        }
    }

    package mutating func end(_ bytes: Span<UInt8>) throws(JSONError) {
        guard peek(bytes) == nil else { throw unexpected(bytes, wanted: "the end") }
    }

    // MARK: Values

    package mutating func value(_ bytes: Span<UInt8>) throws(JSONError) -> JSONValue {
        try value(bytes, depth: 0)
    }

    /// Passes over one value and checks it just as `value` does, without building it.
    package mutating func skip(_ bytes: Span<UInt8>) throws(JSONError) {
        try skip(bytes, depth: 0)
    }

    private mutating func value(_ bytes: Span<UInt8>, depth: Int) throws(JSONError) -> JSONValue {
        switch peek(bytes) {
        case UInt8(ascii: "{"):
            return try .object(object(bytes, depth: depth))
        case UInt8(ascii: "["):
            return try .array(array(bytes, depth: depth))
        case UInt8(ascii: "\""):
            return try .string(string(bytes))
        default:
            return try scalar(bytes)
        }
    }

    private mutating func object(_ bytes: Span<UInt8>, depth: Int) throws(JSONError) -> JSONObject {
        try enter(depth)
        offset += 1
        var members: [JSONMember] = []
        var seen: Set<String> = []
        if take(UInt8(ascii: "}"), bytes) { return JSONObject() }
        repeat {
            let start = offset
            let name = try key(bytes)
            // A few members are compared directly; a set only pays off beyond that.
            let isDuplicate =
                members.count < 8
                ? members.contains { $0.name == name }
                : (seen.isEmpty ? Set(members.map(\.name)).contains(name) : seen.contains(name))
            if isDuplicate {
                throw JSONError(message: "The key \"\(name)\" occurs twice in one object.", offset: start)
            }
            if members.count >= 8 {
                if seen.isEmpty { seen = Set(members.map(\.name)) }
                seen.insert(name)
            }
            try members.append(JSONMember(name: name, value: value(bytes, depth: depth + 1)))
        } while take(UInt8(ascii: ","), bytes)
        guard take(UInt8(ascii: "}"), bytes) else { throw unexpected(bytes, wanted: "\",\" or \"}\"") }
        return JSONObject(members)
    }

    private mutating func array(_ bytes: Span<UInt8>, depth: Int) throws(JSONError) -> [JSONValue] {
        try enter(depth)
        offset += 1
        var items: [JSONValue] = []
        if take(UInt8(ascii: "]"), bytes) { return items }
        repeat {
            try items.append(value(bytes, depth: depth + 1))
        } while take(UInt8(ascii: ","), bytes)
        guard take(UInt8(ascii: "]"), bytes) else { throw unexpected(bytes, wanted: "\",\" or \"]\"") }
        return items
    }

    private mutating func skip(_ bytes: Span<UInt8>, depth: Int) throws(JSONError) {
        switch peek(bytes) {
        case UInt8(ascii: "{"):
            // Built all the same: skipped objects are rare, and a duplicate key in one must be refused.
            _ = try object(bytes, depth: depth)
        case UInt8(ascii: "["):
            try enter(depth)
            offset += 1
            if take(UInt8(ascii: "]"), bytes) { return }
            repeat { try skip(bytes, depth: depth + 1) } while take(UInt8(ascii: ","), bytes)
            guard take(UInt8(ascii: "]"), bytes) else { throw unexpected(bytes, wanted: "\",\" or \"]\"") }
        case UInt8(ascii: "\""):
            _ = try stringBytes(bytes)
        default:
            _ = try scalar(bytes)
        }
    }

    private func enter(_ depth: Int) throws(JSONError) {
        guard depth < maximumDepth else {
            throw JSONError(
                message: "The JSON nests deeper than \(maximumDepth) levels.", offset: offset, isTooDeep: true)
        }
    }

    /// A member's name and the colon after it.
    package mutating func key(_ bytes: Span<UInt8>) throws(JSONError) -> String {
        guard peek(bytes) == UInt8(ascii: "\"") else { throw unexpected(bytes, wanted: "a key in quotes") }
        let name = try string(bytes)
        try expect(UInt8(ascii: ":"), bytes)
        return name
    }

    private mutating func scalar(_ bytes: Span<UInt8>) throws(JSONError) -> JSONValue {
        if literal("null", bytes) { return .null }
        if literal("true", bytes) { return .bool(true) }
        if literal("false", bytes) { return .bool(false) }
        return try .number(number(bytes))
    }

    private mutating func literal(_ text: StaticString, _ bytes: Span<UInt8>) -> Bool {
        let length = text.utf8CodeUnitCount
        guard bytes.count - offset >= length else { return false }
        for index in 0..<length {
            guard unsafe bytes[offset + index] == text.utf8Start[index] else { return false }
        }
        offset += length
        return true
    }

    private mutating func number(_ bytes: Span<UInt8>) throws(JSONError) -> JSONNumber {
        let start = offset
        if offset < bytes.count, bytes[offset] == UInt8(ascii: "-") { offset += 1 }
        let whole = digits(bytes)
        guard whole > 0, whole == 1 || bytes[offset - whole] != UInt8(ascii: "0") else {
            offset = start
            throw unexpected(bytes, wanted: "a value")
        }
        if offset < bytes.count, bytes[offset] == UInt8(ascii: ".") {
            offset += 1
            guard digits(bytes) > 0 else { throw unexpected(bytes, wanted: "a digit") }
        }
        if offset < bytes.count, bytes[offset] | 0x20 == UInt8(ascii: "e") {
            offset += 1
            if offset < bytes.count, bytes[offset] == UInt8(ascii: "+") || bytes[offset] == UInt8(ascii: "-") {
                offset += 1
            }
            guard digits(bytes) > 0 else { throw unexpected(bytes, wanted: "a digit") }
        }
        return JSONNumber(text: text(bytes, start..<offset))
    }

    private mutating func digits(_ bytes: Span<UInt8>) -> Int {
        let start = offset
        while offset < bytes.count, bytes[offset] >= UInt8(ascii: "0"), bytes[offset] <= UInt8(ascii: "9") {
            offset += 1
        }
        return offset - start
    }

    // MARK: Strings

    package mutating func string(_ bytes: Span<UInt8>) throws(JSONError) -> String {
        guard peek(bytes) == UInt8(ascii: "\"") else { throw unexpected(bytes, wanted: "a string") }
        // The common string has no escape and is ASCII: it is taken from the source in one piece.
        let end = bytes.endOfPlainText(from: offset + 1)
        if end < bytes.count, bytes[end] == UInt8(ascii: "\"") {
            let text = text(bytes, (offset + 1)..<end)
            offset = end + 1
            return text
        }
        return try String(decoding: stringBytes(bytes), as: UTF8.self)
    }

    /// The unescaped UTF-8 of the string that comes next; refused if it is not well formed.
    package mutating func stringBytes(_ bytes: Span<UInt8>) throws(JSONError) -> [UInt8] {
        guard peek(bytes) == UInt8(ascii: "\"") else { throw unexpected(bytes, wanted: "a string") }
        let start = offset
        offset += 1
        var result: [UInt8] = []
        var runStart = offset
        var isASCII = true
        while true {
            offset = bytes.endOfPlainText(from: offset)
            guard offset < bytes.count else { break }
            let byte = bytes[offset]
            switch byte {
            case UInt8(ascii: "\""):
                appendRun(bytes, runStart..<offset, to: &result)
                offset += 1
                if !isASCII, let bad = result.span.firstInvalidUTF8() {
                    throw JSONError(message: "The string is not valid UTF-8.", offset: start + 1 + bad)
                }
                return result
            case UInt8(ascii: "\\"):
                appendRun(bytes, runStart..<offset, to: &result)
                try escape(bytes, into: &result)
                runStart = offset
                isASCII = false
            case 0..<0x20:
                throw JSONError(message: "A control character in a string must be escaped.", offset: offset)
            default:
                isASCII = false
                while offset < bytes.count, bytes[offset] >= 0x80 { offset += 1 }
            }
        }
        throw JSONError(message: "The string that starts here is never closed.", offset: start)
    }

    private func appendRun(_ bytes: Span<UInt8>, _ range: Range<Int>, to result: inout [UInt8]) {
        guard !range.isEmpty else { return }
        unsafe bytes.extracting(range).withUnsafeBufferPointer { unsafe result.append(contentsOf: $0) }
    }

    private mutating func escape(_ bytes: Span<UInt8>, into result: inout [UInt8]) throws(JSONError) {
        let start = offset
        offset += 1
        guard offset < bytes.count else { throw unexpected(bytes, wanted: "an escape") }
        let byte = bytes[offset]
        offset += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): result.append(byte)
        case UInt8(ascii: "b"): result.append(0x08)
        case UInt8(ascii: "f"): result.append(0x0C)
        case UInt8(ascii: "n"): result.append(0x0A)
        case UInt8(ascii: "r"): result.append(0x0D)
        case UInt8(ascii: "t"): result.append(0x09)
        case UInt8(ascii: "u"):
            var code = try hexadecimal(bytes)
            if code & 0xFC00 == 0xD800 {
                guard bytes.count - offset >= 6, bytes[offset] == UInt8(ascii: "\\"),
                    bytes[offset + 1] == UInt8(ascii: "u")
                else { throw JSONError(message: "A surrogate without its partner.", offset: start) }
                offset += 2
                let low = try hexadecimal(bytes)
                guard low & 0xFC00 == 0xDC00 else {
                    throw JSONError(message: "A surrogate without its partner.", offset: start)
                }
                code = 0x10000 + (code & 0x3FF) << 10 + (low & 0x3FF)
            }
            guard let scalar = Unicode.Scalar(code) else {
                throw JSONError(message: "A surrogate without its partner.", offset: start)
            }
            result.append(contentsOf: Array(String(Character(scalar)).utf8))
        default:
            throw JSONError(message: "There is no such escape in JSON.", offset: start)
        }
    }

    private mutating func hexadecimal(_ bytes: Span<UInt8>) throws(JSONError) -> UInt32 {
        guard bytes.count - offset >= 4 else { throw unexpected(bytes, wanted: "four hexadecimal digits") }
        var code: UInt32 = 0
        for _ in 0..<4 {
            let byte = bytes[offset]
            let digit: UInt8
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): digit = byte - UInt8(ascii: "0")
            case UInt8(ascii: "a")...UInt8(ascii: "f"): digit = byte - UInt8(ascii: "a") + 10
            case UInt8(ascii: "A")...UInt8(ascii: "F"): digit = byte - UInt8(ascii: "A") + 10
            default: throw unexpected(bytes, wanted: "four hexadecimal digits")
            }
            code = code << 4 | UInt32(digit)
            offset += 1
        }
        return code
    }

    private func text(_ bytes: Span<UInt8>, _ range: Range<Int>) -> String {
        unsafe bytes.extracting(range).withUnsafeBufferPointer { unsafe String(decoding: $0, as: UTF8.self) }
    }

    private mutating func unexpected(_ bytes: Span<UInt8>, wanted: String) -> JSONError {
        guard let byte = peek(bytes) else {
            return JSONError(message: "The JSON ends where \(wanted) should be.", offset: offset)
        }
        let shown =
            byte >= 0x20 && byte < 0x7F
            ? "\"\(Character(UnicodeScalar(byte)))\"" : "byte 0x" + String(byte, radix: 16, uppercase: true)
        return JSONError(message: "Found \(shown) where \(wanted) should be.", offset: offset)
    }
}

extension Span<UInt8> {
    /// The offset of the first byte from `start` on that a JSON string does not hold as it is, or that is not ASCII: a
    /// quote, a backslash, a control character, a byte from 0x80; the count if there is none.
    fileprivate func endOfPlainText(from start: Int) -> Int {
        unsafe withUnsafeBytes { bytes in
            var index = start
            // Eight at a time. A borrow can only mark bytes above one that is marked rightly, and the lowest counts.
            while index + 8 <= bytes.count {
                let word = unsafe UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: index, as: UInt64.self))
                let quotes = word ^ 0x2222_2222_2222_2222
                let backslashes = word ^ 0x5C5C_5C5C_5C5C_5C5C
                let lowest: UInt64 = 0x0101_0101_0101_0101
                let found =
                    ((quotes &- lowest) & ~quotes | (backslashes &- lowest) & ~backslashes
                        | (word &- lowest &* 0x20) & ~word | word) & 0x8080_8080_8080_8080
                if found != 0 { return index + found.trailingZeroBitCount / 8 }
                index += 8
            }
            while index < bytes.count {
                let byte = unsafe bytes[index]
                if byte < 0x20 || byte >= 0x80 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") { break }
                index += 1
            }
            return index
        }
    }
}
