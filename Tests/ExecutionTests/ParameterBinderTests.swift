// Values for placeholders: from variables, claims, the clock and keys, converted and checked before the database sees one.
import Base
import GraphQL
import Metadata
import Patterns
import Planning
import TestSupport
import Testing

@testable import Execution

struct ParameterBinderTests {
    private static func bind(_ parameter: Parameter, variables: String = "{}", claims: TestCaller = .anonymous)
        -> String
    {
        let values = Dictionary(
            uniqueKeysWithValues: (JSONValue(test: variables).object?.members ?? []).map { ($0.name, $0.value) })
        let binder = ParameterBinder(
            variables: CoercedVariables(values), caller: claims.caller, now: TestGateway.now,
            maskKeys: ["main.t.a": [1, 2, 3]])
        do throws(GatewayError) {
            return try binder.bind([PreparedValue(parameter)]).map { "\($0)" }.joined()
        } catch {
            return "\(error.code.rawValue) at \(error.extensionPath)"
        }
    }

    @Test(
        arguments: [
            (Parameter(origin: .integer(7), target: .count), "integer(7)"),
            (Parameter(origin: .constant("7"), target: .value(.bigint)), "integer(7)"),
            (Parameter(origin: .constant(#""7""#), target: .value(.string)), #"text("7")"#),
            (Parameter(origin: .constant("true"), target: .value(.boolean)), "integer(1)"),
            (Parameter(origin: .constant("[1,2]"), target: .list(of: .int)), #"list("[1,2]")"#),
            (Parameter(origin: .constant(#""a%""#), target: .pattern(.like)), #"text("a%")"#),
            (Parameter(origin: .constant("-1"), target: .count, errorPath: "$.l"), "not-supported at $.l"),
            (
                Parameter(origin: .constant(#""\\""#), target: .pattern(.like), errorPath: "$.p"),
                "data-exception at $.p"
            ),
            (Parameter(origin: .now, target: .value(.timestamptz)), #"text("2026-01-01T00:00:00Z")"#),
            (Parameter(origin: .now, target: .value(.date)), #"text("2026-01-01")"#),
            (Parameter(origin: .maskKey(collection: "main.t", column: "a"), target: .bytes), "bytes([1, 2, 3])"),
            (Parameter(origin: .maskKey(collection: "main.t", column: "b"), target: .bytes), "unexpected at $"),
        ] as [(Parameter, String)])
    func `what is known without the request is bound`(_ parameter: Parameter, _ expected: String) {
        #expect(Self.bind(parameter) == expected)
    }

    @Test(
        arguments: [
            ([], #"{"v": 7}"#, "integer(7)"), ([.member("a"), .item(1)], #"{"v": {"a": [1, 2]}}"#, "integer(2)"),
            ([.member("a")], #"{"v": {"a": "9"}}"#, "integer(9)"),
            // One value stands for a list of one.
            ([.item(0)], #"{"v": 7}"#, "integer(7)"),
            ([.member("a"), .item(0), .member("b")], #"{"v": {"a": {"b": 3}}}"#, "integer(3)"),
            ([], #"{"v": 2147483648}"#, "parse-failed at $.w"), ([], #"{"v": "x"}"#, "parse-failed at $.w"),
            ([], "{}", "parse-failed at $.w"), ([.item(5)], #"{"v": [1]}"#, "parse-failed at $.w"),
        ] as [([InputStep], String, String)])
    func `a leaf of a variable is found and checked`(_ path: [InputStep], _ variables: String, _ expected: String) {
        let parameter = Parameter(origin: .variable(name: "v", path: path), target: .value(.int), errorPath: "$.w")
        #expect(Self.bind(parameter, variables: variables) == expected)
    }

    @Test(
        arguments: [
            (["id"], Parameter.Target.value(.int), #"{"id": "7"}"#, "integer(7)"),
            (["a", "b"], .value(.string), #"{"a": {"b": "x"}}"#, #"text("x")"#),
            (["l"], .list(of: .string), #"{"l": "{a,b}"}"#, #"list("[\"a\",\"b\"]")"#),
            (["p"], .pattern(.like), #"{"p": "50%"}"#, #"text("50\\%")"#),
            // Nothing is ever bound in the place of a claim that cannot be used.
            (["id"], .value(.int), "{}", "unexpected at $"),
            (["id"], .value(.int), #"{"id": null}"#, "unexpected at $"),
            (["id"], .value(.int), #"{"id": "7abc"}"#, "unexpected at $"),
            (["id"], .value(.int), #"{"id": [7]}"#, "unexpected at $"),
            (["l"], .list(of: .string), #"{"l": "a,b"}"#, "unexpected at $"),
        ] as [([String], Parameter.Target, TestCaller, String)])
    func `a claim is bound exactly or not at all`(
        _ path: [String], _ target: Parameter.Target, _ caller: TestCaller, _ expected: String
    ) {
        #expect(Self.bind(Parameter(origin: .claim(path: path), target: target), claims: caller) == expected)
    }
}
