// The `auth` section: who may say who they are, and how that is checked. Keys are held as secrets; what they mean for one
// algorithm is the business of the Auth module.

internal import Base

package struct AuthConfiguration: Sendable {
    /// Makes a caller admin; off unless set.
    package var adminSecret: Secret?
    /// Tried in this order.
    package var tokens: [TokenConfiguration] = []
    /// Where the section stands, for errors found later.
    package var pointer = "/auth"

    package init() {}

    static let keys = ["adminSecret", "jwt"]
    static let laterKeys = ["webhook", "cookie"]

    mutating func decode(_ node: ConfigurationNode) {
        pointer = node.pointer
        guard let section = node.section(Self.keys, later: Self.laterKeys) else { return }
        adminSecret = section["adminSecret"]?.secret()
        for node in section["jwt"]?.items() ?? [] {
            if let token = TokenConfiguration(node) { tokens.append(token) }
        }
    }
}

/// Signature algorithms of RFC 7518 section 3.1 and RFC 8037, by their registered names.
package enum TokenAlgorithm: String, Sendable, Hashable, CaseIterable {
    case hs256 = "HS256"
    case hs384 = "HS384"
    case hs512 = "HS512"
    case rs256 = "RS256"
    case rs384 = "RS384"
    case rs512 = "RS512"
    case ps256 = "PS256"
    case ps384 = "PS384"
    case ps512 = "PS512"
    case es256 = "ES256"
    case es384 = "ES384"
    case es512 = "ES512"
    case edDSA = "EdDSA"

    /// Bytes a shared key must have at least: the size of the hash (RFC 7518 section 3.2). `nil` for public keys.
    package var minimumKeyBytes: Int? {
        switch self {
        case .hs256: 32
        case .hs384: 48
        case .hs512: 64
        case .rs256, .rs384, .rs512, .ps256, .ps384, .ps512, .es256, .es384, .es512, .edDSA: nil
        }
    }
}

/// One entry of `auth.jwt`: a key and what tokens signed with it must say.
package struct TokenConfiguration: Sendable {
    package var algorithm: TokenAlgorithm
    /// The shared key's bytes, or a public key in PEM.
    package var key: Secret
    /// What `iss` must be, when set.
    package var issuer: String?
    /// One of these must be in `aud`, unless empty.
    package var audiences: [String] = []
    /// Where in the token the claims of `args.auth` are.
    package var claims = ClaimsPath()
    /// How far the issuer's clock may be off.
    package var leeway = Duration.zero
    /// Accepts tokens that never expire; refused unless said so.
    package var allowsTokensWithoutExpiry = false
    package var pointer = ""

    package init(algorithm: TokenAlgorithm, key: Secret) {
        self.algorithm = algorithm
        self.key = key
    }

    static let keys = ["algorithm", "key", "issuer", "audience", "claims", "leeway", "allowTokensWithoutExpiry"]
    static let laterKeys = ["jwks", "kid"]

    init?(_ node: ConfigurationNode) {
        guard let section = node.section(Self.keys, later: Self.laterKeys) else { return nil }
        // An entry that only names a later key has had its message.
        if section.members.isEmpty, node.value.object?["jwks"] != nil { return nil }
        let algorithm = section.required("algorithm")?.choice(TokenAlgorithm.self)
        let key = section.required("key")?.key(minimumBytes: algorithm?.minimumKeyBytes ?? 1)
        issuer = section["issuer"]?.text()
        audiences = section["audience"]?.texts() ?? []
        if let node = section["claims"], let text = node.text() {
            if let path = ClaimsPath(text) {
                claims = path
            } else {
                node.report(
                    "\"\(text)\" is not a path to claims",
                    "such as \"$\", \"$.perigee\", '$[\"a.b\"]' or the name of one claim")
            }
        }
        if let value = section["leeway"]?.duration(allowsZero: true) { leeway = value }
        if let value = section["allowTokensWithoutExpiry"]?.flag() { allowsTokensWithoutExpiry = value }
        pointer = node.pointer
        guard let algorithm, let key else { return nil }
        self.algorithm = algorithm
        self.key = key
    }
}

/// A way into the token's payload: `$` for all of it, `$.a.b`, `$["a.b"]`, or the plain name of one claim
/// (`https://hasura.io/jwt/claims`).
package struct ClaimsPath: Sendable, Hashable {
    package let segments: [String]

    /// The whole payload.
    package init() {
        segments = []
    }

    package init?(_ text: String) {
        guard text.hasPrefix("$") else {
            guard !text.isEmpty else { return nil }
            segments = [text]
            return
        }
        var rest = text.dropFirst()
        var segments: [String] = []
        while let first = rest.first {
            rest.removeFirst()
            switch first {
            case ".":
                let name = rest.prefix { $0 != "." && $0 != "[" }
                guard !name.isEmpty else { return nil }
                segments.append(String(name))
                rest = rest.dropFirst(name.count)
            case "[":
                guard let quote = rest.first, quote == "\"" || quote == "'" else { return nil }
                rest.removeFirst()
                let name = rest.prefix { $0 != quote }
                rest = rest.dropFirst(name.count)
                guard !name.isEmpty, rest.first == quote, rest.dropFirst().first == "]" else { return nil }
                segments.append(String(name))
                rest = rest.dropFirst(2)
            default:
                return nil
            }
        }
        self.segments = segments
    }
}
