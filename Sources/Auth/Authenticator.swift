// From the credentials of a request to its `Caller` (rules of the gateway, "Identity"): a credential that is presented and
// does not verify refuses the request; nothing falls back to another credential or to anonymous.

package import Base
package import Metadata
package import Outbound
package import Reactor

package final class Authenticator: Sendable {
    private let adminSecret: Secret?
    private let verifier: TokenVerifier
    private let webhook: IdentityWebhook?
    private let cache: VerifiedTokenCache
    private let anonymous = Caller(kind: .anonymous)
    private let admin = Caller(kind: .admin)

    /// Fails when a key is not one for its algorithm; the error points into `file`. Published keys are fetched through
    /// `outbound` when a token first asks for them.
    package init(
        _ configuration: AuthConfiguration, file: String, cachedTokens: Int = 4096, outbound: OutboundClient
    ) async throws(ConfigurationFailure) {
        let cache = VerifiedTokenCache(capacity: cachedTokens)
        var issuers: [TokenVerifier.Issuer] = []
        var errors: [ConfigurationError] = []
        for token in configuration.tokens {
            switch token.keys {
            case .fixed(let algorithm, let key):
                do {
                    let key = try await SignatureKey(algorithm, key: key)
                    issuers.append(TokenVerifier.Issuer(keys: .fixed(key), configuration: token))
                } catch {
                    errors.append(
                        ConfigurationError(
                            file: file, pointer: jsonPointer(token.pointer, "key"), message: error.message))
                }
            case .published(let configuration):
                // Callers whose key was withdrawn are to be verified anew.
                let keys = KeySet(configuration, client: outbound) { cache.removeAll() }
                issuers.append(TokenVerifier.Issuer(keys: .published(keys), configuration: token))
            }
        }
        guard errors.isEmpty else { throw ConfigurationFailure(errors) }
        adminSecret = configuration.adminSecret
        verifier = TokenVerifier(issuers: issuers)
        webhook = configuration.webhook.map { IdentityWebhook($0, client: outbound) }
        self.cache = cache
    }

    /// The caller when that takes no verification: anonymous, admin, or a token seen before. `nil` decides nothing; ask
    /// `authenticate`. `now` is in seconds since 1970.
    package func cached(_ credentials: Credentials, now: Int64) -> Caller? {
        if let presented = credentials.adminSecret {
            return credentials.claimHeaders.isEmpty && isAdminSecret(presented) ? admin : nil
        }
        if webhook != nil {
            guard !credentials.forwarded.isEmpty else { return anonymous }
            return cache.caller(
                for: .init(credentials.forwarded, requestedRole: credentials.requestedRole), now: now)
        }
        guard let authorization = credentials.authorization else { return anonymous }
        return cache.caller(
            for: .init(authorization: authorization, requestedRole: credentials.requestedRole), now: now)
    }

    /// Verifies what is presented; `now` is in seconds since 1970. Runs on `loop` and resumes there. Throws `invalid-jwt`,
    /// `jwt-invalid-claims`, `access-denied`, `invalid-headers`, or `unavailable` when published keys cannot be had.
    package func authenticate(
        _ credentials: Credentials, now: Int64, on loop: EventLoop
    ) async throws(GatewayError) -> Caller {
        if let caller = cached(credentials, now: now) { return caller }
        if let presented = credentials.adminSecret {
            guard isAdminSecret(presented) else {
                throw GatewayError(.accessDenied, "invalid \"x-perigee-admin-secret\"")
            }
            return try impersonate(credentials.claimHeaders)
        }
        if let webhook { return try await identify(credentials, by: webhook, now: now, on: loop) }
        guard let authorization = credentials.authorization else { return anonymous }
        guard let token = Authenticator.bearerToken(authorization) else {
            throw GatewayError(.invalidHeaders, "Malformed Authorization header")
        }
        let verified = try await verifier.verify(token, role: credentials.requestedRole, now: now, on: loop)
        let caller = Caller(kind: .user, claims: verified.claims, expiresAt: verified.expiresAt)
        return cache.insert(
            caller, for: .init(authorization: authorization, requestedRole: credentials.requestedRole))
    }

    private func identify(
        _ credentials: Credentials, by webhook: IdentityWebhook, now: Int64, on loop: EventLoop
    ) async throws(GatewayError) -> Caller {
        let identity = try await webhook.identify(
            credentials.forwarded, role: credentials.requestedRole, now: now, on: loop)
        guard identity.lifetime > 0 else { return Caller(kind: .user, claims: identity.claims) }
        let caller = Caller(kind: .user, claims: identity.claims, expiresAt: now + identity.lifetime)
        return cache.insert(
            caller, for: .init(credentials.forwarded, requestedRole: credentials.requestedRole))
    }

    private func isAdminSecret(_ presented: [UInt8]) -> Bool {
        guard let adminSecret else { return false }
        return equalsInConstantTime(presented, adminSecret.bytes)
    }

    /// `Bearer <token>` (RFC 6750 section 2.1); the scheme's case does not matter (RFC 9110 section 11.1).
    private static func bearerToken(_ value: [UInt8]) -> ArraySlice<UInt8>? {
        let scheme = Array("bearer".utf8)
        guard value.count > scheme.count, value.prefix(scheme.count).map({ $0 | 0x20 }) == scheme,
            value[scheme.count] == UInt8(ascii: " ")
        else { return nil }
        let token = value[scheme.count...].drop { $0 == UInt8(ascii: " ") }
        return token.isEmpty ? nil : token
    }

    // MARK: Impersonation

    private static let claimPrefix = "x-perigee-"

    /// The admin secret was right: with a role the admin acts as that caller, else the headers are claims of the admin.
    private func impersonate(_ headers: [Credentials.ClaimHeader]) throws(GatewayError) -> Caller {
        var claims = JSONObject()
        for header in headers {
            guard header.name.span.firstInvalidUTF8() == nil, header.value.span.firstInvalidUTF8() == nil else {
                throw GatewayError(.invalidHeaders, "a claim header is not UTF-8")
            }
            let name = lowercasedASCII(String(decoding: header.name, as: UTF8.self))
            guard name.hasPrefix(Authenticator.claimPrefix), name != "x-perigee-admin-secret" else { continue }
            let claim = claimName(String(name.dropFirst(Authenticator.claimPrefix.count)))
            guard !claim.isEmpty, claims[claim] == nil else {
                throw GatewayError(.invalidHeaders, "two claim headers have the name \"\(claim)\"")
            }
            claims[claim] = .string(String(decoding: header.value, as: UTF8.self))
        }
        guard let role = claims["role"] else {
            return claims.isEmpty ? admin : Caller(kind: .admin, claims: claims)
        }
        // An empty role would be a slip of a script that meant to give up the admin's rights.
        guard role != .string("") else { throw GatewayError(.invalidHeaders, "the header \"X-Perigee-Role\" is empty") }
        return Caller(kind: .user, claims: claims)
    }
}
