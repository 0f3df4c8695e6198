// PostgreSQL's types and the API's scalars, both ways (docs/reference/postgres-types.md states it for users).

internal import Metadata
internal import SQL

enum PostgresTypes {
    /// A type as the catalogue describes it (`CatalogQueries.types`).
    struct Description {
        /// `pg_type.typname`; of a domain that of its base type, of an array that of its items.
        var name: String
        /// Of a type that is found only by its qualified name.
        var schema: String?
        /// `typtype`: `e` an enum, `c` a composite type, `r` a range, `m` several of them.
        var category = "b"
        /// Of an enum, in its order.
        var labels: [String] = []
        var comparability = DatabaseType.Comparability.ordered
        var isArray = false
    }

    /// | type | scalar |
    /// |---|---|
    /// | int4, int2, int8 | `Int`, `smallint`, `bigint` |
    /// | float4, float8, numeric | `Float`, `float8`, `numeric` |
    /// | bool | `Boolean` |
    /// | text, varchar | `String` |
    /// | uuid, date, time, timestamp, timestamptz, json, jsonb, bytea | the same |
    /// | any other | its own name |
    /// | an array | a list, of lists where it is declared with more dimensions; of composite types: the array type's own name |
    static func scalar(_ type: Description, dimensions: Int = 1) -> ScalarKind {
        guard type.isArray else { return plain(type) }
        if type.category == "c" {
            return .other(DatabaseType(qualified("_" + type.name, type.schema), .notation, .none))
        }
        return (0..<max(1, dimensions)).reduce(plain(type)) { kind, _ in .array(kind) }
    }

    private static func plain(_ type: Description) -> ScalarKind {
        let own = DatabaseType(qualified(type.name, type.schema), form(of: type), type.comparability)
        if type.schema != nil { return .other(own) }
        return switch type.name {
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
        default: .other(own)
        }
    }

    private static func qualified(_ name: String, _ schema: String?) -> String {
        schema.map { "\($0).\(name)" } ?? name
    }

    private static func form(of type: Description) -> DatabaseType.Form {
        switch (type.category, type.name) {
        case ("e", _): .labels(type.labels)
        case ("c", _): .record
        case ("r", _), ("m", _): .range
        case ("b", "citext"), ("b", "bpchar"), ("b", "name"): .text
        case ("b", "money"): .amount
        default: .notation
        }
    }

    /// What single types can be asked besides, by their names.
    static let operators: [String: Set<ComparisonOperator>] = [
        "ltree": [.ancestor, .ancestorAny, .descendant, .descendantAny, .matches, .matchesAny, .matchesText],
        "tsvector": [.search],
    ]

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
        case .array(let item): items(of: item).list
        // An object, from which the placeholder makes a row.
        case .other(let type): type.form == .record ? SQLType("json") : named(type)
        }
    }

    /// The type a column has.
    static func stored(_ kind: ScalarKind) -> SQLType {
        if case .other(let type) = kind {
            named(type)
        } else if case .array(let item) = kind {
            items(of: item).list
        } else {
            items(of: kind)
        }
    }

    /// Items of arrays have the very type of the column: arrays of two types do not compare.
    private static func items(of kind: ScalarKind) -> SQLType {
        switch kind {
        case .int: SQLType("int4")
        case .smallint: SQLType("int2")
        case .float: SQLType("float4")
        case .array(let inner): items(of: inner)
        case .bigint, .float8, .numeric, .boolean, .string, .enumeration, .uuid, .date, .time, .timestamp,
            .timestamptz, .json, .jsonb, .bytea, .other:
            parameter(kind)
        }
    }

    static func named(_ type: DatabaseType) -> SQLType {
        guard let dot = type.name.firstIndex(of: ".") else { return SQLType(type.name) }
        return SQLType(String(type.name[type.name.index(after: dot)...]), schema: String(type.name[..<dot]))
    }
}
