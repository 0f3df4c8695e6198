// Which headers count for a WebSocket: those of the upgrade, those of `connection_init`, and which of the two where both speak.
import Auth
import Base
import HTTP
import Metadata
import Outbound
import TestSupport
import Testing

@testable import Gateway

@Suite
struct ConnectionHeadersTests {
    private func headers(_ payload: String, _ upgrade: [String] = []) throws -> ConnectionHeaders {
        var parser = RequestParser()
        var events: [RequestParser.Event] = []
        let text = (["GET /graphql HTTP/1.1", "Host: api.example.org"] + upgrade).joined(separator: "\r\n")
        let bytes = Array((text + "\r\n\r\n").utf8)
        parser.receive(bytes.span, into: &events)
        guard case .request(let request)? = events.first else { preconditionFailure("not a request: \(text)") }
        return try ConnectionHeaders(request, JSONValue(test: payload).object)
    }

    /// Authorization, role, secret and claims, as they are read; or the code of the error.
    private func credentials(_ payload: String, _ upgrade: [String] = [], cookie: Bool = false) throws -> String {
        var auth: AuthConfiguration?
        if cookie {
            auth = AuthConfiguration()
            auth?.cookie = CookieConfiguration(name: "session")
        }
        do throws(GatewayError) {
            let read = try RequestCredentials.read(headersOrError(payload, upgrade), auth)
            var parts = [read.authorization, read.requestedRole, read.adminSecret]
                .map { $0.map { String(decoding: $0, as: UTF8.self) } ?? "-" }
            parts += read.claimHeaders.map {
                String(decoding: $0.name, as: UTF8.self) + "=" + String(decoding: $0.value, as: UTF8.self)
            }
            return parts.joined(separator: " | ")
        } catch {
            return error.code.rawValue
        }
    }

    private func headersOrError(_ payload: String, _ upgrade: [String]) throws(GatewayError) -> ConnectionHeaders {
        do {
            return try headers(payload, upgrade)
        } catch let error as GatewayError {
            throw error
        } catch {
            throw GatewayError(.unexpected, "\(error)")
        }
    }

    @Test(
        arguments: [
            ("null", [], "- | - | -"), ("{}", [], "- | - | -"),
            (#"{"headers":{"Authorization":"Bearer a"}}"#, [], "Bearer a | - | -"),
            (#"{"headers":{"aUTHORIZATION":" Bearer a "}}"#, [], "Bearer a | - | -"),
            (#"{"Authorization":"Bearer a"}"#, [], "Bearer a | - | -"),
            (#"{"authorization":"Bearer a","headers":{"Authorization":"Bearer a"}}"#, [], "Bearer a | - | -"),
            (#"{"authorization":"Bearer a","headers":{"Authorization":"Bearer b"}}"#, [], "invalid-headers"),
            (#"{"authToken":"a"}"#, [], "Bearer a | - | -"), (#"{"authToken":"Bearer a"}"#, [], "Bearer a | - | -"),
            (#"{"authToken":"a","Authorization":"Bearer b"}"#, [], "invalid-headers"),
            (#"{"authToken":null,"headers":null,"Authorization":null}"#, [], "- | - | -"),
            (#"{"authToken":1}"#, [], "invalid-headers"), (#"{"headers":[]}"#, [], "invalid-headers"),
            (#"{"headers":{"Authorization":["a"]}}"#, [], "invalid-headers"),
            (#"{"headers":{"Authorization":"a\nb"}}"#, [], "invalid-headers"),
            (#"{"headers":{"a b":"c"}}"#, [], "invalid-headers"),
            (#"{"headers":{"X-Hasura-Role":"editor"}}"#, [], "- | editor | -"),
            (
                #"{"headers":{"X-Perigee-Admin-Secret":"s","X-Perigee-Role":"user","x-perigee-user-id":7}}"#, [],
                "- | - | s | x-perigee-role=user | x-perigee-user-id=7"
            ),
            (#"{"x-perigee-admin-secret":"s"}"#, [], "- | - | s"),
            // The upgrade's own, and which of the two counts.
            ("null", ["Authorization: Bearer u"], "Bearer u | - | -"),
            (#"{"headers":{"X-Other":"1"}}"#, ["Authorization: Bearer u"], "Bearer u | - | -"),
            (#"{"headers":{"Authorization":"Bearer a"}}"#, ["Authorization: Bearer u"], "Bearer a | - | -"),
            (
                #"{"headers":{"X-Perigee-Role":"user"}}"#, ["X-Perigee-Admin-Secret: s", "X-Perigee-Role: x"],
                "- | - | s | x-perigee-role=user"
            ),
            ("null", ["Authorization: Bearer u", "Authorization: Bearer v"], "invalid-headers"),
        ] as [(String, [String], String)])
    func `credentials are read from both`(_ payload: String, _ upgrade: [String], _ expected: String) throws {
        #expect(try credentials(payload, upgrade) == expected)
    }

    @Test(
        arguments: [
            ("null", ["Cookie: session=c"], "Bearer c | - | -"),
            ("null", ["Cookie: session=c", "Origin: https://api.example.org"], "Bearer c | - | -"),
            ("null", ["Cookie: session=c", "Origin: https://evil.example"], "access-denied"),
            // A page of another origin cannot say that it is one of this.
            (
                #"{"headers":{"Origin":"https://api.example.org"}}"#,
                ["Cookie: session=c", "Origin: https://evil.example"], "access-denied"
            ),
            (
                #"{"headers":{"Host":"evil.example"}}"#, ["Cookie: session=c", "Origin: https://evil.example"],
                "access-denied"
            ),
            (
                #"{"headers":{"Sec-Fetch-Site":"none"}}"#, ["Cookie: session=c", "Sec-Fetch-Site: cross-site"],
                "access-denied"
            ),
            (#"{"headers":{"Cookie":"session=d"}}"#, [], "- | - | -"),
            (
                #"{"headers":{"Authorization":"Bearer a"}}"#, ["Cookie: session=c", "Origin: https://evil.example"],
                "Bearer a | - | -"
            ),
        ] as [(String, [String], String)])
    func `a cookie is the upgrade's, and its page's`(_ payload: String, _ upgrade: [String], _ expected: String) throws
    {
        #expect(try credentials(payload, upgrade, cookie: true) == expected)
    }

    @Test func `what a proxy has set is not set again`() throws {
        let headers = try headers(
            #"{"headers":{"X-Forwarded-For":"1.1.1.1","X-Tenant":"a"}}"#, ["x-forwarded-for: 2.2.2.2", "X-Other: o"])
        let forwarded = RequestCredentials.forwarded(headers, ["x-forwarded-for", "x-tenant", "x-other"])
        #expect(forwarded == [.init("x-tenant", "a"), .init("x-forwarded-for", "2.2.2.2"), .init("x-other", "o")])
    }

    @Test func `a payload has a bound`() throws {
        let members = (0...100).map { "\"x-\($0)\":\"\"" }.joined(separator: ",")
        #expect(try credentials(#"{"headers":{\#(members)}}"#) == "invalid-headers")
    }
}
