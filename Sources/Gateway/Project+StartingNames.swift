// What `perigee init` asks of a database before there is a project for it.
internal import Connectors
package import Metadata

extension Project {
    /// Names for the tables and columns of a source whose own would clash.
    package static func startingNames(
        of source: SourceConfiguration, _ configuration: ProjectConfiguration
    ) throws(ProjectFailure) -> [CollectionConfiguration] {
        let connector = try ConnectorRegistry.connect(source, configuration: configuration, loops: [])
        defer { connector.close() }
        do {
            let schema = try connector.introspect(enumTables: [])
            return StartingNames.propose(for: schema, of: source, capabilities: connector.capabilities)
        } catch {
            throw .source(name: source.name, error)
        }
    }
}
