// Every algorithm verifies what its key signed, nothing else, and no short key reaches the library.

import Base
import JWTKit
import Metadata
import Outbound
import Testing

@testable import Auth

@Suite struct SignatureKeyTests {
    @Test(arguments: [TokenAlgorithm.hs256, .hs384, .hs512])
    func `shared keys sign and verify`(algorithm: TokenAlgorithm) async throws {
        let token = try await TokenSigner.sign(
            claims: json(#"{"id":1}"#), key: longKey, algorithm: algorithm, expiresIn: .seconds(60), now: now)
        let answer = await outcome(try await authenticator(algorithm: algorithm, key: longKey), bearer(token))
        #expect(answer == #"user {"id":1,"iat":1800000000,"exp":1800000060}"#)
        for other in [TokenAlgorithm.hs256, .hs384, .hs512] where other != algorithm {
            let answer = await outcome(try await authenticator(algorithm: other, key: longKey), bearer(token))
            #expect(answer == "invalid-jwt: Could not verify JWT: JWSError JWSInvalidSignature")
        }
    }

    private struct Payload: JWTPayload {
        var exp: Int64 = 1_900_000_000
        func verify(using algorithm: some JWTAlgorithm) {}
    }

    /// A token of a foreign issuer and the public key it goes with.
    private func issue(_ algorithm: TokenAlgorithm) async throws -> (token: String, key: Secret) {
        let keys = JWTKeyCollection()
        let pem: String
        switch algorithm {
        case .es256:
            let key = ES256PrivateKey()
            await keys.add(ecdsa: key)
            pem = key.publicKey.pemRepresentation
        case .es384:
            let key = ES384PrivateKey()
            await keys.add(ecdsa: key)
            pem = key.publicKey.pemRepresentation
        case .es512:
            let key = ES512PrivateKey()
            await keys.add(ecdsa: key)
            pem = key.publicKey.pemRepresentation
        case .edDSA:
            await keys.add(eddsa: try EdDSA.PrivateKey(pem: edwardsPrivateKey))
            pem = edwardsPublicKey
        case .rs256, .rs384, .rs512, .ps256, .ps384, .ps512:
            let key = try Insecure.RSA.PrivateKey(pem: rsaPrivateKey)
            pem = rsaPublicKey
            switch algorithm {
            case .rs256: await keys.add(rsa: key, digestAlgorithm: .sha256)
            case .rs384: await keys.add(rsa: key, digestAlgorithm: .sha384)
            case .rs512: await keys.add(rsa: key, digestAlgorithm: .sha512)
            case .ps256: await keys.add(pss: key, digestAlgorithm: .sha256)
            case .ps384: await keys.add(pss: key, digestAlgorithm: .sha384)
            default: await keys.add(pss: key, digestAlgorithm: .sha512)
            }
        case .hs256, .hs384, .hs512:
            throw TokenSigner.Failure(description: "not a public key")
        }
        return (try await keys.sign(Payload()), Secret(Array(pem.utf8)))
    }

    @Test(arguments: [
        TokenAlgorithm.es256, .es384, .es512, .edDSA, .rs256, .rs384, .rs512, .ps256, .ps384, .ps512,
    ])
    func `public keys verify their issuer's tokens and no others`(algorithm: TokenAlgorithm) async throws {
        let (token, key) = try await issue(algorithm)
        let authenticator = try await authenticator(algorithm: algorithm, key: key)
        let answer = await outcome(authenticator, bearer(token))
        #expect(answer == #"user {"exp":1900000000}"#)
        var changed = Array(token.utf8)
        changed[changed.count - 5] =
            changed[changed.count - 5] == UInt8(ascii: "A") ? UInt8(ascii: "B") : UInt8(ascii: "A")
        let refused = await outcome(authenticator, bearer(String(decoding: changed, as: UTF8.self)))
        #expect(refused == "invalid-jwt: Could not verify JWT: JWSError JWSInvalidSignature")
    }

    @Test func `an RSA key does not verify the other padding`() async throws {
        let (token, key) = try await issue(.rs256)
        let answer = await outcome(try await authenticator(algorithm: .ps256, key: key), bearer(token))
        #expect(answer == "invalid-jwt: Could not verify JWT: JWSError JWSInvalidSignature")
    }

    @Test(arguments: [TokenAlgorithm.rs256, .ps512, .es256, .es384, .es512, .edDSA])
    func `a key of the wrong kind is a configuration error`(algorithm: TokenAlgorithm) async throws {
        let foreign = algorithm == .edDSA ? rsaPublicKey : edwardsPublicKey
        for text in ["nonsense", foreign, "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----"] {
            await #expect(throws: ConfigurationFailure.self) {
                _ = try await authenticator(algorithm: algorithm, key: Secret(Array(text.utf8)))
            }
        }
    }

    @Test(arguments: [(TokenAlgorithm.hs256, 31), (.hs384, 47), (.hs512, 63), (.hs256, 0)])
    func `short shared keys never reach the library`(algorithm: TokenAlgorithm, count: Int) async throws {
        let key = Secret(Array(repeating: 1, count: count))
        var token = TokenConfiguration(algorithm: algorithm, key: key)
        token.pointer = "/auth/jwt/0"
        var configuration = AuthConfiguration()
        configuration.tokens = [token]
        do {
            _ = try await Authenticator(configuration, file: "perigee.yaml", outbound: OutboundClient())
            Issue.record("the key was taken")
        } catch {
            #expect(
                error.description
                    == "perigee.yaml: /auth/jwt/0/key: the key has \(count) bytes; at least \(count == 0 ? 32 : count + 1) are needed"
            )
        }
        await #expect(throws: TokenSigner.Failure.self) {
            _ = try await TokenSigner.sign(
                claims: JSONObject(), key: key, algorithm: algorithm, expiresIn: nil, now: now)
        }
    }
}
