// WebSockets over sockets: the hand-over from HTTP, the ways of ending, clients that stall, vanish or do not read.

import Foundation
import HTTP
import Reactor
import Synchronization
import TestSupport
import Testing
import Transport

/// A session that does what its closure says, and remembers what it was told.
private final class RecordingSession: WebSocketSession, @unchecked Sendable {
    struct Record {
        var messages: [WebSocketMessage] = []
        var closures: [WebSocketClosure] = []
        var draining = 0
        var drained = 0
    }

    private let record = Mutex(Record())
    private let receive: @Sendable (WebSocketConnection, WebSocketMessage) -> Void
    private let open: @Sendable (WebSocketConnection) -> Void
    /// Touched on the loop only.
    private var socket: WebSocketConnection?

    init(
        open: @escaping @Sendable (WebSocketConnection) -> Void = { _ in },
        receive: @escaping @Sendable (WebSocketConnection, WebSocketMessage) -> Void = RecordingSession.echo
    ) {
        self.open = open
        self.receive = receive
    }

    @Sendable static func echo(_ socket: WebSocketConnection, _ message: WebSocketMessage) {
        socket.tellWhenDrained()
        switch message {
        case .text(let bytes): socket.send(text: bytes)
        case .binary(let bytes): socket.send(binary: bytes)
        }
    }

    var current: Record { record.withLock { $0 } }

    func opened(_ socket: WebSocketConnection) {
        self.socket = socket
        open(socket)
    }

    func received(_ message: WebSocketMessage) {
        record.withLock { $0.messages.append(message) }
        if let socket { receive(socket, message) }
    }

    func closed(_ closure: WebSocketClosure) {
        socket = nil
        record.withLock { $0.closures.append(closure) }
    }

    func draining() {
        record.withLock { $0.draining += 1 }
        socket?.close(code: .goingAway)
    }

    func drained() { record.withLock { $0.drained += 1 } }
}

private struct WebSocketHandler: HTTPHandler {
    let session: RecordingSession
    var settings = WebSocketSettings()
    var isPromised = false

    func answer(_ request: HTTPRequest, on loop: EventLoop) -> HTTPAnswer {
        guard let handshake = try? WebSocketHandshake.check(request, WebSocketTerms()) else {
            return .ready(HTTPResponse(status: .ok, text: "plain"))
        }
        let answer = HTTPAnswer.webSocket(WebSocketAcceptance(handshake, settings: settings, session: session))
        guard isPromised else { return answer }
        let promise = PromisedAnswer(on: loop)
        loop.execute { promise.fulfil(answer) }
        return .promised(promise)
    }
}

private let upgrade = """
    GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r
    Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n
    """

extension TestClient {
    /// Opens a WebSocket; `more` follows the request in the same send.
    fileprivate func open(_ more: [UInt8] = []) throws {
        try send(Array(upgrade.utf8) + more)
        let response = try response()
        guard response.status == 101, response.headers["sec-websocket-accept"] == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=" else {
            throw Failure(description: "not a WebSocket: \(response)")
        }
    }
}

private func text(_ text: String) -> [UInt8] { [0x81, UInt8(text.utf8.count)] + Array(text.utf8) }

@Suite(.timeLimit(.minutes(2)))
struct WebSocketConnectionTests {
    private func withSocket(
        _ settings: WebSocketSettings = WebSocketSettings(), session: RecordingSession = RecordingSession(),
        isPromised: Bool = false, receiveBuffer: Int32? = nil,
        server configuration: HTTPServerConfiguration = HTTPServerConfiguration(),
        _ body: (TestClient, HTTPServer, RecordingSession) async throws -> Void
    ) async throws {
        let handler = WebSocketHandler(session: session, settings: settings, isPromised: isPromised)
        try await withServer(configuration, handler: handler) { server, _ in
            let client = try TestClient(port: server.port, receiveBuffer: receiveBuffer)
            try await body(client, server, session)
        }
    }

    @Test(arguments: [false, true])
    func `a connection becomes a WebSocket, with what came behind the request`(_ isPromised: Bool) async throws {
        try await withSocket(isPromised: isPromised) { client, server, session in
            try await blocking { () throws in
                // A request before it, and frames right behind it.
                try client.send(Array("GET / HTTP/1.1\r\nHost: a\r\n\r\n".utf8))
                #expect(try client.response().body == "plain")
                try client.open(ClientFrame.text("early").bytes + ClientFrame.text("bird").bytes)
                #expect(try client.bytes(13) == text("early") + text("bird"))
                try client.send(
                    ClientFrame.text("late").bytes + ClientFrame(9, [7]).bytes + ClientFrame.close(1000).bytes)
                #expect(try client.rest() == text("late") + [0x8a, 1, 7] + [0x88, 2, 3, 0xe8])
            }
            #expect(await eventually { server.connectionCount == 0 })
            #expect(session.current.messages.count == 3)
            #expect(session.current.closures == [.closed(.normal, reason: "")])
            #expect(session.current.drained >= 1)
        }
    }

    @Test func `an upgrade that is answered with a response leaves HTTP as it was`() async throws {
        try await withServer { server, _ in
            let client = try TestClient(port: server.port)
            try await blocking { () throws in
                let request = "GET /a HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n"
                try client.send(request + request + get("/b"))
                #expect(try client.response().body == "GET /a ")
                #expect(try client.response().body == "GET /a ")
                #expect(try client.response().body == "GET /b ")
            }
        }
    }

    @Test func `a message byte by byte is one message`() async throws {
        try await withSocket { client, _, session in
            try await blocking { () throws in
                try client.open()
                for byte in ClientFrame.text("slow").bytes { try client.send([byte]) }
                #expect(try client.bytes(6) == text("slow"))
            }
        }
    }

    @Test func `a client that breaks the protocol is told why, and the session too`() async throws {
        try await withSocket { client, server, session in
            try await blocking { () throws in
                try client.open()
                // More follows than the server reads before it closes.
                try client.send([0x83] + [UInt8](repeating: 1, count: 200_000))
                let rest = try client.rest()
                #expect(rest.starts(with: [0x88]) && Array(rest[2...3]) == [0x03, 0xea])
            }
            #expect(session.current.closures == [.failed(.reservedOpcode)])
        }
    }

    @Test func `a client that vanishes is lost`() async throws {
        let session = RecordingSession()
        try await withServer(handler: WebSocketHandler(session: session)) { server, _ in
            var client: TestClient? = try TestClient(port: server.port)
            try await blocking { [client] in try client?.open() }
            client = nil
            #expect(await eventually { session.current.closures == [.lost(.disconnected)] })
            #expect(await eventually { server.connectionCount == 0 })
        }
    }

    @Test func `our Close waits for the client's, for a while`() async throws {
        let session = RecordingSession(receive: { socket, _ in
            socket.close(code: WebSocketCloseCode(4400), reason: "no")
        })
        try await withSocket(WebSocketSettings(closeTimeout: .milliseconds(200)), session: session) { client, _, _ in
            try await blocking { () throws in
                try client.open(ClientFrame.text("x").bytes)
                #expect(try client.bytes(6) == [0x88, 4, 0x11, 0x30] + Array("no".utf8))
                try client.send(ClientFrame.text("crossed").bytes + ClientFrame.close(4400).bytes)
                #expect(try client.isClosed())
            }
            #expect(session.current.closures == [.closed(WebSocketCloseCode(4400), reason: "")])
            #expect(session.current.messages.count == 1)
        }
        let other = RecordingSession(open: { $0.close(code: .normal) })
        try await withSocket(WebSocketSettings(closeTimeout: .milliseconds(200)), session: other) { client, _, _ in
            try await blocking { () throws in
                try client.open()
                #expect(try client.rest() == [0x88, 2, 0x03, 0xe8])
            }
            #expect(await eventually { other.current.closures == [.lost(.unansweredClose)] })
        }
    }

    // MARK: Deadlines

    @Test func `a silent client is pinged, and cut when it does not answer`() async throws {
        let settings = WebSocketSettings(pingInterval: .milliseconds(100), pongTimeout: .milliseconds(300))
        try await withSocket(settings) { client, _, session in
            try await blocking { () throws in
                try client.open()
                #expect(try client.bytes(2) == [0x89, 0])
                try client.send(ClientFrame(10).bytes)
                #expect(try client.bytes(2) == [0x89, 0])
                #expect(try client.isClosed())
            }
            #expect(session.current.closures == [.lost(.silent)])
        }
    }

    @Test(arguments: [
        // Half a head, half a payload, half a message, a head behind a fragment.
        [0x81], Array(ClientFrame.text("hello").bytes.dropLast()), ClientFrame.text("a", isFinal: false).bytes,
        ClientFrame.text("a", isFinal: false).bytes + [0x00, 0x80],
    ])
    func `a message that drips is cut at its deadline and told so`(_ beginning: [UInt8]) async throws {
        let settings = WebSocketSettings(messageTimeout: .milliseconds(250))
        try await withSocket(settings) { client, _, session in
            try await blocking { () throws in
                try client.open()
                let start = MonotonicInstant.now
                try client.send(ClientFrame.text("ok").bytes + beginning)
                #expect(try client.bytes(4) == text("ok"))
                // Pings in between a fragmented message do not extend it.
                let isFragmented = beginning[0] & 0x80 == 0 && beginning.count > 6 && beginning.last != 0x80
                if isFragmented {
                    while start.duration(to: .now) < .milliseconds(200) {
                        try client.send(ClientFrame(9).bytes)
                        usleep(20000)
                    }
                }
                let rest = try client.rest()
                #expect(rest.suffix(50).contains(0x88))
                #expect(start.duration(to: .now) < .seconds(5))
            }
            #expect(session.current.closures == [.lost(.unfinishedMessage)])
            #expect(session.current.messages.count == 1)
        }
    }

    @Test func `a client that sends messages all the time never meets the deadline of one`() async throws {
        let settings = WebSocketSettings(messageTimeout: .milliseconds(150))
        try await withSocket(settings) { client, _, session in
            try await blocking { () throws in
                try client.open()
                // Each send ends inside a frame.
                var stream = ClientFrame.text("abc").bytes
                let frame = stream
                let start = MonotonicInstant.now
                try client.send([frame[0]])
                stream.removeFirst()
                while start.duration(to: .now) < .milliseconds(600) {
                    try client.send(Array(frame[1...]) + [frame[0]])
                    #expect(try client.bytes(5) == text("abc"))
                    usleep(5000)
                }
            }
            #expect(session.current.closures == [])
        }
    }

    @Test func `a client that does not read is cut when its write stalls`() async throws {
        let session = RecordingSession(open: { $0.send(binary: [UInt8](repeating: 1, count: 16 << 20)) })
        let settings = WebSocketSettings(writeTimeout: .milliseconds(250))
        try await withSocket(settings, session: session, receiveBuffer: 4096) { client, server, _ in
            try await blocking { try client.open() }
            #expect(await eventually { session.current.closures == [.lost(.stalled)] })
            #expect(server.connectionCount == 0)
            // Reset: the system does not keep for it what it has not taken.
            _ = try await blocking { #expect(throws: TestClient.Failure.self) { try client.rest() } }
        }
    }

    @Test func `the system takes little of what a client does not read`() async throws {
        let sockets = Mutex<[WebSocketConnection]>([])
        let size = 16 << 20
        let session = RecordingSession(open: { socket in
            sockets.withLock { $0.append(socket) }
            socket.send(binary: [UInt8](repeating: 1, count: size))
        })
        try await withServer(handler: WebSocketHandler(session: session)) { server, group in
            let client = try TestClient(port: server.port, receiveBuffer: 4096)
            // Until nothing more is taken.
            _ = try await blocking {
                try client.open()
                usleep(300_000)
            }
            let queued = await group.loops[0].wait { (continuation: LoopContinuation<Int>) in
                group.loops[0].execute {
                    continuation.resume(returning: sockets.withLock { $0.first?.queuedBytes ?? 0 })
                }
            }
            // Buffers that grow freely take some megabytes.
            #expect(queued > size - (1 << 20))
            #expect(queued < size)
            withExtendedLifetime(client) {}
        }
        sockets.withLock { $0 = [] }
    }

    @Test func `a slow consumer is cut when more would wait than may`() async throws {
        let session = RecordingSession(receive: { socket, _ in
            for _ in 0..<100 { socket.send(binary: [UInt8](repeating: 1, count: 1 << 20)) }
            #expect(!socket.isOpen)
        })
        let settings = WebSocketSettings(outboundBytes: 8 << 20)
        try await withSocket(settings, session: session, receiveBuffer: 4096) { client, server, _ in
            try await blocking { () throws in
                try client.open()
                try client.send(ClientFrame.text("go").bytes)
            }
            #expect(await eventually { session.current.closures == [.lost(.slowConsumer)] })
            #expect(server.connectionCount == 0)
            _ = try await blocking { #expect(throws: TestClient.Failure.self) { try client.rest() } }
        }
    }

    @Test func `one message larger than the bound is sent all the same`() async throws {
        let session = RecordingSession(receive: { socket, _ in
            socket.send(binary: [UInt8](repeating: 1, count: 3 << 20))
        })
        try await withSocket(WebSocketSettings(outboundBytes: 1024), session: session) { client, _, _ in
            try await blocking { () throws in
                try client.open(ClientFrame.text("go").bytes)
                #expect(try client.bytes(10 + 3 << 20).count == 10 + 3 << 20)
            }
            #expect(session.current.closures == [])
        }
    }

    @Test func `a client that sends without reading is not read on, and nothing is lost`() async throws {
        // Together less than the time for which nothing is read below, and more than a busy machine keeps a thread waiting.
        let settings = WebSocketSettings(pingInterval: .milliseconds(100), pongTimeout: .milliseconds(300))
        let configuration = HTTPServerConfiguration(outputBytes: 1024)
        try await withSocket(settings, receiveBuffer: 4096, server: configuration) { client, _, session in
            let payload = [UInt8](repeating: 120, count: 60_000)
            try await blocking { () throws in
                try client.open()
                let sending = Thread { for _ in 0..<200 { try? client.send(ClientFrame(2, payload).bytes) } }
                sending.start()
            }
            _ = try await blocking { usleep(900_000) }
            let stalled = session.current.messages.count
            #expect(stalled < 150, "it was read on")
            // Not silent, although no byte was read for longer than a pong may take.
            #expect(session.current.closures == [])
            try await blocking { () throws in
                var echoes = 0
                while echoes < 200 {
                    let head = try client.bytes(2)
                    if head[0] == 0x89 { continue }
                    #expect(head == [0x82, 126])
                    #expect(try client.bytes(2 + payload.count).count == 2 + payload.count)
                    echoes += 1
                }
            }
        }
    }

    // MARK: Shutdown

    @Test func `a shutdown lets sessions close, and cuts what does not`() async throws {
        let session = RecordingSession()
        try await withServer(handler: WebSocketHandler(session: session)) { server, _ in
            let client = try TestClient(port: server.port)
            try await blocking { try client.open() }
            let ending = Task { await server.shutdown(deadline: .seconds(30)) }
            try await blocking { () throws in
                #expect(try client.bytes(4) == [0x88, 2, 0x03, 0xe9])
                try client.send(ClientFrame.close(1001).bytes)
                #expect(try client.isClosed())
            }
            #expect(await ending.value == 0)
            #expect(session.current.closures == [.closed(.goingAway, reason: "")])
        }
        let stubborn = RecordingSession()
        try await withServer(
            handler: WebSocketHandler(session: stubborn, settings: WebSocketSettings(closeTimeout: .seconds(60)))
        ) { server, _ in
            let client = try TestClient(port: server.port)
            try await blocking { try client.open() }
            #expect(await server.shutdown(deadline: .milliseconds(50)) == 1)
            #expect(stubborn.current.draining == 1)
            #expect(stubborn.current.closures == [.lost(.cut)])
            withExtendedLifetime(client) {}
        }
    }

    // MARK: Many

    @Test func `a message to many sockets reaches all of them, each frame once`() async throws {
        let count = 600
        let sockets = Mutex<[WebSocketConnection]>([])
        let session = RecordingSession(open: { socket in sockets.withLock { $0.append(socket) } })
        try await withServer(handler: WebSocketHandler(session: session)) { server, group in
            let clients = try await blocking { () throws in
                let clients = try (0..<count).map { _ in try TestClient(port: server.port) }
                for client in clients { try client.open() }
                return clients
            }
            let before = await group.loops[0].counters()
            group.loops[0].execute {
                for socket in sockets.withLock({ $0 }) {
                    socket.send(text: Array("{\"id\":".utf8), payload: Array("1".utf8), suffix: Array("}".utf8))
                    socket.send(text: Array("two".utf8))
                }
            }
            try await blocking { () throws in
                for client in clients { #expect(try client.bytes(15) == text("{\"id\":1}") + text("two")) }
            }
            let after = await group.loops[0].counters()
            // 600 sockets are three slices; the turns of the counters themselves come on top.
            #expect(after.turns - before.turns >= 3)
            withExtendedLifetime(clients) {}
        }
        sockets.withLock { $0 = [] }
    }
}
