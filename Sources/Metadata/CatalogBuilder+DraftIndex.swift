// What the drafts of a catalog are asked about each other.

extension CatalogBuilder {
    /// What the drafts have to know of each other, in places where looking through all of them would take a time that
    /// grows with the square of their number.
    struct DraftIndex {
        var apiNames: Set<String> = []
        /// By their bytes, so that those with a prefix stand together.
        var sortedNames: [String] = []
        /// Which drafts have a root field that every collection has.
        var rootOwners: [String: [Int]] = [:]
        /// Which foreign keys lead to a draft.
        var referrers: [[Referrer]] = []

        struct Referrer {
            let draft: Int
            let pairs: [Relationship.Pair]
        }

        func hasName(startingWith prefix: String) -> Bool {
            var (low, high) = (0, sortedNames.count)
            while low < high {
                let middle = (low + high) / 2
                if sortedNames[middle].utf8.lexicographicallyPrecedes(prefix.utf8) {
                    low = middle + 1
                } else {
                    high = middle
                }
            }
            return low < sortedNames.count && sortedNames[low].utf8.starts(with: prefix.utf8)
        }
    }
}
