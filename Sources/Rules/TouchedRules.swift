// Which rules were asked while an operation was secured, each once and in the order of asking. Confined to one securing.
package import Metadata

package final class TouchedRules {
    package struct Entry: Hashable {
        package let operation: RuleOperation
        package let collection: CollectionID
    }

    package private(set) var entries: [Entry] = []
    /// By entry: what the rule came to once everybody had answered whom it asks.
    private var verdicts: [Entry: RuleVerdict] = [:]

    package init() {}

    /// - Parameter view: decides where nobody was to be asked.
    package func verdict(of entry: Entry, _ view: ShapeView) -> RuleVerdict {
        verdicts[entry] ?? view.verdict(entry.operation, on: entry.collection)
    }

    /// What one root field has asked.
    /// - Parameter view: knows the answers to its questions, as far as there were any.
    func add(_ asked: TouchedRules, _ view: ShapeView) {
        for entry in asked.entries {
            note(entry.operation, entry.collection)
            verdicts[entry] = view.verdict(entry.operation, on: entry.collection)
        }
    }

    func note(_ operation: RuleOperation, _ collection: CollectionID) {
        let entry = Entry(operation: operation, collection: collection)
        if !entries.contains(entry) { entries.append(entry) }
    }
}
