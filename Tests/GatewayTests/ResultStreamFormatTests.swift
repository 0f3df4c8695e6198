// What streams of results look like on the wire, and which of them a request asks for.
import Base
import HTTP
import Testing

@testable import Gateway

@Suite
struct ResultStreamFormatTests {
    private func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

    private func text(_ piece: ResultPiece) -> String { text(piece.head + piece.result + piece.tail) }

    private let errors = Array(#"[{"message":"m"}]"#.utf8)

    // MARK: Event streams

    @Test func `an event stream has an event for each result, and one for the end`() {
        let format = GraphQLOverEventStream()
        #expect(text(format.opening) == ":\n\n")
        #expect(text(format.next(Array(#"{"data":{}}"#.utf8))) == "event: next\ndata: {\"data\":{}}\n\n")
        #expect(text(format.completed) == "event: complete\ndata: \n\n")
        let failure = "event: next\ndata: {\"errors\":[{\"message\":\"m\"}]}\n\nevent: complete\ndata: \n\n"
        #expect(text(format.failed(errors)) == failure)
        #expect(text(format.expired(errors)) == failure)
        #expect(format.interrupted(errors).isEmpty)
    }

    @Test func `line ends between the tokens of a result do not end its line`() {
        let result = "{\"data\":\n{\r\n\"a\": \"b\\n\"}\r}"
        #expect(
            text(GraphQLOverEventStream().next(Array(result.utf8)))
                == "event: next\ndata: {\"data\": {  \"a\": \"b\\n\"} }\n\n")
    }

    // MARK: Multipart

    @Test func `a part is whole when the next delimiter is there`() {
        let format = GraphQLOverMultipart()
        let head = "\r\nContent-Type: application/json\r\n\r\n"
        #expect(text(format.opening) == "\r\n---")
        #expect(text(format.next(Array(#"{"data":{}}"#.utf8))) == head + "{\"payload\":{\"data\":{}}}\r\n---")
        #expect(text(format.heartbeat) == head + "{}\r\n---")
        #expect(text(format.completed) == "--\r\n")
        #expect(
            text(format.failed(errors)) == head + "{\"payload\":{\"errors\":[{\"message\":\"m\"}]}}\r\n-----\r\n")
        let ended = head + "{\"payload\":null,\"errors\":[{\"message\":\"m\"}]}\r\n-----\r\n"
        #expect(text(format.expired(errors)) == ended)
        #expect(text(format.interrupted(errors)) == ended)
    }

    // MARK: What is asked for

    private func accepted(_ headers: [String]) -> String {
        var parser = RequestParser()
        var events: [RequestParser.Event] = []
        let lines = ["GET /graphql HTTP/1.1", "Host: a"] + headers.map { "Accept: \($0)" }
        let bytes = Array((lines.joined(separator: "\r\n") + "\r\n\r\n").utf8)
        parser.receive(bytes.span, into: &events)
        guard case .request(let request)? = events.first else { preconditionFailure("not a request") }
        guard let media = AcceptedMedia(request) else { return "none" }
        let parts = [media.single.map { "\($0)" } ?? "-", media.stream.map { "\($0)" } ?? "-"]
        return parts.joined(separator: " ") + (media.prefersStream ? " stream" : "")
    }

    @Test(arguments: [
        ([], "json -"), (["*/*"], "json -"), (["text/*"], "none"), (["text/html, */*;q=0.1"], "json -"),
        (["text/event-stream"], "- eventStream stream"), (["Text/Event-Stream; charset=utf-8"], "- eventStream stream"),
        (["text/event-stream; charset=latin1"], "none"), (["text/event-stream;q=0"], "none"),
        (["text/event-stream;q=0, application/json"], "json -"),
        (["application/json, text/event-stream"], "json eventStream"),
        (["text/event-stream, application/json"], "json eventStream stream"),
        (["text/event-stream;q=0.5, application/json"], "json eventStream"),
        (["text/event-stream, */*"], "json eventStream stream"),
        (["*/*", "text/event-stream"], "json eventStream stream"),
        (["application/json", "text/event-stream"], "json eventStream"),
        (["multipart/mixed;boundary=\"graphql\";subscriptionSpec=1.0,application/json"], "json multipart"),
        (["application/json, multipart/mixed;subscriptionSpec=\"1.0\""], "json multipart"),
        (["multipart/mixed;subscriptionSpec=1.0"], "- multipart stream"),
        (["multipart/mixed;subscriptionSpec=2.0"], "none"), (["multipart/mixed"], "none"),
        (["multipart/mixed;deferSpec=20220824,application/json"], "json -"),
        (["multipart/mixed;subscriptionSpec=1.0, text/event-stream"], "- multipart stream"),
        (["multipart/mixed;subscriptionSpec=1.0;q=0.9, text/event-stream"], "- eventStream stream"),
        (
            [
                "application/graphql-response+json, application/graphql+json, application/json, text/event-stream, multipart/mixed"
            ],
            "graphQLResponse eventStream"
        ),
    ])
    func `streams are for who names them`(_ headers: [String], _ expected: String) {
        #expect(accepted(headers) == expected)
    }
}
