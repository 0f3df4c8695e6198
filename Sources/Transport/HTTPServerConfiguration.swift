// Bounds and times of a server; each has a name here, in the configuration file and in its error.

internal import Base
package import HTTP
package import Reactor

/// How long a connection may take for each part of an exchange. All are absolute for the part, except `write`.
package struct HTTPDeadlines: Sendable, Hashable {
    /// From the connection to the end of its TLS handshake.
    package var handshake: Duration
    /// From the connection (with TLS: the end of the handshake), or from the first byte of a later request, to the end of its head.
    package var head: Duration
    /// From the end of the head to the end of the body.
    package var body: Duration
    /// Between two requests.
    package var idle: Duration
    /// Without the client taking a single byte of what is to be sent.
    package var write: Duration
    /// For the client to close after our last response.
    package var linger: Duration
    /// From the client closing its sending side while its request is being answered to the answer being given up. Some
    /// clients close that side right after the request and still read: quick answers reach them. Most have simply gone, and
    /// what the database does for them ends.
    package var halfClosed: Duration

    package init(
        handshake: Duration = .seconds(10), head: Duration = .seconds(10), body: Duration = .seconds(30),
        idle: Duration = .seconds(60), write: Duration = .seconds(30), linger: Duration = .seconds(2),
        halfClosed: Duration = .milliseconds(30)
    ) {
        self.handshake = handshake
        self.head = head
        self.body = body
        self.idle = idle
        self.write = write
        self.linger = linger
        self.halfClosed = halfClosed
    }
}

package struct HTTPServerConfiguration: Sendable {
    /// Name or address to listen on; `*` for all interfaces.
    package var host: String
    /// 0: any free port (`HTTPServer.port` tells which).
    package var port: Int
    /// Plain HTTP without it. `HTTPServer.secure` puts another in its place.
    package var tls: TLSContext?
    package var limits: HTTPLimits
    package var deadlines: HTTPDeadlines
    /// Open connections of the whole server; further ones are answered with 503 and closed.
    package var maximumConnections: Int
    /// Connections the kernel holds until they are accepted.
    package var backlog: Int
    /// Bytes waiting to be sent on one connection above which its next request is not begun.
    package var outputBytes: Int
    /// Makes the answer to a request that no handler sees. The status should be the error's own.
    package var errorResponse: @Sendable (HTTPError) -> HTTPResponse

    /// Looks over every answer; nil: they are sent as they were made.
    package var finisher: (any ResponseFinisher)?

    package init(
        host: String = "127.0.0.1", port: Int = 8080, tls: TLSContext? = nil, limits: HTTPLimits = HTTPLimits(),
        deadlines: HTTPDeadlines = HTTPDeadlines(), maximumConnections: Int = 10_000, backlog: Int = 1024,
        outputBytes: Int = 256 * 1024, finisher: (any ResponseFinisher)? = nil,
        errorResponse: @escaping @Sendable (HTTPError) -> HTTPResponse = HTTPServerConfiguration.jsonError
    ) {
        self.host = host
        self.port = port
        self.tls = tls
        self.limits = limits
        self.deadlines = deadlines
        self.maximumConnections = maximumConnections
        self.backlog = backlog
        self.outputBytes = outputBytes
        self.finisher = finisher
        self.errorResponse = errorResponse
    }

    /// `{"errors":[{"message":…,"extensions":{"code":…}}]}`
    package static func jsonError(_ error: HTTPError) -> HTTPResponse {
        var body = ByteBuffer(capacity: 160)
        body.append("{\"errors\":[{\"message\":\"")
        for byte in error.message.utf8 {
            if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") { body.append(UInt8(ascii: "\\")) }
            body.append(byte)
        }
        body.append("\",\"extensions\":{\"code\":\"")
        body.append(error.code)
        body.append("\"}}]}")
        return HTTPResponse(status: error.status, contentType: .json, body: body)
    }
}
