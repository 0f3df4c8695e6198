// What a body must be to be a GraphQL request, or a batch of them.
import Base
import Testing

@testable import Gateway

struct GraphQLRequestTests {
    private static let limits = RequestLimits(batch: 3, variablesBytes: 40, variablesDepth: 4)

    /// One line a request: query, operation name, variables.
    private static func read(_ body: String) -> String {
        do {
            switch try GraphQLRequest.parse(Array(body.utf8), limits: limits) {
            case .single(let request): return text(request)
            case .batch(let items):
                let texts = items.map { item in
                    switch item {
                    case .success(let request): text(request)
                    case .failure(let error): text(error)
                    }
                }
                return "[" + texts.joined(separator: " | ") + "]"
            }
        } catch {
            return text(error)
        }
    }

    private static func text(_ error: GatewayError) -> String {
        "\(error.code.rawValue)\(error.limit.map { " \($0.rawValue)" } ?? ""): \(error.message)"
    }

    private static func text(_ request: GraphQLRequest) -> String {
        [
            String(decoding: request.query, as: UTF8.self), request.operationName ?? "-",
            request.variables.map { JSONValue.object($0).text } ?? "-",
        ].joined(separator: " ") + (request.reference.map { " \($0)" } ?? "")
    }

    @Test(arguments: [
        (#"{"query":"{a}"}"#, "{a} - -"),
        (#" { "query" : "{a}" , "operationName" : "Q" } "#, "{a} Q -"),
        (#"{"query":"{a}","operationName":null,"variables":null,"extensions":null}"#, "{a} - -"),
        (#"{"query":"{a}","operationName":""}"#, "{a} - -"),
        (#"{"variables":{"b":[1,{"c":null}]},"query":"{a}"}"#, #"{a} - {"b":[1,{"c":null}]}"#),
        (#"{"query":"{a}","variables":{}}"#, "{a} - {}"),
        (#"{"query":"\u007b\u0061\u007d \ud83d\ude00\n"}"#, "{a} 😀\n - -"),
        (#"{"query":"{a}","unknown":[1,{"x":"}"}],"extensions":{"a":1}}"#, "{a} - -"),
        (#"{"query":""}"#, " - -"),
        (#"[{"query":"{a}"},{"query":"{b}","operationName":"B"}]"#, "[{a} - - | {b} B -]"),
        (#"[{"query":"{a}"}]"#, "[{a} - -]"),
        // An item that is no request leaves its neighbours alone.
        (
            #"[{"query":1},{"query":"{b}"},{}]"#,
            #"[bad-request: "query" must be a string. | {b} - - | bad-request: The request has no "query".]"#
        ),
        ("[[],{\"query\":\"{b}\"}]", #"[bad-request: A GraphQL request is a JSON object with "query". | {b} - -]"#),
        (#"{"query":"{a}","variables":{"a":[[{"b":1}]]}}"#, #"{a} - {"a":[[{"b":1}]]}"#),
        (#"{"query":"{a}","documentId":null,"extensions":{"persistedQuery":null}}"#, "{a} - -"),
        (#"{"documentId":"one"}"#, " - - identifier(\"one\")"),
        (#"{"documentId":"sha256:ab","operationName":"Q","variables":{}}"#, #" Q {} identifier("sha256:ab")"#),
        (
            #"{"extensions":{"persistedQuery":{"version":1,"sha256Hash":"ab"}},"variables":{"a":1}}"#,
            #" - {"a":1} hash("ab")"#
        ),
        (
            #"{"query":"{a}","extensions":{"other":1,"persistedQuery":{"sha256Hash":"ab","version":1,"x":0}}}"#,
            #"{a} - - registration(hash: "ab")"#
        ),
    ])
    func `a request is read`(_ body: String, _ expected: String) {
        #expect(Self.read(body) == expected)
    }

    @Test(arguments: [
        ("", "invalid-json"), ("{", "invalid-json"), (#"{"query":"{a}"} x"#, "invalid-json"),
        (#"{"query":"{a}",}"#, "invalid-json"),
        (#"{"query":"{a"#, "invalid-json"), (#"{"query":"\ud83d"}"#, "invalid-json"), ("nul", "invalid-json"),
        (#"{query:"{a}"}"#, "invalid-json"),
        (#"[{"query":"{a}"},]"#, "invalid-json"), ("\u{FEFF}{}", "invalid-json"),
        ("{}", #"bad-request: The request has no "query"."#),
        (#"{"operationName":"Q"}"#, #"bad-request: The request has no "query"."#),
        (#"{"query":null}"#, #"bad-request: "query" must be a string."#),
        (#"{"query":{"a":1}}"#, #"bad-request: "query" must be a string."#),
        (#"{"query":"{a}","operationName":1}"#, #"bad-request: "operationName" must be a string."#),
        (#"{"query":"{a}","variables":[]}"#, #"bad-request: "variables" must be an object."#),
        (#"{"query":"{a}","variables":"{}"}"#, #"bad-request: "variables" must be an object."#),
        (#"{"query":"{a}","extensions":1}"#, #"bad-request: "extensions" must be an object."#),
        (#"{"query":"{a}","query":"{b}"}"#, #"bad-request: The key "query" occurs twice."#),
        (#"{"query":"{a}","variables":{"a":1,"a":2}}"#, "invalid-json"),
        ("1", #"bad-request: A GraphQL request is a JSON object with "query"."#),
        (#""{a}""#, #"bad-request: A GraphQL request is a JSON object with "query"."#),
        ("null", #"bad-request: A GraphQL request is a JSON object with "query"."#),
        ("[]", "bad-request: A batch holds at least one request."),
        (#"{"query":"{a}","documentId":"one"}"#, #"bad-request: The request has "documentId" and another document"#),
        (
            #"{"documentId":"one","extensions":{"persistedQuery":{"version":1,"sha256Hash":"ab"}}}"#,
            #"bad-request: The request has "documentId" and another document"#
        ),
        (#"{"documentId":1}"#, #"bad-request: "documentId" must be a string."#),
        (#"{"extensions":{"persistedQuery":1}}"#, #"bad-request: "extensions.persistedQuery" must be an object with"#),
        (
            #"{"query":"{a}","extensions":{"persistedQuery":{"version":2,"sha256Hash":"ab"}}}"#,
            #"bad-request: "extensions.persistedQuery" must be an object with"#
        ),
        (
            #"{"query":"{a}","extensions":{"persistedQuery":{"version":1,"sha256Hash":""}}}"#,
            #"bad-request: "extensions.persistedQuery" must be an object with"#
        ),
        (
            #"{"query":"{a}","variables":{"a":[[{"b":[]}]]}}"#,
            "limit-exceeded variablesDepth: The JSON of the request nests deeper than 4 levels."
        ),
        (#"[{"query":"{a}"},{"query":1]"#, "invalid-json"),
        (
            #"{"query":"{a}","variables":{"a":"0123456789012345678901234567890123456789"}}"#,
            "limit-exceeded variablesBytes: The variables are larger than 40 bytes."
        ),
        (
            #"[{"query":"a"},{"query":"b"},{"query":"c"},{"query":"d"}]"#,
            "limit-exceeded batch: A batch holds at most 3 requests."
        ),
    ])
    func `what is no request says why`(_ body: String, _ expected: String) {
        #expect(Self.read(body).hasPrefix(expected), "\(Self.read(body))")
    }

    @Test
    func `text that is not UTF-8 is refused`() {
        for bytes in [[0xFF], [0xC0, 0x80], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80]] as [[UInt8]] {
            let body = Array(#"{"query":""#.utf8) + bytes + Array(#""}"#.utf8)
            #expect(throws: GatewayError.self) { try GraphQLRequest.parse(body, limits: Self.limits) }
        }
    }

    @Test
    func `every way to cut a request short is refused`() {
        let body = Array(#"{"query":"{a}","operationName":"Q","variables":{"a":[true,null,-1.5e3]}}"#.utf8)
        for end in body.indices {
            #expect(throws: GatewayError.self) { try GraphQLRequest.parse(Array(body[..<end]), limits: Self.limits) }
        }
    }
}
