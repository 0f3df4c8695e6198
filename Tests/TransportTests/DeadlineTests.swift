// Clients that stall, vanish or do not read, with deadlines short enough to wait for.

import Foundation
import HTTP
import Reactor
import Synchronization
import Testing
import Transport

private let short = Duration.milliseconds(250)
private let long = Duration.seconds(60)

private func deadlines(
    head: Duration = long, body: Duration = long, idle: Duration = long, write: Duration = long,
    linger: Duration = long, halfClosed: Duration = long
) -> HTTPServerConfiguration {
    HTTPServerConfiguration(
        deadlines: HTTPDeadlines(
            head: head, body: body, idle: idle, write: write, linger: linger, halfClosed: halfClosed))
}

@Suite(.timeLimit(.minutes(2)))
struct DeadlineTests {
    @Test func `a connection that says nothing is closed`() async throws {
        try await withServer(deadlines(head: short)) { server, _ in
            try await blocking { () throws in #expect(try TestClient(port: server.port).isClosed()) }
        }
    }

    @Test func `a head that drips is cut at its deadline and told so`() async throws {
        try await withServer(deadlines(head: short)) { server, _ in
            try await blocking { () throws in
                let client = try TestClient(port: server.port)
                _ = try client.exchange(get("/"))
                // Each byte comes well within the deadline; together they do not.
                let start = MonotonicInstant.now
                try client.send("GET / HTTP/1.1\r\nX: ")
                while start.duration(to: .now) < short * 2, (try? client.send("a")) != nil { usleep(5000) }
                let response = try client.response()
                #expect(response.status == 408 && response.body.contains("timeout"))
            }
        }
    }

    @Test func `a body that does not come is cut at its own deadline`() async throws {
        try await withServer(deadlines(body: short)) { server, _ in
            try await blocking { () throws in
                let client = try TestClient(port: server.port)
                try client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nab")
                let response = try client.response()
                #expect(response.status == 408 && response.body.contains("body"))
            }
        }
    }

    @Test func `an idle connection is closed without a word`() async throws {
        try await withServer(deadlines(idle: short)) { server, _ in
            try await blocking { () throws in
                let client = try TestClient(port: server.port)
                for _ in 0..<3 { #expect(try client.exchange(get("/")).status == 200) }
                #expect(try client.isClosed())
            }
            #expect(await eventually { server.connectionCount == 0 })
        }
    }

    @Test func `a handler may take longer than any deadline of the client`() async throws {
        let handler = ClosureHandler { _, loop in
            try? await loop.sleep(for: .milliseconds(600))
            return HTTPResponse(status: .ok, text: "late")
        }
        try await withServer(deadlines(head: short, body: short, idle: short), handler: handler) { server, _ in
            try await blocking { () throws in
                #expect(try TestClient(port: server.port).exchange(get("/")).body == "late")
            }
        }
    }

    @Test func `a client that does not read is cut when its write stalls`() async throws {
        let answered = Flag()
        let handler = ClosureHandler { _, _ in
            answered.set(true)
            return HTTPResponse(body: [UInt8](repeating: 120, count: 16 * 1024 * 1024))
        }
        try await withServer(deadlines(write: short), handler: handler) { server, _ in
            let client = try TestClient(port: server.port, receiveBuffer: 4096)
            try await blocking { try client.send(get("/")) }
            #expect(await eventually { answered.value })
            #expect(await eventually { server.connectionCount == 0 })
            withExtendedLifetime(client) {}
        }
    }

    @Test func `a client that reads slowly but steadily is served`() async throws {
        let size = 2 * 1024 * 1024
        let handler = ClosureHandler { _, _ in HTTPResponse(body: [UInt8](repeating: 120, count: size)) }
        try await withServer(deadlines(write: .milliseconds(500)), handler: handler) { server, _ in
            try await blocking { () throws in
                let client = try TestClient(port: server.port, receiveBuffer: 4096)
                try client.send(get("/"))
                var total = 0
                while total < size {
                    let count = try client.skim(32 * 1024)
                    if count == 0 { break }
                    total += count
                    usleep(1000)
                }
                #expect(total >= size)
            }
        }
    }

    @Test func `a client that does not read is not given more requests than the bound`() async throws {
        let answered = Counter()
        let handler = ClosureHandler { _, _ in
            answered.increment()
            return HTTPResponse(body: [UInt8](repeating: 120, count: 512 * 1024))
        }
        try await withServer(HTTPServerConfiguration(outputBytes: 1024), handler: handler) { server, _ in
            let client = try TestClient(port: server.port, receiveBuffer: 4096)
            try await blocking { try client.send(String(repeating: get("/"), count: 100)) }
            #expect(await eventually { answered.value >= 1 })
            let stalled = answered.value
            #expect(stalled < 50)
            try await blocking { () throws in
                for _ in 0..<100 { #expect(try client.response().body.utf8.count == 512 * 1024) }
            }
            #expect(answered.value == 100)
        }
    }

    @Test func `a client that resets cancels its request at once`() async throws {
        let cancelled = Flag()
        let waiting = Flag()
        let handler = ClosureHandler { _, loop in
            waiting.set(true)
            try? await loop.sleep(for: .seconds(60))
            cancelled.set(Task.isCancelled)
            return HTTPResponse()
        }
        try await withServer(handler: handler) { server, _ in
            var client: TestClient? = try TestClient(port: server.port)
            try await blocking { [client] in try client?.send(get("/")) }
            #expect(await eventually { waiting.value })
            // With a linger of zero, closing sends a reset.
            client?.resetOnClose()
            client = nil
            #expect(await eventually { cancelled.value })
            #expect(await eventually { server.connectionCount == 0 })
        }
    }

    @Test func `a client that has gone quietly cancels its request after a grace`() async throws {
        let cancelled = Flag()
        let handler = ClosureHandler { _, loop in
            try? await loop.sleep(for: .seconds(60))
            cancelled.set(Task.isCancelled)
            return HTTPResponse(status: .ok, text: "late")
        }
        try await withServer(deadlines(halfClosed: short), handler: handler) { server, _ in
            let client = try TestClient(port: server.port)
            try await blocking { () throws in
                try client.send(get("/"))
                client.finishSending()
            }
            #expect(await eventually { cancelled.value })
            // It may still listen.
            try await blocking { () throws in #expect(try client.response().body == "late") }
        }
    }

    @Test func `after an error the connection is not kept for a client that never closes`() async throws {
        try await withServer(deadlines(linger: short)) { server, _ in
            let client = try TestClient(port: server.port)
            try await blocking { () throws in #expect(try client.exchange("GARBAGE\r\n").status == 400) }
            #expect(await eventually { server.connectionCount == 0 })
            withExtendedLifetime(client) {}
        }
    }
}
