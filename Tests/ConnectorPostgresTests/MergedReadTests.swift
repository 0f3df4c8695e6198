// Runs of one read that wait together: one statement answers them, and nobody can tell.
import Base
import Connectors
import Metadata
import Planning
import Reactor
import SQL
import Synchronization
import TestSupport
import Testing

@testable import ConnectorPostgres

@Suite(.enabled(if: PostgresCluster.isInstalled, Comment(rawValue: PostgresCluster.missing)))
struct MergedReadTests {
    private static let loop = TestGateway.loop

    private static func connector(
        _ script: String = "", _ change: (inout PostgresLimits) -> Void = { _ in }
    ) throws -> PostgresConnector {
        var limits = PostgresLimits()
        limits.pipelinedTime = .seconds(10)
        limits.fastConnections = 1
        change(&limits)
        return try PostgresConnector(url: PostgresCluster.shared().database(script), limits: limits)
    }

    /// A select of one value, as the printer would have made it: `parts` with the parameters between them.
    private static func read(_ parts: [String], _ targets: [Parameter.Target]) -> SQLStatement {
        var text = "SELECT (" + parts[0]
        var places: [SQLText.Place] = []
        let parameters = targets.map { Parameter(origin: .variable(name: "v", path: []), target: $0) }
        for (index, part) in parts.dropFirst().enumerated() {
            let start = text.utf8.count
            text += PostgresDialect.placeholder(index + 1, parameters[index])
            places.append(SQLText.Place(parameter: index, range: start..<text.utf8.count))
            text += part
        }
        return SQLStatement(text: text + ")", parameters: parameters, cellCount: 1, places: places)
    }

    /// What runs begun in one turn answer, in their order.
    private static func together(
        _ statement: SQLStatement, _ runs: [[BoundValue]], on connector: PostgresConnector
    ) async -> [String] {
        let deadline = UInt64(clamping: MonotonicInstant.now.advanced(by: .seconds(20)).nanoseconds)
        let answers = Mutex<[Int: String]>([:])
        await Task(executorPreference: loop) {
            await loop.wait { (continuation: LoopContinuation<Void>) in
                for (number, values) in runs.enumerated() {
                    _ = connector.start(statement, values: values, frame: nil, on: loop, deadline: deadline) { answer in
                        let isLast = answers.withLock { answers in
                            answers[number] = text(answer)
                            return answers.count == runs.count
                        }
                        if isLast { continuation.resume(returning: ()) }
                    }
                }
            }
        }.value
        return answers.withLock { answers in runs.indices.map { answers[$0] ?? "none" } }
    }

    private static func text(_ answer: Result<Rows, ConnectorError>) -> String {
        switch answer {
        case .success(let rows): rows.cells[0].map { String(decoding: rows.bytes[$0], as: UTF8.self) } ?? "null"
        case .failure(let error): "\(error.kind): \(error.detail)"
        }
    }

    /// Known to be quick, on a connection that is there.
    private static func warm(
        _ statement: SQLStatement, _ values: [BoundValue], on connector: PostgresConnector
    ) async {
        for _ in 0..<2 { _ = await together(statement, [values], on: connector) }
    }

    @Test func `each run gets the answer to its own values`() async throws {
        let connector = try Self.connector()
        defer { connector.close() }
        let echo = Self.read(
            ["json_build_array(", ", ", ", ", ")"],
            [.value(.string), .value(.bigint), .list(of: .string)])
        let runs: [[BoundValue]] = [
            [.text("plain"), .integer(1), .list(#"["a","b"]"#)],
            [.text(#"{"quo\ted", NULL}"#), .integer(-2), .list(#"["a\"b","c\\d",null]"#)],
            [.text("NULL"), .null, .list("[]")], [.null, .integer(.max), .null],
            [.text(""), .integer(0), .list(#"[""]"#)],
        ]
        await Self.warm(echo, runs[0], on: connector)
        let alone = try Self.connector { $0.mergesReads = false }
        defer { alone.close() }
        #expect(
            await Self.together(echo, runs, on: connector) == Self.together(echo, runs, on: alone))
        #expect(connector.counters.merged == runs.count)
        #expect(alone.counters.merged == 0)
    }

    @Test func `a run that fails fails alone, and the next ones go by themselves`() async throws {
        let connector = try Self.connector()
        defer { connector.close() }
        let divide = Self.read(["100 / ", ""], [.value(.bigint)])
        await Self.warm(divide, [.integer(1)], on: connector)
        let answers = await Self.together(divide, [5, 0, 10].map { [.integer($0)] }, on: connector)
        #expect(answers == ["20", "dataException: division by zero (SQLSTATE 22012)", "10"])
        #expect(connector.counters.merged == 3)
        #expect(divide.isSuspect)
        #expect(await Self.together(divide, [4, 5].map { [.integer($0)] }, on: connector) == ["25", "20"])
        #expect(connector.counters.merged == 3)
    }

    @Test func `an answer that is too large to be merged is read by itself`() async throws {
        let connector = try Self.connector { limits in
            limits.mergedBytes = 100
            limits.responseBytes = 1000
        }
        defer { connector.close() }
        let text = Self.read(["repeat('x', ", "::int)"], [.value(.bigint)])
        await Self.warm(text, [.integer(1)], on: connector)
        let answers = await Self.together(text, [3, 500, 2000, 2].map { [.integer($0)] }, on: connector)
        #expect(answers[0] == "xxx")
        #expect(answers[1] == String(repeating: "x", count: 500))
        #expect(answers[2].hasPrefix("limitExceeded"), "\(answers[2])")
        #expect(answers[3] == "xx")
        let merged = connector.counters.merged
        #expect(merged == 4)
        _ = await Self.together(text, [1, 2].map { [.integer($0)] }, on: connector)
        #expect(connector.counters.merged == merged, "for a while")
    }

    @Test func `they are merged again after they have run well for a while`() async throws {
        let connector = try Self.connector { $0.mergedBytes = 100 }
        defer { connector.close() }
        let text = Self.read(["repeat('x', ", "::int)"], [.value(.bigint)])
        await Self.warm(text, [.integer(1)], on: connector)
        _ = await Self.together(text, [3, 500].map { [.integer($0)] }, on: connector)
        for _ in 0..<100 where connector.counters.merged == 2 {
            _ = await Self.together(text, [1, 2].map { [.integer($0)] }, on: connector)
        }
        #expect(connector.counters.merged == 4)
    }

    @Test func `other statements of the turn keep their own`() async throws {
        let connector = try Self.connector()
        defer { connector.close() }
        let (first, second) = (Self.read(["1 + ", ""], [.value(.bigint)]), Self.read(["2 * ", ""], [.value(.bigint)]))
        for statement in [first, second] { await Self.warm(statement, [.integer(1)], on: connector) }
        async let sums = Self.together(first, [1, 2, 3].map { [.integer($0)] }, on: connector)
        async let products = Self.together(second, [1, 2, 3].map { [.integer($0)] }, on: connector)
        #expect(await sums == ["2", "3", "4"])
        #expect(await products == ["2", "4", "6"])
    }

    @Test func `a statement without values has no form for many`() {
        #expect(MergedRead.form(of: Self.read(["1"], []), bytes: 100) == nil)
    }
}
