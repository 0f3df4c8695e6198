// The limit that servers are measured against: one thread, one epoll, callbacks, no tasks, just enough HTTP/1.1 to find
// where a request ends, and the same 200 bytes of JSON as every answer.
//
//     BareResponder --port 9001 [--cpu 0] [--server]
//
// With --server the same answer comes from the product's own HTTP server on one loop, so that the share of the transport
// can be measured alone.

internal import Base
internal import HTTP
internal import Reactor
internal import Transport

@main
struct BareResponder {
    static let answer: [UInt8] = {
        let start = "{\"data\":{\"text\":\""
        let end = "\"}}"
        return Array((start + String(repeating: "x", count: 200 - start.utf8.count - end.utf8.count) + end).utf8)
    }()

    static func main() async throws {
        let options = Options(CommandLine.arguments)
        let port = options.number("--port") ?? 9001
        let cpu = options.number("--cpu")
        if options.has("--server") {
            let group = try EventLoopGroup(count: 1, firstCPU: cpu)
            let server = try await HTTPServer.start(
                HTTPServerConfiguration(port: port), group: group, handler: FixedAnswer())
            print("listening on \(server.address)")
            await waitForTermination(group.loops[0])
            await server.shutdown(deadline: .seconds(1))
            group.stop()
        } else {
            if let cpu { try System.pinThread(to: cpu) }
            try BareServer(port: port, answer: answer).run()
        }
    }

    private static func waitForTermination(_ loop: EventLoop) async {
        let (signals, continuation) = AsyncStream.makeStream(of: Int32.self)
        _ = try? SignalWatcher.watch([SignalWatcher.terminate, SignalWatcher.interrupt], on: loop) {
            continuation.yield($0)
        }
        for await _ in signals { return }
    }
}

private struct FixedAnswer: HTTPHandler {
    func answer(_ request: HTTPRequest, on loop: EventLoop) -> HTTPAnswer {
        .ready(HTTPResponse(body: BareResponder.answer))
    }
}

struct Options {
    private let arguments: [String]

    init(_ arguments: [String]) {
        self.arguments = arguments
    }

    func has(_ name: String) -> Bool { arguments.contains(name) }

    func text(_ name: String) -> String? {
        guard let index = arguments.firstIndex(of: name), index + 1 < arguments.count else { return nil }
        return arguments[index + 1]
    }

    func number(_ name: String) -> Int? { text(name).flatMap { Int($0) } }
}
