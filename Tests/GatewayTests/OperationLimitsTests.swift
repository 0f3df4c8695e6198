// What one operation may ask for is counted on the document, fragments included, before anything is planned; and a bomb
// of fragments costs what its text costs.
import Base
import TestSupport
import Testing

@Suite
struct OperationLimitsTests {
    private static func gateway(_ limits: String, introspection: Bool = true) async throws -> TestGateway {
        try await TestGateway.make(
            sql: GatewayBench.sql, collections: #""main.users": { "read": { "rule": "allow" } }"#,
            server: #""introspection": \#(introspection), "limits": { \#(limits) }"#)
    }

    @Test(
        arguments: [
            ("depth", 3, "{ users { boss { id } } }", "{ users { boss { boss { id } } } }", 4),
            (
                "depth", 3, "{ users { ... { ... { boss { id } } } } }",
                "{ users { ... { boss { ...F } } } } fragment F on users { boss { id } }", 4
            ),
            (
                "depth", 3, "{ users_aggregate { aggregate { count } } }",
                "{ users_aggregate { nodes { boss { id } } } }", 4
            ),
            (
                "aliases", 2, "{ a: users { b: boss { id } } }", "{ a: users { b: boss { id } c: boss { id } } }", 3
            ),
            (
                "aliases", 1, "{ a: users_aggregate { aggregate { c: count d: count } t: __typename } }",
                "{ users_aggregate { aggregate { a: count(distinct: true) b: count(distinct: false) } } }", 2
            ),
            (
                "aliases", 2, "{ a: users { ...F } } fragment F on users { b: boss { id } }",
                "{ users { ...F boss { ...F } users { ...F } } } fragment F on users { b: boss { id } }", 3
            ),
            (
                "rootFields", 2, "{ users { id } __typename }", "{ users { id } users_by_pk(id: 1) { id } __typename }",
                3
            ),
            (
                "rootFields", 2, "{ ...F } fragment F on query_root { a: users { id } }",
                "{ ...F __typename } fragment F on query_root { a: users { id } b: users { id } }", 3
            ),
        ] as [(String, Int, String, String, Int)])
    func `a limit holds for what is written and what fragments add`(
        _ name: String, _ limit: Int, _ allowed: String, _ refused: String, _ used: Int
    ) async throws {
        let gateway = try await Self.gateway(#""\#(name)": \#(limit)"#)
        #expect(await gateway.failure(allowed) == "no error")
        #expect(
            await gateway.failure(refused)
                == "limit-exceeded at $: The operation exceeds the limit \"\(name)\": \(limit) allowed, \(used) used.")
    }

    @Test
    func `introspection has a depth of its own`() async throws {
        let gateway = try await Self.gateway(#""depth": 2, "introspectionDepth": 6"#)
        #expect(await gateway.failure("{ __schema { types { fields { type { ofType { name } } } } } }") == "no error")
        #expect(
            await gateway.failure(
                "{ __schema { types { fields { type { ofType { ofType { ofType { name } } } } } } } }"
            )
            .hasPrefix(#"limit-exceeded at $: The operation exceeds the limit "introspectionDepth": 6 allowed"#))
    }

    @Test
    func `introspection is there only where the configuration says so, and for the admin`() async throws {
        let gateway = try await Self.gateway("", introspection: false)
        for query in ["{ __schema { types { name } } }", #"{ __type(name: "users") { name } }"#] {
            #expect(await gateway.failure(query).hasPrefix("validation-failed at $.selectionSet.__"))
            #expect(await gateway.failure(query, as: .admin) == "no error")
        }
        #expect(await gateway.data("{ __typename }") == #"{"__typename":"query_root"}"#)
    }

    /// A document whose fragments each spread the next one twice.
    private static func bomb(levels: Int, _ level: (Int) -> String) -> String {
        let fragments = (0..<levels).map { "fragment F\($0) on users { \(level($0)) }" }
        return
            "{ users(limit: 1) { ...F0 } } \(fragments.joined(separator: "\n")) fragment F\(levels) on users { name }"
    }

    @Test
    func `a bomb of fragments is counted in the steps of its text`() async throws {
        let gateway = try await Self.gateway("")
        let limit = "limit-exceeded at $: The operation exceeds the limit"
        // Two to the sixtieth fields, were they walked.
        let aliased = Self.bomb(levels: 60) { "a\($0): boss { id } ...F\($0 + 1) ...F\($0 + 1)" }
        #expect(await gateway.failure(aliased).hasPrefix("\(limit) \"aliases\""))
        let nested = Self.bomb(levels: 60) { "boss { ...F\($0 + 1) } users { ...F\($0 + 1) }" }
        #expect(await gateway.failure(nested).hasPrefix("\(limit) \"depth\""))
        let plain = Self.bomb(levels: 60) { "id ...F\($0 + 1) ...F\($0 + 1)" }
        #expect(await gateway.failure(plain).hasPrefix("\(limit) \"tokens\""))
        let small = Self.bomb(levels: 6) { "id ...F\($0 + 1) ...F\($0 + 1)" }
        #expect(await gateway.data(small) == #"{"users":[{"id":1,"name":"ann"}]}"#)
    }

    @Test
    func `other names for a plain value cost no more than their tokens`() async throws {
        let gateway = try await Self.gateway("")
        let names = (0..<3000).map { "a\($0)" }
        let query = "{ users(limit: 1) { \(names.map { "\($0): name" }.joined(separator: " ")) } }"
        let row = names.map { #""\#($0)":"ann""# }.joined(separator: ",")
        #expect(await gateway.data(query) == #"{"users":[{\#(row)}]}"#)
        let tooMany = (0..<6000).map { "a\($0): name" }.joined(separator: " ")
        #expect(await gateway.failure("{ users(limit: 1) { \(tooMany) } }").hasPrefix("limit-exceeded at $.query:"))
    }

    @Test
    func `fragments make no operation larger than it could be written out`() async throws {
        let gateway = try await Self.gateway(#""depth": 60, "cost": 1000000000"#)
        let bomb = Self.bomb(levels: 14) { "boss { ...F\($0 + 1) } users { ...F\($0 + 1) }" }
        #expect(
            await gateway.failure(bomb)
                == #"limit-exceeded at $: The operation exceeds the limit "tokens": 15000 allowed, 114685 used."#)
        let small = Self.bomb(levels: 5) { "boss { ...F\($0 + 1) } users { ...F\($0 + 1) }" }
        #expect(await gateway.failure(small) == "no error")
    }

    @Test
    func `fragments that refer to themselves are refused`() async throws {
        let gateway = try await Self.gateway("")
        for document in [
            "{ users { ...A } } fragment A on users { id ...A }",
            "{ users { ...A } } fragment A on users { boss { ...B } } fragment B on users { boss { ...A } }",
        ] {
            #expect(await gateway.failure(document).hasPrefix("validation-failed"))
        }
    }

    @Test
    func `a document has a bound of tokens`() async throws {
        let gateway = try await Self.gateway(#""tokens": 10"#)
        #expect(await gateway.failure("{ users { id name } }") == "no error")
        #expect(await gateway.failure("{ users { id name boss_id id id id } }").hasPrefix("limit-exceeded"))
    }

    @Test
    func `a document has a bound of bytes`() async throws {
        let gateway = try await Self.gateway(#""documentBytes": 20"#)
        #expect(await gateway.failure("{ users{id name}   }") == "no error")
        #expect(
            await gateway.failure("{ users{id name}    }")
                == "limit-exceeded at $.query: Syntax Error: Document is larger than 20 bytes.")
    }

    @Test
    func `a place of a document has a bound of directives`() async throws {
        let gateway = try await Self.gateway(#""directives": 2"#)
        let two = "@include(if: true) @skip(if: false)"
        #expect(
            await gateway.failure("{ users \(two) { id \(two) name \(two) ...F \(two) } } fragment F on users { id }")
                == "no error")
        let refused = "limit-exceeded at $: There are more than 2 directives at one place of the document."
        for document in [
            "{ users \(two) @x { id } }", "{ users { id ... \(two) @include(if: true) { id } } }",
            "query Q @a @b @c { users { id } }", "query Q($a: Int @a @b @c) { users { id } }",
            "{ users { ...F \(two) @x } } fragment F on users { id }",
            "{ users { id } } fragment F on users \(two) @x { id }",
        ] {
            #expect(await gateway.failure(document) == refused, "\(document)")
        }
        // A flood is refused by its count, before any rule has looked at it.
        let flood = "{ users { id \(String(repeating: "@include(if: true) ", count: 1500)) } }"
        #expect(await gateway.failure(flood) == refused)
    }

    @Test
    func `an answer lists a bounded number of errors`() async throws {
        let gateway = try await Self.gateway(#""errors": 2"#)
        let answer = JSONValue(test: await gateway.answer("{ a b c d }")).object?["errors"]?.array ?? []
        #expect(answer.count == 3)
        #expect(
            answer.last?.text
                == #"{"message":"Too many validation errors, error limit reached. Validation aborted.","extensions":{"path":"$","code":"limit-exceeded","limit":"errors"}}"#
        )
        let variables = #"{"a":"x","b":"x","c":"x","d":"x"}"#
        let query =
            "query($a: Int, $b: Int, $c: Int, $d: Int) { users(limit: $a, offset: $b) { id } users_by_pk(id: 1) { id } a: users(limit: $c, offset: $d) { id } }"
        let coerced = JSONValue(test: await gateway.answer(query, variables)).object?["errors"]?.array ?? []
        #expect(coerced.count == 3)
    }

    @Test
    func `an error names its limit`() async throws {
        let gateway = try await Self.gateway(#""depth": 2"#)
        let answer = await gateway.answer("{ users { boss { id } } }")
        #expect(answer.hasSuffix(#""extensions":{"path":"$","code":"limit-exceeded","limit":"depth"}}]}"#), "\(answer)")
    }

    @Test
    func `a list longer than the server allows is an error, not a cut`() async throws {
        let gateway = try await Self.gateway(#""rows": 3"#)
        #expect(await gateway.failure("{ users { id } }").hasPrefix("limit-exceeded at $.selectionSet.users:"))
        #expect(
            await gateway.failure("{ users(limit: 4) { id } }").hasPrefix("limit-exceeded at $.selectionSet.users:"))
        #expect(
            await gateway.data("{ users(limit: 3, offset: 1) { id } }") == #"{"users":[{"id":2},{"id":3},{"id":4}]}"#)
        #expect(
            await gateway.data("{ users_aggregate { aggregate { count } } }")
                == #"{"users_aggregate":{"aggregate":{"count":4}}}"#)
        #expect(
            await gateway.failure("{ users_aggregate { nodes { id } } }").hasPrefix(
                "limit-exceeded at $.selectionSet.users_aggregate"))
    }
}
