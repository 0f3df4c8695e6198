// Decoded `application/x-www-form-urlencoded` pairs: the query of a GET. https://url.spec.whatwg.org/#urlencoded-parsing
// Stricter than browsers in one point: a percent sign without two hexadecimal digits is an error, not a literal.

package struct FormFields: Sendable, Hashable {
    package struct Field: Sendable, Hashable {
        package let name: [UInt8]
        package let value: [UInt8]
    }

    /// A percent sign is not followed by two hexadecimal digits.
    package struct Malformed: Error, Sendable, Hashable {}

    /// In the order they came; names may repeat.
    package private(set) var fields: [Field] = []

    package init() {}

    package init(decoding bytes: ArraySlice<UInt8>) throws(Malformed) {
        var start = bytes.startIndex
        while start < bytes.endIndex {
            let end = bytes[start...].firstIndex(of: UInt8(ascii: "&")) ?? bytes.endIndex
            let pair = bytes[start..<end]
            start = min(end + 1, bytes.endIndex)
            if pair.isEmpty { continue }
            let equals = pair.firstIndex(of: UInt8(ascii: "="))
            let value = try equals.map { index throws(Malformed) in try Self.decode(pair[(index + 1)...]) }
            fields.append(Field(name: try Self.decode(pair[..<(equals ?? pair.endIndex)]), value: value ?? []))
        }
    }

    /// Value of the first field of that name.
    package subscript(name: StaticString) -> [UInt8]? {
        fields.first { $0.name.span.equals(name) }?.value
    }

    package func count(of name: StaticString) -> Int {
        fields.count { $0.name.span.equals(name) }
    }

    /// Percent and plus decoding.
    static func decode(_ bytes: ArraySlice<UInt8>) throws(Malformed) -> [UInt8] {
        var decoded: [UInt8] = []
        decoded.reserveCapacity(bytes.count)
        var index = bytes.startIndex
        while index < bytes.endIndex {
            switch bytes[index] {
            case UInt8(ascii: "+"):
                decoded.append(UInt8(ascii: " "))
                index += 1
            case UInt8(ascii: "%"):
                guard index + 2 < bytes.endIndex, let high = bytes[index + 1].hexadecimalValue,
                    let low = bytes[index + 2].hexadecimalValue
                else { throw Malformed() }
                decoded.append(high << 4 | low)
                index += 3
            case let byte:
                decoded.append(byte)
                index += 1
            }
        }
        return decoded
    }
}
