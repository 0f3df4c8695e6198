// `perigee init`: a project for a database that is there already: nothing is open, and how to open it stands beside it.

internal import ArgumentParser
internal import Foundation
internal import Gateway
internal import Metadata

struct InitCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "init",
        abstract: "Write a project for a database.",
        discussion: """
            Writes perigee.yaml, rules/<source>.json, in which everything is denied, and rules/EXAMPLES.md with an entry \
            to start from for each table. Existing files are never overwritten.

              perigee init sqlite:app.db
              perigee init postgres://user@localhost/app

            A PostgreSQL URL with a password is not written down: the project then names the environment variable \
            DATABASE_URL.
            """)

    @Argument(help: "Where the database is, such as sqlite:app.db.")
    var url: String

    @Option(help: "The folder to write to; it is made if it is not there.", completion: .directory)
    var directory = "."

    @Option(help: "The name of the source; rules begin with it.")
    var source = "main"

    func run() async throws {
        let location = try databaseLocation()
        let (catalog, start) = try await readCatalog(location)
        let (kind, url) =
            switch location {
            case .sqlite(let path): ("sqlite", self.url(to: path))
            case .postgres(let url, _): ("postgres", url.hasPassword ? "env:DATABASE_URL" : url.text)
            }
        try write(StarterProject(source: source, kind: kind, url: url, catalog: catalog, start: start).files)
    }

    // MARK: The database

    /// A path starts from the working directory. The configuration's own decoder judges the URL, so both say the same.
    private func databaseLocation() throws -> SourceConfiguration.DatabaseLocation {
        let json = JSONText.string(url)
        let kind = url.hasPrefix("postgres://") || url.hasPrefix("postgresql://") ? "postgres" : "sqlite"
        let text = #"{"sources":{\#(JSONText.string(source)):{"kind":"\#(kind)","url":\#(json)}}}"#
        guard !SecretResolver.isReference(url) else {
            throw CommandFailure.surroundings("the database is named by its URL here, such as sqlite:app.db")
        }
        do {
            let probe = try ProjectConfiguration.decode(Array(text.utf8), file: "", directory: "")
            guard let location = probe.sources.first?.location else {
                throw CommandFailure.surroundings(
                    "\"\(url)\" is not the URL of a database; use sqlite:app.db or postgres://user@localhost/app")
            }
            return location
        } catch let failure as ConfigurationFailure {
            let lines = failure.errors.map { error in
                error.message + (error.suggestion.map { "; \($0)" } ?? "")
            }
            throw CommandFailure.surroundings(lines.joined(separator: "\n"))
        }
    }

    private func readCatalog(
        _ location: SourceConfiguration.DatabaseLocation
    ) async throws -> (Catalog, Project.Start) {
        var configuration = ProjectConfiguration(file: "perigee.yaml")
        configuration.sources = [SourceConfiguration(name: source, location: location)]
        do {
            let start = try Project.start(of: configuration.sources[0], configuration)
            configuration.sources[0].collections = start.names
            let project = try await Project.load(configuration)
            defer { project.close() }
            return (project.catalog, start)
        } catch {
            throw CommandFailure(error)
        }
    }

    /// As the configuration will say it: relative paths start from its own folder.
    private func url(to path: String) -> String {
        let isHere = URL(fileURLWithPath: directory).standardized.path == URL(fileURLWithPath: ".").standardized.path
        if isHere || path.hasPrefix("/") { return "sqlite:\(path)" }
        return "sqlite:\(URL(fileURLWithPath: path).standardized.path)"
    }

    // MARK: The files

    private func write(_ files: [StarterProject.File]) throws {
        let folder = URL(fileURLWithPath: directory)
        let taken = files.filter { FileManager.default.fileExists(atPath: folder.appendingPathComponent($0.path).path) }
        guard taken.isEmpty else {
            let names = taken.map { "\"\($0.path)\"" }.joined(separator: ", ")
            throw CommandFailure.surroundings(
                "\(names) \(taken.count == 1 ? "exists" : "exist") already and nothing was written; choose another --directory"
            )
        }
        do {
            for file in files {
                let target = folder.appendingPathComponent(file.path)
                try FileManager.default.createDirectory(
                    at: target.deletingLastPathComponent(), withIntermediateDirectories: true)
                // Also where the file has come since it was looked for.
                try Data(file.text.utf8).write(to: target, options: .withoutOverwriting)
                StandardStreams.write("wrote \(shown(file.path))")
            }
        } catch {
            throw CommandFailure.surroundings("cannot write to \"\(directory)\": \(error.localizedDescription)")
        }
        StandardStreams.write(
            """

            Nothing is open yet. Copy entries from rules/EXAMPLES.md into the rules file, then:

              perigee rules check --config \(shown("perigee.yaml"))
              perigee serve --config \(shown("perigee.yaml"))
            """)
    }

    private func shown(_ path: String) -> String {
        directory == "." ? path : resolvePath(path, relativeTo: directory)
    }
}

extension DatabaseURL {
    /// `scheme://user:password@host`, or a parameter behind `?`.
    fileprivate var hasPassword: Bool {
        let rest = text.drop { $0 != "/" }.dropFirst(2)
        let authority = rest.prefix { $0 != "/" && $0 != "?" }
        let user = authority.lastIndex(of: "@").map { authority[..<$0] } ?? ""
        return user.contains(":") || rest.contains("password=")
    }
}
