// Makes tokens: for `perigee token`, the sample's identities and tests. The gateway itself never hands out identities.

package import Base
package import Metadata

package enum TokenSigner {
    package struct Failure: Error, Sendable, Hashable, CustomStringConvertible {
        package let description: String
    }

    /// A token with `claims` as its payload, plus `iat` and `exp` where `claims` does not name them.
    /// `now` is in seconds since 1970; without `expiresIn` the token never expires.
    package static func sign(
        claims: JSONObject, key: Secret, algorithm: TokenAlgorithm = .hs256, expiresIn: Duration?, now: Int64
    ) async throws(Failure) -> String {
        guard algorithm.minimumKeyBytes != nil else {
            throw Failure(
                description: "tokens of \(algorithm.rawValue) are signed by their issuer, who has the private key")
        }
        let signer: SignatureKey
        do {
            signer = try await SignatureKey(algorithm, key: key)
        } catch {
            throw Failure(description: error.message)
        }
        var payload = claims
        if payload["iat"] == nil { payload["iat"] = .number(JSONNumber(now)) }
        if payload["exp"] == nil, let expiresIn {
            payload["exp"] = .number(JSONNumber(now + expiresIn.components.seconds))
        }
        let header = JSONObject([
            JSONMember(name: "alg", value: .string(algorithm.rawValue)), JSONMember(name: "typ", value: .string("JWT")),
        ])
        var content = Base64URL.encode(JSONValue.object(header).text.utf8)
        content.append(UInt8(ascii: "."))
        content += Base64URL.encode(JSONValue.object(payload).text.utf8)
        guard let signature = signer.sign(content) else { throw Failure(description: "the key cannot sign") }
        return String(decoding: content + [UInt8(ascii: ".")] + Base64URL.encode(signature), as: UTF8.self)
    }

    /// A token that the gateway accepts under `configuration`: its issuer, its audience, and `claims` where it looks for
    /// them.
    package static func sign(
        claims: JSONObject, for configuration: TokenConfiguration, expiresIn: Duration?, now: Int64
    ) async throws(Failure) -> String {
        var payload = claims
        for segment in configuration.claims.segments.reversed() {
            payload = JSONObject([JSONMember(name: segment, value: .object(payload))])
        }
        if let issuer = configuration.issuer, payload["iss"] == nil { payload["iss"] = .string(issuer) }
        if let audience = configuration.audiences.first, payload["aud"] == nil { payload["aud"] = .string(audience) }
        guard let shared = configuration.sharedKey else {
            throw Failure(description: "tokens of this issuer are signed by it, who has the private key")
        }
        return try await sign(
            claims: payload, key: shared.key, algorithm: shared.algorithm, expiresIn: expiresIn, now: now)
    }
}
