// Names for a database whose own cannot all stand in one schema: columns `a b` and `a_b`, tables called like a type of the
// API or like a field of another table. `perigee init` writes them down, so that every database has a project to start with.

package enum StartingNames {
    /// Entries for the tables and columns that need another name than their own; empty where nothing clashes.
    package static func propose(
        for schema: DatabaseSchema, of source: SourceConfiguration, capabilities: SourceCapabilities
    ) -> [CollectionConfiguration] {
        var entries: [String: CollectionConfiguration] = [:]
        for table in schema.tables {
            let fields = renamedFields(of: table)
            guard !fields.isEmpty else { continue }
            var entry = CollectionConfiguration(table: table.name)
            entry.fields = fields
            entries[table.name] = entry
        }
        let builds = { (tables: [TableDescription], entries: [String: CollectionConfiguration]) in
            var configuration = source
            configuration.collections = tables.compactMap { entries[$0.name] }
            let input = CatalogBuilder.Input(
                configuration: configuration, schema: DatabaseSchema(tables: tables), capabilities: capabilities)
            return (try? CatalogBuilder.build([input], file: "")) != nil
        }
        if !builds(schema.tables, entries) {
            // One table after the other, so that the first of two keeps its name.
            var tables: [TableDescription] = []
            for table in schema.tables {
                tables.append(table)
                var number = 2
                while number < 100, !builds(tables, entries) {
                    var entry = entries[table.name] ?? CollectionConfiguration(table: table.name)
                    entry.name = "\(CatalogBuilder.graphQLName(from: table.name))_\(number)"
                    entries[table.name] = entry
                    number += 1
                }
            }
        }
        return schema.tables.compactMap { entries[$0.name] }
    }

    private static func renamedFields(of table: TableDescription) -> [FieldConfiguration] {
        var taken: Set<String> = ["_and", "_or", "_not"]
        return table.columns.compactMap { column in
            let own = CatalogBuilder.enumValue(from: column.name)
            var name = own
            var number = 2
            while !taken.insert(name).inserted {
                name = "\(own)_\(number)"
                number += 1
            }
            return name == own ? nil : FieldConfiguration(column: column.name, name: name)
        }
    }
}
