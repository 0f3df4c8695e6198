// Finds one response with a Content-Length in a run of bytes: just what a load client needs of HTTP.

enum ResponseScanner {
    struct Response {
        let status: Int
        let body: Range<Int>
    }

    /// nil while the response is not complete.
    static func scan(_ bytes: Span<UInt8>, from start: Int) -> Response? {
        guard start + 12 < bytes.count else { return nil }
        let status =
            Int(bytes[start + 9] &- 0x30) * 100 + Int(bytes[start + 10] &- 0x30) * 10 + Int(bytes[start + 11] &- 0x30)
        var lineStart = start
        var length = 0
        var index = start
        while index < bytes.count {
            guard bytes[index] == 0x0a else {
                index += 1
                continue
            }
            let line = lineStart..<index
            index += 1
            lineStart = index
            if line.count <= 1 {
                return index + length <= bytes.count ? Response(status: status, body: index..<index + length) : nil
            }
            if let value = contentLength(bytes, line) { length = value }
        }
        return nil
    }

    private static func contentLength(_ bytes: Span<UInt8>, _ line: Range<Int>) -> Int? {
        let name: StaticString = "content-length:"
        guard line.count > name.utf8CodeUnitCount, bytes[line.lowerBound] | 0x20 == 0x63 else { return nil }
        for offset in 0..<name.utf8CodeUnitCount - 1
        where unsafe bytes[line.lowerBound + offset] | 0x20 != name.utf8Start[offset] | 0x20 {
            return nil
        }
        var value = 0
        for position in (line.lowerBound + name.utf8CodeUnitCount)..<line.upperBound {
            let byte = bytes[position]
            if byte >= 0x30, byte <= 0x39 { value = value * 10 + Int(byte - 0x30) }
        }
        return value
    }

    static func contains(_ bytes: Span<UInt8>, _ range: Range<Int>, _ text: [UInt8]) -> Bool {
        guard range.count >= text.count else { return false }
        for start in range.lowerBound...(range.upperBound - text.count) where bytes[start] == text[0] {
            var offset = 1
            while offset < text.count, bytes[start + offset] == text[offset] { offset += 1 }
            if offset == text.count { return true }
        }
        return false
    }
}
