// Published keys: which are taken, when they are fetched, and what becomes of tokens while they cannot be had.

import Base
import JWTKit
import Metadata
import Outbound
import Reactor
import Synchronization
import TestSupport
import Testing

@testable import Auth

@Suite(.timeLimit(.minutes(2)))
struct KeySetTests {
    private struct Payload: JWTPayload {
        var iss: String? = nil
        var aud = "app"
        var exp: Int64 = 1_900_000_000
        func verify(using algorithm: some JWTAlgorithm) {}
    }

    /// An issuer's private key with its public half as others read it.
    private struct Issued {
        let name: String
        let key = ES256PrivateKey()

        func token(kid: String?, issuer: String? = nil) async throws -> String {
            let keys = JWTKeyCollection()
            await keys.add(ecdsa: key)
            var header = JWTHeader()
            header.kid = kid
            return try await keys.sign(Payload(iss: issuer), header: header)
        }

        var jwk: String {
            let numbers = key.publicKey.parameters ?? ("", "")
            return
                #"{"kty":"EC","crv":"P-256","use":"sig","kid":"\#(name)","x":"\#(url(numbers.x))","y":"\#(url(numbers.y))"}"#
        }

        private func url(_ base64: String) -> String {
            String(base64.compactMap { ["+": "-", "/": "_", "=": nil][$0, default: $0] })
        }
    }

    private static let here = AddressPolicy(allowed: [AddressPolicy.Range("127.0.0.0/8")].compactMap { $0 })

    private func set(_ keys: [String], _ headers: [String] = []) -> ScriptedServer.Reply {
        reply("200 OK", headers, #"{"keys":[\#(keys.joined(separator: ","))]}"#)
    }

    private func authenticator(
        _ urls: [String], _ adjust: (inout TokenConfiguration, Int) -> Void = { _, _ in }
    ) async throws -> Authenticator {
        var configuration = AuthConfiguration()
        configuration.tokens = urls.enumerated().map { index, url in
            var token = TokenConfiguration(keySet: KeySetConfiguration(url: url))
            token.audiences = ["app"]
            adjust(&token, index)
            return token
        }
        return try await Authenticator(
            configuration, file: "perigee.yaml", outbound: OutboundClient(policy: Self.here))
    }

    /// The outcome of each token in turn, asked on the loop.
    private func outcomes(_ authenticator: Authenticator, _ tokens: [String]) async -> [String] {
        let answers = Mutex<[String]>([])
        await testLoop.task {
            for token in tokens {
                let answer = await outcome(authenticator, bearer(token))
                answers.withLock { $0.append(String(answer.prefix { $0 != " " })) }
            }
        }.value
        return answers.withLock { $0 }
    }

    @Test func `a published key verifies its tokens, by name or without one, and is fetched once`() async throws {
        let (first, second) = (Issued(name: "a"), Issued(name: "b"))
        let server = try ScriptedServer { [jwks = [first.jwk, second.jwk]] _ in set(jwks) }
        defer { server.stop() }
        let answers = try await outcomes(
            authenticator([server.url]),
            [
                first.token(kid: "a"), second.token(kid: "b"), first.token(kid: nil), first.token(kid: "b"),
                Issued(name: "a").token(kid: "a"),
            ])
        #expect(answers == ["user", "user", "user", "invalid-jwt:", "invalid-jwt:"])
        #expect(server.requests.count == 1)
    }

    @Test func `a storm of unknown names asks the issuer once`() async throws {
        let issued = Issued(name: "a")
        let server = try ScriptedServer { [jwk = issued.jwk] _ in set([jwk]) }
        defer { server.stop() }
        var tokens = [try await issued.token(kid: "a")]
        for number in 0..<50 { tokens.append(try await issued.token(kid: "unknown \(number)")) }
        tokens.append(try await issued.token(kid: "a"))
        let answers = try await outcomes(authenticator([server.url]), tokens)
        #expect(answers.first == "user" && answers.last == "user")
        #expect(answers.dropFirst().dropLast().allSatisfy { $0 == "invalid-jwt:" })
        #expect(server.requests.count == 1)
    }

    @Test func `many that ask at once wait for one fetch`() async throws {
        let issued = Issued(name: "a")
        let server = try ScriptedServer { [jwk = issued.jwk] _ in set([jwk]) }
        defer { server.stop() }
        let authenticator = try await authenticator([server.url])
        let token = try await issued.token(kid: "a")
        let answers = Mutex<[String]>([])
        let tasks = (0..<40).map { _ in
            testLoop.task {
                let answer = await outcome(authenticator, bearer(token))
                answers.withLock { $0.append(String(answer.prefix { $0 != " " })) }
            }
        }
        for task in tasks { await task.value }
        #expect(answers.withLock { $0 } == [String](repeating: "user", count: 40))
        #expect(server.requests.count == 1)
    }

    /// Without a pause, so that a name that is not there is asked for each time.
    private func keys(_ url: String, grace: Int64, withdrawn: @escaping @Sendable () -> Void = {}) -> KeySet {
        KeySet(
            KeySetConfiguration(url: url), client: OutboundClient(policy: Self.here),
            bounds: KeySet.Bounds(pause: 0, grace: grace), withdrawn: withdrawn)
    }

    private func found(_ keys: KeySet, _ name: String?) async -> String {
        let answer = Mutex("")
        await testLoop.task {
            do throws(KeySet.Unavailable) {
                let count = try await keys.keys(named: name, on: testLoop).count
                answer.withLock { $0 = "\(count)" }
            } catch {
                answer.withLock { $0 = "unavailable" }
            }
        }.value
        return answer.withLock { $0 }
    }

    @Test func `a new key is found, and one that is withdrawn is not`() async throws {
        let step = Mutex(0)
        let (old, new) = (Issued(name: "old"), Issued(name: "new"))
        let server = try ScriptedServer { [old = old.jwk, new = new.jwk] _ in
            let sets = [[old], [old, new], [new]]
            return set(step.withLock { sets[min($0, 2)] })
        }
        defer { server.stop() }
        let withdrawals = Mutex(0)
        let keys = keys(server.url, grace: 0) { withdrawals.withLock { $0 += 1 } }
        #expect(await found(keys, "old") == "1")
        #expect(await found(keys, "new") == "0")
        step.withLock { $0 = 1 }
        #expect(await found(keys, "new") == "1")
        #expect(withdrawals.withLock { $0 } == 0)
        step.withLock { $0 = 2 }
        // Another name makes it ask again.
        #expect(await found(keys, "third") == "0")
        #expect(withdrawals.withLock { $0 } == 1)
        #expect(await found(keys, "old") == "0")
    }

    @Test(
        arguments: [
            reply("500 Oops", [], "{}"), reply("302 Found", ["Location: /elsewhere"], ""),
            reply("200 OK", [], "nothing"),
            reply("200 OK", [], #"{"keys":[]}"#), reply("200 OK", [], #"{"keys":{}}"#),
            reply("200 OK", [], #"{"keys":[{"kty":"oct","k":"AAAA","kid":"a"}]}"#),
        ] as [ScriptedServer.Reply])
    func `without keys the gateway says so, and lets nobody in`(_ answer: ScriptedServer.Reply) async throws {
        let server = try ScriptedServer { _ in answer }
        defer { server.stop() }
        let token = try await Issued(name: "a").token(kid: "a")
        let answers = try await outcomes(authenticator([server.url]), [token, token])
        #expect(answers == ["unavailable:", "unavailable:"])
        // The second one did not ask again so soon.
        #expect(server.requests.count == 1)
    }

    @Test func `an issuer is not asked about another one's tokens`() async throws {
        let (mine, other) = (Issued(name: "a"), Issued(name: "a"))
        let servers = try [mine, other].map { issued in
            try ScriptedServer { [jwk = issued.jwk] _ in set([jwk]) }
        }
        defer { for server in servers { server.stop() } }
        let authenticator = try await authenticator(servers.map(\.url)) { token, index in
            token.issuer = ["https://mine", "https://other"][index]
        }
        let answers = try await outcomes(
            authenticator,
            [
                other.token(kid: "a", issuer: "https://other"), other.token(kid: "a", issuer: "https://mine"),
                mine.token(kid: "a", issuer: "https://mine"), mine.token(kid: "a"),
            ])
        #expect(answers == ["user", "invalid-jwt:", "user", "invalid-jwt:"])
    }

    @Test func `a shared secret made of a public key opens nothing`() async throws {
        let issued = Issued(name: "a")
        let server = try ScriptedServer { [jwk = issued.jwk] _ in set([jwk]) }
        defer { server.stop() }
        // The confusion of algorithms: HS256 with what everybody can read as its key.
        let forged = try await forge(
            header: #"{"alg":"HS256","kid":"a"}"#, #"{"aud":"app","exp":1900000000}"#,
            key: Secret(Array(issued.key.publicKey.pemRepresentation.utf8)))
        let unsigned = encode(#"{"alg":"none","kid":"a"}"#) + "." + encode(#"{"aud":"app","exp":1900000000}"#) + "."
        #expect(
            try await outcomes(authenticator([server.url]), [forged, unsigned]) == ["invalid-jwt:", "invalid-jwt:"])
    }

    private func rsa(_ members: String) throws -> String {
        let numbers = try Insecure.RSA.PublicKey(pem: rsaPublicKey).getKeyPrimitives()
        func text(_ bytes: some Sequence<UInt8>) -> String {
            String(decoding: Base64URL.encode(Array(bytes)), as: UTF8.self)
        }
        return #"{"kty":"RSA","n":"\#(text(numbers.modulus))","e":"\#(text(numbers.publicExponent))"\#(members)}"#
    }

    @Test(
        arguments: [
            ("", [], [.rs256]),
            (#","alg":"PS384""#, [], [.ps384]),
            (#","alg":"HS256""#, [], []),
            (#","alg":"ES256""#, [], []),
            (#","alg":7"#, [], []),
            (#","use":"enc""#, [], []),
            (#","key_ops":["verify"]"#, [], [.rs256]),
            (#","key_ops":["encrypt"]"#, [], []),
            ("", [.rs512, .es256, .ps256], [.rs512, .ps256]),
            (#","alg":"RS256""#, [.ps256], []),
        ] as [(String, [TokenAlgorithm], [TokenAlgorithm])])
    func `a key is for what it says`(
        _ members: String, _ configured: [TokenAlgorithm], _ taken: [TokenAlgorithm]
    ) async throws {
        let document = #"{"keys":[\#(try rsa(members))]}"#
        let keys = try #require(await PublishedKey.read(Array(document.utf8), algorithms: configured))
        #expect(keys.map(\.key.algorithm) == taken)
    }

    @Test(arguments: [
        #"{"kty":"RSA","n":"AQAB","e":"AQAB"}"#, #"{"kty":"RSA","n":"****","e":"AQAB"}"#, #"{"kty":"RSA"}"#,
        #"{"kty":"EC","crv":"P-256","x":"AAAA","y":"AAAA"}"#, #"{"kty":"EC","crv":"secp256k1","x":"AAAA","y":"AAAA"}"#,
        #"{"kty":"OKP","crv":"Ed25519","x":"AAAA"}"#, #"{"kty":"OKP","crv":"X25519","x":"AAAA"}"#,
        #"{"kty":"oct","k":"AAAA"}"#,
        "{}", "[]", "7", #"{"kty":["RSA"]}"#,
    ])
    func `what is no key that can be trusted is left out`(_ jwk: String) async throws {
        let document = #"{"keys":[\#(jwk)]}"#
        #expect(await PublishedKey.read(Array(document.utf8), algorithms: [])?.count == 0)
    }

    @Test(
        arguments: [
            ([], 600), (["Cache-Control: max-age=300"], 300), (["Cache-Control: public, MAX-AGE = 300"], 300),
            (["Cache-Control: public, max-age=300", "Age: 100"], 200), (["Cache-Control: max-age=5"], 60),
            (["Cache-Control: max-age=99999999"], 86_400), (["Cache-Control: no-store, max-age=300"], 60),
            (["Expires: Fri, 15 Jan 2027 08:10:00 GMT"], 600), (["Expires: 0"], 60),
            (["Cache-Control: max-age=120", "Expires: 0"], 120),
        ] as [([String], Int64)])
    func `how long keys are kept`(_ headers: [String], _ seconds: Int64) {
        let response = OutboundResponse(
            status: 200,
            headers: headers.map { line in
                let parts = line.split(separator: ": ", maxSplits: 1).map(String.init)
                return .init(parts[0], parts[1])
            }, body: [])
        // 2027-01-15T08:00:00Z
        #expect(KeySetLifetime(response, now: 1_800_000_000).seconds == seconds)
    }
}
