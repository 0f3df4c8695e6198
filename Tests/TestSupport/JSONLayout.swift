// Breaks JSON into lines so that a difference can be read. Only white space between tokens is added: every token stays
// byte for byte what it was.

package enum JSONLayout {
    package static func lines(_ text: String, width: Int = 120) -> String {
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
            guard case .group(let open, let items, let close) = self, indent + line.unicodeScalars.count > width else { return line }
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

        private var next: UInt8? { offset < bytes.count ? bytes[offset] : nil }

        private mutating func group(close: UInt8, hasKeys: Bool) -> Piece {
            let open = String(decoding: bytes[offset..<offset + 1], as: UTF8.self)
            offset += 1
            var items: [(key: String, value: Piece)] = []
            while let byte = next, byte != close {
                if byte == UInt8(ascii: ",") { offset += 1 }
                let key = hasKeys ? token() + ": " : ""
                if hasKeys { offset += 1 }
                items.append((key, piece()))
            }
            offset += 1
            return .group(open: open, items: items, close: String(decoding: [close], as: UTF8.self))
        }

        /// Up to the next comma, colon or closing bracket outside quotes.
        private mutating func token() -> String {
            let start = offset
            var isQuoted = false
            while let byte = next {
                if isQuoted {
                    if byte == UInt8(ascii: "\\") { offset += 1 }
                    if byte == UInt8(ascii: "\"") { isQuoted = false }
                } else if byte == UInt8(ascii: "\"") {
                    isQuoted = true
                } else if [UInt8(ascii: ","), UInt8(ascii: ":"), UInt8(ascii: "]"), UInt8(ascii: "}")].contains(byte) {
                    break
                }
                offset += 1
            }
            return String(decoding: bytes[start..<min(offset, bytes.count)], as: UTF8.self)
        }
    }
}
