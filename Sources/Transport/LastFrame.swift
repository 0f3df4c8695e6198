// The frame that a loop made last. A message to many clients is the same bytes for all of those that agreed on the same
// compression: it is framed, and compressed, once, and their queues share the array.

internal import HTTP

struct LastFrame {
    /// What a frame is made of.
    struct Message {
        let framing: WebSocketMachine.Framing
        let opcode: WebSocketOpcode
        let prefix: [UInt8]
        let payload: [UInt8]
        let suffix: [UInt8]

        /// A payload counts as the same only where it is the very array: comparing the bytes of others would cost more than
        /// it saves.
        func isSame(as other: Message) -> Bool {
            framing == other.framing && opcode == other.opcode
                && Self.isOneArray(payload, other.payload) && prefix == other.prefix && suffix == other.suffix
        }

        /// Held by both sides, so that no other array can have come to lie there.
        private static func isOneArray(_ left: [UInt8], _ right: [UInt8]) -> Bool {
            guard left.count == right.count else { return false }
            return unsafe left.withUnsafeBufferPointer { left in
                unsafe right.withUnsafeBufferPointer { unsafe $0.baseAddress == left.baseAddress }
            }
        }
    }

    private var made: (message: Message, frame: WebSocketMachine.Frame)?

    /// Bytes of a payload up to which it is kept: what a loop holds although nobody needs it any more.
    private static let keptBytes = 64 * 1024

    func frame(of message: Message) -> WebSocketMachine.Frame? {
        guard let made, made.message.isSame(as: message) else { return nil }
        return made.frame
    }

    /// - Parameter frame: of `message`.
    mutating func keep(_ frame: WebSocketMachine.Frame, of message: Message) {
        // What depends on a connection's earlier messages is nobody else's.
        guard message.framing != .own, message.payload.count <= Self.keptBytes else { return }
        made = (message, frame)
    }
}
