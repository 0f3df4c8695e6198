// What the suites share: keys, tokens put together by hand (an attacker is not bound to the signer), and an outcome as one line.

import Base
import Metadata
import Outbound
import Reactor
import Testing

@testable import Auth

/// Where tokens are verified; fixed keys never wait on it.
let testLoop: EventLoop = {
    do { return try EventLoop(name: "auth-tests") } catch { fatalError("no loop: \(error)") }
}()
let now: Int64 = 1_800_000_000
let sharedKey = Secret(Array("0123456789abcdef0123456789abcdef".utf8))
let otherKey = Secret(Array("fedcba9876543210fedcba9876543210".utf8))
let longKey = Secret(Array(repeating: 7, count: 64))

func json(_ text: String) throws -> JSONObject {
    try #require(JSONScanner.parse(Array(text.utf8)).object)
}

func encode(_ text: String) -> String {
    String(decoding: Base64URL.encode(text.utf8), as: UTF8.self)
}

/// A token of exactly this header and payload, signed with a shared key.
func forge(
    header: String = #"{"alg":"HS256"}"#, _ payload: String, key: Secret = sharedKey,
    algorithm: TokenAlgorithm = .hs256
) async throws -> String {
    let content = "\(encode(header)).\(encode(payload))"
    let signature = try #require(try await SignatureKey(algorithm, key: key).sign(Array(content.utf8)))
    return "\(content).\(String(decoding: Base64URL.encode(signature), as: UTF8.self))"
}

func authenticator(
    algorithm: TokenAlgorithm = .hs256, key: Secret = sharedKey, adminSecret: String? = nil, cachedTokens: Int = 4096,
    _ adjust: (inout TokenConfiguration) -> Void = { _ in }
) async throws -> Authenticator {
    var token = TokenConfiguration(algorithm: algorithm, key: key)
    adjust(&token)
    var configuration = AuthConfiguration()
    configuration.tokens = [token]
    configuration.adminSecret = adminSecret.map { Secret(Array($0.utf8)) }
    return try await Authenticator(
        configuration, file: "perigee.yaml", cachedTokens: cachedTokens, outbound: OutboundClient())
}

func bearer(_ token: String, role: String? = nil) -> Credentials {
    Credentials(authorization: Array("Bearer \(token)".utf8), requestedRole: role.map { Array($0.utf8) })
}

/// `code: message` of the refusal, or the claims that were accepted.
func outcome(_ authenticator: Authenticator, _ credentials: Credentials, at time: Int64 = now) async -> String {
    do {
        let caller = try await authenticator.authenticate(credentials, now: time, on: testLoop)
        return "\(caller.kind) \(caller.claims.map { JSONValue.object($0).text } ?? "-")"
    } catch {
        return "\(error.code.rawValue): \(error.message)"
    }
}

func admin(_ secret: String, _ headers: [(String, String)] = [], token: String? = nil) -> Credentials {
    Credentials(
        authorization: token.map { Array("Bearer \($0)".utf8) }, adminSecret: Array(secret.utf8),
        claimHeaders: headers.map { .init(name: Array($0.0.utf8), value: Array($0.1.utf8)) })
}
