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
    /// In the order written, by the table's name.
    package var collections: [CollectionConfiguration] = []
    package var pointer: String

    package init(name: String, location: DatabaseLocation, pointer: String = "") {
        self.name = name
        self.location = location
        self.pointer = pointer
    }

    package enum DatabaseLocation: Sendable, Hashable {
        /// A path relative to the working directory (or absolute).
        case sqlite(path: String)
    }

    package enum Tracking: String, Sendable, Hashable, CaseIterable {
        /// Every table, and relationships inferred from foreign keys.
        case all
        /// Only what `collections` lists.
        case listed
    }

    private enum Kind: String, CaseIterable {
        case sqlite
    }

    static let keys = ["kind", "url", "track", "prefix", "namespace", "readers", "collections"]
    static let laterKeys = ["directUrl", "functions", "pool", "schemas", "feed"]
    static let laterKinds = ["postgres", "mysql", "mariadb", "mongodb"]

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
        for (table, node) in section["collections"]?.entries() ?? [] {
            if let collection = CollectionConfiguration(table: table, node) { collections.append(collection) }
        }
        guard let kind, let urlNode else { return nil }
        switch kind {
        case .sqlite:
            guard let path = SourceConfiguration.sqlitePath(urlNode, directory: directory) else { return nil }
            location = .sqlite(path: path)
        }
        self.name = name
        pointer = node.pointer
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
