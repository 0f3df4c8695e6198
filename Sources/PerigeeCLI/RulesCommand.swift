// `perigee rules …`: rules as they would be loaded, and what in them deserves a second look; what they make of one operation
// for one caller; tables of what they are meant to do; and what they store encrypted, under another key.

internal import ArgumentParser
internal import Base
internal import Gateway
internal import Metadata
internal import Reactor
internal import Rules

struct RulesCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rules", abstract: "Work on the rules.",
        subcommands: [Check.self, Explain.self, Test.self, ResealCommand.self])

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

    struct Explain: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "explain",
            abstract: "Show what the rules make of one operation for one caller, and the SQL it becomes.",
            discussion: """
                Nothing is executed. Claims are shown by their names, never by their values.

                  perigee rules explain --as '{"role":"user","id":7}' --op read main.articles
                """)

        @OptionGroup var options: ProjectOptions

        @Option(name: .customLong("as"), help: "anonymous, admin, or the claims of a token as JSON.")
        var caller = CallerArgument.anonymous

        @Option(name: .customLong("op"), help: "read, create, update, delete or aggregate.")
        var operation = RuleOperation.read

        @Argument(help: "The collection, as rules name it: source.collection.")
        var collection: String

        func run() async throws {
            let project = try await options.project()
            defer { project.close() }
            do throws(RuleExplanation.UnknownCollection) {
                let explanation = try RuleExplanation.make(
                    operation, collection, project: project, caller: caller.caller, now: SystemClock.now())
                StandardStreams.write(text(explanation))
            } catch {
                throw CommandFailure.project("perigee: \(error)")
            }
        }

        private func text(_ explanation: RuleExplanation) -> String {
            var lines = ["\(operation.rawValue) \(collection): \(explanation.verdict.outcome.word)"]
            switch explanation.verdict.rule {
            case let rule?: lines.append("rule \(rule.file): \(rule.pointer)")
            case nil where caller == .admin: lines.append("rules do not bind admins")
            case nil: lines.append("no rule says anything of it")
            }
            if case .refused(let claims) = explanation.verdict.outcome {
                lines.append("missing \(claims.map { "args.auth.\($0)" }.joined(separator: ", "))")
            }
            lines += explanation.residue
            var sections = [lines.joined(separator: "\n")]
            if let document = explanation.document { sections.append("# Request\n\n\(document)") }
            if let refusal = explanation.refusal { sections.append("# Refused\n\n\(refusal)") }
            sections += explanation.statements.map(ExplainCommand.text)
            return sections.joined(separator: "\n\n")
        }
    }

    struct Test: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "test",
            abstract: "Run a table of callers, requests and what is to come of them.",
            discussion: """
                The requests run against the project's databases; what mutations write is undone after each. Prints each \
                test that does not hold, with what was expected and what came, and the exit code is 3 then.

                  perigee rules test rules.test.json
                """)

        @OptionGroup var options: ProjectOptions

        @Flag(help: "Also print the tests that hold.")
        var verbose = false

        @Argument(
            help: "The tables; their format is described by schema/rules-test.schema.json.",
            completion: .file(extensions: ["json"]))
        var files: [String]

        func run() async throws {
            let tables: [RuleTestFile]
            do throws(ConfigurationFailure) {
                var read: [RuleTestFile] = []
                for file in files { try read.append(RuleTestFile.load(file)) }
                tables = read
            } catch {
                throw CommandFailure(error)
            }
            let project = try await options.project(discardsWrites: true)
            defer { project.close() }
            let loop: EventLoop
            do {
                loop = try EventLoop(name: "tests")
            } catch {
                throw CommandFailure.surroundings("cannot start an event loop: \(error)")
            }
            defer { loop.stop() }
            let run = RuleTestRun(project, on: loop)
            var count = 0
            var failed = 0
            for table in tables {
                for (index, test) in table.tests.enumerated() {
                    count += 1
                    let place = "\(table.file): /tests/\(index): \(test.name)"
                    guard let failure = await run.run(test).failure else {
                        if verbose { StandardStreams.write("ok: \(place)") }
                        continue
                    }
                    failed += 1
                    StandardStreams.write(
                        "FAILED: \(place)\n  expected  \(failure.expected)\n  got       \(failure.got)")
                }
            }
            StandardStreams.write("\(count) \(count == 1 ? "test" : "tests"), \(failed) failed")
            if failed > 0 { throw CommandFailure(message: "", status: 3) }
        }
    }
}

extension RuleOperation: ExpressibleByArgument {}
