// A link from the rows of one collection to those of another: inferred from a foreign key, or written in the
// configuration. An object relationship leads to at most one row, an array relationship to any number.

package struct Relationship: Sendable {
    package enum Kind: String, Sendable, Hashable {
        case object
        case array
    }

    package struct Pair: Sendable, Hashable {
        /// Field of the collection that has the relationship.
        package let local: Int
        /// Field of the target collection.
        package let target: Int

        package init(local: Int, target: Int) {
            self.local = local
            self.target = target
        }
    }

    /// The name in the API and in rules.
    package let name: String
    package let kind: Kind
    package let target: CollectionID
    package let pairs: [Pair]
    /// Whether the database itself guarantees a related row: a foreign key over columns that are never null.
    package let isGuaranteed: Bool
    /// Whether the related row refers to this one, and not this one to it: then it is inserted after.
    package let isReferredTo: Bool

    package init(
        name: String, kind: Kind, target: CollectionID, pairs: [Pair], isGuaranteed: Bool, isReferredTo: Bool
    ) {
        self.name = name
        self.kind = kind
        self.target = target
        self.pairs = pairs
        self.isGuaranteed = isGuaranteed
        self.isReferredTo = isReferredTo
    }
}
