// The one place where sources of the configuration meet the connectors that serve them.
internal import ConnectorSQLite
internal import Connectors
internal import Metadata
internal import Reactor

#if Postgres
    internal import ConnectorPostgres
#endif

enum ConnectorRegistry {
    static func connect(
        _ source: SourceConfiguration, configuration: ProjectConfiguration, loops: [EventLoop],
        discardsWrites: Bool = false
    ) throws(ProjectFailure) -> any Connector {
        do throws(ConnectorError) {
            switch source.location {
            case .sqlite(let path):
                var limits = SQLiteLimits(configuration.server)
                limits.discardsWrites = discardsWrites
                return try SQLiteConnector(path: path, readers: source.readers, limits: limits, loops: loops)
            case .postgres(let url, let pool):
                #if Postgres
                    var limits = PostgresLimits(configuration.server, pool, loops: max(loops.count, 1))
                    limits.discardsWrites = discardsWrites
                    return try PostgresConnector(
                        url: url.text, directURL: source.directURL?.text, limits: limits)
                #else
                    throw ConnectorError(
                        .unavailable,
                        "this gateway was built without PostgreSQL; build it with the trait Postgres (make build-all)")
                #endif
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

#if Postgres
    extension PostgresLimits {
        init(_ server: ServerConfiguration, _ pool: SourceConfiguration.PoolSizes, loops: Int) {
            self.init()
            responseBytes = server.limits.responseBytes
            preparedStatements = server.caches.statements
            statementTimeout = server.limits.requestTimeout
            let share = { (sum: Int) in max(1, (sum + loops - 1) / loops) }
            // A few busy connections keep a database busy: as many as it has cores, up to twice that.
            fastConnections = share(pool.fast ?? 4)
            slowConnections = share(pool.slow ?? 16)
            writeConnections = share(pool.write ?? 16)
        }
    }
#endif
