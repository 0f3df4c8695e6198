// What a connector finds in its database, in the database's own words. `CatalogBuilder` joins it with the project's
// configuration into the catalog; nothing else reads it.

package struct DatabaseSchema: Sendable, Hashable {
    package var tables: [TableDescription]
    /// Those that were asked for.
    package var functions: [FunctionDescription]

    package init(tables: [TableDescription] = [], functions: [FunctionDescription] = []) {
        self.tables = tables
        self.functions = functions
    }
}

/// What of a database only some projects want to know.
package struct IntrospectionRequest: Sendable, Hashable {
    /// Tables whose rows are the values of an enum.
    package var enumTables: Set<String>
    /// Functions by name, all of each; `schema.function` outside the default schema.
    package var functions: Set<String>

    package init(enumTables: Set<String> = [], functions: Set<String> = []) {
        self.enumTables = enumTables
        self.functions = functions
    }

    package init(_ source: SourceConfiguration) {
        enumTables = Set(source.collections.filter(\.isEnum).map(\.table))
        functions = Set(source.functions.map { FunctionReference($0.function).name })
        for field in source.collections.flatMap(\.computedFields) {
            if case .function(let name, _, _) = field.definition {
                functions.insert(FunctionReference(name).name)
            }
        }
    }
}

package struct TableDescription: Sendable, Hashable {
    package enum Kind: Sendable, Hashable {
        case table
        case view
    }

    package var kind: Kind
    /// As the catalog spells it; tables outside the default schema are `schema.table`.
    package var name: String
    /// Where the database has schemas: which one holds the table, and its name there.
    package var location: TableLocation?
    package var columns: [ColumnDescription]
    /// Column names in key order; empty when there is no primary key.
    package var primaryKey: [String]
    /// As the database calls the key, where it has a name.
    package var primaryKeyName: String?
    package var uniqueConstraints: [UniqueConstraintDescription]
    package var foreignKeys: [ForeignKeyDescription]
    /// A hidden column that tells the rows apart, if the table has one that its own columns leave in sight.
    package var rowIdentifier: RowIdentifier?
    /// Of a view: what of it can be written.
    package var accepts = AcceptedWrites()
    /// Of a view whose rows are those of one table each: its columns that are that table's primary key.
    package var viewKey: [String] = []
    /// Names of the triggers that writes of its rows set off.
    package var triggers: [String] = []
    /// Whether its rows may be rows of other tables, too, or changed by their writes, in a way that keys and triggers do not tell:
    /// by inheritance, in a virtual table, through a conflict that replaces rows.
    package var hasHiddenTies = false
    package var comment: String?
    /// The rows, of a table that is to be an enum; `nil` where they were not asked for.
    package var enumRows: [EnumRowDescription]?

    package init(
        kind: Kind = .table, name: String, location: TableLocation? = nil, columns: [ColumnDescription],
        primaryKey: [String] = [], primaryKeyName: String? = nil,
        uniqueConstraints: [UniqueConstraintDescription] = [], foreignKeys: [ForeignKeyDescription] = [],
        rowIdentifier: RowIdentifier? = nil, comment: String? = nil, enumRows: [EnumRowDescription]? = nil
    ) {
        self.kind = kind
        self.name = name
        self.location = location
        self.columns = columns
        self.primaryKey = primaryKey
        self.primaryKeyName = primaryKeyName
        self.uniqueConstraints = uniqueConstraints
        self.foreignKeys = foreignKeys
        self.rowIdentifier = rowIdentifier
        self.comment = comment
        self.enumRows = enumRows
    }
}

/// A row of a table that is to be an enum type.
package struct EnumRowDescription: Sendable, Hashable {
    /// The key; `nil` where it is no text.
    package var value: String?
    package var description: String?

    package init(value: String?, description: String? = nil) {
        self.value = value
        self.description = description
    }
}

/// A table by its schema and its own name.
package struct TableLocation: Sendable, Hashable {
    package let schema: String
    package let table: String

    package init(schema: String, table: String) {
        self.schema = schema
        self.table = table
    }
}

/// What a view lets be written, rules aside.
package struct AcceptedWrites: Sendable, Hashable {
    package var inserts: Bool
    package var deletes: Bool
    /// Columns whose change is taken on.
    package var updatedColumns: [String]

    package init(inserts: Bool = false, deletes: Bool = false, updatedColumns: [String] = []) {
        self.inserts = inserts
        self.deletes = deletes
        self.updatedColumns = updatedColumns
    }
}

package struct ColumnDescription: Sendable, Hashable {
    package var name: String
    package var type: ScalarKind
    package var isNullable: Bool
    package var isGenerated: Bool
    package var hasDefault: Bool
    /// The column holds values of other types than its own and compares them as such.
    package var isUntyped = false
    package var comment: String?

    package init(
        name: String, type: ScalarKind, isNullable: Bool, isGenerated: Bool = false, hasDefault: Bool = false,
        comment: String? = nil
    ) {
        self.name = name
        self.type = type
        self.isNullable = isNullable
        self.isGenerated = isGenerated
        self.hasDefault = hasDefault
        self.comment = comment
    }
}

package struct UniqueConstraintDescription: Sendable, Hashable {
    package var name: String
    package var columns: [String]

    package init(name: String, columns: [String]) {
        self.name = name
        self.columns = columns
    }
}

package struct ForeignKeyDescription: Sendable, Hashable {
    package var columns: [String]
    package var targetTable: String
    /// The referenced columns, resolved (never empty, also where the declaration leaves them out).
    package var targetColumns: [String]
    package var onDelete: ForeignKey.Action
    package var onUpdate: ForeignKey.Action

    package init(
        columns: [String], targetTable: String, targetColumns: [String], onDelete: ForeignKey.Action = .refuse,
        onUpdate: ForeignKey.Action = .refuse
    ) {
        self.columns = columns
        self.targetTable = targetTable
        self.targetColumns = targetColumns
        self.onDelete = onDelete
        self.onUpdate = onUpdate
    }
}
