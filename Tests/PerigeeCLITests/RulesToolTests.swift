// `perigee rules explain` and `perigee rules test`: what they say of the sample project, and that the pages of the
// documentation say the same.

import ConnectorSQLite
import Foundation
import TestSupport
import Testing

@Suite struct RulesToolTests {
    private static let environment = [
        "PERIGEE_JWT_SECRET": "tests-only-secret-of-more-than-32-bytes!",
        "PERIGEE_PROJECT_KEY": "tests-only-project-key-of-over-32-bytes!",
        "PERIGEE_ADMIN_SECRET": "tests-only-admin-secret",
    ]

    /// A copy of the sample with its database.
    private struct Sample {
        let folder: TemporaryFolder

        init() throws {
            folder = try TemporaryFolder()
            let source = Repository.fixtures.appendingPathComponent("config/spaceflight")
            for name in ["perigee.yaml", "rules/app.json", "rules/names.json", "rules/reference.json"] {
                try folder.write(try Repository.text(of: source.appendingPathComponent(name)), to: name)
            }
            let script = Repository.fixtures.appendingPathComponent("databases/spaceflight/sqlite.sql")
            try SQLiteScript.run(try Repository.text(of: script), intoNewFile: folder.path("spaceflight.db"))
        }

        func perigee(_ arguments: String...) async throws -> CommandRun {
            try await CommandRun.perigee(arguments, in: folder.url, environment: RulesToolTests.environment)
        }
    }

    private static func page() throws -> String {
        try Repository.text(of: Repository.root.appendingPathComponent("docs/reference/cli.md"))
    }

    // MARK: explain

    @Test func `explains as the page shows`() async throws {
        let page = try Self.page()
        let start = try #require(page.range(of: "    $ perigee rules explain --as '"))
        let lines = page[start.lowerBound...].split(separator: "\n", omittingEmptySubsequences: false)
            .prefix { $0.hasPrefix("    ") }.map { String($0.dropFirst(4)) }
        let run = try await Sample().perigee(
            "rules", "explain", "--as", #"{"role":"member","id":2}"#, "--op", "delete", "main.mission_notes")
        #expect(run.status == 0, "\(run.errors)")
        #expect(lines.count >= 3)
        #expect(run.output.hasPrefix(lines.dropFirst().joined(separator: "\n") + "\n"), "\(run.output)")
    }

    @Test(
        arguments: [
            (
                "anonymous", "read", "main.users",
                ["read main.users: denied", "rule rules/app.json: /collections/main.users/read"], ["# Request"]
            ),
            (
                #"{"role":"member","id":2}"#, "read", "main.mission_notes",
                [
                    "read main.mission_notes: filtered", "rows ", "published", "field title shown",
                    "field author_id shown as choose(",
                    "# Request\n\n{ mission_notes { id ", "# Statement for \"main\"", "SELECT", "# Parameters",
                    "= args.auth.id as Int",
                ], ["= 2"]
            ),
            (
                #"{"role":"editor","id":1}"#, "read", "main.mission_notes",
                ["read main.mission_notes: allowed", "rows true"], []
            ),
            ("admin", "update", "main.users", ["update main.users: allowed", "rules do not bind admins"], []),
            (
                "anonymous", "delete", "main.missions",
                ["delete main.missions: denied", "no rule says anything of it"], ["# Statement"]
            ),
            (
                #"{"role":"member","id":2}"#, "create", "main.mission_notes",
                [
                    "create main.mission_notes: filtered", "check published _eq", "field author_id set by a rule",
                    "field title taken",
                    "field id refused", "# Request\n\nmutation { insert_mission_notes(objects: [{}])",
                ], []
            ),
            (
                #"{"role":"member"}"#, "update", "main.mission_notes", ["update main.mission_notes: denied"],
                ["# Statement"]
            ),
        ] as [(String, String, String, [String], [String])])
    func `explains an operation`(
        caller: String, operation: String, collection: String, said: [String], notSaid: [String]
    ) async throws {
        let run = try await Sample().perigee("rules", "explain", "--as", caller, "--op", operation, collection)
        #expect(run.status == 0, "\(run.errors)")
        for text in said { #expect(run.output.contains(text), "\(text): \(run.output)") }
        for text in notSaid { #expect(!run.output.contains(text), "\(text): \(run.output)") }
    }

    @Test func `an unknown collection or operation is told of with what would be right`() async throws {
        let sample = try Sample()
        let run = try await sample.perigee("rules", "explain", "main.mission_note")
        #expect(run.status == 2)
        #expect(
            run.errors == "perigee: unknown collection \"main.mission_note\"; did you mean \"main.mission_notes\"?\n")
        let other = try await sample.perigee("rules", "explain", "--op", "write", "main.missions")
        #expect(other.status == 64)
        #expect(other.errors.contains("read"))
    }

    // MARK: test

    private static func table() throws -> String {
        let page = try page()
        let section = try #require(page.range(of: "## rules test"))
        let start = try #require(page.range(of: "```json\n", range: section.lowerBound..<page.endIndex))
        let end = try #require(page.range(of: "```", range: start.upperBound..<page.endIndex))
        return String(page[start.upperBound..<end.lowerBound])
    }

    @Test func `the page's table holds, and changes nothing`() async throws {
        let sample = try Sample()
        try sample.folder.write(try Self.table(), to: "rules.test.json")
        let run = try await sample.perigee("rules", "test", "--verbose", "rules.test.json")
        #expect(run.status == 0, "\(run.output)\(run.errors)")
        #expect(run.output.hasSuffix("4 tests, 0 failed\n"))
        #expect(run.output.hasPrefix("ok: rules.test.json: /tests/0: nobody reads drafts anonymously\n"))
        try sample.folder.write(
            #"{ "tests": [ { "name": "x", "as": "admin", "document": "{ mission_notes(where: {title: {_eq: \"Mine\"}}) { id } }", "expect": { "rows": { "mission_notes": 0 } } } ] }"#,
            to: "after.json")
        #expect(try await sample.perigee("rules", "test", "after.json").output == "1 test, 0 failed\n")
    }

    @Test func `a test that does not hold says what came instead, with code 3`() async throws {
        let sample = try Sample()
        let rules = try Repository.text(of: sample.folder.url.appendingPathComponent("rules/app.json"))
        try sample.folder.write(
            rules.replacingOccurrences(
                of: #"{ "rule": "where", "where": { "published": { "_eq": true } } },"#, with: #"{ "rule": "allow" },"#),
            to: "rules/app.json")
        try sample.folder.write(try Self.table(), to: "rules.test.json")
        let run = try await sample.perigee("rules", "test", "rules.test.json")
        #expect(run.status == 3)
        #expect(run.errors.isEmpty)
        let shown = try Self.page().components(separatedBy: "    $ perigee rules test rules.test.json\n").last?
            .split(separator: "\n").prefix(4).map { String($0.dropFirst(4)) }.joined(separator: "\n")
        #expect(run.output == (shown ?? "") + "\n")
    }

    @Test(
        arguments: [
            (#"{ "data": { "missions": [] } }"#, #"expected  data {"missions":[]}"#),
            (#"{ "data": { "missions": [ { "id": 1.0 } ] } }"#, nil),
            (#"{ "rows": { "missions": 1 } }"#, nil),
            (#"{ "rows": { "mission": 1 } }"#, "got       rows mission: none"),
            (#"{ "error": "validation-failed" }"#, #"got       data {"missions":[{"id":1}]}"#),
        ] as [(String, String?)])
    func `compares`(expectation: String, failure: String?) async throws {
        let sample = try Sample()
        try sample.folder.write(
            #"{ "tests": [ { "name": "x", "as": "admin", "document": "{ missions(limit: 1, order_by: {id: asc}) { id } }", "expect": \#(expectation) } ] }"#,
            to: "t.json")
        let run = try await sample.perigee("rules", "test", "t.json")
        #expect(run.status == (failure == nil ? 0 : 3), "\(run.output)\(run.errors)")
        if let failure { #expect(run.output.contains(failure), "\(run.output)") }
    }

    @Test(arguments: [
        (#"{}"#, "t.json: the key \"tests\" is missing"),
        (#"{ "tests": [] }"#, "t.json: /tests: holds no test"),
        (#"{ "tests": [ { "nam": "x" } ] }"#, "t.json: /tests/0/nam: unknown key \"nam\"; did you mean \"name\"?"),
        (
            #"{ "tests": [ { "name": "x", "as": "nobody", "document": "{ a }", "expect": { "rows": {} } } ] }"#,
            "t.json: /tests/0/as: must be \"anonymous\", \"admin\", or an object: the claims of a token"
        ),
        (
            #"{ "tests": [ { "name": "x", "as": {}, "document": "{ a }", "expect": { "error": "validation-faild" } } ] }"#,
            "t.json: /tests/0/expect/error: unknown error code \"validation-faild\"; did you mean \"validation-failed\"?"
        ),
        (
            #"{ "tests": [ { "name": "x", "as": {}, "document": "{ a }", "expect": { "data": 1, "error": "timeout" } } ] }"#,
            "t.json: /tests/0/expect: must have just one of \"data\", \"rows\" and \"error\""
        ),
    ])
    func `mistakes in a table are code 2 with file and pointer`(text: String, message: String) async throws {
        let sample = try Sample()
        try sample.folder.write(text, to: "t.json")
        let run = try await sample.perigee("rules", "test", "t.json")
        #expect(run.status == 2)
        #expect(run.errors.contains(message), "\(run.errors)")
    }
}
