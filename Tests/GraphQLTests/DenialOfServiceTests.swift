// Documents made to cost more than they weigh. What counts is steps, not seconds: each must be refused or answered
// within the budget, and the budget is the same on every machine.

import Base
import GraphQL
import Testing

@Suite struct DenialOfServiceTests {
    private let schema: Schema

    init() throws {
        schema = try SchemaBuilder.schema(
            of: """
                type Query { a: Query b: Query c(x: Int): String i: Node n: Int }
                interface Node { a: Node n: Int }
                type One implements Node { a: Node n: Int }
                type Two implements Node { a: Node n: Int }
                """)
    }

    /// Validates within a budget that is a small multiple of the document's size.
    private func errors(_ query: String, stepsPerToken: Int = 8) throws -> [GraphQLError] {
        let document = try DocumentParser.parse(query, limits: ParserLimits(bytes: 1 << 20, tokens: 15_000))
        let limits = ValidationLimits(steps: document.tokenCount * stepsPerToken)
        let found = Validation.validate(document, schema, limits: limits)
        #expect(!found.contains { $0.kind == .limit }, "\(found.map(\.message).prefix(3))")
        return found
    }

    @Test func `fragments that double at every level are checked once each`() throws {
        var query = "{ ...f0 }"
        for level in 0..<200 {
            query += " fragment f\(level) on Query { a { ...f\(level + 1) } b { ...f\(level + 1) } }"
        }
        query += " fragment f200 on Query { n }"
        #expect(try errors(query).isEmpty)
    }

    @Test func `a chain of thousands of fragments does not exhaust the stack`() throws {
        var query = "{ ...f0 }"
        for level in 0..<1_700 { query += " fragment f\(level) on Query { ...f\(level + 1) }" }
        query += " fragment f1700 on Query { n }"
        #expect(try errors(query).isEmpty)
    }

    @Test func `a cycle of thousands of fragments is one error`() throws {
        var query = "{ ...f0 }"
        for level in 0..<1_700 { query += " fragment f\(level) on Query { ...f\((level + 1) % 1_700) }" }
        let found = try errors(query)
        #expect(found.count == 1)
        #expect(found.first?.message.hasPrefix("Cannot spread fragment \"f0\" within itself via") ?? false)
    }

    @Test func `thousands of equal fields are compared with one`() throws {
        #expect(try errors("{ " + String(repeating: "n ", count: 10_000) + "}").isEmpty)
        #expect(try errors("{ " + String(repeating: "c(x: 1) ", count: 2_000) + "}").isEmpty)
        #expect(try errors("{ " + String(repeating: "a { n } ", count: 3_000) + "}").isEmpty)
    }

    @Test func `nested copies of one field are merged level by level`() throws {
        var query = "n"
        for _ in 0..<10 { query = "a { \(query) } a { \(query) }" }
        #expect(try errors("{ \(query) }").isEmpty)
    }

    @Test func `conflicts hidden among thousands of fields are found or given up within the budget`() throws {
        let fields = (0..<3_000).map { "x: c(x: \($0))" }.joined(separator: " ")
        let document = try DocumentParser.parse("{ \(fields) }", limits: ParserLimits(tokens: 30_000))
        let found = Validation.validate(document, schema)
        #expect(!found.isEmpty)
        #expect(found.count <= ValidationLimits.standard.errors + 1)
    }

    @Test func `fragments on exclusive types cost no pairs`() throws {
        let parts = (0..<900).map { "... on One { x\($0 % 10): n } ... on Two { x\($0 % 10): n }" }
        #expect(try errors("{ i { \(parts.joined(separator: " ")) } }").isEmpty)
    }

    @Test func `many operations over many fragments end at the budget`() throws {
        var query = ""
        for number in 0..<700 { query += "query q\(number) { ...f0 } " }
        for number in 0..<700 { query += "fragment f\(number) on Query { ...f\(number + 1) } " }
        query += "fragment f700 on Query { n }"
        let document = try DocumentParser.parse(query)
        let found = Validation.validate(document, schema)
        #expect(found.count <= 1)
        #expect(found.allSatisfy { $0.kind == .limit })
    }

    @Test func `introspection that comes back to itself is refused`() throws {
        let deep = "fields { type { fields { type { fields { name } } } } }"
        let found = try errors("{ __schema { types { \(deep) } } }")
        #expect(found.map(\.message) == ["Maximum introspection depth exceeded"])
        var query = "{ __type(name: \"Query\") { ...f0 } }"
        for level in 0..<500 {
            query += " fragment f\(level) on __Type { ofType { ...f\(level + 1) ...f\(level + 1) } }"
        }
        query += " fragment f500 on __Type { name }"
        #expect(try errors(query).count <= 1)
    }

    @Test func `floods of directives and arguments stay linear`() throws {
        let directives = String(repeating: "@nope ", count: 5_000)
        let found = try errors("{ n \(directives) }")
        #expect(found.count == ValidationLimits.standard.errors + 1)
        let arguments = (0..<3_000).map { "x\($0): 1" }.joined(separator: " ")
        #expect(try errors("{ c(\(arguments)) }").count == ValidationLimits.standard.errors + 1)
    }

    @Test func `a long unknown name is not compared with every field in full`() throws {
        let name = String(repeating: "n", count: 500_000)
        let document = try DocumentParser.parse("{ \(name) }")
        let (errors, steps) = Validation.outcome(document, schema)
        #expect(errors.count == 1)
        // What the message says is charged for; comparing would be fifty times that.
        #expect(steps < 40_000)
    }

    @Test func `near names are looked for only as long as the allowance lasts`() throws {
        let fields = (0..<300).map { "field_number_\($0): Int" }.joined(separator: " ")
        let schema = try SchemaBuilder.schema(of: "type Query { \(fields) }")
        let query = "{ \((0..<90).map { "field_numbed_\($0)" }.joined(separator: " ")) }"
        let (errors, steps) = Validation.outcome(try DocumentParser.parse(query), schema)
        #expect(errors.count == 90)
        #expect(errors.first?.message.contains("Did you mean") ?? false)
        #expect(errors.last?.message == "Cannot query field \"field_numbed_89\" on type \"Query\".")
        #expect(steps < 30_000)
    }

    @Test func `what errors say is charged for`() throws {
        let name = String(repeating: "n", count: 200_000)
        let uses = (0..<50).map { "a\($0): c(x: $v\($0))" }.joined(separator: " ")
        let errors = Validation.validate(try DocumentParser.parse("query \(name) { \(uses) }"), schema)
        #expect(errors.last?.kind == .limit)
        #expect(errors.reduce(0) { $0 + $1.message.utf8.count } < 2_000_000)
    }

    @Test func `cycles are told until the budget ends`() throws {
        var query = "{ ...f0 }"
        for level in 0..<1_300 { query += " fragment f\(level) on Query { ...f0 ...f\(level + 1) }" }
        query += " fragment f1300 on Query { n }"
        let (errors, steps) = Validation.outcome(try DocumentParser.parse(query), schema)
        #expect(errors.count == ValidationLimits.standard.errors + 1)
        #expect(steps < 60_000)
    }

    @Test func `mismatches of variables compare names only as long as the allowance lasts`() throws {
        let fields = (0..<300).map { "field_number_\($0): Int" }.joined(separator: " ")
        let schema = try SchemaBuilder.schema(of: "input In { \(fields) } type Query { a(i: In): Int }")
        let document = try DocumentParser.parse("query ($i: In) { a(i: $i) }")
        let operation = try #require(document.operations.first)
        let members = (0..<300).map { JSONMember(name: "field_numbed_\($0)", value: .null) }
        let inputs = JSONObject([JSONMember(name: "i", value: .object(JSONObject(members)))])
        #expect {
            try VariableCoercion.coerce(operation, inputs, in: schema)
        } throws: { error in
            let messages = (error as? VariableErrors)?.errors.map(\.message) ?? []
            let withSuggestion = messages.filter { $0.contains("Did you mean") }
            return messages.count == VariableCoercion.maximumErrors + 1 && !withSuggestion.isEmpty
                && withSuggestion.count < 20
        }
    }
}
