// Takes the claims of `args.auth` out of a verified token's payload, and brings `x-hasura-*` names into the gateway's own
// form (`x-hasura-user-id` is `user_id`), the default role included.

internal import Base
internal import Metadata

private let foreignPrefix = "x-hasura-"

/// The claims at `path`. Fails when there are none, or when two of them have one name once normalised.
func readClaims(_ payload: JSONObject, at path: ClaimsPath, role: [UInt8]?) throws(GatewayError) -> JSONObject {
    var claims = payload
    for segment in path.segments {
        guard let next = claims[segment] else {
            throw GatewayError(.jwtInvalidClaims, "the token has no claims under \"\(segment)\"")
        }
        guard case .object(let object) = next else {
            throw GatewayError(.jwtInvalidClaims, "the claims under \"\(segment)\" are not an object")
        }
        claims = object
    }
    guard claims.members.contains(where: { lowercasedASCII($0.name).hasPrefix(foreignPrefix) }) else { return claims }
    return try normalise(claims, role: role)
}

private func normalise(_ claims: JSONObject, role: [UInt8]?) throws(GatewayError) -> JSONObject {
    var members: [JSONMember] = []
    var names: Set<String> = []
    for member in claims.members {
        var name = member.name
        let lowered = lowercasedASCII(name)
        if lowered.hasPrefix(foreignPrefix) {
            name = claimName(String(lowered.dropFirst(foreignPrefix.count)))
            if name == "default_role" { name = "role" }
        }
        guard !name.isEmpty, names.insert(name).inserted else {
            throw GatewayError(.jwtInvalidClaims, "two claims of the token have the name \"\(name)\"")
        }
        members.append(JSONMember(name: name, value: member.value))
    }
    var normalised = JSONObject(members)
    if let role = try chosenRole(normalised, requested: role) { normalised["role"] = .string(role) }
    return normalised
}

/// The role the request runs as: what the client asked for, if the token allows it, else the token's default.
private func chosenRole(_ claims: JSONObject, requested: [UInt8]?) throws(GatewayError) -> String? {
    let role: String?
    if let requested {
        guard !requested.isEmpty, requested.span.firstInvalidUTF8() == nil else {
            throw GatewayError(.invalidHeaders, "the header \"X-Hasura-Role\" is not a role")
        }
        role = String(decoding: requested, as: UTF8.self)
    } else {
        switch claims["role"] {
        case .string(let name): role = name
        case nil: role = nil
        case .null, .bool, .number, .array, .object:
            throw GatewayError(.jwtInvalidClaims, "the default role of the token is not a string")
        }
    }
    guard let role else { return nil }
    switch claims["allowed_roles"] {
    case .array(let allowed):
        guard allowed.contains(.string(role)) else {
            throw GatewayError(.accessDenied, "Your requested role is not in allowed roles")
        }
    case nil:
        // Without a list only the default may be had.
        guard claims["role"] == .string(role) else {
            throw GatewayError(.accessDenied, "Your requested role is not in allowed roles")
        }
    case .null, .bool, .number, .string, .object:
        throw GatewayError(.jwtInvalidClaims, "the allowed roles of the token are not a list")
    }
    return role
}

/// `user-id` as a claim is called in rules: `user_id`.
func claimName(_ lowered: String) -> String {
    String(lowered.map { $0 == "-" ? "_" : $0 })
}

/// Lower case of ASCII letters only: header names and claim prefixes have no others.
func lowercasedASCII(_ text: String) -> String {
    String(
        decoding: text.utf8.map { $0 >= UInt8(ascii: "A") && $0 <= UInt8(ascii: "Z") ? $0 | 0x20 : $0 }, as: UTF8.self)
}
