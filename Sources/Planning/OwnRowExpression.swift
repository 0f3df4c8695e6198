// Whether an expression of the owner's is one over the columns of its own row and nothing else, as far as its words tell: then an
// answer with it depends on these columns. Any word that is not known here, such as a function of the owner's, `select`
// or the clock, makes it one that may read what it likes.
package import Metadata

package enum OwnRowExpression {
    /// The fields that the expression reads; `nil` where it may read more than its row.
    package static func fields(of expression: String, in collection: TrackedCollection) -> Set<Int>? {
        let columns = Dictionary(
            collection.fields.enumerated().filter { !$0.element.isComputed }.map {
                ($0.element.name.lowercased(), $0.offset)
            },
            uniquingKeysWith: { first, _ in first })
        guard let words = words(of: Array(expression.utf8)) else { return nil }
        var fields: Set<Int> = []
        for word in words {
            if let field = columns[word.text] {
                fields.insert(field)
            } else if word.isQuoted || !known.contains(word.text) {
                return nil
            }
        }
        return fields
    }

    /// Key words of expressions, types of casts, and functions that every database has for values alone.
    private static let known: Set<String> = [
        "and", "or", "not", "is", "null", "true", "false", "case", "when", "then", "else", "end", "like", "between",
        "in", "cast",
        "as", "text", "integer", "int", "bigint", "smallint", "real", "numeric", "boolean", "float8", "abs", "coalesce",
        "json_extract",
        "length", "lower", "ltrim", "max", "min", "nullif", "replace", "round", "rtrim", "substr", "trim", "upper",
    ]

    private struct Word {
        /// In lower case.
        let text: String
        let isQuoted: Bool
    }

    /// Names in the expression; `nil` where it holds what is not read here.
    private static func words(of bytes: [UInt8]) -> [Word]? {
        var words: [Word] = []
        var index = 0
        while index < bytes.count {
            let byte = bytes[index]
            switch byte {
            case UInt8(ascii: "'"), UInt8(ascii: "\""):
                guard let end = end(of: byte, bytes, from: index + 1) else { return nil }
                if byte == UInt8(ascii: "\"") {
                    words.append(Word(text: text(bytes[(index + 1)..<end]), isQuoted: true))
                }
                index = end + 1
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "_"),
                0x80...0xFF:
                let end = bytes[index...].firstIndex { !isPartOfName($0) } ?? bytes.count
                words.append(Word(text: text(bytes[index..<end]), isQuoted: false))
                index = end
            case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."):
                // Digits with an exponent are no name.
                index = bytes[index...].firstIndex { !isPartOfName($0) && $0 != UInt8(ascii: ".") } ?? bytes.count
            case UInt8(ascii: "-"), UInt8(ascii: "/"):
                // Comments end elsewhere than they seem to.
                let next = index + 1 < bytes.count ? bytes[index + 1] : 0
                guard next != UInt8(ascii: "*"), !(byte == next && byte == UInt8(ascii: "-")) else { return nil }
                index += 1
            case UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\n"), UInt8(ascii: "\r"), UInt8(ascii: "("),
                UInt8(ascii: ")"), UInt8(ascii: ","), UInt8(ascii: "+"), UInt8(ascii: "*"), UInt8(ascii: "%"),
                UInt8(ascii: "|"), UInt8(ascii: "<"), UInt8(ascii: ">"), UInt8(ascii: "="), UInt8(ascii: "!"),
                UInt8(ascii: ":"):
                index += 1
            default: return nil
            }
        }
        return words
    }

    /// A doubled quote stands for one; a backslash may mean anything.
    private static func end(of quote: UInt8, _ bytes: [UInt8], from start: Int) -> Int? {
        var index = start
        while index < bytes.count {
            if bytes[index] == UInt8(ascii: "\\") { return nil }
            if bytes[index] == quote {
                guard index + 1 < bytes.count, bytes[index + 1] == quote else { return index }
                index += 1
            }
            index += 1
        }
        return nil
    }

    private static func isPartOfName(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "_"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), 0x80...0xFF:
            true
        default: false
        }
    }

    private static func text(_ bytes: ArraySlice<UInt8>) -> String {
        String(decoding: bytes, as: UTF8.self).lowercased()
    }
}
