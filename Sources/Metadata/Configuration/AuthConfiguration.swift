// The `auth` section: who may say who they are, and how that is checked. Keys are held as secrets; what they mean for one
// algorithm is the business of the Auth module.

internal import Base

package struct AuthConfiguration: Sendable, Equatable {
    /// Makes a caller admin; off unless set.
    package var adminSecret: Secret?
    /// Tried in this order.
    package var tokens: [TokenConfiguration] = []
    /// Where browsers keep the token, when `Authorization` does not bring one.
    package var cookie: CookieConfiguration?
    /// Says who callers are, in place of tokens.
    package var webhook: IdentityWebhookConfiguration?
    /// Where the section stands, for errors found later.
    package var pointer = "/auth"

    package init() {}

    static let keys = ["adminSecret", "jwt", "cookie", "webhook"]

    mutating func decode(_ node: ConfigurationNode) {
        pointer = node.pointer
        guard let section = node.section(Self.keys) else { return }
        adminSecret = section["adminSecret"]?.secret()
        for node in section["jwt"]?.items() ?? [] {
            if let token = TokenConfiguration(node) { tokens.append(token) }
        }
        if let node = section["cookie"] {
            cookie = CookieConfiguration(node)
            if section["jwt"] == nil { node.report("\"cookie\" holds a token, and needs \"jwt\"") }
        }
        if let node = section["webhook"] {
            webhook = IdentityWebhookConfiguration(node)
            if section["jwt"] != nil {
                node.report("\"webhook\" and \"jwt\" exclude each other: a credential has one judge")
            }
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

/// One entry of `auth.jwt`: an issuer's keys and what tokens signed with them must say.
package struct TokenConfiguration: Sendable, Equatable {
    package enum Keys: Sendable, Equatable {
        /// The shared key's bytes, or a public key in PEM.
        case fixed(TokenAlgorithm, Secret)
        case published(KeySetConfiguration)
    }

    package var keys: Keys
    /// The fixed key takes only tokens that name it so (RFC 7515 section 4.1.4), when set.
    package var keyID: String?
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
        keys = .fixed(algorithm, key)
    }

    package init(keySet: KeySetConfiguration) {
        keys = .published(keySet)
    }

    static let keys = [
        "algorithm", "key", "kid", "jwks", "algorithms", "issuer", "audience", "allowAnyAudience", "claims", "leeway",
        "allowTokensWithoutExpiry",
    ]

    init?(_ node: ConfigurationNode) {
        guard let section = node.section(Self.keys) else { return nil }
        guard let keys = Self.readKeys(section) else { return nil }
        self.keys = keys
        keyID = section["kid"]?.text()
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
        let takesAnyAudience = section["allowAnyAudience"]?.flag() ?? false
        // Keys that are published sign for every application of the issuer.
        if case .published = keys, audiences.isEmpty, !takesAnyAudience {
            node.report(
                "\"jwks\" needs \"audience\": an issuer signs tokens for others, too",
                "name this application, or set allowAnyAudience: true")
        }
    }

    private static func readKeys(_ section: ConfigurationSection) -> Keys? {
        let published = ["jwks", "algorithms"]
        let fixed = ["algorithm", "key", "kid"]
        let isPublished = section["jwks"] != nil
        for name in isPublished ? fixed : published where section[name] != nil {
            section[name]?.report(
                isPublished
                    ? "\"\(name)\" and \"jwks\" exclude each other: the key set says it" : "\"\(name)\" needs \"jwks\"",
                isPublished ? "leave it out" : nil)
        }
        if let node = section["jwks"] {
            guard let url = node.text() else { return nil }
            guard KeySetConfiguration.isSafe(url) else {
                node.report(
                    "\"\(url)\" is no https URL",
                    "keys that anyone on the way can replace are none; http is for localhost")
                return nil
            }
            var keySet = KeySetConfiguration(url: url)
            for node in section["algorithms"]?.items() ?? [] {
                guard let algorithm = node.choice(TokenAlgorithm.self) else { continue }
                if algorithm.minimumKeyBytes == nil {
                    keySet.algorithms.append(algorithm)
                } else {
                    node.report("\(algorithm.rawValue) needs a shared key, and none is published")
                }
            }
            return .published(keySet)
        }
        let algorithm = section.required("algorithm")?.choice(TokenAlgorithm.self)
        let key = section.required("key")?.key(minimumBytes: algorithm?.minimumKeyBytes ?? 1)
        guard let algorithm, let key else { return nil }
        return .fixed(algorithm, key)
    }

    /// The key that tokens can be signed with here, too.
    package var sharedKey: (algorithm: TokenAlgorithm, key: Secret)? {
        guard case .fixed(let algorithm, let key) = keys, algorithm.minimumKeyBytes != nil else { return nil }
        return (algorithm, key)
    }
}

/// Keys that an issuer publishes (RFC 7517 section 5).
package struct KeySetConfiguration: Sendable, Hashable {
    package var url: String
    /// For keys that do not say theirs; empty: RS256 for RSA, else what the curve says.
    package var algorithms: [TokenAlgorithm] = []

    package init(url: String) {
        self.url = url
    }

    /// https, or http on this machine.
    static func isSafe(_ url: String) -> Bool {
        if url.lowercased().hasPrefix("https://") { return true }
        return ["localhost", "127.0.0.1", "[::1]"].contains { host in
            let origin = "http://" + host
            guard url.lowercased().hasPrefix(origin) else { return false }
            return [nil, ":", "/"].contains(url.dropFirst(origin.count).first)
        }
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
