// Tokens in a cookie: whose pages they are taken from, and that a header counts before them.
import Auth
import Base
import HTTP
import Metadata
import Outbound
import Testing

@testable import Gateway

struct CookieCredentialTests {
    private func authorization(_ headers: [String], origins: Set<String> = []) throws -> String {
        var auth = AuthConfiguration()
        auth.cookie = CookieConfiguration(name: "session", origins: origins)
        let text = (["POST /graphql HTTP/1.1", "Host: api.example.org"] + headers).joined(separator: "\r\n")
        let request = try request(text + "\r\nContent-Length: 0\r\n\r\n")
        do throws(GatewayError) {
            let credentials = try RequestCredentials.read(request, auth)
            return credentials.authorization.map { String(decoding: $0, as: UTF8.self) } ?? "none"
        } catch {
            return error.code.rawValue
        }
    }

    private func request(_ text: String) throws -> HTTPRequest {
        var parser = RequestParser()
        var events: [RequestParser.Event] = []
        let bytes = Array(text.utf8)
        parser.receive(bytes.span, into: &events)
        guard case .request(let request)? = events.first else { throw Malformed(text: text) }
        return request
    }

    private struct Malformed: Error {
        let text: String
    }

    @Test func `headers that webhooks are handed are those that are named`() throws {
        let request = try request(
            "GET / HTTP/1.1\r\nHost: x\r\nX-Tenant: a\r\nCookie: c\r\nx-TENANT: b\r\nX-Other: o\r\n\r\n")
        let headers = RequestCredentials.forwarded(request, ["x-tenant", "x-none"])
        #expect(headers == [.init("x-tenant", "a"), .init("x-tenant", "b")])
        #expect(RequestCredentials.forwarded(request, []).isEmpty)
    }

    @Test(arguments: [
        (["Cookie: session=abc"], "Bearer abc"), (["Cookie: a=1; session=abc; b=session"], "Bearer abc"),
        (["cookie: sessions=abc; xsession=1"], "none"), (["Cookie: session="], "none"), ([], "none"),
        (["Cookie: Session=abc"], "none"),
        (["Cookie: session=a; session=b"], "invalid-headers"),
        (["Cookie: session=a", "Cookie: session=b"], "invalid-headers"),
        (["Cookie: session=abc", "Authorization: Bearer own"], "Bearer own"),
        (["Cookie: session=abc", "Authorization: nonsense"], "nonsense"),
        (["Cookie: session=abc", "Origin: https://api.example.org"], "Bearer abc"),
        (["Cookie: session=abc", "Origin: http://API.example.org"], "Bearer abc"),
        (["Cookie: session=abc", "Origin: https://evil.example"], "access-denied"),
        (["Cookie: session=abc", "Origin: https://api.example.org.evil.example"], "access-denied"),
        (["Cookie: session=abc", "Origin: https://api.example.org:444"], "access-denied"),
        (["Cookie: session=abc", "Origin: null"], "access-denied"),
        (["Cookie: session=abc", "Origin: "], "access-denied"),
        (["Cookie: session=abc", "Origin: https://api.example.org", "Origin: https://evil.example"], "access-denied"),
        (["Cookie: session=abc", "Origin: https://evil.example", "Sec-Fetch-Site: same-origin"], "access-denied"),
        (["Cookie: session=abc", "Sec-Fetch-Site: same-origin"], "Bearer abc"),
        (["Cookie: session=abc", "Sec-Fetch-Site: none"], "Bearer abc"),
        (["Cookie: session=abc", "Sec-Fetch-Site: same-site"], "access-denied"),
        (["Cookie: session=abc", "Sec-Fetch-Site: cross-site"], "access-denied"),
        // Nothing is taken from it, so there is nothing to refuse.
        (["Origin: https://evil.example"], "none"),
    ])
    func `a cookie counts for pages of its own origin`(headers: [String], expected: String) throws {
        #expect(try authorization(headers) == expected)
    }

    @Test func `origins that are named count too`() throws {
        let origins: Set = ["https://app.example.org"]
        #expect(
            try authorization(["Cookie: session=a", "Origin: https://app.example.org"], origins: origins) == "Bearer a")
        #expect(
            try authorization(["Cookie: session=a", "Origin: https://other.example.org"], origins: origins)
                == "access-denied")
    }
}
