// `perigee explain`: what a request becomes, stage by stage, without running it.

internal import ArgumentParser
internal import Base
internal import Foundation
internal import Gateway
internal import Metadata

struct ExplainCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain",
        abstract: "Show the plan, the plan after the rules, and the SQL of a request.",
        discussion: """
            Nothing is executed, unless --analyze says so. Parameters are shown by where their values come from.

              perigee explain -q '{ articles { title } }' --as '{"role":"user","id":7}'
              perigee explain query.graphql --variables '{"id": 7}'
            """)

    @OptionGroup var options: ProjectOptions

    @Argument(help: "A file with the document; - for standard input.", completion: .file(extensions: ["graphql"]))
    var file: String?

    @Option(name: .shortAndLong, help: "The document itself.")
    var query: String?

    @Option(help: "The variables, as a JSON object.")
    var variables: JSONObjectArgument?

    @Option(help: "Which operation of the document.")
    var operation: String?

    @Option(name: .customLong("as"), help: "anonymous, admin, or the claims of a token as JSON.")
    var caller = CallerArgument.anonymous

    @Flag(help: "Run the statements of a query, and print the database's account of it.")
    var analyze = false

    @Flag(help: "Print one JSON object instead, for programs.")
    var json = false

    func validate() throws {
        guard (file == nil) != (query == nil) else {
            throw ValidationError("Give the document either with --query or as a file.")
        }
    }

    func run() async throws {
        let request = GraphQLRequest(query: try document(), operationName: operation, variables: variables?.object)
        let project = try await options.project()
        defer { project.close() }
        do {
            let explanation = try Explanation.make(
                request, project: project, caller: caller.caller, now: SystemClock.now(), analyzes: analyze)
            StandardStreams.write(json ? Self.json(explanation).text : Self.text(explanation, isAnalyzed: analyze))
        } catch {
            throw CommandFailure(error)
        }
    }

    private func document() throws -> [UInt8] {
        if let query { return Array(query.utf8) }
        guard let file, file != "-" else { return Array(FileHandle.standardInput.readDataToEndOfFile()) }
        do {
            return try FileReader().read(file)
        } catch {
            throw CommandFailure.surroundings("\(file): \(error.message)")
        }
    }

    private static func json(_ explanation: Explanation) -> JSONValue {
        let statements = explanation.statements.map { statement in
            JSONValue.object(
                JSONObject(
                    [
                        JSONMember(name: "source", value: .string(statement.source)),
                        JSONMember(name: "text", value: .string(statement.text)),
                        JSONMember(name: "parameters", value: .array(statement.parameters.map { .string($0) })),
                    ] + (statement.analysis.map { [JSONMember(name: "analysis", value: .string($0))] } ?? [])))
        }
        return .object(
            JSONObject([
                JSONMember(name: "plan", value: .string(explanation.plan)),
                JSONMember(name: "secured", value: .string(explanation.secured)),
                JSONMember(name: "statements", value: .array(statements)),
                JSONMember(name: "dependencies", value: .array(explanation.dependencies.map { .string($0) })),
                JSONMember(name: "cost", value: .number(JSONNumber(Int(explanation.cost)))),
            ]))
    }

    /// A statement, and where the values of its parameters come from.
    static func text(_ statement: Explanation.Statement) -> String {
        let text = "# Statement for \"\(statement.source)\"\n\n\(statement.text)"
        if statement.parameters.isEmpty { return text }
        let lines = statement.parameters.enumerated().map { "?\($0.offset + 1) = \($0.element)" }
        return text + "\n\n# Parameters\n\n" + lines.joined(separator: "\n")
    }

    private static func text(_ explanation: Explanation, isAnalyzed: Bool) -> String {
        var sections = ["# Plan\n\n\(explanation.plan)", "# After the rules\n\n\(explanation.secured)"]
        for statement in explanation.statements {
            sections.append(text(statement) + "\n")
            if let analysis = statement.analysis {
                sections.append("# Analysis\n\n\(analysis)\n")
            } else if isAnalyzed {
                sections.append("# Analysis\n\nThis kind of source gives no account of its own.\n")
            }
        }
        if !explanation.dependencies.isEmpty {
            sections.append("# Depends on\n\n" + explanation.dependencies.joined(separator: "\n") + "\n")
        }
        sections.append("# Cost\n\n\(explanation.cost) of \(explanation.costLimit)\n")
        if explanation.statements.isEmpty { sections.append("# No statement: the gateway answers by itself\n") }
        return sections.joined(separator: "\n").trimmingCharacters(in: .newlines)
    }
}
