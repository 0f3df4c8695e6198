// Every golden case: what each stage makes of a request is what was recorded. `GOLDEN=update` records anew; the oracle's
// own tests compare the recorded responses with an evaluation that is not the gateway's.
import Foundation
import TestSupport
import Testing

@Suite(.sharedProjects)
struct GoldenTests {
    private static let isRecording = ProcessInfo.processInfo.environment["GOLDEN"] == "update"

    @Test(arguments: GoldenCase.all.filter { !$0.isOfPostgresAlone })
    func `each stage makes what was recorded`(_ golden: GoldenCase) async throws {
        let gateway =
            golden.isMutation
            ? try await TestGateway.fixture(golden.configuration)
            : try await GoldenProjects.current.project(golden.configuration)
        try compare(await golden.files(gateway), GoldenCase.fileNames, golden)
    }

    @Test(
        .enabled(if: PostgresCluster.isInstalled, Comment(rawValue: PostgresCluster.missing)),
        arguments: GoldenCase.all.filter(\.isOfPostgresAlone))
    func `each stage makes what was recorded of what PostgreSQL alone has`(_ golden: GoldenCase) async throws {
        // Volatile functions change rows, and are called by `mutation` alone.
        let gateway =
            golden.query.hasPrefix("mutation")
            ? try await TestGateway.postgresFixture(golden.configuration)
            : try await GoldenProjects.current.postgres(golden.configuration)
        let names = GoldenCase.fileNames.filter { $0 != "sqlite.sql" } + ["postgres.sql"]
        try compare(await golden.files(gateway, sql: "postgres.sql", sign: "$"), names, golden)
    }

    private func compare(_ files: [String: String], _ names: [String], _ golden: GoldenCase) throws {
        for name in names {
            if Self.isRecording { try golden.record(files[name], as: name) }
            let difference = LineDifference.text(recorded: golden.recorded(name), actual: files[name])
            #expect(difference == nil, "\(golden.name)/\(name) (GOLDEN=update records it):\n\(difference ?? "")")
        }
    }

    /// What PostgreSQL answers otherwise (how it rounds, whose error comes first) is recorded beside the case.
    @Test(
        .enabled(if: PostgresCluster.isInstalled, Comment(rawValue: PostgresCluster.missing)),
        arguments: GoldenCase.all.filter { $0.configuration == "spaceflight" })
    func `PostgreSQL is asked what was recorded, and answers what SQLite answers`(_ golden: GoldenCase) async throws {
        let gateway =
            golden.isMutation
            ? try await TestGateway.postgresFixture(golden.configuration)
            : try await GoldenProjects.current.postgres(golden.configuration)
        let files = await golden.postgresFiles(gateway)
        let isSame = SameAnswer.holds(golden.recorded("response.json"), files.response)
        if Self.isRecording {
            try golden.record(files.sql, as: "postgres.sql")
            try golden.record(isSame ? nil : files.response, as: "postgres.json")
        }
        let difference = LineDifference.text(recorded: golden.recorded("postgres.sql"), actual: files.sql)
        #expect(difference == nil, "\(golden.name)/postgres.sql (GOLDEN=update records it):\n\(difference ?? "")")
        let other = golden.recorded("postgres.json")
        let answer = LineDifference.text(recorded: other ?? golden.recorded("response.json"), actual: files.response)
        #expect(
            other == nil ? isSame : answer == nil,
            "\(golden.name)/\(other == nil ? "response" : "postgres").json:\n\(answer ?? "")")
    }

    @Test
    func `at least forty cases are recorded`() {
        #expect(GoldenCase.all.count >= 40)
    }

    @Test
    func `a response is the same over warm caches`() async throws {
        let gateway = try await GoldenProjects.current.project("spaceflight")
        for golden in GoldenCase.all where golden.configuration == "spaceflight" && !golden.isMutation {
            let first = await golden.files(gateway)["response.json"]
            let second = await golden.files(gateway)["response.json"]
            #expect(first == second, "\(golden.name)")
        }
    }

    @Test(arguments: [
        (#"{"a":[1,"x,]\"",{}],"b":null}"#, #"{"a": [1, "x,]\"", {}], "b": null}"#),
        (#"{"a":{"b":[10,20]}}"#, "{\n  \"a\": {\n    \"b\": [10, 20]\n  }\n}"),
        ("[]", "[]"), ("", ""), ("{", "{"), ("[1 2]", "[1 2]"),
        (" { \"a\" : { \"b\" : [ 1 , 2 ] , \"c\" : {} } }\n", #"{"a": {"b": [1, 2], "c": {}}}"#),
    ])
    func `the layout of a response changes white space only`(_ text: String, _ expected: String) {
        #expect(JSONLayout.lines(text, width: expected.hasPrefix("{\n") ? 16 : 120) == expected)
    }
}
