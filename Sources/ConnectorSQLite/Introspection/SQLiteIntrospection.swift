// Reads tables, views, columns, keys and foreign keys through SQLite's table-valued pragmas: no SQL text is parsed. What the
// triggers of a view take on SQLite itself says, asked to compile a write of it. https://sqlite.org/pragma.html#pragfunc

internal import Connectors
internal import Metadata
internal import Planning

struct SQLiteIntrospection: ~Copyable {
    private let tables: SQLitePreparedStatement
    private let columns: SQLitePreparedStatement
    private let indices: SQLitePreparedStatement
    private let indexColumns: SQLitePreparedStatement
    private let foreignKeys: SQLitePreparedStatement
    private let triggers: SQLitePreparedStatement
    private var scratch = BindingScratch()

    static func schema(
        of handle: borrowing SQLiteHandle, enumTables: Set<String> = []
    ) throws(ConnectorError) -> DatabaseSchema {
        var introspection = try SQLiteIntrospection(handle)
        // One read transaction: a schema that changes meanwhile is seen before or after, never half.
        try handle.execute("begin")
        defer { try? handle.execute("rollback") }
        var schema = try introspection.read(handle)
        for index in schema.tables.indices {
            let table = schema.tables[index]
            if enumTables.contains(table.name) {
                schema.tables[index].enumRows = try introspection.enumRows(of: table, handle)
            }
            if table.kind == .view, !table.triggers.isEmpty { schema.tables[index].accepts = accepted(table, handle) }
        }
        return schema
    }

    /// A view is written by its INSTEAD OF triggers; without one for it, a write is no statement. It is compiled and never run.
    private static func accepted(_ view: TableDescription, _ handle: borrowing SQLiteHandle) -> AcceptedWrites {
        let name = SQLiteDialect.quotedIdentifier(view.name)
        var accepted = AcceptedWrites()
        accepted.updatedColumns = view.columns.map(\.name).filter { column in
            let quoted = SQLiteDialect.quotedIdentifier(column)
            return compiles("UPDATE \(name) SET \(quoted) = \(quoted)", handle)
        }
        accepted.deletes = compiles("DELETE FROM \(name)", handle)
        accepted.inserts = compiles("INSERT INTO \(name) DEFAULT VALUES", handle)
        return accepted
    }

    private static func compiles(_ sql: String, _ handle: borrowing SQLiteHandle) -> Bool {
        (try? handle.prepare(sql)) != nil
    }

    private init(_ handle: borrowing SQLiteHandle) throws(ConnectorError) {
        // Shadow tables, which belong to a virtual one, are not named. In the order of creation.
        let tables = try handle.prepare(
            """
            select l.name, l.type, l.wr, s.sql like '%on conflict%replace%' from pragma_table_list l join sqlite_schema s on s.name = l.name
            where l.schema = 'main' and l.type in ('table', 'view', 'virtual') and substr(l.name, 1, 7) <> 'sqlite_'
              and s.type in ('table', 'view')
            order by s.rowid
            """)
        let columns = try handle.prepare(
            #"select name, type, "notnull", dflt_value is not null, pk, hidden from pragma_table_xinfo(?1, 'main')"#)
        let indices = try handle.prepare(
            #"select name, origin, partial from pragma_index_list(?1, 'main') where "unique" order by seq desc"#)
        let indexColumns = try handle.prepare(
            "select name, coll from pragma_index_xinfo(?1, 'main') where \"key\" order by seqno")
        let foreignKeys = try handle.prepare(
            #"select id, "table", "from", "to", on_delete, on_update from pragma_foreign_key_list(?1, 'main') order by id desc, seq"#
        )
        let triggers = try handle.prepare(
            "select name from sqlite_schema where type = 'trigger' and tbl_name = ?1 collate nocase order by rowid")
        // Together and last: what can be thrown comes before there is anything to destroy.
        self.tables = tables
        self.columns = columns
        self.indices = indices
        self.indexColumns = indexColumns
        self.foreignKeys = foreignKeys
        self.triggers = triggers
    }

    private mutating func read(_ handle: borrowing SQLiteHandle) throws(ConnectorError) -> DatabaseSchema {
        var descriptions: [TableDescription] = []
        var found: [[Reference]] = []
        for listed in try list() {
            // A view over a table that is gone, or a virtual table of an extension that is not loaded, cannot be read
            // by anyone: it is left out instead of hiding the rest.
            guard let table = try? describe(listed, handle), !table.columns.isEmpty else { continue }
            found.append(try references(of: listed.name))
            descriptions.append(table)
        }
        resolve(found, in: &descriptions)
        return DatabaseSchema(tables: descriptions)
    }

    // MARK: Tables

    private struct Listed {
        let name: String
        let isView: Bool
        let isWithoutRowID: Bool
        let isVirtual: Bool
        /// Whether a row written may take the place of another.
        let mayReplaceRows: Bool
    }

    private mutating func list() throws(ConnectorError) -> [Listed] {
        try Self.rows(of: tables, nil, &scratch) { row in
            Listed(
                name: row.text(0) ?? "", isView: row.text(1) == "view", isWithoutRowID: row.integer(2) != 0,
                isVirtual: row.text(1) == "virtual", mayReplaceRows: row.integer(3) != 0)
        }
    }

    private mutating func describe(
        _ listed: Listed, _ handle: borrowing SQLiteHandle
    ) throws(ConnectorError) -> TableDescription {
        let found = try columns(of: listed.name)
        let key = found.filter { $0.keyPosition > 0 }.sorted { $0.keyPosition < $1.keyPosition }
        let (constraints, keyIndex) = try uniqueConstraints(of: listed.name, handle)
        let hasKeyIndex = keyIndex != .none
        let isIntegerKey = key.count == 1 && key.first?.type.uppercased() == "INTEGER"
        // `INTEGER PRIMARY KEY` is the row's own number, never null and given by the database, unless an index of its
        // own carries the key (`… DESC`) or there are no row numbers.
        let isRowID = isIntegerKey && !hasKeyIndex && !listed.isWithoutRowID
        let columns = found.map { column in
            let isKey = column.keyPosition > 0
            var description = ColumnDescription(
                name: column.name,
                type: SQLiteTypes.scalar(declared: column.type, isIntegerKey: isKey && isIntegerKey),
                isNullable: !(column.isNotNull || isKey && (isRowID || listed.isWithoutRowID)),
                isGenerated: column.isGenerated, hasDefault: column.hasDefault || isKey && isRowID)
            description.isUntyped = SQLiteTypes.isUntyped(declared: column.type)
            return description
        }
        var description = TableDescription(
            kind: listed.isView ? .view : .table, name: listed.name, columns: columns,
            primaryKey: keyIndex == .finer ? [] : key.map(\.name),
            uniqueConstraints: constraints,
            rowIdentifier: Self.rowIdentifier(listed, columns.map(\.name)).map { RowIdentifier($0) })
        description.hasHiddenTies = listed.isVirtual || listed.mayReplaceRows
        description.triggers = try Self.rows(of: triggers, listed.name, &scratch) { row in row.text(0) ?? "" }
        return description
    }

    /// The first name of the row's number that no column has taken.
    private static func rowIdentifier(_ listed: Listed, _ columns: [String]) -> String? {
        guard !listed.isView, !listed.isWithoutRowID, !listed.isVirtual else { return nil }
        let taken = Set(columns.map { folded($0) })
        return ["rowid", "_rowid_", "oid"].first { !taken.contains($0) }
    }

    private struct FoundColumn {
        let name: String
        let type: String
        let isNotNull: Bool
        let hasDefault: Bool
        /// 1-based place in the primary key; 0 outside.
        let keyPosition: Int
        let isGenerated: Bool
    }

    private mutating func columns(of table: String) throws(ConnectorError) -> [FoundColumn] {
        let found: [FoundColumn?] = try Self.rows(of: columns, table, &scratch) { row in
            // 1: hidden column of a virtual table; 2 and 3: generated, virtual and stored.
            let hidden = row.integer(5)
            guard hidden != 1, let name = row.text(0) else { return nil }
            return FoundColumn(
                name: name, type: row.text(1) ?? "", isNotNull: row.integer(2) != 0, hasDefault: row.integer(3) != 0,
                keyPosition: row.integer(4), isGenerated: hidden >= 2)
        }
        return found.compactMap { $0 }
    }

    // MARK: Enum tables

    /// The rows of a table that is to be an enum; none where it has no key that they could be told by.
    private mutating func enumRows(
        of table: TableDescription, _ handle: borrowing SQLiteHandle
    ) throws(ConnectorError) -> [EnumRowDescription] {
        guard table.primaryKey.count == 1 else { return [] }
        let key = SQLiteDialect.quotedIdentifier(table.primaryKey[0])
        let isDescribed = table.columns.contains { $0.name == Enumeration.descriptionColumn }
        let description = isDescribed ? SQLiteDialect.quotedIdentifier(Enumeration.descriptionColumn) : "null"
        // One more than there may be, so that there being more is seen.
        let statement = try handle.prepare(
            """
            select iif(typeof(\(key)) = 'text', \(key), null), \(description)
            from \(SQLiteDialect.quotedIdentifier(table.name)) limit \(Enumeration.maximumValues + 1)
            """)
        return try Self.rows(of: statement, nil, &scratch) { row in
            EnumRowDescription(value: row.text(0), description: row.text(1))
        }
    }

    // MARK: Unique constraints

    /// The index that carries a primary key.
    private enum KeyIndex {
        case none
        case exact
        /// It tells values apart that its columns take to be equal.
        case finer
    }

    /// Constraints and indices that make their columns unique among all rows, as the columns compare.
    private mutating func uniqueConstraints(
        of table: String, _ handle: borrowing SQLiteHandle
    ) throws(ConnectorError) -> (constraints: [UniqueConstraintDescription], keyIndex: KeyIndex) {
        struct Index {
            let name: String
            let origin: String
            let isPartial: Bool
        }
        let found = try Self.rows(of: indices, table, &scratch) { row in
            Index(name: row.text(0) ?? "", origin: row.text(1) ?? "", isPartial: row.integer(2) != 0)
        }
        var constraints: [UniqueConstraintDescription] = []
        var keyIndex = KeyIndex.none
        for index in found where !index.isPartial {
            let columns = try Self.rows(of: indexColumns, index.name, &scratch) { row in
                (name: row.text(0), collation: (row.text(1) ?? "").uppercased())
            }
            let names = columns.compactMap { $0.name }
            // An expression has no column name.
            guard !names.isEmpty, names.count == columns.count else { continue }
            // `name COLLATE NOCASE … UNIQUE (name COLLATE BINARY)`: a comparison by the column would find more than one row.
            var isFiner = false
            for column in columns {
                let own = handle.collation(of: column.name ?? "", in: table)
                if own != column.collation, own != "BINARY" { isFiner = true }
            }
            guard index.origin != "pk" else {
                keyIndex = isFiner ? .finer : .exact
                continue
            }
            if isFiner { continue }
            // SQLite does not keep the name of a UNIQUE constraint; its columns say what it is.
            let name = index.origin == "u" ? ([table] + names + ["key"]).joined(separator: "_") : index.name
            constraints.append(UniqueConstraintDescription(name: name, columns: names))
        }
        return (constraints, keyIndex)
    }

    // MARK: Foreign keys

    private struct Reference {
        let id: Int
        let table: String
        let from: String
        /// `nil`: the target's primary key.
        let to: String?
        let onDelete: String
        let onUpdate: String
    }

    private mutating func references(of table: String) throws(ConnectorError) -> [Reference] {
        try Self.rows(of: foreignKeys, table, &scratch) { row in
            Reference(
                id: row.integer(0), table: row.text(1) ?? "", from: row.text(2) ?? "", to: row.text(3),
                onDelete: row.text(4) ?? "", onUpdate: row.text(5) ?? "")
        }
    }

    /// SQLite accepts any spelling and missing targets in a declaration; here every name is spelt as its table does, and
    /// what leads nowhere is left out.
    private func resolve(_ references: [[Reference]], in tables: inout [TableDescription]) {
        var byName: [String: TableDescription] = [:]
        for table in tables { byName[Self.folded(table.name)] = table }
        for index in tables.indices {
            let columns = Self.columnsByName(tables[index])
            var keys: [ForeignKeyDescription] = []
            for reference in Self.grouped(references[index]) {
                guard let first = reference.first, let target = byName[Self.folded(first.table)] else { continue }
                let targetColumns = Self.columnsByName(target)
                let local = reference.compactMap { columns[Self.folded($0.from)] }
                let named = reference.compactMap { $0.to }.compactMap { targetColumns[Self.folded($0)] }
                let remote = first.to == nil ? target.primaryKey : named
                guard local.count == reference.count, remote.count == reference.count else { continue }
                keys.append(
                    ForeignKeyDescription(
                        columns: local, targetTable: target.name, targetColumns: remote,
                        onDelete: Self.action(first.onDelete), onUpdate: Self.action(first.onUpdate)))
            }
            tables[index].foreignKeys = keys
        }
    }

    private static func action(_ words: String) -> ForeignKey.Action {
        switch words {
        case "CASCADE": .cascade
        case "SET NULL": .setNull
        case "SET DEFAULT": .setDefault
        default: .refuse
        }
    }

    private static func grouped(_ references: [Reference]) -> [[Reference]] {
        var groups: [[Reference]] = []
        for reference in references {
            if groups.last?.last?.id == reference.id {
                groups[groups.count - 1].append(reference)
            } else {
                groups.append([reference])
            }
        }
        return groups
    }

    private static func columnsByName(_ table: TableDescription) -> [String: String] {
        Dictionary(table.columns.map { (folded($0.name), $0.name) }, uniquingKeysWith: { first, _ in first })
    }

    /// SQLite compares names without regard to ASCII case, and to no other.
    private static func folded(_ name: String) -> String {
        String(decoding: name.utf8.map { (65...90).contains($0) ? $0 | 0x20 : $0 }, as: UTF8.self)
    }

    // MARK: Rows

    private static func rows<Row>(
        of statement: borrowing SQLitePreparedStatement, _ argument: String?, _ scratch: inout BindingScratch,
        _ read: (borrowing SQLitePreparedStatement) -> Row
    ) throws(ConnectorError) -> [Row] {
        defer { statement.reset() }
        try statement.bind(argument.map { [.text($0)] } ?? [], scratch: &scratch)
        var rows: [Row] = []
        while try statement.step() { rows.append(read(statement)) }
        return rows
    }
}
