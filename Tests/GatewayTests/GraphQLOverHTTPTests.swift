// GraphQL over HTTP: methods, media types, batches, credentials and what errors look like (the GraphQL-over-HTTP draft;
// dialect of the API, section 5).
import Base
import Gateway
import HTTP
import TestSupport
import Testing

@Suite
struct GraphQLOverHTTPTests {
    private static let query = "{ users { id } }"
    private static let answer = #"{"data":{"users":[{"id":1},{"id":2}]}}"#
    private static let all = #"{"data":{"users":[{"id":1},{"id":2},{"id":3},{"id":4}]}}"#

    // MARK: Routes and methods

    @Test(arguments: ["/v1/graphql", "/graphql"])
    func `both paths answer`(_ path: String) async throws {
        let bench = try await GatewayBench()
        let response = await bench.send(
            "POST \(path) HTTP/1.1\nContent-Type: application/json", #"{"query":"{ users { id } }"}"#)
        #expect(response.status == .ok)
        #expect(response.contentType == .json)
        #expect(response.text == Self.answer)
    }

    @Test(
        arguments: [
            ("GET /nowhere", 404, nil), ("POST /v1/graphql/", 404, nil), ("GET /v1/GraphQL", 404, nil),
            ("DELETE /v1/graphql", 405, "GET, POST"),
            ("HEAD /v1/graphql", 405, "GET, POST"), ("PUT /graphql", 405, "GET, POST"),
            ("OPTIONS /graphql", 405, "GET, POST"),
            ("POST /healthz", 405, "GET, HEAD"), ("DELETE /", 405, "GET, HEAD"), ("GET /healthz", 200, nil),
            ("HEAD /readyz", 200, nil), ("GET /", 200, nil),
        ] as [(String, Int, String?)])
    func `other paths and methods are refused by name`(_ line: String, _ status: Int, _ allow: String?) async throws {
        let response = try await GatewayBench().send("\(line) HTTP/1.1")
        #expect(Int(response.status.code) == status)
        #expect(response.header("Allow") == allow)
        if status >= 400 { #expect(response.failure != nil) }
    }

    // MARK: Content types: only one that browsers never send across sites unasked

    @Test(arguments: [
        ("application/json", 200), ("application/json; charset=utf-8", 200), ("APPLICATION/JSON", 200),
        ("application/json;charset=utf-8", 200),
        ("text/plain", 415), ("text/plain;application/json", 415), ("application/x-www-form-urlencoded", 415),
        ("multipart/form-data; boundary=x", 415), ("application/json; charset=\"UTF-8\"", 200),
        ("application/json ; charset=utf8 ; x=y", 200), ("application/json; charset=utf-16", 415),
        ("application/json; charset=iso-8859-1", 415), ("application/json; charset", 415),
        ("application/jsonp", 415), ("application/graphql", 415), ("", 415), ("text/html, application/json", 415),
    ])
    func `a body is taken as JSON alone`(_ type: String, _ status: Int) async throws {
        let response = try await GatewayBench().post(#"{"query":"{ users { id } }"}"#, "Content-Type: \(type)")
        #expect(Int(response.status.code) == status)
        #expect((response.failure == nil) == (status == 200))
    }

    @Test
    func `a body without a content type is refused`() async throws {
        let response = try await GatewayBench().send("POST /v1/graphql HTTP/1.1", #"{"query":"{ users { id } }"}"#)
        #expect(response.status == .unsupportedMediaType)
    }

    @Test(
        arguments: [
            ("", 200, ContentType.json), ("*/*", 200, .json), ("application/json", 200, .json),
            ("application/*", 200, .json),
            ("application/graphql-response+json", 200, .graphQLResponse),
            ("application/graphql-response+json, application/json;q=0.9", 200, .graphQLResponse),
            ("application/json, application/graphql-response+json", 200, .json), ("text/html, */*;q=0.1", 200, .json),
            ("Application/JSON ; q=1", 200, .json),
            ("application/graphql-response+json;q=0, application/json", 200, .json),
            ("text/html", 406, .json), ("application/json;q=0", 406, .json), ("*/*;q=0", 406, .json),
            ("image/png, text/plain", 406, .json),
            // The greater weight, whatever the order; then the more exact name, then the first.
            ("application/json;q=0.5, application/graphql-response+json;q=0.6", 200, .graphQLResponse),
            ("application/graphql-response+json;q=0.899, application/json;q=0.9", 200, .json),
            ("*/*, application/graphql-response+json", 200, .graphQLResponse),
            ("application/*, application/graphql-response+json;q=0.9", 200, .json),
            ("application/json;q=0, */*", 200, .graphQLResponse),
            ("application/json;q=0, application/graphql-response+json;q=0.000, */*", 406, .json),
            (
                "application/graphql-response+json; charset=utf-8, application/json; charset=utf-8", 200,
                .graphQLResponse
            ),
            ("application/json; charset=iso-8859-1", 406, .json),
            ("application/json; charset=utf-16, application/graphql-response+json;q=0.1", 200, .graphQLResponse),
            ("text/html;x=\"a,application/json\"", 406, .json), ("application/json;q=2", 406, .json),
            ("text/html\nAccept: application/graphql-response+json", 200, .graphQLResponse),
            (
                "multipart/mixed;deferSpec=20220824,application/graphql-response+json,application/json;q=0.9", 200,
                .graphQLResponse
            ),
        ] as [(String, Int, ContentType)])
    func `the answer's media type is one the client takes`(_ accept: String, _ status: Int, _ type: ContentType)
        async throws
    {
        let header = accept.isEmpty ? "" : "Accept: \(accept)"
        let response = try await GatewayBench().post(query: Self.query, header)
        #expect(Int(response.status.code) == status)
        #expect(response.contentType == type)
    }

    @Test(arguments: [
        (#"{"query":"{ users { id } "}"#, 400, 200), (#"{"query":"{ users { nope } }"}"#, 400, 200),
        (#"{"query":"{ users(limit: -1) { id } }"}"#, 400, 200),
        (#"{"query":"query($a: Int!) { users(limit: $a) { id } }"}"#, 400, 200),
        // Malformed HTTP bodies are refused under both.
        ("{", 400, 400), (#"{"query":1}"#, 400, 400),
    ])
    func `a status tells of errors only under the media type of its own`(_ body: String, _ own: Int, _ plain: Int)
        async throws
    {
        let bench = try await GatewayBench()
        let type = "Content-Type: application/json"
        let first = await bench.post(body, type + "\nAccept: application/graphql-response+json")
        let second = await bench.post(body, type + "\nAccept: application/json")
        #expect(Int(first.status.code) == own)
        #expect(Int(second.status.code) == plain)
        #expect(first.failure == second.failure)
        #expect(first.failure != nil)
    }

    // MARK: GET

    @Test(
        arguments: [
            ("query=%7B%20users%20%7B%20id%20%7D%20%7D", answer),
            ("query=%7B+users+%7B+id+%7D+%7D", answer),
            (
                "query=query($n:Int)%7Busers(limit:$n)%7Bid%7D%7D&variables=%7B%22n%22:1%7D",
                #"{"data":{"users":[{"id":1}]}}"#
            ),
            ("query=query%20A%7Busers%7Bid%7D%7Dquery%20B%7Busers%7Bname%7D%7D&operationName=A", answer),
            ("query=%7Busers%7Bid%7D%7D&operationName=&variables=&extensions=%7B%7D", answer),
            ("query=%7Busers%7Bid%7D%7D&variables=null", answer),
        ] as [(String, String)])
    func `a query may come by GET`(_ query: String, _ expected: String) async throws {
        let response = try await GatewayBench().send("GET /v1/graphql?\(query) HTTP/1.1")
        #expect(response.status == .ok)
        #expect(response.text == expected)
    }

    @Test(
        arguments: [
            ("", 400, #"bad-request: The request has no "query"."#),
            ("?variables=%7B%7D", 400, #"bad-request: The request has no "query"."#),
            ("?query=%7Busers%7Bid%7D%7D&variables=%5B%5D", 400, #"bad-request: "variables" must be an object."#),
            ("?query=%7Busers%7Bid%7D%7D&variables=%7B", 400, #"invalid-json: "variables" is not valid JSON"#),
            ("?query=%FF", 400, #"bad-request: "query" is not valid UTF-8."#),
            ("?query=%7", 400, "bad-request: The query string is not percent-encoded correctly."),
            ("?query=%7Busers%7Bid%7D%7D&query=%7Ba%7D", 400, #"bad-request: The parameter "query" occurs twice."#),
            ("?query=%7Busers%7Bid%7D%7D&extensions=1", 400, #"bad-request: "extensions" must be an object."#),
            ("?query=%7Busers%7Bid%7D%7D&operationName=%FF", 400, #"bad-request: "operationName" is not valid UTF-8."#),
            (
                "?query=%7Busers%7Bid%7D%7D&documentId=x", 400,
                #"bad-request: The request has "documentId" and another document; it must have one of them."#
            ),
            ("?query=mutation%7Ba%7D", 405, "method-not-allowed: Mutations are sent by POST."),
            (
                "?query=query%20A%7Busers%7Bid%7D%7Dmutation%20B%7Ba%7D&operationName=B", 405,
                "method-not-allowed: Mutations are sent by POST."
            ),
        ] as [(String, Int, String)])
    func `what a GET must not ask is refused`(_ query: String, _ status: Int, _ failure: String) async throws {
        let response = try await GatewayBench().send("GET /v1/graphql\(query) HTTP/1.1")
        #expect(Int(response.status.code) == status)
        #expect(response.failure?.hasPrefix(failure) == true, "\(response.text)")
    }

    @Test
    func `variables are bounded in a query string too`() async throws {
        let bench = try await GatewayBench(server: #""limits": { "variablesBytes": 12, "variablesDepth": 2 }"#)
        let start = "GET /v1/graphql?query=%7Busers%7Bid%7D%7D&variables="
        #expect(await bench.send(start + "%7B%22a%22:%5B1%5D%7D HTTP/1.1").failure == nil)
        #expect(
            await bench.send(start + "%7B%22a%22:%5B12345%5D%7D HTTP/1.1").failure
                == "limit-exceeded: The variables are larger than 12 bytes.")
        #expect(
            await bench.send(start + "%7B%22a%22:%5B%5B%5D%5D%7D HTTP/1.1").failure
                == "limit-exceeded: The JSON of the request nests deeper than 2 levels.")
    }

    @Test
    func `a refusal has the media type that was asked for`() async throws {
        let response = try await GatewayBench().send(
            "GET /v1/graphql?query=mutation%7Ba%7D HTTP/1.1\nAccept: application/graphql-response+json")
        #expect(response.status == .methodNotAllowed)
        #expect(response.contentType == .graphQLResponse)
        #expect(response.header("Allow") == "POST")
    }

    @Test
    func `a document with a mutation may be asked for its query by GET`() async throws {
        let query = "query%20A%7Busers%7Bid%7D%7Dmutation%20B%7B__typename%7D&operationName=A"
        let response = try await GatewayBench().send("GET /v1/graphql?query=\(query) HTTP/1.1")
        #expect(response.status != .methodNotAllowed)
    }

    // MARK: Batches

    @Test
    func `a batch is answered item by item in its order`() async throws {
        let bench = try await GatewayBench()
        let response = await bench.post(
            #"[{"query":"{ users { id } }"},{"query":"{ nope }"},{"query":"query($n:Int){ users(limit:$n){ name } }","variables":{"n":1}}]"#
        )
        #expect(response.status == .ok)
        let items = JSONValue(test: response.text).array ?? []
        try #require(items.count == 3)
        #expect(items[0].text == Self.answer)
        #expect(items[1].object?.keys == ["errors"])
        #expect(items[2].text == #"{"data":{"users":[{"name":"ann"}]}}"#)
    }

    @Test
    func `an item that is no request has its own error`() async throws {
        let response = try await GatewayBench().post(
            #"[{"query":"{ users { id } }"},{"query":7},{"query":"{ users { id } }"}]"#)
        #expect(response.status == .ok)
        let items = JSONValue(test: response.text).array ?? []
        try #require(items.count == 3)
        #expect(items[0].text == Self.answer)
        #expect(items[1].object?.keys == ["errors"])
        #expect(items[2].text == Self.answer)
    }

    @Test
    func `a batch has a bound`() async throws {
        let bench = try await GatewayBench(server: #""limits": { "batch": 2 }"#)
        let items = Array(repeating: #"{"query":"{ users { id } }"}"#, count: 3)
        #expect(await bench.post("[\(items.prefix(2).joined(separator: ","))]").failure == nil)
        let response = await bench.post("[\(items.joined(separator: ","))]")
        #expect(response.failure == "limit-exceeded: A batch holds at most 2 requests.")
    }

    // MARK: Credentials

    @Test
    func `a token, the secret and impersonation each give their caller`() async throws {
        let bench = try await GatewayBench()
        let editor = try await GatewayBench.token(#"{"role": "editor"}"#)
        let secret = "X-Perigee-Admin-Secret: tests-only-admin-secret"
        #expect(await bench.post(query: Self.query).text == Self.answer)
        for _ in 1...2 {
            #expect(await bench.post(query: Self.query, "Authorization: Bearer \(editor)").text == Self.all)
        }
        #expect(await bench.post(query: Self.query, "authorization: bearer \(editor)").text == Self.all)
        #expect(await bench.post(query: Self.query, secret).text == Self.all)
        #expect(await bench.post(query: Self.query, secret + "\nX-Perigee-Role: editor").text == Self.all)
        #expect(await bench.post(query: Self.query, secret + "\nX-Perigee-Role: user").text == Self.answer)
        // A role named admin is an ordinary role, and a token beside the secret is ignored.
        #expect(await bench.post(query: Self.query, secret + "\nX-Perigee-Role: admin").text == Self.answer)
        #expect(
            await bench.post(query: Self.query, secret + "\nX-Perigee-Role: user\nAuthorization: Bearer \(editor)").text
                == Self.answer)
        // Without the secret claim headers mean nothing.
        #expect(await bench.post(query: Self.query, "X-Perigee-Role: editor").text == Self.answer)
    }

    @Test(arguments: [
        "Authorization: Bearer nonsense", "Authorization: Bearer a.b.c", "Authorization: Bearer ",
        "Authorization: Basic eDp5",
        "Authorization: x", "X-Perigee-Admin-Secret: wrong", "X-Perigee-Admin-Secret: wrong\nX-Perigee-Role: editor",
        "X-Perigee-Admin-Secret: tests-only-admin-secret\nX-Perigee-Role:",
    ])
    func `an invalid token continued as anonymous`(_ headers: String) async throws {
        let response = try await GatewayBench().post(query: Self.query, headers)
        let code = response.failure?.prefix { $0 != ":" }
        #expect(
            ["invalid-jwt", "access-denied", "invalid-headers", "jwt-invalid-claims"].contains(code.map { String($0) }),
            "\(response.text)")
        #expect(!response.text.contains("\"data\""))
    }

    @Test
    func `a token of another key or past its time is refused`() async throws {
        let bench = try await GatewayBench()
        let foreign = try await GatewayBench.token(
            #"{"role": "editor"}"#, key: "another-key-for-tests-of-more-than-32-bytes")
        let late = try await GatewayBench.token(#"{"role": "editor"}"#, expiresIn: .seconds(-5))
        let endless = try await GatewayBench.token(#"{"role": "editor"}"#, expiresIn: nil)
        for token in [foreign, late, endless] {
            let response = await bench.post(query: Self.query, "Authorization: Bearer \(token)")
            #expect(response.failure != nil && !response.text.contains("data\""), "\(response.text)")
        }
    }

    @Test(arguments: [
        "Authorization: Bearer a.b.c", "X-Perigee-Admin-Secret: tests-only-admin-secret", "X-Hasura-Role: user",
    ])
    func `a credential given twice is refused`(_ header: String) async throws {
        let response = try await GatewayBench().post(query: Self.query, "\(header)\n\(header)")
        #expect(response.failure?.hasPrefix("invalid-headers: The header") == true, "\(response.text)")
    }

    @Test
    func `two claim headers of one name are refused`() async throws {
        let headers =
            "X-Perigee-Admin-Secret: tests-only-admin-secret\nX-Perigee-Role: user\nX-Perigee-User-Id: 1\nx-perigee-user-id: 2"
        let response = try await GatewayBench().post(query: Self.query, headers)
        #expect(response.failure?.hasPrefix("invalid-headers") == true, "\(response.text)")
    }

    // MARK: Errors

    @Test
    func `an error has message, place, path and code, and no data`() async throws {
        let response = try await GatewayBench().post(query: "{ users { id nope } }")
        let object = JSONValue(test: response.text).object
        #expect(object?.keys == ["errors"])
        let error = object?["errors"]?.array?.first?.object
        #expect(error?.keys == ["message", "locations", "extensions"])
        #expect(error?["locations"]?.text == #"[{"line":1,"column":14}]"#)
        #expect(
            error?["extensions"]?.text
                == #"{"path":"$.selectionSet.users.selectionSet.nope","code":"validation-failed"}"#)
    }

    @Test
    func `every mistake of a document is told`() async throws {
        let response = try await GatewayBench().post(query: "{ users { nope nix } nothing }")
        #expect(JSONValue(test: response.text).object?["errors"]?.array?.count == 3)
    }

    @Test
    func `the database's own words reach admins alone`() async throws {
        let fields = #"""
            "main.users": { "read": { "rule": "allow" }, "fields": { "broken": { "read": { "rule": "allow" } } } }
            """#
        let bench = try await GatewayBench(collections: fields, source: GatewayBench.source)
        let caller = await bench.post(query: "{ users { broken } }")
        let admin = await bench.post(query: "{ users { broken } }", "X-Perigee-Admin-Secret: tests-only-admin-secret")
        #expect(caller.failure == "data-exception: The database could not compute the result.")
        #expect(admin.failure == caller.failure)
        #expect(!caller.text.lowercased().contains("json"))
        #expect(admin.text.contains("\"internal\":"))
    }
}
