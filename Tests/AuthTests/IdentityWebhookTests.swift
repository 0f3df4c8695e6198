// Identity by a service of the owner's: what it is handed, what its answers mean, and how long they are kept.
import Base
import Metadata
import Outbound
import Reactor
import Synchronization
import TestSupport
import Testing

@testable import Auth

@Suite(.timeLimit(.minutes(2)))
struct IdentityWebhookTests {
    private static let here = AddressPolicy(allowed: [AddressPolicy.Range("127.0.0.0/8")].compactMap { $0 })

    private func authenticator(
        _ server: ScriptedServer, _ adjust: (inout IdentityWebhookConfiguration) -> Void = { _ in }
    ) async throws -> Authenticator {
        var webhook = IdentityWebhookConfiguration(url: server.url + "/who")
        adjust(&webhook)
        var configuration = AuthConfiguration()
        configuration.webhook = webhook
        configuration.adminSecret = Secret(Array("hunter2".utf8))
        return try await Authenticator(
            configuration, file: "perigee.yaml", outbound: OutboundClient(policy: Self.here))
    }

    /// The outcome, asked on the loop.
    private func asked(_ authenticator: Authenticator, _ credentials: Credentials, at time: Int64 = now) async -> String
    {
        let answer = Mutex("")
        await testLoop.task {
            let text = await outcome(authenticator, credentials, at: time)
            answer.withLock { $0 = text }
        }.value
        return answer.withLock { $0 }
    }

    private func presenting(_ headers: [(String, String)], role: String? = nil) -> Credentials {
        var credentials = Credentials(requestedRole: role.map { Array($0.utf8) })
        credentials.forwarded = headers.map { .init(name: Array($0.0.utf8), value: Array($0.1.utf8)) }
        return credentials
    }

    @Test(arguments: [
        ("200 OK", #"{"role":"user","id":12345678901234567890}"#, #"user {"role":"user","id":12345678901234567890}"#),
        ("200 OK", "{}", "user {}"),
        (
            "200 OK", #"{"X-Hasura-User-Id":"7","x-hasura-default-role":"a","x-hasura-allowed-roles":["a"]}"#,
            #"user {"user_id":"7","role":"a","allowed_roles":["a"]}"#
        ),
        (
            "200 OK", #"{"x-hasura-a-b":1,"x-hasura-a_b":2}"#,
            #"jwt-invalid-claims: two claims of the token have the name "a_b""#
        ),
        ("401 Unauthorized", #"{"role":"user"}"#, "access-denied: The credential was not accepted."),
        ("403 Forbidden", "", "access-denied: The credential was not accepted."),
        ("200 OK", "", "unavailable: Who the caller is cannot be found out at the moment."),
        ("200 OK", "[]", "unavailable: Who the caller is cannot be found out at the moment."),
        ("200 OK", #"{"a":1,"a":2}"#, "unavailable: Who the caller is cannot be found out at the moment."),
        ("204 No Content", "", "unavailable: Who the caller is cannot be found out at the moment."),
        ("302 Found", "{}", "unavailable: Who the caller is cannot be found out at the moment."),
        ("500 Internal Server Error", "{}", "unavailable: Who the caller is cannot be found out at the moment."),
    ])
    func `an answer is an identity, a refusal, or neither`(status: String, body: String, expected: String) async throws
    {
        let server = try ScriptedServer { _ in reply(status, [], body) }
        defer { server.stop() }
        let answer = await asked(try await authenticator(server), presenting([("authorization", "Key 1")]))
        #expect(answer == expected)
    }

    @Test func `credentials are handed on, and a request without any is anonymous`() async throws {
        let server = try ScriptedServer { _ in reply("200 OK", [], "{}") }
        defer { server.stop() }
        let authenticator = try await authenticator(server)
        #expect(await asked(authenticator, presenting([])) == "anonymous -")
        #expect(await asked(authenticator, bearer("x")) == "anonymous -", "only what is named is a credential")
        #expect(server.requests.isEmpty)
        #expect(await asked(authenticator, presenting([("authorization", "Key 1"), ("cookie", "a=b")])) == "user {}")
        let head = try #require(server.requests.first).head
        #expect(head.hasPrefix("GET /who HTTP/1.1"))
        #expect(head.contains("\r\nauthorization: Key 1"))
        #expect(head.contains("\r\ncookie: a=b"))
    }

    @Test func `the admin secret stands beside it`() async throws {
        let server = try ScriptedServer { _ in reply("401 Unauthorized", [], "") }
        defer { server.stop() }
        let authenticator = try await authenticator(server)
        #expect(await asked(authenticator, admin("hunter2")) == "admin -")
        #expect(
            await asked(authenticator, admin("hunter3")) == "access-denied: invalid \"x-perigee-admin-secret\"")
        #expect(server.requests.isEmpty)
    }

    @Test(
        arguments: [
            ([String](), 0), (["Cache-Control: max-age=60"], 60), (["Cache-Control: no-store"], 0),
            (["Cache-Control: private, max-age=100000"], 300), (["Cache-Control: max-age=60", "Age: 50"], 10),
            (["Expires: 0"], 0),
        ] as [([String], Int64)])
    func `an answer is kept as long as it says, within a bound`(headers: [String], seconds: Int64) async throws {
        let server = try ScriptedServer { _ in reply("200 OK", headers, "{}") }
        defer { server.stop() }
        let authenticator = try await authenticator(server)
        let credentials = presenting([("authorization", "Key 1")])
        _ = await asked(authenticator, credentials)
        if seconds > 0 {
            _ = await asked(authenticator, credentials, at: now + seconds - 1)
            #expect(server.requests.count == 1)
        }
        _ = await asked(authenticator, credentials, at: now + seconds)
        #expect(server.requests.count == 2)
    }

    @Test func `an answer is kept for the same credential alone`() async throws {
        let server = try ScriptedServer { request in
            let user = request.head.contains("Key 1") ? 1 : 2
            return reply("200 OK", ["Cache-Control: max-age=60"], #"{"id":\#(user)}"#)
        }
        defer { server.stop() }
        let authenticator = try await authenticator(server)
        #expect(await asked(authenticator, presenting([("authorization", "Key 1")])) == #"user {"id":1}"#)
        #expect(await asked(authenticator, presenting([("authorization", "Key 2")])) == #"user {"id":2}"#)
        #expect(
            await asked(authenticator, presenting([("authorization", "Key 1"), ("cookie", "")])) == #"user {"id":1}"#)
        #expect(await asked(authenticator, presenting([("cookie", "Key 1")])) == #"user {"id":1}"#)
        #expect(server.requests.count == 4)
        #expect(await asked(authenticator, presenting([("authorization", "Key 1")])) == #"user {"id":1}"#)
        #expect(server.requests.count == 4)
    }

    @Test func `refusals and silence are not kept`() async throws {
        let server = try ScriptedServer { _ in reply("403 Forbidden", ["Cache-Control: max-age=60"], "") }
        defer { server.stop() }
        let authenticator = try await authenticator(server)
        for _ in 0..<2 { _ = await asked(authenticator, presenting([("authorization", "Key 1")])) }
        #expect(server.requests.count == 2)
    }

    @Test func `claims may stand inside the answer`() async throws {
        let server = try ScriptedServer { _ in reply("200 OK", [], #"{"user":{"id":1}}"#) }
        defer { server.stop() }
        let authenticator = try await authenticator(server) {
            if let path = ClaimsPath("$.user") { $0.claims = path }
        }
        #expect(await asked(authenticator, presenting([("authorization", "k")])) == #"user {"id":1}"#)
    }
}
