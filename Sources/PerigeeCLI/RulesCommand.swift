// `perigee rules check`: the configuration and rules as they would be loaded, and what in them deserves a second look.

internal import ArgumentParser
internal import Gateway
internal import Metadata
internal import Rules

struct RulesCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rules", abstract: "Work on the rules.", subcommands: [Check.self])

    struct Check: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "check",
            abstract: "Load the project and say what is wrong or doubtful.",
            discussion: """
                Errors go to standard error, one a line, as "file: /pointer: what is wrong; what would be right", and \
                the exit code is 2. Warnings go to standard output and do not change the exit code.
                """)

        @OptionGroup var options: ProjectOptions

        func run() async throws {
            let project = try await options.project()
            defer { project.close() }
            for warning in project.rules.warnings { StandardStreams.write("warning: \(warning)") }
            let files = project.configuration.ruleFiles.count
            let collections = project.catalog.collections.count
            StandardStreams.write(
                "ok: \(counted(files, "rules file")), \(counted(collections, "collection")), "
                    + counted(project.rules.warnings.count, "warning"))
        }

        private func counted(_ count: Int, _ noun: String) -> String {
            "\(count) \(noun)\(count == 1 ? "" : "s")"
        }
    }
}
