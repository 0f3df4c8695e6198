// Declared column types → the API's scalars. SQLite lets any word stand for a type and any value in most columns; the
// mapping is by name first, then by SQLite's affinity rules (https://sqlite.org/datatype3.html#affname).
// docs/reference/sqlite-types.md states it for users; keep both the same.

internal import Metadata

enum SQLiteTypes {
    /// - `declared`: the type as written, `VARCHAR(20)`, possibly empty.
    /// - `isIntegerKey`: the column is the whole primary key and declared `INTEGER`.
    ///
    /// | declared | scalar |
    /// |---|---|
    /// | INT, INT4, MEDIUMINT; `INTEGER PRIMARY KEY` | `Int` |
    /// | other INTEGER; BIGINT, INT8, UNSIGNED BIG INT | `bigint` |
    /// | SMALLINT, INT2, TINYINT | `smallint` |
    /// | TEXT, VARCHAR, CHAR, NCHAR, CLOB …; no type; ANY; names without a rule | `String` |
    /// | REAL, FLOAT, FLOAT4 | `Float` |
    /// | DOUBLE, DOUBLE PRECISION, FLOAT8 | `float8` |
    /// | NUMERIC, DECIMAL, NUMBER | `numeric` |
    /// | BOOLEAN, BOOL | `Boolean` |
    /// | DATE, TIME | `date`, `time` |
    /// | DATETIME, TIMESTAMP | `timestamp` |
    /// | TIMESTAMPTZ, TIMESTAMP WITH TIME ZONE | `timestamptz` |
    /// | JSON, JSONB, UUID | the same |
    /// | BLOB, BYTEA, BINARY, VARBINARY | `bytea` |
    /// | another name with INT · CHAR, CLOB, TEXT · BLOB · REAL, FLOA · DOUB in it | `bigint` · `String` · `bytea` · `Float` · `float8` |
    static func scalar(declared: String, isIntegerKey: Bool) -> ScalarKind {
        let name = normalized(declared)
        if let known = byName(name, isIntegerKey: isIntegerKey) { return known }
        return byAffinity(name)
    }

    /// Whether values are shown as text while SQLite neither stores nor compares them so: it converts what goes into a
    /// column to text only if the declared type says CHAR, CLOB or TEXT, and leaves expressions of views as they are.
    static func isUntyped(declared: String) -> Bool {
        let name = declared.uppercased()
        guard scalar(declared: declared, isIntegerKey: false) == .string else { return false }
        return name.contains("INT") || !["CHAR", "CLOB", "TEXT"].contains { name.contains($0) }
    }

    /// Upper case, without length and precision, without UNSIGNED, single spaces.
    private static func normalized(_ declared: String) -> String {
        var depth = 0
        var plain = ""
        for scalar in declared.unicodeScalars {
            switch scalar {
            case "(":
                depth += 1
                plain.append(" ")
            case ")": depth = max(0, depth - 1)
            default: if depth == 0 { plain.unicodeScalars.append(scalar) }
            }
        }
        let words = plain.uppercased().split { $0 == " " || $0 == "\t" || $0 == "\n" || $0 == "\r" }
        return words.filter { $0 != "UNSIGNED" && $0 != "GENERATED" && $0 != "ALWAYS" }.joined(separator: " ")
    }

    private static func byName(_ name: String, isIntegerKey: Bool) -> ScalarKind? {
        switch name {
        case "INT", "INT4", "MEDIUMINT": .int
        case "INTEGER": isIntegerKey ? .int : .bigint
        case "BIGINT", "INT8", "BIG INT": .bigint
        case "SMALLINT", "INT2", "TINYINT": .smallint
        case "", "ANY", "TEXT", "STRING": .string
        case "REAL", "FLOAT", "FLOAT4": .float
        case "DOUBLE", "DOUBLE PRECISION", "FLOAT8": .float8
        case "NUMERIC", "DECIMAL", "NUMBER": .numeric
        case "BOOLEAN", "BOOL": .boolean
        case "DATE": .date
        case "TIME", "TIME WITHOUT TIME ZONE": .time
        case "DATETIME", "TIMESTAMP", "TIMESTAMP WITHOUT TIME ZONE": .timestamp
        case "TIMESTAMPTZ", "TIMESTAMP WITH TIME ZONE": .timestamptz
        case "JSON": .json
        case "JSONB": .jsonb
        case "UUID": .uuid
        case "BLOB", "BYTEA", "BINARY", "VARBINARY": .bytea
        default: nil
        }
    }

    /// The order of the rules is SQLite's: `CHARINT` is an integer. Where it says NUMERIC, it only prefers numbers
    /// (`POINT`, `ENUM`): as text every value is right.
    private static func byAffinity(_ name: String) -> ScalarKind {
        if name.contains("INT") { return .bigint }
        if name.contains("CHAR") || name.contains("CLOB") || name.contains("TEXT") { return .string }
        if name.contains("BLOB") { return .bytea }
        if name.contains("DOUB") { return .float8 }
        if name.contains("REAL") || name.contains("FLOA") { return .float }
        return .string
    }
}
