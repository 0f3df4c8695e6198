// `perigee echo`: a WebSocket that sends back what it gets, on the stack that the gateway serves with. For conformance runs
// (`make conformance`); not shown in the help.

internal import ArgumentParser
internal import Base
internal import HTTP
internal import Reactor
internal import Transport

struct EchoCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "echo", abstract: "Serve a WebSocket that sends back what it gets.", shouldDisplay: false)

    @Option(help: "Port to listen on; 0 for any free one.")
    var port = 9001

    func validate() throws {
        guard (0...65535).contains(port) else {
            throw ValidationError("port \(port) does not exist; use 0 to 65535 (0: any free port)")
        }
    }

    func run() async throws {
        let group: EventLoopGroup
        let (signals, continuation) = AsyncStream.makeStream(of: Int32.self)
        do {
            group = try EventLoopGroup(count: 1)
            try SignalWatcher.watch([SignalWatcher.terminate, SignalWatcher.interrupt], on: group.loops[0]) {
                continuation.yield($0)
            }
        } catch {
            throw CommandFailure.surroundings("cannot start an event loop: \(error)")
        }
        defer { group.stop() }
        let server: HTTPServer
        do {
            server = try await HTTPServer.start(
                HTTPServerConfiguration(port: port), group: group, handler: EchoHandler())
        } catch {
            throw CommandFailure(error)
        }
        StandardStreams.write("listening on ws://\(server.address)")
        for await _ in signals { break }
        await server.shutdown(deadline: .seconds(2))
    }
}

/// Accepts a WebSocket at every path, with all that the protocol lets client and server agree upon.
private struct EchoHandler: HTTPHandler {
    /// The conformance suite sends messages of up to 16 MiB, and wants small ones compressed too.
    private static let settings = WebSocketSettings(
        limits: WebSocketLimits(messageBytes: 32 << 20, frameBytes: 32 << 20), outboundBytes: 64 << 20)
    private static let terms = WebSocketTerms(
        compression: WebSocketCompression(threshold: 0, contextTakeover: true))

    func answer(_ request: HTTPRequest, on loop: EventLoop) -> HTTPAnswer {
        do {
            let handshake = try WebSocketHandshake.check(request, Self.terms)
            return .webSocket(
                WebSocketAcceptance(handshake, settings: Self.settings, session: EchoSession()))
        } catch {
            var response = HTTPResponse(status: error.status, text: error.message + "\n")
            response.headers = error.headers
            return .ready(response)
        }
    }
}

// Unchecked: touched by the loop's thread only.
private final class EchoSession: WebSocketSession, @unchecked Sendable {
    private var socket: WebSocketConnection?

    func opened(_ socket: WebSocketConnection) {
        self.socket = socket
    }

    func received(_ message: WebSocketMessage) {
        switch message {
        case .text(let bytes): socket?.send(text: bytes)
        case .binary(let bytes): socket?.send(binary: bytes)
        }
    }

    func closed(_ closure: WebSocketClosure) {
        socket = nil
    }

    func draining() {
        socket?.close(code: .goingAway)
    }
}
