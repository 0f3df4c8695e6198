// `server.webSocket`: bounds and times of WebSockets, and how their messages are compressed.

package struct WebSocketConfiguration: Sendable, Hashable {
    /// Without a byte from the client, until it is pinged.
    package var pingInterval = Duration.seconds(30)
    /// For any byte to come after that.
    package var pongTimeout = Duration.seconds(15)
    /// From the first byte of a frame or message to its last.
    package var messageTimeout = Duration.seconds(30)
    /// For the client to answer a Close.
    package var closeTimeout = Duration.seconds(5)
    /// Bytes of one message, inflated.
    package var messageBytes = 1 << 20
    /// Bytes of one frame.
    package var frameBytes = 1 << 20
    package var compression = Compression()

    package init() {}

    static let durationKeys = ["pingInterval", "pongTimeout", "messageTimeout", "closeTimeout"]
    static let keys = durationKeys + ["messageBytes", "frameBytes", "compression"]

    mutating func decode(_ node: ConfigurationNode) {
        guard let section = node.section(Self.keys) else { return }
        if let span = section["pingInterval"]?.duration() { pingInterval = span }
        if let span = section["pongTimeout"]?.duration() { pongTimeout = span }
        if let span = section["messageTimeout"]?.duration() { messageTimeout = span }
        if let span = section["closeTimeout"]?.duration() { closeTimeout = span }
        if let size = section["messageBytes"]?.byteSize(atLeast: 128) { messageBytes = size }
        if let size = section["frameBytes"]?.byteSize(atLeast: 128) { frameBytes = size }
        if let node = section["compression"] { compression.decode(node) }
    }

    /// permessage-deflate (RFC 7692).
    package struct Compression: Sendable, Hashable {
        /// 1 (quick) to 9 (small); 0 switches compression off.
        package var level = 1
        /// Bytes from which on a message is compressed.
        package var threshold = 1024
        /// Whether messages may refer to earlier ones; each connection then keeps its windows.
        package var contextTakeover = false
        /// Size of the window as a power of two.
        package var windowBits = 15

        package init() {}

        static let keys = ["level", "threshold", "contextTakeover", "windowBits"]

        mutating func decode(_ node: ConfigurationNode) {
            guard let section = node.section(Self.keys) else { return }
            if let value = section["level"]?.integer(0...9) { level = value }
            if let value = section["threshold"]?.byteSize() { threshold = value }
            if let value = section["contextTakeover"]?.flag() { contextTakeover = value }
            if let value = section["windowBits"]?.integer(9...15) { windowBits = value }
        }
    }
}
