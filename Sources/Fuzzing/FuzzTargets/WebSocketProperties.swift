// The WebSocket machine: the same actions however the bytes are cut, at most one end, nothing after it, and no text that is
// not UTF-8 or beyond the limit. The first byte of an input says what is agreed upon.

internal import Base
internal import HTTP

enum WebSocketProperties {
    /// Small, so that inputs of fuzzing reach them.
    private static let limits = WebSocketLimits(messageBytes: 300, frameBytes: 200)

    static func check(_ input: [UInt8]) -> FuzzTarget.Outcome {
        guard let first = input.first else { return FuzzTarget.Outcome(problem: nil, signature: 0) }
        let compression = WebSocketCompression(
            threshold: 0, contextTakeover: first & 2 != 0, windowBits: first & 4 != 0 ? 9 : 15)
        let deflate = first & 1 != 0 ? DeflateParameters.agreed(compression) : nil
        let stream = Array(input.dropFirst())
        func actions(_ cuts: [Int]) -> [WebSocketMachine.Action] {
            var machine = WebSocketMachine(limits: limits, deflate: deflate, compression: compression)
            var actions: [WebSocketMachine.Action] = []
            var start = 0
            for end in cuts + [stream.count] {
                let piece = Array(stream[start..<end])
                var cursor = 0
                while let action = machine.next(piece.span, &cursor) { actions.append(action) }
                start = end
            }
            return actions
        }
        let whole = actions([])
        var signature = Signature()
        for action in whole { describe(action, &signature) }
        return FuzzTarget.Outcome(problem: problem(whole, stream.count, actions), signature: signature.value)
    }

    private static func problem(
        _ whole: [WebSocketMachine.Action], _ count: Int, _ actions: ([Int]) -> [WebSocketMachine.Action]
    ) -> String? {
        for (index, action) in whole.enumerated() {
            switch action {
            case .end where index < whole.count - 1: return "actions after the end"
            case .deliver(let message):
                if message.bytes.count > limits.messageBytes { return "a message beyond the limit" }
                if case .text(let bytes) = message, bytes.span.firstInvalidUTF8() != nil {
                    return "text that is not UTF-8"
                }
            case .ping, .pong, .end: break
            }
        }
        if actions(Array(stride(from: 1, to: count, by: 1))) != whole { return "byte by byte it is something else" }
        for cut in stride(from: 1, to: count, by: max(1, count / 16)) where actions([cut]) != whole {
            return "cut after \(cut) bytes it is something else"
        }
        for size in [2, 3, 7] where actions(Array(stride(from: size, to: count, by: size))) != whole {
            return "in pieces of \(size) it is something else"
        }
        return nil
    }

    private static func describe(_ action: WebSocketMachine.Action, _ signature: inout Signature) {
        switch action {
        case .deliver(.text(let bytes)): signature.add(1000 + min(8, bytes.count))
        case .deliver(.binary(let bytes)): signature.add(2000 + min(8, bytes.count))
        case .ping(let bytes): signature.add(3000 + min(8, bytes.count))
        case .pong(let bytes): signature.add(4000 + min(8, bytes.count))
        case .end(let closure): signature.add(message: "\(closure)")
        }
    }
}
