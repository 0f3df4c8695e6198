// Graceful shutdown: what is in flight is finished, what is idle is closed, what is late is cut.

import Foundation
import HTTP
import Reactor
import Synchronization
import Testing
import Transport

@Suite(.timeLimit(.minutes(2)))
struct ShutdownTests {
    @Test func `finishes requests in flight, closes idle connections, refuses new ones`() async throws {
        let gate = Gate()
        let handler = ClosureHandler { request, loop in
            if request.hasPath("/wait") { await gate.pass(on: loop) }
            return HTTPResponse(status: .ok, text: "done")
        }
        try await withServer(loops: 2, handler: handler) { server, _ in
            let (busy, idle, fresh) = try await blocking { () throws in
                let busy = try TestClient(port: server.port)
                let idle = try TestClient(port: server.port)
                let fresh = try TestClient(port: server.port)
                try busy.send(get("/wait"))
                #expect(try idle.exchange(get("/")).body == "done")
                return (busy, idle, fresh)
            }
            #expect(await eventually { gate.count == 1 })
            let ending = Task { await server.shutdown(deadline: .seconds(30)) }
            try await blocking { () throws in
                #expect(try idle.isClosed())
                #expect(try fresh.isClosed())
                #expect(throws: TestClient.Failure.self) { _ = try TestClient(port: server.port) }
            }
            gate.open()
            try await blocking { () throws in
                let response = try busy.response()
                #expect(response.body == "done" && response.headers["connection"] == "close")
                #expect(try busy.isClosed())
            }
            withExtendedLifetime(busy) {}
            #expect(await ending.value == 0)
            #expect(server.connectionCount == 0)
        }
    }

    @Test func `a request that is still arriving is let in`() async throws {
        try await withServer { server, _ in
            let client = try TestClient(port: server.port)
            let idle = try TestClient(port: server.port)
            try await blocking { () throws in
                try client.send("POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n")
                // Now the server surely is inside the request.
                #expect(try client.response().status == 100)
            }
            let ending = Task { await server.shutdown(deadline: .seconds(30)) }
            try await blocking { () throws in
                #expect(try idle.isClosed(), "the shutdown has begun")
                let response = try client.exchange("abcd")
                #expect(response.body == "POST / abcd" && response.headers["connection"] == "close")
                client.finishSending()
            }
            #expect(await ending.value == 0)
        }
    }

    @Test func `cuts and cancels what is late`() async throws {
        let cancelled = Flag()
        let waiting = Flag()
        let handler = ClosureHandler { _, loop in
            waiting.set(true)
            try? await loop.sleep(for: .seconds(60))
            cancelled.set(Task.isCancelled)
            return HTTPResponse()
        }
        try await withServer(handler: handler) { server, _ in
            let client = try TestClient(port: server.port)
            try await blocking { try client.send(get("/")) }
            #expect(await eventually { waiting.value })
            let cut = await server.shutdown(deadline: .milliseconds(30))
            #expect(cut == 1)
            #expect(cancelled.value)
            try await blocking { () throws in #expect(try client.isClosed()) }
        }
    }
}
