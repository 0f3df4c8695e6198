// The product's own WebSockets on one loop, each with a session of its own: whatever one of them sends, all get the same text.
// What `benchmarks/websocket/run` measures beside a bare epoll sender.
//
//     WebSocketFanOut --port 9001 --bytes 200 [--cpu 0]

internal import HTTP
internal import Reactor
internal import Transport

@main
struct WebSocketFanOut {
    static func main() async throws {
        func number(_ name: String) -> Int? {
            guard let index = CommandLine.arguments.firstIndex(of: name), index + 1 < CommandLine.arguments.count else {
                return nil
            }
            return Int(CommandLine.arguments[index + 1])
        }
        let group = try EventLoopGroup(count: 1, firstCPU: number("--cpu"))
        let room = Room(text: [UInt8](repeating: UInt8(ascii: "x"), count: number("--bytes") ?? 200))
        let server = try await HTTPServer.start(
            HTTPServerConfiguration(port: number("--port") ?? 9001, maximumConnections: 60_000), group: group,
            handler: RoomHandler(room: room))
        print("listening on \(server.address)")
        let (signals, continuation) = AsyncStream.makeStream(of: Int32.self)
        try SignalWatcher.watch([SignalWatcher.terminate, SignalWatcher.interrupt], on: group.loops[0]) {
            continuation.yield($0)
        }
        for await _ in signals { break }
        await server.shutdown(deadline: .zero)
        group.stop()
    }
}

private struct RoomHandler: HTTPHandler {
    let room: Room

    func answer(_ request: HTTPRequest, on loop: EventLoop) -> HTTPAnswer {
        guard let handshake = try? WebSocketHandshake.check(request, WebSocketTerms()) else {
            return .ready(HTTPResponse(status: .badRequest, text: "not a WebSocket"))
        }
        return .webSocket(
            WebSocketAcceptance(handshake, settings: WebSocketSettings(), session: Member(of: room)))
    }
}

/// Everybody who is there. Unchecked: there is one loop.
private final class Room: @unchecked Sendable {
    private let text: [UInt8]
    private var sockets: [WebSocketConnection] = []

    init(text: [UInt8]) {
        self.text = text
    }

    func enter(_ socket: WebSocketConnection) { sockets.append(socket) }
    /// Slow, and not measured.
    func leave(_ socket: WebSocketConnection) { sockets.removeAll { $0 === socket } }
    func send() { for socket in sockets { socket.send(text: text) } }
}

// Unchecked: there is one loop.
private final class Member: WebSocketSession, @unchecked Sendable {
    private let room: Room
    private var socket: WebSocketConnection?

    init(of room: Room) {
        self.room = room
    }

    func opened(_ socket: WebSocketConnection) {
        self.socket = socket
        room.enter(socket)
    }

    func received(_ message: WebSocketMessage) { room.send() }

    func closed(_ closure: WebSocketClosure) {
        if let socket { room.leave(socket) }
        socket = nil
    }

    func draining() { socket?.close(code: .goingAway) }
}
