// What the configuration says of live queries (`server.live`), and the bounds it does not name.
package struct LiveSettings: Sendable, Hashable {
    /// The longest time for which changes are collected before what they touch is read again.
    package var window: Duration
    /// How often an answer that changes by itself is read again.
    package var interval: Duration
    /// Reads that are under way at one time, of each loop.
    package var reads: Int

    package init(window: Duration, interval: Duration, reads: Int) {
        self.window = window
        self.interval = interval
        self.reads = reads
    }

    /// The longest time for which the loop reads, or plans anew, before it serves others.
    static let slice = Duration.milliseconds(1)
    /// Subscribers that are sent a result before the loop serves others.
    static let deliveries = 256
    /// When what a write of unknown outcome touches is read again: the database may still have been at it.
    static let doubts = [Duration.seconds(1), .seconds(5)]
}
