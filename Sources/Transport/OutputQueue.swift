// Bytes of one connection that wait to be sent. Small pieces are coalesced into one buffer; a large body stays the array
// it is and goes out beside its head in one call.

internal import Base
internal import Reactor

struct OutputQueue {
    /// What is sent next. It stands by itself, since nearly always it is all there is.
    private var first = ByteBuffer()
    private var rest: [ByteBuffer] = []
    /// Bytes of `first` that are gone already.
    private var sent = 0
    private(set) var byteCount = 0
    /// Whether the last chunk takes more; a large body's array does not.
    private var isLastOpen = false
    /// Whether `first` was made here; a frame's array may be that of other connections, too.
    private var isFirstOwn = false

    /// Bodies from here on are not copied.
    private static let largeBytes = 16 * 1024
    /// A buffer up to this size is kept for the next response: it is what an idle connection holds.
    private static let keptBytes = 1024

    var isEmpty: Bool { byteCount == 0 }

    /// - Parameter count: bytes that are known to follow.
    mutating func append(reserving count: Int = 0, _ write: (inout ByteBuffer) -> Void) {
        let room = 512 + (count < Self.largeBytes ? count : 0)
        if isEmpty {
            // Else what the last response left is used again.
            if first.bytes.capacity == 0 { first = ByteBuffer(capacity: room) }
            isFirstOwn = true
        } else if !isLastOpen {
            rest.append(ByteBuffer(capacity: room))
        }
        isLastOpen = true
        withLast(write)
    }

    private mutating func withLast(_ write: (inout ByteBuffer) -> Void) {
        if rest.isEmpty {
            let before = first.count
            write(&first)
            byteCount += first.count - before
        } else {
            let last = rest.count - 1
            let before = rest[last].count
            write(&rest[last])
            byteCount += rest[last].count - before
        }
    }

    mutating func append(body: [UInt8]) {
        if body.count < Self.largeBytes {
            append { $0.append(contentsOf: body) }
        } else {
            push(body)
        }
    }

    /// Takes a frame as it is; a small one that finds others waiting is copied behind them, so that they leave together.
    mutating func append(frame: [UInt8]) {
        if !isEmpty, isLastOpen, (rest.last ?? first).count + frame.count <= Self.largeBytes {
            withLast { $0.append(contentsOf: frame) }
        } else {
            push(frame)
        }
    }

    private mutating func push(_ bytes: [UInt8]) {
        if isEmpty {
            first = ByteBuffer(bytes)
            isFirstOwn = false
        } else {
            rest.append(ByteBuffer(bytes))
        }
        isLastOpen = bytes.count < Self.largeBytes
        byteCount += bytes.count
    }

    /// Gives back what an empty queue keeps for the next response.
    mutating func free() {
        if isEmpty { first = ByteBuffer() }
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
        let result: Result<Transfer, SystemError> = unsafe first.bytes.withUnsafeBytes { first in
            let unsent = unsafe UnsafeRawBufferPointer(rebasing: first[sent...])
            guard !rest.isEmpty else {
                return Result { () throws(SystemError) in try unsafe channel.send(unsent) }
            }
            return unsafe rest[0].bytes.withUnsafeBytes { second in
                Result { () throws(SystemError) in try unsafe channel.send(unsent, second) }
            }
        }
        return try result.get()
    }

    private mutating func drop(_ count: Int) {
        byteCount -= count
        guard !isEmpty else { return empty() }
        sent += count
        while sent >= first.count {
            sent -= first.count
            first = rest.removeFirst()
            isFirstOwn = false
        }
    }

    private mutating func empty() {
        sent = 0
        if !rest.isEmpty { rest = [] }
        if isFirstOwn, first.bytes.capacity <= Self.keptBytes {
            first.removeAll(keepingCapacity: true)
        } else {
            first = ByteBuffer()
        }
    }
}
