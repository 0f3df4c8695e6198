// What a user and a script get from the command line: exit codes, messages, help.

import Testing

@Suite struct CommandLineTests {
    @Test func `prints its version`() async throws {
        let run = try await TestProject().perigee("version")
        #expect(run.status == 0)
        #expect(run.output == "perigee 0.1.0\n")
    }

    @Test func `help names every command`() async throws {
        let run = try await TestProject().perigee("--help")
        #expect(run.status == 0)
        for command in ["serve", "dev", "init", "schema", "explain", "rules", "token", "version"] {
            #expect(run.output.contains("  \(command) "))
        }
    }

    @Test(arguments: ["bash", "zsh", "fish"])
    func `writes completion scripts`(shell: String) async throws {
        let run = try await TestProject().perigee("--generate-completion-script", shell)
        #expect(run.status == 0)
        #expect(run.output.contains("perigee"))
        #expect(run.output.contains("explain"))
    }

    struct Misuse: Sendable, CustomTestStringConvertible {
        let arguments: [String]
        let message: String

        var testDescription: String { arguments.joined(separator: " ") }
    }

    @Test(arguments: [
        Misuse(arguments: ["serv"], message: "serv"),
        Misuse(arguments: ["serve", "--port", "70000"], message: "port 70000 does not exist"),
        Misuse(arguments: ["serve", "--loops", "0"], message: "--loops takes 1 to 256"),
        Misuse(arguments: ["serve", "--log-level", "loud"], message: "debug"),
        Misuse(arguments: ["token"], message: "--claims"),
        Misuse(arguments: ["token", "--claims", "[]"], message: "'[]' is invalid"),
        Misuse(arguments: ["token", "--claims", "{}", "--expires", "5"], message: "'5' is invalid"),
        Misuse(arguments: ["explain"], message: "either with --query or as a file"),
        Misuse(arguments: ["explain", "-q", "{ a }", "--as", "nobody"], message: "'nobody' is invalid"),
    ])
    func `a wrong command line is code 64 and says what is wrong`(_ misuse: Misuse) async throws {
        let project = try TestProject()
        let run = try await CommandRun.perigee(misuse.arguments, in: project.folder)
        #expect(run.status == 64)
        #expect(run.output.isEmpty)
        #expect(run.errors.contains(misuse.message))
    }
}
