// `schema/rules.schema.json` and the reader of rules know the same kinds, keys and words. (Every file that the tests of rules
// load is compared as well, in `RuleBench`.)
import Base
import Foundation
import Metadata
import TestSupport
import Testing

@testable import Rules

struct RuleSchemaTests {
    private static func schema() throws -> JSONObject {
        let file = Repository.root.appendingPathComponent("schema/rules.schema.json")
        return try #require(JSONScanner.parse(Array(try Repository.text(of: file).utf8)).object)
    }

    /// By the name of the kind.
    private static func kinds() throws -> [(name: String, properties: JSONObject)] {
        let rule = try #require(schema()["$defs"]?.object?["rule"]?.object)
        return try #require(rule["oneOf"]?.array).map { kind in
            let properties = try #require(kind.object?["properties"]?.object)
            return (try #require(properties["rule"]?.object?["const"]?.string), properties)
        }
    }

    private static func errors(_ rule: JSONObject) -> [String] {
        let problems = RuleProblems()
        let location = RuleLocation(file: "rules.json", pointer: "")
        _ = RuleDecoder.decode(RuleNode(value: .object(rule), location: location, problems: problems))
        return problems.errors.map(\.message)
    }

    @Test func `every kind of rule is in the schema, and no other`() throws {
        #expect(try Self.kinds().map(\.name) == RuleDecoder.kinds)
    }

    @Test func `every key of a kind is in the schema, and no other`() throws {
        let kinds = try Self.kinds()
        // Keys that any kind has, of this version or a later one, are tried with each.
        var keys = Set(kinds.flatMap(\.properties.keys))
        keys.formUnion(["url", "service", "function", "timeout", "cache", "forward", "when", "rows", "args", "literal"])
        for (name, properties) in kinds {
            for key in keys where key != "rule" {
                // Beside all other keys of the kind, since one that is missing may end the reading.
                let others = properties.keys.filter { $0 != "rule" && $0 != key } + [key]
                let rule = JSONObject(
                    [JSONMember(name: "rule", value: .string(name))]
                        + others.map { JSONMember(name: $0, value: .object(JSONObject())) })
                let isRefused = Self.errors(rule).contains {
                    $0 == "unknown key \"\(key)\"" || $0.hasSuffix("takes no \(key)")
                }
                #expect(isRefused == (properties[key] == nil), "\(name): \(key)")
            }
        }
    }

    @Test func `a key is required by both or by none`() throws {
        let rule = try #require(Self.schema()["$defs"]?.object?["rule"]?.object)
        for kind in try #require(rule["oneOf"]?.array) {
            let name = kind.object?["properties"]?.object?["rule"]?.object?["const"]?.string ?? ""
            let required = Set(kind.object?["required"]?.array?.compactMap(\.string) ?? []).subtracting(["rule"])
            let errors = Self.errors(JSONObject([JSONMember(name: "rule", value: .string(name))]))
            let missing = errors.filter { $0.hasSuffix("\" is missing") }
                .map { $0.replacing("the key \"", with: "").replacing("\" is missing", with: "") }
            #expect(Set(missing) == required, "\(name)")
        }
    }

    @Test func `comparisons and types are the reader's`() throws {
        let match = try #require(Self.kinds().first { $0.name == "match" }).properties
        for key in ["eval", "type"] {
            let words = try #require(match[key]?.object?["enum"]?.array).compactMap(\.string)
            #expect(words.count >= 4)
            let others = ["===", "=~", "notLike", "text", "int", "Number", ""]
            for word in words + others {
                var members = [
                    "rule": "match", "type": "string", "eval": "==", "f1": "args.auth.a", "f2": "args.auth.b",
                ]
                members[key] = word
                let rule = JSONObject(members.map { JSONMember(name: $0.key, value: .string($0.value)) })
                #expect(Self.errors(rule).isEmpty == words.contains(word), "\(key): \(word)")
            }
        }
    }

    @Test func `sections and operations are the reader's`() throws {
        let schema = try Self.schema()
        let sections = try #require(schema["properties"]?.object?.keys)
        for section in sections + ["topics", "events", "files", "rule", "collection"] where section != "$schema" {
            let errors = RuleBench.errors(#"{"\#(section)": {}}"#)
            #expect(errors.isEmpty == sections.contains(section), "\(section)")
        }
        let entry = try #require(
            schema["properties"]?.object?["collections"]?.object?["additionalProperties"]?.object?["properties"]?.object
        )
        let operations = RuleOperation.allCases.map(\.rawValue)
        #expect(Set(entry.keys) == Set(operations + ["fields", "limits", "cascades"]))
    }
}
