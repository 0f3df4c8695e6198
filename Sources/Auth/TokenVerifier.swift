// Checks a JSON Web Token (RFC 7519, RFC 7515 compact form) against the configured keys: algorithm by the key and never by
// the token, signature, times, issuer, audience, then the claims that rules see. The payload is read by the gateway's own
// scanner, which keeps numbers exact and refuses duplicate names.

internal import Base
internal import Metadata
internal import Reactor

struct TokenVerifier: Sendable {
    /// Tokens beyond this are refused unread.
    static let maximumTokenBytes = 16 << 10
    private static let maximumDepth = 32

    /// The keys of one issuer with what its tokens must say.
    struct Issuer: Sendable {
        enum Keys: Sendable {
            case fixed(SignatureKey)
            case published(KeySet)
        }

        let keys: Keys
        let configuration: TokenConfiguration
    }

    let issuers: [Issuer]

    struct VerifiedToken {
        let claims: JSONObject
        /// Leeway included; `nil` for a token that never expires.
        let expiresAt: Int64?
    }

    /// - Parameter role: what the client asked for with `X-Hasura-Role`.
    /// - Throws: `invalid-jwt`, `jwt-invalid-claims`, or `unavailable` when an issuer's keys cannot be had.
    func verify(
        _ token: ArraySlice<UInt8>, role: [UInt8]?, now: Int64, on loop: EventLoop
    ) async throws(GatewayError) -> VerifiedToken {
        guard !issuers.isEmpty else { throw TokenVerifier.refusal("no key is configured") }
        guard token.count <= TokenVerifier.maximumTokenBytes else {
            throw TokenVerifier.refusal("the token is longer than \(TokenVerifier.maximumTokenBytes) bytes")
        }
        let parts = token.split(separator: UInt8(ascii: "."), maxSplits: 3, omittingEmptySubsequences: false)
        guard parts.count == 3, let headerBytes = Base64URL.decode(parts[0]),
            let payloadBytes = Base64URL.decode(parts[1]), let signature = Base64URL.decode(parts[2]),
            let header = TokenVerifier.object(headerBytes)
        else { throw TokenVerifier.refusal("JWSError malformed token") }
        // Extensions that a token calls critical are refused, as none is understood (RFC 7515 section 4.1.11).
        guard header["crit"] == nil else { throw TokenVerifier.refusal("JWSError critical header parameter") }

        let content = Array(token[parts[0].startIndex..<parts[1].endIndex])
        let payload = TokenVerifier.object(payloadBytes)
        var failure: GatewayError?
        for issuer in issuers {
            let keys: [SignatureKey]
            do {
                keys = try await self.keys(of: issuer, header, payload, on: loop)
            } catch {
                // Another issuer may know the token.
                failure = failure ?? error
                continue
            }
            guard keys.contains(where: { $0.verifies(signature, of: content) }) else { continue }
            // Only now is the payload somebody's word.
            guard let payload else { throw TokenVerifier.refusal("JWTClaimsSetDecodeError") }
            do {
                return try check(payload, issuer.configuration, role: role, now: now)
            } catch {
                // Two issuers may share a key; the first one's complaint is the one reported.
                failure = failure ?? error
            }
        }
        // An unknown algorithm, "none" and a wrong signature are one answer.
        throw failure ?? TokenVerifier.refusal("JWSError JWSInvalidSignature")
    }

    /// The issuer's keys for the algorithm the token names, which never chooses among a key's.
    private func keys(
        of issuer: Issuer, _ header: JSONObject, _ payload: JSONObject?, on loop: EventLoop
    ) async throws(GatewayError) -> [SignatureKey] {
        let keyID = header["kid"]?.string
        switch issuer.keys {
        case .fixed(let key):
            guard header["alg"] == .string(key.algorithm.rawValue) else { return [] }
            if let wanted = issuer.configuration.keyID, keyID != wanted { return [] }
            return [key]
        case .published(let keySet):
            // Nobody is asked for keys of tokens that are another's by their own word.
            if let name = issuer.configuration.issuer, payload?["iss"] != .string(name) { return [] }
            guard let algorithm = header["alg"]?.string.flatMap(TokenAlgorithm.init(rawValue:)),
                algorithm.minimumKeyBytes == nil
            else { return [] }
            do throws(KeySet.Unavailable) {
                return try await keySet.keys(named: keyID, on: loop).filter { $0.algorithm == algorithm }
            } catch {
                throw GatewayError(
                    .unavailable, "The keys of the token's issuer cannot be had at the moment.",
                    underlying: error.reason)
            }
        }
    }

    private func check(
        _ payload: JSONObject, _ configuration: TokenConfiguration, role: [UInt8]?, now: Int64
    ) throws(GatewayError) -> VerifiedToken {
        let leeway = configuration.leeway.components.seconds
        var expiresAt: Int64?
        if let value = payload["exp"] {
            guard let expiry = TokenVerifier.seconds(value) else {
                throw TokenVerifier.refusal("JWTClaimsSetDecodeError")
            }
            let end = expiry.addingReportingOverflow(leeway)
            expiresAt = end.overflow ? .max : end.partialValue
            if now >= expiresAt ?? .max { throw TokenVerifier.refusal("JWTExpired") }
        } else if !configuration.allowsTokensWithoutExpiry {
            throw TokenVerifier.refusal("the token has no \"exp\"")
        }
        if let value = payload["nbf"] {
            guard let start = TokenVerifier.seconds(value) else {
                throw TokenVerifier.refusal("JWTClaimsSetDecodeError")
            }
            if now < start.subtractingReportingOverflow(leeway).partialValue {
                throw TokenVerifier.refusal("JWTNotYetValid")
            }
        }
        if let issuer = configuration.issuer, payload["iss"] != .string(issuer) {
            throw TokenVerifier.refusal("JWTNotInIssuer")
        }
        if !configuration.audiences.isEmpty {
            let presented: [JSONValue]
            switch payload["aud"] {
            case .array(let list): presented = list
            case let single?: presented = [single]
            case nil: presented = []
            }
            guard configuration.audiences.contains(where: { presented.contains(.string($0)) }) else {
                throw TokenVerifier.refusal("JWTNotInAudience")
            }
        }
        let claims = try readClaims(payload, at: configuration.claims, role: role)
        return VerifiedToken(claims: claims, expiresAt: expiresAt)
    }

    // MARK: Reading

    private static func object(_ bytes: [UInt8]) -> JSONObject? {
        guard bytes.span.firstInvalidUTF8() == nil else { return nil }
        return (try? JSONScanner.parse(bytes, maximumDepth: maximumDepth))?.object
    }

    /// A NumericDate (RFC 7519 section 2), which may have a fraction, rounded down.
    private static func seconds(_ value: JSONValue) -> Int64? {
        guard let number = value.number else { return nil }
        if let whole = number.int64 { return whole }
        guard let fraction = number.double?.rounded(.down), fraction.magnitude < 0x1p53 else { return nil }
        return Int64(fraction)
    }

    private static func refusal(_ reason: String) -> GatewayError {
        GatewayError(.invalidJWT, "Could not verify JWT: \(reason)")
    }
}
