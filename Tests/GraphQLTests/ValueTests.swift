// Literals, variables and arguments to values; messages and the dialect's paths of what does not fit.

import Base
import GraphQL
import Testing

@Suite struct ValueTests {
    private let schema: Schema

    init() throws {
        schema = try SchemaBuilder.schema(of: Samples.schema)
    }

    private func json(_ text: String) throws -> JSONValue { try JSONScanner.parse(Array(text.utf8)) }

    private func type(_ text: String) throws -> TypeReference {
        try DocumentParser.parseType(Array(text.utf8)).reference
    }

    @Test(arguments: [
        ("Int", "1", "1"), ("Int", "1.0", nil), ("Int", "2147483648", nil), ("Int", "-2147483648", "-2147483648"),
        ("Float", "1", "1"), ("Float", "1.5e3", "1.5e3"), ("String", "\"a\"", "\"a\""), ("String", "1", nil),
        ("ID", "1", "\"1\""), ("ID", "\"1\"", "\"1\""), ("Boolean", "true", "true"), ("Boolean", "1", nil),
        ("Unit", "METRE", "\"METRE\""), ("Unit", "\"METRE\"", nil), ("Unit", "MILE", nil),
        ("[Int]", "1", "[1]"), ("[Int]", "[1, null]", "[1,null]"), ("[Int!]", "[1, null]", nil),
        ("[[Int]]", "1", "[[1]]"), ("Int!", "null", nil), ("Int", "null", "null"),
        ("ItemFilter", "{id: {_eq: 1}}", "{\"id\":{\"_eq\":1},\"unit\":\"METRE\"}"),
        ("ItemInput", "{name: \"a\"}", "{\"name\":\"a\",\"size\":1.5}"), ("ItemInput", "{}", nil),
        ("Pick", "{id: 1}", "{\"id\":\"1\"}"), ("Pick", "{id: 1, name: \"a\"}", nil), ("Pick", "{id: null}", nil),
        ("JSON", "{a: [1, B, \"c\"]}", "{\"a\":[1,\"B\",\"c\"]}"),
    ])
    func `coerces literals`(_ typeText: String, _ literal: String, _ expected: String?) throws {
        let value = try DocumentParser.parseValue(Array(literal.utf8))
        let found = LiteralCoercion.coerce(value, to: try type(typeText), in: schema)
        #expect(found?.text == expected)
    }

    @Test func `variables are put into literals and missing ones leave fields out`() throws {
        let value = try DocumentParser.parseValue(Array("{name: $n, size: $s, extra: {deep: [$x]}}".utf8))
        let variables = CoercedVariables(["n": .string("a"), "x": .bool(true)])
        let found = LiteralCoercion.coerce(value, to: .named("ItemInput"), in: schema, variables: variables)
        #expect(found?.text == "{\"name\":\"a\",\"size\":1.5,\"extra\":{\"deep\":[true]}}")
    }

    @Test(arguments: [
        ("$a: Int", "{\"a\": 1}", "{\"a\":1}"), ("$a: Int", "{}", "{}"), ("$a: Int = 2", "{}", "{\"a\":2}"),
        ("$a: Int = 2", "{\"a\": null}", "{\"a\":null}"), ("$a: [Int]", "{\"a\": 1}", "{\"a\":[1]}"),
        ("$a: Int", "{\"a\": 1.0, \"unknown\": 1}", "{\"a\":1}"), ("$a: ID", "{\"a\": 5}", "{\"a\":\"5\"}"),
        ("$a: Float", "{\"a\": 12345678901234567890}", "{\"a\":12345678901234567890}"),
        ("$a: JSON", "{\"a\": {\"big\": 123456789012345678901}}", "{\"a\":{\"big\":123456789012345678901}}"),
        ("$a: ItemInput!", "{\"a\": {\"name\": \"x\"}}", "{\"a\":{\"name\":\"x\",\"size\":1.5}}"),
    ])
    func `coerces variables`(_ definition: String, _ inputs: String, _ expected: String) throws {
        let document = try DocumentParser.parse("query (\(definition)) { node { id } }")
        let operation = try #require(document.operations.first)
        let variables = try VariableCoercion.coerce(operation, try json(inputs).object, in: schema)
        #expect(
            try json(expected).object.map { Dictionary(uniqueKeysWithValues: $0.members.map { ($0.name, $0.value) }) }
                == variables.values)
    }

    @Test(arguments: [
        ("$a: Int!", "{}", "Variable \"$a\" of required type \"Int!\" was not provided.", "$.selectionSet.f.args.x"),
        (
            "$a: Int!", "{\"a\": null}", "Variable \"$a\" of non-null type \"Int!\" must not be null.",
            "$.selectionSet.f.args.x"
        ),
        (
            "$a: Int", "{\"a\": \"1\"}",
            "Variable \"$a\" got invalid value \"1\"; Int cannot represent non-integer value: \"1\"",
            "$.selectionSet.f.args.x"
        ),
        (
            "$a: Int", "{\"a\": 3000000000}",
            "Variable \"$a\" got invalid value 3000000000; Int cannot represent non 32-bit signed integer value: 3000000000",
            "$.selectionSet.f.args.x"
        ),
        (
            "$a: ItemFilter", "{\"a\": {\"_and\": [{\"nam\": 1}]}}",
            "Variable \"$a\" got invalid value { nam: 1 } at \"a._and[0]\"; Field \"nam\" is not defined by type \"ItemFilter\". Did you mean \"name\"?",
            "$.selectionSet.f.args.x._and[0]"
        ),
        (
            "$a: Unit", "{\"a\": \"METER\"}",
            "Variable \"$a\" got invalid value \"METER\"; Value \"METER\" does not exist in \"Unit\" enum. Did you mean the enum value \"METRE\"?",
            "$.selectionSet.f.args.x"
        ),
        (
            "$a: Pick", "{\"a\": {}}",
            "Variable \"$a\" got invalid value {}; Exactly one key must be specified for OneOf type \"Pick\".",
            "$.selectionSet.f.args.x"
        ),
        (
            "$a: Item", "{\"a\": {}}",
            "Variable \"$a\" expected value of type \"Item\" which cannot be used as an input type.", nil
        ),
    ])
    func `says what is wrong with variables and where they are used`(
        _ definition: String, _ inputs: String, _ message: String, _ path: String?
    ) throws {
        let document = try DocumentParser.parse("query (\(definition)) { f(x: $a) }")
        let operation = try #require(document.operations.first)
        do {
            _ = try VariableCoercion.coerce(operation, try json(inputs).object, in: schema)
            Issue.record("no error")
        } catch let errors as VariableErrors {
            #expect(errors.errors.map(\.message) == [message])
            #expect(errors.errors.first?.extensionPath == path)
            #expect(errors.errors.first?.kind == .coercion)
        }
    }

    @Test func `many wrong values give a bounded number of errors`() throws {
        let document = try DocumentParser.parse("query ($a: [Int!]!) { f(x: $a) }")
        let operation = try #require(document.operations.first)
        let inputs = JSONObject([
            JSONMember(name: "a", value: .array(Array(repeating: .string("x"), count: 10_000)))
        ])
        let errors = #expect(throws: VariableErrors.self) {
            try VariableCoercion.coerce(operation, inputs, in: schema)
        }
        #expect(errors?.errors.count == VariableCoercion.maximumErrors + 1)
    }

    @Test(arguments: [
        ("{ items(limit: 3) { id } }", "{}", "{\"limit\":3,\"tags\":[\"a\"]}"),
        ("query ($l: Int) { items(limit: $l, tags: null) { id } }", "{}", "{\"tags\":null}"),
        ("query ($l: Int) { items(limit: $l) { id } }", "{\"l\": null}", "{\"limit\":null,\"tags\":[\"a\"]}"),
        ("{ items(order_by: asc) { id } }", "{}", "{\"order_by\":[\"asc\"],\"tags\":[\"a\"]}"),
    ])
    func `coerces arguments in the order of their definitions`(
        _ query: String, _ inputs: String, _ expected: String
    ) throws {
        let document = try DocumentParser.parse(query)
        let operation = try #require(document.operations.first)
        let variables = try VariableCoercion.coerce(operation, try json(inputs).object, in: schema)
        let field = try #require(operation.selectionSet.anyNode.childNodes.first?.as(FieldNode.self))
        let definition = try #require(schema.type(named: "Query").flatMap { schema.field(named: field.name, on: $0) })
        let found = try ArgumentCoercion.coerce(field, definition, in: schema, variables: variables)
        #expect(JSONValue.object(found).text == expected)
    }

    @Test func `fields are collected in order, merged, each fragment once`() throws {
        let document = try DocumentParser.parse(
            """
            query ($yes: Boolean!, $no: Boolean!) {
              a
              ...F
              b @skip(if: $yes)
              c @include(if: $no)
              ... on Item { d a }
              ... on Box { hidden }
              ... on Node { e }
              ... on Any { f }
              ...F
              ... @include(if: $yes) { g: h }
              a { deep }
            }
            fragment F on Item { x ...G }
            fragment G on Node { y ...F }
            """)
        let collector = FieldCollector(
            schema: schema, fragments: FragmentTable(document),
            variables: CoercedVariables(["yes": .bool(true), "no": .bool(false)]))
        let operation = try #require(document.operations.first)
        let fields = collector.collect(operation.selectionSet, on: "Item")
        #expect(fields.map(\.responseKey) == ["a", "x", "y", "d", "e", "f", "g"])
        #expect(fields[0].nodes.count == 3)
        #expect(fields[6].name == "h")
        #expect(collector.collect(below: fields[0], on: "Item").map(\.responseKey) == ["deep"])
    }

    @Test(arguments: [
        (1.0, "1"), (0.1, "0.1"), (1e21, "1e+21"), (1e20, "100000000000000000000"), (1e-7, "1e-7"),
        (0.000001, "0.000001"), (123.456, "123.456"), (-1.5e300, "-1.5e+300"), (0.00001234, "0.00001234"),
    ])
    func `prints doubles as the reference does`(_ value: Double, _ expected: String) {
        #expect(NumberText.print(value) == expected)
    }

    @Test func `suggests near names, nearest first, five at most`() {
        #expect(Suggestions.list("nmae", ["name", "size", "names", "NMAE"]) == ["NMAE", "name", "names"])
        #expect(Suggestions.list("verylongname", ["a", "b"]).isEmpty)
        #expect(Suggestions.didYouMean(["a", "b", "c"]) == " Did you mean \"a\", \"b\", or \"c\"?")
        #expect(Suggestions.didYouMean(["a", "b"], kind: "the field") == " Did you mean the field \"a\" or \"b\"?")
        #expect(Suggestions.didYouMean([]).isEmpty)
        #expect(
            Suggestions.didYouMean(["1", "2", "3", "4", "5", "6"])
                == " Did you mean \"1\", \"2\", \"3\", \"4\", or \"5\"?")
    }
}
