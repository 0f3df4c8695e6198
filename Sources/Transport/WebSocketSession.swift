// What the transport asks of whoever talks over a WebSocket, and how a request becomes one.

package import HTTP

/// One conversation. Everything is called on the loop of the socket, one call after the other.
package protocol WebSocketSession: AnyObject, Sendable {
    /// The first call. The socket keeps the session until `closed`.
    func opened(_ socket: WebSocketConnection)
    func received(_ message: WebSocketMessage)
    /// The last call.
    func closed(_ closure: WebSocketClosure)
    /// The server ends: to finish what is under way, and then close. What is still open at the end of the server's patience
    /// is cut.
    func draining()
    /// What was queued when it asked for this (`tellWhenDrained`) has been given to the system.
    func drained()
}

extension WebSocketSession {
    package func drained() {}
}

/// The answer that makes a WebSocket of a connection.
package struct WebSocketAcceptance: Sendable {
    package let handshake: WebSocketHandshake
    package let settings: WebSocketSettings
    package let session: any WebSocketSession
    /// Further headers of the 101 response.
    package let headers: [HTTPHeader]

    package init(
        _ handshake: WebSocketHandshake, settings: WebSocketSettings, session: any WebSocketSession,
        headers: [HTTPHeader] = []
    ) {
        self.handshake = handshake
        self.settings = settings
        self.session = session
        self.headers = headers
    }

    /// The response before the first frame.
    package var response: HTTPResponse {
        HTTPResponse(status: .switchingProtocols, contentType: nil, headers: handshake.headers + headers)
    }
}

/// Bounds and times of a WebSocket; each has a name here and in the configuration file.
package struct WebSocketSettings: Sendable, Hashable {
    package var limits: WebSocketLimits
    /// Without a byte from the client, until it is asked for a sign of life.
    package var pingInterval: Duration
    /// For any byte to come after that.
    package var pongTimeout: Duration
    /// From the first byte of a frame or message to its last.
    package var messageTimeout: Duration
    /// Without the client taking a single byte of what is to be sent.
    package var writeTimeout: Duration
    /// For the client to answer our Close.
    package var closeTimeout: Duration
    /// Bytes that may wait when a message is to be sent. A client for which more wait is cut: a slow consumer is never waited
    /// for.
    package var outboundBytes: Int

    package init(
        limits: WebSocketLimits = WebSocketLimits(), pingInterval: Duration = .seconds(30),
        pongTimeout: Duration = .seconds(15), messageTimeout: Duration = .seconds(30),
        writeTimeout: Duration = .seconds(30), closeTimeout: Duration = .seconds(5),
        outboundBytes: Int = 4 * 1024 * 1024
    ) {
        self.limits = limits
        self.pingInterval = pingInterval
        self.pongTimeout = pongTimeout
        self.messageTimeout = messageTimeout
        self.writeTimeout = writeTimeout
        self.closeTimeout = closeTimeout
        self.outboundBytes = outboundBytes
    }
}
