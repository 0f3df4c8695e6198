// `perigee rules reseal` as a program: what it prints and its exit codes, and that it may be killed at any moment.

import Foundation
import TestSupport
import Testing

@Suite(.serialized, .timeLimit(.minutes(4)))
struct ResealCommandTests {
    private static let rows = 1200
    private static let environment = TestGateway.environment.merging(
        ["NEW_KEY": "another-project-key-for-tests-of-32-bytes"]) { $1 }

    private func gateway(_ database: TestDatabase, rows: Int = rows) async throws -> TestGateway {
        let gateway = try await TestGateway.make(
            sql: "create table people (id integer primary key, ssn text);",
            collections: #"""
                "main.people": {
                  "read": { "rule": "and", "clauses": [ { "rule": "allow" }, { "rule": "decrypt", "fields": ["ssn"] } ] },
                  "create": { "rule": "and", "clauses": [ { "rule": "allow" }, { "rule": "encrypt", "fields": ["ssn"] } ] } }
                """#, in: database)
        let objects = (1...rows).map { #"{"id": \#($0), "ssn": "s-\#($0)"}"# }.joined(separator: ",")
        let filled = await gateway.data(
            "mutation ($rows: [people_insert_input!]!) { insert_people(objects: $rows) { affected_rows } }",
            #"{"rows": [\#(objects)]}"#)
        #expect(filled == #"{"insert_people":{"affected_rows":\#(rows)}}"#)
        return gateway
    }

    private func count(_ gateway: TestGateway, like pattern: String) throws -> Int {
        let counted = try gateway.asAnotherProgram(
            "select cast(count(*) as text) from people where ssn like '\(pattern)'")
        return Int(counted[0]) ?? -1
    }

    private func perigee(_ gateway: TestGateway, _ arguments: String...) async throws -> CommandRun {
        try await CommandRun.perigee(arguments, in: gateway.folder.url, environment: Self.environment)
    }

    @Test(arguments: [TestDatabase.sqlite, .postgres])
    func `killed in the middle it goes on where it was`(_ database: TestDatabase) async throws {
        let gateway = try await gateway(database)
        let old = try gateway.asAnotherProgram("select ssn from people where id = 1")[0].prefix(
            "perigee.1.12345678.".count)
        try gateway.replaceProjectKey(with: "env:NEW_KEY")
        let running = try RunningCommand(
            ["rules", "reseal", "--batch", "2"], in: gateway.folder.url, environment: Self.environment)
        var left = Self.rows
        while left > Self.rows - 50 {
            try await Task.sleep(for: .milliseconds(5))
            left = try count(gateway, like: "\(old)%")
        }
        running.kill()
        _ = try await running.end()
        left = try count(gateway, like: "\(old)%")
        #expect(left > 0 && left < Self.rows)
        let dry = try await perigee(gateway, "rules", "reseal", "--dry-run")
        #expect(dry.status == 0)
        #expect(dry.output == "main.people.ssn: \(left) to be sealed anew\n")
        let rest = try await perigee(gateway, "rules", "reseal", "main.people.ssn")
        #expect(rest.status == 0, "\(rest.errors)")
        #expect(rest.output == "main.people.ssn: \(left) sealed anew\n")
        #expect(try count(gateway, like: "\(old)%") == 0)
        #expect(try count(gateway, like: "perigee.1.%") == Self.rows)
    }

    @Test func `says what it cannot open, and ends with 3`() async throws {
        let gateway = try await gateway(.sqlite, rows: 3)
        try gateway.asAnotherProgram("update people set ssn = 'perigee.1.x.secret' where id = 2")
        try gateway.replaceProjectKey(with: "env:NEW_KEY")
        for (arguments, count, verb) in [
            (["--dry-run"], 2, "to be sealed anew"), ([], 2, "sealed anew"), ([], 0, "sealed anew"),
        ] {
            let run = try await CommandRun.perigee(
                ["rules", "reseal"] + arguments, in: gateway.folder.url, environment: Self.environment)
            #expect(run.status == 3)
            #expect(
                run.output == "main.people.ssn: \(count) \(verb)\nmain.people.ssn: 1 no key opens:\n  id 2\n")
            #expect(run.errors.isEmpty)
        }
        let unknown = try await perigee(gateway, "rules", "reseal", "main.people.sn")
        #expect(unknown.status == 2)
        #expect(
            unknown.errors
                == "perigee: no rule stores \"main.people.sn\" encrypted; did you mean \"main.people.ssn\"?\n")
        #expect(try await perigee(gateway, "rules", "reseal", "--batch", "0").status == 64)
        // The source's own trouble.
        try FileManager.default.removeItem(atPath: gateway.folder.path("app.db"))
        #expect(try await perigee(gateway, "rules", "reseal").status == 1)
    }

    @Test func `where nothing is encrypted there is nothing to do`() async throws {
        let gateway = try await TestGateway.make(
            sql: "create table t (id integer primary key)", collections: #""main.t": {}"#)
        let run = try await perigee(gateway, "rules", "reseal")
        #expect(run.status == 0)
        #expect(run.output == "no column is stored encrypted\n")
    }
}
