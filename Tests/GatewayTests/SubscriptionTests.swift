// Subscriptions as transports begin them.
import Auth
import Base
import Gateway
import Reactor
import Synchronization
import TestSupport
import Testing

@Suite
struct SubscriptionTests {
    private static let sql = """
        CREATE TABLE notes (id INTEGER PRIMARY KEY, body TEXT);
        INSERT INTO notes VALUES (1, 'one'), (2, 'two');
        """
    private static let collections = #""main.notes": { "read": { "rule": "allow" }, "create": { "rule": "allow" } }"#

    private static func gateway() async throws -> TestGateway {
        try await TestGateway.make(sql: sql, collections: collections)
    }

    @Test func `the full result comes first`() async throws {
        let gateway = try await Self.gateway()
        let subscriber = try await Subscriber(
            "subscription { notes(order_by: {id: asc}) { id body } }", on: ServedProject(gateway.project))
        #expect(
            await subscriber.next() == #"{"data":{"notes":[{"id":1,"body":"one"},{"id":2,"body":"two"}]}}"#)
    }

    @Test func `an answer that comes once has no subscription in it`() async throws {
        let gateway = try await Self.gateway()
        #expect(
            await gateway.failure("subscription { notes { id } }")
                == #"not-supported at $: Subscriptions need a WebSocket, server-sent events ("Accept: text/event-stream") or a multipart response."#
        )
    }

    @Test(
        arguments: [
            ("subscription { notes { id } }", nil, true), ("{ notes { id } }", nil, false), ("{ notes {", nil, nil),
            ("subscription a { notes { id } } query b { notes { id } }", "a", true),
            ("subscription a { notes { id } } query b { notes { id } }", "b", false),
            ("subscription a { notes { id } } query b { notes { id } }", nil, nil),
            ("subscription a { notes { id } }", "c", nil),
        ] as [(String, String?, Bool?)])
    func `whether a request subscribes is known before it is begun`(
        _ query: String, _ name: String?, _ expected: Bool?
    ) async throws {
        let gateway = try await Self.gateway()
        let request = GraphQLRequest(query: Array(query.utf8), operationName: name)
        #expect(ServedProject(gateway.project).isSubscription(request) == expected)
    }

    @Test func `what is wrong with a subscription is told where it is begun`() async throws {
        let gateway = try await Self.gateway()
        let served = ServedProject(gateway.project)
        for (query, message) in [
            ("subscription { users { id } }", "Cannot query field \"users\" on type \"subscription_root\"."),
            ("{ notes { id } }", "The operation is not a subscription."),
            (
                "subscription { a: notes { id } b: notes { id } }",
                "Anonymous Subscription must select only one top level field."
            ),
        ] {
            do {
                _ = try await Subscriber(query, on: served)
                Issue.record("begun: \(query)")
            } catch let failure as RequestFailure {
                #expect(failure.errors.map(\.message) == [message])
            }
        }
    }
}
