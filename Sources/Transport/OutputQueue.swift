// Bytes of one connection that wait to be sent. Small pieces are coalesced into one buffer; a large body stays the array
// it is and goes out beside its head in one call.

internal import Base
internal import Reactor

struct OutputQueue {
    private var chunks: [ByteBuffer] = []
    /// Bytes of the first chunk that are gone already.
    private var sent = 0
    /// Whether the last chunk takes more; a large body's array does not.
    private var isLastOpen = false
    private(set) var byteCount = 0

    /// Bodies from here on are not copied.
    private static let largeBytes = 16 * 1024
    /// A buffer up to this size is kept for the next response: it is what an idle connection holds.
    private static let keptBytes = 1024

    var isEmpty: Bool { byteCount == 0 }

    /// - Parameter count: bytes that are known to follow.
    mutating func append(reserving count: Int = 0, _ write: (inout ByteBuffer) -> Void) {
        if !isLastOpen {
            chunks.append(ByteBuffer(capacity: 512 + (count < Self.largeBytes ? count : 0)))
            isLastOpen = true
        }
        let last = chunks.count - 1
        let before = chunks[last].count
        write(&chunks[last])
        byteCount += chunks[last].count - before
    }

    mutating func append(body: [UInt8]) {
        if body.count < Self.largeBytes {
            append { $0.append(contentsOf: body) }
        } else {
            chunks.append(ByteBuffer(body))
            isLastOpen = false
            byteCount += body.count
        }
    }

    /// Takes a frame as it is; a small one that finds others waiting is copied behind them, so that they leave together.
    mutating func append(frame: [UInt8]) {
        if isLastOpen, let last = chunks.indices.last, chunks[last].count + frame.count <= Self.largeBytes {
            chunks[last].append(contentsOf: frame)
        } else {
            chunks.append(ByteBuffer(frame))
            isLastOpen = frame.count < Self.largeBytes
        }
        byteCount += frame.count
    }

    /// Gives back what an empty queue keeps for the next response.
    mutating func free() {
        guard isEmpty else { return }
        chunks = []
        isLastOpen = false
    }

    /// Sends once; `.bytes` tells that something moved.
    mutating func send(to channel: inout ByteChannel) throws(SystemError) -> Transfer {
        let result = try transfer(to: &channel)
        if case .bytes(let count) = result { drop(count) }
        return result
    }

    private func transfer(to channel: inout ByteChannel) throws(SystemError) -> Transfer {
        let sent = sent
        // Typed throws do not pass through the closures of the standard library.
        let result: Result<Transfer, SystemError> = unsafe chunks[0].bytes.withUnsafeBytes { first in
            let rest = unsafe UnsafeRawBufferPointer(rebasing: first[sent...])
            guard chunks.count > 1 else {
                return Result { () throws(SystemError) in try unsafe channel.send(rest) }
            }
            return unsafe chunks[1].bytes.withUnsafeBytes { second in
                Result { () throws(SystemError) in try unsafe channel.send(rest, second) }
            }
        }
        return try result.get()
    }

    private mutating func drop(_ count: Int) {
        byteCount -= count
        sent += count
        while let first = chunks.first, sent >= first.count {
            sent -= first.count
            if chunks.count == 1 {
                if isLastOpen, first.bytes.capacity <= Self.keptBytes {
                    chunks[0].removeAll(keepingCapacity: true)
                } else {
                    chunks.removeAll(keepingCapacity: true)
                    isLastOpen = false
                }
                return
            }
            chunks.removeFirst()
        }
    }
}
