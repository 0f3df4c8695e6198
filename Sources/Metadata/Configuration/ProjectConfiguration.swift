// The project file `perigee.yaml` as values: read once at start and again on reload, checked whole, then passed down to
// whoever needs its part. `schema/config.schema.json` describes the same grammar for editors.

internal import Base

package struct ProjectConfiguration: Sendable {
    /// The configuration file as it was named, for messages.
    package var file: String
    /// The folder that relative paths of the file start from; `""` is the working directory.
    package var directory: String
    package var server = ServerConfiguration()
    package var auth = AuthConfiguration()
    package var outbound = OutboundConfiguration()
    package var documents = DocumentsConfiguration()
    /// `nil` where nothing is recorded.
    package var audit: AuditConfiguration?
    /// In the order written; names are unique.
    package var sources: [SourceConfiguration] = []
    /// Rule files in the order they are merged: patterns expanded and sorted.
    package var ruleFiles: [String] = []
    /// The key that masks and stored hashes are derived from, at least `projectKeyBytes` long.
    package var projectKey: Secret?

    /// Keys that were the project's before: what was encrypted with them can still be read.
    package var previousKeys: [Secret] = []

    package static let projectKeyBytes = 32

    static let keys = ["$schema", "server", "auth", "outbound", "documents", "audit", "sources", "rules", "project"]
    static let projectKeys = ["key", "previousKeys"]
    static let laterKeys = ["pubsub", "events", "functions", "files", "metrics", "tracing"]

    /// A configuration without sources, for callers that fill it in themselves.
    package init(file: String, directory: String = "") {
        self.file = file
        self.directory = directory
    }

    /// Reads and checks the file at `path`; the failure lists everything wrong with it.
    /// - Parameter references: gets the files that it names, also where the reading fails.
    package static func load(
        _ path: String, environment: @escaping @Sendable (String) -> String? = environmentVariable,
        noting references: FileReferences = FileReferences()
    ) throws(ConfigurationFailure) -> ProjectConfiguration {
        references.note(file: path)
        let bytes: [UInt8]
        do {
            bytes = try FileReader().read(path)
        } catch {
            throw ConfigurationFailure(ConfigurationError(file: path, message: error.message))
        }
        return try decode(
            bytes, file: path, directory: parentDirectory(path), environment: environment, noting: references)
    }

    /// The same for text that is already in memory.
    package static func decode(
        _ bytes: [UInt8], file: String, directory: String,
        environment: @escaping @Sendable (String) -> String? = environmentVariable,
        noting references: FileReferences = FileReferences()
    ) throws(ConfigurationFailure) -> ProjectConfiguration {
        let tree = try DocumentTree.read(bytes, file: file)
        let problems = ProblemList(file: file)
        let root = ConfigurationNode(
            value: tree, pointer: "", problems: problems,
            secrets: SecretResolver(environment: environment, directory: directory), references: references)
        var configuration = ProjectConfiguration(file: file, directory: directory)
        configuration.decode(root)
        guard problems.errors.isEmpty else { throw ConfigurationFailure(problems.errors) }
        return configuration
    }

    private mutating func decode(_ root: ConfigurationNode) {
        guard let section = root.section(Self.keys, later: Self.laterKeys) else { return }
        _ = section["$schema"]?.text()
        if let node = section["server"] { server.decode(node, directory: directory) }
        if let node = section["auth"] { auth.decode(node) }
        if let node = section["outbound"] { outbound.decode(node, directory: directory) }
        if let node = section["documents"] { documents.decode(node, directory: directory) }
        if let node = section["audit"] { audit = AuditConfiguration(node, directory: directory) }
        if let node = section.required("sources") { decodeSources(node) }
        if let node = section["rules"] { ruleFiles = expandRulePaths(node, directory: directory) }
        if let node = section["project"], let project = node.section(Self.projectKeys) {
            projectKey = project["key"]?.key(minimumBytes: Self.projectKeyBytes)
            for node in project["previousKeys"]?.items() ?? [] {
                if let key = node.key(minimumBytes: Self.projectKeyBytes) { previousKeys.append(key) }
            }
        }
    }

    private mutating func decodeSources(_ node: ConfigurationNode) {
        guard let entries = node.entries() else { return }
        if entries.isEmpty { node.report("at least one source is needed") }
        for (name, node) in entries {
            // A source's name is the first half of "source.collection" in the rules, so it has no dot.
            guard isGraphQLName(name) else {
                node.report("\"\(name)\" is not a name for a source", "letters, digits and _ only, no digit first")
                continue
            }
            if let source = SourceConfiguration(name: name, node, directory: directory) { sources.append(source) }
        }
    }
}
