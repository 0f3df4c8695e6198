// A service of the owner's that says who a caller is (`auth.webhook`): it is handed the headers that are the credential, and
// answers with claims. An answer is kept as long as it says itself, and never longer than the configuration lets it.

internal import Base
internal import Metadata
internal import Outbound
internal import Reactor

final class IdentityWebhook: Sendable {
    private let configuration: IdentityWebhookConfiguration
    private let client: OutboundClient

    /// Bytes of an answer.
    private static let answerLimit = 64 << 10
    private static let maximumDepth = 32

    struct Identity {
        let claims: JSONObject
        /// Seconds the answer may be kept; 0 for one that must not be.
        let lifetime: Int64
    }

    init(_ configuration: IdentityWebhookConfiguration, client: OutboundClient) {
        self.configuration = configuration
        self.client = client
    }

    /// - Parameters:
    ///   - role: what the client asked for with `X-Hasura-Role`.
    ///   - now: seconds since 1970.
    /// - Throws: `access-denied` where the service says no, `unavailable` where it says nothing, `invalid-headers`,
    ///   `jwt-invalid-claims`.
    func identify(
        _ headers: [Credentials.ClaimHeader], role: [UInt8]?, now: Int64, on loop: EventLoop
    ) async throws(GatewayError) -> Identity {
        var handed: [OutboundRequest.Header] = [.init("Accept", "application/json")]
        for header in headers {
            guard header.value.span.firstInvalidUTF8() == nil else {
                throw GatewayError(.invalidHeaders, "a header that is a credential is not UTF-8")
            }
            handed.append(
                .init(String(decoding: header.name, as: UTF8.self), String(decoding: header.value, as: UTF8.self)))
        }
        let response: OutboundResponse
        do throws(OutboundFailure) {
            response = try await client.send(
                OutboundRequest(
                    .get, configuration.url, headers: handed, timeout: configuration.timeout,
                    responseLimit: Self.answerLimit),
                on: loop)
        } catch {
            throw unavailable(error.description)
        }
        switch response.status {
        case 200: break
        case 401, 403: throw GatewayError(.accessDenied, "The credential was not accepted.")
        default: throw unavailable("status \(response.status)")
        }
        guard response.body.span.firstInvalidUTF8() == nil,
            let object = (try? JSONScanner.parse(response.body, maximumDepth: Self.maximumDepth))?.object
        else { throw unavailable("the answer is not a JSON object") }
        let claims = try readClaims(object, at: configuration.claims, role: role)
        let longest = configuration.longestLifetime.components.seconds
        let stated = KeySetLifetime.stated(response, now: now) ?? 0
        return Identity(claims: claims, lifetime: min(max(stated, 0), longest))
    }

    private func unavailable(_ reason: String) -> GatewayError {
        GatewayError(
            .unavailable, "Who the caller is cannot be found out at the moment.",
            underlying: "\(configuration.url): \(reason)")
    }
}

extension VerifiedTokenCache.Key {
    /// Every byte that was handed on, each piece with its length, so that no two credentials share a key.
    init(_ headers: [Credentials.ClaimHeader], requestedRole: [UInt8]?) {
        var bytes: [UInt8] = []
        for piece in headers.flatMap({ [$0.name, $0.value] }) {
            for shift in stride(from: 0, to: 32, by: 8) {
                bytes.append(UInt8(truncatingIfNeeded: piece.count >> shift))
            }
            bytes += piece
        }
        self.init(authorization: bytes, requestedRole: requestedRole)
    }
}
