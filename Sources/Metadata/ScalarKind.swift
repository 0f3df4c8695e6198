// The scalar types of the API and what the gateway knows about each: its GraphQL name, how values of it compare, and
// which aggregates it has. Connectors map their database's declared types onto these (dialect of the API, section 3).

package enum ScalarKind: Sendable, Hashable {
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
    /// A database type the gateway passes through as text under its own name, or `schema.name`.
    case other(String)

    /// The name in the GraphQL schema: `Int`, `Float`, `Boolean` and `String` are GraphQL's own, the rest custom scalars.
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
        case .other(let name): CatalogBuilder.graphQLName(from: name)
        }
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
        case .other: .opaque
        }
    }

    package var isNumeric: Bool {
        family == .integer || family == .fractional
    }

    /// Whether `max` and `min` exist for the type.
    package var isOrdered: Bool {
        switch self {
        case .int, .smallint, .bigint, .float, .float8, .numeric, .string, .date, .time, .timestamp, .timestamptz: true
        case .boolean, .uuid, .json, .jsonb, .bytea, .enumeration, .other: false
        }
    }
}
