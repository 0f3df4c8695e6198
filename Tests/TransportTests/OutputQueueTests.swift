// The bytes that wait for a socket, over a pair of sockets with little room.

import Base
import Foundation
import Reactor
import Testing

@testable import Transport

struct OutputQueueTests {
    @Test func `small and large pieces come out in order through partial writes`() throws {
        var ends: [Int32] = [-1, -1]
        let kind = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue)
        #expect(unsafe socketpair(AF_UNIX, kind, 0, &ends) == 0)
        defer { close(ends[1]) }
        var channel = ByteChannel(Socket(FileDescriptor(owning: ends[0])))
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
            #expect(queue.byteCount == expected.count - received.count - pending(ends[1]))
            while !queue.isEmpty {
                let result = try queue.send(to: &channel)
                if result == .wouldBlock {
                    let count = unsafe recv(ends[1], &buffer, buffer.count, 0)
                    received += buffer[..<max(0, count)]
                    if round % 7 == 0 { break }
                }
            }
        }
        while !queue.isEmpty || pending(ends[1]) > 0 {
            if !queue.isEmpty { _ = try queue.send(to: &channel) }
            let count = unsafe recv(ends[1], &buffer, buffer.count, 0)
            received += buffer[..<max(0, count)]
        }
        #expect(received == expected)
    }

    /// Bytes that wait to be received.
    private func pending(_ socket: Int32) -> Int {
        var count: Int32 = 0
        _ = unsafe ioctl(socket, UInt(FIONREAD), &count)
        return Int(count)
    }
}
