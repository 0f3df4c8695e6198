// What a source says it can do exactly. An operator it lacks is absent from its schema, instead of failing when it is
// used; an operator that is not total never runs on a row that a rule hides (rules of the API, section 2).

package struct SourceCapabilities: Sendable, Hashable {
    /// Text operators beyond comparison that the source has with the dialect's exact meaning.
    package let textOperators: Set<ComparisonOperator>
    /// Operators that can raise no error on any stored value and any bound one; they may be combined freely with rules.
    package let totalOperators: Set<ComparisonOperator>

    package init(textOperators: Set<ComparisonOperator>, totalOperators: Set<ComparisonOperator>) {
        self.textOperators = textOperators
        self.totalOperators = totalOperators
    }
}

/// The operators of `where` that compare a value with an operand (dialect of the API, section 4).
package enum ComparisonOperator: String, Sendable, Hashable, CaseIterable {
    case equal = "_eq"
    case notEqual = "_neq"
    case less = "_lt"
    case lessOrEqual = "_lte"
    case greater = "_gt"
    case greaterOrEqual = "_gte"
    case isIn = "_in"
    case isNotIn = "_nin"
    case like = "_like"
    case notLike = "_nlike"
    case caseInsensitiveLike = "_ilike"
    case notCaseInsensitiveLike = "_nilike"

    /// Whether the operand is a list.
    package var takesList: Bool { self == .isIn || self == .isNotIn }

    /// Whether the operand is a pattern, checked before anything runs.
    package var takesPattern: Bool {
        switch self {
        case .like, .notLike, .caseInsensitiveLike, .notCaseInsensitiveLike: true
        case .equal, .notEqual, .less, .lessOrEqual, .greater, .greaterOrEqual, .isIn, .isNotIn: false
        }
    }

    package static let comparisons: [ComparisonOperator] = [
        .equal, .notEqual, .isIn, .isNotIn, .less, .lessOrEqual, .greater, .greaterOrEqual,
    ]
}

extension SourceCapabilities {
    /// The operators of `where` for a column of the type, in the order the schema lists them.
    package func operators(for type: ScalarKind) -> [ComparisonOperator] {
        guard type.isComparable else { return [] }
        guard type == .string else { return ComparisonOperator.comparisons }
        return ComparisonOperator.comparisons + ComparisonOperator.allCases.filter { textOperators.contains($0) }
    }
}
