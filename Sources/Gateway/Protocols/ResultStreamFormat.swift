// How results are written one after the other into the body of one HTTP answer. `ResultStream` makes them; the formats only
// know bytes.
internal import Base
internal import HTTP

protocol ResultStreamFormat: Sendable {
    var contentType: ContentType { get }
    /// What comes before everything; sent with the head, so that the client knows at once that it is connected.
    var opening: [UInt8] { get }
    /// What says that the connection lives.
    var heartbeat: [UInt8] { get }
    func next(_ result: [UInt8]) -> ResultPiece
    /// The end of an operation that cannot go on, by errors as a list in JSON.
    func failed(_ errors: [UInt8]) -> [UInt8]
    /// The end of a connection that cannot go on.
    func expired(_ errors: [UInt8]) -> [UInt8]
    /// The end of a stream that is not over: the gateway shuts down, and the client is to connect anew.
    func interrupted(_ errors: [UInt8]) -> [UInt8]
    /// The end.
    var completed: [UInt8] { get }
}

/// One result between what a format puts around it.
struct ResultPiece: Sendable, Hashable {
    let head: [UInt8]
    let result: [UInt8]
    let tail: [UInt8]
}
