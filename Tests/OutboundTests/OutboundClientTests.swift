// Calls over real sockets: what is sent, what is taken, and everything that must end a call.

import Foundation
import Reactor
import Synchronization
import TestSupport
import Testing

@testable import Outbound

@Suite(.timeLimit(.minutes(2)))
struct OutboundClientTests {
    private static let here = AddressPolicy(allowed: [AddressPolicy.Range([127, 0, 0, 0], 8)])

    /// Runs `body` as a task of a loop, with a client that may reach this machine.
    private func onLoop<Value: Sendable>(
        policy: AddressPolicy = here, certificates: String? = nil,
        _ body: @escaping @Sendable (OutboundClient, EventLoop) async throws -> Value
    ) async throws -> Value {
        let loop = try EventLoop()
        let client = OutboundClient(policy: policy, certificates: certificates)
        let result = Mutex<Result<Value, any Error>?>(nil)
        let task = loop.task {
            do {
                let value = try await body(client, loop)
                result.withLock { $0 = .success(value) }
            } catch {
                result.withLock { $0 = .failure(error) }
            }
        }
        await task.value
        client.close()
        await loop.task {}.value
        loop.stop()
        return try #require(result.withLock { $0 }).get()
    }

    private func failure(
        of request: OutboundRequest, policy: AddressPolicy = here, certificates: String? = nil
    ) async throws -> OutboundFailure? {
        try await onLoop(policy: policy, certificates: certificates) { client, loop in
            do throws(OutboundFailure) {
                _ = try await client.send(request, on: loop)
                return nil
            } catch {
                return error
            }
        }
    }

    @Test func `sends what it is given and answers with what comes`() async throws {
        let server = try ScriptedServer { _ in
            reply("201 Created", ["X-One: 1", "x-two:  two words \t", "Empty:"], "made")
        }
        defer { server.stop() }
        let request = OutboundRequest(
            .post, server.url + "/hook?a=b",
            headers: [.init("Content-Type", "application/json"), .init("X-Empty", "")],
            body: Array("{\"a\":\"\0ü\"}".utf8))
        let (response, isOnLoop) = try await onLoop { client, loop in
            (try await client.send(request, on: loop), loop.isOnLoop)
        }
        #expect(isOnLoop)
        #expect(response.status == 201)
        #expect(String(decoding: response.body, as: UTF8.self) == "made")
        #expect(response.header("x-ONE") == "1")
        #expect(response.header("X-Two") == "two words")
        #expect(response.header("empty") == "")
        let received = try #require(server.requests.first)
        #expect(received.head.hasPrefix("POST /hook?a=b HTTP/1.1\r\n"))
        #expect(received.head.contains("\r\nContent-Type: application/json\r\n"))
        #expect(received.head.contains("\r\nX-Empty:"))
        #expect(!received.head.contains("Expect"))
        #expect(received.body == "{\"a\":\"\0ü\"}")
    }

    @Test func `an empty body is a body`() async throws {
        let server = try ScriptedServer { _ in reply("204 No Content", [], "") }
        defer { server.stop() }
        let url = server.url
        let response = try await onLoop { try await $0.send(OutboundRequest(.post, url), on: $1) }
        #expect(response.status == 204)
        #expect(server.requests.first?.head.contains("Content-Length: 0") == true)
    }

    @Test(arguments: [301, 302, 307, 308])
    func `a redirect is an answer`(_ status: Int) async throws {
        let server = try ScriptedServer { _ in reply("\(status) Elsewhere", ["Location: /other"], "") }
        defer { server.stop() }
        let url = server.url
        let response = try await onLoop { try await $0.send(OutboundRequest(.get, url), on: $1) }
        #expect(response.status == status)
        #expect(server.requests.count == 1)
    }

    @Test func `a connection is used again`() async throws {
        let server = try ScriptedServer { reply("200 OK", [], "\($0.connection)") }
        defer { server.stop() }
        let url = server.url
        let bodies = try await onLoop { client, loop in
            var bodies: [String] = []
            for _ in 0..<5 {
                bodies.append(
                    String(decoding: try await client.send(OutboundRequest(.get, url), on: loop).body, as: UTF8.self))
            }
            return bodies
        }
        #expect(bodies == ["1", "1", "1", "1", "1"])
    }

    @Test(
        arguments: [
            // Announced, of unknown length, in chunks, and in the head.
            .bytes("HTTP/1.1 200 OK\r\nContent-Length: 100000000\r\n\r\n"),
            .endless(first: "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n", again: "0123456789abcdef"),
            .endless(
                first: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", again: "10\r\n0123456789abcdef\r\n"),
            .endless(first: "HTTP/1.1 200 OK\r\n", again: "X-Header: 0123456789abcdef\r\n"),
            .endless(first: "", again: "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"),
        ] as [ScriptedServer.Reply])
    func `an answer that is too long is none`(_ answer: ScriptedServer.Reply) async throws {
        let server = try ScriptedServer { _ in answer }
        defer { server.stop() }
        let request = OutboundRequest(.get, server.url, timeout: .seconds(30), responseLimit: 10_000)
        #expect(try await failure(of: request)?.kind == .responseTooLarge)
    }

    @Test func `an answer as long as the limit is one`() async throws {
        let server = try ScriptedServer { _ in reply("200 OK", [], String(repeating: "x", count: 10_000)) }
        defer { server.stop() }
        let request = OutboundRequest(.get, server.url, responseLimit: 10_000)
        let response = try await onLoop { try await $0.send(request, on: $1) }
        #expect(response.body.count == 10_000)
    }

    @Test func `silence ends in a timeout, and holds up nobody`() async throws {
        let server = try ScriptedServer { $0.head.hasPrefix("GET /silent") ? .silence : reply("200 OK", [], "here") }
        defer { server.stop() }
        let url = server.url
        let order = try await onLoop { client, loop in
            let order = Mutex<[String]>([])
            async let silent: Void = {
                do throws(OutboundFailure) {
                    _ = try await client.send(
                        OutboundRequest(.get, url + "/silent", timeout: .milliseconds(300)), on: loop)
                } catch {
                    order.withLock { $0.append("\(error.kind)") }
                }
            }()
            let other = try await client.send(OutboundRequest(.get, url), on: loop)
            order.withLock { $0.append("\(other.status)") }
            await silent
            return order.withLock { $0 }
        }
        #expect(order == ["200", "timeout"])
    }

    @Test func `a caller that goes takes its call along`() async throws {
        let server = try ScriptedServer { _ in .silence }
        defer { server.stop() }
        let url = server.url
        try await onLoop { client, loop in
            let task = loop.task {
                _ = try? await client.send(OutboundRequest(.get, url, timeout: .seconds(60)), on: loop)
            }
            while server.requests.isEmpty { try await loop.sleep(for: .milliseconds(5)) }
            task.cancel()
            await task.value
            while server.closed == 0 { try await loop.sleep(for: .milliseconds(5)) }
        }
        #expect(server.closed == 1)
    }

    @Test(arguments: ["http://127.0.0.1", "http://localhost", "http://2130706433", "http://0x7f.1", "http://0.0.0.0"])
    func `an address that is not public is not reached, by any spelling`(_ origin: String) async throws {
        let server = try ScriptedServer { _ in reply("200 OK", [], "secret") }
        defer { server.stop() }
        let failure = try await failure(
            of: OutboundRequest(.get, "\(origin):\(server.port)/"), policy: AddressPolicy())
        #expect(failure?.kind == .forbiddenAddress)
        #expect(server.connections == 0)
    }

    @Test(arguments: [
        "ftp://127.0.0.1/a", "file:///etc/hostname", "gopher://127.0.0.1", "", "http://", "http://user:pw@127.0.0.1/",
        "http://127.0.0.1/a b", "http://127.0.0.1/\r\nX: y", "http://127.0.0.1:99999/",
    ])
    func `what is no URL to call is not called`(_ url: String) async throws {
        #expect(try await failure(of: OutboundRequest(.get, url))?.kind == .invalidRequest)
    }

    @Test(arguments: [
        OutboundRequest.Header("X-A", "b\r\nX-Other: c"), .init("X-A", "b\0c"), .init("X A", "b"), .init("", "b"),
        .init("X-A: b\r\nX-B", "c"),
    ])
    func `no header brings another one`(_ header: OutboundRequest.Header) async throws {
        let request = OutboundRequest(.get, "http://127.0.0.1:1/", headers: [header])
        #expect(try await failure(of: request)?.kind == .invalidRequest)
    }

    @Test func `nobody there is said so`() async throws {
        let server = try ScriptedServer { _ in .silence }
        let url = server.url
        server.stop()
        // The port is free once the listener's thread has closed it.
        let failure = try await onLoop { client, loop in
            while true {
                do throws(OutboundFailure) {
                    _ = try await client.send(OutboundRequest(.get, url, timeout: .milliseconds(200)), on: loop)
                } catch  where error.kind != .timeout {
                    return error
                } catch {}
            }
        }
        #expect(failure.kind == .unreachable)
    }

    @Test func `a client that is closed asks nobody, and ends what it asked`() async throws {
        let server = try ScriptedServer { _ in .silence }
        defer { server.stop() }
        let url = server.url
        let kinds = try await onLoop { client, loop in
            async let pending: OutboundFailure.Kind? = {
                do throws(OutboundFailure) {
                    _ = try await client.send(OutboundRequest(.get, url, timeout: .seconds(60)), on: loop)
                    return nil
                } catch {
                    return error.kind
                }
            }()
            while server.requests.isEmpty { try await loop.sleep(for: .milliseconds(5)) }
            client.close()
            var kinds = [await pending]
            do throws(OutboundFailure) {
                _ = try await client.send(OutboundRequest(.get, url), on: loop)
            } catch {
                kinds.append(error.kind)
            }
            return kinds
        }
        #expect(kinds == [.cancelled, .cancelled])
    }

    @Test func `many calls at once`() async throws {
        let server = try ScriptedServer { reply("200 OK", [], $0.body) }
        defer { server.stop() }
        let url = server.url
        let sum = try await onLoop { client, loop in
            try await withThrowingTaskGroup(of: Int.self) { group in
                for number in 1...200 {
                    group.addTask {
                        let response = try await client.send(
                            OutboundRequest(.post, url, body: Array("\(number)".utf8)), on: loop)
                        return Int(String(decoding: response.body, as: UTF8.self)) ?? 0
                    }
                }
                return try await group.reduce(0, +)
            }
        }
        #expect(sum == 20_100)
        #expect(server.connections <= 64)
    }
}
