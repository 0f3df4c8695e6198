// Bound values in PostgreSQL's text form.
import Base
import Connectors
import Metadata
import Planning
import Testing

@testable import ConnectorPostgres

@Suite struct ParameterEncodingTests {
    private static func parameter(_ target: Parameter.Target, _ origin: Parameter.Origin = .now) -> Parameter {
        Parameter(origin: origin, target: target)
    }

    private static func encoded(_ value: BoundValue, _ parameter: Parameter) throws -> String? {
        let encoded = try EncodedParameters([value], [parameter])
        guard encoded.offsets == [0] else { return encoded.offsets == [-1] ? nil : "offsets \(encoded.offsets)" }
        #expect(encoded.bytes.last == 0)
        return String(decoding: encoded.bytes.dropLast(), as: UTF8.self)
    }

    @Test(
        arguments: [
            (.null, .value(.int), nil),
            (.integer(-9_223_372_036_854_775_808), .value(.bigint), "-9223372036854775808"),
            (.real(0.1), .value(.float8), "0.1"),
            (.real(1e300), .value(.float8), "1e+300"),
            (.real(1e300), .value(.float), "Infinity"),
            (.real(-1e300), .value(.float), "-Infinity"),
            (.real(1e-300), .value(.float), "0"),
            (.real(1.5), .value(.float), "1.5"),
            (.text(#"it's \ "x""#), .value(.string), #"it's \ "x""#),
            (.bytes([0, 255, 16]), .value(.bytea), #"\x00ff10"#),
            (.list(#"[1,-2]"#), .list(of: .int), "{1,-2}"),
            (.list("[]"), .list(of: .int), "{}"),
            (.list("[1e300,-1e300,1e-300,1.5,7]"), .list(of: .float), "{Infinity,-Infinity,0,1.5,7.0}"),
            (.list("[1e300]"), .list(of: .float8), "{1e300}"),
            (
                .list(#"["a,b","\"q\"","\\","{}","NULL",""]"#), .list(of: .string),
                #"{"a,b","\"q\"","\\","{}","NULL",""}"#
            ),
            (.list(#"["AP8="]"#), .list(of: .bytea), #"{"\\x00ff"}"#),
            (.list(#"["{\"a\":1}"]"#), .list(of: .jsonb), #"{"{\"a\":1}"}"#),
            (.text(#"["a",0,"b c"]"#), .jsonPath, #"{"a",0,"b c"}"#),
        ] as [(BoundValue, Parameter.Target, String?)])
    func `a value has the form its type reads`(
        _ value: BoundValue, _ target: Parameter.Target, _ expected: String?
    ) throws {
        #expect(try Self.encoded(value, Self.parameter(target)) == expected)
    }

    @Test func `several values stand one after the other`() throws {
        let parameters = [Self.parameter(.value(.int)), Self.parameter(.value(.int)), Self.parameter(.value(.string))]
        let encoded = try EncodedParameters([.integer(10), .null, .text("x")], parameters)
        #expect(encoded.offsets == [0, -1, 3])
        #expect(encoded.bytes == [49, 48, 0, 120, 0])
    }

    @Test(arguments: [
        (BoundValue.text("a\0b"), Parameter.Target.value(.string)), (.list(#"["a\u0000b"]"#), .list(of: .string)),
    ])
    func `a text that would be cut at its zero is refused`(_ value: BoundValue, _ target: Parameter.Target) throws {
        let error = #expect(throws: ConnectorError.self) {
            try EncodedParameters([value], [Self.parameter(target)])
        }
        #expect(error?.kind == .dataException)
    }

    @Test func `the key of a mask is bound as its two paddings`() throws {
        let parameter = Self.parameter(.bytes, .maskKey(collection: "main.users", column: "email"))
        let text = try #require(try Self.encoded(.bytes([1, 2]), parameter))
        #expect(
            text == #"\x"# + "3734" + String(repeating: "36", count: 62) + "5d5e" + String(repeating: "5c", count: 62))
        #expect(throws: ConnectorError.self) {
            try EncodedParameters([.bytes([UInt8](repeating: 1, count: 65))], [parameter])
        }
    }
}
