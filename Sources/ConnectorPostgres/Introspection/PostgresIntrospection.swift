// Reads tables, columns, keys, foreign keys and comments into the form that the catalog is built from. Blocks.

internal import Base
internal import Connectors
internal import Metadata

struct PostgresIntrospection {
    /// Its tables have no schema in their collection's name.
    static let defaultSchema = "public"

    private var tables: [TableDescription] = []
    /// By oid, as text.
    private var positions: [String: Int] = [:]

    static func schema(
        of handle: consuming PostgresHandle, enumTables: Set<String> = []
    ) throws(ConnectorError) -> DatabaseSchema {
        // One snapshot: a schema that changes meanwhile is seen before or after, never half.
        try handle.runScript("begin isolation level repeatable read read only")
        let schema = try schema(enumTables: enumTables) { text throws(ConnectorError) in try handle.run(text).rows }
        try handle.runScript("commit")
        return schema
    }

    /// - Parameter rows: runs a statement. They are as many as `CatalogQueries` has, whatever the number of tables, and one
    ///   for each table that is to be an enum.
    static func schema(
        enumTables: Set<String>, rows: (String) throws(ConnectorError) -> [[String?]]
    ) throws(ConnectorError) -> DatabaseSchema {
        var introspection = PostgresIntrospection()
        introspection.add(tables: try rows(CatalogQueries.tables))
        introspection.add(columns: try rows(CatalogQueries.columns))
        introspection.add(keys: try rows(CatalogQueries.keys))
        introspection.add(foreignKeys: try rows(CatalogQueries.foreignKeys))
        for (index, table) in introspection.tables.enumerated()
        where enumTables.contains(table.name) && table.primaryKey.count == 1 {
            introspection.tables[index].enumRows = try rows(query(enumRowsOf: table)).map { row in
                EnumRowDescription(value: row[0], description: row[1])
            }
        }
        return DatabaseSchema(tables: introspection.tables.filter { !$0.columns.isEmpty })
    }

    /// One row more than there may be, so that there being more is seen.
    private static func query(enumRowsOf table: TableDescription) -> String {
        let isDescribed = table.columns.contains { $0.name == Enumeration.descriptionColumn }
        let description =
            isDescribed ? PostgresDialect.quotedIdentifier(Enumeration.descriptionColumn) + "::text" : "null"
        let schema = table.location.map { PostgresDialect.quotedIdentifier($0.schema) + "." } ?? ""
        return "select \(PostgresDialect.quotedIdentifier(table.primaryKey[0]))::text, \(description) from "
            + "\(schema)\(PostgresDialect.quotedIdentifier(table.location?.table ?? table.name)) "
            + "limit \(Enumeration.maximumValues + 1)"
    }

    private mutating func add(tables rows: [[String?]]) {
        for row in rows {
            guard let oid = row[0], let schema = row[1], let name = row[2] else { continue }
            positions[oid] = tables.count
            tables.append(
                TableDescription(
                    kind: ["v", "m"].contains(row[3]) ? .view : .table,
                    name: schema == Self.defaultSchema ? name : "\(schema).\(name)",
                    location: TableLocation(schema: schema, table: name), columns: [], comment: row[4]))
        }
    }

    private mutating func add(columns rows: [[String?]]) {
        for row in rows {
            guard let index = row[0].flatMap({ positions[$0] }), let name = row[1], let type = row[2] else { continue }
            tables[index].columns.append(
                ColumnDescription(
                    name: name, type: PostgresTypes.scalar(type, schema: row[3]), isNullable: row[4] != "t",
                    isGenerated: row[5] == "t", hasDefault: row[6] == "t", comment: row[7]))
        }
    }

    private mutating func add(keys rows: [[String?]]) {
        for row in rows {
            guard let index = row[0].flatMap({ positions[$0] }), let name = row[1] else { continue }
            let columns = Self.names(row[4])
            // A column the gateway may not read: the key cannot be named.
            guard isKnown(columns, index) else { continue }
            if row[2] == "t" {
                tables[index].primaryKey = columns
                tables[index].primaryKeyName = name
            } else if row[3] == "t" {
                tables[index].uniqueConstraints.append(UniqueConstraintDescription(name: name, columns: columns))
            }
        }
    }

    private mutating func add(foreignKeys rows: [[String?]]) {
        for row in rows {
            guard let index = row[0].flatMap({ positions[$0] }), let target = row[2].flatMap({ positions[$0] }) else {
                continue
            }
            let (columns, targetColumns) = (Self.names(row[1]), Self.names(row[3]))
            guard isKnown(columns, index), isKnown(targetColumns, target) else { continue }
            tables[index].foreignKeys.append(
                ForeignKeyDescription(
                    columns: columns, targetTable: tables[target].name, targetColumns: targetColumns,
                    onDelete: Self.action(row[4]), onUpdate: Self.action(row[5])))
        }
    }

    private func isKnown(_ columns: [String], _ table: Int) -> Bool {
        !columns.isEmpty && columns.allSatisfy { name in tables[table].columns.contains { $0.name == name } }
    }

    private static func names(_ json: String?) -> [String] {
        guard let json, let list = try? JSONScanner.parse(Array(json.utf8)).array else { return [] }
        return list.compactMap(\.string)
    }

    private static func action(_ letter: String?) -> ForeignKey.Action {
        switch letter {
        case "c": .cascade
        case "n": .setNull
        case "d": .setDefault
        default: .refuse
        }
    }
}
