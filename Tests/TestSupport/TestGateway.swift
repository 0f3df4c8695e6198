// A project in memory of a test: database, configuration and rules in a folder of their own, asked by way of the whole
// pipeline without a socket.
package import Base
internal import ConnectorSQLite
internal import Execution
internal import Foundation
package import Gateway
package import Metadata
package import Outbound
package import Reactor

package final class TestGateway: Sendable {
    package let project: Project
    private let pipeline: Pipeline
    /// The project's files.
    package let folder: TemporaryFolder

    /// The loop that all tests of a process share.
    package static let loop: EventLoop = {
        do {
            return try EventLoop(name: "tests")
        } catch {
            preconditionFailure("no event loop: \(error)")
        }
    }()

    /// What a request's clock shows.
    package static let now = Instant(microseconds: 1_767_225_600_000_000)

    package static let environment = [
        "PERIGEE_JWT_SECRET": "tests-only-secret-of-more-than-32-bytes!",
        "PERIGEE_PROJECT_KEY": "tests-only-project-key-of-over-32-bytes!",
        "PERIGEE_ADMIN_SECRET": "tests-only-admin-secret",
    ]

    /// A configuration of `fixtures/config` with the database that belongs to it.
    package static func fixture(_ name: String) async throws -> TestGateway {
        let source = Repository.fixtures.appendingPathComponent("config/\(name)")
        let folder = try TemporaryFolder()
        for file in try FileManager.default.contentsOfDirectory(at: source, includingPropertiesForKeys: nil) {
            try FileManager.default.copyItem(at: file, to: folder.url.appendingPathComponent(file.lastPathComponent))
        }
        let beside = source.appendingPathComponent("sqlite.sql")
        let shared = Repository.fixtures.appendingPathComponent("databases/\(name)/sqlite.sql")
        let script = FileManager.default.fileExists(atPath: beside.path) ? beside : shared
        return try await TestGateway(folder, sql: Repository.text(of: script))
    }

    /// The same over a new database of the run's PostgreSQL server; for configurations whose rows are there too.
    package static func postgresFixture(_ name: String) async throws -> TestGateway {
        let source = Repository.fixtures.appendingPathComponent("config/\(name)")
        let folder = try TemporaryFolder()
        for file in try FileManager.default.contentsOfDirectory(at: source, includingPropertiesForKeys: nil) {
            try FileManager.default.copyItem(at: file, to: folder.url.appendingPathComponent(file.lastPathComponent))
        }
        let beside = source.appendingPathComponent("postgres.sql")
        let shared = Repository.fixtures.appendingPathComponent("databases/\(name)/postgres.sql")
        let script = FileManager.default.fileExists(atPath: beside.path) ? beside : shared
        let url = try PostgresCluster.shared().database(filledBy: Repository.text(of: script), named: name)
        let configuration = try Repository.text(of: folder.url.appendingPathComponent("perigee.yaml"))
            .replacing("kind: sqlite", with: "kind: postgres").replacing("sqlite:\(name).db", with: url)
            .replacing("env:PERIGEE_DATABASE_URL", with: url)
        try folder.write(configuration, to: "perigee.yaml")
        return try await TestGateway(folder, sql: "")
    }

    /// - Parameters:
    ///   - sql: the script that makes the database `app.db`.
    ///   - collections: the members of `collections` in the rules, as JSON.
    ///   - rules: the members of `rules`.
    ///   - functions: the members of `functions`.
    ///   - source: members of the one source beside `kind` and `url`, as JSON.
    ///   - server: members of `server`.
    ///   - documents: members of `documents`.
    ///   - outbound: members of `outbound`.
    ///   - others: further sources, with their scripts; their tables are prefixed with their names.
    ///   - files: further files of the project's folder, by name.
    ///   - options: what is put behind the URL of a PostgreSQL database.
    ///   - database: where the script is run; for PostgreSQL in a new database of the run's server.
    package static func make(
        sql: String, collections: String, rules: String = "", source: String = #""track": "all""#, server: String = "",
        functions: String = "", options: String = "", documents: String = "", outbound: String = "",
        others: [(name: String, sql: String)] = [],
        files: [(name: String, text: String)] = [], in database: TestDatabase = .sqlite
    ) async throws -> TestGateway {
        let more = others.map {
            #", "\#($0.name)": { "kind": "sqlite", "url": "sqlite:\#($0.name).db", "track": "all", "prefix": "\#($0.name)_" }"#
        }.joined()
        let folder = try TemporaryFolder()
        let url = database == .sqlite ? "sqlite:app.db" : try PostgresCluster.shared().database(sql) + options
        for file in files { try folder.write(file.text, to: file.name) }
        try folder.write(
            #"{ "rules": { \#(rules) }, "collections": { \#(collections) }, "functions": { \#(functions) } }"#,
            to: "rules.json")
        try folder.write(
            """
            { "server": { \(server) }, "documents": { \(documents) },
              "auth": { "adminSecret": "env:PERIGEE_ADMIN_SECRET",
                        "jwt": [{ "algorithm": "HS256", "key": "env:PERIGEE_JWT_SECRET" }] },
              "project": { "key": "env:PERIGEE_PROJECT_KEY" }, "outbound": { \(outbound) },
              "sources": { "main": { "kind": "\(database.rawValue)", "url": "\(url)", \(source) } \(more) },
              "rules": "rules.json" }
            """, to: "perigee.yaml")
        return try await TestGateway(folder, sql: sql, others: others)
    }

    private init(
        _ folder: TemporaryFolder, sql: String, others: [(name: String, sql: String)] = []
    ) async throws {
        self.folder = folder
        let configuration = try ProjectConfiguration.load(folder.path("perigee.yaml")) { Self.environment[$0] }
        for source in configuration.sources {
            guard case .sqlite(let path) = source.location else { continue }
            try SQLiteScript.run(others.first { $0.name == source.name }?.sql ?? sql, intoNewFile: path)
        }
        project = try await Project.load(configuration)
        pipeline = Pipeline(project: project)
    }

    deinit { project.close() }

    /// The project's files as they are now, for a gateway that follows them.
    package func reading() throws(ConfigurationFailure) -> ConfigurationReload.Start {
        let file = folder.path("perigee.yaml")
        return try ConfigurationReload.Start { (references) throws(ConfigurationFailure) in
            try ProjectConfiguration.load(file, environment: { Self.environment[$0] }, noting: references)
        }
    }

    /// Changes a source's database as another program would.
    /// - Parameter file: the file's name in the folder of the project.
    package func change(_ file: String = "app.db", _ sql: String) throws {
        try SQLiteHandle(path: folder.path(file), access: .write).execute(sql)
    }

    /// The texts of a query's one column, as another program reads them.
    package func rawTexts(_ sql: String, of file: String = "app.db") throws -> [String] {
        let handle = try SQLiteHandle(path: folder.path(file), access: .read)
        let statement = try handle.prepare(sql)
        var texts: [String] = []
        while try statement.step() { texts.append(statement.text(0) ?? "null") }
        return texts
    }

    /// Runs a script in the database of the first source as another program would; rows of one column come back, as texts.
    @discardableResult
    package func asAnotherProgram(_ sql: String) throws -> [String] {
        switch project.configuration.sources[0].location {
        case .sqlite:
            guard sql.hasPrefix("select") else {
                try change("app.db", sql)
                return []
            }
            return try rawTexts(sql)
        case .postgres(let url, _):
            let name = url.text.drop { $0 != "@" }.dropFirst(2).prefix { $0 != "?" }
            let printed = try PostgresCluster.shared().run(sql, in: String(name))
            return printed.split(separator: "\n", omittingEmptySubsequences: false).dropLast().map(String.init)
        }
    }

    /// The project's files with another key of the project, the one before it among the previous ones.
    package func replaceProjectKey(with reference: String) throws {
        let file = folder.url.appendingPathComponent("perigee.yaml")
        let text = try Repository.text(of: file)
        let old = #""key": "env:PERIGEE_PROJECT_KEY""#
        try folder.write(
            text.replacing(old, with: #""key": "\#(reference)", "previousKeys": ["env:PERIGEE_PROJECT_KEY"]"#),
            to: "perigee.yaml")
    }

    /// The response's JSON, data or errors.
    package func answer(
        _ query: String, _ variables: String? = nil, operationName: String? = nil, as caller: TestCaller = .anonymous
    ) async -> String {
        let request = GraphQLRequest(
            query: Array(query.utf8), operationName: operationName,
            variables: variables.flatMap { JSONValue(test: $0).object })
        return await answer(request, as: caller.caller)
    }

    /// The same as `data`, from whatever project is served.
    package func data(
        _ query: String, on served: ServedProject, as caller: TestCaller = .anonymous
    ) async -> String {
        let request = GraphQLRequest(query: Array(query.utf8))
        let text = await answer(request, as: caller.caller, served.pipeline)
        let prefix = "{\"data\":"
        return text.hasPrefix(prefix) ? String(text.dropFirst(prefix.count).dropLast()) : text
    }

    /// - Parameter headers: of the request, those that webhooks of rules are handed.
    package func answer(
        _ request: GraphQLRequest, as caller: Caller, headers: [OutboundRequest.Header] = []
    ) async -> String {
        await answer(request, as: caller, pipeline, headers: headers)
    }

    private func answer(
        _ request: GraphQLRequest, as caller: Caller, _ pipeline: Pipeline, headers: [OutboundRequest.Header] = []
    ) async -> String {
        let deadline = UInt64(clamping: MonotonicInstant.now.advanced(by: .seconds(60)).nanoseconds)
        return await Task(executorPreference: Self.loop) {
            do throws(RequestFailure) {
                return try await pipeline.answer(
                    request, caller: caller, now: Self.now, deadline: deadline, loop: Self.loop, headers: headers
                ).body.text
            } catch {
                var buffer = ByteBuffer("{\"errors\":")
                GatewayError.encode(error.errors, internals: caller.kind == .admin, into: &buffer)
                buffer.append(UInt8(ascii: "}"))
                return buffer.text
            }
        }.value
    }

    /// What `data` holds, or the errors as they are.
    package func data(
        _ query: String, _ variables: String? = nil, as caller: TestCaller = .anonymous
    ) async -> String {
        let text = await answer(query, variables, as: caller)
        let prefix = "{\"data\":"
        return text.hasPrefix(prefix) ? String(text.dropFirst(prefix.count).dropLast()) : text
    }

    /// `code at path: message` of the first error; "no error" for an answer with data.
    package func failure(
        _ query: String, _ variables: String? = nil, as caller: TestCaller = .anonymous
    ) async -> String {
        let answer = JSONValue(test: await answer(query, variables, as: caller))
        guard let error = answer.object?["errors"]?.array?.first?.object, let extensions = error["extensions"]?.object
        else { return "no error" }
        return
            "\(extensions["code"]?.string ?? "") at \(extensions["path"]?.string ?? ""): \(error["message"]?.string ?? "")"
    }

    package func explain(
        _ query: String, _ variables: String? = nil, operationName: String? = nil, as caller: TestCaller = .anonymous,
        analyzes: Bool = false
    ) throws(RequestFailure) -> Explanation {
        let request = GraphQLRequest(
            query: Array(query.utf8), operationName: operationName,
            variables: variables.flatMap { JSONValue(test: $0).object })
        return try Explanation.make(request, project: project, caller: caller.caller, now: Self.now, analyzes: analyzes)
    }
}

package enum TestDatabase: String, Sendable {
    case sqlite
    case postgres
}
