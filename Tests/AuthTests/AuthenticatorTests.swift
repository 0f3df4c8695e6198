// Anonymous callers, the admin secret, and the identities an admin puts on.

import Base
import Metadata
import Testing

@testable import Auth

@Suite struct AuthenticatorTests {
    @Test func `without any credential the caller is anonymous`() async throws {
        let authenticator = try await authenticator(adminSecret: "hunter2")
        let caller = try await authenticator.authenticate(Credentials(), now: now, on: testLoop)
        #expect(caller.kind == .anonymous)
        #expect(caller.claims == nil)
        let again = try #require(authenticator.cached(Credentials(), now: now))
        #expect(again === caller, "all anonymous requests share one caller")
    }

    @Test func `claim headers without the secret mean nothing`() async throws {
        let authenticator = try await authenticator(adminSecret: "hunter2")
        let headers = [Credentials.ClaimHeader(name: Array("X-Perigee-Role".utf8), value: Array("root".utf8))]
        let anonymous = await outcome(authenticator, Credentials(claimHeaders: headers))
        #expect(anonymous == "anonymous -")
        var credentials = bearer(try await forge(#"{"exp":1900000000,"role":"user"}"#))
        credentials.claimHeaders = headers
        let user = await outcome(authenticator, credentials)
        #expect(user == #"user {"exp":1900000000,"role":"user"}"#)
    }

    @Test func `the secret makes an admin, and a token beside it is ignored`() async throws {
        let authenticator = try await authenticator(adminSecret: "hunter2")
        for token in [nil, "nonsense"] {
            let answer = await outcome(authenticator, admin("hunter2", token: token))
            #expect(answer == "admin -")
        }
    }

    @Test(arguments: ["", "hunter", "hunter22", "Hunter2", "hunter2hunter2", "\0"])
    func `a wrong secret refuses the request, whatever else is presented`(secret: String) async throws {
        let authenticator = try await authenticator(adminSecret: "hunter2")
        let token = try await forge(#"{"exp":1900000000}"#)
        for credentials in [admin(secret), admin(secret, token: token), admin(secret, [("x-perigee-role", "user")])] {
            let answer = await outcome(authenticator, credentials)
            #expect(answer == "access-denied: invalid \"x-perigee-admin-secret\"")
        }
    }

    @Test(arguments: ["", "x"])
    func `where no secret is set none is right`(secret: String) async throws {
        let answer = await outcome(try await authenticator(), admin(secret))
        #expect(answer == "access-denied: invalid \"x-perigee-admin-secret\"")
    }

    @Test(arguments: [
        ([("X-Perigee-Role", "user")], #"user {"role":"user"}"#),
        ([("x-perigee-role", "admin")], #"user {"role":"admin"}"#),
        (
            [("X-Perigee-Role", "user"), ("X-PERIGEE-User-Id", "7"), ("X-Perigee-Teams", "{a,b}")],
            #"user {"role":"user","user_id":"7","teams":"{a,b}"}"#
        ),
        ([("X-Perigee-User-Id", "7")], #"admin {"user_id":"7"}"#),
        ([("X-Perigee-Admin-Secret", "hunter2"), ("X-Other", "x")], "admin -"),
        ([("X-Perigee-Role", "")], "invalid-headers: the header \"X-Perigee-Role\" is empty"),
        (
            [("X-Perigee-Role", "a"), ("x-perigee-role", "b")],
            "invalid-headers: two claim headers have the name \"role\""
        ),
        (
            [("X-Perigee-User-Id", "1"), ("X-Perigee-User_Id", "2")],
            "invalid-headers: two claim headers have the name \"user_id\""
        ),
        ([("X-Perigee-", "1")], "invalid-headers: two claim headers have the name \"\""),
    ])
    func `with the secret a caller is put on`(headers: [(String, String)], expected: String) async throws {
        let answer = await outcome(try await authenticator(adminSecret: "hunter2"), admin("hunter2", headers))
        #expect(answer == expected)
    }

    @Test func `a claim header that is not UTF-8 is refused`() async throws {
        var credentials = admin("hunter2")
        credentials.claimHeaders = [.init(name: Array("X-Perigee-Role".utf8), value: [0xFF])]
        let answer = await outcome(try await authenticator(adminSecret: "hunter2"), credentials)
        #expect(answer == "invalid-headers: a claim header is not UTF-8")
    }

    @Test func `comparison looks at everything`() {
        let secret = Array("correct horse".utf8)
        #expect(equalsInConstantTime(secret, secret))
        #expect(!equalsInConstantTime([], []))
        #expect(!equalsInConstantTime([], secret))
        #expect(!equalsInConstantTime(secret + secret, secret))
        for index in secret.indices {
            var other = secret
            other[index] ^= 1
            #expect(!equalsInConstantTime(other, secret))
        }
    }
}
