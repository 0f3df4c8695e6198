// Where a rule is used: the collection its columns belong to, the operation it decides, and whether actions may stand
// there. A named rule is compiled once for each scope it is used in.
internal import Base
internal import Metadata

package enum RuleOperation: String, Sendable, Hashable, CaseIterable {
    case read
    case create
    case update
    case delete
    case aggregate

    /// Whether there is a stored row for the rule to look at.
    var hasStoredRow: Bool { self != .create }

    /// Whether a row is written that the rule may look at afterwards.
    var hasWrittenRow: Bool { self == .create || self == .update }
}

/// The row a condition looks at: as it is stored before the write, or as the write leaves it.
enum RowImage: Sendable, Hashable {
    case stored
    case written
}

struct RuleScope {
    let collection: TrackedCollection
    let operation: RuleOperation
    /// The field whose entry the rule stands in; `nil` for an operation's own rule.
    let field: Int?
    /// Whether the condition is asked of the row written, so that `args.row` is what that row was before.
    var comparesImages = false
    /// Names of rules being compiled, outermost first, so that a cycle is found.
    var references: [String] = []
}
