// The catalog: what a project exposes, as immutable values. Built once from what the databases hold and what the
// configuration says (`CatalogBuilder`), swapped whole when either changes. Everything refers to collections, fields
// and relationships by index, so that later stages never look a name up twice.

package struct Catalog: Sendable {
    package let sources: [Source]
    /// Indexed by `CollectionID`.
    package let collections: [TrackedCollection]
    /// Indexed by `FunctionID`.
    package let functions: [TrackedFunction]
    private let enumerations: [String: Enumeration]
    private let byName: [CollectionName: CollectionID]

    package init(
        sources: [Source], collections: [TrackedCollection], enumerations: [Enumeration] = [],
        functions: [TrackedFunction] = []
    ) {
        self.sources = sources
        self.functions = functions
        self.collections = collections
        self.enumerations = Dictionary(enumerations.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
        byName = Dictionary(collections.map { ($0.name, $0.id) }, uniquingKeysWith: { first, _ in first })
    }

    package subscript(id: CollectionID) -> TrackedCollection { collections[id.index] }
    package subscript(id: SourceID) -> Source { sources[id.index] }
    package subscript(id: FunctionID) -> TrackedFunction { functions[id.index] }

    package func collection(named name: CollectionName) -> TrackedCollection? {
        byName[name].map { collections[$0.index] }
    }

    package func enumeration(named name: String) -> Enumeration? { enumerations[name] }

    package func field(_ reference: FieldReference) -> CollectionField {
        collections[reference.collection.index].fields[reference.index]
    }

    package func rowFunction(_ reference: RowFunctionReference) -> RowFunction {
        collections[reference.collection.index].rowFunctions[reference.index]
    }

    package func relationship(_ reference: RelationshipReference) -> Relationship {
        collections[reference.collection.index].relationships[reference.index]
    }
}

package struct SourceID: Sendable, Hashable {
    package let index: Int
    package init(_ index: Int) { self.index = index }
}

package struct CollectionID: Sendable, Hashable {
    package let index: Int
    package init(_ index: Int) { self.index = index }
}

/// A field of a collection.
package struct FieldReference: Sendable, Hashable {
    package let collection: CollectionID
    package let index: Int

    package init(collection: CollectionID, index: Int) {
        self.collection = collection
        self.index = index
    }
}

package struct RelationshipReference: Sendable, Hashable {
    package let collection: CollectionID
    package let index: Int

    package init(collection: CollectionID, index: Int) {
        self.collection = collection
        self.index = index
    }
}

/// `source.collection`, spelt as the catalog spells it; no case folding.
package struct CollectionName: Sendable, Hashable, CustomStringConvertible {
    package let source: String
    package let collection: String

    package init(source: String, collection: String) {
        self.source = source
        self.collection = collection
    }

    package var description: String { "\(source).\(collection)" }
}

package struct Source: Sendable {
    package let id: SourceID
    package let name: String
    package let capabilities: SourceCapabilities

    package init(id: SourceID, name: String, capabilities: SourceCapabilities) {
        self.id = id
        self.name = name
        self.capabilities = capabilities
    }
}

package struct TrackedCollection: Sendable {
    package let id: CollectionID
    package let source: SourceID
    package let name: CollectionName
    /// The table or view in the database.
    package let table: String
    /// The schema that holds it, where the database has schemas.
    package let schema: String?
    /// The name that root fields and types are made of.
    package let apiName: String
    package let rootFields: RootFieldNames
    package let fields: [CollectionField]
    package let relationships: [Relationship]
    /// Field indices in key order; empty without a primary key.
    package let primaryKey: [Int]
    /// What `on_conflict` may name, the primary key first.
    package let constraints: [UniqueKey]
    /// A hidden column that tells the rows apart, where the database has one.
    package let rowIdentifier: RowIdentifier?
    package let foreignKeys: [ForeignKey]
    package let isView: Bool
    /// Of a view whose rows are those of one table each: field indices of what that table has as its primary key.
    package var viewKey: [Int] = []
    package let description: String?
    /// Of a view: what of it can be written; `nil` for a table, which can be wherever its rows can be told apart.
    package var accepts: AcceptedWrites?
    /// Names of the database's triggers on it: they run with the gateway's rights.
    package var triggers: [String] = []
    /// Computed fields that are rows of a collection.
    package var rowFunctions: [RowFunction] = []

    package init(
        id: CollectionID, source: SourceID, name: CollectionName, table: String, schema: String? = nil,
        apiName: String, rootFields: RootFieldNames, fields: [CollectionField], relationships: [Relationship],
        primaryKey: [Int],
        constraints: [UniqueKey], rowIdentifier: RowIdentifier?, foreignKeys: [ForeignKey], isView: Bool,
        description: String?
    ) {
        self.id = id
        self.source = source
        self.name = name
        self.table = table
        self.schema = schema
        self.apiName = apiName
        self.rootFields = rootFields
        self.fields = fields
        self.relationships = relationships
        self.primaryKey = primaryKey
        self.constraints = constraints
        self.rowIdentifier = rowIdentifier
        self.foreignKeys = foreignKeys
        self.isView = isView
        accepts = isView ? AcceptedWrites() : nil
        self.description = description
    }

    package func reference(_ field: Int) -> FieldReference { FieldReference(collection: id, index: field) }

    /// The field of a database column or of a computed field, as rules name them.
    package func fieldIndex(named name: String) -> Int? { fields.firstIndex { $0.name == name } }
    package func fieldIndex(apiName: String) -> Int? { fields.firstIndex { $0.apiName == apiName } }
    package func relationshipIndex(named name: String) -> Int? { relationships.firstIndex { $0.name == name } }

    /// Whether the fields hold a key: at most one row has given values in them.
    package func isUnique(_ columns: Set<Int>) -> Bool {
        if !primaryKey.isEmpty, columns.isSuperset(of: primaryKey) { return true }
        return constraints.contains { columns.isSuperset(of: $0.fields) }
    }

    /// Whether updates set the field. The key of a view's row stays: it is found by it after the write.
    package func takesUpdate(of field: Int) -> Bool {
        guard let accepts else { return true }
        return accepts.updatedColumns.contains(fields[field].name) && !primaryKey.contains(field)
            && !viewKey.contains(field)
    }

    /// What names one row while a mutation runs; `nil` where nothing does, and then nothing is written.
    package var identity: RowIdentity? {
        if isView, primaryKey.isEmpty { return viewKey.isEmpty ? nil : .key(viewKey) }
        if let rowIdentifier { return .hidden(rowIdentifier) }
        return primaryKey.isEmpty ? nil : .key(primaryKey)
    }
}

extension TrackedCollection {
    /// Whether a row is named otherwise once these fields of it are changed.
    package func isNamedAnew(byChanging fields: some Sequence<Int>) -> Bool {
        switch identity {
        // A hidden column may be another name of the primary key.
        case .hidden(let identifier)?: !identifier.isLasting || !Set(primaryKey).isDisjoint(with: fields)
        case .key(let key)?: !Set(key).isDisjoint(with: fields)
        case nil: false
        }
    }
}

/// How the rows of a collection are told apart while a mutation runs.
package enum RowIdentity: Sendable, Hashable {
    case hidden(RowIdentifier)
    /// The fields of the primary key.
    case key([Int])
}

/// A hidden column that has another value in every row of a table.
package struct RowIdentifier: Sendable, Hashable {
    package let name: String
    package let type: ScalarKind
    /// Whether a row keeps it when it is changed.
    package let isLasting: Bool

    package init(_ name: String, _ type: ScalarKind = .bigint, isLasting: Bool = true) {
        self.name = name
        self.type = type
        self.isLasting = isLasting
    }
}

/// A key or unique constraint.
package struct UniqueKey: Sendable, Hashable {
    /// As the database calls it.
    package let name: String
    package let fields: [Int]
    /// As `T_constraint` offers it.
    package var apiName: String

    package init(name: String, fields: [Int]) {
        self.name = name
        self.fields = fields
        apiName = CatalogBuilder.enumValue(from: name)
    }
}

/// What the rows of one collection say of those of another, the database seeing to it.
package struct ForeignKey: Sendable, Hashable {
    /// What becomes of the referring rows when the one they refer to goes or changes its key.
    package enum Action: Sendable, Hashable {
        /// Nothing: the write is an error.
        case refuse
        case cascade
        case setNull
        case setDefault
    }

    package let fields: [Int]
    package let target: CollectionID
    package let targetFields: [Int]
    package let onDelete: Action
    package let onUpdate: Action

    package init(fields: [Int], target: CollectionID, targetFields: [Int], onDelete: Action, onUpdate: Action) {
        self.fields = fields
        self.target = target
        self.targetFields = targetFields
        self.onDelete = onDelete
        self.onUpdate = onUpdate
    }
}

package struct RootFieldNames: Sendable, Hashable {
    package var select: String
    package var selectByKey: String
    package var selectAggregate: String
    /// What this API adds to the dialect gives way where another collection has the name; `nil` then.
    package var selectGroup: String?
    package var selectConnection: String?
    package var insert: String
    package var insertOne: String
    package var update: String
    package var updateByKey: String
    package var updateMany: String
    package var delete: String
    package var deleteByKey: String

    package init(apiName: String) {
        select = apiName
        selectByKey = apiName + "_by_pk"
        selectAggregate = apiName + "_aggregate"
        selectGroup = apiName + "_group"
        selectConnection = apiName + "_connection"
        insert = "insert_" + apiName
        insertOne = insert + "_one"
        update = "update_" + apiName
        updateByKey = update + "_by_pk"
        updateMany = update + "_many"
        delete = "delete_" + apiName
        deleteByKey = delete + "_by_pk"
    }

    /// The fields of the query root, of the subscription root, too.
    package var queries: [String] {
        [select, selectByKey, selectAggregate] + [selectGroup, selectConnection].compactMap { $0 }
    }

    /// The fields of the mutation root.
    package var mutations: [String] {
        [insert, insertOne, update, updateByKey, updateMany, delete, deleteByKey]
    }
}

package struct CollectionField: Sendable {
    package enum Storage: Sendable, Hashable {
        case column
        /// An SQL expression over the row's own columns, from the configuration.
        case computed(expression: String)
        /// What a function of the database makes of the row.
        case function(DatabaseFunction)
    }

    /// The column in the database, or the computed field's name: what rules call it.
    package let name: String
    package let apiName: String
    package let type: ScalarKind
    package let isNullable: Bool
    package let storage: Storage
    /// The database computes the column; nobody writes it.
    package let isGenerated: Bool
    /// Shown as text, but it may hold and compare values of any type; sources see to it that what it shows is what counts.
    package var isUntyped = false
    package let description: String?

    package init(
        name: String, apiName: String, type: ScalarKind, isNullable: Bool, storage: Storage = .column,
        isGenerated: Bool = false, description: String? = nil
    ) {
        self.name = name
        self.apiName = apiName
        self.type = type
        self.isNullable = isNullable
        self.storage = storage
        self.isGenerated = isGenerated
        self.description = description
    }

    package var isComputed: Bool { storage != .column }
    package var isWritable: Bool { !isComputed && !isGenerated }
}
