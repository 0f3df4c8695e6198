// A key that checks (and, if shared, makes) signatures of one algorithm. The only file that knows the JWT library: another
// algorithm or a key set is added here, and nowhere else.

internal import Foundation
internal import JWTKit
internal import Metadata

struct SignatureKey: Sendable {
    let algorithm: TokenAlgorithm
    private let implementation: any JWTAlgorithm

    struct Failure: Error {
        let message: String
    }

    /// `key` is a shared key's bytes, or a public key or certificate in PEM.
    init(_ algorithm: TokenAlgorithm, key: Secret) async throws(Failure) {
        // The library aborts on shorter keys, so they must not reach it by any way.
        if let minimum = algorithm.minimumKeyBytes, key.bytes.count < minimum {
            throw Failure(message: "the key has \(key.bytes.count) bytes; at least \(minimum) are needed")
        }
        self.algorithm = algorithm
        do {
            implementation = try await SignatureKey.makeImplementation(algorithm, key)
        } catch {
            throw Failure(message: "the key is not a public key for \(algorithm.rawValue) in PEM")
        }
    }

    init(_ algorithm: TokenAlgorithm, _ material: Material) async throws(Failure) {
        self.algorithm = algorithm
        do {
            implementation = try await SignatureKey.makeImplementation(algorithm, material)
        } catch {
            throw Failure(message: "the numbers are not a public key for \(algorithm.rawValue)")
        }
    }

    private static func makeImplementation(
        _ algorithm: TokenAlgorithm, _ material: Material
    ) async throws -> any JWTAlgorithm {
        let keys = JWTKeyCollection()
        switch material {
        case .rsa(let modulus, let exponent):
            let key = try Insecure.RSA.PublicKey(modulus: modulus, exponent: exponent)
            switch algorithm {
            case .rs256: await keys.add(rsa: key, digestAlgorithm: .sha256)
            case .rs384: await keys.add(rsa: key, digestAlgorithm: .sha384)
            case .rs512: await keys.add(rsa: key, digestAlgorithm: .sha512)
            case .ps256: await keys.add(pss: key, digestAlgorithm: .sha256)
            case .ps384: await keys.add(pss: key, digestAlgorithm: .sha384)
            case .ps512: await keys.add(pss: key, digestAlgorithm: .sha512)
            case .hs256, .hs384, .hs512, .es256, .es384, .es512, .edDSA: throw Failure(message: "not for RSA")
            }
        case .ellipticCurve(let own, let x, let y):
            switch own {
            case .es256: await keys.add(ecdsa: try ES256PublicKey(parameters: (x, y)))
            case .es384: await keys.add(ecdsa: try ES384PublicKey(parameters: (x, y)))
            default: await keys.add(ecdsa: try ES512PublicKey(parameters: (x, y)))
            }
        case .ed25519(let x): await keys.add(eddsa: try EdDSA.PublicKey(x: x, curve: .ed25519))
        }
        return try await keys.getKey()
    }

    private static func makeImplementation(
        _ algorithm: TokenAlgorithm, _ key: Secret
    ) async throws -> any JWTAlgorithm {
        let keys = JWTKeyCollection()
        let text = String(decoding: key.bytes, as: UTF8.self)
        let isCertificate = text.contains("-----BEGIN CERTIFICATE-----")
        func rsa() throws -> Insecure.RSA.PublicKey {
            try isCertificate ? .init(certificatePEM: text) : .init(pem: text)
        }
        let hmac = HMACKey(from: key.bytes)
        switch algorithm {
        case .hs256: await keys.add(hmac: hmac, digestAlgorithm: .sha256)
        case .hs384: await keys.add(hmac: hmac, digestAlgorithm: .sha384)
        case .hs512: await keys.add(hmac: hmac, digestAlgorithm: .sha512)
        case .rs256: try await keys.add(rsa: rsa(), digestAlgorithm: .sha256)
        case .rs384: try await keys.add(rsa: rsa(), digestAlgorithm: .sha384)
        case .rs512: try await keys.add(rsa: rsa(), digestAlgorithm: .sha512)
        case .ps256: try await keys.add(pss: rsa(), digestAlgorithm: .sha256)
        case .ps384: try await keys.add(pss: rsa(), digestAlgorithm: .sha384)
        case .ps512: try await keys.add(pss: rsa(), digestAlgorithm: .sha512)
        case .es256: try await keys.add(ecdsa: isCertificate ? ES256PublicKey(certificate: text) : .init(pem: text))
        case .es384: try await keys.add(ecdsa: isCertificate ? ES384PublicKey(certificate: text) : .init(pem: text))
        case .es512: try await keys.add(ecdsa: isCertificate ? ES512PublicKey(certificate: text) : .init(pem: text))
        case .edDSA: try await keys.add(eddsa: EdDSA.PublicKey(pem: text))
        }
        return try await keys.getKey()
    }

    /// Whether `signature` was made over `content` with this key. A signature of the wrong shape is a wrong signature.
    func verifies(_ signature: [UInt8], of content: [UInt8]) -> Bool {
        (try? implementation.verify(signature, signs: content)) ?? false
    }

    /// The signature of `content`; `nil` for a public key.
    func sign(_ content: [UInt8]) -> [UInt8]? {
        try? implementation.sign(content)
    }
}
