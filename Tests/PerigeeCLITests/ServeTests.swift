// Commands that serve: how they begin, what stands in their way, how they end.

import ConnectorSQLite
import Foundation
import Testing

@Suite struct ServeTests {
    private static func serve(_ project: TestProject, _ arguments: String...) throws -> RunningCommand {
        try RunningCommand(
            ["serve", "--port", "0"] + arguments, in: project.folder, environment: TestProject.environment)
    }

    private static func port(_ output: String) throws -> String {
        let line = try #require(output.split(separator: "\n").first)
        let prefix = "listening on http://127.0.0.1:"
        #expect(line.hasPrefix(prefix))
        return String(line.dropFirst(prefix.count))
    }

    @Test func `prints one line when it is ready and ends with code 0 on SIGTERM`() async throws {
        let project = try TestProject()
        let child = try Self.serve(project, "--loops", "1")
        try await child.waitFor("\n")
        let port = try Self.port(child.output)
        #expect(Int(port) != nil)
        child.terminate()
        let run = try await child.end()
        #expect(run.status == 0)
        #expect(run.output == "listening on http://127.0.0.1:\(port)\n")
        #expect(run.errors.contains("serving"))
        #expect(run.errors.contains("stopped"))
        // Keys and secrets are in no log.
        for secret in TestProject.environment.values { #expect(!run.errors.contains(secret)) }
    }

    @Test func `a port in use is code 1`() async throws {
        let project = try TestProject()
        let first = try Self.serve(project)
        try await first.waitFor("\n")
        let port = try Self.port(first.output)
        let second = try await project.perigee("serve", "--port", port)
        #expect(second.status == 1)
        #expect(second.output.isEmpty)
        #expect(second.errors.contains("perigee: 127.0.0.1:\(port) is in use by another process"))
        first.terminate()
        #expect(try await first.end().status == 0)
    }

    @Test func `a host that is not this machine's is code 1`() async throws {
        let run = try await TestProject().perigee("serve", "--port", "0", "--host", "192.0.2.1")
        #expect(run.status == 1)
        #expect(run.errors.contains("this machine has no such address"))
    }

    @Test(arguments: [
        (nil, "the file does not exist"),
        ("This is a text of some length, and no database at all.", "not an SQLite database"),
    ])
    func `a database that is none is code 1`(content: String?, message: String) async throws {
        let project = try TestProject()
        for suffix in ["", "-wal", "-shm"] {
            try? FileManager.default.removeItem(atPath: project.path("app.db\(suffix)"))
        }
        if let content { try project.write(content, to: "app.db") }
        let run = try await project.perigee("serve", "--port", "0")
        #expect(run.status == 1)
        #expect(run.output.isEmpty)
        #expect(run.errors.contains("perigee: source \"main\": cannot open the database \"app.db\": "))
        #expect(run.errors.contains(message))
    }

    @Test func `dev prints addresses, three callers and lines to paste, and leaves nothing behind`() async throws {
        let project = try TestProject(isEmpty: true)
        let fixtures = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("../../fixtures").standardized.path
        let child = try RunningCommand(
            ["dev", "--port", "0", "--fixtures", fixtures], in: project.folder,
            environment: ["TMPDIR": project.folder.path])
        try await child.waitFor("Ctrl-C")
        let port = try Self.port(child.output)
        let output = child.output
        #expect(output.contains("http://127.0.0.1:\(port)/v1/graphql"))
        #expect(output.components(separatedBy: "\ncurl -s ").count == 4)
        for caller in ["# anonymous", "# member", "# editor"] { #expect(output.contains(caller)) }
        for name in ["PERIGEE", "MEMBER_TOKEN", "EDITOR_TOKEN", "ADMIN_SECRET"] {
            #expect(output.contains("export \(name)="))
        }
        child.terminate()
        #expect(try await child.end().status == 0)
        let left = try FileManager.default.contentsOfDirectory(atPath: project.folder.path)
        #expect(left.filter { $0.hasPrefix("perigee-dev") }.isEmpty)
    }

    @Test func `dev says where the sample is missing`() async throws {
        let run = try await TestProject(isEmpty: true).perigee("dev", "--port", "0", "--fixtures", "nowhere")
        #expect(run.status == 1)
        #expect(run.errors.contains("the sample's data \"nowhere/databases/spaceflight/sqlite.sql\": no such file"))
    }
}
