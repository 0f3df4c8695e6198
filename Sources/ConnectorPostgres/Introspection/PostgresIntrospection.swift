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
    /// Positions of tables that are neither partitioned nor elsewhere.
    private var plain: Set<Int> = []
    /// By oid, as text.
    private var types: [String: PostgresTypes.Description] = [:]

    static func schema(
        of handle: consuming PostgresHandle, _ request: IntrospectionRequest
    ) throws(ConnectorError) -> DatabaseSchema {
        // One snapshot: a schema that changes meanwhile is seen before or after, never half.
        try handle.runScript("begin isolation level repeatable read read only")
        let schema = try schema(request) { text throws(ConnectorError) in try handle.run(text).rows }
        try handle.runScript("commit")
        return schema
    }

    /// - Parameter rows: runs a statement. They are as many as `CatalogQueries` has, whatever the number of tables, and one
    ///   for each table that is to be an enum.
    static func schema(
        _ request: IntrospectionRequest, rows: (String) throws(ConnectorError) -> [[String?]]
    ) throws(ConnectorError) -> DatabaseSchema {
        var introspection = PostgresIntrospection()
        let functions = request.functions.sorted()
        introspection.add(tables: try rows(CatalogQueries.tables))
        introspection.add(types: try rows(CatalogQueries.types(ofFunctions: functions)))
        introspection.add(columns: try rows(CatalogQueries.columns))
        introspection.add(keys: try rows(CatalogQueries.keys))
        introspection.add(foreignKeys: try rows(CatalogQueries.foreignKeys))
        introspection.add(triggers: try rows(CatalogQueries.triggers))
        introspection.add(writableViews: try rows(CatalogQueries.writableViews))
        introspection.identifyRows()
        for (index, table) in introspection.tables.enumerated()
        where request.enumTables.contains(table.name) && table.primaryKey.count == 1 {
            introspection.tables[index].enumRows = try rows(query(enumRowsOf: table)).map { row in
                EnumRowDescription(value: row[0], description: row[1])
            }
        }
        let found = functions.isEmpty ? [] : try rows(CatalogQueries.functions(functions))
        return DatabaseSchema(
            tables: introspection.tables.filter { !$0.columns.isEmpty },
            functions: found.compactMap { introspection.function($0) })
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

    /// What changes with the schema, and with the rows of tables that are enums.
    static func fingerprint(_ handle: borrowing PostgresHandle, _ known: DatabaseSchema) throws(ConnectorError)
        -> String
    {
        var parts = try handle.run(CatalogQueries.fingerprint).rows.flatMap { $0.map { $0 ?? "" } }
        for table in known.tables where table.enumRows != nil {
            // By what introspection reads of it, so that a table that is not what it was is an error and no change.
            for row in try handle.run(query(enumRowsOf: table)).rows { parts += row.map { $0 ?? "" } }
        }
        return parts.joined(separator: "\n")
    }

    private mutating func add(tables rows: [[String?]]) {
        for row in rows {
            guard let oid = row[0], let schema = row[1], let name = row[2] else { continue }
            positions[oid] = tables.count
            if row[3] == "r" { plain.insert(tables.count) }
            var table = TableDescription(
                kind: ["v", "m"].contains(row[3]) ? .view : .table,
                name: schema == Self.defaultSchema ? name : "\(schema).\(name)",
                location: TableLocation(schema: schema, table: name), columns: [], comment: row[4])
            table.hasHiddenTies = row[5] == "t"
            tables.append(table)
        }
    }

    private mutating func add(types rows: [[String?]]) {
        for row in rows {
            guard let oid = row[0], let name = row[1] else { continue }
            var type = PostgresTypes.Description(name: name, schema: row[2])
            type.category = row[3] ?? type.category
            type.labels = Self.names(row[4])
            type.comparability = row[5] == "t" ? .ordered : row[6] == "t" ? .equal : .none
            type.isArray = row[7] == "t"
            types[oid] = type
        }
    }

    private mutating func add(columns rows: [[String?]]) {
        for row in rows {
            guard let index = row[0].flatMap({ positions[$0] }), let name = row[1],
                let type = row[2].flatMap({ types[$0] })
            else { continue }
            tables[index].columns.append(
                ColumnDescription(
                    name: name, type: PostgresTypes.scalar(type, dimensions: row[3].flatMap { Int($0) } ?? 1),
                    isNullable: row[4] != "t",
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

    private mutating func add(triggers rows: [[String?]]) {
        for row in rows {
            guard let index = row[0].flatMap({ positions[$0] }), let name = row[1] else { continue }
            tables[index].triggers.append(name)
        }
    }

    private func function(_ row: [String?]) -> FunctionDescription? {
        guard let schema = row[0], let name = row[1] else { return nil }
        var arguments: [FunctionDescription.Argument] = []
        for member in (row[2].flatMap { try? JSONScanner.parse(Array($0.utf8)).array }) ?? [] {
            guard let argument = member.object, let type = argument["type"]?.string,
                let typeSchema = argument["schema"]?.string,
                let known = argument["oid"]?.string.flatMap({ types[$0] })
            else { return nil }
            let table = argument["row"]?.string.flatMap { positions[$0] }.map { tables[$0].name }
            arguments.append(
                .init(
                    name: argument["name"]?.string.flatMap { $0.isEmpty ? nil : $0 },
                    kind: table.map { .row(of: $0) } ?? .value(PostgresTypes.scalar(known)),
                    type: TypeLocation(schema: typeSchema, name: type), words: argument["words"]?.string,
                    hasDefault: argument["hasDefault"] == .bool(true)))
        }
        var description = FunctionDescription(
            name: schema == Self.defaultSchema ? name : "\(schema).\(name)",
            location: TableLocation(schema: schema, table: name), arguments: arguments, result: result(row),
            volatility: row[7] == "i" ? .immutable : row[7] == "s" ? .stable : .volatile, comment: row[9])
        description.borrowsRights = row[8] == "t"
        return description
    }

    private func result(_ row: [String?]) -> FunctionDescription.Result {
        if let table = row[4].flatMap({ positions[$0] }), row[3] == "t" { return .rows(of: tables[table].name) }
        guard row[3] != "t", row[4] == nil, let type = row[5].flatMap({ types[$0] }) else {
            return .other(row[6] ?? "")
        }
        return .value(PostgresTypes.scalar(type))
    }

    private mutating func add(writableViews rows: [[String?]]) {
        for row in rows {
            guard let index = row[0].flatMap({ positions[$0] }) else { continue }
            let key = Self.names(row[4])
            tables[index].accepts = AcceptedWrites(
                inserts: row[1] == "t", deletes: row[3] == "t",
                updatedColumns: row[2] == "t" ? tables[index].columns.filter { !$0.isGenerated }.map(\.name) : [])
            if isKnown(key, index) { tables[index].viewKey = key }
        }
    }

    /// Without a primary key, rows are told apart by where they lie. A row that is changed lies elsewhere, but where it lay
    /// no other will within the same transaction.
    private mutating func identifyRows() {
        for index in plain where tables[index].primaryKey.isEmpty {
            tables[index].rowIdentifier = RowIdentifier("ctid", .other(DatabaseType("tid")), isLasting: false)
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
