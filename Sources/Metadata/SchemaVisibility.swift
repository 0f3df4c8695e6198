// What one authorization shape may see of the catalog, as far as the schema is concerned. Rules decides it; schema
// generation reads it, so that what is denied does not exist for the caller.

package protocol SchemaVisibility: Sendable {
    func visibility(of collection: CollectionID) -> CollectionVisibility
    /// Whether the rules let the function be called; what it returns obeys the rules of its collection all the same.
    func mayCall(_ function: FunctionID) -> Bool
}

package struct CollectionVisibility: Sendable, Hashable {
    package enum Field: Sendable, Hashable {
        case hidden
        /// Decided to be readable on every visible row, without a mask.
        case clear
        /// Readable behind a guard or a mask; `mayBeNull` where that can null it.
        case altered(mayBeNull: Bool)
        /// Stored encrypted: it shows its value or null, and offers nothing but the question whether it is null.
        case sealed
    }

    package enum Link: Sendable, Hashable {
        case hidden
        /// `mayBeMissing`: a related row may be hidden, or not followed from every row.
        case visible(mayBeMissing: Bool)
    }

    package let isReadable: Bool
    package let isAggregatable: Bool
    package let fields: [Field]
    package let relationships: [Link]
    /// By row function.
    package let functions: [Link]
    package let writing: WriteVisibility

    package init(
        isReadable: Bool, isAggregatable: Bool, fields: [Field], relationships: [Link],
        functions: [Link] = [], writing: WriteVisibility = WriteVisibility()
    ) {
        self.isReadable = isReadable
        self.isAggregatable = isAggregatable
        self.fields = fields
        self.relationships = relationships
        self.functions = functions
        self.writing = writing
    }
}

/// What a caller may write to one collection, as far as the schema shows it.
package struct WriteVisibility: Sendable, Hashable {
    package var isInsertable = false
    package var isUpdatable = false
    package var isDeletable = false
    /// Fields, by index, that may be given on insert.
    package var insertFields: Set<Int> = []
    /// Fields that a change may name.
    package var updateFields: Set<Int> = []
    /// Whether the gateway sets fields on update by itself, so that an update needs no operator.
    package var hasForcedUpdate = false
    /// Relationships through which rows may be inserted.
    package var insertRelationships: Set<Int> = []
    /// Constraints, by index, that an insert may name.
    package var constraints: Set<Int> = []

    package init() {}
}
