// An answer whose body is being made, as its connection knows it: how its pieces are framed, and what becomes of the
// connection after the last.

internal import Base
internal import HTTP
internal import Reactor

struct StreamedAnswer {
    let session: any HTTPStreamSession
    let writer: HTTPStreamWriter
    let isChunked: Bool
    let keepsAlive: Bool
    /// Whether the client asked for the end of the connection.
    let isLast: Bool

    /// Bytes around a chunk: its size in hexadecimal digits, and two line ends.
    private static let chunkFraming = 24

    func frame(_ piece: HTTPStreamPiece, into output: inout OutputQueue) {
        output.append(reserving: piece.head.count + piece.tail.count + Self.chunkFraming) {
            if isChunked { ResponseEncoder.beginChunk(piece.count, &$0) }
            $0.append(contentsOf: piece.head)
        }
        if !piece.body.isEmpty { output.append(body: piece.body) }
        output.append {
            $0.append(contentsOf: piece.tail)
            if isChunked { ResponseEncoder.endChunk(&$0) }
        }
    }

    func frameEnd(into output: inout OutputQueue) {
        if isChunked { output.append { ResponseEncoder.endChunks(&$0) } }
    }

    /// The client is gone. Its session is told later: it may be the one that is writing.
    func lose(on loop: EventLoop) {
        writer.close()
        loop.execute { session.closed() }
    }

    /// All that was queued has left.
    func noteSent(on loop: EventLoop) {
        loop.execute { session.drained() }
    }
}
