// What PostgreSQL says in its own way (docs/decisions/0011-postgresql.md). Objects are rows: `row_to_json` over a select
// whose columns have the response keys as names, `array_to_json` over a list of such rows. So keys keep their order, no function has too
// many arguments, and values print as `to_json` prints them. Every placeholder says its type.
internal import Base
package import Metadata
package import Planning
package import SQL

package enum PostgresDialect: SQLDialect {
    package static func placeholder(_ position: Int, _ parameter: Parameter?) -> String {
        argument("$\(position)", parameter) ?? "$\(position)"
    }

    /// A value of a text or of no type yet as what the parameter stands for; `nil` where the place decides its type.
    static func argument(_ text: String, _ parameter: Parameter?) -> String? {
        guard let parameter, let type = type(of: parameter) else { return nil }
        let value = text + "::" + quoted(type)
        guard case .value(.other(let composite)) = parameter.target, composite.form == .record else { return value }
        // An object becomes a row of the type; members it lacks are null.
        return "json_populate_record(NULL::\(quoted(PostgresTypes.named(composite))), \(value))"
    }

    private static func quoted(_ type: SQLType) -> String {
        let name = quotedIdentifier(type.name) + (type.isList ? "[]" : "")
        return type.schema.map { quotedIdentifier($0) + "." + name } ?? name
    }

    /// `nil` where the place decides it.
    private static func type(of parameter: Parameter) -> SQLType? {
        switch parameter.origin {
        case .written: return nil
        case .keys: return SQLType("json")
        case .constant, .variable, .composed, .cursor, .claim, .claims, .now, .maskKey, .integer, .sealed: break
        }
        return switch parameter.target {
        case .value(let kind): PostgresTypes.parameter(kind)
        // A list of arrays would be one array of more dimensions.
        case .list(.array): SQLType("text", isList: true)
        case .list(let kind): PostgresTypes.parameter(kind).list
        case .count: SQLType("int8")
        case .pattern: SQLType("text")
        case .jsonPath: SQLType("text", isList: true)
        case .bytes: SQLType("bytea")
        }
    }

    package static func quotedIdentifier(_ name: String) -> String {
        "\"" + doubled(name, "\"") + "\""
    }

    /// Every session has `standard_conforming_strings`: a backslash is a backslash.
    package static func quotedText(_ text: String) -> String {
        "'" + doubled(text, "'") + "'"
    }

    private static func doubled(_ text: String, _ quote: Unicode.Scalar) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            if scalar == quote { result.unicodeScalars.append(quote) }
            result.unicodeScalars.append(scalar)
        }
        return result
    }

    package static var parserDepth: Int? { nil }

    package static func detached(_ text: String, _ arguments: [SQLExpression]) -> SQLExpression {
        preconditionFailure("PostgreSQL's parser holds every statement")
    }

    package static func boolean(_ flag: Bool) -> String { flag ? "TRUE" : "FALSE" }

    // MARK: JSON

    /// The alias of a select whose rows are objects. No response key has a space, so it is never a column's name.
    private static let row = "a row"
    /// Bytes of a name; the server would cut a longer one.
    private static let longestName = 63

    package static var objectsAreSelects: Bool { true }

    package static func object(_ members: [SQLMember]) -> SQLExpression {
        guard hasNames(members) else { return concatenated(members) }
        return .scalar(SQLSelect([SQLColumn(rowToJSON)], from: .select(SQLSelect(columns(members)), alias: row)))
    }

    package static func rows(_ members: [SQLMember], carried: SQLExpression?) -> SQLExpression {
        let object = object(members)
        return listOf(
            carried.map { .choose([SQLBranch(.not(.isNull($0)), object)], otherwise: nil) } ?? object)
    }

    package static func single(
        _ members: [SQLMember], from table: SQLTable, condition: SQLExpression?
    ) -> SQLSelect {
        guard hasNames(members) else {
            var select = SQLSelect([SQLColumn(concatenated(members))], from: table, condition: condition)
            select.limit = .integer(1)
            return select
        }
        var inner = SQLSelect(columns(members), from: table, condition: condition)
        // A configured object relationship need not lead to a key; one row is what the API promises.
        inner.limit = .integer(1)
        return SQLSelect([SQLColumn(rowToJSON)], from: .select(inner, alias: row))
    }

    package static func list(
        _ members: [SQLMember], of page: SQLSelect, alias: String, rows limit: Int64, path: String
    ) -> SQLSelect {
        let table = SQLTable.select(page, alias: alias)
        guard hasNames(members) else {
            let list = listOf(concatenated(members))
            return SQLSelect([SQLColumn(limited(list, count: .countAll, rows: limit, path: path))], from: table)
        }
        let list = limited(listOf(.bare(row)), count: .countAll, rows: limit, path: path)
        return SQLSelect([SQLColumn(list)], from: .select(SQLSelect(columns(members), from: table), alias: row))
    }

    private static var rowToJSON: SQLExpression { .function("row_to_json", [.bare(row)]) }

    /// Compact: `json_agg` would put spaces and line breaks between rows.
    private static func listOf(_ object: SQLExpression) -> SQLExpression {
        .function("coalesce", [.function("array_to_json", [.function("array_agg", [object])]), emptyList])
    }

    private static func columns(_ members: [SQLMember]) -> [SQLColumn] {
        members.map { SQLColumn($0.value, as: $0.key) }
    }

    private static func hasNames(_ members: [SQLMember]) -> Bool {
        members.allSatisfy { $0.key.utf8.count <= longestName }
    }

    /// An object whose keys are too long for names of columns: its text in pieces.
    private static func concatenated(_ members: [SQLMember]) -> SQLExpression {
        var text = SQLExpression.text("{")
        for (index, member) in members.enumerated() {
            var key = ByteBuffer()
            if index > 0 { key.append(UInt8(ascii: ",")) }
            key.append(jsonString: member.key)
            key.append(UInt8(ascii: ":"))
            let typed = if case .text = member.value { cast(member.value, "text") } else { member.value }
            let value = cast(.function("to_json", [typed]), "text")
            text = .infix(
                .infix(text, .concatenate, .text(key.text)), .concatenate,
                .function("coalesce", [value, .text("null")]))
        }
        return cast(.infix(text, .concatenate, .text("}")), "json")
    }

    private static func cast(_ value: SQLExpression, _ type: String) -> SQLExpression {
        .cast(value, SQLType(type))
    }

    /// No expression can name an SQLSTATE of its own, and functions of ours would have to be created. So the text that
    /// says which list it is becomes a UUID, which it is not; `PostgresFailure` knows the error by that text.
    package static func limited(
        _ value: SQLExpression, count: SQLExpression, rows limit: Int64, path: String
    ) -> SQLExpression {
        let mark = SQLExpression.function("concat", [.text(limitMark + path + limitMarkEnd), count])
        return .choose(
            [SQLBranch(.infix(count, .greater, .integer(limit)), cast(cast(cast(mark, "uuid"), "text"), "json"))],
            otherwise: value)
    }

    static let limitMark = "perigee: too many rows at "
    static let limitMarkEnd = ", "

    package static var emptyList: SQLExpression { .text("[]") }
    package static var noLimit: SQLExpression? { nil }
    /// A count it does not know is taken for a tenth of the rows; the plan made once for all values then looks so dear that
    /// the statement is planned anew with each run, which takes longer than the run.
    package static var plansByCounts: Bool { true }

    package static func same(_ left: SQLExpression, _ right: SQLExpression) -> SQLExpression {
        .infix(left, .notDistinct, right)
    }

    package static func smaller(_ left: SQLExpression, _ right: SQLExpression) -> SQLExpression {
        .function("least", [left, right])
    }

    // MARK: Comparison

    /// Without a type it would be a text to every operator and function.
    package static func null(_ kind: ScalarKind) -> SQLExpression { .cast(.null, PostgresTypes.stored(kind)) }

    package static func computed(_ expression: String, _ kind: ScalarKind) -> String {
        expression + "::" + quoted(PostgresTypes.parameter(kind))
    }

    /// As the column has it, but for the narrow floating numbers: 0.1 is stored as another number than its double. Arrays
    /// compare only with arrays of their very type, and columns of `varchar[]` are among those of `text[]`.
    package static func comparable(_ value: SQLExpression, _ kind: ScalarKind) -> SQLExpression {
        guard case .parameter(let parameter) = value else {
            return kind.family == .list ? .cast(value, PostgresTypes.parameter(kind)) : value
        }
        guard kind == .float else { return value }
        if case .list = parameter.target { return .cast(value, SQLType("float4", isList: true)) }
        return cast(value, "float4")
    }

    package static func member(
        _ value: SQLExpression, of list: SQLExpression, _ kind: ScalarKind
    ) -> SQLExpression {
        guard kind.family == .list else {
            return .infix(value, .equal, .function("ANY", [comparable(list, kind)]))
        }
        let item = SQLExpression.cast(.function("unnest", [list]), PostgresTypes.parameter(kind))
        return .member(value, of: SQLSelect([SQLColumn(item)]))
    }

    /// Some types have no order and no equality, JSON as it was written among them.
    package static func sortable(_ value: SQLExpression, _ kind: ScalarKind) -> SQLExpression {
        kind.comparability == .none ? cast(value, "text") : value
    }

    package static func byCodePoint(_ value: SQLExpression, _ kind: ScalarKind) -> SQLExpression {
        kind.stored == .string ? .collated(value, "\"C\"") : value
    }

    package static func caseFolded(_ value: SQLExpression) -> SQLExpression { .function("lower", [value]) }

    package static func lastFour(_ value: SQLExpression) -> SQLExpression {
        let length = SQLExpression.function("char_length", [value])
        let shown = SQLExpression.infix(
            .text("****"), .concatenate, .function("right", [value, .integer(4)]))
        return .choose(
            [
                SQLBranch(.infix(length, .greater, .integer(4)), shown),
                SQLBranch(.not(.isNull(value)), .text("****")),
            ], otherwise: nil)
    }

    /// HMAC-SHA-256 in lower-case hexadecimal digits (RFC 2104). The key is bound as its two paddings, 64 bytes each
    /// (`ParameterEncoding`), for no operator combines bytes.
    package static func keyedHash(_ value: SQLExpression, key: SQLExpression) -> SQLExpression {
        let text = SQLExpression.function("convert_to", [value, .text("UTF8")])
        let inner = SQLExpression.function("substr", [key, .integer(1), .integer(64)])
        let outer = SQLExpression.function("substr", [key, .integer(65)])
        let digest = SQLExpression.function("sha256", [.infix(inner, .concatenate, text)])
        return .function(
            "encode", [.function("sha256", [.infix(outer, .concatenate, digest)]), .text("hex")])
    }

    package static func ownTest(
        _ test: ComparisonOperator, _ value: SQLExpression, _ operand: SQLExpression, _ kind: ScalarKind
    ) -> SQLExpression {
        switch test {
        case .ancestor: .infix(value, .contains, operand)
        case .ancestorAny: .infix(value, .contains, .function("ANY", [operand]))
        case .descendant: .infix(value, .containedIn, operand)
        case .descendantAny: .infix(value, .containedIn, .function("ANY", [operand]))
        case .matches: .infix(value, .matches, operand)
        case .matchesAny: .infix(value, .hasKey, operand)
        case .matchesText: .infix(value, .matchesText, operand)
        // Whatever is typed into a field for searching is a query to it.
        case .search: .infix(value, .search, .function("websearch_to_tsquery", [operand]))
        case .contains where kind.family == .list:
            .infix(comparable(value, kind), .contains, operand)
        case .containedIn where kind.family == .list:
            .infix(comparable(value, kind), .containedIn, operand)
        case .contains where kind.isRange: .infix(value, .contains, operand)
        case .containedIn where kind.isRange: .infix(value, .containedIn, operand)
        case .overlaps: .infix(value, .overlaps, operand)
        case .contains, .containedIn, .hasKey, .hasKeysAny, .hasKeysAll, .pathExists, .pathMatch, .equal, .notEqual,
            .less, .lessOrEqual, .greater, .greaterOrEqual, .isIn, .isNotIn, .like, .notLike, .caseInsensitiveLike,
            .notCaseInsensitiveLike, .similar, .notSimilar, .regex, .notRegex, .caseInsensitiveRegex,
            .notCaseInsensitiveRegex:
            documentTest(test, cast(value, "jsonb"), operand)
        }
    }

    private static func documentTest(
        _ test: ComparisonOperator, _ document: SQLExpression, _ operand: SQLExpression
    ) -> SQLExpression {
        switch test {
        case .containedIn: .infix(document, .containedIn, cast(operand, "jsonb"))
        case .hasKey: .infix(document, .hasKey, operand)
        case .hasKeysAny: .infix(document, .hasKeysAny, operand)
        case .hasKeysAll: .infix(document, .hasKeysAll, operand)
        case .pathExists: .infix(document, .pathExists, operand)
        case .pathMatch: .infix(document, .search, operand)
        case .contains, .overlaps, .equal, .notEqual, .less, .lessOrEqual, .greater, .greaterOrEqual, .isIn, .isNotIn,
            .like,
            .notLike, .caseInsensitiveLike, .notCaseInsensitiveLike, .similar, .notSimilar, .regex, .notRegex,
            .caseInsensitiveRegex, .notCaseInsensitiveRegex, .ancestor, .ancestorAny, .descendant, .descendantAny,
            .matches, .matchesAny, .matchesText, .search:
            .infix(document, .contains, cast(operand, "jsonb"))
        }
    }

    package static func documentText(_ document: SQLExpression) -> SQLExpression {
        cast(cast(document, "jsonb"), "text")
    }

    /// PostgreSQL's own operators. The gateway has checked the pattern by then (`PatternKind`), so they raise nothing.
    package static func patternTest(
        _ test: ComparisonOperator, _ value: SQLExpression, pattern: SQLExpression
    ) -> SQLExpression {
        switch test {
        case .similar, .notSimilar: .infix(value, .similar, pattern)
        case .caseInsensitiveRegex, .notCaseInsensitiveRegex: .infix(value, .matchesFolded, pattern)
        case .regex, .notRegex, .equal, .notEqual, .less, .lessOrEqual, .greater, .greaterOrEqual, .isIn, .isNotIn,
            .like, .notLike, .caseInsensitiveLike, .notCaseInsensitiveLike, .contains, .containedIn, .overlaps, .hasKey,
            .hasKeysAny, .hasKeysAll, .ancestor, .ancestorAny, .descendant, .descendantAny, .matches, .matchesAny,
            .matchesText, .search, .pathExists, .pathMatch:
            .infix(value, .matches, pattern)
        }
    }

    package static func part(_ document: SQLExpression, path: SQLExpression) -> SQLExpression {
        .infix(document, .part, path)
    }

    // MARK: Aggregates

    /// The smallest of what has no order of its own (`sortable`) is that of its texts.
    package static func aggregate(
        _ function: AggregateFunction, _ value: SQLExpression, of kind: ScalarKind
    ) -> SQLExpression {
        let key = sortable(value, kind)
        guard key != value, function == .minimum || function == .maximum else { return aggregate(function, value) }
        let text = aggregate(function, key)
        return kind == .json ? cast(text, "json") : text
    }

    package static func every(_ value: SQLExpression) -> SQLExpression { .function("bool_and", [value]) }
    package static func some(_ value: SQLExpression) -> SQLExpression { .function("bool_or", [value]) }
    package static func count(_ value: SQLExpression) -> SQLExpression { .function("count", [value]) }
    package static func tuple(_ values: [SQLExpression]) -> SQLExpression { .row(values) }
    package static var nullsAreSmallest: Bool { false }
}
