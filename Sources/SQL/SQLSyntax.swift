// SQL as a tree: what the lowering builds and `SQLPrinter` writes. Only here and in the printer is SQL ever put together;
// names come from the catalog and are always quoted, values are always parameters.
package import Metadata
package import Planning

package indirect enum SQLExpression: Sendable, Hashable {
    /// A column of a table or sub-select in scope, by its alias.
    case column(alias: String, name: String)
    /// A column of the one table a command writes, where its alias is not in scope.
    case bare(String)
    /// Several values side by side, to be looked for together.
    case row([SQLExpression])
    case parameter(Parameter)
    case null
    case boolean(Bool)
    case integer(Int64)
    /// A text of the gateway's own: a JSON key, a type name, a path for an error. Never a value of a caller.
    case text(String)
    /// An expression the project's owner wrote in the configuration, over the columns of the innermost table, and the type
    /// it is declared to have.
    case owner(String, ScalarKind)
    case function(SQLName, [SQLExpression])
    case infix(SQLExpression, SQLInfix, SQLExpression)
    case all([SQLExpression])
    case any([SQLExpression])
    case not(SQLExpression)
    case isNull(SQLExpression)
    case isTrue(SQLExpression)
    case collated(SQLExpression, SQLName)
    case like(SQLExpression, pattern: SQLExpression)
    /// Membership in the items of a list parameter.
    case member(SQLExpression, of: SQLSelect)
    case choose([SQLBranch], otherwise: SQLExpression?)
    case exists(SQLSelect)
    case scalar(SQLSelect)
    case countAll
    case countDistinct(SQLExpression)
    case rowNumber(partition: [SQLExpression], ordering: [SQLOrderingTerm])
    /// Inside a detached select: the value an enclosing one passes in.
    case argument(Int)
    /// `value::type`
    case cast(SQLExpression, SQLType)
    /// A function of the owner's, by a name from the catalog.
    case call(SQLTableName, [SQLExpression])
    /// All of a row, to be cast to the table's type: alone it would be its columns.
    case wholeRow(alias: String)
}

/// A type of a database, by the name its catalog has for it.
package struct SQLType: Sendable, Hashable {
    package let schema: String?
    package let name: String
    package let isList: Bool

    package init(_ name: String, schema: String? = nil, isList: Bool = false) {
        self.schema = schema
        self.name = name
        self.isList = isList
    }

    init(_ type: TypeLocation) {
        self.init(type.name, schema: type.schema)
    }

    package var list: SQLType { SQLType(name, schema: schema, isList: true) }
}

/// What a transaction is about to do to the rows it locks: an update leaves alone who refers to them.
package enum SQLRowLock: String, Sendable, Hashable {
    case update = "FOR NO KEY UPDATE"
    case delete = "FOR UPDATE"
}

/// A table or a function as a statement names it.
package struct SQLTableName: Sendable, Hashable, ExpressibleByStringLiteral {
    package let schema: String?
    package let name: String
    package let isView: Bool

    package init(_ name: String, schema: String? = nil, isView: Bool = false) {
        self.schema = schema
        self.name = name
        self.isView = isView
    }

    package init(stringLiteral name: String) {
        self.init(name)
    }

    package init(_ collection: TrackedCollection) {
        self.init(collection.table, schema: collection.schema, isView: collection.isView)
    }

    init(_ function: DatabaseFunction) {
        self.init(function.location.table, schema: function.location.schema)
    }
}

/// A function or collation of a database, by a name that stands in the source of a dialect.
package struct SQLName: Sendable, Hashable, ExpressibleByStringLiteral {
    package let text: String

    package init(stringLiteral text: StaticString) {
        self.text = text.description
    }
}

package enum SQLInfix: String, Sendable, Hashable {
    case equal = "="
    case notEqual = "<>"
    case less = "<"
    case lessOrEqual = "<="
    case greater = ">"
    case greaterOrEqual = ">="
    case concatenate = "||"
    case plus = "+"
    case minus = "-"
    case removePath = "#-"
    case part = "#>"
    case partText = "#>>"
    case item = "->>"
    /// Equal, or both null.
    case same = "IS"
    case notDistinct = "IS NOT DISTINCT FROM"
    /// A regular expression, in it anywhere.
    case matches = "~"
    case matchesFolded = "~*"
    case similar = "SIMILAR TO"
    /// Of ranges.
    case overlaps = "&&"
    /// Of JSON documents, lists and ranges.
    case contains = "@>"
    case containedIn = "<@"
    case hasKey = "?"
    case hasKeysAny = "?|"
    case hasKeysAll = "?&"
    /// A document of words and a query; a JSON document and a path that must be true of it.
    case search = "@@"
    case pathExists = "@?"
    /// A path of labels and a query of words.
    case matchesText = "@"
}

package struct SQLBranch: Sendable, Hashable {
    package let condition: SQLExpression
    package let value: SQLExpression

    package init(_ condition: SQLExpression, _ value: SQLExpression) {
        self.condition = condition
        self.value = value
    }
}

package struct SQLOrderingTerm: Sendable, Hashable {
    package let value: SQLExpression
    package let isDescending: Bool
    /// `nil` where the value is never null, so that an index serves the order.
    package let nullsFirst: Bool?

    package init(value: SQLExpression, isDescending: Bool, nullsFirst: Bool?) {
        self.value = value
        self.isDescending = isDescending
        self.nullsFirst = nullsFirst
    }
}

package struct SQLColumn: Sendable, Hashable {
    package let value: SQLExpression
    package let alias: String?

    package init(_ value: SQLExpression, as alias: String? = nil) {
        self.value = value
        self.alias = alias
    }
}

package indirect enum SQLTable: Sendable, Hashable {
    case named(SQLTableName, alias: String)
    case select(SQLSelect, alias: String)
    /// A function of the owner's that yields rows.
    case call(SQLTableName, [SQLExpression], alias: String)
    /// A function that yields rows.
    case function(SQLName, [SQLExpression])
    /// The same with a last column that counts the rows.
    case numbered(SQLName, [SQLExpression], alias: String, columns: [String])
    /// Every row of the first with every row of the second, taken in this order.
    case cross(SQLTable, SQLTable)

    /// Of a table, or what stands for one.
    var rowAlias: String? {
        switch self {
        case .named(_, let alias), .call(_, _, let alias): alias
        case .select, .function, .numbered, .cross: nil
        }
    }
}

package struct SQLSelect: Sendable, Hashable {
    package var columns: [SQLColumn]
    /// Every column of the table as well.
    package var includesAll = false
    package var from: SQLTable?
    package var condition: SQLExpression?
    package var grouping: [SQLExpression] = []
    package var having: SQLExpression?
    package var ordering: [SQLOrderingTerm] = []
    package var limit: SQLExpression?
    package var offset: SQLExpression?
    /// Keeps other transactions from changing the rows found.
    package var lock: SQLRowLock?

    package init(_ columns: [SQLColumn], from: SQLTable? = nil, condition: SQLExpression? = nil) {
        self.columns = columns
        self.from = from
        self.condition = condition
    }
}
