// Where claims are found in a token, and how `x-hasura-*` names are brought into the gateway's form.

import Base
import Metadata
import Testing

@testable import Auth

@Suite struct TokenClaimsTests {
    private static let foreign = "https://hasura.io/jwt/claims"

    @Test(arguments: [
        ("$", #"{"exp":1900000000,"id":1}"#, #"user {"exp":1900000000,"id":1}"#),
        ("$.perigee", #"{"exp":1900000000,"perigee":{"id":1}}"#, #"user {"id":1}"#),
        ("$.a.b", #"{"exp":1900000000,"a":{"b":{"id":1}}}"#, #"user {"id":1}"#),
        ("$[\"a.b\"]", #"{"exp":1900000000,"a.b":{"id":1}}"#, #"user {"id":1}"#),
        ("$.perigee", #"{"exp":1900000000}"#, "jwt-invalid-claims: the token has no claims under \"perigee\""),
        (
            "$.perigee", #"{"exp":1900000000,"perigee":"{}"}"#,
            "jwt-invalid-claims: the claims under \"perigee\" are not an object"
        ),
        (
            foreign, #"{"exp":1900000000,"\#(foreign)":{"x-hasura-user-id":"7","X-Hasura-Org-Id":"a"}}"#,
            #"user {"user_id":"7","org_id":"a"}"#
        ),
        (
            foreign,
            #"{"exp":1900000000,"\#(foreign)":{"x-hasura-default-role":"user","x-hasura-allowed-roles":["user","editor"]}}"#,
            #"user {"role":"user","allowed_roles":["user","editor"]}"#
        ),
        (foreign, #"{"exp":1900000000,"\#(foreign)":{"x-hasura-default-role":"user"}}"#, #"user {"role":"user"}"#),
        (
            foreign,
            #"{"exp":1900000000,"\#(foreign)":{"x-hasura-default-role":"root","x-hasura-allowed-roles":["user"]}}"#,
            "access-denied: Your requested role is not in allowed roles"
        ),
        (
            foreign, #"{"exp":1900000000,"\#(foreign)":{"x-hasura-default-role":7}}"#,
            "jwt-invalid-claims: the default role of the token is not a string"
        ),
        (
            foreign, #"{"exp":1900000000,"\#(foreign)":{"x-hasura-default-role":"u","x-hasura-allowed-roles":"u"}}"#,
            "jwt-invalid-claims: the allowed roles of the token are not a list"
        ),
        (
            foreign, #"{"exp":1900000000,"\#(foreign)":{"x-hasura-user-id":"7","user_id":"8"}}"#,
            "jwt-invalid-claims: two claims of the token have the name \"user_id\""
        ),
        (
            foreign, #"{"exp":1900000000,"\#(foreign)":{"x-hasura-user-id":"7","X-HASURA-USER-ID":"8"}}"#,
            "jwt-invalid-claims: two claims of the token have the name \"user_id\""
        ),
        (
            foreign, #"{"exp":1900000000,"\#(foreign)":{"x-hasura-default-role":"u","x-hasura-role":"root"}}"#,
            "jwt-invalid-claims: two claims of the token have the name \"role\""
        ),
        (
            foreign, #"{"exp":1900000000,"\#(foreign)":{"x-hasura-":"u"}}"#,
            "jwt-invalid-claims: two claims of the token have the name \"\""
        ),
    ])
    func `claims are where the configuration says`(path: String, payload: String, expected: String) async throws {
        let claims = try #require(ClaimsPath(path))
        let authenticator = try await authenticator { $0.claims = claims }
        let answer = await outcome(authenticator, bearer(try await forge(payload)))
        #expect(answer == expected)
    }

    @Test(
        arguments: [
            (nil, "user user"), ("user", "user user"), ("editor", "user editor"), ("root", "access-denied"),
            ("", "invalid-headers"),
            ("User", "access-denied"),
        ] as [(String?, String)])
    func `a client picks one of its allowed roles`(role: String?, expected: String) async throws {
        let claims = try #require(ClaimsPath(TokenClaimsTests.foreign))
        let authenticator = try await authenticator { $0.claims = claims }
        let token = try await forge(
            #"{"exp":1900000000,"\#(TokenClaimsTests.foreign)":{"x-hasura-default-role":"user","x-hasura-allowed-roles":["user","editor"]}}"#
        )
        // Twice: the second answer may come from the cache and must not be another role's.
        for _ in 0..<2 {
            do {
                let caller = try await authenticator.authenticate(bearer(token, role: role), now: now, on: testLoop)
                #expect("\(caller.kind) \(caller.claims?["role"]?.string ?? "-")" == expected)
            } catch {
                #expect(error.code.rawValue == expected)
            }
        }
    }

    @Test func `a role header means nothing to other tokens`() async throws {
        let token = try await forge(#"{"exp":1900000000,"role":"user"}"#)
        let answer = await outcome(try await authenticator(), bearer(token, role: "root"))
        #expect(answer == #"user {"exp":1900000000,"role":"user"}"#)
    }
}
