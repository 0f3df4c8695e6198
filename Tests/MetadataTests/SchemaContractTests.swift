// The contracts that editors read, against the files of the repository: what is loaded in tests and examples has their shape.
import Base
import Foundation
import Metadata
import TestSupport
import Testing

@Suite
struct SchemaContractTests {
    /// The files below `fixtures/config` with a certain ending.
    private static func files(_ ending: String, _ folder: (String) -> Bool = { _ in true }) throws -> [URL] {
        let root = Repository.fixtures.appendingPathComponent("config")
        let found = try #require(FileManager.default.enumerator(at: root, includingPropertiesForKeys: nil))
        return found.compactMap { $0 as? URL }.filter { $0.path.hasSuffix(ending) && folder($0.path) }
    }

    private static func value(_ file: URL) throws -> JSONValue {
        try DocumentTree.read(Array(try Repository.text(of: file).utf8), file: file.path)
    }

    @Test func `every configuration of the fixtures fits`() throws {
        let schema = JSONSchema.contract("config.schema.json")
        let files = try Self.files("perigee.yaml")
        #expect(files.count >= 4)
        for file in files { #expect(try schema.problems(Self.value(file)) == [], "\(file.path)") }
    }

    @Test func `every rules file of the fixtures fits`() throws {
        let schema = JSONSchema.contract("rules.schema.json")
        let files = try Self.files(".json") { $0.contains("rules") }
        #expect(files.count >= 6)
        for file in files { #expect(try schema.problems(Self.value(file)) == [], "\(file.path)") }
    }

    @Test(arguments: [
        #"{ "tests": [ { "name": "x", "as": "admin", "document": "{ a }", "expect": { "rows": { "a": 1 } } } ] }"#,
        #"{ "tests": [ { "name": "x", "as": { "id": 1 }, "document": "{ a }", "operation": "A", "variables": {}, "now": "2026-01-01", "expect": { "data": null } } ] }"#,
        #"{ "$schema": "x", "tests": [ { "name": "x", "as": "anonymous", "document": "{ a }", "expect": { "error": "not-found", "path": "$" } } ] }"#,
        "[]", "{}", #"{ "tests": {} }"#, #"{ "tests": [], "more": 1 }"#, #"{ "tests": [ 1 ] }"#,
        #"{ "tests": [ { "name": "", "as": "admin", "document": "{ a }", "expect": { "data": 1 } } ] }"#,
        #"{ "tests": [ { "name": "x", "as": "root", "document": "{ a }", "expect": { "data": 1 } } ] }"#,
        #"{ "tests": [ { "name": "x", "as": "admin", "document": 1, "expect": { "data": 1 } } ] }"#,
        #"{ "tests": [ { "name": "x", "as": "admin", "document": "{ a }", "variables": [], "expect": { "data": 1 } } ] }"#,
        #"{ "tests": [ { "name": "x", "as": "admin", "document": "{ a }", "expect": {} } ] }"#,
        #"{ "tests": [ { "name": "x", "as": "admin", "document": "{ a }", "expect": { "rows": { "a": -1 } } } ] }"#,
        #"{ "tests": [ { "name": "x", "as": "admin", "document": "{ a }", "expect": { "rows": {} } } ] }"#,
        #"{ "tests": [ { "name": "x", "as": "admin", "document": "{ a }", "expect": { "data": 1, "path": "$" } } ] }"#,
        #"{ "tests": [ { "name": "x", "as": "admin", "document": "{ a }", "expect": { "data": 1, "rows": { "a": 1 } } } ] }"#,
        #"{ "tests": [ { "as": "admin", "document": "{ a }", "expect": { "data": 1 } } ] }"#,
    ])
    func `a table of rules tests is taken by both or by none`(_ text: String) throws {
        let problems = JSONSchema.contract("rules-test.schema.json").problems(JSONValue(test: text))
        let table = try? RuleTestFile.decode(Array(text.utf8), file: "t.json")
        #expect(problems.isEmpty == (table != nil), "\(text): \(problems)")
    }

    @Test func `the checker itself tells right from wrong`() throws {
        let schema = JSONSchema(
            JSONValue(
                test: #"""
                    { "type": "object", "required": ["a"], "additionalProperties": false, "minProperties": 1,
                      "propertyNames": { "pattern": "^[a-z]$" }, "dependentRequired": { "b": ["c"] },
                      "properties": {
                        "a": { "$ref": "#/$defs/count" }, "b": { "enum": ["x", 1] }, "c": { "not": { "type": "null" } },
                        "d": { "oneOf": [ { "type": "string", "minLength": 2 }, { "type": "array", "minItems": 1, "items": { "const": true } } ] } },
                      "$defs": { "count": { "type": "integer", "minimum": 1, "maximum": 9 } } }
                    """#))
        for right in [#"{"a":1}"#, #"{"a":9,"b":"x","c":0,"d":"zz"}"#, #"{"a":2,"d":[true,true]}"#] {
            #expect(schema.problems(JSONValue(test: right)) == [])
        }
        for wrong in [
            "[]", "{}", #"{"a":0}"#, #"{"a":10}"#, #"{"a":1.5}"#, #"{"a":"1"}"#, #"{"a":1,"e":1}"#, #"{"a":1,"b":"x"}"#,
            #"{"a":1,"b":2,"c":1}"#, #"{"a":1,"c":null}"#, #"{"a":1,"d":"z"}"#, #"{"a":1,"d":[]}"#,
            #"{"a":1,"d":[false]}"#,
        ] {
            #expect(!schema.problems(JSONValue(test: wrong)).isEmpty, "\(wrong)")
        }
    }
}
