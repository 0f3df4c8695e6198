// The head of a frame: read byte by byte, so that what is wrong is known at the first byte that says so, and written.
// https://www.rfc-editor.org/rfc/rfc6455#section-5.2
//
//      0               1               2 …
//     +-+-+-+-+-------+-+-------------+-------------------------------+---------------------+
//     |F|R|R|R| opcode|M| length      | longer length: 2 bytes if     | masking key: 4 bytes|
//     |I|S|S|S|  (4)  |A| (7)         | length is 126, 8 if it is 127 | if MASK             |
//     |N|V|V|V|       |S|             | (network order)               |                     |
//     | |1|2|3|       |K|             |                               |                     |
//     +-+-+-+-+-------+-+-------------+-------------------------------+---------------------+

package enum WebSocketOpcode: UInt8, Sendable, Hashable, CaseIterable {
    case continuation = 0
    case text = 1
    case binary = 2
    case close = 8
    case ping = 9
    case pong = 10

    var isControl: Bool { rawValue & 8 != 0 }
}

struct WebSocketFrameHead: Sendable, Equatable {
    let opcode: WebSocketOpcode
    let isFinal: Bool
    /// RSV1: the message is compressed (RFC 7692 section 6).
    let isCompressed: Bool
    /// Bytes of the payload.
    let length: Int
    /// The masking key, its first byte in the lowest bits.
    let mask: UInt32

    /// The most payload a control frame may have (section 5.5).
    static let controlBytes = 125

    /// Bytes of a head without a mask for a payload of `length` bytes.
    static func size(_ length: Int) -> Int {
        length <= 125 ? 2 : length <= 0xffff ? 4 : 10
    }

    /// Appends the head of a server's frame, which is never masked (section 5.1), nor fragmented by us.
    static func append(_ opcode: WebSocketOpcode, isCompressed: Bool = false, length: Int, to output: inout [UInt8]) {
        output.append(0x80 | (isCompressed ? 0x40 : 0) | opcode.rawValue)
        switch length {
        case ...125: output.append(UInt8(length))
        case ...0xffff:
            output.append(126)
            output.append(UInt8(length >> 8))
            output.append(UInt8(truncatingIfNeeded: length))
        default:
            output.append(127)
            for shift in stride(from: 56, through: 0, by: -8) {
                output.append(UInt8(truncatingIfNeeded: length >> shift))
            }
        }
    }
}

/// What a client's next frame may be.
struct WebSocketFrameRules {
    /// A fragmented message has begun: the next data frame continues it.
    var isInsideMessage: Bool
    var allowsCompression: Bool
    var frameBytes: Int
    /// Bytes that the message may still take. Of a compressed one only what it inflates to counts: not for its frames.
    var remainingBytes: Int
}

/// Collects the bytes of a head. Holds nothing between frames.
struct WebSocketFrameHeadReader {
    private var bytes = InlineArray<14, UInt8>(repeating: 0)
    private var count = 0
    /// Bytes of the whole head, once the second one has told.
    private var size = 2
    private var length = 0

    /// No byte of a head has arrived.
    var isEmpty: Bool { count == 0 }

    /// Takes bytes up to the end of the head; `nil` when that has not arrived yet. Throws at the first byte that is wrong.
    mutating func read(
        _ input: Span<UInt8>, _ cursor: inout Int, _ rules: WebSocketFrameRules
    ) throws(WebSocketError) -> WebSocketFrameHead? {
        while cursor < input.count {
            bytes[count] = input[cursor]
            count += 1
            cursor += 1
            switch count {
            case 1: try checkFirst(rules)
            case 2: try checkSecond()
            default: break
            }
            // The key is not waited for: a length beyond the limit is refused when it is known.
            if count >= 2, count == size - 4 { try checkLength(rules) }
            if count == size { return finish() }
        }
        return nil
    }

    private func checkFirst(_ rules: WebSocketFrameRules) throws(WebSocketError) {
        guard let opcode = WebSocketOpcode(rawValue: bytes[0] & 0x0f) else { throw .reservedOpcode }
        guard bytes[0] & 0x30 == 0 else { throw .reservedBits }
        if opcode.isControl {
            guard bytes[0] & 0x40 == 0 else { throw .reservedBits }
            guard bytes[0] & 0x80 != 0 else { throw .fragmentedControl }
            return
        }
        guard (opcode == .continuation) == rules.isInsideMessage else { throw .wrongFragment }
        if bytes[0] & 0x40 != 0, !rules.allowsCompression || opcode == .continuation { throw .reservedBits }
    }

    private mutating func checkSecond() throws(WebSocketError) {
        guard bytes[1] & 0x80 != 0 else { throw .unmaskedFrame }
        let short = Int(bytes[1] & 0x7f)
        if bytes[0] & 0x08 != 0, short > WebSocketFrameHead.controlBytes { throw .controlTooLong }
        size = 2 + (short == 126 ? 2 : short == 127 ? 8 : 0) + 4
    }

    private mutating func checkLength(_ rules: WebSocketFrameRules) throws(WebSocketError) {
        length = Int(bytes[1] & 0x7f)
        if length >= 126 {
            let isLong = length == 127
            if isLong, bytes[2] & 0x80 != 0 { throw .frameLength }
            length = 0
            for index in 2..<(isLong ? 10 : 4) { length = length << 8 | Int(bytes[index]) }
            guard length > (isLong ? 0xffff : 125) else { throw .frameLength }
        }
        guard length <= rules.frameBytes else { throw .frameTooLarge(limit: rules.frameBytes) }
        if bytes[0] & 0x48 == 0, length > rules.remainingBytes { throw .messageTooLarge }
    }

    private mutating func finish() -> WebSocketFrameHead? {
        guard let opcode = WebSocketOpcode(rawValue: bytes[0] & 0x0f) else { return nil }
        var mask: UInt32 = 0
        for index in 0..<4 { mask |= UInt32(bytes[size - 4 + index]) << UInt32(8 * index) }
        let head = WebSocketFrameHead(
            opcode: opcode, isFinal: bytes[0] & 0x80 != 0, isCompressed: bytes[0] & 0x40 != 0, length: length,
            mask: mask)
        count = 0
        size = 2
        return head
    }
}
