// What SQLite says in its own way, and with the functions this module registers on every connection: JSON is written by
// `perigee_object` and `perigee_rows`, whose keys carry the form of their value, so that nothing is parsed twice.
internal import Base
package import Metadata
package import Planning
package import SQL

package enum SQLiteDialect: SQLDialect {
    /// A function takes 127 arguments; a wider object is joined from parts.
    private static let pairsPerCall = 60

    package static func placeholder(_ position: Int, _ parameter: Parameter?) -> String { "?\(position)" }

    package static func quotedIdentifier(_ name: String) -> String {
        "\"" + doubled(name, "\"") + "\""
    }

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

    /// Debian's build has the library's default of 100 (YYSTACKDEPTH); some are left for the statement around.
    package static var parserDepth: Int? { 92 }

    package static func detached(_ text: String, _ arguments: [SQLExpression]) -> SQLExpression {
        .function("perigee_read", [.text(text)] + arguments)
    }

    package static func boolean(_ flag: Bool) -> String { flag ? "1" : "0" }

    // MARK: JSON

    package static func object(_ members: [SQLMember]) -> SQLExpression {
        let parts = chunks(members).map { SQLExpression.function("perigee_object", $0.flatMap(pair)) }
        return parts.count == 1 ? parts[0] : .function("perigee_join", parts)
    }

    package static var objectsAreSelects: Bool { false }

    package static func rows(_ members: [SQLMember], carried: SQLExpression?) -> SQLExpression {
        guard members.count > pairsPerCall else { return .function("perigee_rows", members.flatMap(pair)) }
        return .function("perigee_rows", [object(members)])
    }

    private static func chunks(_ members: [SQLMember]) -> [ArraySlice<SQLMember>] {
        guard !members.isEmpty else { return [[]] }
        return stride(from: 0, to: members.count, by: pairsPerCall).map { start in
            members[start..<min(start + pairsPerCall, members.count)]
        }
    }

    /// The key's literal ends in the letter of the value's form (`JSONKind`).
    private static func pair(_ member: SQLMember) -> [SQLExpression] {
        var key = ByteBuffer()
        key.append(jsonString: member.key)
        key.append(UInt8(ascii: ":"))
        switch member.form {
        case .json: key.append(UInt8(ascii: "j"))
        case .scalar(let kind):
            if let letter = letter(of: kind) { key.append(letter) }
        }
        return [.text(key.text), member.value]
    }

    private static func letter(of kind: ScalarKind) -> UInt8? {
        switch kind {
        case .int, .smallint, .bigint, .float, .float8, .bytea: nil
        case .numeric: UInt8(ascii: "n")
        case .boolean: UInt8(ascii: "b")
        case .json, .jsonb, .array: UInt8(ascii: "d")
        case .string, .uuid, .date, .time, .timestamp, .timestamptz, .enumeration, .other: UInt8(ascii: "s")
        }
    }

    package static func limited(
        _ value: SQLExpression, count: SQLExpression, rows limit: Int64, path: String
    ) -> SQLExpression {
        .choose(
            [SQLBranch(.infix(count, .greater, .integer(limit)), .function("perigee_limit", [.text(path)]))],
            otherwise: value)
    }

    package static var emptyList: SQLExpression { .text("[]") }
    package static var noLimit: SQLExpression? { .integer(-1) }
    package static var plansByCounts: Bool { false }
    package static func same(_ left: SQLExpression, _ right: SQLExpression) -> SQLExpression {
        .infix(left, .same, right)
    }
    package static func smaller(_ left: SQLExpression, _ right: SQLExpression) -> SQLExpression {
        .function("min", [left, right])
    }

    package static func sortKey(_ value: SQLExpression) -> SQLExpression { .function("perigee_tag", [value]) }

    package static func sortKey(from cursor: Parameter) -> SQLExpression {
        let tagged = Parameter(origin: cursor.origin, target: .value(.string), errorPath: cursor.errorPath)
        return .function("perigee_untag", [.parameter(tagged)])
    }

    // MARK: Comparison

    package static func computed(_ expression: String, _ kind: ScalarKind) -> String { expression }

    /// The column first, as far as an index on it can tell: a superset of what shows as the text.
    package static func untyped(_ column: SQLExpression, mayEqual text: SQLExpression) -> SQLExpression {
        .any([
            .infix(column, .equal, text), .infix(column, .equal, .infix(text, .plus, .integer(0))),
            .infix(column, .equal, .function("perigee_unbase64", [text])),
        ])
    }

    package static func untyped(_ column: SQLExpression) -> SQLExpression { .function("perigee_text", [column]) }

    package static func comparable(_ value: SQLExpression, _ kind: ScalarKind) -> SQLExpression {
        switch kind.family {
        case .instant: .function("perigee_instant", [value])
        // As it shows: every number but 0 is true, and so are the words some programs store.
        case .boolean: .function("perigee_boolean", [value])
        case .document: .function("perigee_json_canonical", [value])
        case .integer, .fractional, .text, .calendar, .binary, .list, .opaque: value
        }
    }

    package static func member(
        _ value: SQLExpression, of list: SQLExpression, _ kind: ScalarKind
    ) -> SQLExpression {
        .member(value, of: items(of: list, kind))
    }

    private static func items(of list: SQLExpression, _ kind: ScalarKind) -> SQLSelect {
        let item = SQLExpression.column(alias: "json_each", name: "value")
        let value =
            switch kind.family {
            case .instant: SQLExpression.function("perigee_instant", [item])
            case .binary: SQLExpression.function("perigee_unbase64", [item])
            case .boolean: SQLExpression.function("perigee_boolean", [item])
            case .document: SQLExpression.function("perigee_json_canonical", [item])
            case .integer, .fractional, .text, .calendar, .list, .opaque: item
            }
        return SQLSelect([SQLColumn(value)], from: .function("json_each", [list]))
    }

    package static func sortable(_ value: SQLExpression, _ kind: ScalarKind) -> SQLExpression {
        switch kind.family {
        case .instant, .boolean: comparable(value, kind)
        case .integer, .fractional, .text, .calendar, .document, .binary, .list, .opaque: value
        }
    }

    package static func byCodePoint(_ value: SQLExpression, _ kind: ScalarKind) -> SQLExpression {
        .collated(value, "BINARY")
    }

    package static func caseFolded(_ value: SQLExpression) -> SQLExpression { .function("perigee_fold", [value]) }
    package static func lastFour(_ value: SQLExpression) -> SQLExpression { .function("perigee_last4", [value]) }

    package static func keyedHash(_ value: SQLExpression, key: SQLExpression) -> SQLExpression {
        .function("perigee_hash", [key, value])
    }

    package static func patternTest(
        _ test: ComparisonOperator, _ value: SQLExpression, pattern: SQLExpression
    ) -> SQLExpression {
        switch test {
        case .similar, .notSimilar: .function("perigee_similar", [value, pattern])
        case .caseInsensitiveRegex, .notCaseInsensitiveRegex: .function("perigee_iregex", [value, pattern])
        case .regex, .notRegex, .equal, .notEqual, .less, .lessOrEqual, .greater, .greaterOrEqual, .isIn, .isNotIn,
            .like, .notLike, .caseInsensitiveLike, .notCaseInsensitiveLike, .contains, .containedIn, .overlaps, .hasKey,
            .hasKeysAny, .hasKeysAll, .ancestor, .ancestorAny, .descendant, .descendantAny, .matches, .matchesAny,
            .matchesText, .search, .pathExists, .pathMatch:
            .function("perigee_regex", [value, pattern])
        }
    }

    package static func ownTest(
        _ test: ComparisonOperator, _ document: SQLExpression, _ operand: SQLExpression, _ kind: ScalarKind
    ) -> SQLExpression {
        switch test {
        case .containedIn: .function("perigee_json_contains", [operand, document])
        case .hasKey: .function("perigee_json_has_key", [document, operand])
        case .hasKeysAny: .function("perigee_json_has_any", [document, operand])
        case .hasKeysAll: .function("perigee_json_has_all", [document, operand])
        case .contains, .overlaps, .equal, .notEqual, .less, .lessOrEqual, .greater, .greaterOrEqual, .isIn, .isNotIn,
            .like,
            .notLike, .caseInsensitiveLike, .notCaseInsensitiveLike, .similar, .notSimilar, .regex, .notRegex,
            .caseInsensitiveRegex, .notCaseInsensitiveRegex, .ancestor, .ancestorAny, .descendant, .descendantAny,
            .matches, .matchesAny, .matchesText, .search, .pathExists, .pathMatch:
            .function("perigee_json_contains", [document, operand])
        }
    }

    package static func part(_ document: SQLExpression, path: SQLExpression) -> SQLExpression {
        .function("perigee_json_part", [document, path])
    }

    package static func documentText(_ document: SQLExpression) -> SQLExpression {
        .function("perigee_json_text", [document])
    }

    // MARK: Aggregates

    /// SQLite has no deviation and no variance, and its sum of integers fails beyond 64 bits.
    package static func name(of function: AggregateFunction) -> SQLName {
        switch function {
        case .average, .maximum, .minimum: function.standardName
        case .sum: "perigee_sum"
        case .deviation, .sampleDeviation: "perigee_stddev_samp"
        case .populationDeviation: "perigee_stddev_pop"
        case .variance, .sampleVariance: "perigee_var_samp"
        case .populationVariance: "perigee_var_pop"
        }
    }

    package static func aggregate(
        _ function: AggregateFunction, _ value: SQLExpression, of kind: ScalarKind
    ) -> SQLExpression {
        switch function {
        // The text that stands behind the smallest or greatest sort key.
        case .minimum where kind.family == .instant, .maximum where kind.family == .instant:
            .function(
                "substr",
                [
                    aggregate(function, .function("perigee_instant_key", [value])),
                    .integer(Int64(InstantFunction.keyLength + 1)),
                ])
        case .minimum, .maximum, .average, .sum, .deviation, .sampleDeviation, .populationDeviation, .variance,
            .sampleVariance, .populationVariance:
            aggregate(function, value)
        }
    }

    package static func every(_ value: SQLExpression) -> SQLExpression {
        .function("min", [comparable(value, .boolean)])
    }

    package static func some(_ value: SQLExpression) -> SQLExpression {
        .function("max", [comparable(value, .boolean)])
    }

    package static func count(_ value: SQLExpression) -> SQLExpression { .function("count", [value]) }

    /// `quote` writes each value as a literal, so different tuples give different texts.
    package static func tuple(_ values: [SQLExpression]) -> SQLExpression {
        let quoted = values.map { SQLExpression.function("quote", [$0]) }
        return quoted.dropFirst().reduce(quoted[0]) { .infix(.infix($0, .concatenate, .text(",")), .concatenate, $1) }
    }

    package static var nullsAreSmallest: Bool { true }
}
