// A server that answers each request with the bytes it is told to, one thread a connection: what no well-behaved server
// would send can be sent.

import Foundation
import Glibc
import Synchronization

package final class ScriptedServer: Sendable {
    package struct Request: Sendable {
        package let head: String
        package let body: String
        /// Counted from 1.
        package let connection: Int
    }

    package enum Reply: Sendable {
        /// The bytes, then the next request.
        case bytes(String)
        /// The bytes again and again until the client has gone.
        case endless(first: String, again: String)
        /// Nothing; waits until the client has gone.
        case silence
    }

    package let port: Int
    private let listener: Int32
    private let answer: @Sendable (Request) -> Reply
    private struct State {
        var requests: [Request] = []
        var connections = 0
        var closed = 0
    }
    private let state = Mutex(State())

    package init(_ answer: @escaping @Sendable (Request) -> Reply) throws {
        self.answer = answer
        listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = unsafe inet_addr("127.0.0.1")
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let descriptor = listener
        let isBound = unsafe withUnsafeMutablePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                unsafe bind(descriptor, address, length) == 0 && getsockname(descriptor, address, &length) == 0
            }
        }
        guard isBound, listen(listener, 64) == 0 else { throw POSIXError(.EADDRINUSE) }
        port = Int(UInt16(bigEndian: address.sin_port))
        Thread.detachNewThread { self.run() }
    }

    package func stop() { shutdown(listener, Int32(SHUT_RDWR)) }

    package var url: String { "http://127.0.0.1:\(port)" }
    package var requests: [Request] { state.withLock { $0.requests } }
    package var connections: Int { state.withLock { $0.connections } }
    /// Connections that the client has closed.
    package var closed: Int { state.withLock { $0.closed } }

    private func run() {
        while true {
            let client = accept(listener, nil, nil)
            if client < 0 { break }
            let number = state.withLock { state in
                state.connections += 1
                return state.connections
            }
            Thread.detachNewThread { self.serve(client, number) }
        }
        close(listener)
    }

    private func serve(_ client: Int32, _ number: Int) {
        var bytes: [UInt8] = []
        reading: while let request = next(client, &bytes, number) {
            state.withLock { $0.requests.append(request) }
            switch answer(request) {
            case .bytes(let text): if !send(text, client) { break reading }
            case .endless(let first, let again):
                guard send(first, client) else { break reading }
                while send(again, client) {}
                break reading
            case .silence: continue
            }
        }
        state.withLock { $0.closed += 1 }
        close(client)
    }

    private func next(_ client: Int32, _ bytes: inout [UInt8], _ number: Int) -> Request? {
        while true {
            if let request = take(&bytes, number) { return request }
            var buffer = [UInt8](repeating: 0, count: 65536)
            let count = unsafe recv(client, &buffer, buffer.count, 0)
            guard count > 0 else { return nil }
            bytes += buffer[..<count]
        }
    }

    private func take(_ bytes: inout [UInt8], _ number: Int) -> Request? {
        let text = String(decoding: bytes, as: UTF8.self)
        guard let end = text.range(of: "\r\n\r\n") else { return nil }
        let head = String(text[..<end.lowerBound])
        let length =
            head.split(separator: "\r\n").compactMap { line -> Int? in
                let parts = line.split(separator: ":", maxSplits: 1)
                guard parts.first?.lowercased() == "content-length" else { return nil }
                return Int(parts[1].trimmingCharacters(in: .whitespaces))
            }.first ?? 0
        let rest = Array(text[end.upperBound...].utf8)
        guard rest.count >= length else { return nil }
        bytes = Array(rest[length...])
        return Request(head: head, body: String(decoding: rest[..<length], as: UTF8.self), connection: number)
    }

    private func send(_ text: String, _ client: Int32) -> Bool {
        let bytes = Array(text.utf8)
        var sent = 0
        while sent < bytes.count {
            let count = unsafe bytes[sent...].withUnsafeBytes {
                unsafe Glibc.send(client, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { return false }
            sent += count
        }
        return true
    }
}

package func reply(_ status: String, _ headers: [String] = [], _ body: String) -> ScriptedServer.Reply {
    let lines = ["HTTP/1.1 \(status)", "Content-Length: \(body.utf8.count)"] + headers
    return .bytes(lines.joined(separator: "\r\n") + "\r\n\r\n" + body)
}
