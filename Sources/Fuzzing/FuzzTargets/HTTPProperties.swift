// The HTTP parser: the same events however the bytes are cut, at most one failure, and nothing after it.

internal import HTTP

enum HTTPProperties {
    /// Small, so that inputs of fuzzing reach them.
    private static let limits = HTTPLimits(
        requestLineBytes: 64, headerBytes: 160, headerCount: 5, bodyBytes: 64, chunkLineBytes: 16)

    static func check(_ input: [UInt8]) -> FuzzTarget.Outcome {
        let whole = events(input, cuts: [])
        var signature = Signature()
        for event in whole {
            signature.add(message: event.head)
            signature.add(event.shape)
        }
        return FuzzTarget.Outcome(problem: problem(whole, input), signature: signature.value)
    }

    private static func problem(_ whole: [Described], _ input: [UInt8]) -> String? {
        if let failure = whole.firstIndex(where: \.isFailure), failure != whole.count - 1 {
            return "events after a failure"
        }
        if events(input, cuts: Array(1..<max(1, input.count))) != whole { return "byte by byte it is something else" }
        // Every cut in two, of long inputs a part of them.
        for cut in stride(from: 1, to: max(1, input.count), by: max(1, input.count / 16))
        where events(input, cuts: [cut]) != whole {
            return "cut after \(cut) bytes it is something else"
        }
        for size in [2, 3, 7] where events(input, cuts: Array(stride(from: size, to: input.count, by: size))) != whole {
            return "in pieces of \(size) it is something else"
        }
        return nil
    }

    private struct Described: Equatable {
        let head: String
        let rest: [[UInt8]]
        let shape: Int
        let isFailure: Bool
    }

    private static func events(_ input: [UInt8], cuts: [Int]) -> [Described] {
        var parser = RequestParser(limits: limits)
        var events: [RequestParser.Event] = []
        var start = 0
        for end in cuts + [input.count] {
            let piece = Array(input[start..<end])
            parser.receive(piece.span, into: &events)
            start = end
        }
        parser.finish(into: &events)
        return events.map(describe)
    }

    private static func describe(_ event: RequestParser.Event) -> Described {
        switch event {
        case .continueExpected: return Described(head: "continue", rest: [], shape: 0, isFailure: false)
        case .failed(let error): return Described(head: "\(error)", rest: [], shape: 0, isFailure: true)
        case .request(let request):
            var rest = [Array(request.path), request.query.map { Array($0) } ?? [], Array(request.body)]
            var count = 0
            request.forEachHeader { name, value in
                rest += [Array(name), Array(value)]
                count += 1
            }
            let flags = (request.isKeepAlive ? 1 : 0) + (request.version == .http11 ? 2 : 0)
            return Described(
                head: request.method.rawValue, rest: rest, shape: flags + count * 4 + (request.body.isEmpty ? 0 : 128),
                isFailure: false)
        }
    }
}
