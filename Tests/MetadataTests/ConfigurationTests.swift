// The project file: what is read, with which defaults, and every way in which it is refused with a useful sentence.

import Base
import Foundation
import Metadata
import TestSupport
import Testing

private let secretKey = String(repeating: "k", count: 32)

private func decode(_ text: String, environment: [String: String] = [:]) throws -> ProjectConfiguration {
    let bytes = Array(text.utf8)
    do {
        let configuration = try ProjectConfiguration.decode(
            bytes, file: "perigee.yaml", directory: "", environment: { environment[$0] })
        compareWithSchema(bytes, [])
        return configuration
    } catch {
        compareWithSchema(bytes, error.errors)
        throw error
    }
}

private let schema = JSONSchema.contract("config.schema.json")

/// Every configuration that a test makes wrong, and every one that it makes right, is a case for the schema.
private func compareWithSchema(_ bytes: [UInt8], _ errors: [ConfigurationError]) {
    guard let tree = try? DocumentTree.read(bytes, file: "perigee.yaml") else { return }
    #expect(SchemaAgreement.difference(tree, errors, schema) == nil, "\(tree.text)")
}

/// The lines a start would print.
private func complaints(_ text: String, environment: [String: String] = [:]) -> [String] {
    do {
        _ = try decode(text, environment: environment)
        return []
    } catch {
        return String(describing: error).split(separator: "\n").map(String.init)
    }
}

/// A configuration whose `sources` are right, with more sections around.
private func withSources(_ rest: String) -> String {
    "sources: { main: { kind: sqlite, url: \"sqlite:app.db\" } }\n" + rest
}

@Suite struct ConfigurationTests {
    @Test(
        arguments: [
            ("https://id.example/keys", []), ("http://localhost:8081/keys", []), ("http://127.0.0.1/keys", []),
            ("HTTPS://id.example", [.es256, .rs256]),
        ] as [(String, [TokenAlgorithm])])
    func `takes the place where an issuer publishes its keys`(_ url: String, _ algorithms: [TokenAlgorithm]) throws {
        let list = algorithms.map(\.rawValue).joined(separator: ", ")
        let more = algorithms.isEmpty ? "allowAnyAudience: true" : "audience: app, algorithms: [\(list)]"
        let configuration = try decode(withSources("auth: { jwt: [ { jwks: '\(url)', \(more) } ] }"))
        guard case .published(let keySet) = configuration.auth.tokens.first?.keys else {
            Issue.record("there are no published keys")
            return
        }
        #expect(keySet.url == url)
        #expect(keySet.algorithms == algorithms)
        #expect(configuration.auth.tokens.first?.sharedKey == nil)
    }

    @Test func `reads every key of the sections`() throws {
        let configuration = try decode(
            """
            server:
              host: 0.0.0.0
              port: 9000
              loops: 2
              introspection: true
              limits: { bodyBytes: 2MiB, depth: 9, tokens: 500, requestTimeout: 1500ms, headerTimeout: 1m }
              caches: { plans: 7 }
            documents: { trusted: [documents, /srv/manifest.json], only: true, automaticBytes: 1MiB }
            auth:
              adminSecret: env:ADMIN
              jwt:
                - { algorithm: HS256, key: env:KEY, issuer: "https://id.example", audience: [web, app], claims: $.perigee, leeway: 5s }
                - { algorithm: HS512, key: env:LONG, allowTokensWithoutExpiry: true }
            project: { key: env:KEY }
            sources:
              main:
                kind: sqlite
                url: sqlite:data/app.db
                track: listed
                prefix: app_
                readers: 3
                collections:
                  articles:
                    name: article
                    rootFields: { select: posts, selectByPk: post }
                    fields: { on: { name: live }, 7: { name: seven } }
                    relationships:
                      author: { object: authors, on: { author_id: id } }
                      comments: { array: comments, on: { id: article_id, "lang": lang } }
                    computedFields: { shout: { expression: upper(title), type: String } }
                  kinds: { enum: true }
                  tags:
            """,
            environment: ["ADMIN": "hunter2", "KEY": secretKey, "LONG": secretKey + secretKey])
        #expect(configuration.server.host == "0.0.0.0")
        #expect(configuration.server.port == 9000)
        #expect(configuration.server.loops == 2)
        #expect(configuration.server.introspection == true)
        #expect(configuration.server.limits.bodyBytes == 2 << 20)
        #expect(configuration.server.limits.depth == 9)
        #expect(configuration.server.limits.tokens == 500)
        #expect(configuration.server.limits.requestTimeout == .milliseconds(1500))
        #expect(configuration.server.limits.headerTimeout == .seconds(60))
        #expect(configuration.server.limits.aliases == 30)
        #expect(configuration.server.caches.plans == 7)
        #expect(configuration.documents.trusted == ["documents", "/srv/manifest.json"])
        #expect(configuration.documents.only)
        #expect(!configuration.documents.automatic)
        #expect(configuration.documents.automaticBytes == 1 << 20)
        #expect(configuration.auth.adminSecret?.bytes == Array("hunter2".utf8))
        #expect(configuration.projectKey?.bytes.count == 32)

        let tokens = configuration.auth.tokens
        #expect(tokens.map(\.sharedKey?.algorithm) == [.hs256, .hs512])
        #expect(tokens[0].issuer == "https://id.example")
        #expect(tokens[0].audiences == ["web", "app"])
        #expect(tokens[0].claims.segments == ["perigee"])
        #expect(tokens[0].leeway == .seconds(5))
        #expect(!tokens[0].allowsTokensWithoutExpiry)
        #expect(tokens[1].allowsTokensWithoutExpiry)
        #expect(tokens[1].pointer == "/auth/jwt/1")

        let source = try #require(configuration.sources.first)
        #expect(source.name == "main")
        #expect(source.location == .sqlite(path: "data/app.db"))
        #expect(source.track == .listed)
        #expect(source.prefix == "app_")
        #expect(source.readers == 3)
        #expect(source.collections.map(\.table) == ["articles", "kinds", "tags"])
        let articles = source.collections[0]
        #expect(articles.name == "article")
        #expect(articles.rootFields.select == "posts")
        #expect(articles.rootFields.selectByPk == "post")
        #expect(articles.rootFields.selectAggregate == nil)
        #expect(articles.fields.map(\.column) == ["on", "7"])
        #expect(articles.fields.map(\.name) == ["live", "seven"])
        #expect(articles.relationships.map(\.name) == ["author", "comments"])
        #expect(articles.relationships[0].cardinality == .object)
        #expect(articles.relationships[1].cardinality == .array)
        #expect(
            articles.relationships[1].columns == [
                .init(local: "id", remote: "article_id"), .init(local: "lang", remote: "lang"),
            ])
        #expect(articles.relationships[1].pointer == "/sources/main/collections/articles/relationships/comments")
        #expect(articles.computedFields.map(\.definition) == [.expression("upper(title)", type: "String")])
        #expect(source.collections[1].isEnum)
    }

    @Test func `a configuration may be short`() throws {
        let configuration = try decode("sources: { main: { kind: sqlite, url: 'sqlite:/data/app.db' } }")
        #expect(configuration.server == ServerConfiguration())
        #expect(configuration.server.port == 8080)
        #expect(configuration.server.limits.bodyBytes == 1 << 20)
        #expect(configuration.server.limits.responseBytes == 64 << 20)
        #expect(configuration.auth.adminSecret == nil)
        #expect(configuration.auth.tokens.isEmpty)
        #expect(configuration.sources[0].track == .all)
        #expect(configuration.sources[0].location == .sqlite(path: "/data/app.db"))
    }

    @Test func `json is read as well`() throws {
        let text = #"{"sources": {"main": {"kind": "sqlite", "url": "sqlite:app.db"}}, "server": {"port": 81}}"#
        for file in ["perigee.json", "perigee.yaml"] {
            let configuration = try ProjectConfiguration.decode(
                Array(text.utf8), file: file, directory: "/etc/app", environment: { _ in nil })
            #expect(configuration.server.port == 81)
            #expect(configuration.sources[0].location == .sqlite(path: "/etc/app/app.db"))
        }
    }

    @Test(arguments: [
        (
            "sources: { main: { kin: sqlite, kind: sqlite, url: 'sqlite:a' } }",
            "/sources/main/kin: unknown key \"kin\"; did you mean \"kind\"?"
        ),
        ("sources: {}", "/sources: at least one source is needed"),
        ("server: {}", "the key \"sources\" is missing"),
        ("[]", "must be an object, not a list"),
        ("sources: 7", "/sources: must be an object, not a number"),
        ("sources: { main: { kind: sqlite } }", "/sources/main: the key \"url\" is missing"),
        ("sources: { main: { url: 'sqlite:a' } }", "/sources/main: the key \"kind\" is missing"),
        (
            "sources: { main: { kind: mysql, url: 'x' } }",
            "/sources/main/kind: \"mysql\" is not supported by this version"
        ),
        (
            "sources: { main: { kind: sqlit, url: 'x' } }",
            "/sources/main/kind: unknown value \"sqlit\"; did you mean \"sqlite\"?"
        ),
        (
            "sources: { main: { kind: oracle, url: 'x' } }",
            "/sources/main/kind: unknown value \"oracle\"; must be \"sqlite\" or \"postgres\""
        ),
        (
            "sources: { a.b: { kind: sqlite, url: 'sqlite:a' } }",
            "/sources/a.b: \"a.b\" is not a name for a source; letters, digits and _ only, no digit first"
        ),
        (
            "sources: { main: { kind: postgres, url: 'sqlite:app.db' } }",
            "/sources/main/url: the URL of a PostgreSQL source starts with \"postgres://\"; such as \"postgres://user@localhost/app\""
        ),
        (
            "sources: { main: { kind: postgres, url: 'postgres://h/d', readers: 2 } }",
            "/sources/main/readers: a PostgreSQL source has no reader threads; use \"pool\""
        ),
        (
            "sources: { main: { kind: sqlite, url: 'sqlite:a', pool: { fast: 2 } } }",
            "/sources/main/pool: an SQLite source has no connections to a server; use \"readers\""
        ),
        (
            "sources: { main: { kind: postgres, url: 'postgres://h/d', pool: { fast: 0 } } }",
            "/sources/main/pool/fast: must be a whole number from 1 to 256, not 0"
        ),
        (
            "sources: { main: { kind: sqlite, url: app.db } }",
            "/sources/main/url: the URL of an SQLite source starts with \"sqlite:\"; such as \"sqlite:app.db\""
        ),
        (
            "sources: { main: { kind: sqlite, url: 'sqlite:' } }",
            "/sources/main/url: the URL names no file; such as \"sqlite:app.db\""
        ),
        (
            "sources: { main: { kind: sqlite, url: 'sqlite::memory:' } }",
            "/sources/main/url: a database in memory cannot be shared by several connections; name a file"
        ),
        (
            "sources: { main: { kind: sqlite, url: 'sqlite://app.db' } }",
            "/sources/main/url: \"sqlite://\" would name a host; \"sqlite:app.db\" for a relative path, \"sqlite:/data/app.db\" for an absolute one"
        ),
        (
            "sources: { main: { kind: sqlite, url: 'sqlite:a', track: some } }",
            "/sources/main/track: unknown value \"some\"; must be \"all\" or \"listed\""
        ),
        (
            "sources: { main: { kind: sqlite, url: 'sqlite:a', prefix: 'a', namespace: b } }",
            "/sources/main/namespace: a source has either a prefix or a namespace, not both"
        ),
        (
            "sources: { main: { kind: sqlite, url: 'sqlite:a', prefix: 'a-b' } }",
            "/sources/main/prefix: \"a-b\" is not a GraphQL name; letters, digits and _ only, no digit first, not __ first"
        ),
        (
            "sources: { main: { kind: sqlite, url: 'sqlite:a', readers: 0 } }",
            "/sources/main/readers: must be a whole number from 1 to 64, not 0"
        ),
        (
            "sources: { main: { kind: sqlite, url: 'sqlite:a', functions: {} } }",
            "/sources/main/functions: SQLite has no stored functions; use \"computedFields\" with an expression"
        ),
        (
            "sources: { main: { kind: sqlite, url: env:NOPE } }",
            "/sources/main/url: the environment variable \"NOPE\" is not set"
        ),
    ])
    func `refuses sources that are wrong`(text: String, expected: String) {
        #expect(complaints(text).contains("perigee.yaml: \(expected)"), "\(complaints(text))")
    }

    @Test(arguments: [
        (
            "server: { limits: { cost: 0 } }",
            "/server/limits/cost: must be a whole number from 1 to 1000000000000000, not 0"
        ),
        ("server: { limits: { cost: 1MiB } }", "/server/limits/cost: must be a number, not a string"),
        (
            "server: { limits: { assumedRows: -1 } }",
            "/server/limits/assumedRows: must be a whole number from 1 to 1000000000, not -1"
        ),
        ("server: { limits: { errors: 0 } }", "/server/limits/errors: must be a whole number from 1 to 10000, not 0"),
        ("server: { limits: { directives: none } }", "/server/limits/directives: must be a number, not a string"),
        (
            "server: { limits: { variablesDepth: 129 } }",
            "/server/limits/variablesDepth: must be a whole number from 1 to 128, not 129"
        ),
        (
            "server: { limits: { documentBytes: 0 } }",
            "/server/limits/documentBytes: must be a size such as 65536, \"64KiB\" or \"1MiB\", not 0"
        ),
        ("documents: { only: true }", "/documents/only: needs \"trusted\": without it nothing would be answered"),
        ("documents: { only: yes, trusted: d }", "/documents/only: must be true or false; did you mean true?"),
        (
            "documents: { only: true, trusted: d, automatic: true }",
            "/documents/automatic: must not be true beside \"only\": what clients send is not trusted"
        ),
        ("documents: { trusted: [] }", "/documents/trusted: must not be empty"),
        (
            "documents: { trusted: { a: b } }",
            "/documents/trusted: must be a string or a list of strings, not an object"
        ),
        (
            "documents: { automaticBytes: many }",
            "/documents/automaticBytes: must be a size such as 65536, \"64KiB\" or \"1MiB\", not \"many\""
        ),
        ("documents: { automatc: true }", "/documents/automatc: unknown key \"automatc\"; did you mean \"automatic\"?"),
        ("server: { port: 70000 }", "/server/port: must be a whole number from 0 to 65535, not 70000"),
        ("server: { port: \"80\" }", "/server/port: must be a number, not a string"),
        ("server: { port: 80.5 }", "/server/port: must be a whole number from 0 to 65535, not 80.5"),
        ("server: { prot: 80 }", "/server/prot: unknown key \"prot\"; did you mean \"port\"?"),
        ("server: { host: }", "/server/host: must be a string, not null"),
        ("server: { host: '' }", "/server/host: must not be empty"),
        ("server: { introspection: yes }", "/server/introspection: must be true or false; did you mean true?"),
        (
            "server: { tls: { certificate: no/such/file, key: env:SHORT } }",
            "/server/tls/certificate: the file \"no/such/file\": no such file"
        ),
        ("server: { tls: { certificate: env:SHORT } }", "/server/tls: the key \"key\" is missing"),
        (
            "server: { tls: { certificate: env:SHORT, key: env:SHORT, minimum: 1.1 } }",
            "/server/tls/minimum: unknown version \"1.1\"; must be \"1.2\" or \"1.3\""
        ),
        (
            "server: { tls: { certificate: env:SHORT, key: env:SHORT, certificates: [{ names: a b, certificate: env:SHORT, key: env:SHORT }] } }",
            "/server/tls/certificates/0/names: \"a b\" is no host name; such as \"api.example.org\" or \"*.example.org\""
        ),
        (
            "server: { tls: { certificate: env:SHORT, key: env:SHORT, certificates: [{ names: ['a.*.org'], certificate: env:SHORT, key: env:SHORT }] } }",
            "/server/tls/certificates/0/names: \"a.*.org\" is no host name; such as \"api.example.org\" or \"*.example.org\""
        ),
        (
            "server: { tls: { certificate: env:SHORT, key: env:SHORT, certificates: [{ names: [a, A], certificate: env:SHORT, key: env:SHORT }] } }",
            "/server/tls: the name \"a\" has two certificates"
        ),
        (
            "server: { tls: { certificate: env:SHORT, key: env:SHORT, clientCertificates: { required: true } } }",
            "/server/tls/clientCertificates: the key \"authority\" is missing"
        ),
        (
            "server: { origins: 'https://a/b' }",
            "/server/origins: \"https://a/b\" is not an origin; write scheme, host and port, such as https://app.example.org"
        ),
        (
            "server: { webSocket: { compression: { windowBits: 8 } } }",
            "/server/webSocket/compression/windowBits: must be a whole number from 9 to 15, not 8"
        ),
        ("server: { cors: {} }", "/server/cors: the key \"origins\" is missing"),
        (
            "server: { cors: { origins: app.example.org } }",
            "/server/cors/origins: \"app.example.org\" is no origin; such as https://app.example.org, without a path"
        ),
        (
            "server: { cors: { origins: https://app.example.org/ } }",
            "/server/cors/origins: \"https://app.example.org/\" is no origin; such as https://app.example.org, without a path"
        ),
        (
            "server: { cors: { origins: ['*', 'https://a'] } }",
            "/server/cors/origins: \"*\" stands for every origin; alone, as \"*\""
        ),
        (
            "server: { cors: { origins: '*', credentials: true } }",
            "/server/cors/credentials: credentials are not for pages of every origin; name the origins in \"origins\""
        ),
        (
            "server: { cors: { origins: 'https://a', headers: ['a b'] } }",
            "/server/cors/headers: \"a b\" is not the name of a header"
        ),
        (
            "server: { compression: { level: 10 } }",
            "/server/compression/level: must be a whole number from 1 to 9, not 10"
        ),
        ("server: { accessLog: {} }", "/server/accessLog: the key \"file\" is missing"),
        (
            "server: { serverTiming: yes }", "/server/serverTiming: must be true or false; did you mean true?"
        ),
        (
            "server: { limits: { bodyBytes: 1MB5 } }",
            "/server/limits/bodyBytes: must be a size such as 65536, \"64KiB\" or \"1MiB\", not \"1MB5\""
        ),
        (
            "server: { limits: { bodyBytes: 0 } }",
            "/server/limits/bodyBytes: must be a size such as 65536, \"64KiB\" or \"1MiB\", not 0"
        ),
        ("server: { limits: { bodyBytes: 63 } }", "/server/limits/bodyBytes: must be at least 64 bytes, not 63"),
        ("server: { limits: { headerBytes: 511 } }", "/server/limits/headerBytes: must be at least 512 bytes, not 511"),
        (
            "server: { limits: { documentBytes: 15B } }",
            "/server/limits/documentBytes: must be at least 16 bytes, not \"15B\""
        ),
        (
            "server: { limits: { variablesBytes: 1 } }",
            "/server/limits/variablesBytes: must be at least 2 bytes, not 1"
        ),
        (
            "server: { limits: { responseBytes: 1023 } }",
            "/server/limits/responseBytes: must be at least 1024 bytes, not 1023"
        ),
        (
            "server: { limits: { bodyBytes: 99999999999GiB } }",
            "/server/limits/bodyBytes: must be a size such as 65536, \"64KiB\" or \"1MiB\", not \"99999999999GiB\""
        ),
        (
            "server: { limits: { requestTimeout: 30 } }",
            "/server/limits/requestTimeout: must be a duration with its unit, such as \"500ms\", \"30s\" or \"10m\", not 30"
        ),
        (
            "server: { limits: { requestTimeout: 0s } }",
            "/server/limits/requestTimeout: must be longer than nothing and shorter than a year, not \"0s\""
        ),
        ("server: { limits: { depth: 1e9 } }", "/server/limits/depth: must be a whole number from 1 to 100, not 1e9"),
        ("server: { limits: { dept: 3 } }", "/server/limits/dept: unknown key \"dept\"; did you mean \"depth\"?"),
        ("server: { caches: { plans: -1 } }", "/server/caches/plans: must be a whole number from 1 to 1000000, not -1"),
        ("pubsub: { nats: x }", "/pubsub: \"pubsub\" is not supported by this version"),
        ("events: {}", "/events: \"events\" is not supported by this version"),
        ("functions: {}", "/functions: \"functions\" is not supported by this version"),
        ("files: {}", "/files: \"files\" is not supported by this version"),
        ("zebra: 1", "/zebra: unknown key \"zebra\""),
        ("rules: []", "/rules: must not be empty"),
        ("rules: 7", "/rules: must be a string or a list of strings, not a number"),
        ("rules: no-such-folder/*.json", "/rules: \"no-such-folder/*.json\" matches no file"),
        ("rules: [a.json, 'b*.jsn']", "/rules/1: \"b*.jsn\" matches no file"),
        ("project: { key: env:SHORT }", "/project/key: the key has 5 bytes; at least 32 are needed"),
    ])
    func `refuses settings that are wrong`(text: String, expected: String) {
        let lines = complaints(withSources(text), environment: ["SHORT": "short"])
        #expect(lines == ["perigee.yaml: \(expected)"])
    }

    @Test(arguments: [
        (
            "adminSecret: hunter2",
            "/auth/adminSecret: a secret must be \"env:NAME\" or \"file:PATH\"; it does not stand in the configuration itself"
        ),
        ("adminSecret: 1234", "/auth/adminSecret: a secret must be \"env:NAME\" or \"file:PATH\""),
        ("adminSecret: env:NOPE", "/auth/adminSecret: the environment variable \"NOPE\" is not set"),
        ("adminSecret: env:EMPTY", "/auth/adminSecret: the environment variable \"EMPTY\" is empty"),
        ("adminSecret: 'env:'", "/auth/adminSecret: \"env:\" must be followed by the name of a variable"),
        ("adminSecret: file:/no/such/file", "/auth/adminSecret: the file \"/no/such/file\": no such file"),
        ("adminSecret: file:/tmp", "/auth/adminSecret: the file \"/tmp\": is a directory"),
        ("adminSecret: file:/dev/zero", "/auth/adminSecret: the file \"/dev/zero\": is not a regular file"),
        ("jwt: { algorithm: HS256, key: env:KEY }", "/auth/jwt: must be a list, not an object"),
        (
            "jwt: [ { algorithm: HS256, key: env:SHORT } ]",
            "/auth/jwt/0/key: the key has 31 bytes; at least 32 are needed"
        ),
        (
            "jwt: [ { algorithm: HS384, key: env:KEY } ]",
            "/auth/jwt/0/key: the key has 32 bytes; at least 48 are needed"
        ),
        (
            "jwt: [ { algorithm: HS512, key: env:KEY } ]",
            "/auth/jwt/0/key: the key has 32 bytes; at least 64 are needed"
        ),
        (
            "jwt: [ { algorithm: none, key: env:KEY } ]",
            "/auth/jwt/0/algorithm: unknown value \"none\"; must be \"HS256\" or \"HS384\" or \"HS512\" or \"RS256\" or \"RS384\" or \"RS512\" or \"PS256\" or \"PS384\" or \"PS512\" or \"ES256\" or \"ES384\" or \"ES512\" or \"EdDSA\""
        ),
        ("jwt: [ { key: env:KEY } ]", "/auth/jwt/0: the key \"algorithm\" is missing"),
        ("jwt: [ { algorithm: HS256 } ]", "/auth/jwt/0: the key \"key\" is missing"),
        (
            "jwt: [ { jwks: 'https://id.example' } ]",
            "/auth/jwt/0: \"jwks\" needs \"audience\": an issuer signs tokens for others, too; name this application, or set allowAnyAudience: true"
        ),
        (
            "jwt: [ { jwks: 'http://id.example', audience: a } ]",
            "/auth/jwt/0/jwks: \"http://id.example\" is no https URL; keys that anyone on the way can replace are none; http is for localhost"
        ),
        (
            "jwt: [ { jwks: 'http://localhost.evil.example', audience: a } ]",
            "/auth/jwt/0/jwks: \"http://localhost.evil.example\" is no https URL; keys that anyone on the way can replace are none; http is for localhost"
        ),
        (
            "jwt: [ { jwks: 'https://id.example', algorithm: RS256, audience: a } ]",
            "/auth/jwt/0/algorithm: \"algorithm\" and \"jwks\" exclude each other: the key set says it; leave it out"
        ),
        (
            "jwt: [ { jwks: 'https://id.example', algorithms: [HS256], audience: a } ]",
            "/auth/jwt/0/algorithms/0: HS256 needs a shared key, and none is published"
        ),
        (
            "jwt: [ { algorithm: HS256, key: env:KEY, algorithms: [RS256] } ]",
            "/auth/jwt/0/algorithms: \"algorithms\" needs \"jwks\""
        ),
        (
            "jwt: [ { algorithm: HS256, key: env:KEY, claims: '$.' } ]",
            "/auth/jwt/0/claims: \"$.\" is not a path to claims; such as \"$\", \"$.perigee\", '$[\"a.b\"]' or the name of one claim"
        ),
        ("jwt: [ { algorithm: HS256, key: env:KEY, audience: [] } ]", "/auth/jwt/0/audience: must not be empty"),
        (
            "jwt: [ { algorithm: HS256, key: env:KEY, leeway: 5 } ]",
            "/auth/jwt/0/leeway: must be a duration with its unit, such as \"500ms\", \"30s\" or \"10m\", not 5"
        ),
    ])
    func `refuses authentication that is wrong`(text: String, expected: String) {
        let environment = ["KEY": secretKey, "SHORT": String(secretKey.dropLast()), "EMPTY": ""]
        #expect(complaints(withSources("auth: { \(text) }"), environment: environment) == ["perigee.yaml: \(expected)"])
    }

    @Test(arguments: [
        ("name: 7up", "name: \"7up\" is not a GraphQL name; letters, digits and _ only, no digit first, not __ first"),
        ("name: __x", "name: \"__x\" is not a GraphQL name; letters, digits and _ only, no digit first, not __ first"),
        ("nam: a", "nam: unknown key \"nam\"; did you mean \"name\"?"),
        ("enum: 1", "enum: must be true or false, not a number"),
        (
            "rootFields: { selectByPK: a }",
            "rootFields/selectByPK: unknown key \"selectByPK\"; did you mean \"selectByPk\"?"
        ),
        (
            "rootFields: { selectStream: a }",
            "rootFields/selectStream: \"selectStream\" is not supported by this version"
        ),
        ("fields: { a/b: { nme: x } }", "fields/a~1b/nme: unknown key \"nme\"; did you mean \"name\"?"),
        ("relationships: { r: { object: t } }", "relationships/r: the key \"on\" is missing"),
        ("relationships: { r: { object: t, on: {} } }", "relationships/r/on: at least one pair of columns is needed"),
        (
            "relationships: { r: { on: { a: b } } }",
            "relationships/r: a relationship needs \"object\" or \"array\" with the table at its other end"
        ),
        (
            "relationships: { r: { object: t, array: t, on: { a: b } } }",
            "relationships/r: a relationship has either \"object\" or \"array\", not both"
        ),
        ("relationships: { r: { object: t, on: { a: 1 } } }", "relationships/r/on/a: must be a string, not a number"),
        (
            "relationships: { 'a-b': { object: t, on: { a: b } } }",
            "relationships/a-b: \"a-b\" is not a GraphQL name; letters, digits and _ only, no digit first, not __ first"
        ),
        ("computedFields: { c: { type: Int } }", "computedFields/c: the key \"expression\" is missing"),
        ("computedFields: { c: { expression: a } }", "computedFields/c: the key \"type\" is missing"),
    ])
    func `refuses collections that are wrong`(text: String, expected: String) {
        let configuration = "sources: { main: { kind: sqlite, url: 'sqlite:a', collections: { t: { \(text) } } } }"
        #expect(complaints(configuration) == ["perigee.yaml: /sources/main/collections/t/\(expected)"])
    }

    @Test func `shows every mistake at once`() {
        let lines = complaints("server: { port: x, hots: a }\nauth: { jwt: 1 }\nsources: { main: { kind: sqlite } }")
        #expect(lines.count == 4)
    }

    @Test func `the text of a secret is never shown`() throws {
        let configuration = try decode(
            withSources("auth: { adminSecret: env:ADMIN }"), environment: ["ADMIN": "hunter2"])
        var dumped = ""
        dump(configuration, to: &dumped)
        #expect(!"\(configuration)".contains("hunter2"))
        #expect(!String(reflecting: configuration).contains("hunter2"))
        #expect(!dumped.contains("hunter2"))
        #expect(!dumped.contains("- 104\n"), "the bytes of the secret")
        #expect(!complaints(withSources("auth: { adminSecret: hunter2 }")).joined().contains("hunter2"))
    }
}

@Suite struct ConfigurationUnitsTests {
    @Test(
        arguments: [
            ("0", 0), ("512", 512), ("1B", 1), ("1kB", 1000), ("64KiB", 65536), ("1MiB", 1_048_576),
            ("2GB", 2_000_000_000),
            ("1GiB", 1_073_741_824), ("", nil), ("MiB", nil), ("-1MiB", nil), ("1 MiB", nil), ("1.5MiB", nil),
            ("1mib", nil),
            ("9223372036854775807", 9_223_372_036_854_775_807), ("9223372036854775808", nil),
            ("9223372036854775807KiB", nil),
        ] as [(String, Int?)])
    func `sizes`(text: String, expected: Int?) {
        #expect(parseByteSize(text) == expected)
    }

    @Test(
        arguments: [
            ("250ms", .milliseconds(250)), ("30s", .seconds(30)), ("10m", .seconds(600)), ("2h", .seconds(7200)),
            ("7d", .seconds(604800)), ("30", nil), ("s", nil), ("1.5s", nil), ("-1s", nil), ("1 s", nil), ("", nil),
        ] as [(String, Duration?)])
    func `durations`(text: String, expected: Duration?) {
        #expect(parseDuration(text) == expected)
    }
}

@Suite struct ConfigurationPathTests {
    @Test(arguments: [
        ("$", []), ("$.a", ["a"]), ("$.a.b", ["a", "b"]), ("$[\"a.b\"]", ["a.b"]), ("$['a'].b", ["a", "b"]),
        ("https://hasura.io/jwt/claims", ["https://hasura.io/jwt/claims"]), ("claims", ["claims"]),
    ])
    func `claims paths`(text: String, segments: [String]) {
        #expect(ClaimsPath(text)?.segments == segments)
    }

    @Test(arguments: ["", "$.", "$a", "$..a", "$[", "$[a]", "$[\"a]", "$[\"\"]", "$[\"a\"", "$.a["])
    func `refuses what is no claims path`(text: String) {
        #expect(ClaimsPath(text) == nil)
    }

    @Test(arguments: [("", "a", "/a"), ("/a", "b/c", "/a/b~1c"), ("", "~", "/~0"), ("/x", "", "/x/")])
    func `pointers are escaped`(parent: String, name: String, expected: String) {
        #expect(jsonPointer(parent, name) == expected)
    }
}
