// `server.live`: when live queries are read again.

extension ServerConfiguration {
    package struct Live: Sendable, Hashable {
        /// The longest time for which changes are collected before what they touch is read again.
        package var window = Duration.milliseconds(50)
        /// How often an answer that changes by itself is read again: by the clock, a function or a verdict.
        package var interval = Duration.seconds(10)
        /// Reads of live queries that are under way at one time, of each event loop.
        package var reads = 32

        package init() {}

        static let keys = ["window", "interval", "reads"]

        mutating func decode(_ node: ConfigurationNode) {
            guard let section = node.section(Self.keys) else { return }
            if let value = section["window"]?.duration() { window = value }
            if let value = section["interval"]?.duration() { interval = value }
            if let value = section["reads"]?.integer(1...10_000) { reads = value }
        }
    }
}
