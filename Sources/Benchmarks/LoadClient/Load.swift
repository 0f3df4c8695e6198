// The running load: connections, what each still expects, and the counting.

internal import Base
internal import Foundation
internal import Reactor

struct LoadResult {
    var requests = 0
    var bytes = 0
    var non200 = 0
    var unexpected = 0
    var errors = 0
    var seconds = 0.0
    /// Requests by latency in whole microseconds; the last bucket holds all that took longer.
    var latencies = [Int](repeating: 0, count: 200_001)

    private func percentile(_ share: Double) -> Int {
        var remaining = Int((Double(requests) * share).rounded(.up))
        for (microseconds, count) in latencies.enumerated() {
            remaining -= count
            if remaining <= 0 { return microseconds }
        }
        return latencies.count - 1
    }

    var json: String {
        let rate = seconds > 0 ? Double(requests) / seconds : 0
        return """
            {"requests":\(requests),"seconds":\(String(format: "%.3f", seconds)),"rps":\(Int(rate)),\
            "p50_us":\(percentile(0.5)),"p95_us":\(percentile(0.95)),"p99_us":\(percentile(0.99)),\
            "bytes":\(bytes),"non200":\(non200),"unexpected":\(unexpected),"errors":\(errors)}
            """
    }
}

@safe final class Load {
    private struct Connection {
        var socket: Int32
        var input: [UInt8] = []
        var isConnecting = true
        /// Until the handshake is done, where there is one.
        var isSecuring = false
        var link: TLSLink?
        /// When each request in flight was sent, oldest first.
        var sentAt: [Int64] = []
        /// What a full socket did not take.
        var unsent: [UInt8] = []
    }

    /// A server that refuses everything is not worth waiting for.
    private static let errorBound = 100_000

    private let options: LoadOptions
    private let requests: [[UInt8]]
    private let address: SocketAddress
    private let tls: TLSClientContext?
    private var nextRequest = 0
    private var epoll: Epoll
    private var connections: [Connection] = []
    private var result = LoadResult()
    private let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 256 * 1024, alignment: 64)

    init(_ options: LoadOptions) throws {
        self.options = options
        requests = options.requests
        guard let address = try SocketAddress.resolve(host: options.host, port: options.port).first else {
            throw LoadOptions.Unusable(description: "host \(options.host) has no address")
        }
        self.address = address
        tls = try options.authority.map { try TLSClientContext(authority: $0) }
        epoll = try Epoll(eventsPerTurn: 512)
        for index in 0..<options.connections {
            connections.append(Connection(socket: -1))
            try connect(index)
        }
    }

    deinit {
        unsafe buffer.deallocate()
        for connection in connections where connection.socket >= 0 {
            _ = FileDescriptor(owning: connection.socket)
        }
    }

    private func connect(_ index: Int) throws {
        var socket = try Socket.connect(to: address)
        try socket.setNoDelay()
        let raw = socket.release()
        connections[index] = Connection(socket: raw)
        try epoll.add(raw, interest: [.readable, .writable], token: UInt64(index))
    }

    func run() throws -> LoadResult {
        _ = try runUntil(.now.advanced(by: .milliseconds(Int(options.warmup * 1000))))
        result = LoadResult()
        let start = MonotonicInstant.now
        let end = try runUntil(start.advanced(by: .milliseconds(Int(options.seconds * 1000))))
        result.seconds = Double(end.nanoseconds - start.nanoseconds) / 1e9
        return result
    }

    private func runUntil(_ end: MonotonicInstant) throws -> MonotonicInstant {
        var now = MonotonicInstant.now
        while now < end {
            let count = try epoll.wait(milliseconds: 10)
            now = .now
            for position in 0..<count {
                let (token, readiness) = epoll.event(at: position)
                try serve(Int(token), readiness, now.nanoseconds)
            }
        }
        return now
    }

    private func serve(_ index: Int, _ readiness: Readiness, _ now: Int64) throws {
        do {
            try exchange(index, readiness, now)
        } catch let error as SystemError where !error.isResourceShortage {
            try reconnect(index)
        }
    }

    private func exchange(_ index: Int, _ readiness: Readiness, _ now: Int64) throws {
        if connections[index].isConnecting, readiness.contains(.writable) {
            connections[index].isConnecting = false
            if let tls {
                connections[index].link = try TLSLink(tls, socket: connections[index].socket)
                connections[index].isSecuring = true
            } else {
                try epoll.change(connections[index].socket, interest: .readable, token: UInt64(index))
                try send(index, options.pipeline, now)
                return
            }
        }
        if connections[index].isSecuring {
            let waits = try connections[index].link?.handshake()
            try epoll.change(connections[index].socket, interest: waits ?? .readable, token: UInt64(index))
            if waits != nil { return }
            connections[index].isSecuring = false
            try send(index, options.pipeline, now)
            return
        }
        if readiness.contains(.writable) { try flush(index) }
        guard readiness.contains(.readable) || readiness.contains(.hangup) || readiness.contains(.failed) else {
            return
        }
        guard case .bytes(let count) = try receive(index) else {
            return
        }
        if count == 0 {
            try reconnect(index)
            return
        }
        result.bytes += count
        try take(index, count, now)
    }

    /// The server closed: whatever was in flight is an error.
    private func reconnect(_ index: Int) throws {
        result.errors += max(1, connections[index].sentAt.count)
        guard result.errors < Self.errorBound else {
            throw LoadOptions.Unusable(description: "\(result.errors) requests failed at \(address)")
        }
        _ = FileDescriptor(owning: connections[index].socket)
        try connect(index)
    }

    private func take(_ index: Int, _ count: Int, _ now: Int64) throws {
        var done = 0
        if connections[index].input.isEmpty {
            let bytes = unsafe UnsafeRawBufferPointer(rebasing: buffer[..<count]).bindMemory(to: UInt8.self)
            let used = unsafe responses(bytes.span, index, now, &done)
            if used < count { unsafe connections[index].input.append(contentsOf: bytes[used...]) }
        } else {
            unsafe connections[index].input.append(contentsOf: buffer[..<count])
            let input = connections[index].input
            let used = responses(input.span, index, now, &done)
            connections[index].input.removeFirst(used)
        }
        if done > 0 { try send(index, done, now) }
    }

    /// Counts the complete responses in `bytes` and returns how many bytes they took.
    private func responses(_ bytes: Span<UInt8>, _ index: Int, _ now: Int64, _ done: inout Int) -> Int {
        var start = 0
        while let response = ResponseScanner.scan(bytes, from: start) {
            if response.status != 200 { result.non200 += 1 }
            if !options.expected.isEmpty, !ResponseScanner.contains(bytes, response.body, options.expected) {
                result.unexpected += 1
            }
            if !connections[index].sentAt.isEmpty {
                let microseconds = Int((now - connections[index].sentAt.removeFirst()) / 1000)
                result.latencies[min(max(0, microseconds), result.latencies.count - 1)] += 1
            }
            result.requests += 1
            done += 1
            start = response.body.upperBound
        }
        return start
    }

    private func send(_ index: Int, _ count: Int, _ now: Int64) throws {
        for _ in 0..<count { connections[index].sentAt.append(now) }
        if count == 1, connections[index].unsent.isEmpty {
            let request = nextRequest
            nextRequest = request + 1 == requests.count ? 0 : request + 1
            let sent = try unsafe requests[request].withUnsafeBytes { bytes in
                try unsafe transmit(index, bytes)
            }
            if case .bytes(requests[request].count) = sent { return }
            let count = if case .bytes(let count) = sent { count } else { 0 }
            connections[index].unsent.append(contentsOf: requests[request][count...])
            try epoll.change(connections[index].socket, interest: [.readable, .writable], token: UInt64(index))
            return
        }
        for _ in 0..<count {
            connections[index].unsent.append(contentsOf: requests[nextRequest])
            nextRequest = (nextRequest + 1) % requests.count
        }
        try flush(index)
    }

    private func receive(_ index: Int) throws -> Transfer {
        if let link = connections[index].link { return try unsafe link.receive(into: buffer) }
        return try unsafe System.receive(connections[index].socket, into: buffer)
    }

    private func transmit(_ index: Int, _ bytes: UnsafeRawBufferPointer) throws -> Transfer {
        if let link = connections[index].link { return try unsafe link.send(bytes) }
        return try unsafe System.send(connections[index].socket, bytes)
    }

    private func flush(_ index: Int) throws {
        guard !connections[index].unsent.isEmpty else { return }
        let socket = connections[index].socket
        let sent = try unsafe connections[index].unsent.withUnsafeBytes { try unsafe transmit(index, $0) }
        if case .bytes(let count) = sent { connections[index].unsent.removeFirst(count) }
        let interest: Readiness = connections[index].unsent.isEmpty ? .readable : [.readable, .writable]
        try epoll.change(socket, interest: interest, token: UInt64(index))
    }
}
