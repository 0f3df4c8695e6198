// What of a schema's changes its clients feel; the reference's own cases are replayed in ConformanceTests.

import GraphQL
import Testing

@Suite struct SchemaChangesTests {
    private func changes(_ old: String, _ new: String) throws -> [String] {
        let found = try SchemaChanges.find(from: SchemaBuilder.schema(of: old), to: SchemaBuilder.schema(of: new))
        return found.map { "\($0.kind.rawValue) \($0.isBreaking ? "breaks" : "is dangerous"): \($0.description)" }
    }

    @Test(
        arguments: [
            ("type Query { a: Int }", "type Query { a: Int b: Int } type New { c: Int }", []),
            (
                "type Query { a: Int! b: [Int!] }", "type Query { a: Int b: [Int!]! }",
                ["FIELD_CHANGED_KIND breaks: Query.a changed type from Int! to Int."]
            ),
            (
                "type Query { a(x: Int): Int }", "type Query { a(x: Int!): Int }",
                ["ARG_CHANGED_KIND breaks: Query.a arg x has changed type from Int to Int!."]
            ),
            (
                "type Query { a(x: Int = 1): Int }", "type Query { a(x: Int = 2, y: Int): Int }",
                [
                    "ARG_DEFAULT_VALUE_CHANGE is dangerous: Query.a arg x has changed defaultValue from 1 to 2.",
                    "OPTIONAL_ARG_ADDED is dangerous: An optional arg y on Query.a was added.",
                ]
            ),
            ("type Query { a(x: Int): Int }", "type Query { a(x: Int = 2): Int }", []),
            (
                "type Query { a: E } enum E { X Y }", "type Query { a: E } enum E { Y Z }",
                [
                    "VALUE_ADDED_TO_ENUM is dangerous: Z was added to enum type E.",
                    "VALUE_REMOVED_FROM_ENUM breaks: X was removed from enum type E.",
                ]
            ),
        ] as [(String, String, [String])])
    func `changes are told from additions nobody feels`(_ old: String, _ new: String, _ expected: [String]) throws {
        #expect(try changes(old, new) == expected)
        #expect(try changes(old, old).isEmpty)
    }

    @Test func `a directive every schema has can be missing from one made by hand`() {
        let provider = StaticTypeProvider([])
        let old = Schema(provider: provider, queryType: nil)
        let new = Schema(
            provider: provider, queryType: nil, directives: BuiltInDirectives.all.filter { $0.name != "deprecated" })
        #expect(SchemaChanges.find(from: old, to: new).map(\.description) == ["deprecated was removed."])
    }
}
