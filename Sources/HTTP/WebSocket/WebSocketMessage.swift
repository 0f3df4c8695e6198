// What travels over a WebSocket, and the ways it ends. https://www.rfc-editor.org/rfc/rfc6455#section-7

/// A whole message of the client.
package enum WebSocketMessage: Sendable, Hashable {
    /// Well-formed UTF-8.
    case text([UInt8])
    case binary([UInt8])

    package var bytes: [UInt8] {
        switch self {
        case .text(let bytes), .binary(let bytes): bytes
        }
    }
}

/// Why a side closes. Sub-protocols have codes of their own from 4000 on. Section 7.4
package struct WebSocketCloseCode: RawRepresentable, Sendable, Hashable, CustomStringConvertible {
    package let rawValue: UInt16

    package init(rawValue: UInt16) {
        self.rawValue = rawValue
    }

    package init(_ rawValue: UInt16) {
        self.rawValue = rawValue
    }

    package static let normal = WebSocketCloseCode(1000)
    /// The server ends, or the page was left.
    package static let goingAway = WebSocketCloseCode(1001)
    package static let protocolError = WebSocketCloseCode(1002)
    /// A kind of message that this end does not take.
    package static let unsupportedData = WebSocketCloseCode(1003)
    /// Text that is not UTF-8, or data that does not inflate.
    package static let invalidData = WebSocketCloseCode(1007)
    package static let policyViolation = WebSocketCloseCode(1008)
    package static let messageTooBig = WebSocketCloseCode(1009)
    package static let internalError = WebSocketCloseCode(1011)
    /// The server cannot go on with this client now; it may come again.
    package static let tryAgainLater = WebSocketCloseCode(1013)

    /// Whether the code may stand in a Close frame: those of the registry that are not reserved for reports at one end,
    /// those of libraries (3000 on) and of applications (4000 on). Section 7.4.2
    package var mayBeSent: Bool {
        switch rawValue {
        case 1000...1003, 1007...1014, 3000...4999: true
        default: false
        }
    }

    package var description: String { "\(rawValue)" }
}

/// How a WebSocket ended.
package enum WebSocketClosure: Sendable, Hashable {
    /// The closing handshake took place, whoever began it: the client's code (none where its Close had none) and reason.
    case closed(WebSocketCloseCode?, reason: String)
    /// The client did what it must not; it was told so.
    case failed(WebSocketError)
    /// The connection ended without a Close of the client.
    case lost(WebSocketLoss)
}

/// Ways of ending that no Close frame tells (1006).
package enum WebSocketLoss: Sendable, Hashable {
    /// The client went, or the network did.
    case disconnected
    /// A ping was not answered in time.
    case silent
    /// A frame or a message was begun and not finished in time.
    case unfinishedMessage
    /// The client took nothing of what it was owed for too long.
    case stalled
    /// More waited to be sent than may wait.
    case slowConsumer
    /// Our Close was not answered in time.
    case unansweredClose
    /// The server's patience ended at its shutdown.
    case cut
}

/// What a client may do wrong, each with the close code it is answered with.
package enum WebSocketError: Error, Sendable, Hashable {
    case reservedOpcode
    case reservedBits
    case fragmentedControl
    case controlTooLong
    /// A continuation of nothing, or a new message inside a fragmented one.
    case wrongFragment
    case unmaskedFrame
    /// A length that is not written in the shortest way, or beyond 63 bits.
    case frameLength
    case frameTooLarge(limit: Int)
    case messageTooLarge
    case invalidUTF8
    case invalidCompression
    /// A Close frame whose payload is one byte long.
    case closeLength
    case closeCode

    package var code: WebSocketCloseCode {
        switch self {
        case .frameTooLarge, .messageTooLarge: .messageTooBig
        case .invalidUTF8, .invalidCompression: .invalidData
        case .reservedOpcode, .reservedBits, .fragmentedControl, .controlTooLong, .wrongFragment, .unmaskedFrame,
            .frameLength, .closeLength, .closeCode:
            .protocolError
        }
    }

    /// The reason in the Close frame: at most 123 bytes.
    package var message: String {
        switch self {
        case .reservedOpcode: "The opcode is reserved."
        case .reservedBits: "A reserved bit is set."
        case .fragmentedControl: "A control frame is fragmented."
        case .controlTooLong: "A control frame is longer than 125 bytes."
        case .wrongFragment: "A continuation is missing, or continues nothing."
        case .unmaskedFrame: "A client's frames must be masked."
        case .frameLength: "The length of a frame must be written in the shortest form."
        case .frameTooLarge(let limit): "The frame is larger than \(limit) bytes."
        case .messageTooLarge: "The message is too large."
        case .invalidUTF8: "The text is not UTF-8."
        case .invalidCompression: "The compressed data cannot be inflated."
        case .closeLength: "A close frame of one byte has no code."
        case .closeCode: "The close code is not allowed in a frame."
        }
    }
}

/// What a message may measure.
package struct WebSocketLimits: Sendable, Hashable {
    /// Of one message, inflated.
    package var messageBytes: Int
    /// Of one frame's payload as it comes.
    package var frameBytes: Int

    package init(messageBytes: Int = 1024 * 1024, frameBytes: Int = 1024 * 1024) {
        self.messageBytes = messageBytes
        self.frameBytes = frameBytes
    }
}
