// What a connection reads and writes through: a socket, with or without TLS on it. Who uses it sees bytes that arrive, bytes
// that leave, and the end of either.

/// The one owner of a connection's socket. Confined to a loop once it is used there.
package struct ByteChannel: ~Copyable, Sendable {
    private var socket: Socket

    /// A channel on the bare socket.
    package init(_ socket: consuming Socket) {
        self.socket = socket
    }

    /// The number to register with a loop; valid as long as this owner lives and is open.
    package var raw: Int32 { socket.raw }

    /// Receives once, into the loop's buffer. `body` gets the bytes if there are any, and must copy what it keeps.
    /// - Returns: `.bytes(0)` when the peer sends nothing more.
    package mutating func receive(
        on loop: EventLoop, _ body: (Span<UInt8>) -> Void
    ) throws(SystemError) -> Transfer {
        try loop.receive(from: socket.raw, body)
    }

    /// Sends once. After `.wouldBlock` the next call begins with the same bytes; more may follow them.
    package mutating func send(_ bytes: UnsafeRawBufferPointer) throws(SystemError) -> Transfer {
        try unsafe System.send(socket.raw, bytes)
    }

    /// Sends two runs of bytes, one behind the other, with one call.
    package mutating func send(
        _ first: UnsafeRawBufferPointer, _ second: UnsafeRawBufferPointer
    ) throws(SystemError) -> Transfer {
        try unsafe System.send(socket.raw, first, second)
    }

    /// Tells the peer that nothing more comes. What it still sends can be received.
    package mutating func shutdownWrite() throws(SystemError) {
        try System.shutdownWrite(socket.raw)
    }

    /// Closes now; a second call does nothing.
    package mutating func close() {
        socket.close()
    }

    /// Answers go out at once: we write whole batches ourselves, waiting for more would only add delay.
    package func setNoDelay() throws(SystemError) {
        try socket.setNoDelay()
    }

    /// Gives the connection to another owner, as one that goes on with another protocol; this one is closed without a word.
    package mutating func handOver() -> ByteChannel {
        ByteChannel(Socket(FileDescriptor(owning: socket.release())))
    }
}
