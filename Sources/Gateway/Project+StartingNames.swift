// What `perigee init` asks of a database before there is a project for it.
internal import Connectors
package import Metadata

extension Project {
    /// What a project for a source begins with.
    package struct Start: Sendable {
        /// Names for tables and columns whose own would clash.
        package let names: [CollectionConfiguration]
        /// Tables that look like enums.
        package let enums: [String]
    }

    package static func start(
        of source: SourceConfiguration, _ configuration: ProjectConfiguration
    ) throws(ProjectFailure) -> Start {
        let connector = try ConnectorRegistry.connect(source, configuration: configuration, loops: [])
        defer { connector.close() }
        do {
            var schema = try connector.introspect(IntrospectionRequest())
            let names = StartingNames.propose(for: schema, of: source, capabilities: connector.capabilities)
            let candidates = StartingEnums.candidates(in: schema)
            if !candidates.isEmpty { schema = try connector.introspect(IntrospectionRequest(enumTables: candidates)) }
            return Start(names: names, enums: StartingEnums.propose(for: schema))
        } catch {
            throw .source(name: source.name, error)
        }
    }
}
