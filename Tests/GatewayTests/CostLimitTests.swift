// The bound on what an operation may cost: kept before anything is asked, for every value of the variables, also when the
// plan is known already; and it tells nothing about what a caller may not see.
import Base
import Foundation
import Gateway
import TestSupport
import Testing

@Suite
struct CostLimitTests {
    private static let everybody = #""main.users": { "read": { "rule": "allow" } }"#

    private static func gateway(_ limits: String, collections: String = everybody) async throws -> TestGateway {
        try await TestGateway.make(
            sql: GatewayBench.sql, collections: collections, server: #""limits": { \#(limits) }"#)
    }

    private static func refusal(_ maximum: Int, _ used: Int64) -> String {
        "limit-exceeded at $: The operation exceeds the limit \"cost\": \(maximum) allowed, \(used) used; use \"limit\" on its lists."
    }

    @Test
    func `an operation beyond the bound is refused with its figure`() async throws {
        let gateway = try await Self.gateway(#""cost": 100, "assumedRows": 10"#)
        #expect(await gateway.failure("{ users(limit: 9) { users { id } } }") == "no error")
        #expect(await gateway.failure("{ users(limit: 10) { users { id } } }") == Self.refusal(100, 110))
        #expect(await gateway.failure("{ users { users { id } } }") == Self.refusal(100, 110))
        #expect(await gateway.failure("{ users { users { id } } }", as: .admin) == Self.refusal(100, 110))
        let answer = await gateway.answer("{ users { users { id } } }")
        #expect(answer.hasSuffix(#""code":"limit-exceeded","limit":"cost"}}]}"#))
    }

    @Test
    func `the default lets three lists inside one another through, and not four`() async throws {
        let gateway = try await Self.gateway("")
        #expect(await gateway.failure("{ users { users { users { id } } } }") == "no error")
        #expect(
            await gateway.failure("{ users { users { users { users { id } } } } }")
                == Self.refusal(100_000, 20 * (1 + 20 * (1 + 20 * (1 + 20)))))
        #expect(await gateway.failure("{ users { users { users { users(limit: 3) { id } } } } }") == "no error")
    }

    @Test
    func `a plan that is known is counted again for other values`() async throws {
        // Numbers that are not usual: those have a plan each.
        let gateway = try await Self.gateway(#""cost": 1020"#)
        let query = "query($n: Int!) { users(limit: $n) { users(limit: 9) { id } } }"
        for _ in 1...2 {
            #expect(await gateway.failure(query, #"{"n": 102}"#) == "no error")
            #expect(await gateway.failure(query, #"{"n": 103}"#) == Self.refusal(1020, 1030))
        }
        // The other way round: refused first, and then allowed.
        let other = "query($n: Int!) { users(limit: $n) { users(limit: 4) { id } } }"
        #expect(await gateway.failure(other, #"{"n": 205}"#) == Self.refusal(1020, 1025))
        #expect(await gateway.failure(other, #"{"n": 204}"#) == "no error")
    }

    @Test
    func `nothing is asked of the database for a request that is refused`() async throws {
        // The computed field raises an error as soon as a row is read.
        let gateway = try await TestGateway.make(
            sql: GatewayBench.sql,
            collections:
                #""main.users": { "read": { "rule": "allow" }, "fields": { "broken": { "read": { "rule": "allow" } } } }"#,
            source: GatewayBench.source, server: #""limits": { "cost": 10 }"#)
        #expect(await gateway.failure("{ users(limit: 2) { broken } }").hasPrefix("data-exception"))
        #expect(await gateway.failure("{ users(limit: 11) { broken } }") == Self.refusal(10, 11))
    }

    @Test
    func `the cost says nothing about what a caller may not see`() async throws {
        let rules = #"""
            "main.users": { "read": { "rule": "where", "where": { "id": { "_eq": { "literal": 99 } } } },
                            "fields": { "name": { "read": { "rule": "deny" } }, "boss": { "read": { "rule": "deny" } } } }
            """#
        let gateway = try await Self.gateway(#""cost": 100"#, collections: rules)
        // No row is readable, all are for the admin: the same figure.
        let query = "{ users(limit: 101) { id } }"
        #expect(await gateway.failure(query) == Self.refusal(100, 101))
        #expect(await gateway.failure(query, as: .admin) == Self.refusal(100, 101))
        // A field that is hidden is an unknown field, however dear the operation around it.
        for hidden in ["name", "boss { id }", "nope"] {
            let name = hidden.prefix { $0 != " " }
            #expect(
                await gateway.failure("{ users(limit: 1000) { \(hidden) } }")
                    == "validation-failed at $.selectionSet.users.selectionSet.\(name): Cannot query field \"\(name)\" on type \"users\"."
            )
        }
    }

    /// docs/reference/limits.md explains the formula by an example: its query, its variables, and what they cost.
    @Test
    func `the example of the documentation costs what the page says`() async throws {
        let page = try Repository.text(of: Repository.root.appendingPathComponent("docs/reference/limits.md"))
        let query = try #require(Self.fence("graphql", page))
        let variables = try #require(
            page.components(separatedBy: "```graphql\n").last.flatMap { Self.fence("json", $0) })
        let sum = try #require(Self.fence("text", page))
        let figure = try #require(
            sum.split(separator: "=").last.flatMap { Int64($0.trimmingCharacters(in: .whitespacesAndNewlines)) })
        let gateway = try await TestGateway.fixture("spaceflight")
        #expect(try gateway.explain(query, variables).cost == figure)
        #expect(await gateway.failure(query, variables) == "no error")
    }

    private static func fence(_ language: String, _ page: String) -> String? {
        let parts = page.components(separatedBy: "```\(language)\n")
        guard parts.count > 1 else { return nil }
        return parts[1].components(separatedBy: "\n```").first
    }
}
