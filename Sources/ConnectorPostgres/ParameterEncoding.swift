// Bound values in PostgreSQL's text form, each ending in a zero byte, in one buffer: what libpq takes.
// https://www.postgresql.org/docs/15/arrays.html#ARRAYS-IO

internal import Base
internal import Connectors
internal import Metadata
internal import Planning

struct EncodedParameters: Sendable {
    private(set) var bytes: [UInt8] = []
    /// Where each value starts; negative for null.
    private(set) var offsets: [Int] = []

    /// - Throws: `dataException` for a text with U+0000, which PostgreSQL cannot hold.
    init(_ values: [BoundValue], _ parameters: [Parameter]) throws(ConnectorError) {
        precondition(values.count == parameters.count, "a statement is executed with a value for each parameter")
        offsets.reserveCapacity(values.count)
        for (value, parameter) in zip(values, parameters) { try append(value, parameter) }
    }

    /// Texts as they are: for statements of the gateway's own.
    init(texts: [String]) {
        for text in texts {
            begin()
            bytes.append(contentsOf: text.utf8)
            bytes.append(0)
        }
    }

    /// For each parameter an array of the values of all runs.
    init(merging runs: [EncodedParameters]) {
        for parameter in runs[0].offsets.indices {
            begin()
            bytes.append(UInt8(ascii: "{"))
            for (index, run) in runs.enumerated() {
                if index > 0 { bytes.append(UInt8(ascii: ",")) }
                if let value = run.value(parameter) {
                    appendQuoted(value)
                } else {
                    bytes.append(contentsOf: "NULL".utf8)
                }
            }
            bytes.append(UInt8(ascii: "}"))
            bytes.append(0)
        }
    }

    /// Without the zero byte.
    private func value(_ parameter: Int) -> ArraySlice<UInt8>? {
        guard offsets[parameter] >= 0 else { return nil }
        let end = offsets[(parameter + 1)...].first { $0 >= 0 } ?? bytes.count
        return bytes[offsets[parameter]..<end - 1]
    }

    private mutating func begin() {
        offsets.append(bytes.count)
    }

    private mutating func append(_ value: BoundValue, _ parameter: Parameter) throws(ConnectorError) {
        if case .null = value {
            offsets.append(-1)
            return
        }
        begin()
        switch value {
        case .null: break
        case .integer(let integer): bytes.append(contentsOf: String(integer).utf8)
        case .real(let real): append(real, parameter)
        case .decimal(let text): bytes.append(contentsOf: text.utf8)
        case .text(let text):
            if parameter.target == .jsonPath {
                try appendList(text, nil)
            } else {
                try append(text)
            }
        case .bytes(let value):
            if case .maskKey = parameter.origin {
                try appendPaddings(ofKey: value)
            } else {
                append(hexadecimal: value)
            }
        case .list(let json):
            if case .keys = parameter.origin {
                try append(json)
            } else if case .list(let kind) = parameter.target {
                try appendList(json, kind)
            } else if case .value(.array(let kind)) = parameter.target {
                try appendArray(try Self.items(json), kind)
            } else {
                try append(json)
            }
        }
        bytes.append(0)
    }

    /// A number that no narrow floating column can hold is beyond all of them, instead of an error of the statement.
    private mutating func append(_ real: Double, _ parameter: Parameter) {
        guard case .value(.float) = parameter.target else {
            bytes.append(contentsOf: real.description.utf8)
            return
        }
        bytes.append(contentsOf: Self.narrow(real).utf8)
    }

    private static func narrow(_ real: Double) -> String {
        let narrow = Float(real)
        if narrow.isInfinite { return narrow > 0 ? "Infinity" : "-Infinity" }
        return narrow.isZero ? "0" : real.description
    }

    private mutating func append(_ text: String) throws(ConnectorError) {
        let start = bytes.count
        bytes.append(contentsOf: text.utf8)
        // libpq would end the value there.
        guard !bytes[start...].contains(0) else {
            throw ConnectorError(.dataException, "a text holds U+0000, which PostgreSQL does not store")
        }
    }

    private mutating func append(hexadecimal value: [UInt8]) {
        bytes.append(contentsOf: #"\x"#.utf8)
        for byte in value {
            bytes.append(Self.digit(byte >> 4))
            bytes.append(Self.digit(byte & 15))
        }
    }

    private static func digit(_ value: UInt8) -> UInt8 {
        value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") + value - 10
    }

    /// The two blocks of RFC 2104, inner then outer.
    private mutating func appendPaddings(ofKey key: [UInt8]) throws(ConnectorError) {
        let block = 64
        guard key.count <= block else {
            throw ConnectorError(.invalidStatement, "the key of a mask is longer than a block of its hash")
        }
        let padded = key + [UInt8](repeating: 0, count: block - key.count)
        append(hexadecimal: padded.map { $0 ^ 0x36 } + padded.map { $0 ^ 0x5C })
    }

    // MARK: Lists

    /// The items of a JSON list as an array literal.
    private mutating func appendList(_ json: String, _ kind: ScalarKind?) throws(ConnectorError) {
        bytes.append(UInt8(ascii: "{"))
        for (index, item) in try Self.items(json).enumerated() {
            if index > 0 { bytes.append(UInt8(ascii: ",")) }
            // A list of arrays is an array of their texts.
            if case .array(let inner)? = kind, case .array(let items) = item {
                var array = EncodedParameters(texts: [])
                try array.appendArray(items, inner)
                appendQuoted(array.bytes)
            } else if kind == .float, let real = item.number?.double {
                bytes.append(contentsOf: Self.narrow(real).utf8)
            } else {
                try append(item: item, kind)
            }
        }
        bytes.append(UInt8(ascii: "}"))
    }

    private static func items(_ json: String) throws(ConnectorError) -> [JSONValue] {
        guard let items = (try? JSONScanner.parse(Array(json.utf8)))?.array else {
            throw ConnectorError(.invalidStatement, "a list parameter is bound to what is no list")
        }
        return items
    }

    /// One array, of more dimensions where its items are lists.
    private mutating func appendArray(_ items: [JSONValue], _ kind: ScalarKind) throws(ConnectorError) {
        bytes.append(UInt8(ascii: "{"))
        for (index, item) in items.enumerated() {
            if index > 0 { bytes.append(UInt8(ascii: ",")) }
            if case .array(let inner) = kind, case .array(let items) = item {
                try appendArray(items, inner)
            } else {
                try append(item: item, kind)
            }
        }
        bytes.append(UInt8(ascii: "}"))
    }

    private mutating func append(item: JSONValue, _ kind: ScalarKind?) throws(ConnectorError) {
        switch item {
        case .null: bytes.append(contentsOf: "NULL".utf8)
        case .bool(let flag): bytes.append(UInt8(ascii: flag ? "1" : "0"))
        case .number(let number): bytes.append(contentsOf: number.text.utf8)
        case .string(let text):
            if kind == .bytea, let decoded = Base64.decode(text) {
                var inner = EncodedParameters(texts: [])
                inner.append(hexadecimal: decoded)
                appendQuoted(inner.bytes)
            } else {
                let start = bytes.count
                appendQuoted(Array(text.utf8))
                guard !bytes[start...].contains(0) else {
                    throw ConnectorError(.dataException, "a text holds U+0000, which PostgreSQL does not store")
                }
            }
        case .array, .object: appendQuoted(Array(item.text.utf8))
        }
    }

    private mutating func appendQuoted(_ text: some Sequence<UInt8>) {
        bytes.append(UInt8(ascii: "\""))
        for byte in text {
            if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") { bytes.append(UInt8(ascii: "\\")) }
            bytes.append(byte)
        }
        bytes.append(UInt8(ascii: "\""))
    }
}
