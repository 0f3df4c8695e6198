// Tokens made here are accepted here and read by the library.

import Base
import JWTKit
import Metadata
import Outbound
import Testing

@testable import Auth

@Suite struct TokenSignerTests {
    @Test func `a token for a configuration is accepted under it`() async throws {
        var configuration = TokenConfiguration(algorithm: .hs256, key: sharedKey)
        configuration.issuer = "https://id.example"
        configuration.audiences = ["web"]
        configuration.claims = try #require(ClaimsPath("$.app.perigee"))
        let token = try await TokenSigner.sign(
            claims: json(#"{"role":"user","id":9007199254740993}"#), for: configuration, expiresIn: .seconds(60),
            now: now)
        var auth = AuthConfiguration()
        auth.tokens = [configuration]
        let answer = await outcome(
            try await Authenticator(auth, file: "perigee.yaml", outbound: OutboundClient()), bearer(token))
        #expect(answer == #"user {"role":"user","id":9007199254740993}"#)
    }

    @Test func `times that the claims name are kept`() async throws {
        let token = try await TokenSigner.sign(
            claims: json(#"{"exp":1800000005,"iat":1}"#), key: sharedKey, expiresIn: .seconds(60), now: now)
        let caller = try await authenticator().authenticate(bearer(token), now: now, on: testLoop)
        #expect(caller.expiresAt == 1_800_000_005)
        #expect(caller.claims?["iat"] == .number(JSONNumber(text: "1")))
    }

    @Test func `the library reads what was signed`() async throws {
        struct Payload: JWTPayload {
            var id: Int
            func verify(using algorithm: some JWTAlgorithm) {}
        }
        let token = try await TokenSigner.sign(claims: json(#"{"id":7}"#), key: sharedKey, expiresIn: nil, now: now)
        let keys = await JWTKeyCollection().add(hmac: HMACKey(from: sharedKey.bytes), digestAlgorithm: .sha256)
        let payload = try await keys.verify(token, as: Payload.self)
        #expect(payload.id == 7)
    }

    @Test func `public keys do not sign`() async throws {
        await #expect(throws: TokenSigner.Failure.self) {
            _ = try await TokenSigner.sign(
                claims: JSONObject(), key: Secret(Array(rsaPublicKey.utf8)), algorithm: .rs256, expiresIn: nil, now: now
            )
        }
    }
}
