// PostgreSQL's types and the API's scalars, both ways (docs/reference/postgres-types.md states it for users).

internal import Metadata
internal import SQL

enum PostgresTypes {
    /// - Parameters:
    ///   - name: `pg_type.typname`, of a domain that of its base type.
    ///   - schema: the schema of a type that is found only by its qualified name; `nil` for all others.
    ///
    /// | type | scalar |
    /// |---|---|
    /// | int4, int2, int8 | `Int`, `smallint`, `bigint` |
    /// | float4, float8, numeric | `Float`, `float8`, `numeric` |
    /// | bool | `Boolean` |
    /// | text, varchar | `String` |
    /// | uuid, date, time, timestamp, timestamptz, json, jsonb, bytea | the same |
    /// | any other | its own name, as text |
    static func scalar(_ name: String, schema: String? = nil) -> ScalarKind {
        if let schema { return .other("\(schema).\(name)") }
        return switch name {
        case "int4": .int
        case "int2": .smallint
        case "int8": .bigint
        case "float4": .float
        case "float8": .float8
        case "numeric": .numeric
        case "bool": .boolean
        case "text", "varchar": .string
        case "uuid": .uuid
        case "date": .date
        case "time": .time
        case "timestamp": .timestamp
        case "timestamptz": .timestamptz
        case "json": .json
        case "jsonb": .jsonb
        case "bytea": .bytea
        default: .other(name)
        }
    }

    /// The type a bound value is given. All integers are the widest one and all floating numbers too: an index on a
    /// narrower column serves the comparison, and no value is out of bounds before it is compared.
    static func parameter(_ kind: ScalarKind) -> SQLType {
        switch kind {
        case .int, .smallint, .bigint: SQLType("int8")
        case .float, .float8: SQLType("float8")
        case .numeric: SQLType("numeric")
        case .boolean: SQLType("bool")
        case .string, .enumeration: SQLType("text")
        case .uuid: SQLType("uuid")
        case .date: SQLType("date")
        case .time: SQLType("time")
        case .timestamp: SQLType("timestamp")
        case .timestamptz: SQLType("timestamptz")
        case .json: SQLType("json")
        case .jsonb: SQLType("jsonb")
        case .bytea: SQLType("bytea")
        case .other(let name): qualified(name)
        }
    }

    /// Types of arrays are named for their items', with a line before it.
    static func isArray(_ name: String) -> Bool {
        let own = name.lastIndex(of: ".").map { name[name.index(after: $0)...] } ?? name[...]
        return own.hasPrefix("_")
    }

    private static func qualified(_ name: String) -> SQLType {
        guard let dot = name.firstIndex(of: ".") else { return SQLType(name) }
        return SQLType(String(name[name.index(after: dot)...]), schema: String(name[..<dot]))
    }
}
