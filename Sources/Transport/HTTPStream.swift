// Answers whose body comes in pieces: the head now, pieces as they are made, until whoever makes them has finished or the
// client is gone. HTTP/1.1 gets chunks (https://www.rfc-editor.org/rfc/rfc9112#section-7.1), HTTP/1.0 the end of the connection.
//
// The connection is the answer's alone until it has finished: requests that come meanwhile wait in the kernel. What the client
// does not take is bounded by `HTTPServerConfiguration.outputBytes` and by the deadline for writing; beyond either, it is cut.

package import HTTP
package import Reactor

/// Makes the body of one answer. Everything is called on the loop of the connection.
package protocol HTTPStreamSession: AnyObject, Sendable {
    /// The head is on its way. Not called where there is no body to make (HEAD).
    func opened(_ writer: HTTPStreamWriter)
    /// All that was queued has been given to the system.
    func drained()
    /// The client is gone, or was cut; nothing follows. Not called after `HTTPStreamWriter.finish`.
    func closed()
    /// The server ends: the body is to be finished soon.
    func draining()
}

package struct HTTPStreamAcceptance: Sendable {
    /// Status and headers; its body is the first piece, unless it is empty.
    package let response: HTTPResponse
    package let session: any HTTPStreamSession

    package init(_ response: HTTPResponse, _ session: any HTTPStreamSession) {
        self.response = response
        self.session = session
    }
}

/// Where the pieces go. Touched by the connection's loop only; after the end, nothing happens.
// Unchecked: confined to the loop's thread.
package final class HTTPStreamWriter: @unchecked Sendable {
    package let loop: EventLoop
    private var connection: HTTPConnection?

    init(_ connection: HTTPConnection, on loop: EventLoop) {
        self.connection = connection
        self.loop = loop
    }

    /// Bytes that the client has not been sent yet.
    package var queuedBytes: Int { connection?.queuedBytes ?? 0 }

    /// Sends one piece, given in up to three parts, at the end of the loop's turn. A large `body` is not copied.
    package func send(_ head: [UInt8], _ body: [UInt8] = [], _ tail: [UInt8] = []) {
        loop.preconditionOnLoop()
        connection?.send(HTTPStreamPiece(head: head, body: body, tail: tail))
    }

    /// The body is whole.
    package func finish() {
        loop.preconditionOnLoop()
        let connection = connection
        self.connection = nil
        connection?.finishStream()
    }

    /// The connection has ended.
    func close() {
        connection = nil
    }
}

struct HTTPStreamPiece {
    let head: [UInt8]
    let body: [UInt8]
    let tail: [UInt8]

    var count: Int { head.count + body.count + tail.count }
}
