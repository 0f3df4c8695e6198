// The head of a request as its bytes with ranges into them. A client that keeps its connection sends the same head again and
// again: a head is compared with the last one, by its bytes, before it is read.

internal import Glibc

/// One header line as ranges of the head's bytes.
struct HeaderField: Sendable {
    var nameStart: UInt32
    var nameEnd: UInt32
    var valueStart: UInt32
    var valueEnd: UInt32
}

// A class: requests hand it on as one reference, and requests of equal heads share one.
final class RequestHead: Sendable {
    let line: RequestLine
    /// Request line and headers as they came, the empty line included.
    let bytes: [UInt8]
    let fields: [HeaderField]
    let framing: MessageFraming
    let delimitation: MessageFraming.Body

    /// Larger ones are not kept for the next request: an idle connection holds what is kept.
    static let keptBytes = 2048

    init(
        line: RequestLine, bytes: [UInt8], fields: [HeaderField], framing: MessageFraming,
        delimitation: MessageFraming.Body
    ) {
        self.line = line
        self.bytes = bytes
        self.fields = fields
        self.framing = framing
        self.delimitation = delimitation
    }

    /// Whether the bytes of `input` from `start` on begin with this head, and so are the same head: it ends where they say
    /// that it ends.
    func leads(_ input: Span<UInt8>, from start: Int) -> Bool {
        guard input.count - start >= bytes.count else { return false }
        return unsafe input.withUnsafeBufferPointer { input in
            unsafe bytes.withUnsafeBufferPointer { bytes in
                guard let input = input.baseAddress, let own = bytes.baseAddress else { return false }
                return unsafe memcmp(input + start, own, bytes.count) == 0
            }
        }
    }

    /// - Parameter lowercase: a name.
    func matches(_ field: HeaderField, _ lowercase: StaticString) -> Bool {
        guard Int(field.nameEnd - field.nameStart) == lowercase.utf8CodeUnitCount else { return false }
        let bytes = bytes
        return bytes.span.extracting(Int(field.nameStart)..<Int(field.nameEnd)).equalsIgnoringCase(lowercase)
    }

    func hasPath(_ path: StaticString) -> Bool {
        let bytes = bytes
        return bytes.span.extracting(Int(line.path.lowerBound)..<Int(line.path.upperBound)).equals(path)
    }
}
