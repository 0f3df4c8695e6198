// What a source says it can do exactly. An operator it lacks is absent from its schema, instead of failing when it is
// used; an operator that is not total never runs on a row that a rule hides (rules of the API, section 2).

package struct SourceCapabilities: Sendable, Hashable {
    /// Text operators beyond comparison that the source has with the dialect's exact meaning.
    package let textOperators: Set<ComparisonOperator>
    /// Operators on JSON documents; with any of them, documents of type `jsonb` also compare for equality.
    package let documentOperators: Set<ComparisonOperator>
    /// Operators that can raise no error on any stored value and any bound one; they may be combined freely with rules.
    package let totalOperators: Set<ComparisonOperator>

    package init(
        textOperators: Set<ComparisonOperator>, documentOperators: Set<ComparisonOperator> = [],
        totalOperators: Set<ComparisonOperator>
    ) {
        self.textOperators = textOperators
        self.documentOperators = documentOperators
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
    case contains = "_contains"
    case containedIn = "_contained_in"
    case hasKey = "_has_key"
    case hasKeysAny = "_has_keys_any"
    case hasKeysAll = "_has_keys_all"

    /// Whether the operand is a list.
    package var takesList: Bool {
        switch self {
        case .isIn, .isNotIn, .hasKeysAny, .hasKeysAll: true
        case .equal, .notEqual, .less, .lessOrEqual, .greater, .greaterOrEqual, .like, .notLike, .caseInsensitiveLike,
            .notCaseInsensitiveLike, .contains, .containedIn, .hasKey:
            false
        }
    }

    /// The type of the operand, or of its items, beside a column of a type.
    package func operandType(beside column: ScalarKind) -> ScalarKind {
        switch self {
        case .hasKey, .hasKeysAny, .hasKeysAll: .string
        case .equal, .notEqual, .less, .lessOrEqual, .greater, .greaterOrEqual, .isIn, .isNotIn, .like, .notLike,
            .caseInsensitiveLike, .notCaseInsensitiveLike, .contains, .containedIn:
            column
        }
    }

    /// Whether the operand is a pattern, checked before anything runs.
    package var takesPattern: Bool {
        switch self {
        case .like, .notLike, .caseInsensitiveLike, .notCaseInsensitiveLike: true
        case .equal, .notEqual, .less, .lessOrEqual, .greater, .greaterOrEqual, .isIn, .isNotIn, .contains,
            .containedIn, .hasKey, .hasKeysAny, .hasKeysAll:
            false
        }
    }

    /// What compares whole documents.
    package static let equalities: [ComparisonOperator] = [.equal, .notEqual, .isIn, .isNotIn]

    package static let comparisons: [ComparisonOperator] = [
        .equal, .notEqual, .isIn, .isNotIn, .less, .lessOrEqual, .greater, .greaterOrEqual,
    ]
}

extension SourceCapabilities {
    /// The operators of `where` for a column of the type, in the order the schema lists them.
    package func operators(for type: ScalarKind) -> [ComparisonOperator] {
        if type.family == .document {
            guard !documentOperators.isEmpty else { return [] }
            let tests = ComparisonOperator.allCases.filter { documentOperators.contains($0) }
            return type == .jsonb ? ComparisonOperator.equalities + tests : tests
        }
        guard type == .string else { return ComparisonOperator.comparisons }
        return ComparisonOperator.comparisons + ComparisonOperator.allCases.filter { textOperators.contains($0) }
    }
}
