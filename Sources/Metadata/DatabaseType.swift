// A type of one database that the API has no scalar of its own for: it keeps its name and is written as its database writes
// it. What is said here is what the gateway must know to offer no operator that the type lacks.

package struct DatabaseType: Sendable, Hashable {
    /// What a value looks like in a request.
    package enum Form: Sendable, Hashable {
        /// A text in the database's own notation; whether it is one, only the database knows.
        case notation
        /// Any text.
        case text
        /// One of these texts, in the order in which they compare.
        case labels([String])
        /// A stretch of values, or several, in the database's notation.
        case range
        /// An amount of money: a number, or a text in the database's notation.
        case amount
        /// A JSON object, of the members of a composite type.
        case record
    }

    /// How two values compare.
    package enum Comparability: Sendable, Hashable {
        case ordered
        /// For equality alone.
        case equal
        case none
    }

    /// `name`, or `schema.name` of a type that is found by nothing less.
    package let name: String
    package let form: Form
    package let comparability: Comparability

    package init(_ name: String, _ form: Form = .notation, _ comparability: Comparability = .ordered) {
        self.name = name
        self.form = form
        self.comparability = comparability
    }

    /// A database has one type of a name.
    package func hash(into hasher: inout Hasher) {
        hasher.combine(name)
    }
}

extension DatabaseType {
    /// Names of a tree's nodes on the way from its root, and the two languages of patterns for them.
    package static let ltree = DatabaseType("ltree")
    package static let lquery = DatabaseType("lquery", .notation, .none)
    package static let ltxtquery = DatabaseType("ltxtquery", .notation, .none)
    /// A document of words for full-text search.
    package static let tsvector = DatabaseType("tsvector")
    package static let jsonpath = DatabaseType("jsonpath", .notation, .none)

    /// Whether requests that do not fit are told so under the code of the dialect for types that it reads itself.
    package var isReadByDialect: Bool {
        [Self.ltree, .lquery, .ltxtquery, .jsonpath].contains(self)
    }
}
