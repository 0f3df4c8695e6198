// Documents that a request names instead of sending them: trusted ones, with or without others beside them, and those that
// clients have persisted. As conversations over HTTP.
import Base
import HTTP
import TestSupport
import Testing

@testable import Gateway

@Suite
struct DocumentsTests {
    private static let list = "query List { users { id } }"
    private static let one = "query One($id: Int!) { users_by_pk(id: $id) { name } }\n"
    private static let answer = #"{"data":{"users":[{"id":1},{"id":2}]}}"#
    private static let ann = #"{"data":{"users_by_pk":{"name":"ann"}}}"#

    private static let files: [(name: String, text: String)] = [
        ("documents/list.graphql", list), ("documents/admin/one.gql", one), ("documents/README.md", "no document"),
        (
            "relay.json",
            #"{"0123456789abcdef0123456789abcdef":"query Relay { users { name } }","x-app:two":"{ users { id } }"}"#
        ),
        (
            "apollo.json",
            #"""
            { "format": "apollo-persisted-query-manifest", "version": 1, "operations": [
              { "id": "dc67510fb4289672bea757e862d6b00e83db5d3cbbcfb15260601b6f29bb2b8f", "name": "Apollo", "type": "query",
                "body": "query Apollo { users { __typename id } }" } ] }
            """#
        ),
    ]

    private static func trusted(_ more: String = "") async throws -> GatewayBench {
        try await GatewayBench(
            documents: #""trusted": ["documents", "relay.json", "apollo.json"]"# + (more.isEmpty ? "" : ", \(more)"),
            files: files)
    }

    private static func body(_ members: (String, JSONValue)...) -> String {
        JSONValue.object(JSONObject(members.map { JSONMember(name: $0.0, value: $0.1) })).text
    }

    private static func persisted(_ hash: String, query: String? = nil) -> String {
        let extensions = #""extensions":{"persistedQuery":{"version":1,"sha256Hash":"\#(hash)"}}"#
        return query.map { "{\"query\":\(JSONValue.string($0).text),\(extensions)}" } ?? "{\(extensions)}"
    }

    private static func digest(_ text: String) -> String { DocumentDigest(of: Array(text.utf8)).hexadecimal }

    // MARK: Trusted documents

    @Test(arguments: [true, false])
    func `a document is named by its file, by its id or by its hash`(_ only: Bool) async throws {
        let bench = try await Self.trusted(only ? #""only": true"# : "")
        #expect(await bench.post(#"{"documentId":"list"}"#).text == Self.answer)
        #expect(await bench.post(#"{"documentId":"admin.one","variables":{"id":1}}"#).text == Self.ann)
        #expect(await bench.post(#"{"documentId":"sha256:\#(Self.digest(Self.list))"}"#).text == Self.answer)
        // A file is hashed as it is, and without the line break at its end.
        for text in [Self.one, String(Self.one.dropLast())] {
            let request = #"{"documentId":"sha256:\#(Self.digest(text))","variables":{"id":1}}"#
            #expect(await bench.post(request).text == Self.ann)
        }
        #expect(
            await bench.post(#"{"documentId":"0123456789abcdef0123456789abcdef"}"#).text
                == #"{"data":{"users":[{"name":"ann"},{"name":"ben"}]}}"#)
        #expect(await bench.post(#"{"documentId":"x-app:two"}"#).text == Self.answer)
        // As clients of Apollo name the operations of a manifest, and as others name a document of any kind.
        let apollo = "dc67510fb4289672bea757e862d6b00e83db5d3cbbcfb15260601b6f29bb2b8f"
        #expect(await bench.post(Self.persisted(apollo)).text.contains("__typename"))
        #expect(await bench.post(Self.persisted("0123456789abcdef0123456789abcdef")).text.contains("ann"))
        #expect(await bench.post(Self.persisted(Self.digest(Self.list))).text == Self.answer)
    }

    @Test
    func `a document may be named in a query string`() async throws {
        let bench = try await Self.trusted(#""only": true"#)
        #expect(await bench.send("GET /graphql?documentId=list HTTP/1.1").text == Self.answer)
        #expect(
            await bench.send("GET /graphql?documentId=admin.one&variables=%7B%22id%22:1%7D HTTP/1.1").text == Self.ann)
        let hash = "%7B%22persistedQuery%22:%7B%22version%22:1,%22sha256Hash%22:%22\(Self.digest(Self.list))%22%7D%7D"
        #expect(await bench.send("GET /graphql?extensions=\(hash) HTTP/1.1").text == Self.answer)
    }

    @Test
    func `only trusted documents are answered where the configuration says so`() async throws {
        let bench = try await Self.trusted(#""only": true"#)
        let refused = "permission-denied: Only trusted documents are answered here, and this is none of them."
        let other = "{ users { id } } "
        for body in [
            Self.body(("query", .string(other))), Self.body(("query", .string(Self.list + " "))),
            Self.body(("query", .string("{ __typename }"))), Self.body(("query", .string("{"))),
            #"{"documentId":"nothing"}"#, #"{"documentId":""}"#, #"{"documentId":"sha256:\#(Self.digest(other))"}"#,
            Self.persisted(Self.digest(other)), Self.persisted(Self.digest(other), query: other),
            Self.persisted(Self.digest(Self.list), query: other), Self.persisted("list", query: other),
        ] {
            let response = await bench.post(body)
            #expect(response.failure == refused, "\(body)")
            #expect(response.status == .ok)
            let own = await bench.post(
                body, "Content-Type: application/json\nAccept: application/graphql-response+json")
            #expect(own.status == .forbidden)
            let admin = await bench.post(
                body, "Content-Type: application/json\nX-Perigee-Admin-Secret: tests-only-admin-secret")
            #expect(admin.failure == refused)
        }
        // The text of a trusted document is that document, also with a hash beside it.
        #expect(await bench.post(query: Self.list).text == Self.answer)
        #expect(await bench.post(Self.persisted(Self.digest(Self.list), query: Self.list)).text == Self.answer)
        #expect(await bench.send("GET /graphql?query=%7Busers%7Bid%7D%7D HTTP/1.1").failure == refused)
        // Each item of a batch stands for itself.
        let batch = await bench.post(#"[{"documentId":"list"},{"query":"{ users { name } }"}]"#)
        let items = JSONValue(test: batch.text).array ?? []
        #expect(items.first?.text == Self.answer)
        #expect(items.last?.object?.keys == ["errors"])
    }

    @Test
    func `a trusted document shows each caller what the rules let through`() async throws {
        let bench = try await Self.trusted(#""only": true"#)
        let editor = try await GatewayBench.token(#"{"role": "editor"}"#)
        #expect(await bench.post(#"{"documentId":"list"}"#).text == Self.answer)
        let all = await bench.post(
            #"{"documentId":"list"}"#, "Content-Type: application/json\nAuthorization: Bearer \(editor)")
        #expect(all.text == #"{"data":{"users":[{"id":1},{"id":2},{"id":3},{"id":4}]}}"#)
    }

    @Test
    func `other documents are answered beside trusted ones`() async throws {
        let bench = try await Self.trusted()
        #expect(await bench.post(query: "{ users(limit: 1) { id } }").text == #"{"data":{"users":[{"id":1}]}}"#)
        #expect(
            await bench.post(#"{"documentId":"nothing"}"#).failure
                == #"not-found: There is no document of this "documentId"."#)
        let own = await bench.post(
            #"{"documentId":"nothing"}"#, "Content-Type: application/json\nAccept: application/graphql-response+json")
        #expect(own.status == .badRequest)
        #expect(JSONValue(test: own.text).object?["errors"]?.array?.count == 1)
    }

    // MARK: Automatic persisted queries

    @Test
    func `a client sends the hash, then the document, then the hash`() async throws {
        let bench = try await GatewayBench()
        let hash = Self.digest(Self.list)
        let missing = await bench.post(Self.persisted(hash))
        // Clients know it by this message; a status of failure makes some of them give up.
        #expect(missing.failure == "not-found: PersistedQueryNotFound")
        #expect(missing.status == .ok)
        #expect(await bench.post(Self.persisted(hash, query: Self.list)).text == Self.answer)
        for _ in 1...2 { #expect(await bench.post(Self.persisted(hash)).text == Self.answer) }
        #expect(await bench.post(Self.persisted(hash.uppercased())).text == Self.answer)
        #expect(await bench.post(#"{"documentId":"sha256:\#(hash)"}"#).text == Self.answer)
        let field = "%7B%22persistedQuery%22:%7B%22version%22:1,%22sha256Hash%22:%22\(hash)%22%7D%7D"
        #expect(await bench.send("GET /graphql?extensions=\(field) HTTP/1.1").text == Self.answer)
    }

    @Test
    func `nothing is kept under a hash that is not its own`() async throws {
        let bench = try await GatewayBench()
        let hash = Self.digest("{ users { name } }")
        let refused = await bench.post(Self.persisted(hash, query: Self.list))
        #expect(
            refused.failure == #"bad-request: The "sha256Hash" of "extensions.persistedQuery" is not that of "query"."#)
        for wrong in ["abc", "list", String(repeating: "0", count: 64)] {
            #expect(await bench.post(Self.persisted(wrong, query: Self.list)).failure == refused.failure)
        }
        #expect(await bench.post(Self.persisted(hash)).failure == "not-found: PersistedQueryNotFound")
        #expect(await bench.post(Self.persisted(Self.digest(Self.list))).failure == "not-found: PersistedQueryNotFound")
    }

    @Test
    func `a document that does not parse is not kept`() async throws {
        let bench = try await GatewayBench()
        let broken = "{ users { id }"
        #expect(
            await bench.post(Self.persisted(Self.digest(broken), query: broken)).failure?.hasPrefix(
                "validation-failed: Syntax Error") == true)
        #expect(await bench.post(Self.persisted(Self.digest(broken))).failure == "not-found: PersistedQueryNotFound")
    }

    @Test
    func `the store has a bound`() async throws {
        let bench = try await GatewayBench(documents: #""automaticBytes": 1000"#)
        let queries = (1...20).map { "{ users(limit: \($0)) { id } }" }
        for query in queries {
            #expect(await bench.post(Self.persisted(Self.digest(query), query: query)).failure == nil)
            #expect(await bench.post(Self.persisted(Self.digest(query))).failure == nil)
        }
        #expect(
            await bench.post(Self.persisted(Self.digest(queries[0]))).failure == "not-found: PersistedQueryNotFound")
    }

    @Test
    func `automatic persisted queries can be switched off`() async throws {
        let bench = try await GatewayBench(documents: #""automatic": false"#)
        let hash = Self.digest(Self.list)
        #expect(await bench.post(Self.persisted(hash)).failure == "not-supported: PersistedQueryNotSupported")
        #expect(await bench.post(Self.persisted(hash, query: Self.list)).text == Self.answer)
        #expect(await bench.post(Self.persisted(hash)).failure == "not-supported: PersistedQueryNotSupported")
    }

    @Test
    func `a mutation is not sent by GET under another name`() async throws {
        let bench = try await GatewayBench()
        let mutation = "mutation { a }"
        _ = await bench.post(Self.persisted(Self.digest(mutation), query: mutation))
        let field = "%7B%22persistedQuery%22:%7B%22version%22:1,%22sha256Hash%22:%22\(Self.digest(mutation))%22%7D%7D"
        for target in ["extensions=\(field)", "documentId=sha256:\(Self.digest(mutation))"] {
            let response = await bench.send("GET /graphql?\(target) HTTP/1.1")
            #expect(response.status == .methodNotAllowed)
            #expect(response.failure == "method-not-allowed: Mutations are sent by POST.")
        }
    }

    // MARK: What is refused at load

    private static func failure(_ files: [(name: String, text: String)], _ documents: String) async -> String {
        do {
            _ = try await GatewayBench(server: #""limits": { "depth": 3 }"#, documents: documents, files: files)
            return "no error"
        } catch {
            // The folder of the test is left out.
            return "\(error)".split(separator: "\n").map { line in
                line.split(separator: "/", omittingEmptySubsequences: false).drop { !$0.hasPrefix("perigee-tests-") }
                    .dropFirst().joined(separator: "/")
            }.joined(separator: " | ")
        }
    }

    @Test(arguments: [
        ("{ users { id ", "d/a.graphql:1:14: Syntax Error: Expected Name, found <EOF>."),
        (
            "query A {\n  users { id nope }\n}",
            "d/a.graphql:2:14: Cannot query field \"nope\" on type \"users\". Did you mean \"name\"?"
        ),
        (
            "query A { users { nope } } query B { nix }",
            "d/a.graphql:1:19: Cannot query field \"nope\" on type \"users\". Did you mean \"name\"? | d/a.graphql:1:38: Cannot query field \"nix\" on type \"query_root\"."
        ),
        ("fragment F on users { id }", "d/a.graphql: the document has no operation"),
        (
            "subscription S { a }",
            "d/a.graphql:1:18: Cannot query field \"a\" on type \"subscription_root\"."
        ),
        ("", "d/a.graphql:1:1: Syntax Error: Unexpected <EOF>."),
        (
            "{ users { boss { boss { id } } } }",
            "d/a.graphql: The operation exceeds the limit \"depth\": 3 allowed, 4 used."
        ),
    ])
    func `a document that no caller could use stops the start`(_ text: String, _ expected: String) async throws {
        let found = await Self.failure([("d/a.graphql", text), ("d/b.graphql", Self.list)], #""trusted": "d""#)
        #expect(found == expected)
    }

    @Test
    func `a document of a manifest is named by its place`() async throws {
        let manifest = #"{"one":"{ users { id } }","two":"{ users { nope } }","sha256:ab":"{ users { id } }"}"#
        let found = await Self.failure([("m.json", manifest)], #""trusted": "m.json""#)
        #expect(
            found
                == "m.json: /two: Cannot query field \"nope\" on type \"users\". Did you mean \"name\"? (line 1, column 11 of the document) | "
                + "m.json: /sha256:ab: the id \"sha256:ab\" is not the hash of the document, which is \(Self.digest("{ users { id } }"))"
        )
    }
}
