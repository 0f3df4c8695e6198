// Who sends when: in slices, and everybody in the end.

import Reactor
import Synchronization
import Testing

@testable import Transport

// Unchecked: touched by the loop's thread only.
private final class NumberedSender: Sender, @unchecked Sendable {
    let number: Int32
    private let body: (NumberedSender) -> Void

    init(_ number: Int32, _ body: @escaping (NumberedSender) -> Void) {
        self.number = number
        self.body = body
    }

    func sendCollected() { body(self) }
}

@Suite(.timeLimit(.minutes(1)))
struct SendingQueueTests {
    /// Runs `fill` on a loop, and then as many turns as it takes until `count` senders have sent; in which order they did.
    private func sent(_ count: Int, _ fill: @escaping @Sendable (SendingQueue, @escaping (Int32) -> Void) -> Void)
        async throws
        -> [Int32]
    {
        let loop = try EventLoop(name: "test")
        defer { loop.stop() }
        return await loop.wait { (continuation: LoopContinuation<[Int32]>) in
            loop.execute {
                var order: [Int32] = []
                fill(SendingQueue(loop: loop)) {
                    order.append($0)
                    if order.count == count { continuation.resume(returning: order) }
                }
            }
        }
    }

    @Test func `everybody is written to once, in the order they came`() async throws {
        let numbers = (0..<1000).map { Int32($0) }.shuffled()
        let order = try await sent(1000) { queue, note in
            for number in numbers { queue.enqueue(NumberedSender(number) { note($0.number) }) }
        }
        #expect(order == numbers)
    }

    @Test func `whoever has sent is let go, although others wait`() async throws {
        let loop = try EventLoop(name: "test")
        defer { loop.stop() }
        let isGone = await loop.wait { (continuation: LoopContinuation<Bool>) in
            loop.execute {
                let queue = SendingQueue(loop: loop)
                var first: NumberedSender? = NumberedSender(0) { _ in }
                weak let observed = first
                if let sender = first { queue.enqueue(sender) }
                first = nil
                queue.enqueue(NumberedSender(1) { _ in continuation.resume(returning: observed == nil) })
            }
        }
        #expect(isGone)
    }

    @Test func `those who always have more hold nobody up`() async throws {
        // 400 that begin again each time; the last socket of all comes once.
        let order = try await sent(20_000) { queue, note in
            for number in 0..<Int32(400) {
                queue.enqueue(
                    NumberedSender(number) {
                        note($0.number)
                        queue.enqueue($0)
                    })
            }
            queue.enqueue(NumberedSender(9999) { note($0.number) })
        }
        #expect(order.firstIndex(of: 9999).map { $0 <= 401 } == true)
        for number in 0..<Int32(400) {
            let count = order.count { $0 == number }
            #expect((45...55).contains(count), "\(number) came \(count) times")
        }
    }
}
