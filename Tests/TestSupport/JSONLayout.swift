// Breaks JSON into lines so that a difference can be read. Only white space between tokens changes: every token stays byte
// for byte what it was.
internal import Base

package enum JSONLayout {
    /// The text as it is when it is not JSON.
    package static func lines(_ text: String, width: Int = 120) -> String {
        guard (try? JSONScanner.parse(Array(text.utf8))) != nil else { return text }
        var reader = Reader(bytes: Array(text.utf8))
        return reader.piece().text(indent: 0, width: width)
    }

    private indirect enum Piece {
        case token(String)
        /// A list or an object: its brackets, and its items with their keys before them.
        case group(open: String, items: [(key: String, value: Piece)], close: String)

        var oneLine: String {
            switch self {
            case .token(let text): text
            case .group(let open, let items, let close):
                open + items.map { $0.key + $0.value.oneLine }.joined(separator: ", ") + close
            }
        }

        func text(indent: Int, width: Int) -> String {
            let line = oneLine
            guard case .group(let open, let items, let close) = self, indent + line.unicodeScalars.count > width else {
                return line
            }
            let margin = String(repeating: " ", count: indent + 2)
            let parts = items.map { margin + $0.key + $0.value.text(indent: indent + 2, width: width) }
            return open + "\n" + parts.joined(separator: ",\n") + "\n" + String(repeating: " ", count: indent) + close
        }
    }

    private struct Reader {
        let bytes: [UInt8]
        var offset = 0

        mutating func piece() -> Piece {
            guard let first = next else { return .token("") }
            switch first {
            case UInt8(ascii: "{"): return group(close: UInt8(ascii: "}"), hasKeys: true)
            case UInt8(ascii: "["): return group(close: UInt8(ascii: "]"), hasKeys: false)
            default: return .token(token())
            }
        }

        private static let blanks = Array(" \t\r\n".utf8)

        /// The next byte that is not white space, where the reader then stands.
        private var next: UInt8? {
            mutating get {
                while offset < bytes.count, Self.blanks.contains(bytes[offset]) { offset += 1 }
                return offset < bytes.count ? bytes[offset] : nil
            }
        }

        private mutating func group(close: UInt8, hasKeys: Bool) -> Piece {
            let open = String(decoding: bytes[offset..<offset + 1], as: UTF8.self)
            offset += 1
            var items: [(key: String, value: Piece)] = []
            while let byte = next, byte != close {
                if byte == UInt8(ascii: ",") {
                    offset += 1
                    continue
                }
                let key = hasKeys ? token() + ": " : ""
                if hasKeys, next == UInt8(ascii: ":") { offset += 1 }
                items.append((key, piece()))
            }
            offset += 1
            return .group(open: open, items: items, close: String(decoding: [close], as: UTF8.self))
        }

        /// Up to the next white space, comma, colon or closing bracket outside quotes; at least one byte.
        private mutating func token() -> String {
            _ = next
            let start = offset
            var isQuoted = false
            while offset < bytes.count {
                let byte = bytes[offset]
                if isQuoted {
                    if byte == UInt8(ascii: "\\") { offset += 1 }
                    if byte == UInt8(ascii: "\"") { isQuoted = false }
                } else if byte == UInt8(ascii: "\"") {
                    isQuoted = true
                } else if offset > start, Array(",:]} \t\r\n".utf8).contains(byte) {
                    break
                }
                offset += 1
            }
            offset = min(offset, bytes.count)
            return String(decoding: bytes[start..<offset], as: UTF8.self)
        }
    }
}
