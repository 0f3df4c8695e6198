// Frames as a client sends them: masked, and as wrong as a test wants them.

package struct ClientFrame {
    package var first: UInt8
    package var payload: [UInt8]
    package var mask: [UInt8]? = [0x37, 0xfa, 0x21, 0x3d]
    /// Written in place of the payload's own, in this many bytes (0, 2 or 8) after the second.
    package var length: (value: UInt64, bytes: Int)?

    /// - Parameter opcode: 0 continuation, 1 text, 2 binary, 8 close, 9 ping, 10 pong.
    package init(_ opcode: UInt8, _ payload: [UInt8] = [], isFinal: Bool = true, reserved: UInt8 = 0) {
        first = (isFinal ? 0x80 : 0) | reserved | opcode
        self.payload = payload
    }

    package static func text(_ text: String, isFinal: Bool = true) -> ClientFrame {
        ClientFrame(1, Array(text.utf8), isFinal: isFinal)
    }

    package static func close(_ code: UInt16? = nil, _ reason: String = "") -> ClientFrame {
        ClientFrame(8, (code.map { [UInt8($0 >> 8), UInt8(truncatingIfNeeded: $0)] } ?? []) + Array(reason.utf8))
    }

    package var bytes: [UInt8] {
        let count = UInt64(payload.count)
        let length = self.length ?? (count, count <= 125 ? 0 : count <= 0xffff ? 2 : 8)
        let short = length.bytes == 0 ? UInt8(length.value) : length.bytes == 2 ? 126 : 127
        var bytes = [first, (mask == nil ? 0 : 0x80) | short]
        for index in (0..<length.bytes).reversed() {
            bytes.append(UInt8(truncatingIfNeeded: length.value >> UInt64(8 * index)))
        }
        guard let mask else { return bytes + payload }
        return bytes + mask + payload.enumerated().map { $1 ^ mask[$0 % 4] }
    }
}
