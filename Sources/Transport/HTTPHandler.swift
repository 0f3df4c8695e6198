// What the transport asks of whoever answers requests.

package import HTTP
package import Reactor

package protocol HTTPHandler: Sendable {
    /// Answers one request. Called on `loop`, in a task that stays there: code after an `await` runs on the same thread,
    /// and an answer given without suspending costs no hop. The task is cancelled when the client is gone. Requests of
    /// one connection come one after the other.
    ///
    /// Must not block: it holds up every connection of the loop.
    func respond(to request: HTTPRequest, on loop: EventLoop) async -> HTTPResponse
}
