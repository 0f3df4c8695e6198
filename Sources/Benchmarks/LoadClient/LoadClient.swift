// A small epoll HTTP/1.1 client that keeps N connections busy for some seconds and prints one line of JSON. One thread,
// no tasks: it must cost less per request than any server it measures (general tools saturate before a fast server does).
//
//     LoadClient --host 127.0.0.1 --port 8080 --path /v1/graphql [--connections 64] [--seconds 5] [--warmup 1]
//                [--body FILE | --bodies FILE (one body a line, in turn)] [--header "Name: value"]…
//                [--pipeline 1] [--cpu 1] [--expect TEXT (must occur in every body)] [--tls FILE (the authority's)]

internal import Base
internal import Foundation
internal import Reactor

@main
struct LoadClient {
    static func main() {
        do {
            let options = try LoadOptions(CommandLine.arguments)
            if let cpu = options.cpu { try System.pinThread(to: cpu) }
            let result = try Load(options).run()
            print(result.json)
            if result.requests == 0 { exit(1) }
        } catch {
            FileHandle.standardError.write(Data("LoadClient: \(error)\n".utf8))
            exit(1)
        }
    }
}

struct LoadOptions {
    var host = "127.0.0.1"
    var port = 8080
    var path = "/"
    var connections = 64
    var seconds = 5.0
    var warmup = 1.0
    var bodies: [[UInt8]] = []
    var headers: [String] = []
    var pipeline = 1
    var cpu: Int?
    var expected: [UInt8] = []
    /// The file of the authority, where TLS is spoken.
    var authority: String?

    struct Unusable: Error, CustomStringConvertible {
        let description: String
    }

    init(_ arguments: [String]) throws {
        var index = 1
        while index < arguments.count {
            let name = arguments[index]
            guard index + 1 < arguments.count else { throw Unusable(description: "\(name) needs a value") }
            let value = arguments[index + 1]
            index += 2
            switch name {
            case "--host": host = value
            case "--port": port = try Self.number(name, value)
            case "--path": path = value
            case "--connections": connections = try Self.number(name, value)
            case "--seconds": seconds = Double(value) ?? seconds
            case "--warmup": warmup = Double(value) ?? warmup
            case "--body": bodies = [try Array(Data(contentsOf: URL(fileURLWithPath: value)))]
            case "--bodies":
                bodies = try Data(contentsOf: URL(fileURLWithPath: value)).split(separator: 0x0a).map { Array($0) }
            case "--header": headers.append(value)
            case "--pipeline": pipeline = try Self.number(name, value)
            case "--cpu": cpu = try Self.number(name, value)
            case "--tls": authority = value
            case "--expect": expected = Array(value.utf8)
            default: throw Unusable(description: "unknown option \(name)")
            }
        }
    }

    private static func number(_ name: String, _ value: String) throws -> Int {
        guard let number = Int(value), number >= 0 else {
            throw Unusable(description: "\(name) needs a number, not \"\(value)\"")
        }
        return number
    }

    /// The requests to send in turn: POST with a body, else GET.
    var requests: [[UInt8]] {
        let common = (["Host: \(host):\(port)"] + headers).joined(separator: "\r\n")
        if bodies.isEmpty { return [Array("GET \(path) HTTP/1.1\r\n\(common)\r\n\r\n".utf8)] }
        let typed = headers.contains { $0.lowercased().hasPrefix("content-type:") }
        let type = typed ? "" : "\r\nContent-Type: application/json"
        return bodies.map { body in
            Array("POST \(path) HTTP/1.1\r\n\(common)\(type)\r\nContent-Length: \(body.count)\r\n\r\n".utf8) + body
        }
    }
}
