// Whether two databases gave one answer: the same JSON, but for how numbers and instants are written.
import Base
import TestSupport

enum SameAnswer {
    static func holds(_ left: String?, _ right: String) -> Bool {
        guard let left else { return false }
        return holds(JSONValue(test: left), JSONValue(test: right))
    }

    private static func holds(_ left: JSONValue, _ right: JSONValue) -> Bool {
        switch (left, right) {
        case (.number(let left), .number(let right)):
            guard let left = left.double, let right = right.double else { return false }
            return left == right || abs(left - right) <= 1e-12 * max(abs(left), abs(right))
        case (.string(let left), .string(let right)):
            if left == right { return true }
            guard left.utf8.count > 10, let first = Instant(left), let second = Instant(right) else { return false }
            return first == second
        case (.array(let left), .array(let right)):
            return left.count == right.count && zip(left, right).allSatisfy { holds($0, $1) }
        case (.object(let left), .object(let right)):
            return left.keys == right.keys
                && zip(left.members, right.members).allSatisfy { holds($0.value, $1.value) }
        case (.null, .null): return true
        case (.bool(let left), .bool(let right)): return left == right
        case (.null, _), (.bool, _), (.number, _), (.string, _), (.array, _), (.object, _): return false
        }
    }
}
