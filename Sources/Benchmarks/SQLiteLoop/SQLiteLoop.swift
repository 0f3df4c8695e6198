// The bare in-process loop that the gateway's SQLite figures are measured against: one statement, prepared once on each
// thread's own connection, bound, stepped, its text copied out, over and over. No queue, no GraphQL, no sockets; the
// connections have the gateway's settings and functions.
//
//     SQLiteLoop --database app.db --sql query.sql --parameters rows.jsonl --seconds 5 --threads 1 --cpu 0

internal import Base
internal import CSQLite
internal import ConnectorSQLite
internal import Connectors
internal import Glibc
internal import Planning
internal import Reactor
internal import Synchronization

@main
struct SQLiteLoop {
    static func main() {
        do {
            let options = try Options(CommandLine.arguments)
            print(try run(options))
        } catch let failure as Failure {
            fail(failure.message)
        } catch let error as ConnectorError {
            fail(error.detail)
        } catch {
            fail("\(error)")
        }
    }

    private static func fail(_ message: String) -> Never {
        var text = "SQLiteLoop: \(message)\n"
        _ = text.withUTF8 { unsafe write(STDERR_FILENO, $0.baseAddress, $0.count) }
        exit(2)
    }

    private static func run(_ options: Options) throws -> String {
        let total = Mutex((statements: 0, bytes: 0, error: String?.none))
        let start = MonotonicInstant.now
        let threads = (0..<options.threads).map { _ in ReaderThread() }
        for (index, thread) in threads.enumerated() {
            let isRunning = thread.start {
                do {
                    if let cpu = options.cpu { try System.pinThread(to: cpu) }
                    let worker = try Worker(options, offset: index)
                    let (statements, bytes) = try worker.run(seconds: options.seconds)
                    total.withLock {
                        $0.statements += statements
                        $0.bytes += bytes
                    }
                } catch {
                    total.withLock { $0.error = "\(error)" }
                }
            }
            guard isRunning else { throw Failure("cannot start a thread") }
        }
        for thread in threads { thread.join() }
        let (statements, bytes, error) = total.withLock { $0 }
        if let error { throw Failure(error) }
        let seconds = Double(start.duration(to: .now).wholeNanoseconds) / 1e9
        return """
            {"statements":\(statements),"seconds":\(seconds),"statementsPerSecond":\(Double(statements) / seconds),\
            "bytesPerStatement":\(Double(bytes) / Double(max(1, statements))),"threads":\(options.threads)}
            """
    }
}

struct Failure: Error {
    let message: String
    init(_ message: String) { self.message = message }
}

struct Options: Sendable {
    var database = ""
    var sql = ""
    /// One list of values for each execution, in turn.
    var parameters: [[BoundValue]] = [[]]
    var seconds = 5.0
    var threads = 1
    var cpu: Int?

    init(_ arguments: [String]) throws {
        var rest = arguments.dropFirst()
        while let name = rest.popFirst() {
            guard let value = rest.popFirst() else { throw Failure("\(name) needs a value") }
            switch name {
            case "--database": database = value
            case "--sql": sql = try Self.read(value)
            case "--parameters": parameters = try Self.parameters(Self.read(value))
            case "--seconds": seconds = try Self.number(name, value)
            case "--threads": threads = Int(try Self.number(name, value))
            case "--cpu": cpu = Int(try Self.number(name, value))
            default: throw Failure("unknown option \(name)")
            }
        }
        guard !database.isEmpty, !sql.isEmpty else { throw Failure("--database and --sql are needed") }
        guard threads > 0, seconds > 0, !parameters.isEmpty else { throw Failure("nothing to do") }
    }

    private static func number(_ name: String, _ value: String) throws -> Double {
        guard let number = Double(value), number >= 0, number < 1e6 else { throw Failure("\(name) needs a number") }
        return number
    }

    private static func parameters(_ text: String) throws -> [[BoundValue]] {
        try text.split(separator: "\n").map { line in
            guard case .array(let items) = try JSONScanner.parse(Array(line.utf8)) else {
                throw Failure("each line of parameters is a JSON list")
            }
            return try items.map(bound)
        }
    }

    private static func bound(_ value: JSONValue) throws -> BoundValue {
        switch value {
        case .null: return .null
        case .bool(let flag): return .integer(flag ? 1 : 0)
        case .string(let text): return .text(text)
        case .array: return .list(value.text)
        case .object: throw Failure("an object is not a parameter")
        case .number(let number):
            if let integer = number.int64 { return .integer(integer) }
            guard let real = number.double else { throw Failure("\(number.text) is not a number") }
            return .real(real)
        }
    }

    private static func read(_ path: String) throws -> String {
        guard let file = unsafe fopen(path, "r") else { throw Failure("cannot read \(path)") }
        defer { unsafe fclose(file) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 64 * 1024)
        while true {
            let count = unsafe fread(&chunk, 1, chunk.count, file)
            if count == 0 { return String(decoding: bytes, as: UTF8.self) }
            bytes.append(contentsOf: chunk[..<count])
        }
    }
}
