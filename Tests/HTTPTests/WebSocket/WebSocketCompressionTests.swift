// Messages that are compressed: the examples of RFC 7692 section 7.2.3, what a hostile sender may try, and both directions of
// one agreement.

import Base
import TestSupport
import Testing

@testable import HTTP

private func agreed(_ wishes: WebSocketCompression, _ offer: String = "permessage-deflate") -> DeflateParameters? {
    ExtensionOffer.list(Array(offer.utf8)[...]).flatMap { DeflateParameters.negotiate($0, wishes) }
}

private let takeover = WebSocketCompression(threshold: 0, contextTakeover: true)
private let plain = WebSocketCompression(threshold: 0)

private func compressed(_ payload: [UInt8], isFinal: Bool = true) -> ClientFrame {
    ClientFrame(1, payload, isFinal: isFinal, reserved: 0x40)
}

struct WebSocketCompressionTests {
    private func actions(
        _ frames: [ClientFrame], _ compression: WebSocketCompression = takeover,
        limits: WebSocketLimits = WebSocketLimits()
    ) -> [String] {
        let input = frames.flatMap(\.bytes)
        let whole = MachineConversation.actions(
            input, limits: limits, deflate: agreed(compression), compression: compression)
        for size in [1, 2, 3, 7, 100] {
            #expect(
                MachineConversation.actions(
                    input, pieceSize: size, limits: limits, deflate: agreed(compression), compression: compression)
                    == whole)
        }
        return whole
    }

    /// One fixed Huffman block: "Hello".
    private static let hello: [UInt8] = [0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00]

    @Test func `the examples of the standard`() {
        #expect(actions([compressed(Self.hello)]) == ["text \"Hello\""])
        #expect(
            actions([compressed(Array(Self.hello[..<3]), isFinal: false), ClientFrame(0, Array(Self.hello[3...]))])
                == ["text \"Hello\""])
        // The second refers to the first.
        #expect(
            actions([compressed(Self.hello), compressed([0xf2, 0x00, 0x11, 0x00, 0x00])])
                == ["text \"Hello\"", "text \"Hello\""])
        // Without compression inside, as a block marked as the last, as two blocks.
        #expect(
            actions([compressed([0x00, 0x05, 0x00, 0xfa, 0xff, 0x48, 0x65, 0x6c, 0x6c, 0x6f, 0x00])])
                == ["text \"Hello\""])
        #expect(actions([compressed([0xf3, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00, 0x00])]) == ["text \"Hello\""])
        #expect(
            actions([
                compressed([0xf2, 0x48, 0x05, 0x00, 0x00, 0x00, 0xff, 0xff, 0xca, 0xc9, 0xc9, 0x07, 0x00])
            ]) == ["text \"Hello\""])
    }

    @Test func `a block marked as the last does not forget the window`() {
        #expect(
            actions([
                compressed([0xf3, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00, 0x00]),
                compressed([0xf2, 0x00, 0x11, 0x00, 0x00]),
            ]) == ["text \"Hello\"", "text \"Hello\""])
    }

    @Test func `without takeover a message may not refer to the one before`() {
        #expect(
            actions([compressed(Self.hello), compressed([0xf2, 0x00, 0x11, 0x00, 0x00])], plain)
                == ["text \"Hello\"", "failed invalidCompression code 1007"])
    }

    @Test func `plain messages may stand between compressed ones`() {
        #expect(
            actions([compressed(Self.hello), .text("x"), compressed([0xf2, 0x00, 0x11, 0x00, 0x00])])
                == ["text \"Hello\"", "text \"x\"", "text \"Hello\""])
    }

    @Test func `the bit belongs to the first frame of a message only`() {
        #expect(
            actions([compressed(Array(Self.hello[..<3]), isFinal: false), ClientFrame(0, [1], reserved: 0x40)])
                == ["failed reservedBits code 1002"])
        #expect(actions([ClientFrame(9, reserved: 0x40)]) == ["failed reservedBits code 1002"])
    }

    @Test func `garbage is refused, and text that inflates to no UTF-8`() {
        #expect(actions([compressed([0xff, 0xff, 0xff])]) == ["failed invalidCompression code 1007"])
        // A stored block of the byte ff.
        #expect(actions([compressed([0x00, 0x01, 0x00, 0xfe, 0xff, 0xff, 0x00])]) == ["failed invalidUTF8 code 1007"])
    }

    @Test func `a small frame may not inflate beyond the limit`() {
        var deflater = Deflater(level: 9, windowBits: 15, memoryLevel: 8)
        var bomb: [UInt8] = []
        deflater.deflate([UInt8](repeating: 65, count: 4 << 20), isLast: true, to: &bomb)
        #expect(bomb.count < 8192)
        #expect(actions([compressed(bomb)]) == ["failed messageTooLarge code 1009"])
        let exact = WebSocketLimits(messageBytes: 4 << 20, frameBytes: 1 << 20)
        #expect(actions([compressed(bomb)], limits: exact) == ["text 4194304 bytes"])
        let oneLess = WebSocketLimits(messageBytes: 4 << 20 - 1, frameBytes: 1 << 20)
        #expect(actions([compressed(bomb)], limits: oneLess) == ["failed messageTooLarge code 1009"])
    }

    @Test(arguments: [
        plain, takeover, WebSocketCompression(level: 9, threshold: 0, contextTakeover: true, windowBits: 9),
    ])
    func `what we deflate inflates to the same`(_ compression: WebSocketCompression) throws {
        let deflate = try #require(agreed(compression))
        let sender = SharedMachine(deflate: deflate, compression: compression)
        let receiver = SharedMachine(deflate: deflate, compression: compression)
        var generator = SeededGenerator(seed: 3)
        for round in 0..<200 {
            let size = [0, 1, 10, 300, 5000, 70000][round % 6]
            let alphabet: ClosedRange<UInt8> = round % 4 == 0 ? 0...255 : 97...100
            let payload = (0..<size).map { _ in UInt8.random(in: alphabet, using: &generator) }
            let frame = try #require(sender.frame(.binary, prefix: [1], payload: payload, suffix: [2]))
            let bytes = frame.head + frame.payload + frame.tail
            // Turned into a client's frame: the same payload under a mask.
            let headSize = bytes[1] == 126 ? 4 : bytes[1] == 127 ? 10 : 2
            let masked = ClientFrame(2, Array(bytes[headSize...]), reserved: bytes[0] & 0x40).bytes
            var cursor = 0
            #expect(receiver.next(masked.span, &cursor) == .deliver(.binary([1] + payload + [2])))
        }
    }

    @Test func `the second of two equal messages is smaller with takeover`() throws {
        func sizes(_ compression: WebSocketCompression) throws -> [Int] {
            let deflate = try #require(agreed(compression))
            let machine = SharedMachine(deflate: deflate, compression: compression)
            var generator = SeededGenerator(seed: 5)
            let payload = (0..<500).map { _ in UInt8.random(in: 97...122, using: &generator) }
            return [
                machine.frame(.text, payload: payload)?.count ?? 0, machine.frame(.text, payload: payload)?.count ?? 0,
            ]
        }
        let with = try sizes(takeover)
        #expect(with[1] * 10 < with[0])
        let without = try sizes(plain)
        #expect(without[0] == without[1])
    }

    @Test func `small messages, and those that would not shrink, are sent as they are`() throws {
        let deflate = try #require(agreed(WebSocketCompression(threshold: 100)))
        let machine = SharedMachine(deflate: deflate, compression: WebSocketCompression(threshold: 100))
        #expect(machine.frame(.text, payload: .init(repeating: 65, count: 99))?.head[0] == 0x81)
        #expect(machine.frame(.text, payload: .init(repeating: 65, count: 100))?.head[0] == 0xc1)
        var generator = SeededGenerator(seed: 7)
        let noise = (0..<200).map { _ in UInt8.random(in: 0...255, using: &generator) }
        #expect(machine.frame(.binary, payload: noise)?.head[0] == 0x82)
    }
}
