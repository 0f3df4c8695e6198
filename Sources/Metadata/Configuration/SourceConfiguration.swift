// The `sources` section: one database each, and what of it the API shows under which names. Whether tables and columns
// exist is asked later, when the catalog is built; its errors use the pointers kept here.

internal import Base

package struct SourceConfiguration: Sendable, Hashable {
    /// The name that rules use: `main` in `main.articles`.
    package var name: String
    package var location: DatabaseLocation
    package var track = Tracking.all
    /// Put in front of the API names of the source's collections.
    package var prefix: String?
    /// Root field under which the source's collections stand.
    package var namespace: String?
    /// Connections that only read; `nil` leaves it to the connector.
    package var readers: Int?
    /// The server itself, where `url` leads to a pooler that hands it out a transaction at a time: for what needs a session.
    package var directURL: DatabaseURL?
    /// How long between two looks at whether the schema has changed; `nil` for never.
    package var refresh: Duration?
    /// Whether statements begin with a comment that names their operation.
    package var queryTags = QueryTags.off
    /// In the order written, by the table's name.
    package var collections: [CollectionConfiguration] = []
    /// Root fields that functions of the database answer, in the order written.
    package var functions: [FunctionConfiguration] = []
    package var pointer: String

    package init(name: String, location: DatabaseLocation, pointer: String = "") {
        self.name = name
        self.location = location
        self.pointer = pointer
    }

    package enum DatabaseLocation: Sendable, Hashable {
        /// A path relative to the working directory (or absolute).
        case sqlite(path: String)
        /// Checked by the connector, whose library reads it.
        case postgres(url: DatabaseURL, pool: PoolSizes)
    }

    /// Connections of this process, divided over its loops; `nil` leaves it to the connector.
    package struct PoolSizes: Sendable, Hashable {
        package var fast: Int?
        package var slow: Int?
        package var write: Int?

        package init() {}

        static let keys = ["fast", "slow", "write"]

        init?(_ node: ConfigurationNode) {
            guard let section = node.section(Self.keys, later: ["feed"]) else { return nil }
            fast = section["fast"]?.integer(1...256)
            slow = section["slow"]?.integer(1...1024)
            write = section["write"]?.integer(1...1024)
        }
    }

    package enum Tracking: String, Sendable, Hashable, CaseIterable {
        /// Every table, and relationships inferred from foreign keys.
        case all
        /// Only what `collections` lists.
        case listed
    }

    package static let usualRefresh = Duration.seconds(5)

    private enum Kind: String, CaseIterable {
        case sqlite
        case postgres
    }

    static let keys = [
        "kind", "url", "directUrl", "track", "prefix", "namespace", "readers", "pool", "collections", "functions",
        "refresh", "queryTags",
    ]
    static let laterKeys = ["schemas", "feed"]
    static let laterKinds = ["mysql", "mariadb", "mongodb"]

    init?(name: String, _ node: ConfigurationNode, directory: String) {
        guard let section = node.section(Self.keys, later: Self.laterKeys) else { return nil }
        let kind = section.required("kind")?.choice(Kind.self, later: Self.laterKinds)
        let urlNode = section.required("url")
        if let value = section["track"]?.choice(Tracking.self) { track = value }
        prefix = section["prefix"]?.graphQLName()
        namespace = section["namespace"]?.graphQLName()
        if let namespace = section["namespace"], section["prefix"] != nil {
            namespace.report("a source has either a prefix or a namespace, not both")
        }
        readers = section["readers"]?.integer(1...64)
        let pool = section["pool"].flatMap { PoolSizes($0) }
        for (table, node) in section["collections"]?.entries() ?? [] {
            if let collection = CollectionConfiguration(table: table, node) { collections.append(collection) }
        }
        for (name, node) in section["functions"]?.entries() ?? [] {
            if let function = FunctionConfiguration(function: name, node) { functions.append(function) }
        }
        guard let kind, let urlNode else { return nil }
        switch kind {
        case .sqlite:
            guard let path = SourceConfiguration.sqlitePath(urlNode, directory: directory) else { return nil }
            location = .sqlite(path: path)
            section["pool"]?.report("an SQLite source has no connections to a server", "use \"readers\"")
            section["directUrl"]?.report("an SQLite source has no pooler in front of it", "leave \"directUrl\" out")
            section["refresh"]?.report("the schema of an SQLite source is read when the gateway starts", "leave it out")
            section["queryTags"]?.report("an SQLite source has no log to show them", "leave it out")
            section["functions"]?.report("SQLite has no stored functions", "use \"computedFields\" with an expression")
        case .postgres:
            guard let url = SourceConfiguration.postgresURL(urlNode) else { return nil }
            location = .postgres(url: url, pool: pool ?? PoolSizes())
            if let node = section["directUrl"] {
                guard let url = SourceConfiguration.postgresURL(node) else { return nil }
                directURL = url
            }
            refresh = section["refresh"]?.duration(allowsZero: true) ?? Self.usualRefresh
            if refresh == .zero { refresh = nil }
            queryTags = section["queryTags"].flatMap { QueryTags($0) } ?? .off
            section["readers"]?.report("a PostgreSQL source has no reader threads", "use \"pool\"")
        }
        self.name = name
        pointer = node.pointer
    }

    /// `postgres://user@host/database`; or a secret that holds such a text, as one with a password should.
    private static func postgresURL(_ node: ConfigurationNode) -> DatabaseURL? {
        guard var url = node.text() else { return nil }
        if SecretResolver.isReference(url) {
            guard let secret = node.secret() else { return nil }
            url = String(decoding: secret.bytes, as: UTF8.self)
        }
        guard url.hasPrefix("postgres://") || url.hasPrefix("postgresql://") else {
            node.report(
                "the URL of a PostgreSQL source starts with \"postgres://\"",
                "such as \"postgres://user@localhost/app\"")
            return nil
        }
        return DatabaseURL(url)
    }

    /// `sqlite:app.db`, relative to the configuration file; or a secret that holds such a text.
    private static func sqlitePath(_ node: ConfigurationNode, directory: String) -> String? {
        guard var url = node.text() else { return nil }
        if SecretResolver.isReference(url) {
            guard let secret = node.secret() else { return nil }
            url = String(decoding: secret.bytes, as: UTF8.self)
        }
        guard url.hasPrefix("sqlite:") else {
            node.report("the URL of an SQLite source starts with \"sqlite:\"", "such as \"sqlite:app.db\"")
            return nil
        }
        let path = String(url.dropFirst(7))
        if path.isEmpty {
            node.report("the URL names no file", "such as \"sqlite:app.db\"")
            return nil
        }
        if path.hasPrefix(":memory:") {
            node.report("a database in memory cannot be shared by several connections", "name a file")
            return nil
        }
        if path.hasPrefix("//"), !path.hasPrefix("///") {
            node.report(
                "\"sqlite://\" would name a host",
                "\"sqlite:app.db\" for a relative path, \"sqlite:/data/app.db\" for an absolute one")
            return nil
        }
        return resolvePath(path, relativeTo: directory)
    }
}

/// Where a server is, with the password if there is one: never printed by anything that prints the configuration.
package struct DatabaseURL: Sendable, Hashable, CustomStringConvertible, CustomDebugStringConvertible,
    CustomReflectable
{
    package let text: String

    package init(_ text: String) {
        self.text = text
    }

    package var description: String { "<url>" }
    package var debugDescription: String { "<url>" }
    package var customMirror: Mirror { Mirror(self, children: [] as [Mirror.Child]) }
}
