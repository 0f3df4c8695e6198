// How many symbols an LALR parser holds while it reads a part of a statement: SQLite's stops at a hundred. Counted on the
// safe side from its grammar; the printer detaches a sub-select before the count is spent.

enum SQLDepth {
    /// `SELECT distinct columns`
    static let column = 4
    /// Beyond `column`: `from WHERE`
    static let condition = 2
    /// Beyond `column`: `from where group having ORDER BY terms ,`
    static let ordering = 8
    /// Beyond `column`: `FROM tables (`
    static let from = 4
    /// Around what a command assigns, compares or returns.
    static let command = 10
    /// `(` or `EXISTS (`
    static let nested = 2
    /// A call in place of a detached select, its arguments included.
    private static let detached = 8
    /// An expression of the owner's is not taken apart.
    private static let owner = 30

    /// What an expression holds while its parts are read.
    static func own(_ expression: SQLExpression) -> Int {
        switch expression {
        case .column: 3
        case .bare: 1
        case .row: 3
        case .parameter, .null, .boolean, .integer, .text, .argument, .countAll: 1
        case .owner: owner
        case .function, .call, .countDistinct: 5
        case .wholeRow: 3
        case .infix, .all, .any: 3
        case .not: 2
        case .isNull, .isTrue, .collated: 2
        case .like: 5
        case .member: 4
        case .choose: 6
        case .exists, .scalar: nested
        case .rowNumber: 12
        case .cast: 4
        }
    }

    /// The most an expression ever holds, sub-selects that can be detached counted as calls.
    static func of(_ expression: SQLExpression) -> Int {
        own(expression) + inner(expression)
    }

    private static func inner(_ expression: SQLExpression) -> Int {
        switch expression {
        case .column, .bare, .parameter, .null, .boolean, .integer, .text, .argument, .countAll, .owner, .wholeRow: 0
        case .row(let values): deepest(values)
        case .function(_, let arguments), .call(_, let arguments): deepest(arguments)
        case .infix(let left, _, let right): max(of(left), of(right))
        case .all(let parts), .any(let parts): deepest(parts)
        case .not(let inner), .isNull(let inner), .isTrue(let inner), .collated(let inner, _),
            .countDistinct(let inner), .cast(let inner, _):
            of(inner)
        case .like(let value, let pattern): max(of(value), of(pattern))
        case .member(let value, let items): max(of(value), of(items))
        case .choose(let branches, let otherwise):
            max(deepest(branches.flatMap { [$0.condition, $0.value] }), otherwise.map { of($0) } ?? 0)
        case .exists, .scalar: detached
        case .rowNumber(let partition, let terms): max(deepest(partition), deepest(terms.map(\.value)))
        }
    }

    static func of(_ select: SQLSelect) -> Int {
        var most = column + deepest(select.columns.map(\.value))
        if let table = select.from { most = max(most, of(table)) }
        if let filter = select.condition { most = max(most, column + condition + of(filter)) }
        let tail =
            select.grouping + [select.having].compactMap { $0 } + select.ordering.map(\.value)
            + [select.limit, select.offset].compactMap { $0 }
        if !tail.isEmpty { most = max(most, column + ordering + deepest(tail)) }
        return most
    }

    private static func of(_ table: SQLTable) -> Int {
        switch table {
        case .select(let inner, _): column + from + of(inner)
        case .function(_, let arguments), .numbered(_, let arguments, _, _), .call(_, let arguments, _):
            column + from + deepest(arguments)
        case .named: 0
        case .cross(let first, let second): 3 + max(of(first), of(second))
        }
    }

    private static func deepest(_ expressions: [SQLExpression]) -> Int {
        expressions.reduce(0) { max($0, of($1)) }
    }
}
