// What the transport asks of whoever answers requests.

package import HTTP
package import Reactor

/// An answer, or the way to it.
package enum HTTPAnswer: Sendable {
    case ready(HTTPResponse)
    /// Something has to be waited for. The closure runs on the loop, in a task that stays there: code after an `await`
    /// runs on the same thread. The task is cancelled when the client is gone.
    case later(@Sendable () async -> HTTPResponse)
    /// The answer, or the way to it, comes by a call.
    case promised(PromisedAnswer)
    /// The body comes in pieces.
    case stream(HTTPStreamAcceptance)
    /// The connection becomes a WebSocket: it is answered with 101, and a session takes over.
    case webSocket(WebSocketAcceptance)

    /// For callers that are tasks.
    package var response: HTTPResponse {
        get async {
            switch self {
            case .ready(let response): response
            case .later(let answer): await answer()
            case .promised(let promise): await promise.answer.response
            case .stream(let acceptance): acceptance.response
            case .webSocket(let acceptance): acceptance.response
            }
        }
    }
}

/// Has the last look at each answer, whichever way it came. On the loop, and must not block.
package protocol ResponseFinisher: Sendable {
    /// A request is there whole and about to be answered: the place to give it a `RequestNote`.
    func begin(_ request: inout HTTPRequest, at now: MonotonicInstant)
    /// Its answer is about to be encoded.
    func finish(_ response: inout HTTPResponse, to request: HTTPRequest)
    /// What could not be read as a request was answered so.
    func refused(_ response: HTTPResponse)
}

package protocol HTTPHandler: Sendable {
    /// Answers one request as far as that takes no waiting: most requests are answered here, which saves them the cost of
    /// asynchronous calls. Called on `loop`, and must not block: it holds up every connection of the loop. Requests of one
    /// connection come one after the other.
    func answer(_ request: HTTPRequest, on loop: EventLoop) -> HTTPAnswer
}
