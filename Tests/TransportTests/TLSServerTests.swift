// The server with TLS in front: what a channel does differently when it is secured. Clients of other kinds, certificates and
// versions are Tests/Oracle/test_tls.py's.

import HTTP
import Reactor
import TLSTestSupport
import Testing
import Transport

private func secured(_ deadlines: HTTPDeadlines = HTTPDeadlines()) throws -> HTTPServerConfiguration {
    HTTPServerConfiguration(tls: try TLSContext(TestCertificate().settings, now: 0), deadlines: deadlines)
}

@Suite(.timeLimit(.minutes(2)))
struct TLSServerTests {
    @Test func `requests are answered one after the other`() async throws {
        try await withServer(secured()) { server, _ in
            try await blocking { () throws in
                let client = try SecureClient(port: server.port)
                for index in 0..<50 {
                    try client.send(post("/\(index)", "body"))
                    #expect(try client.receive(until: "POST /\(index) body").hasPrefix("HTTP/1.1 200"))
                }
                try client.send(get("/a") + get("/b"))
                #expect(try client.receive(until: "GET /b ").contains("GET /a "))
            }
        }
    }

    @Test func `a large answer reaches a slow reader whole`() async throws {
        let body = [UInt8]((0..<3_000_000).map { UInt8(truncatingIfNeeded: $0 &* 31) })
        let handler = ClosureHandler { _, _ in HTTPResponse(contentType: .text, body: body) }
        try await withServer(secured(), handler: handler) { server, _ in
            try await blocking { () throws in
                let client = try SecureClient(port: server.port, receiveBuffer: 4096)
                try client.send(get("/", "Connection: close"))
                var received: [UInt8] = []
                while true {
                    let bytes = try client.receive(10_000)
                    if bytes.isEmpty { break }
                    received += bytes
                }
                #expect(received.suffix(body.count) == body[...])
                #expect(received.count < body.count + 500)
            }
        }
    }

    @Test(arguments: [(200, 0), (12, 5000), (3, 20_000)])
    func `records that arrive together are all read`(_ count: Int, _ size: Int) async throws {
        try await withServer(secured()) { server, _ in
            try await blocking { () throws in
                let client = try SecureClient(port: server.port)
                let body = String(repeating: "x", count: size)
                for _ in 0..<5 {
                    try client.together { for index in 0..<count { try client.send(post("/\(index)", body)) } }
                    let answers = try client.receive(until: "POST /\(count - 1) \(body)")
                    #expect((0..<count).allSatisfy { answers.contains("POST /\($0) \(body)") })
                }
            }
        }
    }

    @Test func `an end that is announced behind a request is seen once that is answered`() async throws {
        try await withServer(secured()) { server, _ in
            try await blocking { () throws in
                let client = try SecureClient(port: server.port)
                // The connection itself stays open.
                try client.together {
                    try client.send(get("/a"))
                    client.sayFarewell()
                }
                _ = try client.receive(until: "GET /a ")
                #expect(try client.receive().isEmpty)
            }
            #expect(await eventually { server.connectionCount == 0 })
        }
    }

    @Test func `what is no record ends the connection, also behind a request`() async throws {
        try await withServer(secured()) { server, _ in
            let client = try await blocking { () throws in
                let client = try SecureClient(port: server.port)
                try client.together {
                    try client.send(get("/a"))
                    try client.sendBare([23, 3, 3, 0, 40] + [UInt8](repeating: 7, count: 40))
                }
                return client
            }
            #expect(await eventually { server.connectionCount == 0 })
            _ = client
        }
    }

    @Test func `keys are changed in the midst of a connection`() async throws {
        try await withServer(secured()) { server, _ in
            try await blocking { () throws in
                let client = try SecureClient(port: server.port)
                for index in 0..<20 {
                    client.updateKeys()
                    try client.send(get("/\(index)"))
                    _ = try client.receive(until: "GET /\(index) ")
                }
            }
        }
    }

    @Test func `the end is announced on both sides`() async throws {
        try await withServer(secured()) { server, _ in
            try await blocking { () throws in
                let client = try SecureClient(port: server.port)
                try client.send(get("/", "Connection: close"))
                _ = try client.receive(until: "GET / ")
                #expect(try client.receive().isEmpty)
                let second = try SecureClient(port: server.port)
                second.sayFarewell()
                #expect(try second.receive().isEmpty)
            }
            #expect(await eventually { server.connectionCount == 0 })
        }
    }

    @Test func `an end that is not announced gives the request up`() async throws {
        let cancelled = Flag()
        let handler = ClosureHandler { _, loop in
            try? await loop.sleep(for: .seconds(30))
            cancelled.set(Task.isCancelled)
            return HTTPResponse(status: .ok, text: "late")
        }
        try await withServer(secured(), handler: handler) { server, _ in
            // Kept open: a socket closed with tickets unread resets the connection, and with it a request not read yet.
            let client = try await blocking { () throws in
                let client = try SecureClient(port: server.port)
                try client.send(get("/"))
                client.finishSending()
                return client
            }
            #expect(await eventually { cancelled.value })
            _ = client
        }
    }

    @Test func `a handshake that does not come is cut at its deadline`() async throws {
        try await withServer(secured(HTTPDeadlines(handshake: .milliseconds(250)))) { server, _ in
            try await blocking { () throws in
                #expect(try TestClient(port: server.port).isClosed())
                let client = try TestClient(port: server.port)
                try client.send([0x16, 0x03, 0x01, 0x02, 0x00, 0x01])
                #expect(try client.isClosed())
            }
            #expect(await eventually { server.connectionCount == 0 })
        }
    }

    @Test func `plain HTTP is told what is spoken here`() async throws {
        try await withServer(secured()) { server, _ in
            try await blocking { () throws in
                let client = try TestClient(port: server.port)
                let response = try client.exchange(get("/"))
                #expect(response.status == 400)
                #expect(response.body.contains("use https://"))
                #expect(try client.isClosed())
            }
        }
    }

    @Test func `connections over the cap are told so under TLS`() async throws {
        var configuration = try secured()
        configuration.maximumConnections = 1
        try await withServer(configuration) { server, _ in
            try await blocking { () throws in
                let first = try SecureClient(port: server.port)
                try first.send(get("/"))
                _ = try first.receive(until: "GET / ")
                let second = try SecureClient(port: server.port)
                #expect(try second.receive(until: "}").hasPrefix("HTTP/1.1 503"))
            }
        }
    }

    @Test func `a new context is for new connections`() async throws {
        try await withServer(secured(), loops: 2) { server, _ in
            let client = try await blocking { () throws in
                let client = try SecureClient(port: server.port)
                try client.send(get("/"))
                _ = try client.receive(until: "GET / ")
                return client
            }
            server.secure(with: try TLSContext(TestCertificate().settings, now: 0))
            try await blocking { () throws in
                try client.send(get("/old"))
                _ = try client.receive(until: "GET /old ")
                for _ in 0..<4 {
                    let client = try SecureClient(port: server.port)
                    try client.send(get("/new"))
                    _ = try client.receive(until: "GET /new ")
                }
            }
        }
    }
}
