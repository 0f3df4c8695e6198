// From JSON to bound values: what callers send is converted or refused with a code, what rules name is exact or unusable.
import Base
import Metadata
import Patterns
import TestSupport
import Testing

@testable import Planning

struct ValueConversionTests {
    private static func outcome(_ body: () throws -> BoundValue) -> String {
        do {
            return text(try body())
        } catch let error as GatewayError {
            return "\(error.code.rawValue): \(error.message)"
        } catch {
            return "\(error)"
        }
    }

    private static func text(_ value: BoundValue?) -> String {
        switch value {
        case nil: "unusable"
        case .null?: "null"
        case .integer(let integer)?: "integer \(integer)"
        case .real(let real)?: "real \(real)"
        case .decimal(let text)?: "decimal \(text)"
        case .text(let text)?: "text \(text)"
        case .bytes(let bytes)?: "bytes \(bytes)"
        case .list(let text)?: "list \(text)"
        }
    }

    private static let bounds = "parse-failed: The value lies outside the bounds of"
    private static let wrong = "data-exception: invalid input for"

    @Test(
        arguments: [
            (ScalarKind.int, "2147483647", "integer 2147483647"), (.int, "2147483648", "\(bounds) Int"),
            (.int, "-2147483648", "integer -2147483648"),
            (.int, "-2147483649", "\(bounds) Int"), (.int, "1.0", "integer 1"), (.int, "1e3", "integer 1000"),
            (.int, "1.5", "\(bounds) Int"), (.int, "true", "\(bounds) Int"),
            (.smallint, "32767", "integer 32767"), (.smallint, "32768", "\(bounds) smallint"),
            (.smallint, #""7""#, "integer 7"),
            (.bigint, "9223372036854775807", "integer 9223372036854775807"),
            (.bigint, #""9223372036854775807""#, "integer 9223372036854775807"),
            (.bigint, "9223372036854775808", "\(bounds) bigint"),
            (.bigint, "-9223372036854775808", "integer -9223372036854775808"),
            (.bigint, #""7abc""#, "\(bounds) bigint"),
            (.bigint, #"" 7""#, "\(bounds) bigint"), (.bigint, #""""#, "\(bounds) bigint"),
            (.bigint, "1e99999999", "\(bounds) bigint"),
            (.float, "1.5", "real 1.5"), (.float, "7", "integer 7"), (.float, "1e400", "parse-failed"),
            (.float8, #""1.5""#, "real 1.5"), (.numeric, "0.1", "real 0.1"),
            (.numeric, "12345678901234567890.123", "decimal 12345678901234567890.123"),
            (.numeric, "100000000000000000000", "real 1e+20"),
            (.float8, "0.12345678901234567890", "real 0.12345678901234568"),
            (.numeric, #""x""#, "parse-failed"), (.float, #""NaN""#, "parse-failed"),
            (.float, #""Infinity""#, "parse-failed"),
            (.boolean, "true", "integer 1"), (.boolean, "false", "integer 0"), (.boolean, "1", "\(wrong) Boolean"),
            (.boolean, #""true""#, "\(wrong) Boolean"),
            (.string, #""""#, "text "), (.string, #""é\u0000""#, "text é\0"), (.string, "1", "\(wrong) String"),
            (.uuid, #""123e4567-e89b-12d3-a456-426614174000""#, "text 123e4567-e89b-12d3-a456-426614174000"),
            (.uuid, #""123e4567e89b12d3a456426614174000""#, "\(wrong) uuid"),
            (.uuid, #""123e4567-e89b-12d3-a456-42661417400g""#, "\(wrong) uuid"),
            (.date, #""2024-02-29""#, "text 2024-02-29"), (.date, #""2023-02-29""#, "\(wrong) date"),
            (.date, #""2024-2-9""#, "\(wrong) date"), (.date, #""2024-02-29T00:00:00Z""#, "\(wrong) date"),
            (.time, #""23:59:59.5""#, "text 23:59:59.5"), (.time, #""24:00""#, "\(wrong) time"),
            (.timestamptz, #""2024-02-29T12:00:00+02:00""#, "text 2024-02-29T12:00:00+02:00"),
            (.timestamptz, #""yesterday""#, "\(wrong) timestamptz"),
            (.timestamp, #""2024-02-29 12:00""#, "text 2024-02-29 12:00"), (.timestamp, "0", "\(wrong) timestamp"),
            (.jsonb, #"{"a":[1,null]}"#, #"text {"a":[1,null]}"#), (.bytea, #""AQI=""#, "bytes [1, 2]"),
            (.bytea, #""\\x01fF""#, "bytes [1, 255]"), (.bytea, #""\\x0""#, "\(wrong) bytea"),
            (.bytea, #""AQI""#, "\(wrong) bytea"), (.other(DatabaseType("mood")), #""sad""#, "text sad"),
            (.int, "null", "\(bounds) Int"),
        ] as [(ScalarKind, String, String)])
    func `what a caller sends fits its type or is refused`(_ kind: ScalarKind, _ value: String, _ expected: String) {
        let outcome = Self.outcome { try ValueConversion.input(JSONValue(test: value), as: kind, at: "$.x") }
        #expect(
            expected.contains(":") || expected == "parse-failed" || expected.hasPrefix("data-")
                ? outcome.hasPrefix(expected) : outcome == expected, "\(outcome)")
    }

    @Test
    func `a refusal names the place and never the value`() {
        for kind in ScalarKind.known {
            do {
                _ = try ValueConversion.input(.array([.string("a-secret")]), as: kind, at: "$.selectionSet.T")
            } catch {
                #expect(error.extensionPath == "$.selectionSet.T")
                #expect(!error.message.contains("a-secret"))
            }
        }
    }

    @Test(arguments: [
        ("[1,2]", "list [1,2]"), ("7", "list [7]"), ("[]", "list []"),
        (#"["9007199254740993"]"#, "list [9007199254740993]"), ("[1,null]", "parse-failed"),
        ("[1,[2]]", "parse-failed"),
    ])
    func `a list is bound as one parameter`(_ value: String, _ expected: String) {
        let outcome = Self.outcome { try ValueConversion.inputList(JSONValue(test: value), of: .bigint, at: "$") }
        #expect(outcome.hasPrefix(expected), "\(outcome)")
    }

    @Test
    func `a wrong item is named by its index`() {
        do {
            _ = try ValueConversion.inputList(JSONValue(test: #"[1,"x"]"#), of: .int, at: "$.w")
            Issue.record("an item that is no number was taken")
        } catch {
            #expect(error.extensionPath == "$.w[1]")
        }
    }

    @Test(arguments: [
        ("0", "integer 0"), ("2147483647", "integer 2147483647"), (#""5""#, "integer 5"),
        ("-1", "not-supported: unexpected negative value"),
        ("2147483648", "parse-failed"), ("1.5", "parse-failed"), (#""x""#, "parse-failed"), ("true", "parse-failed"),
    ])
    func `a count is not negative`(_ value: String, _ expected: String) {
        let outcome = Self.outcome { try ValueConversion.count(JSONValue(test: value), at: "$") }
        #expect(outcome.hasPrefix(expected), "\(outcome)")
    }

    @Test(arguments: [
        (#""a%""#, "text a%"), (#""\\\\""#, #"text \\"#), (#""\\%""#, #"text \%"#),
        (#""\\""#, "data-exception: LIKE pattern must not end"),
        (#""a\\\\\\""#, "data-exception: LIKE pattern must not end"), ("1", "data-exception"),
    ])
    func `a pattern is checked before it runs`(_ value: String, _ expected: String) {
        let outcome = Self.outcome { try ValueConversion.pattern(JSONValue(test: value), .like, at: "$") }
        #expect(outcome.hasPrefix(expected), "\(outcome)")
    }

    @Test
    func `a zero is neither in patterns nor in lists`() {
        #expect(throws: GatewayError.self) { try ValueConversion.pattern(.string("a\0"), .like, at: "$") }
        #expect(ValueConversion.escapedPattern(.string("\0"), .like) == nil)
        let list = JSONValue.array([.string("a"), .string("\0")])
        let outcome = Self.outcome { try ValueConversion.inputList(list, of: .string, at: "$") }
        #expect(outcome.hasPrefix("data-exception"), "\(outcome)")
        #expect(ValueConversion.exactList(list, of: .string) == nil)
        #expect(ValueConversion.exactList(.array([.string("a")]), of: .string) == .list(#"["a"]"#))
    }

    @Test
    func `values are the same if their bytes are`() {
        #expect(BoundValue.text("\u{E9}") != .text("e\u{301}"))
        #expect(BoundValue.text("\u{E9}") == .text("\u{E9}"))
    }

    @Test
    func `a pattern has a bound`() {
        let fits = String(repeating: "%", count: PatternKind.maximumBytes)
        #expect(throws: Never.self) { try ValueConversion.pattern(.string(fits), .like, at: "$") }
        #expect(throws: GatewayError.self) { try ValueConversion.pattern(.string(fits + "a"), .like, at: "$") }
        #expect(ValueConversion.escapedPattern(.string(fits), .like) == nil)
    }

    @Test(
        arguments: [
            (ScalarKind.int, "7", "integer 7"), (.int, #""7""#, "integer 7"), (.int, "7.5", "real 7.5"),
            (.int, "0.1", "real 0.1"), (.int, "9007199254740993", "integer 9007199254740993"),
            (.bigint, "9223372036854775808", "unusable"), (.bigint, "1e20", "real 1e+20"),
            (.bigint, "9223372036854775809", "unusable"), (.bigint, "1e400", "unusable"), (.int, "true", "unusable"),
            (.int, #""7abc""#, "unusable"),
            (.int, "null", "unusable"), (.int, "[7]", "unusable"), (.numeric, "1.10", "real 1.1"),
            (.numeric, #""1e2""#, "integer 100"), (.float, "{}", "unusable"),
            (.boolean, "true", "integer 1"), (.boolean, "1", "unusable"), (.boolean, #""true""#, "unusable"),
            (.string, #""x""#, "text x"), (.string, "1", "unusable"), (.string, "true", "unusable"),
            (.uuid, #""x""#, "unusable"), (.date, #""2024-02-29""#, "text 2024-02-29"),
            (.date, #""2024-02-30""#, "unusable"), (.time, #""12:00""#, "text 12:00"),
            (.timestamptz, #""2024-02-29""#, "text 2024-02-29"), (.timestamptz, "1700000000", "unusable"),
            (.timestamp, #""2024-02-29T12:00:00+02:00""#, "text 2024-02-29T10:00:00Z"),
            (.timestamptz, #""2024-02-29T12:00:00.1234567Z""#, "text 2024-02-29T12:00:00.123456Z"),
            (.timestamptz, #""2024-02-29T12:00:00-20:00""#, "text 2024-03-01T08:00:00Z"),
            (.timestamptz, #""0001-01-01T00:00:00+01:00""#, "unusable"),
            (.timestamptz, #""9999-12-31T23:59:59-01:00""#, "unusable"),
            (.timestamptz, #""0000-06-01T00:00:00Z""#, "unusable"), (.date, #""0000-06-01""#, "unusable"),
            (.string, #""a\u0000""#, "unusable"),
            (.jsonb, #"{"a":1}"#, #"text {"a":1}"#), (.bytea, #""AQI=""#, "bytes [1, 2]"),
            (.bytea, #""?""#, "unusable"),
        ] as [(ScalarKind, String, String)])
    func `what a rule names is exact or unusable`(_ kind: ScalarKind, _ value: String, _ expected: String) {
        #expect(Self.text(ValueConversion.exact(JSONValue(test: value), as: kind)) == expected)
    }

    @Test(arguments: [
        (#"["a","b"]"#, #"list ["a","b"]"#), ("[]", "list []"), (#""{a,b}""#, #"list ["a","b"]"#),
        (#""{}""#, "list []"), (#""{\"a,b\",c}""#, #"list ["a,b","c"]"#),
        (#""{\"a\\\"b\"}""#, #"list ["a\"b"]"#), (#""{,}""#, #"list ["",""]"#), (#""a,b""#, "unusable"),
        (#""{a""#, "unusable"), (#""{\"a}""#, "unusable"), (#""{{a}}""#, "unusable"),
        (#"["a",1]"#, "unusable"), (#"["a",null]"#, "unusable"), ("null", "unusable"), (#"{"a":1}"#, "unusable"),
    ])
    func `a list that a rule names is usable as a whole or not at all`(_ value: String, _ expected: String) {
        #expect(Self.text(ValueConversion.exactList(JSONValue(test: value), of: .string)) == expected)
    }

    @Test(arguments: [("a%b_c\\d", #"a\%b\_c\\d"#), ("", ""), ("é", "é")])
    func `a claim as a pattern matches just itself`(_ text: String, _ pattern: String) {
        #expect(ValueConversion.escapedPattern(.string(text), .like) == .text(pattern))
        #expect(LikePattern(pattern)?.matches(text) == true)
    }
}
