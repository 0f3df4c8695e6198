// The server over real sockets: exchanges, pipelining, framing, errors, closing, the 1,000 connections.

import Foundation
import HTTP
import Reactor
import Synchronization
import Testing
import Transport

@Suite(.timeLimit(.minutes(2)))
struct HTTPServerTests {
    @Test func `answers one request after another on one connection`() async throws {
        try await withServer { server, _ in
            try await blocking { () throws in
                let client = try TestClient(port: server.port)
                for number in 0..<50 {
                    let response = try client.exchange(post("/p\(number)", "body \(number)"))
                    #expect(response.status == 200)
                    #expect(response.body == "POST /p\(number) body \(number)")
                    #expect(response.headers["connection"] == "keep-alive")
                    #expect(response.headers["keep-alive"] == "timeout=60")
                    #expect(response.headers["date"]?.hasSuffix("GMT") == true)
                }
            }
            #expect(server.connectionCount <= 1)
        }
    }

    @Test(arguments: [1, 2, 3, 7, 64])
    func `answers whatever the pieces a request comes in`(_ size: Int) async throws {
        try await withServer { server, _ in
            try await blocking { () throws in
                let client = try TestClient(port: server.port)
                let request = Array(post("/pieces", "hello", "X-Long: \(String(repeating: "v", count: 200))").utf8)
                for start in stride(from: 0, to: request.count, by: size) {
                    try client.send(Array(request[start..<min(start + size, request.count)]))
                }
                #expect(try client.response().body == "POST /pieces hello")
            }
        }
    }

    @Test func `answers pipelined requests in order, also when the first takes longer`() async throws {
        let gate = Gate()
        let handler = ClosureHandler { request, loop in
            if request.hasPath("/slow") { await gate.pass(on: loop) }
            return HTTPResponse(status: .ok, text: String(decoding: request.path, as: UTF8.self))
        }
        try await withServer(handler: handler) { server, _ in
            let client = try TestClient(port: server.port)
            try await blocking { () throws in
                try client.send(get("/a") + get("/b") + get("/slow") + post("/c", "x") + get("/d"))
                // These must not wait for the slow one.
                #expect(try client.response().body == "/a")
                #expect(try client.response().body == "/b")
            }
            #expect(await eventually { gate.count == 1 })
            gate.open()
            try await blocking { () throws in
                for path in ["/slow", "/c", "/d"] { #expect(try client.response().body == path) }
            }
        }
    }

    @Test func `answers 2,000 pipelined requests`() async throws {
        try await withServer { server, _ in
            try await blocking { () throws in
                let client = try TestClient(port: server.port)
                Thread.detachNewThread {
                    try? client.send((0..<2000).map { get("/\($0)") }.joined())
                }
                for number in 0..<2000 { #expect(try client.response().body == "GET /\(number) ") }
            }
        }
    }

    @Test func `reads chunked bodies`() async throws {
        try await withServer { server, _ in
            try await blocking { () throws in
                let client = try TestClient(port: server.port)
                let head = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
                #expect(try client.exchange(head + "3\r\nabc\r\n2;x\r\nde\r\n0\r\nT: 1\r\n\r\n").body == "POST / abcde")
                #expect(try client.exchange(get("/next")).body == "GET /next ")
            }
        }
    }

    @Test func `says 100 Continue before it wants the body, and not when the body is there`() async throws {
        try await withServer { server, _ in
            try await blocking { () throws in
                let client = try TestClient(port: server.port)
                try client.send("POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n")
                #expect(try client.response().status == 100)
                #expect(try client.exchange("hi").body == "POST / hi")
                #expect(try client.exchange(post("/", "ho", "Expect: 100-continue")).body == "POST / ho")
            }
        }
    }

    @Test func `answers HEAD without a body and stays in step`() async throws {
        try await withServer { server, _ in
            try await blocking { () throws in
                let client = try TestClient(port: server.port)
                try client.send("HEAD /x HTTP/1.1\r\nHost: a\r\n\r\n" + get("/y"))
                let head = try client.response(toHead: true)
                #expect(head.status == 200 && head.headers["content-length"] == "8")
                #expect(try client.response().body == "GET /y ")
            }
        }
    }

    @Test(arguments: [
        (get("/", "Connection: close"), "close"),
        ("GET / HTTP/1.0\r\n\r\n", "close"),
        ("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", "keep-alive"),
    ])
    func `closes when the client says so`(_ request: String, _ expected: String) async throws {
        try await withServer { server, _ in
            try await blocking { () throws in
                let client = try TestClient(port: server.port)
                let response = try client.exchange(request)
                #expect(response.status == 200 && response.headers["connection"] == expected)
                if expected == "close" {
                    #expect(try client.isClosed())
                } else {
                    #expect(try client.exchange(request).status == 200)
                }
            }
        }
    }

    @Test func `a handler can end the connection`() async throws {
        let handler = ClosureHandler { _, _ in HTTPResponse(body: [], closesConnection: true) }
        try await withServer(handler: handler) { server, _ in
            try await blocking { () throws in
                let client = try TestClient(port: server.port)
                try client.send(get("/") + get("/never"))
                #expect(try client.response().headers["connection"] == "close")
                #expect(try client.isClosed())
            }
        }
    }

    @Test(arguments: [
        ("GARBAGE\r\n\r\n", 400, "bad-request"),
        ("GET / HTTP/1.1\r\n\r\n", 400, "bad-request"),
        ("GET /\(String(repeating: "x", count: 9000)) HTTP/1.1\r\n", 414, "limit-exceeded"),
        ("GET / HTTP/1.1\r\nX: \(String(repeating: "x", count: 40_000))\r\n\r\n", 431, "limit-exceeded"),
        ("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999\r\n\r\n", 413, "limit-exceeded"),
        ("BREW / HTTP/1.1\r\nHost: a\r\n\r\n", 501, "bad-request"),
        ("GET / HTTP/3.0\r\nHost: a\r\n\r\n", 505, "bad-request"),
        ("GET / HTTP/1.1\r\nHost: a\r\nExpect: more\r\n\r\n", 417, "bad-request"),
    ])
    func `answers what it cannot read with an error and closes`(
        _ request: String, _ status: Int, _ code: String
    ) async throws {
        try await withServer { server, _ in
            try await blocking { () throws in
                let client = try TestClient(port: server.port)
                // A good request before it is answered first, and what follows the bad one is not read.
                try client.send(get("/good") + request + get("/never"))
                #expect(try client.response().body == "GET /good ")
                let response = try client.response()
                #expect(response.status == status)
                #expect(response.headers["connection"] == "close")
                #expect(response.headers["content-type"] == "application/json; charset=utf-8")
                let json = try JSONSerialization.jsonObject(with: Data(response.body.utf8)) as? [String: Any]
                let error = (json?["errors"] as? [[String: Any]])?.first
                #expect((error?["extensions"] as? [String: String])?["code"] == code)
                #expect((error?["message"] as? String)?.isEmpty == false)
                #expect(try client.isClosed())
            }
        }
    }

    @Test func `the error of a refused body arrives although the client keeps sending`() async throws {
        try await withServer { server, _ in
            try await blocking { () throws in
                let client = try TestClient(port: server.port)
                try client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5000000\r\n\r\n")
                let chunk = [UInt8](repeating: 120, count: 100_000)
                for _ in 0..<10 { try client.send(chunk) }
                #expect(try client.response().status == 413)
                client.finishSending()
                #expect(try client.isClosed())
            }
        }
    }

    @Test func `an end in the middle of a request is answered`() async throws {
        try await withServer { server, _ in
            try await blocking { () throws in
                let client = try TestClient(port: server.port)
                try client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nab")
                client.finishSending()
                #expect(try client.response().status == 400)
                #expect(try client.isClosed())
            }
        }
    }

    @Test func `a client that closes its sending side still gets its answer`() async throws {
        try await withServer { server, _ in
            try await blocking { () throws in
                let client = try TestClient(port: server.port)
                try client.send(post("/", "bye"))
                client.finishSending()
                #expect(try client.response().body == "POST / bye")
                #expect(try client.isClosed())
            }
        }
    }

    @Test func `large bodies go both ways`() async throws {
        try await withServer { server, _ in
            try await blocking { () throws in
                let client = try TestClient(port: server.port)
                let body = String(repeating: "0123456789", count: 100_000)
                Thread.detachNewThread { try? client.send(post("/", body) + get("/after")) }
                #expect(try client.response().body == "POST / " + body)
                #expect(try client.response().body == "GET /after ")
            }
        }
    }

    @Test func `serves 1,000 connections at once over two loops`() async throws {
        let gate = Gate()
        let handler = ClosureHandler { request, loop in
            if request.hasPath("/wait") { await gate.pass(on: loop) }
            return HTTPResponse(status: .ok, text: "\(loop.index)")
        }
        try await withServer(loops: 2, handler: handler) { server, group in
            let clients = try await blocking { () throws in
                let clients = try (0..<1000).map { _ in try TestClient(port: server.port) }
                for client in clients { try client.send(get("/wait")) }
                return clients
            }
            #expect(await eventually { gate.count == 1000 })
            #expect(server.connectionCount == 1000)
            #expect(group.loops.map { $0.connectionCount.load(ordering: .relaxed) } == [500, 500])
            gate.open()
            try await blocking { () throws in
                var perLoop: [String: Int] = [:]
                for client in clients { perLoop[try client.response().body, default: 0] += 1 }
                #expect(perLoop == ["0": 500, "1": 500])
                for client in clients { #expect(try client.exchange(get("/again")).status == 200) }
            }
            withExtendedLifetime(clients) {}
        }
    }

    @Test func `connections over the cap are told so`() async throws {
        try await withServer(HTTPServerConfiguration(maximumConnections: 3)) { server, _ in
            try await blocking { () throws in
                var clients = try (0..<3).map { _ in try TestClient(port: server.port) }
                for client in clients { #expect(try client.exchange(get("/")).status == 200) }
                let extra = try TestClient(port: server.port)
                let response = try extra.response()
                #expect(response.status == 503 && response.body.contains("3 connections"))
                #expect(try extra.isClosed())
                clients.removeFirst()
            }
            #expect(await eventually { server.connectionCount < 3 })
            try await blocking { () throws in
                #expect(try TestClient(port: server.port).exchange(get("/")).status == 200)
            }
        }
    }

    @Test func `says which address cannot be had`() async throws {
        try await withServer { server, group in
            await #expect(throws: AddressError.inUse(host: "127.0.0.1", port: server.port)) {
                _ = try await HTTPServer.start(
                    HTTPServerConfiguration(port: server.port), group: group, handler: echo)
            }
            await #expect(throws: AddressError.self) {
                _ = try await HTTPServer.start(
                    HTTPServerConfiguration(host: "no such host.invalid"), group: group, handler: echo)
            }
        }
    }

    @Test func `random bytes get an error or a close, and the server lives`() async throws {
        try await withServer { server, _ in
            try await blocking { () throws in
                var generator = SystemRandomNumberGenerator()
                for round in 0..<200 {
                    let client = try TestClient(port: server.port)
                    let count = Int.random(in: 1...2000, using: &generator)
                    try? client.send((0..<count).map { _ in UInt8.random(in: 0...255, using: &generator) })
                    client.finishSending()
                    let answer = try client.rest()
                    #expect(answer.isEmpty || answer.starts(with: Array("HTTP/1.1 4".utf8)))
                    if round % 50 == 0 {
                        #expect(try TestClient(port: server.port).exchange(get("/")).status == 200)
                    }
                }
            }
            #expect(await eventually { server.connectionCount == 0 })
        }
    }
}
