// Walking the JSON text that a connector answered: it is our own functions', so it needs no checking, only to be found one's
// way in. `FailureMark`s are values of it.
package import Base

package enum AnswerText {
    /// The place after the value that starts at one.
    package static func end(from start: Int, _ bytes: Span<UInt8>) -> Int {
        switch bytes[start] {
        case UInt8(ascii: "\""): return endOfString(from: start, bytes)
        case FailureMark.byte: return endOfString(from: start + 1, bytes)
        case UInt8(ascii: "{"), UInt8(ascii: "["): return endOfContainer(from: start, bytes)
        default:
            var position = start
            while position < bytes.count {
                switch bytes[position] {
                case UInt8(ascii: ","), UInt8(ascii: "]"), UInt8(ascii: "}"): return position
                default: position += 1
                }
            }
            return position
        }
    }

    private static func endOfString(from start: Int, _ bytes: Span<UInt8>) -> Int {
        var position = start + 1
        while position < bytes.count {
            switch bytes[position] {
            case UInt8(ascii: "\""): return position + 1
            case UInt8(ascii: "\\"): position += 2
            default: position += 1
            }
        }
        return bytes.count
    }

    private static func endOfContainer(from start: Int, _ bytes: Span<UInt8>) -> Int {
        var depth = 0
        var position = start
        while position < bytes.count {
            switch bytes[position] {
            case UInt8(ascii: "\""): position = endOfString(from: position, bytes)
            case UInt8(ascii: "{"), UInt8(ascii: "["):
                depth += 1
                position += 1
            case UInt8(ascii: "}"), UInt8(ascii: "]"):
                depth -= 1
                position += 1
                if depth == 0 { return position }
            default: position += 1
            }
        }
        return position
    }

    /// What a mark says: the place in the request of the list that it stands for.
    package static func errorPath(ofMarkAt position: Int, _ bytes: Span<UInt8>) -> String {
        var scanner = JSONScanner(offset: position + 1)
        return (try? scanner.value(bytes))?.string ?? "$"
    }

    /// The first mark in a value, and the way down to it.
    package static func firstFailure(_ bytes: Span<UInt8>) -> (path: [PathSegment], errorPath: String)? {
        var way: [Step] = []
        var position = 0
        while position < bytes.count {
            switch bytes[position] {
            case FailureMark.byte: return (way.map { $0.segment(bytes) }, errorPath(ofMarkAt: position, bytes))
            case UInt8(ascii: "{"): way.append(.member(position..<position))
            case UInt8(ascii: "["): way.append(.item(0))
            case UInt8(ascii: "}"), UInt8(ascii: "]"): way.removeLast()
            case UInt8(ascii: ","): if case .item(let index)? = way.last { way[way.count - 1] = .item(index + 1) }
            case UInt8(ascii: "\""):
                let end = endOfString(from: position, bytes)
                if end < bytes.count, bytes[end] == UInt8(ascii: ":") { way[way.count - 1] = .member(position..<end) }
                position = end
                continue
            default: break
            }
            position += 1
        }
        return nil
    }

    private enum Step {
        /// Where the member's name stands, in quotes.
        case member(Range<Int>)
        case item(Int)

        func segment(_ bytes: Span<UInt8>) -> PathSegment {
            switch self {
            case .item(let index): return .index(index)
            case .member(let range):
                var scanner = JSONScanner(offset: range.lowerBound)
                return .field((try? scanner.value(bytes))?.string ?? "")
            }
        }
    }
}
