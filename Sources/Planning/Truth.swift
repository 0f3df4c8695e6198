// Three-valued logic with SQL's tables (rules of the API, section 1.5): a comparison with null is unknown, and only true
// admits.

package enum Truth: Sendable, Hashable {
    case isFalse
    case unknown
    case isTrue

    package init(_ flag: Bool) {
        self = flag ? .isTrue : .isFalse
    }

    package static prefix func ! (truth: Truth) -> Truth {
        switch truth {
        case .isTrue: .isFalse
        case .isFalse: .isTrue
        case .unknown: .unknown
        }
    }

    package static func && (left: Truth, right: Truth) -> Truth {
        if left == .isFalse || right == .isFalse { return .isFalse }
        if left == .isTrue && right == .isTrue { return .isTrue }
        return .unknown
    }

    package static func || (left: Truth, right: Truth) -> Truth {
        if left == .isTrue || right == .isTrue { return .isTrue }
        if left == .isFalse && right == .isFalse { return .isFalse }
        return .unknown
    }
}
