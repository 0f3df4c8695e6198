// The sockets of a loop that have something to send: what a turn collects for one socket goes out in one call, and a message
// for all of them is sent in slices, so that the loop serves what comes in between.

internal import Reactor

/// Who can be told to send what it has collected.
protocol Sender: AnyObject {
    func sendCollected()
}

// Unchecked: touched by its loop's thread only.
final class SendingQueue: TurnEndHandler, @unchecked Sendable {
    private let loop: EventLoop
    /// Those before `next` are nil: each is let go while it is at hand, not when the last has sent.
    private var senders: [(any Sender)?] = []
    private var next = 0
    private var isAnnounced = false

    /// Sockets written to in one turn: one or two milliseconds' worth.
    static let slice = 256

    init(loop: EventLoop) {
        self.loop = loop
    }

    /// At the end of this turn, or of a later one where many are before it. To be called once until it is told.
    func enqueue(_ sender: any Sender) {
        senders.append(sender)
        announce()
    }

    private func announce() {
        guard !isAnnounced else { return }
        isAnnounced = true
        loop.atEndOfTurn(self)
    }

    func turnEnded() {
        isAnnounced = false
        let end = min(senders.count, next + Self.slice)
        while next < end {
            let sender = senders[next].take()
            next += 1
            sender?.sendCollected()
        }
        if next == senders.count {
            // The room of a message to all is not kept.
            senders.removeAll(keepingCapacity: senders.capacity <= Self.slice)
            next = 0
        } else {
            announce()
            if next >= 16 * Self.slice {
                // A queue that never comes to its end does not grow for ever.
                senders.removeFirst(next)
                next = 0
            }
        }
    }
}
