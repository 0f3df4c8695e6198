// Which rules were asked while an operation was secured, each once and in the order of asking. Confined to one securing.
package import Metadata

package final class TouchedRules {
    package struct Entry: Hashable {
        package let operation: RuleOperation
        package let collection: CollectionID
    }

    package private(set) var entries: [Entry] = []

    package init() {}

    func note(_ operation: RuleOperation, _ collection: CollectionID) {
        let entry = Entry(operation: operation, collection: collection)
        if !entries.contains(entry) { entries.append(entry) }
    }
}
