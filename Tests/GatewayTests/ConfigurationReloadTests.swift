// Rules and configuration that change under a gateway that serves them: what fits is swapped whole, what does not changes
// nothing, and no answer is ever of both.
import Base
import Foundation
import Metadata
import Synchronization
import TestSupport
import Testing

@testable import Gateway

@Suite
struct ConfigurationReloadTests {
    private static let sql = """
        create table t (id integer primary key, a text not null);
        create table u (id integer primary key, b text not null);
        insert into t values (1, 'x');
        insert into u values (1, 'x');
        """
    private static let query = "{ t { a } u { b } }"

    private static func entry(_ table: String, _ field: String, _ mask: String) -> String {
        #""main.\#(table)": { "read": { "rule": "allow" }, "fields": { "\#(field)": { "read": { "rule": "mask", "with": "\#(mask)" } } } }"#
    }

    private static func rules(_ mask: String) -> String {
        #"{ "collections": { \#(entry("t", "a", mask)), \#(entry("u", "b", mask)) } }"#
    }

    private static func answer(_ mask: String) -> String { #"{"t":[{"a":"\#(mask)"}],"u":[{"b":"\#(mask)"}]}"# }

    /// A gateway that follows its files: by hand, unless it is told to watch.
    private struct Served: Sendable {
        let gateway: TestGateway
        let served: ServedProject
        let reload: ConfigurationReload

        init(source: String = #""track": "all""#, server: String = "") async throws {
            gateway = try await TestGateway.make(
                sql: sql, collections: "\(entry("t", "a", "0")), \(entry("u", "b", "0"))", source: source,
                server: server)
            served = ServedProject(gateway.project)
            reload = ConfigurationReload(served, try gateway.reading())
        }

        func write(_ text: String, to name: String = "rules.json") throws { try gateway.folder.write(text, to: name) }

        func replace(_ old: String, with new: String, in name: String = "perigee.yaml") throws {
            let text = try Repository.text(of: gateway.folder.url.appendingPathComponent(name))
            #expect(text.contains(old))
            try write(text.replacing(old, with: new), to: name)
        }

        func look(isDemanded: Bool = false) async -> String {
            switch await reload.reload(isDemanded: isDemanded) {
            case .unchanged: return "unchanged"
            case .unsettled: return "unsettled"
            case .reloaded(let restart):
                return restart.isEmpty ? "reloaded" : "reloaded but \(restart.joined(separator: " "))"
            case .refused(let failure):
                let folder = gateway.folder.path("")
                return "refused: \(failure)".replacing(folder + "/", with: "").replacing(folder, with: "")
            }
        }

        func data() async -> String { await gateway.data(query, on: served) }

        /// Waits until requests are answered so.
        func expect(_ answer: String, _ what: String) async throws {
            let end = ContinuousClock.now + .seconds(20)
            while await data() != answer {
                guard ContinuousClock.now < end else {
                    Issue.record("\(what): \(await data())")
                    return
                }
                try await Task.sleep(for: .milliseconds(5))
            }
        }
    }

    // MARK: Readings

    @Test func `rules that change are swapped, connections stay, and what has begun ends as it began`() async throws {
        let bench = try await Served()
        #expect(await bench.data() == Self.answer("0"))
        #expect(await bench.look() == "unchanged")
        let edition = bench.served.edition
        try bench.write(Self.rules("1"))
        #expect(await bench.look() == "reloaded")
        #expect(await bench.data() == Self.answer("1"))
        #expect(await bench.look() == "unchanged")
        #expect(await bench.gateway.data(Self.query) == Self.answer("0"))
        let connectors = bench.served.project.connectors.map { ObjectIdentifier($0 as AnyObject) }
        #expect(connectors == edition.project.connectors.map { ObjectIdentifier($0 as AnyObject) })
        #expect(bench.served.project.plans !== edition.project.plans)
        #expect(bench.served.project.shapes !== edition.project.shapes)
        #expect(bench.served.project.generation != edition.project.generation)
    }

    @Test func `a bad file changes nothing, and says what is wrong and where`() async throws {
        let bench = try await Served()
        let edition = bench.served.edition
        for (text, problem) in [
            ("{ \"collections\": {", "rules.json:1:19: "),
            (
                Self.rules("1").replacing("\"mask\"", with: "\"masc\""),
                "/collections/main.t/fields/a/read/rule: unknown rule kind \"masc\"; did you mean \"mask\"?"
            ),
            (
                Self.rules("1").replacing("main.t", with: "main.tt"),
                "/collections/main.tt: unknown collection \"main.tt\""
            ),
            ("", "rules.json:1:1: "),
        ] {
            try bench.write(text)
            let outcome = await bench.look()
            #expect(outcome.hasPrefix("refused: rules.json:"), "\(outcome)")
            #expect(outcome.contains(problem), "\(outcome)")
            // Told once.
            #expect(await bench.look() == "unchanged")
            #expect(bench.served.edition === edition)
            #expect(await bench.data() == Self.answer("0"))
        }
        try FileManager.default.removeItem(atPath: bench.gateway.folder.path("rules.json"))
        #expect(await bench.look() == "refused: rules.json: no such file")
        try bench.replace("\"rules\": \"rules.json\"", with: "\"rulez\": \"rules.json\"")
        #expect(await bench.look() == "refused: perigee.yaml: /rulez: unknown key \"rulez\"; did you mean \"rules\"?")
        try bench.replace("\"rulez\"", with: "\"rules\"")
        try bench.write(Self.rules("2"))
        #expect(await bench.look() == "reloaded")
        #expect(await bench.data() == Self.answer("2"))
    }

    @Test func `configuration and database schema are read anew with the rules`() async throws {
        let bench = try await Served()
        try bench.replace("\"track\": \"all\"", with: "\"track\": \"all\", \"prefix\": \"x_\"")
        #expect(await bench.look() == "reloaded")
        #expect(await bench.gateway.data("{ x_t { a } }", on: bench.served) == #"{"x_t":[{"a":"0"}]}"#)
        try bench.gateway.change("app.db", "alter table t add column c int default 7")
        #expect(await bench.look() == "unchanged")
        #expect(await bench.look(isDemanded: true) == "reloaded")
        #expect(await bench.gateway.data("{ x_t { c } }", on: bench.served) == #"{"x_t":[{"c":7}]}"#)
    }

    @Test func `what only a start reads keeps its value, and is told of`() async throws {
        let bench = try await Served(server: #""port": 1, "limits": { "rows": 5 }"#)
        try bench.replace(
            #""port": 1, "limits": { "rows": 5 }"#,
            with: #""port": 2, "loops": 3, "limits": { "rows": 6, "bodyBytes": 4096 }, "caches": { "statements": 7 }"#)
        try bench.replace("sqlite:app.db", with: "sqlite:other.db")
        try bench.write(Self.rules("1"))
        #expect(
            await bench.look()
                == "reloaded but /server/port /server/loops /server/limits/bodyBytes /server/caches/statements /sources/main"
        )
        let server = bench.served.project.configuration.server
        #expect((server.port, server.limits.rows) == (1, 6))
        #expect(await bench.data() == Self.answer("1"))
    }

    @Test func `sources are not added or removed while serving`() async throws {
        let bench = try await Served()
        try bench.replace(
            "\"rules\":", with: "\"x\": 1, \"rules\":")
        try bench.replace("\"x\": 1, ", with: "")
        try bench.replace(
            "\"main\": {", with: "\"second\": { \"kind\": \"sqlite\", \"url\": \"sqlite:b.db\" }, \"main\": {")
        #expect(
            await bench.look()
                == "refused: perigee.yaml: /sources/second: a source is not added while the gateway serves; restart it")
        try bench.replace("\"main\": {", with: "\"other\": {")
        let outcome = await bench.look()
        #expect(outcome.contains("the source \"main\" is not removed while the gateway serves; restart it"))
    }

    @Test func `every key that needs a restart is in the reference`() throws {
        let page = try Repository.text(of: Repository.root.appendingPathComponent("docs/reference/configuration.md"))
        let section = try #require(page.components(separatedBy: "## Changes while serving").last)
        for key in ProjectConfiguration.restartKeys {
            let name = key.split(separator: "/").dropFirst(key.hasPrefix("/sources") ? 2 : 0).joined(separator: ".")
            #expect(section.contains("`\(name)`"), "\(key)")
        }
    }

    @Test func `verified tokens are kept while keys stay, and dropped when they change`() async throws {
        let bench = try await Served()
        let before = bench.served.project.authenticator
        try bench.write(Self.rules("1"))
        #expect(await bench.look() == "reloaded")
        #expect(bench.served.project.authenticator === before)
        try bench.gateway.folder.write("another-secret-of-more-than-32-bytes-in-a-file", to: "key")
        try bench.replace("env:PERIGEE_JWT_SECRET", with: "file:key")
        #expect(await bench.look() == "reloaded")
        let gateway = GatewayBench(bench.gateway, bench.served)
        let old = try await GatewayBench.token(#"{"id":1}"#)
        let body = #"{"query":"{ t { a } }"}"#
        let headers = { (token: String) in "Content-Type: application/json\nAuthorization: Bearer \(token)" }
        #expect(await gateway.post(body, headers(old)).failure?.hasPrefix("invalid-jwt") == true)
        let key = "another-secret-of-more-than-32-bytes-in-a-file"
        let token = try await GatewayBench.token(#"{"id":1}"#, key: key)
        #expect(await gateway.post(body, headers(token)).text == #"{"data":{"t":[{"a":"1"}]}}"#)
        // The file of a secret is one of the project's files: a token that was verified by what it held no longer is.
        try bench.gateway.folder.write("a-third-secret-of-more-than-32-bytes-in-a-file", to: "key")
        #expect(await bench.look() == "reloaded")
        #expect(await gateway.post(body, headers(token)).failure?.hasPrefix("invalid-jwt") == true)
    }

    // MARK: Watching

    @Test func `files are followed however they are replaced`() async throws {
        let bench = try await Served()
        let folder = bench.gateway.folder
        let watching = try bench.reload.start()
        try bench.write(Self.rules("in place"))
        try await bench.expect(Self.answer("in place"), "written in place")

        try bench.write(Self.rules("renamed"), to: ".rules.json.swp")
        folder.rename(".rules.json.swp", to: "rules.json")
        try await bench.expect(Self.answer("renamed"), "saved by renaming")

        try FileManager.default.createDirectory(atPath: folder.path("rules"), withIntermediateDirectories: false)
        try bench.replace("\"rules\": \"rules.json\"", with: "\"rules\": \"rules/*.json\"")
        try bench.write(#"{ "collections": { \#(Self.entry("t", "a", "glob")) } }"#, to: "rules/t.json")
        try bench.write(#"{ "collections": { \#(Self.entry("u", "b", "glob")) } }"#, to: "rules/u.json")
        try await bench.expect(Self.answer("glob"), "a pattern's first files")

        try FileManager.default.moveItem(atPath: folder.path("rules"), toPath: folder.path("before"))
        try bench.write(Self.rules("folder"), to: "next/all.json")
        try FileManager.default.moveItem(atPath: folder.path("next"), toPath: folder.path("rules"))
        try await bench.expect(Self.answer("folder"), "a folder that is replaced")
        await watching.stop()
    }

    @Test func `a file that was missing is taken when it comes`() async throws {
        let bench = try await Served()
        let watching = try bench.reload.start()
        try bench.replace("\"rules\": \"rules.json\"", with: "\"rules\": \"later/*.json\"")
        try await Task.sleep(for: .milliseconds(200))
        #expect(await bench.data() == Self.answer("0"))
        try bench.write(Self.rules("late"), to: "later/rules.json")
        try await bench.expect(Self.answer("late"), "a folder that comes late")
        await watching.stop()
    }

    private final class Storm: Sendable {
        let versions = Mutex(Set<String>())
        let isDone = Atomic(false)
    }

    @Test func `a storm of reloads under a storm of requests: each answer is of one set of rules`() async throws {
        let bench = try await Served()
        let folder = bench.gateway.folder
        // As containers mount them: two files in a folder that a link leads to, and the link is turned.
        @Sendable func put(_ version: Int) throws {
            let mask = "v\(version)"
            try bench.write(#"{ "collections": { \#(Self.entry("t", "a", mask)) } }"#, to: "data-\(version)/t.json")
            try bench.write(#"{ "collections": { \#(Self.entry("u", "b", mask)) } }"#, to: "data-\(version)/u.json")
            try? FileManager.default.removeItem(atPath: folder.path("turning"))
            try FileManager.default.createSymbolicLink(
                atPath: folder.path("turning"), withDestinationPath: "data-\(version)")
            folder.rename("turning", to: "data")
        }
        try put(0)
        for file in ["t.json", "u.json"] {
            try FileManager.default.createDirectory(atPath: folder.path("rules"), withIntermediateDirectories: true)
            try FileManager.default.createSymbolicLink(
                atPath: folder.path("rules/\(file)"), withDestinationPath: "../data/\(file)")
        }
        try bench.replace("\"rules\": \"rules.json\"", with: "\"rules\": \"rules/*.json\"")
        let watching = try bench.reload.start()
        try await bench.expect(Self.answer("v0"), "the files behind the link")

        let last = 120
        let storm = Storm()
        let gateway = GatewayBench(bench.gateway, bench.served)
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<4 {
                group.addTask {
                    while !storm.isDone.load(ordering: .relaxed) {
                        let response = await gateway.post(query: Self.query)
                        let answer = JSONValue(test: response.text).object?["data"]?.object
                        let first = answer?["t"]?.array?.first?.object?["a"]?.string
                        let second = answer?["u"]?.array?.first?.object?["b"]?.string
                        #expect(first != nil && first == second, "\(response.text)")
                        if let first { _ = storm.versions.withLock { $0.insert(first) } }
                    }
                }
            }
            group.addTask {
                do {
                    for version in 1...last {
                        try put(version)
                        if version % 7 == 0 { watching.demand() }
                        try await Task.sleep(for: .milliseconds(version % 13))
                    }
                    try await bench.expect(Self.answer("v\(last)"), "the last version")
                } catch {
                    Issue.record("\(error)")
                }
                storm.isDone.store(true, ordering: .relaxed)
            }
        }
        await watching.stop()
        // Not only the first and the last.
        #expect(storm.versions.withLock { $0.count } > 4)
    }

    @Test func `two that swap at one time do not undo each other`() async throws {
        let bench = try await Served()
        let first = bench.served.project
        try bench.write(Self.rules("1"))
        let configuration = try ProjectConfiguration.load(
            bench.gateway.folder.path("perigee.yaml"), environment: { TestGateway.environment[$0] })
        let second = try await first.reloaded(configuration)
        let third = try await first.reloaded(configuration)
        #expect(bench.served.replace(first, by: second))
        #expect(!bench.served.replace(first, by: third))
        #expect(bench.served.project === second)
        #expect(Set([first.generation, second.generation, third.generation]).count == 3)
    }
}
