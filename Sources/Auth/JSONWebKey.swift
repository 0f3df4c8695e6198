// Keys as an issuer publishes them (RFC 7517, RFC 7518 section 6, RFC 8037). What is not a public key for signatures, or not
// one that can be trusted, is left out: a set may hold keys for other uses.

internal import Base
internal import Metadata

struct PublishedKey: Sendable {
    let keyID: String?
    let key: SignatureKey

    /// Keys of one set at most.
    static let maximumCount = 100

    /// The keys of a set; `nil` for what is no set. `algorithms` are for keys that do not say theirs.
    static func read(_ bytes: [UInt8], algorithms: [TokenAlgorithm]) async -> [PublishedKey]? {
        guard bytes.span.firstInvalidUTF8() == nil,
            let object = (try? JSONScanner.parse(bytes, maximumDepth: 16))?.object,
            case .array(let list)? = object["keys"]
        else { return nil }
        var keys: [PublishedKey] = []
        for case .object(let jwk) in list.prefix(maximumCount) {
            guard isForSignatures(jwk), let material = SignatureKey.Material(jwk) else { continue }
            for algorithm in taken(jwk, material, algorithms) {
                guard let key = try? await SignatureKey(algorithm, material) else { continue }
                keys.append(PublishedKey(keyID: jwk["kid"]?.string, key: key))
            }
        }
        return keys
    }

    /// RFC 7517 sections 4.2 and 4.3.
    private static func isForSignatures(_ jwk: JSONObject) -> Bool {
        if let use = jwk["use"], use != .string("sig") { return false }
        if let operations = jwk["key_ops"] {
            guard case .array(let list) = operations, list.contains(.string("verify")) else { return false }
        }
        return true
    }

    /// The algorithms a key is for: what it says, else what is configured and fits, else its kind's own.
    private static func taken(
        _ jwk: JSONObject, _ material: SignatureKey.Material, _ configured: [TokenAlgorithm]
    ) -> [TokenAlgorithm] {
        let fitting = material.algorithms
        if let said = jwk["alg"] {
            guard let algorithm = said.string.flatMap(TokenAlgorithm.init(rawValue:)), fitting.contains(algorithm),
                configured.isEmpty || configured.contains(algorithm)
            else { return [] }
            return [algorithm]
        }
        return configured.isEmpty ? Array(fitting.prefix(1)) : configured.filter(fitting.contains)
    }
}

extension SignatureKey {
    /// The numbers of a public key, in base64url.
    enum Material: Sendable {
        case rsa(modulus: String, exponent: String)
        case ellipticCurve(TokenAlgorithm, x: String, y: String)
        case ed25519(x: String)

        /// `nil` for other kinds of keys, shared ones among them, and for numbers that are none.
        init?(_ jwk: JSONObject) {
            func number(_ name: String) -> (text: String, bytes: [UInt8])? {
                guard let text = jwk[name]?.string, let bytes = Base64URL.decode(Array(text.utf8)) else { return nil }
                return (text, bytes)
            }
            switch (jwk["kty"]?.string, jwk["crv"]?.string) {
            case ("RSA", _):
                guard let modulus = number("n"), let exponent = number("e"),
                    (256...1024).contains(modulus.bytes.drop { $0 == 0 }.count),
                    (1...8).contains(exponent.bytes.count), exponent.bytes.last.map({ $0 & 1 == 1 }) == true,
                    exponent.bytes != [1]
                else { return nil }
                self = .rsa(modulus: modulus.text, exponent: exponent.text)
            case ("EC", let curve):
                let algorithms: [String: TokenAlgorithm] = ["P-256": .es256, "P-384": .es384, "P-521": .es512]
                guard let algorithm = curve.flatMap({ algorithms[$0] }), let x = number("x"), let y = number("y") else {
                    return nil
                }
                self = .ellipticCurve(algorithm, x: x.text, y: y.text)
            case ("OKP", "Ed25519"):
                guard let x = number("x"), x.bytes.count == 32 else { return nil }
                self = .ed25519(x: x.text)
            default: return nil
            }
        }

        /// The one taken without being asked for first.
        var algorithms: [TokenAlgorithm] {
            switch self {
            case .rsa: [.rs256, .rs384, .rs512, .ps256, .ps384, .ps512]
            case .ellipticCurve(let algorithm, _, _): [algorithm]
            case .ed25519: [.edDSA]
            }
        }
    }
}
