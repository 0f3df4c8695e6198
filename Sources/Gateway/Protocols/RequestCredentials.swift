// The headers of a request that say who sends it (rules of the API, section 5).
internal import Auth
internal import Base
internal import HTTP
internal import Metadata
internal import Outbound

enum RequestCredentials {
    /// - Throws: `invalid-headers` when a credential is given twice: which of the two would count must not be guessed.
    /// - Parameter auth: `nil` where only headers that every project knows are credentials.
    static func read(_ request: some HeaderFields, _ auth: AuthConfiguration? = nil) throws(GatewayError) -> Credentials
    {
        var credentials = Credentials()
        if let authorization = request.header(named: "authorization") {
            try requireSingle(request, "authorization")
            credentials.authorization = Array(authorization)
        }
        if let role = request.header(named: "x-hasura-role") {
            try requireSingle(request, "x-hasura-role")
            credentials.requestedRole = Array(role)
        }
        guard let secret = request.header(named: "x-perigee-admin-secret") else {
            if let auth { try read(request, auth, &credentials) }
            return credentials
        }
        try requireSingle(request, "x-perigee-admin-secret")
        credentials.adminSecret = Array(secret)
        var claims: [Credentials.ClaimHeader] = []
        request.forEachHeader { name, value in
            guard name.count > 10, Self.isClaimHeader(name) else { return }
            claims.append(Credentials.ClaimHeader(name: Array(name), value: Array(value)))
        }
        credentials.claimHeaders = claims
        return credentials
    }

    /// Where else a project lets credentials stand.
    private static func read(
        _ request: some HeaderFields, _ auth: AuthConfiguration, _ credentials: inout Credentials
    ) throws(GatewayError) {
        if let cookie = auth.cookie, credentials.authorization == nil,
            let token = try CookieCredential.read(request, cookie)
        {
            credentials.authorization = Array("Bearer ".utf8) + token
        }
        guard let webhook = auth.webhook else { return }
        var headers: [Credentials.ClaimHeader] = []
        request.forEachHeader { name, value in
            let name = String(decoding: name, as: UTF8.self).lowercased()
            guard webhook.forwarded.contains(name) else { return }
            headers.append(Credentials.ClaimHeader(name: Array(name.utf8), value: Array(value)))
        }
        credentials.forwarded = headers
    }

    /// The headers of these names, in lower case, as they came: in their order, each as often as it is there.
    static func forwarded(_ request: some HeaderFields, _ names: Set<String>) -> [OutboundRequest.Header] {
        if names.isEmpty { return [] }
        var headers: [OutboundRequest.Header] = []
        request.forEachHeader { name, value in
            let name = String(decoding: name, as: UTF8.self).lowercased()
            guard names.contains(name) else { return }
            headers.append(OutboundRequest.Header(name, String(decoding: value, as: UTF8.self)))
        }
        return headers
    }

    private static func requireSingle(_ request: some HeaderFields, _ name: StaticString) throws(GatewayError) {
        guard request.headerCount(named: name) == 1 else {
            throw GatewayError(.invalidHeaders, "The header \"\(name)\" is given more than once.")
        }
    }

    /// `X-Perigee-…` in any case, the secret itself left out.
    private static func isClaimHeader(_ name: ArraySlice<UInt8>) -> Bool {
        let text = String(decoding: name, as: UTF8.self).lowercased()
        return text.hasPrefix("x-perigee-") && text != "x-perigee-admin-secret"
    }
}
