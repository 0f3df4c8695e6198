// The sample behind `perigee dev`: a fresh database, fresh keys, and the identities its rules tell apart. Everything it
// makes lives in a folder of its own that goes when the command ends.

internal import Auth
internal import Base
internal import ConnectorSQLite
internal import Connectors
internal import Foundation
internal import Gateway
internal import Metadata

struct SampleProject {
    struct Identity {
        let name: String
        /// The claims as JSON; `nil` for callers without a token.
        let claims: String?
        let token: String?
    }

    /// Reads the sample's files, now and when they change.
    let reading: ConfigurationReload.Start
    let database: String
    let adminSecret: String
    let identities: [Identity]
    private let folder: URL

    static let name = "spaceflight"
    /// A day's work, and no token that turns up in a log next year still works (nor does its key).
    static let tokenLifetime = Duration.seconds(12 * 3600)

    private static let callers: [(name: String, claims: String?)] = [
        ("anonymous", nil),
        ("member", #"{"id":2,"role":"member"}"#),
        ("editor", #"{"id":1,"role":"editor"}"#),
    ]

    /// - Parameters:
    ///   - fixtures: the folder with `databases/` and `config/`.
    ///   - server: what the command line says in place of the configuration.
    static func make(fixtures: String, server: ServerOptions, now: Instant) async throws -> SampleProject {
        let folder = try makeFolder()
        do {
            return try await SampleProject(fixtures: fixtures, server: server, folder: folder, now: now)
        } catch {
            try? FileManager.default.removeItem(at: folder)
            throw error
        }
    }

    private init(fixtures: String, server: ServerOptions, folder: URL, now: Instant) async throws {
        self.folder = folder
        database = folder.appendingPathComponent("\(Self.name).db").path
        try Self.makeDatabase(at: database, script: "\(fixtures)/databases/\(Self.name)/sqlite.sql")

        let keys = Keys()
        adminSecret = keys.admin
        let file = "\(fixtures)/config/\(Self.name)/perigee.yaml"
        let (database, projectKey) = (database, Secret.random(count: 32))
        do {
            reading = try ConfigurationReload.Start { (references) throws(ConfigurationFailure) in
                var configuration = try ProjectConfiguration.load(file, environment: keys.value, noting: references)
                for index in configuration.sources.indices {
                    configuration.sources[index].location = .sqlite(path: database)
                }
                configuration.server.introspection = true
                configuration.projectKey = configuration.projectKey ?? projectKey
                server.apply(to: &configuration)
                return configuration
            }
        } catch {
            throw CommandFailure(error)
        }
        identities = try await Self.identities(reading.configuration, now: now)
    }

    /// Ends what `make` began.
    func remove() {
        try? FileManager.default.removeItem(at: folder)
    }

    // MARK: Parts

    /// The folder of the sample files: beside the working directory, or above the program that was built there.
    static func findFixtures() throws -> String {
        let executable = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
        var candidates = [URL(fileURLWithPath: FileManager.default.currentDirectoryPath), executable]
        for _ in 0..<4 { candidates.append(candidates[candidates.count - 1].deletingLastPathComponent()) }
        for folder in candidates {
            let fixtures = folder.appendingPathComponent("fixtures").path
            if FileManager.default.fileExists(atPath: "\(fixtures)/config/\(name)/perigee.yaml") { return fixtures }
        }
        throw CommandFailure.surroundings(
            "the sample's files are not here; start in the folder of the repository, or name its fixtures with --fixtures"
        )
    }

    private static func makeFolder() throws -> URL {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("perigee-dev-\(UUID().uuidString)")
        do {
            try FileManager.default.createDirectory(
                at: folder, withIntermediateDirectories: false, attributes: [.posixPermissions: 0o700])
        } catch {
            throw CommandFailure.surroundings(
                "cannot make the folder \"\(folder.path)\" for the sample: \(error.localizedDescription)")
        }
        return folder
    }

    private static func makeDatabase(at path: String, script: String) throws {
        let sql: [UInt8]
        do {
            sql = try FileReader().read(script)
        } catch {
            throw CommandFailure.surroundings("the sample's data \"\(script)\": \(error.message)")
        }
        do {
            try SQLiteScript.run(String(decoding: sql, as: UTF8.self), intoNewFile: path)
        } catch {
            throw CommandFailure.surroundings("the sample's database could not be made: \(error.detail)")
        }
    }

    private static func identities(_ configuration: ProjectConfiguration, now: Instant) async throws -> [Identity] {
        guard let issuer = configuration.auth.tokens.first else {
            throw CommandFailure.surroundings("the sample's configuration accepts no tokens")
        }
        var identities: [Identity] = []
        for (name, text) in callers {
            guard let text else {
                identities.append(Identity(name: name, claims: nil, token: nil))
                continue
            }
            let claims = try JSONScanner.parse(Array(text.utf8)).object ?? JSONObject()
            let token = try await TokenSigner.sign(
                claims: claims, for: issuer, expiresIn: tokenLifetime, now: now.microseconds / 1_000_000)
            identities.append(Identity(name: name, claims: text, token: token))
        }
        return identities
    }
}

/// What the sample's configuration asks the environment for, made anew at each start: no key is ever the same twice, and
/// none of the user's own is used for a sample.
private struct Keys {
    let admin = Self.random()
    private let token = Self.random()
    private let project = Self.random()

    @Sendable func value(_ name: String) -> String? {
        switch name {
        case "PERIGEE_ADMIN_SECRET": admin
        case "PERIGEE_JWT_SECRET": token
        case "PERIGEE_PROJECT_KEY": project
        default: nil
        }
    }

    /// 256 random bits in hexadecimal.
    private static func random() -> String {
        Secret.random(count: 32).bytes.map { byte in
            let digits = String(byte, radix: 16)
            return digits.count == 1 ? "0" + digits : digits
        }.joined()
    }
}
