// Feeds a parser and writes down what came out as text, one line an event, so that tables can state it.

import HTTP

enum ParserConversation {
    /// The events that `input` makes, fed in pieces of `pieceSize` bytes.
    static func events(
        _ input: [UInt8], pieceSize: Int = .max, limits: HTTPLimits = HTTPLimits(), endsStream: Bool = false
    ) -> [String] {
        var parser = RequestParser(limits: limits)
        var events: [RequestParser.Event] = []
        var start = 0
        while start < input.count {
            let end = pieceSize < input.count - start ? start + pieceSize : input.count
            let piece = Array(input[start..<end])
            parser.receive(piece.span, into: &events)
            start = end
        }
        if endsStream { parser.finish(into: &events) }
        return events.map(describe)
    }

    static func events(_ input: String, limits: HTTPLimits = HTTPLimits(), endsStream: Bool = false) -> [String] {
        events(Array(input.utf8), limits: limits, endsStream: endsStream)
    }

    /// `POST /path?query 1.1 keep|close [name=value …] "body"`
    static func describe(_ event: RequestParser.Event) -> String {
        switch event {
        case .continueExpected: return "100-continue"
        case .failed(let error): return "\(error.status.code) \(error)"
        case .request(let request):
            var headers: [String] = []
            request.forEachHeader { headers.append("\(text($0))=\(text($1))") }
            let query = request.query.map { "?" + text($0) } ?? ""
            let version = request.version == .http11 ? "1.1" : "1.0"
            let keep = request.isKeepAlive ? "keep" : "close"
            let list = headers.joined(separator: " ")
            return
                "\(request.method.rawValue) \(text(request.path))\(query) \(version) \(keep) [\(list)] \"\(text(request.body[...]))\""
        }
    }

    static func text(_ bytes: ArraySlice<UInt8>) -> String { String(decoding: bytes, as: UTF8.self) }
}

/// A small seeded generator (splitmix64), so that a failing case can be repeated.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }
}
