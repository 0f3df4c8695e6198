// Which deadline of a WebSocket runs out when, with the time handed in.

import Reactor
import Testing

@testable import Transport

private func at(_ seconds: Int64) -> MonotonicInstant { MonotonicInstant(nanoseconds: seconds * 1_000_000_000) }

struct WebSocketDeadlinesTests {
    @Test func `silence leads to a ping, and then to the end`() {
        var deadlines = WebSocketDeadlines()
        #expect(deadlines.next == nil)
        deadlines.heard(.seconds(30), now: at(0))
        #expect(deadlines.next == at(30))
        #expect(deadlines.expired(at: at(29)) == nil)
        #expect(deadlines.expired(at: at(30)) == .ping)
        deadlines.pinged(.seconds(10), now: at(30))
        #expect(deadlines.next == at(40))
        #expect(deadlines.expired(at: at(40)) == .silent)
        deadlines.heard(.seconds(30), now: at(35))
        #expect(deadlines.expired(at: at(64)) == nil)
        #expect(deadlines.next == at(65))
    }

    @Test func `an unfinished message has one deadline, the next one another`() {
        var deadlines = WebSocketDeadlines()
        deadlines.beginMessage(1, .seconds(10), now: at(0))
        deadlines.beginMessage(1, .seconds(10), now: at(9))
        #expect(deadlines.expired(at: at(10)) == .unfinishedMessage)
        deadlines.beginMessage(2, .seconds(10), now: at(9))
        #expect(deadlines.expired(at: at(18)) == nil)
        deadlines.endMessage()
        #expect(deadlines.next == nil)
        deadlines.beginMessage(2, .seconds(10), now: at(20))
        #expect(deadlines.next == at(30))
    }

    @Test func `writing begins anew at each byte, and comes before the rest`() {
        var deadlines = WebSocketDeadlines()
        deadlines.heard(.seconds(5), now: at(0))
        deadlines.beginWrite(.seconds(10), now: at(0))
        deadlines.beginWrite(.seconds(10), now: at(8))
        #expect(deadlines.expired(at: at(18)) == .stalled)
        deadlines.endWrite()
        #expect(deadlines.expired(at: at(18)) == .ping)
    }

    @Test func `who is not read cannot be silent`() {
        var deadlines = WebSocketDeadlines()
        deadlines.pinged(.seconds(5), now: at(0))
        deadlines.beginMessage(1, .seconds(5), now: at(0))
        deadlines.lookAway()
        #expect(deadlines.next == nil)
    }

    @Test func `after the last frame only the client's end is waited for`() {
        var deadlines = WebSocketDeadlines()
        deadlines.heard(.seconds(1), now: at(0))
        deadlines.beginClose(.seconds(1), now: at(0))
        #expect(deadlines.expired(at: at(1)) == .unansweredClose)
        deadlines.beginLinger(.seconds(2), now: at(0))
        #expect(deadlines.expired(at: at(1)) == nil)
        #expect(deadlines.expired(at: at(2)) == .linger)
    }
}
