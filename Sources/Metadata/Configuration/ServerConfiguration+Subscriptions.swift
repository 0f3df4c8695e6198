// `server.subscriptions`: connections that carry more than one answer (GraphQL over WebSocket, event streams, multipart).

extension ServerConfiguration {
    package struct Subscriptions: Sendable, Hashable {
        /// From the opening of a WebSocket to its `connection_init`.
        package var initTimeout = Duration.seconds(10)
        /// Operations of one WebSocket at a time.
        package var perConnection = 100
        /// Between the signs of life that clients are sent: `ka`, comments of an event stream, empty parts.
        package var keepAlive = Duration.seconds(15)

        package init() {}

        static let keys = ["initTimeout", "perConnection", "keepAlive"]

        mutating func decode(_ node: ConfigurationNode) {
            guard let section = node.section(Self.keys) else { return }
            if let value = section["initTimeout"]?.duration() { initTimeout = value }
            if let value = section["perConnection"]?.integer(1...10_000) { perConnection = value }
            if let value = section["keepAlive"]?.duration() { keepAlive = value }
        }
    }
}
