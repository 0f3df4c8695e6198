internal import ConnectorSQLite
// The one place where sources of the configuration meet the connectors that serve them.
internal import Connectors
internal import Metadata
internal import Reactor

enum ConnectorRegistry {
    static func connect(
        _ source: SourceConfiguration, configuration: ProjectConfiguration, loops: [EventLoop]
    ) throws(ProjectFailure) -> any Connector {
        do {
            switch source.location {
            case .sqlite(let path):
                return try SQLiteConnector(
                    path: path, readers: source.readers, limits: SQLiteLimits(configuration.server), loops: loops)
            }
        } catch {
            throw .source(name: source.name, error)
        }
    }
}

extension SQLiteLimits {
    init(_ server: ServerConfiguration) {
        self.init()
        responseBytes = server.limits.responseBytes
        preparedStatements = server.caches.statements
    }
}
