// The command line: subcommands, and what their failures become (a message on standard error and an exit code).
// https://apple.github.io/swift-argument-parser

internal import ArgumentParser
internal import Foundation

@main
struct Perigee: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "perigee",
        abstract: "A GraphQL gateway in front of your database.",
        discussion: """
            Begin with "perigee dev", which serves a sample, or with "perigee init sqlite:app.db", which writes a \
            project for a database of yours.

            Exit codes: 0 done, 1 the surroundings do not allow it (port in use, no database), 2 the configuration or \
            the rules are wrong, 3 a test of the rules does not hold, 64 the command line is wrong.
            """,
        version: perigeeVersion,
        subcommands: [
            ServeCommand.self, DevCommand.self, InitCommand.self, SchemaCommand.self, ExplainCommand.self,
            RulesCommand.self, TokenCommand.self, VersionCommand.self, EchoCommand.self,
        ])

    /// In place of the library's own: it would print every failure as a mistake in the command line.
    static func main() async {
        do {
            var command = try parseAsRoot()
            if var waiting = command as? any AsyncParsableCommand {
                try await waiting.run()
            } else {
                try command.run()
            }
        } catch let failure as CommandFailure {
            if !failure.message.isEmpty { StandardStreams.writeError(failure.message) }
            Foundation.exit(failure.status)
        } catch {
            exit(withError: error)
        }
    }
}

/// The release, as `CHANGELOG.md` names it.
let perigeeVersion = "0.1.0"

struct VersionCommand: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "version", abstract: "Print the version.")

    func run() {
        StandardStreams.write("perigee \(perigeeVersion)")
    }
}
