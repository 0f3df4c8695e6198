// What a token must be and say to be accepted, and with which words it is refused.

import Base
import JWTKit
import Metadata
import Outbound
import Testing

@testable import Auth

@Suite struct TokenVerifierTests {
    @Test(arguments: [
        (#"{"exp":1800000001,"id":7}"#, #"user {"exp":1800000001,"id":7}"#),
        (#"{"exp":1800000000,"id":7}"#, "invalid-jwt: Could not verify JWT: JWTExpired"),
        (#"{"exp":1799999999.9,"id":7}"#, "invalid-jwt: Could not verify JWT: JWTExpired"),
        (#"{"exp":1800000001.9}"#, #"user {"exp":1800000001.9}"#),
        (#"{"exp":-1}"#, "invalid-jwt: Could not verify JWT: JWTExpired"),
        (#"{"exp":9223372036854775807}"#, #"user {"exp":9223372036854775807}"#),
        (#"{"exp":1e30}"#, "invalid-jwt: Could not verify JWT: JWTClaimsSetDecodeError"),
        (#"{"exp":"1900000000"}"#, "invalid-jwt: Could not verify JWT: JWTClaimsSetDecodeError"),
        (#"{"exp":null}"#, "invalid-jwt: Could not verify JWT: JWTClaimsSetDecodeError"),
        (#"{"id":7}"#, "invalid-jwt: Could not verify JWT: the token has no \"exp\""),
        (#"{"exp":1900000000,"nbf":1800000000}"#, #"user {"exp":1900000000,"nbf":1800000000}"#),
        (#"{"exp":1900000000,"nbf":1800000001}"#, "invalid-jwt: Could not verify JWT: JWTNotYetValid"),
        (#"{"exp":1900000000,"nbf":true}"#, "invalid-jwt: Could not verify JWT: JWTClaimsSetDecodeError"),
        (#"{"exp":1900000000,"id":9007199254740993}"#, #"user {"exp":1900000000,"id":9007199254740993}"#),
        (#"{"exp":1900000000,"n":1.10,"l":"{a,b}"}"#, #"user {"exp":1900000000,"n":1.10,"l":"{a,b}"}"#),
        (#"{"exp":1900000000,"id":1,"id":2}"#, "invalid-jwt: Could not verify JWT: JWTClaimsSetDecodeError"),
        (#"{"exp":1900000000,"exp":1}"#, "invalid-jwt: Could not verify JWT: JWTClaimsSetDecodeError"),
        ("[1]", "invalid-jwt: Could not verify JWT: JWTClaimsSetDecodeError"),
        ("", "invalid-jwt: Could not verify JWT: JWTClaimsSetDecodeError"),
        (#"{"exp":1900000000} x"#, "invalid-jwt: Could not verify JWT: JWTClaimsSetDecodeError"),
    ])
    func `a signed payload`(payload: String, expected: String) async throws {
        let authenticator = try await authenticator()
        let answer = await outcome(authenticator, bearer(try await forge(payload)))
        #expect(answer == expected)
    }

    @Test(arguments: [
        #"{"alg":"none"}"#, #"{"alg":"None"}"#, #"{"alg":"HS512"}"#, #"{"alg":"hs256"}"#, #"{"alg":["HS256"]}"#, "{}",
        #"{"alg":null}"#, #"{"alg":"RS256"}"#, #"{"alg":"HS256 "}"#,
    ])
    func `the algorithm is the key's and never the token's`(header: String) async throws {
        let token = try await forge(header: header, #"{"exp":1900000000}"#)
        let answer = await outcome(try await authenticator(), bearer(token))
        #expect(answer == "invalid-jwt: Could not verify JWT: JWSError JWSInvalidSignature")
    }

    @Test func `none without a signature is refused`() async throws {
        let token = "\(encode(#"{"alg":"none"}"#)).\(encode(#"{"exp":1900000000}"#))."
        let answer = await outcome(try await authenticator(), bearer(token))
        #expect(answer == "invalid-jwt: Could not verify JWT: JWSError JWSInvalidSignature")
    }

    @Test func `a public key cannot serve as a shared one`() async throws {
        let issuer = ES256PrivateKey()
        let publicKey = Secret(Array(issuer.publicKey.pemRepresentation.utf8))
        let token = try await forge(#"{"exp":1900000000}"#, key: publicKey)
        let answer = await outcome(try await authenticator(algorithm: .es256, key: publicKey), bearer(token))
        #expect(answer == "invalid-jwt: Could not verify JWT: JWSError JWSInvalidSignature")
    }

    @Test func `another key's signature is refused`() async throws {
        let token = try await forge(#"{"exp":1900000000}"#, key: otherKey)
        let answer = await outcome(try await authenticator(), bearer(token))
        #expect(answer == "invalid-jwt: Could not verify JWT: JWSError JWSInvalidSignature")
    }

    @Test func `every change of one character is refused`() async throws {
        let token = Array(try await forge(#"{"exp":1900000000,"role":"user"}"#).utf8)
        let authenticator = try await authenticator()
        for index in token.indices {
            for replacement in [UInt8(ascii: "A"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "="), 0xFF]
            where token[index] != replacement {
                var changed = token
                changed[index] = replacement
                let answer = await outcome(authenticator, Credentials(authorization: Array("Bearer ".utf8) + changed))
                #expect(answer.hasPrefix("invalid-jwt: "), "\(index) \(answer)")
            }
        }
    }

    @Test func `every shortened token is refused`() async throws {
        let token = try await forge(#"{"exp":1900000000,"role":"user"}"#)
        let authenticator = try await authenticator()
        for length in 1..<token.utf8.count {
            let answer = await outcome(authenticator, bearer(String(token.prefix(length))))
            #expect(answer.hasPrefix("invalid-jwt: "))
        }
    }

    @Test func `a header that calls something critical is refused`() async throws {
        let token = try await forge(header: #"{"alg":"HS256","crit":["b64"],"b64":false}"#, #"{"exp":1900000000}"#)
        let answer = await outcome(try await authenticator(), bearer(token))
        #expect(answer == "invalid-jwt: Could not verify JWT: JWSError critical header parameter")
    }

    @Test func `an oversized token is refused unread`() async throws {
        let padding = String(repeating: "x", count: 12300)
        let token = try await forge(#"{"exp":1900000000,"x":"\#(padding)"}"#)
        #expect(token.utf8.count > 16384)
        let answer = await outcome(try await authenticator(), bearer(token))
        #expect(answer == "invalid-jwt: Could not verify JWT: the token is longer than 16384 bytes")
    }

    @Test(arguments: ["", "Bearer", "Bearer ", "Basic abc", "Bearerx", "Bearer:x", "Token x", "b"])
    func `an authorization that is no bearer token is refused`(value: String) async throws {
        let answer = await outcome(try await authenticator(), Credentials(authorization: Array(value.utf8)))
        #expect(answer == "invalid-headers: Malformed Authorization header")
    }

    @Test func `the scheme is not case sensitive`() async throws {
        let token = try await forge(#"{"exp":1900000000}"#)
        for scheme in ["Bearer ", "bearer ", "BEARER  "] {
            let answer = await outcome(
                try await authenticator(), Credentials(authorization: Array((scheme + token).utf8)))
            #expect(answer.hasPrefix("user "))
        }
        let answer = await outcome(try await authenticator(), Credentials(token: Array(token.utf8)))
        #expect(answer.hasPrefix("user "))
    }

    @Test func `a token where no key is configured is refused`() async throws {
        let authenticator = try await Authenticator(
            AuthConfiguration(), file: "perigee.yaml", outbound: OutboundClient())
        let answer = await outcome(authenticator, bearer(try await forge(#"{"exp":1900000000}"#)))
        #expect(answer == "invalid-jwt: Could not verify JWT: no key is configured")
    }

    @Test(arguments: [
        (#"{"exp":1800000000}"#, true), (#"{"exp":1799999991}"#, true), (#"{"exp":1799999990}"#, false),
        (#"{"exp":1900000000,"nbf":1800000010}"#, true), (#"{"exp":1900000000,"nbf":1800000011}"#, false),
    ])
    func `leeway moves both ends`(payload: String, isAccepted: Bool) async throws {
        let authenticator = try await authenticator { $0.leeway = .seconds(10) }
        let answer = await outcome(authenticator, bearer(try await forge(payload)))
        #expect(answer.hasPrefix("user ") == isAccepted, "\(answer)")
    }

    @Test func `a token without expiry is accepted where that is said`() async throws {
        let authenticator = try await authenticator { $0.allowsTokensWithoutExpiry = true }
        let caller = try await authenticator.authenticate(bearer(try await forge(#"{"id":1}"#)), now: now, on: testLoop)
        #expect(caller.expiresAt == nil)
        #expect(caller.claims == (try json(#"{"id":1}"#)))
    }

    @Test(
        arguments: [
            (#""iss":"https://id.example","aud":"web""#, nil), (#""iss":"https://id.example","aud":["x","app"]"#, nil),
            (#""aud":"web""#, "JWTNotInIssuer"), (#""iss":"https://id.example/","aud":"web""#, "JWTNotInIssuer"),
            (#""iss":["https://id.example"],"aud":"web""#, "JWTNotInIssuer"),
            (#""iss":"https://id.example""#, "JWTNotInAudience"),
            (#""iss":"https://id.example","aud":"we""#, "JWTNotInAudience"),
            (#""iss":"https://id.example","aud":[]"#, "JWTNotInAudience"),
            (#""iss":"https://id.example","aud":[["web"]]"#, "JWTNotInAudience"),
            (#""iss":"https://id.example","aud":null"#, "JWTNotInAudience"),
        ] as [(String, String?)])
    func `issuer and audience must match when configured`(claims: String, complaint: String?) async throws {
        let authenticator = try await authenticator {
            $0.issuer = "https://id.example"
            $0.audiences = ["web", "app"]
        }
        let answer = await outcome(authenticator, bearer(try await forge("{\"exp\":1900000000,\(claims)}")))
        if let complaint {
            #expect(answer == "invalid-jwt: Could not verify JWT: \(complaint)")
        } else {
            #expect(answer.hasPrefix("user "))
        }
    }

    @Test func `several issuers are told apart`() async throws {
        var first = TokenConfiguration(algorithm: .hs256, key: sharedKey)
        first.issuer = "one"
        var second = TokenConfiguration(algorithm: .hs256, key: sharedKey)
        second.issuer = "two"
        let third = TokenConfiguration(algorithm: .hs512, key: longKey)
        var configuration = AuthConfiguration()
        configuration.tokens = [first, second, third]
        let authenticator = try await Authenticator(configuration, file: "perigee.yaml", outbound: OutboundClient())
        let two = await outcome(authenticator, bearer(try await forge(#"{"exp":1900000000,"iss":"two"}"#)))
        #expect(two.hasPrefix("user "))
        let none = await outcome(authenticator, bearer(try await forge(#"{"exp":1900000000,"iss":"three"}"#)))
        #expect(none == "invalid-jwt: Could not verify JWT: JWTNotInIssuer")
        let long = try await forge(header: #"{"alg":"HS512"}"#, #"{"exp":1900000000}"#, key: longKey, algorithm: .hs512)
        let third512 = await outcome(authenticator, bearer(long))
        #expect(third512.hasPrefix("user "))
    }
}
