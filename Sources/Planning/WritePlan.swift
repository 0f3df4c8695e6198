// One root field of a mutation: what is written, and what is answered about it. Like a read it exists in two stages, and
// only module Rules can make the guard that turns a requested write into one that may be lowered. It knows no SQL; a
// connector decides how many statements a write takes, all of them in one transaction.
package import Metadata

package struct WritePlan<Stage: PlanStage>: Sendable, Hashable {
    package enum Action: Sendable, Hashable {
        case insert(InsertPlan<Stage>)
        case update(UpdatePlan<Stage>)
        /// Each entry sees what the ones before it wrote, and is answered by itself.
        case updateEach([UpdatePlan<Stage>])
        case delete(DeletePlan<Stage>)
        /// A function that may change data: the read that answers it names it, and only the function knows what it writes.
        case call
    }

    package let collection: CollectionID
    package let action: Action
    package let answer: WriteAnswer<Stage>

    package init(collection: CollectionID, action: Action, answer: WriteAnswer<Stage>) {
        self.collection = collection
        self.action = action
        self.answer = answer
    }
}

/// What a write answers: `T_mutation_response`, or the one row.
package enum WriteAnswer<Stage: PlanStage>: Sendable, Hashable {
    case response([WriteMember<Stage>])
    /// The row written, or null. The read is of the keys written; of a call, of the rows it returns.
    case row(ReadPlan<Stage>)
}

/// One member of a `T_mutation_response` object.
package struct WriteMember<Stage: PlanStage>: Sendable, Hashable {
    package enum Content: Sendable, Hashable {
        case typename(String)
        /// Rows written, nested ones included.
        case affectedRows
        /// The rows of the root's own collection that were written, as the caller may read them now.
        case returning(ReadPlan<Stage>)
    }

    package let responseKey: String
    package let content: Content

    package init(responseKey: String, content: Content) {
        self.responseKey = responseKey
        self.content = content
    }
}

/// A column and what it is given.
package struct Assignment: Sendable, Hashable {
    /// Index of the collection's field.
    package let field: Int
    /// `nil` writes null.
    package let value: Parameter?

    package init(field: Int, value: Parameter?) {
        self.field = field
        self.value = value
    }
}

// MARK: Insert

/// (SQL: one INSERT for each object, in written order.)
package struct InsertPlan<Stage: PlanStage>: Sendable, Hashable {
    package let collection: CollectionID
    package let objects: [InsertObject<Stage>]
    package let conflict: ConflictPlan<Stage>?
    /// `$.selectionSet.insert_T.args.objects`
    package let errorPath: String

    package init(
        collection: CollectionID, objects: [InsertObject<Stage>], conflict: ConflictPlan<Stage>?, errorPath: String
    ) {
        self.collection = collection
        self.objects = objects
        self.conflict = conflict
        self.errorPath = errorPath
    }
}

package struct InsertObject<Stage: PlanStage>: Sendable, Hashable {
    package let assignments: [Assignment]
    /// Inserted before the object, whose link columns take their keys.
    package let before: [NestedInsert<Stage>]
    /// Inserted after it, with its key in their link columns.
    package let after: [NestedInsert<Stage>]
    package let security: Stage.WriteSecurity
    package let errorPath: String

    package init(
        assignments: [Assignment], before: [NestedInsert<Stage>], after: [NestedInsert<Stage>],
        security: Stage.WriteSecurity, errorPath: String
    ) {
        self.assignments = assignments
        self.before = before
        self.after = after
        self.security = security
        self.errorPath = errorPath
    }
}

package struct NestedInsert<Stage: PlanStage>: Sendable, Hashable {
    package let link: RelationshipReference
    package let insert: InsertPlan<Stage>

    package init(link: RelationshipReference, insert: InsertPlan<Stage>) {
        self.link = link
        self.insert = insert
    }
}

/// What happens to an object that meets an existing row on exactly one constraint; on any other it is an error.
package struct ConflictPlan<Stage: PlanStage>: Sendable, Hashable {
    package let constraint: UniqueKey
    /// Fields that take the object's value; empty and without `forced`: the row is left alone.
    package let fields: [Int]
    package let forced: [Assignment]
    /// `on_conflict.where`, on the existing row.
    package let predicate: RowPredicate<Stage>
    package let security: Stage.WriteSecurity
    /// What the caller may read of the collection: an existing row lends its key only if it is readable.
    package let readable: Stage.Security

    package init(
        constraint: UniqueKey, fields: [Int], forced: [Assignment], predicate: RowPredicate<Stage>,
        security: Stage.WriteSecurity, readable: Stage.Security
    ) {
        self.constraint = constraint
        self.fields = fields
        self.forced = forced
        self.predicate = predicate
        self.security = security
        self.readable = readable
    }

    /// Whether an existing row is left as it is.
    package var doesNothing: Bool { fields.isEmpty }
}

// MARK: Update and delete

/// (SQL: one UPDATE.)
package struct UpdatePlan<Stage: PlanStage>: Sendable, Hashable {
    package let collection: CollectionID
    package let predicate: RowPredicate<Stage>
    package let limit: Parameter?
    /// Empty only where related rows are changed.
    package let changes: [FieldChange]
    /// Changes of rows that the updated rows lead to, in order, after them.
    package let related: [RelatedChange<Stage>]
    package let security: Stage.WriteSecurity
    package let errorPath: String

    package init(
        collection: CollectionID, predicate: RowPredicate<Stage>, limit: Parameter?, changes: [FieldChange],
        related: [RelatedChange<Stage>] = [], security: Stage.WriteSecurity, errorPath: String
    ) {
        self.collection = collection
        self.predicate = predicate
        self.limit = limit
        self.changes = changes
        self.related = related
        self.security = security
        self.errorPath = errorPath
    }
}

package struct RelatedChange<Stage: PlanStage>: Sendable, Hashable {
    package indirect enum Change: Sendable, Hashable {
        case update(UpdatePlan<Stage>)
        case delete(DeletePlan<Stage>)
    }

    package let link: RelationshipReference
    /// The relationship as it is read: rows that it does not show are not changed through it.
    package let readable: Stage.Security
    package let change: Change

    package init(link: RelationshipReference, readable: Stage.Security, change: Change) {
        self.link = link
        self.readable = readable
        self.change = change
    }
}

/// One column under one update operator.
package struct FieldChange: Sendable, Hashable {
    package let field: Int
    package let change: UpdateOperator
    /// `nil` is null, which only `_set` takes.
    package let value: Parameter?

    package init(field: Int, change: UpdateOperator, value: Parameter?) {
        self.field = field
        self.change = change
        self.value = value
    }
}

/// (SQL: one DELETE.)
package struct DeletePlan<Stage: PlanStage>: Sendable, Hashable {
    package let collection: CollectionID
    package let predicate: RowPredicate<Stage>
    package let limit: Parameter?
    package let security: Stage.WriteSecurity
    package let errorPath: String

    package init(
        collection: CollectionID, predicate: RowPredicate<Stage>, limit: Parameter?, security: Stage.WriteSecurity,
        errorPath: String
    ) {
        self.collection = collection
        self.predicate = predicate
        self.limit = limit
        self.security = security
        self.errorPath = errorPath
    }
}
