// `perigee schema print`: the schema as one caller sees it, in SDL, for code generators and for review.

internal import ArgumentParser
internal import Base
internal import Gateway

struct SchemaCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "schema", abstract: "Look at the schema.", subcommands: [Print.self])

    struct Print: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "print",
            abstract: "Print the schema that a caller sees, as SDL.",
            discussion: """
                The schema is drawn for the caller: what the rules deny does not exist in it.

                  perigee schema print --as '{"role":"user","id":7}' > schema.graphql
                """)

        @OptionGroup var options: ProjectOptions

        @Option(name: .customLong("as"), help: "anonymous, admin, or the claims of a token as JSON.")
        var caller = CallerArgument.admin

        func run() async throws {
            let project = try await options.project()
            defer { project.close() }
            StandardStreams.write(project.schemaText(of: caller.caller, now: SystemClock.now()))
        }
    }
}
