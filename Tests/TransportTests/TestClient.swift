// A blocking HTTP client on a plain socket for the tests of the server, and a server to talk to. Every wait has an end:
// ten seconds, far more than any case needs.

import Foundation
import HTTP
import Reactor
import Synchronization
import Transport

/// One connection; used by one thread at a time.
final class TestClient: @unchecked Sendable {
    struct Response: Equatable {
        var status: Int
        var headers: [String: String]
        var body: String
    }

    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    private let socket: Int32
    private var received: [UInt8] = []

    init(port: Int, receiveBuffer: Int32? = nil) throws {
        socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        if var receiveBuffer {
            unsafe setsockopt(socket, SOL_SOCKET, SO_RCVBUF, &receiveBuffer, socklen_t(MemoryLayout<Int32>.size))
        }
        var timeout = timeval(tv_sec: 10, tv_usec: 0)
        unsafe setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &timeout, socklen_t(MemoryLayout<timeval>.size))
        unsafe setsockopt(socket, SOL_SOCKET, SO_SNDTIMEO, &timeout, socklen_t(MemoryLayout<timeval>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = in_addr_t(0x7f00_0001).bigEndian
        let result = unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe connect(socket, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard result == 0 else {
            close(socket)
            throw Failure(description: "connect: errno \(errno)")
        }
    }

    deinit { close(socket) }

    func send(_ text: String) throws { try send(Array(text.utf8)) }

    func send(_ bytes: [UInt8]) throws {
        var sent = 0
        while sent < bytes.count {
            let count = unsafe bytes[sent...].withUnsafeBytes { bytes in
                unsafe Glibc.send(socket, bytes.baseAddress, bytes.count, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { throw Failure(description: "send: errno \(errno)") }
            sent += count
        }
    }

    /// Our side sends nothing more.
    func finishSending() { shutdown(socket, Int32(SHUT_WR)) }

    /// Closing this client will reset the connection instead of ending it politely.
    func resetOnClose() {
        var option = linger(l_onoff: 1, l_linger: 0)
        unsafe setsockopt(socket, SOL_SOCKET, SO_LINGER, &option, socklen_t(MemoryLayout<linger>.size))
    }

    /// The next response, with a Content-Length or without a body.
    func response(toHead: Bool = false) throws -> Response {
        while true {
            if let end = headEnd() {
                let head = String(decoding: received[..<end], as: UTF8.self)
                let lines = head.components(separatedBy: "\r\n").filter { !$0.isEmpty }
                guard let status = lines.first?.split(separator: " ").dropFirst().first.flatMap({ Int($0) }) else {
                    throw Failure(description: "not a response: \(head)")
                }
                var headers: [String: String] = [:]
                for line in lines.dropFirst() {
                    let parts = line.split(separator: ":", maxSplits: 1)
                    headers[parts[0].lowercased()] =
                        parts.count > 1 ? parts[1].trimmingCharacters(in: .whitespaces) : ""
                }
                let length = toHead || status < 200 ? 0 : headers["content-length"].flatMap { Int($0) } ?? 0
                while received.count < end + length { try receive() }
                let body = String(decoding: received[end..<end + length], as: UTF8.self)
                received.removeFirst(end + length)
                return Response(status: status, headers: headers, body: body)
            }
            try receive()
        }
    }

    /// Sends and returns the answer.
    func exchange(_ request: String) throws -> Response {
        try send(request)
        return try response()
    }

    /// The next `count` bytes.
    func bytes(_ count: Int) throws -> [UInt8] {
        while received.count < count { try receive() }
        defer { received.removeFirst(count) }
        return Array(received[..<count])
    }

    /// Everything up to the end of the stream.
    func rest() throws -> [UInt8] {
        while try receive(allowsEnd: true) {}
        defer { received = [] }
        return received
    }

    /// Waits for the end of the stream; false when bytes came instead.
    func isClosed() throws -> Bool { try rest().isEmpty }

    /// One receive of at most `count` bytes, thrown away; how many came.
    func skim(_ count: Int) throws -> Int {
        var buffer = [UInt8](repeating: 0, count: count)
        let got = unsafe recv(socket, &buffer, count, 0)
        guard got >= 0 else { throw Failure(description: "recv: errno \(errno)") }
        return got
    }

    private func headEnd() -> Int? {
        guard received.count >= 4 else { return nil }
        for index in 0...(received.count - 4) where Array(received[index..<index + 4]) == [13, 10, 13, 10] {
            return index + 4
        }
        return nil
    }

    @discardableResult
    private func receive(allowsEnd: Bool = false) throws -> Bool {
        var buffer = [UInt8](repeating: 0, count: 65536)
        let count = unsafe recv(socket, &buffer, buffer.count, 0)
        if count == 0, allowsEnd { return false }
        guard count > 0 else {
            throw Failure(description: count == 0 ? "the server closed" : "recv: errno \(errno)")
        }
        received.append(contentsOf: buffer[..<count])
        return true
    }
}

/// Runs blocking work on a thread of its own: the pool's few threads stay free.
func blocking<Value: Sendable>(_ work: @escaping @Sendable () throws -> Value) async throws -> Value {
    try await withCheckedThrowingContinuation { continuation in
        Thread.detachNewThread { continuation.resume(with: Result { try work() }) }
    }
}

/// Looks again and again until `condition` holds; false when it did not within ten seconds.
func eventually(_ condition: () async -> Bool) async -> Bool {
    let end = MonotonicInstant.now.advanced(by: .seconds(10))
    while MonotonicInstant.now < end {
        if await condition() { return true }
        _ = try? await blocking { usleep(500) }
    }
    return false
}

/// A number that several threads count up.
final class Counter: Sendable {
    private let state = Atomic(0)
    var value: Int { state.load(ordering: .acquiring) }
    func increment() { state.add(1, ordering: .acquiringAndReleasing) }
}

/// A condition that one thread sets and another waits for.
final class Flag: Sendable {
    private let state: Atomic<Bool>
    init(_ value: Bool = false) { state = Atomic(value) }
    var value: Bool { state.load(ordering: .acquiring) }
    func set(_ value: Bool) { state.store(value, ordering: .releasing) }
}

/// A handler made of a closure.
struct ClosureHandler: HTTPHandler {
    let body: @Sendable (HTTPRequest, EventLoop) async -> HTTPResponse

    init(_ body: @escaping @Sendable (HTTPRequest, EventLoop) async -> HTTPResponse) { self.body = body }

    func answer(_ request: HTTPRequest, on loop: EventLoop) -> HTTPAnswer { .later { await body(request, loop) } }
}

/// Answers with `METHOD path body`.
let echo = ClosureHandler { request, _ in
    let path = String(decoding: request.path, as: UTF8.self)
    let body = String(decoding: request.body, as: UTF8.self)
    return HTTPResponse(status: .ok, text: "\(request.method.rawValue) \(path) \(body)")
}

/// A server with loops of its own, both ended after `body`.
func withServer(
    _ configuration: HTTPServerConfiguration = HTTPServerConfiguration(), loops: Int = 1,
    handler: any HTTPHandler = echo, _ body: (HTTPServer, EventLoopGroup) async throws -> Void
) async throws {
    var configuration = configuration
    configuration.port = 0
    let group = try EventLoopGroup(count: loops, name: "test")
    let server: HTTPServer
    do {
        server = try await HTTPServer.start(configuration, group: group, handler: handler)
    } catch {
        group.stop()
        throw error
    }
    do {
        try await body(server, group)
    } catch {
        await server.shutdown(deadline: .zero)
        group.stop()
        throw error
    }
    await server.shutdown(deadline: .zero)
    group.stop()
}

/// What another thread opens: handlers wait at it.
final class Gate: Sendable {
    private let state = Mutex<(isOpen: Bool, waiting: [LoopContinuation<Void>])>((false, []))

    /// How many wait.
    var count: Int { state.withLock { $0.waiting.count } }

    func pass(on loop: EventLoop) async {
        await loop.wait { continuation in
            let isOpen = state.withLock { state in
                if !state.isOpen { state.waiting.append(continuation) }
                return state.isOpen
            }
            if isOpen { continuation.resume(returning: ()) }
        }
    }

    func open() {
        let waiting = state.withLock { state in
            state.isOpen = true
            defer { state.waiting = [] }
            return state.waiting
        }
        for continuation in waiting { continuation.resume(returning: ()) }
    }
}

func get(_ path: String, _ lines: String...) -> String {
    "GET \(path) HTTP/1.1\r\nHost: test\r\n" + lines.map { $0 + "\r\n" }.joined() + "\r\n"
}

func post(_ path: String, _ body: String, _ lines: String...) -> String {
    "POST \(path) HTTP/1.1\r\nHost: test\r\nContent-Length: \(body.utf8.count)\r\n"
        + lines.map { $0 + "\r\n" }.joined() + "\r\n" + body
}
