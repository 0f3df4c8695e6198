// Cancelling: at once, the right statement, and without holding up anyone, whatever state the server is in.
import Connectors
import Foundation
import Glibc
import Planning
import Reactor
import SQL
import Synchronization
import TestSupport
import Testing

@testable import ConnectorPostgres

@Suite(.enabled(if: PostgresCluster.isInstalled, Comment(rawValue: PostgresCluster.missing)))
struct PostgresCancellationTests {
    private static let loop = TestGateway.loop

    private static func statement(_ text: String) -> SQLStatement {
        SQLStatement(text: text, parameters: [], cellCount: 1)
    }

    private static func sleep(_ seconds: Double, _ mark: String) -> SQLStatement {
        statement("select pg_sleep(\(seconds))::text || '\(mark)'")
    }

    /// The one cell, or the error's kind.
    private static func run(
        _ statement: SQLStatement, on connector: PostgresConnector, within duration: Duration = .seconds(20)
    ) async -> String {
        let deadline = UInt64(clamping: MonotonicInstant.now.advanced(by: duration).nanoseconds)
        let task = Task(executorPreference: loop) { () async -> String in
            do throws(ConnectorError) {
                let rows = try await connector.execute(statement, values: [], on: loop, deadline: deadline)
                return rows.cells[0].map { String(decoding: rows.bytes[$0], as: UTF8.self) } ?? "null"
            } catch {
                return "\(error.kind)"
            }
        }
        return await withTaskCancellationHandler {
            await task.value
        } onCancel: {
            task.cancel()
        }
    }

    /// Looks at the database from outside.
    private final class Observer {
        private let handle: PostgresHandle

        init(_ url: String) throws {
            handle = try PostgresHandle(connecting: PostgresTarget(url: url).settings(statementTimeout: 60_000))
        }

        /// Waits until as many statements run with the mark in their text, and says how long that took.
        func time(until count: Int, run mark: String) async throws -> Duration {
            let began = MonotonicInstant.now
            while try running(mark) != count, began.duration(to: .now) < .seconds(10) {
                try await Task.sleep(for: .milliseconds(1))
            }
            return began.duration(to: .now)
        }

        private func running(_ mark: String) throws -> Int? {
            let rows = try handle.run(
                """
                select count(*) from pg_stat_activity
                where state = 'active' and position('\(mark)' in query) > 0 and pid <> pg_backend_pid()
                """
            ).rows
            return rows[0][0].flatMap { Int($0) }
        }
    }

    /// The longest that the loop has taken to answer a question that only needs the loop.
    private static func longestHoldUp(over rounds: Int = 20) async throws -> Duration {
        var longest = Duration.zero
        for _ in 0..<rounds {
            let before = MonotonicInstant.now
            _ = await loop.counters()
            longest = max(longest, before.duration(to: .now))
            try await Task.sleep(for: .milliseconds(5))
        }
        return longest
    }

    @Test func `what nobody waits for any more ends in the database within a tenth of a second`() async throws {
        let url = try PostgresCluster.shared().database()
        let connector = try PostgresConnector(url: url)
        defer { connector.close() }
        let observer = try Observer(url)
        var times: [Duration] = []
        for number in 0..<9 {
            let left = Task { await Self.run(Self.sleep(30, "left\(number)"), on: connector) }
            _ = try await observer.time(until: 1, run: "left\(number)")
            left.cancel()
            times.append(try await observer.time(until: 0, run: "left\(number)"))
            #expect(await left.value == "cancelled")
        }
        // The machine may be busy with something else now and then.
        #expect(times.sorted()[4] < .milliseconds(100), "\(times)")
    }

    @Test func `a crowd that leaves takes nobody along`() async throws {
        let url = try PostgresCluster.shared().database()
        var limits = PostgresLimits()
        limits.slowConnections = 4
        let connector = try PostgresConnector(url: url, limits: limits)
        defer { connector.close() }
        var chosen = SystemRandomNumberGenerator()
        let answers = await withTaskGroup(of: (Int, String).self) { group in
            for number in 0..<160 {
                let patience = number.isMultiple(of: 2) ? UInt64.random(in: 1...60, using: &chosen) : nil
                group.addTask {
                    let task = Task { await Self.run(Self.sleep(0.03, "n\(number)"), on: connector) }
                    if let patience {
                        try? await Task.sleep(for: .milliseconds(patience))
                        task.cancel()
                    }
                    return (number, await task.value)
                }
            }
            return await group.reduce(into: [:]) { $0[$1.0] = $1.1 }
        }
        for number in stride(from: 1, to: 160, by: 2) { #expect(answers[number] == "n\(number)") }
        #expect(answers.values.contains("cancelled"))
    }

    @Test func `a cancel message that comes late meets nobody else`() async throws {
        let url = try PostgresCluster.shared().database()
        var limits = PostgresLimits()
        limits.slowConnections = 1
        let control = try ControlThreads(name: "late") { usleep(400_000) }
        let connector = try PostgresConnector(target: PostgresTarget(url: url), limits: limits, control: control)
        defer { connector.close() }
        _ = await Self.run(Self.sleep(0, "warm"), on: connector)
        let first = Task { await Self.run(Self.sleep(0.15, "first"), on: connector) }
        try await Task.sleep(for: .milliseconds(50))
        first.cancel()
        #expect(await first.value == "cancelled")
        // The first one ends by itself before the message arrives; this one would run when it does.
        #expect(await Self.run(Self.sleep(0.6, "second"), on: connector) == "second")
        #expect(connector.counters.connects == 1, "on the same connection")
    }

    @Test func `a postmaster that stands still holds up no loop, no other connection and no closing`() async throws {
        let cluster = try PostgresCluster()
        let url = try cluster.database()
        let connector = try PostgresConnector(url: url)
        let text = try String(contentsOfFile: cluster.folder + "/data/postmaster.pid", encoding: .utf8)
        let postmaster = try #require(text.split(separator: "\n").first.flatMap { pid_t($0) })
        #expect(await Self.run(Self.statement("select 'here'"), on: connector) == "here")
        let left = Task { await Self.run(Self.sleep(30, "left"), on: connector) }
        let observer = try Observer(url)
        _ = try await observer.time(until: 1, run: "left")
        #expect(kill(postmaster, SIGSTOP) == 0)
        defer { kill(postmaster, SIGCONT) }
        // The cancel message has no one to take it, and new connections are not answered.
        left.cancel()
        #expect(await left.value == "cancelled")
        async let waiting = Self.run(Self.sleep(0.2, "waiting"), on: connector, within: .milliseconds(700))
        #expect(try await Self.longestHoldUp() < .milliseconds(200))
        _ = await waiting
        let began = MonotonicInstant.now
        connector.close()
        #expect(began.duration(to: .now) < .seconds(1))
        #expect(try await Self.longestHoldUp() < .milliseconds(200))
    }

    private final class NameServer: Sendable {
        let isSilent = Atomic(false)
        let questions = Atomic(0)

        func answer(_ host: String) -> Result<String, ConnectorError> {
            questions.add(1, ordering: .relaxed)
            if isSilent.load(ordering: .relaxed) { Glibc.sleep(3) }
            return .failure(ConnectorError(.unavailable, "\(host) has no address"))
        }
    }

    @Test func `a name server that does not answer holds up no loop and no closing`() async throws {
        let names = NameServer()
        let folder = try PostgresCluster.shared().folder
        let url = try PostgresCluster.shared().database()
        let target = try PostgresTarget(
            url: url.replacing("host=\(folder)", with: "host=\(folder),database.example"),
            book: AddressBook { host in
                // The first of the two hosts is there: what the other's address is does not matter then.
                names.isSilent.load(ordering: .relaxed) ? names.answer(host) : .success("127.0.0.1")
            })
        let connector = try PostgresConnector(
            target: target, limits: PostgresLimits(), control: ControlThreads(name: "names"))
        // The answer of the first connection holds for a second.
        try await Task.sleep(for: .milliseconds(1100))
        names.isSilent.store(true, ordering: .relaxed)
        async let answers = withTaskGroup(of: String.self) { group in
            for number in 0..<6 {
                group.addTask {
                    await Self.run(Self.statement("select '\(number)'"), on: connector, within: .seconds(5))
                }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
        #expect(try await Self.longestHoldUp() < .milliseconds(200))
        // One look-up is enough for all that wait for it.
        let all = await answers
        #expect(Set(all) == ["unavailable"], "\(all)")
        #expect(names.questions.load(ordering: .relaxed) == 1)
        let left = Task { await Self.run(Self.statement("select 'more'"), on: connector, within: .seconds(2)) }
        let began = MonotonicInstant.now
        connector.close()
        #expect(began.duration(to: .now) < .seconds(1))
        #expect(await left.value == "unavailable")
    }
}
