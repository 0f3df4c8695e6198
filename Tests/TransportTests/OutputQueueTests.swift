// The bytes that wait for a socket, over a pair of sockets with little room.

import Base
import Foundation
import Reactor
import Testing

@testable import Transport

struct OutputQueueTests {
    @Test func `small and large pieces come out in order through partial writes`() throws {
        let (own, end) = Self.pair()
        defer { close(end) }
        var channel = ByteChannel(Socket(FileDescriptor(owning: own)))
        var queue = OutputQueue()
        var expected: [UInt8] = []
        var generator = SystemRandomNumberGenerator()
        var received: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 50_000)
        for round in 0..<200 {
            let size =
                round % 3 == 0
                ? Int.random(in: 16_384...200_000, using: &generator) : Int.random(in: 1...900, using: &generator)
            let piece = (0..<size).map { UInt8(truncatingIfNeeded: $0 &+ round) }
            if round % 2 == 0 {
                queue.append(body: piece)
            } else {
                queue.append { $0.append(contentsOf: piece) }
            }
            expected += piece
            #expect(queue.byteCount == expected.count - received.count - pending(end))
            while !queue.isEmpty {
                let result = try queue.send(to: &channel)
                if result == .wouldBlock {
                    let count = unsafe recv(end, &buffer, buffer.count, 0)
                    received += buffer[..<max(0, count)]
                    if round % 7 == 0 { break }
                }
            }
        }
        while !queue.isEmpty || pending(end) > 0 {
            if !queue.isEmpty { _ = try queue.send(to: &channel) }
            let count = unsafe recv(end, &buffer, buffer.count, 0)
            received += buffer[..<max(0, count)]
        }
        #expect(received == expected)
    }

    @Test func `frames that several queues share stay what they are`() throws {
        let frame = [UInt8]((0..<200).map { UInt8($0) })
        let other = [UInt8](repeating: 7, count: 100)
        // Whatever a queue does with it, and whatever it has sent before.
        for (before, behind) in [(0, 0), (0, 3), (40, 0), (40, 3)] {
            let (own, end) = Self.pair()
            var sender = ByteChannel(Socket(FileDescriptor(owning: own)))
            var queue = OutputQueue()
            defer { close(end) }
            if before > 0 {
                queue.append { $0.append(contentsOf: [UInt8](repeating: 1, count: before)) }
                #expect(try queue.send(to: &sender) == .bytes(before))
            }
            queue.append(frame: frame)
            for _ in 0..<behind { queue.append(frame: other) }
            #expect(queue.byteCount == frame.count + behind * other.count)
            while !queue.isEmpty { _ = try queue.send(to: &sender) }
            queue.append(frame: other)
            while !queue.isEmpty { _ = try queue.send(to: &sender) }
            var buffer = [UInt8](repeating: 0, count: 2000)
            let count = unsafe recv(end, &buffer, buffer.count, 0)
            var expected = [UInt8](repeating: 1, count: before) + frame
            for _ in 0...behind { expected += other }
            #expect(Array(buffer[..<max(0, count)]) == expected)
        }
        #expect(frame == (0..<200).map { UInt8($0) })
    }

    /// Two ends of a connection.
    private static func pair() -> (Int32, Int32) {
        var ends: [Int32] = [-1, -1]
        let kind = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue)
        #expect(unsafe socketpair(AF_UNIX, kind, 0, &ends) == 0)
        return (ends[0], ends[1])
    }

    /// Bytes that wait to be received.
    private func pending(_ socket: Int32) -> Int {
        var count: Int32 = 0
        _ = unsafe ioctl(socket, UInt(FIONREAD), &count)
        return Int(count)
    }
}
