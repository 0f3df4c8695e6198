// The bare loop itself. It trusts its client: for benchmarks on loopback only.

internal import Base
internal import Reactor

final class BareServer {
    private let listener: Socket
    private var epoll: Epoll
    private let response: [UInt8]
    /// By descriptor.
    private var inputs: [[UInt8]] = []
    private var output: [UInt8] = []

    init(port: Int, answer: [UInt8]) throws {
        listener = try Socket.listen(host: "127.0.0.1", port: port, backlog: 1024)
        epoll = try Epoll()
        var head = ByteBuffer()
        head.append("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: ")
        head.append(decimal: answer.count)
        head.append("\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\n\r\n")
        response = head.bytes + answer
        try epoll.add(listener.raw, interest: .readable, token: UInt64(UInt32(bitPattern: listener.raw)))
        print("listening on \(try listener.localAddress())")
    }

    func run() throws {
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 64 * 1024, alignment: 64)
        while true {
            let count = try epoll.wait(milliseconds: -1)
            for index in 0..<count {
                let descriptor = Int32(truncatingIfNeeded: epoll.event(at: index).token)
                if descriptor == listener.raw {
                    try accept()
                } else {
                    unsafe serve(descriptor, buffer)
                }
            }
        }
    }

    private func accept() throws {
        while var accepted = try System.accept(listener.raw) {
            let raw = accepted.release()
            while inputs.count <= Int(raw) { inputs.append([]) }
            inputs[Int(raw)] = []
            var socket = Socket(FileDescriptor(owning: raw))
            try socket.setNoDelay()
            _ = socket.release()
            try epoll.add(raw, interest: .readable, token: UInt64(UInt32(bitPattern: raw)))
        }
    }

    private func serve(_ descriptor: Int32, _ buffer: UnsafeMutableRawBufferPointer) {
        guard case .bytes(let count)? = try? unsafe System.receive(descriptor, into: buffer), count > 0 else {
            var closed = FileDescriptor(owning: descriptor)
            closed.close()
            return
        }
        let bytes = unsafe UnsafeRawBufferPointer(rebasing: buffer[..<count]).bindMemory(to: UInt8.self)
        output.removeAll(keepingCapacity: true)
        if inputs[Int(descriptor)].isEmpty {
            let used = unsafe answer(bytes.span)
            if used < count { unsafe inputs[Int(descriptor)].append(contentsOf: bytes[used...]) }
        } else {
            unsafe inputs[Int(descriptor)].append(contentsOf: bytes)
            let input = inputs[Int(descriptor)]
            let used = answer(input.span)
            inputs[Int(descriptor)].removeFirst(used)
        }
        guard !output.isEmpty else { return }
        // Answers are small and the client reads: a short write does not happen here.
        _ = unsafe output.withUnsafeBytes { try? unsafe System.send(descriptor, $0) }
    }

    /// Appends one answer per complete request and returns the bytes they took.
    private func answer(_ bytes: Span<UInt8>) -> Int {
        var start = 0
        while let end = Self.endOfRequest(bytes, start) {
            output.append(contentsOf: response)
            start = end
        }
        return start
    }

    private static func endOfRequest(_ bytes: Span<UInt8>, _ start: Int) -> Int? {
        var lineStart = start
        var length = 0
        var index = start
        while index < bytes.count {
            guard bytes[index] == 0x0a else {
                index += 1
                continue
            }
            let line = lineStart..<index
            index += 1
            lineStart = index
            if line.count <= 1 {
                return index + length <= bytes.count ? index + length : nil
            }
            // "Content-Length: n": the only header of this length that clients here send with a digit at its end.
            if line.count > 16, bytes[line.lowerBound + 14] == UInt8(ascii: ":"), bytes[line.lowerBound] | 0x20 == 0x63
            {
                length = 0
                for position in (line.lowerBound + 16)..<(line.upperBound - 1) {
                    length = length * 10 + Int(bytes[position] &- 0x30)
                }
            }
        }
        return nil
    }
}
