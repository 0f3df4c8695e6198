// Answers that come in pieces: their framing, what follows them on the connection, and the ways they end.

import Foundation
import HTTP
import Reactor
import Synchronization
import Testing
import Transport

/// A body that a test makes piece by piece, and what the connection told about it.
private final class ScriptedStream: HTTPStreamSession, Sendable {
    private let state = Mutex<(writer: HTTPStreamWriter?, events: [String])>((nil, []))
    private let begin: @Sendable (HTTPStreamWriter) -> Void

    init(begin: @escaping @Sendable (HTTPStreamWriter) -> Void = { _ in }) {
        self.begin = begin
    }

    func opened(_ writer: HTTPStreamWriter) {
        state.withLock {
            $0.writer = writer
            $0.events.append("opened")
        }
        begin(writer)
    }

    func drained() { note("drained") }
    func closed() { note("closed") }

    func draining() {
        note("draining")
        writer?.finish()
    }

    private func note(_ event: String) { state.withLock { $0.events.append(event) } }

    var writer: HTTPStreamWriter? { state.withLock { $0.writer } }
    var events: [String] { state.withLock { $0.events } }

    /// On the loop of the connection.
    func write(_ work: @escaping @Sendable (HTTPStreamWriter) -> Void) {
        guard let writer else { return }
        writer.loop.execute { work(writer) }
    }
}

/// `/stream` is what the test makes of it, everything else is echoed.
private struct StreamHandler: HTTPHandler {
    let stream: ScriptedStream
    var opening: [UInt8] = []

    func answer(_ request: HTTPRequest, on loop: EventLoop) -> HTTPAnswer {
        guard request.hasPath("/stream") else { return echo.answer(request, on: loop) }
        return .stream(
            HTTPStreamAcceptance(
                HTTPResponse(contentType: .text, headers: [HTTPHeader("X-A", "b")], body: opening), stream))
    }
}

@Suite(.timeLimit(.minutes(2)))
struct HTTPStreamTests {
    @Test func `pieces are chunks, and the connection serves on`() async throws {
        let stream = ScriptedStream { writer in
            writer.send(Array("ab".utf8), Array("c".utf8), Array("d".utf8))
            writer.send([])
            writer.send([], [UInt8](repeating: 120, count: 20_000))
            writer.finish()
            // After the end nothing happens.
            writer.send(Array("late".utf8))
            writer.finish()
            #expect(writer.queuedBytes == 0)
        }
        try await withServer(handler: StreamHandler(stream: stream, opening: Array("0123456789abcdef".utf8))) {
            server, _ in
            try await blocking { () throws in
                let client = try TestClient(port: server.port)
                // The second request waits for the end of the first.
                try client.send(get("/stream") + get("/after", "Connection: close"))
                let head = try client.response()
                #expect(head.status == 200)
                #expect(head.headers["transfer-encoding"] == "chunked")
                #expect(head.headers["content-length"] == nil)
                #expect(head.headers["x-a"] == "b")
                #expect(head.headers["connection"] == "keep-alive")
                #expect(head.headers["keep-alive"] == "timeout=60")
                let rest = String(decoding: try client.rest(), as: UTF8.self)
                let large = String(repeating: "x", count: 20_000)
                let body = "10\r\n0123456789abcdef\r\n4\r\nabcd\r\n4e20\r\n\(large)\r\n0\r\n\r\n"
                #expect(rest.hasPrefix(body + "HTTP/1.1 200 OK\r\n"))
                #expect(rest.hasSuffix("GET /after "))
            }
            #expect(!stream.events.contains("closed"))
        }
    }

    @Test(arguments: ["HTTP/1.0", "HTTP/1.1"])
    func `the end of the connection ends what has no chunks`(_ version: String) async throws {
        let stream = ScriptedStream { writer in
            writer.send(Array("ab".utf8))
            writer.send(Array("cd".utf8))
            writer.finish()
        }
        try await withServer(handler: StreamHandler(stream: stream)) { server, _ in
            try await blocking { () throws in
                let client = try TestClient(port: server.port)
                try client.send("GET /stream \(version)\r\nHost: a\r\nConnection: close\r\n\r\n")
                let head = try client.response()
                #expect(head.headers["connection"] == "close")
                #expect((head.headers["transfer-encoding"] == nil) == (version == "HTTP/1.0"))
                let body = String(decoding: try client.rest(), as: UTF8.self)
                #expect(body == (version == "HTTP/1.0" ? "abcd" : "2\r\nab\r\n2\r\ncd\r\n0\r\n\r\n"))
            }
        }
    }

    @Test func `HEAD gets the head alone`() async throws {
        let stream = ScriptedStream()
        try await withServer(handler: StreamHandler(stream: stream, opening: [1])) { server, _ in
            try await blocking { () throws in
                let client = try TestClient(port: server.port)
                try client.send("HEAD /stream HTTP/1.1\r\nHost: a\r\n\r\n")
                #expect(try client.response(toHead: true).status == 200)
                #expect(try client.exchange(get("/x")).body == "GET /x ")
            }
            #expect(stream.events == ["closed"])
        }
    }

    @Test func `pieces leave as they are made`() async throws {
        let stream = ScriptedStream()
        try await withServer(handler: StreamHandler(stream: stream)) { server, _ in
            let client = try TestClient(port: server.port)
            try await blocking { () throws in
                try client.send(get("/stream"))
                #expect(try client.response().status == 200)
            }
            for piece in ["a", "b"] {
                stream.write { $0.send(Array(piece.utf8)) }
                try await blocking { () throws in #expect(try client.skim(100) == 6) }
            }
            #expect(await eventually { stream.events.contains("drained") })
            stream.write { $0.finish() }
            try await blocking { () throws in
                #expect(try client.skim(100) == 5)
                #expect(try client.exchange(get("/x")).body == "GET /x ")
            }
        }
    }

    @Test(arguments: [true, false])
    func `a client that goes is told of once`(_ resets: Bool) async throws {
        let stream = ScriptedStream()
        try await withServer(
            HTTPServerConfiguration(deadlines: HTTPDeadlines(halfClosed: .milliseconds(50))),
            handler: StreamHandler(stream: stream)
        ) { server, _ in
            var client: TestClient? = try TestClient(port: server.port)
            try await blocking { [client] in
                try client?.send(get("/stream"))
                #expect(try client?.response().status == 200)
            }
            if resets { client?.resetOnClose() }
            client = nil
            #expect(await eventually { stream.events.contains("closed") })
            #expect(await eventually { server.connectionCount == 0 })
            stream.write {
                $0.send([1, 2, 3])
                $0.finish()
            }
            #expect(stream.events.count { $0 == "closed" } == 1)
        }
    }

    @Test func `a client that does not read is cut`() async throws {
        let stream = ScriptedStream()
        try await withServer(
            HTTPServerConfiguration(
                deadlines: HTTPDeadlines(write: .milliseconds(200)), outputBytes: 1 << 30),
            handler: StreamHandler(stream: stream)
        ) { server, _ in
            let client = try TestClient(port: server.port, receiveBuffer: 4096)
            try await blocking { try client.send(get("/stream")) }
            #expect(await eventually { stream.writer != nil })
            stream.write { $0.send([], [UInt8](repeating: 1, count: 32 << 20)) }
            #expect(await eventually { stream.events.contains("closed") })
            #expect(server.connectionCount == 0)
        }
    }

    @Test func `a body that grows over the bound is cut`() async throws {
        let stream = ScriptedStream()
        try await withServer(HTTPServerConfiguration(outputBytes: 1024), handler: StreamHandler(stream: stream)) {
            server, _ in
            let client = try TestClient(port: server.port, receiveBuffer: 4096)
            try await blocking { try client.send(get("/stream")) }
            #expect(await eventually { stream.writer != nil })
            // One piece may be larger than the bound; the next finds the client behind.
            stream.write { writer in
                writer.send([], [UInt8](repeating: 1, count: 32 << 20))
                #expect(writer.queuedBytes > 32 << 20)
                writer.send([1])
                #expect(writer.queuedBytes == 0)
            }
            #expect(await eventually { stream.events.contains("closed") })
            #expect(server.connectionCount == 0)
        }
    }

    @Test func `a server that ends lets streams finish`() async throws {
        let stream = ScriptedStream()
        try await withServer(handler: StreamHandler(stream: stream)) { server, _ in
            let client = try TestClient(port: server.port)
            try await blocking { () throws in
                try client.send(get("/stream"))
                #expect(try client.response().status == 200)
            }
            let cut = await server.shutdown(deadline: .seconds(20))
            #expect(cut == 0)
            #expect(stream.events.contains("draining"))
            #expect(!stream.events.contains("closed"))
            try await blocking { () throws in
                #expect(try client.rest() == Array("0\r\n\r\n".utf8))
            }
        }
    }

    @Test func `a stream may follow an answer that is promised`() async throws {
        let stream = ScriptedStream { writer in
            writer.send([UInt8(ascii: "a")])
            writer.finish()
        }
        let handler = PromisingHandler(stream: stream)
        try await withServer(handler: handler) { server, _ in
            try await blocking { () throws in
                let client = try TestClient(port: server.port)
                try client.send(get("/", "Connection: close"))
                #expect(try client.response().headers["transfer-encoding"] == "chunked")
                #expect(try client.rest() == Array("1\r\na\r\n0\r\n\r\n".utf8))
            }
        }
    }
}

private struct PromisingHandler: HTTPHandler {
    let stream: ScriptedStream

    func answer(_ request: HTTPRequest, on loop: EventLoop) -> HTTPAnswer {
        let promise = PromisedAnswer(on: loop)
        let stream = stream
        _ = loop.schedule(after: .milliseconds(5)) {
            promise.fulfil(.stream(HTTPStreamAcceptance(HTTPResponse(contentType: .text), stream)))
        }
        return .promised(promise)
    }
}
