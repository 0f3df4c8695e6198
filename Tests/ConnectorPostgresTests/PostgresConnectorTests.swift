// Statements over a server of the test run's own: lanes, errors, deadlines, loss of connections.
import Base
import Connectors
import Glibc
import Metadata
import Planning
import Reactor
import SQL
import Synchronization
import TestSupport
import Testing

@testable import ConnectorPostgres

@Suite(.enabled(if: PostgresCluster.isInstalled, Comment(rawValue: PostgresCluster.missing)))
struct PostgresConnectorTests {
    private static let loop = TestGateway.loop

    private static func statement(_ text: String, _ targets: [Parameter.Target] = []) -> SQLStatement {
        SQLStatement(
            text: text,
            parameters: targets.enumerated().map { Parameter(origin: .integer(Int64($0.offset)), target: $0.element) },
            cellCount: 1)
    }

    /// The one cell, or the error.
    private static func run(
        _ statement: SQLStatement, _ values: [BoundValue] = [], on connector: PostgresConnector,
        within duration: Duration = .seconds(20)
    ) async -> Result<String, ConnectorError> {
        let deadline = UInt64(clamping: MonotonicInstant.now.advanced(by: duration).nanoseconds)
        return await Task(executorPreference: loop) { () async -> Result<String, ConnectorError> in
            do throws(ConnectorError) {
                let rows = try await connector.execute(statement, values: values, on: loop, deadline: deadline)
                return .success(rows.cells[0].map { String(decoding: rows.bytes[$0], as: UTF8.self) } ?? "null")
            } catch {
                return .failure(error)
            }
        }.value
    }

    private static func text(_ result: Result<String, ConnectorError>) -> String {
        switch result {
        case .success(let text): text
        case .failure(let error): "\(error.kind): \(error.detail)"
        }
    }

    private static func connector(
        _ script: String = "", _ change: (inout PostgresLimits) -> Void = { _ in }
    ) throws -> PostgresConnector {
        var limits = PostgresLimits()
        change(&limits)
        return try PostgresConnector(url: PostgresCluster.shared().database(script), limits: limits)
    }

    @Test func `a session has the settings answers depend on`() async throws {
        let connector = try Self.connector()
        defer { connector.close() }
        for (setting, value) in [
            ("TimeZone", "UTC"), ("bytea_output", "hex"), ("standard_conforming_strings", "on"),
            ("default_transaction_isolation", "read committed"), ("client_encoding", "UTF8"),
            ("statement_timeout", "1min"), ("application_name", "perigee"), ("jit", "off"),
        ] {
            let result = await Self.run(Self.statement("select current_setting('\(setting)')"), on: connector)
            #expect(Self.text(result) == value, "\(setting)")
        }
    }

    @Test func `what answers do not depend on is the owner's to say`() async throws {
        let url = try PostgresCluster.shared().database("") + "&options=-c%20jit%3Don%20-c%20TimeZone%3DAsia/Tokyo"
        let connector = try PostgresConnector(url: url)
        defer { connector.close() }
        for (setting, value) in [("jit", "on"), ("TimeZone", "UTC")] {
            let result = await Self.run(Self.statement("select current_setting('\(setting)')"), on: connector)
            #expect(Self.text(result) == value, "\(setting)")
        }
    }

    @Test func `values are bound and never become SQL`() async throws {
        let connector = try Self.connector()
        defer { connector.close() }
        let echo = Self.statement(
            "select json_build_array($1::text, $2::int8, $3::text[])",
            [
                .value(.string), .value(.bigint), .list(of: .string),
            ])
        let values: [BoundValue] = [.text("'; drop table x; --"), .integer(5), .list(#"["a","b\"c"]"#)]
        #expect(Self.text(await Self.run(echo, values, on: connector)) == #"["'; drop table x; --", 5, ["a","b\"c"]]"#)
        #expect(Self.text(await Self.run(echo, [.null, .null, .null], on: connector)) == "[null, null, null]")
    }

    @Test func `a statement starts by itself and is pipelined once it is known to be quick`() async throws {
        let connector = try Self.connector()
        defer { connector.close() }
        let statement = Self.statement("select $1::int8", [.value(.bigint)])
        for number in 0..<10 {
            #expect(Self.text(await Self.run(statement, [.integer(Int64(number))], on: connector)) == "\(number)")
        }
        // The first runs may be slow on a busy machine; then each is taken on trust.
        #expect(connector.counters.single >= 1)
        #expect(connector.counters.pipelined >= 1)
    }

    @Test func `many at once are all answered with their own values`() async throws {
        let connector = try Self.connector { $0.pipelinedTime = .seconds(10) }
        defer { connector.close() }
        let statement = Self.statement("select $1::int8", [.value(.bigint)])
        _ = await Self.run(statement, [.integer(0)], on: connector)
        let answers = await withTaskGroup(of: (Int, String).self) { group in
            for number in 0..<400 {
                group.addTask {
                    (number, Self.text(await Self.run(statement, [.integer(Int64(number))], on: connector)))
                }
            }
            return await group.reduce(into: [:]) { $0[$1.0] = $1.1 }
        }
        for number in 0..<400 { #expect(answers[number] == "\(number)") }
        #expect(connector.counters.connects <= 3, "two that pipeline, and one for the first run")
    }

    @Test func `an error reaches its own caller alone`() async throws {
        let connector = try Self.connector { limits in
            limits.pipelinedTime = .seconds(10)
            limits.fastConnections = 1
        }
        defer { connector.close() }
        let divide = Self.statement("select 100 / $1::int8", [.value(.bigint)])
        let other = Self.statement("select $1::int8", [.value(.bigint)])
        _ = await Self.run(divide, [.integer(1)], on: connector)
        _ = await Self.run(other, [.integer(1)], on: connector)
        let answers = await withTaskGroup(of: (Int, Result<String, ConnectorError>).self) { group in
            for number in 0..<60 {
                group.addTask {
                    let isBad = number % 10 == 5
                    return (
                        number,
                        await Self.run(isBad ? divide : other, [.integer(isBad ? 0 : Int64(number))], on: connector)
                    )
                }
            }
            return await group.reduce(into: [Int: Result<String, ConnectorError>]()) { $0[$1.0] = $1.1 }
        }
        for (number, answer) in answers {
            if number % 10 == 5 {
                #expect(Self.text(answer) == "dataException: division by zero (SQLSTATE 22012)")
            } else {
                #expect(Self.text(answer) == "\(number)")
            }
        }
    }

    @Test func `a turn's statements are spread over the connections that are idle`() async throws {
        let connector = try Self.connector { limits in
            limits.pipelinedTime = .seconds(10)
            limits.fastConnections = 2
            limits.sharedStatements = 1
        }
        defer { connector.close() }
        let server = Self.statement("select pg_backend_pid()::text || pg_sleep(0.02)::text")
        _ = await Self.run(server, on: connector)
        // The second connection is opened when it could have been used.
        var servers: Set<String> = []
        for _ in 0..<50 where servers.count < 2 { servers = try await Self.together(2, server, on: connector) }
        #expect(servers.count == 2)
    }

    @Test func `what failed lately has few connections to itself until it has run well for a while`() async throws {
        let connector = try Self.connector { limits in
            limits.pipelinedTime = .seconds(10)
            limits.suspectConnections = 1
        }
        defer { connector.close() }
        let divide = Self.statement(
            "select pg_sleep($1::float8)::text || 100 / $2::int8", [.value(.float8), .value(.bigint)])
        _ = await Self.run(divide, [.real(0), .integer(0)], on: connector)
        #expect(divide.isSuspect)
        let began = MonotonicInstant.now
        async let first = Self.run(divide, [.real(0.2), .integer(1)], on: connector)
        async let second = Self.run(divide, [.real(0.2), .integer(2)], on: connector)
        #expect(Self.text(await first) == "100")
        #expect(Self.text(await second) == "50")
        #expect(began.duration(to: .now) >= .milliseconds(400), "one after the other")
        #expect(connector.counters.pipelined == 0)
        while divide.isSuspect { _ = await Self.run(divide, [.real(0), .integer(1)], on: connector) }
        let singles = connector.counters.single
        _ = await Self.run(divide, [.real(0), .integer(1)], on: connector)
        #expect(connector.counters.pipelined == 1)
        #expect(connector.counters.single == singles)
    }

    @Test func `what fails again and again is served at a pace, and holds up nothing else`() async throws {
        let connector = try Self.connector { limits in
            limits.pipelinedTime = .seconds(10)
            limits.suspectRest = .milliseconds(100)
        }
        defer { connector.close() }
        let divide = Self.statement("select (100 / $1::int8)::text", [.value(.bigint)])
        let quick = Self.statement("select 'quick'")
        _ = await Self.run(quick, on: connector)
        _ = await Self.run(divide, [.integer(0)], on: connector)
        let began = MonotonicInstant.now
        for _ in 0..<3 { _ = await Self.run(divide, [.integer(0)], on: connector) }
        // The next of them has to wait; others do not.
        async let failing = Self.run(divide, [.integer(0)], on: connector)
        #expect(Self.text(await Self.run(quick, on: connector)) == "quick")
        let quickTook = began.duration(to: .now)
        _ = await failing
        let took = began.duration(to: .now)
        #expect(took >= .milliseconds(300), "three pauses, between four runs that fail")
        #expect(quickTook < took)
    }

    /// What as many runs begun in one turn answer.
    private static func together(
        _ count: Int, _ statement: SQLStatement, on connector: PostgresConnector
    ) async throws -> Set<String> {
        let deadline = UInt64(clamping: MonotonicInstant.now.advanced(by: .seconds(20)).nanoseconds)
        let answers = Mutex<[Result<Rows, ConnectorError>]>([])
        await Task(executorPreference: loop) {
            await loop.wait { (continuation: LoopContinuation<Void>) in
                for _ in 0..<count {
                    _ = connector.start(statement, values: [], frame: nil, on: loop, deadline: deadline) { answer in
                        let isLast = answers.withLock { answers in
                            answers.append(answer)
                            return answers.count == count
                        }
                        if isLast { continuation.resume(returning: ()) }
                    }
                }
            }
        }.value
        return Set(try answers.withLock { $0 }.map { String(decoding: try $0.get().bytes, as: UTF8.self) })
    }

    /// The answer by a call; `use` gets what cancels it.
    private static func start(
        _ statement: SQLStatement, frame: AnswerFrame? = nil, on connector: PostgresConnector,
        _ use: @escaping @Sendable (any CancellableWork) -> Void = { _ in }
    ) async -> Result<Rows, ConnectorError> {
        let deadline = UInt64(clamping: MonotonicInstant.now.advanced(by: .seconds(20)).nanoseconds)
        return await Task(executorPreference: loop) {
            await loop.wait { continuation in
                use(
                    connector.start(statement, values: [], frame: frame, on: loop, deadline: deadline) {
                        continuation.resume(returning: $0)
                    })
            }
        }.value
    }

    @Test func `an answer by a call stands in its frame`() async throws {
        let connector = try Self.connector { $0.responseBytes = 100 }
        defer { connector.close() }
        let frame = AnswerFrame(pieces: ["{\"a\":", ",\"b\":", "}"].map { Array($0.utf8) })
        let two = SQLStatement(text: "select '[1]', null", parameters: [], cellCount: 2)
        let rows = try await Self.start(two, frame: frame, on: connector).get()
        #expect(String(decoding: rows.bytes, as: UTF8.self) == #"{"a":[1],"b":null}"#)
        #expect(rows.cells.isEmpty)
        let large = SQLStatement(text: "select repeat('x', 90), null", parameters: [], cellCount: 2)
        await #expect(throws: ConnectorError(.limitExceeded("$"), "the answer is larger than 100 bytes")) {
            try await Self.start(large, frame: frame, on: connector).get()
        }
        await #expect(throws: ConnectorError(.dataException, "division by zero (SQLSTATE 22012)")) {
            try await Self.start(Self.statement("select 1 / 0"), on: connector).get()
        }
    }

    @Test func `an answer by a call is given up by whoever began it`() async throws {
        let connector = try Self.connector { $0.slowConnections = 1 }
        defer { connector.close() }
        let began = MonotonicInstant.now
        let result = await Self.start(Self.statement("select pg_sleep(20)::text"), on: connector) { work in
            _ = Self.loop.schedule(after: .milliseconds(50)) { work.cancel() }
        }
        guard case .failure(let error) = result else {
            Issue.record("it was not given up")
            return
        }
        #expect(error.kind == .cancelled)
        // Its connection is the next one's, so the database has let it go.
        #expect(Self.text(await Self.run(Self.statement("select 'next'"), on: connector)) == "next")
        #expect(began.duration(to: .now) < .seconds(5))
    }

    @Test func `a statement that holds up the pipeline is taken out of it and finishes`() async throws {
        let connector = try Self.connector { limits in
            limits.pipelinedTime = .seconds(10)
            limits.fastConnections = 1
            limits.pipelineStall = .milliseconds(50)
        }
        defer { connector.close() }
        let sleep = Self.statement("select pg_sleep($1::float8)::text || 'done'", [.value(.float8)])
        let quick = Self.statement("select $1::int8", [.value(.bigint)])
        _ = await Self.run(sleep, [.real(0)], on: connector)
        _ = await Self.run(quick, [.integer(0)], on: connector)
        async let slow = Self.run(sleep, [.real(0.6)], on: connector)
        let began = MonotonicInstant.now
        let neighbours = await withTaskGroup(of: String.self) { group in
            for number in 0..<8 {
                group.addTask { Self.text(await Self.run(quick, [.integer(Int64(number))], on: connector)) }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
        let waited = began.duration(to: .now)
        #expect(Set(neighbours) == Set((0..<8).map { "\($0)" }))
        #expect(waited < .milliseconds(550), "\(waited)")
        #expect(Self.text(await slow) == "done")
        #expect(connector.counters.demotions >= 1)
    }

    @Test func `a deadline ends a statement in the database`() async throws {
        let connector = try Self.connector { $0.slowConnections = 1 }
        defer { connector.close() }
        let began = MonotonicInstant.now
        let result = await Self.run(
            Self.statement("select pg_sleep(30)::text"), on: connector, within: .milliseconds(200))
        #expect(Self.text(result) == "timeout: the statement ran into its deadline")
        #expect(began.duration(to: .now) < .seconds(5))
        // The one connection of its lane is free again.
        #expect(Self.text(await Self.run(Self.statement("select 'next'"), on: connector)) == "next")
    }

    @Test func `a caller that goes away takes its statement along, and no other`() async throws {
        let url = try PostgresCluster.shared().database()
        let connector = try PostgresConnector(url: url)
        defer { connector.close() }
        let marked = Self.statement("select pg_sleep(20)::text || 'left behind'")
        let neighbour = Self.statement("select pg_sleep(1)::text || 'stays'")
        let left = Task { await Self.run(marked, on: connector) }
        async let stays = Self.run(neighbour, on: connector)
        let count = Self.statement(
            "select count(*) from pg_stat_activity where state = 'active' and query like '%left behind%' and pid <> pg_backend_pid()"
        )
        try await Self.until { Self.text(await Self.run(count, on: connector)) == "1" }
        let inner = Task(executorPreference: Self.loop) { () async -> ConnectorError? in
            do throws(ConnectorError) {
                _ = try await connector.execute(
                    marked, values: [], on: Self.loop,
                    deadline: UInt64(clamping: MonotonicInstant.now.advanced(by: .seconds(30)).nanoseconds))
                return nil
            } catch {
                return error
            }
        }
        try await Self.until { Self.text(await Self.run(count, on: connector)) == "2" }
        inner.cancel()
        #expect(await inner.value?.kind == .cancelled)
        try await Self.until { Self.text(await Self.run(count, on: connector)) == "1" }
        #expect(Self.text(await stays) == "stays")
        left.cancel()
    }

    /// A message could hit a neighbour.
    @Test func `a caller that goes away leaves its statement in the pipeline`() async throws {
        let connector = try Self.connector("create sequence done") { limits in
            limits.pipelinedTime = .seconds(10)
            limits.pipelineStall = .seconds(10)
            limits.fastConnections = 1
        }
        defer { connector.close() }
        let sleep = Self.statement("select pg_sleep($1::float8)::text || nextval('done')", [.value(.float8)])
        let quick = Self.statement("select 'quick'")
        #expect(Self.text(await Self.run(sleep, [.real(0)], on: connector)) == "1")
        #expect(Self.text(await Self.run(quick, on: connector)) == "quick")
        let pipelined = connector.counters.pipelined
        let left = Task(executorPreference: Self.loop) { () async -> ConnectorError? in
            do throws(ConnectorError) {
                _ = try await connector.execute(
                    sleep, values: [.real(0.3)], on: Self.loop,
                    deadline: UInt64(clamping: MonotonicInstant.now.advanced(by: .seconds(30)).nanoseconds))
                return nil
            } catch {
                return error
            }
        }
        try await Task.sleep(for: .milliseconds(100))
        left.cancel()
        #expect(await left.value?.kind == .cancelled)
        #expect(Self.text(await Self.run(quick, on: connector)) == "quick")
        #expect(connector.counters.pipelined == pipelined + 2)
        let finished = Self.statement("select last_value from done")
        #expect(Self.text(await Self.run(finished, on: connector)) == "2")
    }

    @Test func `a backend that stands still holds up neither the loop nor others`() async throws {
        let connector = try Self.connector { $0.cancelTimeout = .milliseconds(300) }
        defer { connector.close() }
        let number = Self.text(await Self.run(Self.statement("select pg_backend_pid()"), on: connector))
        let backend = try #require(pid_t(number))
        #expect(kill(backend, SIGSTOP) == 0)
        defer { kill(backend, SIGCONT) }
        let began = MonotonicInstant.now
        let stuck = await Self.run(Self.statement("select 'stuck'"), on: connector, within: .milliseconds(200))
        #expect(Self.text(stuck) == "timeout: the statement ran into its deadline")
        // Answered by another connection, while the first is still being given up.
        #expect(Self.text(await Self.run(Self.statement("select 'other'"), on: connector)) == "other")
        #expect(began.duration(to: .now) < .seconds(3))
        for _ in 0..<20 {
            let before = MonotonicInstant.now
            _ = await Self.loop.counters()
            #expect(before.duration(to: .now) < .milliseconds(200), "the loop was held up")
        }
    }

    @Test func `a killed connection is an error of those it served, and is replaced`() async throws {
        let url = try PostgresCluster.shared().database()
        var limits = PostgresLimits()
        limits.pipelinedTime = .seconds(10)
        limits.fastConnections = 1
        limits.slowConnections = 1
        let connector = try PostgresConnector(url: url, limits: limits)
        defer { connector.close() }
        let statement = Self.statement("select $1::int8", [.value(.bigint)])
        _ = await Self.run(statement, [.integer(1)], on: connector)
        _ = await Self.run(statement, [.integer(1)], on: connector)
        async let victim = Self.run(Self.statement("select pg_sleep(20)::text"), on: connector)
        try await Task.sleep(for: .milliseconds(100))
        let kill = Self.statement(
            "select count(pg_terminate_backend(pid))::text from pg_stat_activity where pid <> pg_backend_pid() and datname = current_database()"
        )
        _ = await Self.run(statement, [.integer(1)], on: connector)
        let killer = try PostgresConnector(url: url)
        defer { killer.close() }
        #expect(Self.text(await Self.run(kill, on: killer)) != "0")
        guard case .failure(let error) = await victim else {
            Issue.record("the statement survived")
            return
        }
        #expect(error.kind == .unavailable)
        try await Self.until { Self.text(await Self.run(statement, [.integer(7)], on: connector)) == "7" }
    }

    @Test func `a table that changed its type does not break statements prepared before`() async throws {
        let url = try PostgresCluster.shared().database("create table t (a int4); insert into t values (1)")
        var limits = PostgresLimits()
        limits.slowConnections = 1
        limits.pipelinedTime = .zero
        let connector = try PostgresConnector(url: url, limits: limits)
        defer { connector.close() }
        let statement = Self.statement("select a from t")
        for _ in 0..<3 { #expect(Self.text(await Self.run(statement, on: connector)) == "1") }
        try PostgresCluster.shared().run("alter table t alter column a type text using 'x' || a", in: Self.name(url))
        #expect(Self.text(await Self.run(statement, on: connector)) == "x1")
    }

    @Test func `a server that is not there is one clear error, at once and later`() async throws {
        let missing = #expect(throws: ConnectorError.self) {
            try PostgresConnector(url: "postgres://perigee@/x?host=/nowhere")
        }
        #expect(missing?.kind == .unavailable)
        #expect(missing?.detail.contains("/nowhere") == true)
        let wrong = #expect(throws: ConnectorError.self) { try PostgresConnector(url: "postgres://[") }
        #expect(wrong?.kind == .unavailable)
    }

    @Test func `what the queue does not hold is refused`() async throws {
        let connector = try Self.connector { limits in
            limits.slowConnections = 1
            limits.queuedStatements = 2
        }
        defer { connector.close() }
        let results = await withTaskGroup(of: String.self) { group in
            for number in 0..<8 {
                group.addTask {
                    Self.text(
                        await Self.run(Self.statement("select pg_sleep(0.2)::text || '\(number)'"), on: connector))
                }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
        #expect(results.contains { $0.hasPrefix("busy") })
        #expect(results.count { !$0.hasPrefix("busy") } >= 2)
    }

    private static func name(_ url: String) -> String {
        String(url.dropFirst("postgres://perigee@/".count).prefix { $0 != "?" })
    }

    private static func until(_ isTrue: () async -> Bool) async throws {
        for _ in 0..<400 {
            if await isTrue() { return }
            try await Task.sleep(for: .milliseconds(10))
        }
        Issue.record("it did not come to be within four seconds")
    }
}
