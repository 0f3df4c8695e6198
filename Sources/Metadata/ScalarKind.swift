// The scalar types of the API and what the gateway knows about each: its GraphQL name, how values of it compare, and
// which aggregates it has. Connectors map their database's declared types onto these (dialect of the API, section 3).
package import GraphQL

package indirect enum ScalarKind: Sendable, Hashable {
    case int
    case smallint
    case bigint
    case float
    case float8
    case numeric
    case boolean
    case string
    case uuid
    case date
    case time
    case timestamp
    case timestamptz
    case json
    case jsonb
    case bytea
    /// Text that is one of the values of an enum type of this name.
    case enumeration(String)
    /// A list of values, null ones among them; of lists of one length where the items are lists.
    case array(ScalarKind)
    /// A type of one database under its own name.
    case other(DatabaseType)

    /// As the GraphQL schema writes it: `Int`, `Float`, `Boolean` and `String` are GraphQL's own, the rest custom scalars.
    package var graphQLName: String {
        switch self {
        case .int: "Int"
        case .smallint: "smallint"
        case .bigint: "bigint"
        case .float: "Float"
        case .float8: "float8"
        case .numeric: "numeric"
        case .boolean: "Boolean"
        case .string: "String"
        case .uuid: "uuid"
        case .date: "date"
        case .time: "time"
        case .timestamp: "timestamp"
        case .timestamptz: "timestamptz"
        case .json: "json"
        case .jsonb: "jsonb"
        case .bytea: "bytea"
        case .enumeration(let name): name
        case .array(let item): "[\(item.graphQLName)]"
        case .other(let type): CatalogBuilder.graphQLName(from: type.name)
        }
    }

    /// As fields and arguments of the schema refer to it.
    package var reference: TypeReference {
        if case .array(let item) = self { .list(item.reference) } else { .named(graphQLName) }
    }

    /// What names of types that are made for it begin with.
    package var namePrefix: String {
        if case .array(let item) = self { item.namePrefix + "_array" } else { graphQLName }
    }

    /// Inside all lists.
    package var innermost: ScalarKind {
        if case .array(let item) = self { item.innermost } else { self }
    }

    /// The type as the database has it: it does not know the gateway's enums.
    package var stored: ScalarKind {
        if case .enumeration = self { return .string }
        return self
    }

    /// How two values of the type compare, and which operators it therefore has.
    package enum Family: Sendable, Hashable {
        case integer
        case fractional
        case boolean
        case text
        case calendar
        case instant
        case document
        case binary
        case list
        case opaque
    }

    package var family: Family {
        switch self {
        case .int, .smallint, .bigint: .integer
        case .float, .float8, .numeric: .fractional
        case .boolean: .boolean
        case .string, .uuid, .enumeration: .text
        case .date, .time: .calendar
        case .timestamp, .timestamptz: .instant
        case .json, .jsonb: .document
        case .bytea: .binary
        case .array: .list
        case .other: .opaque
        }
    }

    package var comparability: DatabaseType.Comparability {
        switch self {
        case .json: .none
        case .jsonb, .enumeration: .equal
        case .array(let item): item == .jsonb ? .ordered : item.comparability
        case .other(let type): type.comparability
        case .int, .smallint, .bigint, .float, .float8, .numeric, .boolean, .string, .uuid, .date, .time, .timestamp,
            .timestamptz, .bytea:
            .ordered
        }
    }

    /// Whether rows can be asked for in the order of its values.
    package var isSortable: Bool {
        if case .enumeration = self { true } else { comparability == .ordered }
    }

    package var isNumeric: Bool {
        family == .integer || family == .fractional
    }

    /// Whether the dialect reads texts for it itself and has a code of its own for those that are wrong.
    package var isReadByDialect: Bool {
        if case .other(let type) = innermost { type.isReadByDialect } else { false }
    }

    /// Whether which texts are values of it only the database knows.
    package var isInNotation: Bool {
        switch innermost {
        case .other(let type): [.notation, .range, .amount].contains(type.form)
        default: false
        }
    }

    /// Whether it is money: added up, but no number.
    package var isAmount: Bool {
        if case .other(let type) = self { type.form == .amount } else { false }
    }

    package var isRange: Bool {
        if case .other(let type) = self { type.form == .range } else { false }
    }

    /// Whether `max` and `min` exist for the type.
    package var isOrdered: Bool {
        switch self {
        case .int, .smallint, .bigint, .float, .float8, .numeric, .string, .date, .time, .timestamp, .timestamptz: true
        case .boolean, .uuid, .json, .jsonb, .bytea, .enumeration, .array, .other: false
        }
    }
}
