// What the configuration says about WebSockets, in the place that keeps it. Read at each upgrade: a change holds for the
// connections that come after it.
package import HTTP
package import Metadata
package import Transport

extension WebSocketTerms {
    package init(_ server: ServerConfiguration, subprotocols: [String]) {
        let compression = server.webSocket.compression
        self.init(
            subprotocols: subprotocols, origins: AllowedOrigins(server.origins),
            compression: compression.level == 0
                ? nil
                : WebSocketCompression(
                    level: compression.level, threshold: compression.threshold,
                    contextTakeover: compression.contextTakeover, windowBits: compression.windowBits))
    }
}

extension WebSocketSettings {
    package init(_ server: ServerConfiguration) {
        let webSocket = server.webSocket
        self.init(
            limits: WebSocketLimits(messageBytes: webSocket.messageBytes, frameBytes: webSocket.frameBytes),
            pingInterval: webSocket.pingInterval, pongTimeout: webSocket.pongTimeout,
            messageTimeout: webSocket.messageTimeout, writeTimeout: server.limits.writeTimeout,
            closeTimeout: webSocket.closeTimeout, outboundBytes: server.limits.outboundBytes)
    }
}
