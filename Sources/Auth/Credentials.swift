// What a request presents to say who it is: raw header values, or the same fields of a WebSocket's `connection_init`.

package struct Credentials: Sendable {
    /// A header `X-Perigee-<Claim>`, name and value as received.
    package struct ClaimHeader: Sendable, Hashable {
        package let name: [UInt8]
        package let value: [UInt8]

        package init(name: [UInt8], value: [UInt8]) {
            self.name = name
            self.value = value
        }
    }

    /// The value of `Authorization`, without white space around it.
    package var authorization: [UInt8]?
    /// The value of `X-Perigee-Admin-Secret`.
    package var adminSecret: [UInt8]?
    /// All headers whose names start with `X-Perigee-`; they count only beside a valid admin secret.
    package var claimHeaders: [ClaimHeader] = []
    /// The value of `X-Hasura-Role`: picks one of the roles that a token with `x-hasura-*` claims allows.
    package var requestedRole: [UInt8]?
    /// What `auth.webhook` is handed, names in lower case; empty without one.
    package var forwarded: [ClaimHeader] = []

    package init(
        authorization: [UInt8]? = nil, adminSecret: [UInt8]? = nil, claimHeaders: [ClaimHeader] = [],
        requestedRole: [UInt8]? = nil
    ) {
        self.authorization = authorization
        self.adminSecret = adminSecret
        self.claimHeaders = claimHeaders
        self.requestedRole = requestedRole
    }

    /// A token that came without a scheme, as in `connection_init.payload.authToken`.
    package init(token: [UInt8]) {
        authorization = Array("Bearer ".utf8) + token
    }
}
