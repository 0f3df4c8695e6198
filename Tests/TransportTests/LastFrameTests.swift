// Which message may have the frame of another, and that what many get is made once.

import Testing

@testable import HTTP
@testable import Transport

struct LastFrameTests {
    private static let compression = WebSocketCompression(threshold: 0)

    private static func message(
        _ payload: [UInt8], framing: WebSocketMachine.Framing = .plain, opcode: WebSocketOpcode = .text,
        prefix: String = "{", suffix: String = "}"
    ) -> LastFrame.Message {
        LastFrame.Message(
            framing: framing, opcode: opcode, prefix: Array(prefix.utf8), payload: payload, suffix: Array(suffix.utf8))
    }

    private static let frame = WebSocketMachine.Frame(head: [1, 2, 3])

    @Test func `the same message has the same frame, and any other has none`() {
        let payload = Array("payload".utf8)
        var last = LastFrame()
        #expect(last.frame(of: Self.message(payload)) == nil)
        last.keep(Self.frame, of: Self.message(payload))
        #expect(last.frame(of: Self.message(payload)) == Self.frame)
        for other in [
            Self.message(payload, framing: .deflated(Self.compression, windowBits: 15)),
            Self.message(payload, opcode: .binary), Self.message(payload, prefix: "["),
            Self.message(payload, suffix: "]"), Self.message(payload, prefix: "{{"),
            Self.message(Array("another".utf8)), Self.message(Array("payload!".utf8)), Self.message([]),
            Self.message(payload, prefix: "", suffix: ""),
        ] {
            #expect(last.frame(of: other) == nil)
        }
        var changed = payload
        changed[0] = 0
        #expect(last.frame(of: Self.message(changed)) == nil)
        last.keep(WebSocketMachine.Frame(head: [4]), of: Self.message(changed))
        #expect(last.frame(of: Self.message(payload)) == nil)
    }

    @Test func `bits of the window and the level tell compressed frames apart`() {
        let payload = Array("payload".utf8)
        var last = LastFrame()
        last.keep(Self.frame, of: Self.message(payload, framing: .deflated(Self.compression, windowBits: 15)))
        #expect(
            last.frame(of: Self.message(payload, framing: .deflated(Self.compression, windowBits: 15))) == Self.frame)
        for framing: WebSocketMachine.Framing in [
            .plain, .deflated(Self.compression, windowBits: 14),
            .deflated(WebSocketCompression(level: 9, threshold: 0), windowBits: 15),
        ] {
            #expect(last.frame(of: Self.message(payload, framing: framing)) == nil)
        }
    }

    @Test func `what depends on earlier messages, and what is large, is not kept`() {
        let payload = Array("payload".utf8)
        var last = LastFrame()
        last.keep(Self.frame, of: Self.message(payload, framing: .own))
        #expect(last.frame(of: Self.message(payload, framing: .own)) == nil)
        let large = [UInt8](repeating: 1, count: 64 * 1024 + 1)
        last.keep(Self.frame, of: Self.message(large))
        #expect(last.frame(of: Self.message(large)) == nil)
    }

    /// What `LastFrame` rests on.
    @Test(arguments: [false, true])
    func `connections that agreed on the same make the same frames`(_ takeover: Bool) throws {
        let compression = WebSocketCompression(threshold: 0, contextTakeover: takeover)
        let deflate = try #require(DeflateParameters.agreed(compression))
        let text = [UInt8](repeating: UInt8(ascii: "a"), count: 300)
        var one = WebSocketMachine(deflate: deflate, compression: compression)
        var two = WebSocketMachine(deflate: deflate, compression: compression)
        #expect(one.framing == two.framing)
        #expect((one.framing == .own) == takeover)
        _ = two.frame(.text, payload: Array("something before".utf8))
        _ = two.frame(.text, payload: text)
        let frames = (one.frame(.text, payload: text), two.frame(.text, payload: text))
        #expect((frames.0 == frames.1) == !takeover)
        let plain = WebSocketMachine()
        #expect(plain.framing == .plain)
    }
}
