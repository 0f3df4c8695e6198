// The machine as conversations: frames of a client, and what comes of them, however the bytes are split.

import HTTP
import TestSupport
import Testing

/// A machine that may stand in expectations: the macros copy what they look at.
final class SharedMachine {
    private var machine: WebSocketMachine

    init(
        limits: WebSocketLimits = WebSocketLimits(), deflate: DeflateParameters? = nil,
        compression: WebSocketCompression? = nil
    ) {
        machine = WebSocketMachine(limits: limits, deflate: deflate, compression: compression)
    }

    var isOpen: Bool { machine.isOpen }
    var unfinished: Int? { machine.unfinished }
    func next(_ bytes: Span<UInt8>, _ cursor: inout Int) -> WebSocketMachine.Action? { machine.next(bytes, &cursor) }
    func ping() -> [UInt8]? { machine.ping() }
    func pong(_ payload: [UInt8]) -> [UInt8]? { machine.pong(payload) }
    func answer(_ closure: WebSocketClosure) -> [UInt8]? { machine.answer(closure) }
    func close(_ code: WebSocketCloseCode, reason: String) -> [UInt8]? { machine.close(code, reason: reason) }

    func frame(
        _ opcode: WebSocketOpcode, prefix: [UInt8] = [], payload: [UInt8], suffix: [UInt8] = []
    ) -> WebSocketMachine.Frame? {
        machine.frame(opcode, prefix: prefix, payload: payload, suffix: suffix)
    }
}

/// Feeds a machine and writes down what it says, one line an action.
enum MachineConversation {
    static func actions(
        _ input: [UInt8], pieceSize: Int = .max, limits: WebSocketLimits = WebSocketLimits(),
        deflate: DeflateParameters? = nil, compression: WebSocketCompression? = nil
    ) -> [String] {
        let machine = SharedMachine(limits: limits, deflate: deflate, compression: compression)
        return actions(machine, input, pieceSize: pieceSize)
    }

    static func actions(_ machine: SharedMachine, _ input: [UInt8], pieceSize: Int = .max) -> [String] {
        var actions: [String] = []
        var start = 0
        while start < input.count {
            let end = pieceSize < input.count - start ? start + pieceSize : input.count
            let piece = Array(input[start..<end])
            var cursor = 0
            while let action = machine.next(piece.span, &cursor) {
                if let line = perform(action, machine) { actions.append(line) }
            }
            #expect(cursor == piece.count)
            start = end
        }
        return actions
    }

    private static func perform(_ action: WebSocketMachine.Action, _ machine: SharedMachine) -> String? {
        switch action {
        case .deliver(.text(let bytes)): return "text \(summary(bytes))"
        case .deliver(.binary(let bytes)): return "binary \(summary(bytes))"
        case .ping(let payload): return machine.pong(payload).map { "send \(hexadecimal($0))" }
        case .pong(let bytes): return "pong \(summary(bytes))"
        case .end(let closure):
            let frame = machine.answer(closure)
            switch closure {
            case .closed(let code, let reason):
                let answer = frame.map(hexadecimal) ?? "-"
                return "closed \(code.map { "\($0)" } ?? "-") \"\(reason)\" answer \(answer)"
            case .failed(let error):
                return "failed \(error) code \(frame.map { "\(Int($0[2]) << 8 | Int($0[3]))" } ?? "-")"
            case .lost(let loss): return "lost \(loss)"
            }
        }
    }

    private static func summary(_ bytes: [UInt8]) -> String {
        bytes.count <= 32 ? "\"\(String(decoding: bytes, as: UTF8.self))\"" : "\(bytes.count) bytes"
    }

    private static func hexadecimal(_ bytes: [UInt8]) -> String {
        bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }
}

struct MachineCase: Sendable, CustomTestStringConvertible {
    let name: String
    let input: [UInt8]
    let expected: [String]
    let limits: WebSocketLimits

    init(_ name: String, _ frames: [ClientFrame], _ expected: [String], _ limits: WebSocketLimits = WebSocketLimits()) {
        self.name = name
        input = frames.flatMap(\.bytes)
        self.expected = expected
        self.limits = limits
    }

    var testDescription: String { name }
}

private func wrong(_ change: (inout ClientFrame) -> Void, _ frame: ClientFrame = .text("hello")) -> ClientFrame {
    var frame = frame
    change(&frame)
    return frame
}

private let small = WebSocketLimits(messageBytes: 8, frameBytes: 6)

let machineCases: [MachineCase] = [
    MachineCase("a text", [.text("hello")], ["text \"hello\""]),
    MachineCase("an empty text", [.text("")], ["text \"\""]),
    MachineCase("a binary", [ClientFrame(2, [65, 66])], ["binary \"AB\""]),
    MachineCase(
        "several messages", [.text("a"), .text("b"), ClientFrame(2, [67])],
        ["text \"a\"", "text \"b\"", "binary \"C\""]),
    MachineCase("a length of two bytes", [ClientFrame(2, .init(repeating: 1, count: 126))], ["binary 126 bytes"]),
    MachineCase("a length of eight bytes", [ClientFrame(2, .init(repeating: 1, count: 65536))], ["binary 65536 bytes"]),
    MachineCase(
        "fragments", [.text("he", isFinal: false), ClientFrame(0, [108, 108], isFinal: false), ClientFrame(0, [111])],
        ["text \"hello\""]),
    MachineCase(
        "control frames between fragments",
        [
            .text("he", isFinal: false), ClientFrame(9, [1, 2]), ClientFrame(10, [65]),
            ClientFrame(0, [], isFinal: false),
            ClientFrame(0, [108]),
        ], ["send 8a020102", "pong \"A\"", "text \"hel\""]),
    MachineCase(
        "a character in two fragments", [ClientFrame(1, [0xc3], isFinal: false), ClientFrame(0, [0xa9])], ["text \"é\""]
    ),
    MachineCase("a ping without a payload", [ClientFrame(9)], ["send 8a00"]),
    MachineCase(
        "a ping of 125 bytes", [ClientFrame(9, .init(repeating: 0xab, count: 125))],
        ["send 8a7d" + String(repeating: "ab", count: 125)]),
    MachineCase("a close without a code", [.close()], ["closed - \"\" answer 8800"]),
    MachineCase("a close with a reason", [.close(1000, "bye")], ["closed 1000 \"bye\" answer 880203e8"]),
    MachineCase(
        "nothing after a close counts", [.close(4999), .text("x"), .close()], ["closed 4999 \"\" answer 88021387"]),
    MachineCase("an unmasked frame", [wrong { $0.mask = nil }], ["failed unmaskedFrame code 1002"]),
    MachineCase("a close of one byte", [ClientFrame(8, [3])], ["failed closeLength code 1002"]),
    MachineCase("a reason that is not UTF-8", [ClientFrame(8, [3, 0xe8, 0xff])], ["failed invalidUTF8 code 1007"]),
    MachineCase(
        "a ping of 126 bytes", [ClientFrame(9, .init(repeating: 0, count: 126))], ["failed controlTooLong code 1002"]),
    MachineCase("a fragmented ping", [ClientFrame(9, isFinal: false)], ["failed fragmentedControl code 1002"]),
    MachineCase("a continuation of nothing", [ClientFrame(0, [1])], ["failed wrongFragment code 1002"]),
    MachineCase(
        "a text inside a fragmented text", [.text("a", isFinal: false), .text("b")], ["failed wrongFragment code 1002"]),
    MachineCase(
        "a continuation after the last", [.text("a", isFinal: false), ClientFrame(0), ClientFrame(0)],
        ["text \"a\"", "failed wrongFragment code 1002"]),
    MachineCase("RSV1 without compression", [ClientFrame(1, [97], reserved: 0x40)], ["failed reservedBits code 1002"]),
    MachineCase("RSV2", [ClientFrame(1, [97], reserved: 0x20)], ["failed reservedBits code 1002"]),
    MachineCase("RSV3 of a ping", [ClientFrame(9, reserved: 0x10)], ["failed reservedBits code 1002"]),
    MachineCase(
        "a length of two bytes that fits one", [wrong { $0.length = (5, 2) }], ["failed frameLength code 1002"]),
    MachineCase(
        "a length of eight bytes that fits two", [wrong { $0.length = (5, 8) }], ["failed frameLength code 1002"]),
    MachineCase(
        "a length beyond 63 bits", [wrong { $0.length = (1 << 63, 8) }], ["failed frameLength code 1002"]),
    MachineCase("text that is not UTF-8", [ClientFrame(1, [0xc3, 0x28])], ["failed invalidUTF8 code 1007"]),
    MachineCase("text that ends inside a character", [ClientFrame(1, [0xc3])], ["failed invalidUTF8 code 1007"]),
    MachineCase(
        "an invalid byte in a fragment is not waited out", [ClientFrame(1, [0xf4, 0x90], isFinal: false)],
        ["failed invalidUTF8 code 1007"]),
    MachineCase("binary need not be UTF-8", [ClientFrame(2, [0xff])], ["binary \"\u{fffd}\""]),
    MachineCase("a frame at the limit", [ClientFrame(2, .init(repeating: 65, count: 6))], ["binary \"AAAAAA\""], small),
    MachineCase(
        "a frame above the limit", [ClientFrame(2, .init(repeating: 65, count: 7))],
        ["failed frameTooLarge(limit: 6) code 1009"], small),
    MachineCase(
        "a message at the limit",
        [ClientFrame(2, .init(repeating: 65, count: 6), isFinal: false), ClientFrame(0, [66, 66])],
        ["binary \"AAAAAABB\""], small),
    MachineCase(
        "a message above the limit",
        [ClientFrame(2, .init(repeating: 65, count: 6), isFinal: false), ClientFrame(0, [66, 66, 66])],
        ["failed messageTooLarge code 1009"], small),
    MachineCase(
        "an enormous frame is refused at its length", [wrong { $0.length = (1 << 40, 8) }],
        ["failed frameTooLarge(limit: 1048576) code 1009"]),
]

struct WebSocketMachineTests {
    @Test(arguments: machineCases)
    func `however a conversation is split, it comes to the same`(_ example: MachineCase) {
        for size in [.max, 1, 2, 3, 5, 7, 64, 1000] where example.input.count < 1000 || size > 2 {
            #expect(
                MachineConversation.actions(example.input, pieceSize: size, limits: example.limits) == example.expected,
                "in pieces of \(size)")
        }
    }

    @Test func `two frames cut at every byte come to the same`() {
        let input = [
            ClientFrame(9, [1]), .text("héllo", isFinal: false), ClientFrame(0, Array("wörld".utf8)), .close(1001, "ö"),
        ]
        .flatMap(\.bytes)
        let whole = MachineConversation.actions(input)
        #expect(whole == ["send 8a0101", "text \"héllowörld\"", "closed 1001 \"ö\" answer 880203e9"])
        for cut in 1..<input.count {
            let machine = SharedMachine()
            let first = MachineConversation.actions(machine, Array(input[..<cut]))
            #expect(first + MachineConversation.actions(machine, Array(input[cut...])) == whole, "cut after \(cut)")
        }
    }

    @Test func `every reserved opcode is refused at its first byte`() {
        for opcode: UInt8 in [3, 4, 5, 6, 7, 11, 12, 13, 14, 15] {
            #expect(MachineConversation.actions([0x80 | opcode]) == ["failed reservedOpcode code 1002"])
        }
    }

    @Test func `every close code is taken or refused as the registry says`() {
        let taken: [ClosedRange<UInt16>] = [1000...1003, 1007...1014, 3000...4999]
        for code: UInt16 in Array(0...5100) + [65535] {
            let actions = MachineConversation.actions(ClientFrame.close(code).bytes)
            if taken.contains(where: { $0.contains(code) }) {
                #expect(actions.first?.hasPrefix("closed \(code) ") == true)
            } else {
                #expect(actions == ["failed closeCode code 1002"], "\(code)")
            }
        }
    }

    @Test func `the closing handshake that we begin ends with the client's answer`() {
        let machine = SharedMachine()
        #expect(machine.close(.goingAway, reason: "over") == [0x88, 6, 3, 0xe9] + Array("over".utf8))
        #expect(!machine.isOpen)
        #expect(machine.close(.normal, reason: "") == nil)
        #expect(machine.ping() == nil)
        #expect(machine.frame(.text, payload: [65]) == nil)
        // What crossed our Close on the way is dropped, and a ping needs no answer.
        let crossed = [ClientFrame.text("late"), ClientFrame(9), ClientFrame(10)].flatMap(\.bytes)
        #expect(MachineConversation.actions(machine, crossed) == ["pong \"\""])
        #expect(
            MachineConversation.actions(machine, ClientFrame.close(1001).bytes) == ["closed 1001 \"\" answer -"])
    }

    @Test func `a failure after our Close is not told`() {
        let machine = SharedMachine()
        _ = machine.close(.normal, reason: "")
        #expect(MachineConversation.actions(machine, [0x83]) == ["failed reservedOpcode code -"])
    }

    @Test func `a reason is cut at a whole character`() {
        let machine = SharedMachine()
        let frame = machine.close(.normal, reason: String(repeating: "é", count: 100))
        #expect(frame?[1] == 124)
        #expect(frame.map { String(validating: $0[4...], as: UTF8.self)?.count } == 61)
    }

    @Test(arguments: [0, 1, 125, 126, 127, 4095, 4096, 65535, 65536, 70000])
    func `our frames say their length in the shortest way`(_ count: Int) {
        let machine = SharedMachine()
        let payload = [UInt8](repeating: 7, count: count)
        guard let frame = machine.frame(.binary, prefix: [1, 2], payload: payload, suffix: [3]) else {
            Issue.record("no frame")
            return
        }
        let bytes = frame.head + frame.payload + frame.tail
        let total = count + 3
        let head: [UInt8] =
            total <= 125
            ? [0x82, UInt8(total)]
            : total <= 65535
                ? [0x82, 126, UInt8(total >> 8), UInt8(total & 255)]
                : [0x82, 127, 0, 0, 0, 0, 0, UInt8(total >> 16), UInt8(total >> 8 & 255), UInt8(total & 255)]
        #expect(bytes == head + [1, 2] + payload + [3])
        #expect(frame.count == bytes.count)
        // A large payload is shared, not copied.
        #expect(frame.payload.isEmpty == (count < 4096))
    }

    @Test func `tells which message is unfinished`() {
        let machine = SharedMachine()
        func feed(_ bytes: [UInt8]) {
            var cursor = 0
            while machine.next(bytes.span, &cursor) != nil {}
        }
        #expect(machine.unfinished == nil)
        feed([0x81])
        let first = machine.unfinished
        #expect(first != nil)
        feed(Array(ClientFrame.text("ab", isFinal: false).bytes.dropFirst()).map { $0 })
        #expect(machine.unfinished == nil, "the first byte said that the frame is final")
        feed(ClientFrame.text("a", isFinal: false).bytes)
        let second = machine.unfinished
        #expect(second != nil && second != first)
        feed(ClientFrame(9).bytes)
        feed([0x00, 0x81])
        #expect(machine.unfinished == second, "fragments and control frames belong to the same wait")
        feed([0, 0, 0, 0, 65] + [0x80, 0x80, 0, 0, 0, 0])
        #expect(machine.unfinished == nil)
        feed([0x8a])
        #expect(machine.unfinished != nil && machine.unfinished != second)
    }

    @Test func `masking does not depend on where a payload is cut`() {
        var generator = SeededGenerator(seed: 11)
        let payload = (0..<1000).map { _ in UInt8.random(in: 0...255, using: &generator) }
        var frame = ClientFrame(2, payload)
        for _ in 0..<20 {
            frame.mask = (0..<4).map { _ in UInt8.random(in: 0...255, using: &generator) }
            let bytes = frame.bytes
            for size in [1, 3, 7, 8, 9, 64, 1008] {
                let machine = SharedMachine()
                var start = 0
                var messages: [WebSocketMachine.Action] = []
                while start < bytes.count {
                    let piece = Array(bytes[start..<min(bytes.count, start + size)])
                    var cursor = 0
                    while let action = machine.next(piece.span, &cursor) { messages.append(action) }
                    start += size
                }
                #expect(messages == [.deliver(.binary(payload))])
            }
        }
    }
}
