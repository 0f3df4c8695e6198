// What other tools read (schema/, docs/) says the same as the code: keys of the configuration, and the table of error codes.

import Base
import Foundation
import Testing

@testable import Metadata

/// A file of the repository, by its path from the root.
private func repositoryFile(_ path: String) throws -> [UInt8] {
    let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()
    return Array(try Data(contentsOf: root.appendingPathComponent(path)))
}

@Suite struct ConfigurationContractTests {
    /// Where in the schema each section is, and the keys its decoder knows.
    private static let sections: [(path: [String], keys: [String])] = {
        let source = ["properties", "sources", "additionalProperties"]
        let collection = source + ["properties", "collections", "additionalProperties"]
        return [
            ([], ProjectConfiguration.keys),
            (["properties", "project"], ProjectConfiguration.projectKeys),
            (["properties", "server"], ServerConfiguration.keys),
            (["properties", "server", "properties", "tls"], TLSConfiguration.keys),
            (
                ["properties", "server", "properties", "tls", "properties", "certificates", "items"],
                TLSConfiguration.certificateKeys
            ),
            (
                ["properties", "server", "properties", "tls", "properties", "clientCertificates"],
                TLSConfiguration.clientKeys
            ),
            (["properties", "server", "properties", "cors"], CORSConfiguration.keys),
            (["properties", "server", "properties", "compression"], CompressionConfiguration.keys),
            (["properties", "server", "properties", "accessLog"], AccessLogConfiguration.keys),
            (["properties", "server", "properties", "limits"], ServerConfiguration.Limits.keys),
            (["properties", "server", "properties", "caches"], ServerConfiguration.CacheSizes.keys),
            (["properties", "server", "properties", "subscriptions"], ServerConfiguration.Subscriptions.keys),
            (["properties", "server", "properties", "webSocket"], WebSocketConfiguration.keys),
            (
                ["properties", "server", "properties", "webSocket", "properties", "compression"],
                WebSocketConfiguration.Compression.keys
            ),
            (["properties", "auth"], AuthConfiguration.keys),
            (["properties", "outbound"], OutboundConfiguration.keys),
            (["properties", "documents"], DocumentsConfiguration.keys),
            (["properties", "audit"], AuditConfiguration.keys),
            (["properties", "auth", "properties", "jwt", "items"], TokenConfiguration.keys),
            (source, SourceConfiguration.keys),
            (source + ["properties", "functions", "additionalProperties"], FunctionConfiguration.keys),
            (source + ["properties", "pool"], SourceConfiguration.PoolSizes.keys),
            (collection, CollectionConfiguration.keys),
            (collection + ["properties", "rootFields"], CollectionConfiguration.RootFieldNames.keys),
            (collection + ["properties", "fields", "additionalProperties"], FieldConfiguration.keys),
            (collection + ["properties", "relationships", "additionalProperties"], RelationshipConfiguration.keys),
            (collection + ["properties", "computedFields", "additionalProperties"], ComputedFieldConfiguration.keys),
        ]
    }()

    @Test func `the schema of the configuration knows the same keys`() throws {
        let schema = try JSONScanner.parse(repositoryFile("schema/config.schema.json"))
        for section in ConfigurationContractTests.sections {
            let node = section.path.reduce(Optional(schema)) { $0?.object?[$1] }
            let properties = try #require(node?.object?["properties"]?.object, "\(section.path)")
            #expect(properties.keys.sorted() == section.keys.sorted(), "\(section.path)")
            #expect(node?.object?["additionalProperties"] == .bool(false), "\(section.path)")
        }
    }

    @Test func `defaults in the schema are the defaults`() throws {
        let schema = try JSONScanner.parse(repositoryFile("schema/config.schema.json"))
        let server = try #require(schema.object?["properties"]?.object?["server"]?.object?["properties"]?.object)
        /// What the schema gives as the defaults of a section, and of those within it.
        func defaults(_ section: String, of properties: JSONObject) throws -> JSONValue {
            var values = JSONObject()
            let members = try #require(properties[section]?.object?["properties"]?.object)
            for member in members.members {
                if member.value.object?["properties"] != nil {
                    values[member.name] = try defaults(member.name, of: members)
                } else {
                    values[member.name] = try #require(member.value.object?["default"], "\(member.name)")
                }
            }
            return .object(values)
        }
        // A configuration that spells every default out is the default configuration.
        var sections = JSONObject()
        for section in ["limits", "caches", "subscriptions", "webSocket"] {
            sections[section] = try defaults(section, of: server)
        }
        for name in ["host", "port"] { sections[name] = server[name]?.object?["default"] }
        let text =
            #"{"sources":{"main":{"kind":"sqlite","url":"sqlite:a"}},"server":\#(JSONValue.object(sections).text)}"#
        let configuration = try ProjectConfiguration.decode(Array(text.utf8), file: "a.json", directory: "")
        #expect(configuration.server == ServerConfiguration())
    }

    @Test func `every limit has a floor, and the schema says the same`() throws {
        let schema = try JSONScanner.parse(repositoryFile("schema/config.schema.json"))
        let path = ["properties", "server", "properties", "limits", "properties"]
        let limits = try #require(path.reduce(Optional(schema)) { $0?.object?[$1] }?.object)
        let keys = ServerConfiguration.Limits.sizeKeys + ServerConfiguration.Limits.countKeys
        for key in keys {
            let floor = try #require(limits[key]?.object?["minimum"]?.number?.int64, "\(key)")
            #expect(floor == Int64(ServerConfiguration.Limits.sizeFloors[key] ?? 1), "\(key)")
            for (value, isTaken) in [(floor, true), (floor - 1, false)] {
                let text =
                    #"{"sources":{"main":{"kind":"sqlite","url":"sqlite:a"}},"server":{"limits":{"\#(key)":\#(value)}}}"#
                let decoded = try? ProjectConfiguration.decode(Array(text.utf8), file: "a.json", directory: "")
                #expect((decoded != nil) == isTaken, "\(key): \(value)")
            }
        }
    }

    @Test func `algorithms in the schema are the algorithms`() throws {
        let schema = try JSONScanner.parse(repositoryFile("schema/config.schema.json"))
        let path = ["properties", "auth", "properties", "jwt", "items", "properties", "algorithm", "enum"]
        let names = path.reduce(Optional(schema)) { $0?.object?[$1] }?.array?.compactMap(\.string)
        #expect(names == TokenAlgorithm.allCases.map(\.rawValue))
    }

    @Test func `the table of error codes, its page and the code agree`() throws {
        let table = try #require(JSONScanner.parse(repositoryFile("schema/errors.json")).array)
        let page = String(decoding: try repositoryFile("docs/reference/errors.md"), as: UTF8.self)
            .split(separator: "\n").filter { $0.hasPrefix("| `") }.map(String.init)
        #expect(table.count == ErrorCode.allCases.count)
        #expect(page.count == ErrorCode.allCases.count)
        for (index, code) in ErrorCode.allCases.enumerated() {
            let row = try #require(table[index].object)
            let meaning = try #require(row["meaning"]?.string)
            #expect(row.keys == ["code", "party", "status", "meaning"])
            #expect(row["code"] == .string(code.rawValue))
            #expect(row["party"] == .string(code.party.rawValue), "\(code)")
            #expect(row["status"] == .number(JSONNumber(code.status)), "\(code)")
            #expect(!meaning.isEmpty)
            #expect(page[index] == "| `\(code.rawValue)` | \(code.party.rawValue) | \(code.status) | \(meaning) |")
        }
    }

    @Test func `the schema of the rules is JSON and closed`() throws {
        let schema = try #require(JSONScanner.parse(repositoryFile("schema/rules.schema.json")).object)
        #expect(schema["additionalProperties"] == .bool(false))
        let kinds = schema["$defs"]?.object?["rule"]?.object?["oneOf"]?.array ?? []
        let names = kinds.compactMap { $0.object?["properties"]?.object?["rule"]?.object?["const"]?.string }
        #expect(
            names == [
                "allow", "deny", "authenticated", "match", "where", "check", "query", "and", "or", "not", "ref",
                "webhook", "force", "remove", "mask", "hash", "encrypt", "decrypt",
            ])
        #expect(kinds.allSatisfy { $0.object?["additionalProperties"] == .bool(false) })
    }
}
