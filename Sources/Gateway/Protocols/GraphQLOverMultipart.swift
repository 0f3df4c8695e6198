// Subscriptions as parts of one HTTP answer, the form that Apollo's clients ask for (`multipart/mixed; subscriptionSpec=1.0`).
// https://www.apollographql.com/docs/graphos/routing/operations/subscriptions/multipart-protocol,
// https://www.rfc-editor.org/rfc/rfc2046#section-5.1
//
//     --- CRLF  Content-Type: application/json CRLF  CRLF  {"payload":{"data":{…}}} CRLF
//     --- CRLF  Content-Type: application/json CRLF  CRLF  {} CRLF                             (it lives)
//     -----
//
// A delimiter is sent with the part it ends, not with the one it begins: until it is there, no client knows that a part is
// whole.
internal import Base
internal import HTTP

struct GraphQLOverMultipart: ResultStreamFormat {
    static let specification = "1.0"

    var contentType: ContentType {
        .other("multipart/mixed; boundary=\"-\"; subscriptionSpec=\(Self.specification)")
    }

    let opening = Array("\r\n---".utf8)
    let heartbeat = Array("\r\nContent-Type: application/json\r\n\r\n{}\r\n---".utf8)
    let completed = Array("--\r\n".utf8)
    private let head = Array("\r\nContent-Type: application/json\r\n\r\n{\"payload\":".utf8)
    private let tail = Array("}\r\n---".utf8)

    func next(_ result: [UInt8]) -> ResultPiece {
        ResultPiece(head: head, result: result, tail: tail)
    }

    /// As a result.
    func failed(_ errors: [UInt8]) -> [UInt8] {
        head + Array("{\"errors\":".utf8) + errors + Array("}".utf8) + tail + completed
    }

    /// Beside the payload: of the connection, not of the operation.
    func expired(_ errors: [UInt8]) -> [UInt8] {
        head + Array("null,\"errors\":".utf8) + errors + tail + completed
    }

    func interrupted(_ errors: [UInt8]) -> [UInt8] { expired(errors) }
}
