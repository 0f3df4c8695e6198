// What a source says it can do exactly. An operator it lacks is absent from its schema, instead of failing when it is
// used; an operator that is not total never runs on a row that a rule hides (rules of the API, section 2).
package import Patterns

package struct SourceCapabilities: Sendable, Hashable {
    /// Text operators beyond comparison that the source has with the dialect's exact meaning.
    package let textOperators: Set<ComparisonOperator>
    /// Operators on JSON documents; with any of them, documents of type `jsonb` also compare for equality.
    package let documentOperators: Set<ComparisonOperator>
    /// Operators on lists.
    package let listOperators: Set<ComparisonOperator>
    /// Operators on ranges.
    package let rangeOperators: Set<ComparisonOperator>
    /// Operators that single types have, by the name of the type.
    package let typeOperators: [String: Set<ComparisonOperator>]
    /// Whether a document of type `jsonb` compares as text too (`_cast`).
    package let castsDocuments: Bool
    /// Operators that can raise no error on any stored value and any bound one; they may be combined freely with rules.
    package let totalOperators: Set<ComparisonOperator>
    package let typing: StorageTyping

    package init(
        textOperators: Set<ComparisonOperator>, documentOperators: Set<ComparisonOperator> = [],
        listOperators: Set<ComparisonOperator> = [],
        rangeOperators: Set<ComparisonOperator> = [], typeOperators: [String: Set<ComparisonOperator>] = [:],
        castsDocuments: Bool = false, totalOperators: Set<ComparisonOperator>, typing: StorageTyping = .byColumn
    ) {
        self.textOperators = textOperators
        self.documentOperators = documentOperators
        self.listOperators = listOperators
        self.rangeOperators = rangeOperators
        self.typeOperators = typeOperators
        self.castsDocuments = castsDocuments
        self.totalOperators = totalOperators
        self.typing = typing
    }
}

/// What decides how a stored value compares, and so how the gateway repeats a comparison in memory.
package enum StorageTyping: Sendable, Hashable {
    /// The column's type: it holds no other values.
    case byColumn
    /// The type of the very value: numbers come before texts, texts before bytes, and a column of instants or booleans may
    /// hold what is neither.
    case byValue
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
    case similar = "_similar"
    case notSimilar = "_nsimilar"
    case regex = "_regex"
    case notRegex = "_nregex"
    case caseInsensitiveRegex = "_iregex"
    case notCaseInsensitiveRegex = "_niregex"
    case contains = "_contains"
    case containedIn = "_contained_in"
    /// Of ranges that have a value in common.
    case overlaps = "_overlaps"
    case hasKey = "_has_key"
    case hasKeysAny = "_has_keys_any"
    case hasKeysAll = "_has_keys_all"
    /// Of paths of labels: on the way to the operand, or it.
    case ancestor = "_ancestor"
    case ancestorAny = "_ancestor_any"
    case descendant = "_descendant"
    case descendantAny = "_descendant_any"
    case matches = "_matches"
    case matchesAny = "_matches_any"
    case matchesText = "_matches_fulltext"
    /// Of documents of words, in the way of a search engine.
    case search = "_search"
    /// Of JSON documents, in the language of SQL/JSON paths.
    case pathExists = "_jsonb_path_exists"
    case pathMatch = "_jsonb_path_match"

    /// The member of a comparison type that compares a document as another type.
    package static let cast = "_cast"

    /// Whether the operand is a list.
    package var takesList: Bool {
        switch self {
        case .isIn, .isNotIn, .hasKeysAny, .hasKeysAll, .ancestorAny, .descendantAny, .matchesAny: true
        case .equal, .notEqual, .less, .lessOrEqual, .greater, .greaterOrEqual, .like, .notLike, .caseInsensitiveLike,
            .notCaseInsensitiveLike, .similar, .notSimilar, .regex, .notRegex, .caseInsensitiveRegex,
            .notCaseInsensitiveRegex, .contains, .containedIn, .overlaps, .hasKey, .ancestor, .descendant, .matches,
            .matchesText,
            .search, .pathExists, .pathMatch:
            false
        }
    }

    /// The type of the operand, or of its items, beside a column of a type.
    package func operandType(beside column: ScalarKind) -> ScalarKind {
        switch self {
        case .hasKey, .hasKeysAny, .hasKeysAll, .search: .string
        case .ancestor, .ancestorAny, .descendant, .descendantAny: .other(.ltree)
        case .matches, .matchesAny: .other(.lquery)
        case .matchesText: .other(.ltxtquery)
        case .pathExists, .pathMatch: .other(.jsonpath)
        case .equal, .notEqual, .less, .lessOrEqual, .greater, .greaterOrEqual, .isIn, .isNotIn, .like, .notLike,
            .caseInsensitiveLike, .notCaseInsensitiveLike, .similar, .notSimilar, .regex, .notRegex,
            .caseInsensitiveRegex, .notCaseInsensitiveRegex, .contains, .containedIn, .overlaps:
            column
        }
    }

    /// For an operator with a list: the one for a single item, and whether one item that holds is enough.
    package struct Itemwise: Sendable, Hashable {
        package let comparison: ComparisonOperator
        package let oneIsEnough: Bool
    }

    package var itemwise: Itemwise? {
        switch self {
        case .isIn: Itemwise(comparison: .equal, oneIsEnough: true)
        case .isNotIn: Itemwise(comparison: .notEqual, oneIsEnough: false)
        case .hasKeysAny: Itemwise(comparison: .hasKey, oneIsEnough: true)
        case .hasKeysAll: Itemwise(comparison: .hasKey, oneIsEnough: false)
        case .ancestorAny: Itemwise(comparison: .ancestor, oneIsEnough: true)
        case .descendantAny: Itemwise(comparison: .descendant, oneIsEnough: true)
        case .matchesAny: Itemwise(comparison: .matches, oneIsEnough: true)
        case .equal, .notEqual, .less, .lessOrEqual, .greater, .greaterOrEqual, .like, .notLike, .caseInsensitiveLike,
            .notCaseInsensitiveLike, .similar, .notSimilar, .regex, .notRegex, .caseInsensitiveRegex,
            .notCaseInsensitiveRegex, .contains, .containedIn, .overlaps, .hasKey, .ancestor, .descendant, .matches,
            .matchesText,
            .search, .pathExists, .pathMatch:
            nil
        }
    }

    /// For an operator whose operand is a pattern: what it is written in. It is checked before anything runs.
    package var patternKind: PatternKind? {
        switch self {
        case .like, .notLike, .caseInsensitiveLike, .notCaseInsensitiveLike: .like
        case .similar, .notSimilar: .similar
        case .regex, .notRegex: .regular(ignoresCase: false)
        case .caseInsensitiveRegex, .notCaseInsensitiveRegex: .regular(ignoresCase: true)
        case .equal, .notEqual, .less, .lessOrEqual, .greater, .greaterOrEqual, .isIn, .isNotIn, .contains,
            .containedIn, .overlaps, .hasKey, .hasKeysAny, .hasKeysAll, .ancestor, .ancestorAny, .descendant,
            .descendantAny,
            .matches, .matchesAny, .matchesText, .search, .pathExists, .pathMatch:
            nil
        }
    }

    /// What compares values that have no order: whole documents, values of an enum.
    package static let equalities: [ComparisonOperator] = [.equal, .notEqual, .isIn, .isNotIn]

    package static let comparisons: [ComparisonOperator] = [
        .equal, .notEqual, .isIn, .isNotIn, .less, .lessOrEqual, .greater, .greaterOrEqual,
    ]
}

extension SourceCapabilities {
    /// What values of the type may be compared as, beside themselves.
    package func casts(of type: ScalarKind) -> [ScalarKind] {
        type == .jsonb && castsDocuments ? [.string] : []
    }

    /// The operators of `where` for a column of the type, in the order the schema lists them.
    package func operators(for type: ScalarKind) -> [ComparisonOperator] {
        switch type {
        case .json, .jsonb:
            guard !documentOperators.isEmpty else { return [] }
            let tests = offered(documentOperators)
            // Paths are a language for what is no text.
            return type == .jsonb
                ? ComparisonOperator.equalities + tests : tests.filter { $0 != .pathExists && $0 != .pathMatch }
        case .string: return ComparisonOperator.comparisons + offered(textOperators)
        case .array: return comparisons(of: type) + (type.comparability == .none ? [] : offered(listOperators))
        case .other(let own):
            return comparisons(of: type) + (own.form == .text ? offered(textOperators) : [])
                + (own.form == .range ? offered(rangeOperators) : []) + offered(typeOperators[own.name] ?? [])
        case .enumeration, .int, .smallint, .bigint, .float, .float8, .numeric, .boolean, .uuid, .date, .time,
            .timestamp, .timestamptz, .bytea:
            return comparisons(of: type)
        }
    }

    private func comparisons(of type: ScalarKind) -> [ComparisonOperator] {
        switch type.comparability {
        case .ordered: ComparisonOperator.comparisons
        case .equal: ComparisonOperator.equalities
        case .none: []
        }
    }

    private func offered(_ operators: Set<ComparisonOperator>) -> [ComparisonOperator] {
        ComparisonOperator.allCases.filter { operators.contains($0) }
    }
}
