// GraphQL over server-sent events, in "distinct connections mode": each operation is a request of its own, whose answer is an
// event stream. https://github.com/enisdenjo/graphql-sse/blob/master/PROTOCOL.md,
// https://html.spec.whatwg.org/multipage/server-sent-events.html
//
//     event: next
//     data: {"data":{…}}
//
//     event: complete
//     data:
internal import Base
internal import HTTP

struct GraphQLOverEventStream: ResultStreamFormat {
    var contentType: ContentType { .other("text/event-stream; charset=utf-8") }

    /// A comment.
    let opening = Array(":\n\n".utf8)
    let heartbeat = Array(":\n\n".utf8)
    /// With a line of data: browsers dispatch no event without one.
    let completed = Array("event: complete\ndata: \n\n".utf8)
    private let head = Array("event: next\ndata: ".utf8)
    private let tail = Array("\n\n".utf8)

    func next(_ result: [UInt8]) -> ResultPiece {
        ResultPiece(head: head, result: Self.onOneLine(result), tail: tail)
    }

    func failed(_ errors: [UInt8]) -> [UInt8] {
        head + Array("{\"errors\":".utf8) + errors + Array("}".utf8) + tail + completed
    }

    func expired(_ errors: [UInt8]) -> [UInt8] { failed(errors) }

    /// Nothing: a stream that ends without `complete` is taken up again.
    func interrupted(_ errors: [UInt8]) -> [UInt8] { [] }

    /// A line end within JSON is white space between tokens (documents that a database keeps as they were written have some),
    /// and would end the line of data.
    private static func onOneLine(_ result: [UInt8]) -> [UInt8] {
        func isLineEnd(_ byte: UInt8) -> Bool { byte == 0x0A || byte == 0x0D }
        guard result.contains(where: isLineEnd) else { return result }
        return result.map { isLineEnd($0) ? 0x20 : $0 }
    }
}
