// The audit log: who, what operation, which rules decided; never a value but the identity's.
import Base
import Foundation
import Metadata
import Synchronization
import TestSupport
import Testing

@testable import Gateway

@Suite
struct AuditLogTests {
    private static let sql = """
        create table notes (id integer primary key, owner text not null, body text not null, stars int not null);
        insert into notes values (1, 'owner-value', 'body-value', 424242);
        """
    private static let rules = #"""
        "main.notes": {
          "read": { "rule": "or", "clauses": [
            { "rule": "match", "type": "string", "eval": "==", "f1": "args.row.owner", "f2": "args.auth.tenant" },
            { "rule": "match", "type": "string", "eval": "==", "f1": "args.auth.role", "f2": "editor" } ] },
          "create": { "rule": "check", "where": { "stars": { "_gt": 0 } } } }
        """#

    /// A gateway with an audit log, and what it has written.
    private struct Audited {
        let gateway: TestGateway
        let audit: AuditLog
        let file: String
        let facts = Facts()

        final class Facts: Sendable {
            let lost = Mutex<[String]>([])
        }

        init(
            identity: String? = "id", queueBytes: Int = 1 << 20, rules: String = AuditLogTests.rules,
            outbound: String = ""
        ) async throws {
            let made = try await TestGateway.make(sql: AuditLogTests.sql, collections: rules, outbound: outbound)
            gateway = made
            file = made.folder.path("audit.jsonl")
            let text = #"""
                { "sources": { "main": { "kind": "sqlite", "url": "sqlite:app.db" } },
                  "audit": { "file": "audit.jsonl" \#(identity.map { #", "identity": "\#($0)""# } ?? ""), "queueBytes": \#(queueBytes) } }
                """#
            let configuration = try #require(
                try ProjectConfiguration.decode(Array(text.utf8), file: "a.json", directory: made.folder.path("")).audit
            )
            let facts = facts
            audit = try AuditLog(configuration) { fact in
                if case .logLost("audit log", let lines, let detail) = fact {
                    facts.lost.withLock { $0.append("\(lines): \(detail)") }
                }
            }
        }

        func lines() throws -> [JSONObject] {
            try String(contentsOfFile: file, encoding: .utf8).split(separator: "\n").compactMap {
                JSONValue(test: String($0)).object
            }
        }

        func text() throws -> String { try String(contentsOfFile: file, encoding: .utf8) }
    }

    private static func served(_ audited: Audited) async throws -> ServedProject {
        let configuration = try ProjectConfiguration.load(
            audited.gateway.folder.path("perigee.yaml"), environment: { TestGateway.environment[$0] })
        return ServedProject(try await Project.load(configuration, audit: audited.audit))
    }

    @Test func `a line says who, what, which rules, and how it ended`() async throws {
        let audited = try await Audited()
        let served = try await Self.served(audited)
        let gateway = GatewayBench(audited.gateway, served)
        let token = try await GatewayBench.token(#"{"id":"u-1","tenant":"x","role":"member"}"#)
        let authorization = "Authorization: Bearer \(token)"
        _ = await gateway.post(
            query: "query Mine { notes { id } notes_aggregate { aggregate { count } } }", authorization)
        _ = await gateway.post(
            query: #"mutation { insert_notes_one(object: {owner: "x", body: "", stars: 0}) { id } }"#, authorization)
        _ = await gateway.post(query: "{ nothing }", authorization)
        _ = await gateway.post(query: "{ notes { id } }", "Authorization: Bearer nonsense")
        _ = await gateway.post(query: "{ notes { id } }", "X-Perigee-Admin-Secret: tests-only-admin-secret")
        served.project.close()
        audited.audit.close()

        let lines = try audited.lines()
        try #require(lines.count == 5)
        let read = lines[0]
        #expect(
            read.keys == ["time", "caller", "identity", "kind", "operation", "document", "rules", "outcome"])
        #expect(read["caller"] == .string("user"))
        #expect(read["identity"] == .string("u-1"))
        #expect(read["kind"] == .string("query"))
        #expect(read["operation"] == .string("Mine"))
        #expect(read["document"]?.string?.count == 64)
        #expect(read["outcome"] == .string("ok"))
        let rules = try #require(read["rules"]?.array).compactMap(\.object)
        #expect(rules.map { $0["operation"]?.string } == ["read", "aggregate"])
        #expect(rules.allSatisfy { $0["on"] == .string("main.notes") && $0["decision"] == .string("filtered") })
        #expect(rules.allSatisfy { $0["rule"]?.string?.hasSuffix("rules.json#/collections/main.notes/read") ?? false })

        let write = lines[1]
        #expect(write["outcome"] == .string("permission-error"))
        #expect(write["kind"] == .string("mutation"))
        let asked = try #require(write["rules"]?.array).compactMap { $0.object?["operation"]?.string }
        #expect(Set(asked) == ["create", "read"])
        #expect(lines[2]["outcome"] == .string("validation-failed"))
        #expect(lines[2]["identity"] == .string("u-1"))
        #expect(lines[3].keys == ["time", "caller", "outcome"])
        #expect(lines[3]["caller"] == .string("unverified"))
        #expect(lines[4]["caller"] == .string("admin"))
        #expect(lines[4]["rules"]?.array?.first?.object?["decision"] == .string("allowed"))
        #expect(lines[4]["rules"]?.array?.first?.object?["rule"] == nil)
    }

    @Test(arguments: [
        ("204 No Content", "allowed", "ok"), ("403 Forbidden", "denied", "access-denied"),
        ("500 Oops", "", "unavailable"),
    ])
    func `a line says what the rules came to when webhooks had answered`(
        _ status: String, _ decision: String, _ outcome: String
    ) async throws {
        let server = try ScriptedServer { _ in reply(status, [], "") }
        defer { server.stop() }
        let audited = try await Audited(
            rules: #""main.notes": { "read": { "rule": "webhook", "url": "\#(server.url)/ask" } }"#,
            outbound: #""allow": ["127.0.0.1"]"#)
        let served = try await Self.served(audited)
        let gateway = GatewayBench(audited.gateway, served)
        let token = try await GatewayBench.token(#"{"id":"u-1"}"#)
        for _ in 0..<2 { _ = await gateway.post(query: "{ notes { id } }", "Authorization: Bearer \(token)") }
        served.project.close()
        audited.audit.close()
        let lines = try audited.lines()
        try #require(lines.count == 2)
        for line in lines {
            #expect(line["outcome"] == .string(outcome))
            let rules = line["rules"]?.array?.compactMap(\.object) ?? []
            #expect(rules.map { $0["decision"]?.string } == (decision.isEmpty ? [] : [decision]))
            #expect(rules.allSatisfy { $0["operation"] == .string("read") && $0["on"] == .string("main.notes") })
        }
    }

    @Test func `no value but the identity is written`() async throws {
        let audited = try await Audited()
        let served = try await Self.served(audited)
        let gateway = GatewayBench(audited.gateway, served)
        let token = try await GatewayBench.token(
            #"{"id":"identity-value","tenant":"owner-value","role":"role-value","email":"claim-value"}"#)
        let authorization = "Authorization: Bearer \(token)"
        for query in [
            "{ notes { id owner body stars } }",
            #"{ notes(where: {body: {_eq: "argument-value"}, stars: {_gt: 313131}}) { id } }"#,
            #"mutation { insert_notes_one(object: {owner: "owner-value", body: "argument-value", stars: 313131}) { id } }"#,
            #"mutation { insert_notes_one(object: {id: 1, owner: "owner-value", body: "argument-value", stars: 313131}) { id } }"#,
            #"{ notes(where: {body: {_like: "argument-value\\"}}) { id } }"#,
            #"{ notes(where: {nothing: "argument-value"}) { id } }"#,
        ] {
            let answer = await gateway.post(query: query, authorization)
            #expect(!answer.text.isEmpty)
        }
        _ = await gateway.post(
            #"{"query":"query V($v: String) { notes(where: {body: {_eq: $v}}) { id } }","variables":{"v":"argument-value"}}"#,
            "Content-Type: application/json\n\(authorization)")
        served.project.close()
        audited.audit.close()
        let text = try audited.text()
        #expect(try audited.lines().count == 7)
        #expect(text.contains("identity-value"))
        for value in [
            "owner-value", "body-value", "424242", "argument-value", "313131", "role-value", "claim-value", token,
        ] {
            #expect(!text.contains(value), "\(value)")
        }
    }

    @Test(
        arguments: [
            (nil, #"{"id":"a"}"#), ("missing", #"{"id":"a"}"#), ("id", #"{"id":{"deep":"a"}}"#),
            ("id", #"{"id":["a"]}"#),
        ] as [(String?, String)])
    func `without a name there is none`(identity: String?, claims: String) async throws {
        let audited = try await Audited(identity: identity)
        let served = try await Self.served(audited)
        let token = try await GatewayBench.token(claims)
        _ = await GatewayBench(audited.gateway, served).post(
            query: "{ notes { id } }", "Authorization: Bearer \(token)")
        served.project.close()
        audited.audit.close()
        #expect(try audited.lines().map { $0["identity"] } == [nil])
        #expect(try !audited.text().contains("\"a\""))
    }

    @Test func `the file is opened anew by its name, and no line is lost`() async throws {
        let audited = try await Audited()
        audited.audit.write(Array("{\"a\":1}\n".utf8))
        audited.gateway.folder.rename("audit.jsonl", to: "audit.jsonl.1")
        audited.audit.write(Array("{\"a\":2}\n".utf8))
        audited.audit.reopen()
        audited.audit.write(Array("{\"a\":3}\n".utf8))
        audited.audit.close()
        let before = try String(contentsOfFile: audited.file + ".1", encoding: .utf8)
        #expect(before.hasPrefix("{\"a\":1}\n{\"a\":2}\n"))
        #expect(before + (try audited.text()) == "{\"a\":1}\n{\"a\":2}\n{\"a\":3}\n")
        let mode = try FileManager.default.attributesOfItem(atPath: audited.file)[.posixPermissions] as? NSNumber
        #expect(mode?.intValue == 0o600)
    }

    @Test func `what does not fit is counted, and the log says so`() async throws {
        let audited = try await Audited(queueBytes: 4096)
        let line = Array(repeating: UInt8(ascii: "x"), count: 99) + [0x0A]
        let count = 100_000
        for _ in 0..<count { audited.audit.write(line) }
        audited.audit.close()
        let text = try audited.text()
        let written = text.split(separator: "\n").count { $0.hasPrefix("x") }
        let dropped = text.split(separator: "\n").filter { $0.hasPrefix("{") }
            .compactMap { JSONValue(test: String($0)).object?["dropped"]?.number?.int64 }
        #expect(Int64(written) + dropped.reduce(0, +) == Int64(count))
        #expect(!dropped.isEmpty)
        #expect(audited.facts.lost.withLock { $0.count } == dropped.count)
    }

    @Test func `a file that cannot be opened is no start`() async throws {
        let folder = try TemporaryFolder()
        let text =
            #"{ "sources": { "main": { "kind": "sqlite", "url": "sqlite:a" } }, "audit": { "file": "none/audit" } }"#
        let configuration = try #require(
            try ProjectConfiguration.decode(Array(text.utf8), file: "a.json", directory: folder.path("")).audit)
        #expect(throws: LineLog.CannotOpen.self) { try AuditLog(configuration) { _ in } }
    }
}
