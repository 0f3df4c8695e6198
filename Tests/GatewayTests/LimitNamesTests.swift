// Every limit there is, reached by a request over HTTP: the code all of them share, and the name of this one beside it.
import Base
import TestSupport
import Testing

@Suite
struct LimitNamesTests {
    private struct Excess {
        /// Members of `server.limits`; empty for limits that are fixed.
        var limits = ""
        let body: String
    }

    private static func query(_ text: String, _ more: String = "") -> String {
        "{\"query\":\(JSONValue.string(text).text)\(more)}"
    }

    /// No default: a limit that is added finds its place here. `nil` for what HTTP cannot reach; `GraphQLOverWebSocketEngineTests`
    /// and `SubscriptionTests` do.
    private static func excess(_ limit: LimitName) -> Excess? {
        switch limit {
        case .batch: Excess(limits: #""batch": 1"#, body: "[\(query("{ __typename }")),\(query("{ __typename }"))]")
        case .variablesBytes:
            Excess(limits: #""variablesBytes": 8"#, body: query("{ __typename }", #","variables":{"a":12345}"#))
        case .variablesDepth:
            Excess(limits: #""variablesDepth": 2"#, body: query("{ __typename }", #","variables":{"a":[[1]]}"#))
        case .documentBytes: Excess(limits: #""documentBytes": 16"#, body: query("{ a: __typename }"))
        case .tokens: Excess(limits: #""tokens": 2"#, body: query("{ __typename }"))
        case .nesting:
            Excess(body: query(String(repeating: "{ a ", count: 201) + String(repeating: "}", count: 201)))
        case .perConnection, .subscriptions: nil
        case .directives: Excess(limits: #""directives": 1"#, body: query("{ users @a @b { id } }"))
        case .validationSteps:
            Excess(
                body: query(
                    (0..<600).map { "query q\($0) { ...f0 } fragment f\($0) on query_root { ...f\($0 + 1) } " }.joined()
                        + "fragment f600 on query_root { __typename }", #","operationName":"q0""#))
        case .errors: Excess(limits: #""errors": 1"#, body: query("{ a b c }"))
        case .depth: Excess(limits: #""depth": 1"#, body: query("{ users { id } }"))
        case .introspectionDepth:
            Excess(limits: #""introspectionDepth": 1"#, body: query("{ __schema { types { name } } }"))
        case .aliases: Excess(limits: #""aliases": 1"#, body: query("{ a: users { id } b: users { id } }"))
        case .rootFields: Excess(limits: #""rootFields": 1"#, body: query("{ users { id } __typename }"))
        case .filterDepth:
            Excess(
                body: query(
                    "{ users(where: \(String(repeating: "{_not: ", count: 17)){}\(String(repeating: "}", count: 17))) { id } }"
                ))
        case .cost: Excess(limits: #""cost": 1"#, body: query("{ users(limit: 2) { id } }"))
        case .rows: Excess(limits: #""rows": 1"#, body: query("{ users { id } }"))
        case .responseBytes:
            Excess(limits: #""responseBytes": 2000"#, body: query("{ __schema { types { name fields { name } } } }"))
        }
    }

    @Test(arguments: LimitName.allCases.filter { excess($0) != nil })
    func `an error names the limit that was reached`(_ limit: LimitName) async throws {
        guard let excess = Self.excess(limit) else { return }
        let bench = try await GatewayBench(
            server: #""introspection": true, "limits": { \#(excess.limits) }"#)
        let response = await bench.post(excess.body)
        let errors = JSONValue(test: response.text).object?["errors"]?.array ?? []
        // The bound of errors is told last, after those it lets through.
        let extensions = errors.last?.object?["extensions"]?.object
        #expect(extensions?["code"] == .string("limit-exceeded"), "\(response.text.prefix(300))")
        #expect(extensions?["limit"] == .string(limit.rawValue), "\(response.text.prefix(300))")
        #expect(errors.count == (limit == .errors ? 2 : 1))
    }
}
