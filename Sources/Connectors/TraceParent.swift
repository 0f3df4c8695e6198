// The trace that a request is part of, as its caller hands it on (W3C Trace Context, section 3.2:
// https://www.w3.org/TR/trace-context/#traceparent-header).

package struct TraceParent: Sendable, Hashable {
    /// `version-trace-parent-flags`, hexadecimal digits of the lengths 2, 32, 16 and 2.
    package let text: String
    /// Whether whoever began the trace keeps it.
    package let isSampled: Bool

    private static let length = 55
    private static let dashes = [2, 35, 52]

    /// - Parameter header: the value of `traceparent`. Versions to come may have more behind the four parts.
    package init?(_ header: some Collection<UInt8>) {
        let bytes = Array(header.prefix(Self.length))
        let isLonger = header.count > Self.length
        guard bytes.count == Self.length,
            bytes.indices.allSatisfy({ index in
                Self.dashes.contains(index) ? bytes[index] == UInt8(ascii: "-") : Self.digit(bytes[index]) != nil
            }),
            // The last version is none, the first one has four parts; all zeros are no trace and no parent.
            !bytes.starts(with: "ff".utf8), !isLonger || !bytes.starts(with: "00".utf8),
            !isLonger || header.dropFirst(Self.length).first == UInt8(ascii: "-"),
            bytes[3..<35].contains(where: { $0 != UInt8(ascii: "0") }),
            bytes[36..<52].contains(where: { $0 != UInt8(ascii: "0") }),
            let flags = Self.digit(bytes[54])
        else { return nil }
        text = String(decoding: bytes, as: UTF8.self)
        isSampled = flags & 1 == 1
    }

    private static func digit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        default: nil
        }
    }
}
