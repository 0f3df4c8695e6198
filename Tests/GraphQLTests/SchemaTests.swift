// The type system by value, lazily provided, printed and introspected.

import Base
import GraphQL
import Synchronization
import Testing

@Suite struct SchemaTests {
    /// A provider of many types that remembers which ones were asked for.
    private final class LazyProvider: TypeProvider {
        let asked = Mutex<Set<String>>([])

        func type(named name: String) -> NamedType? {
            guard name.hasPrefix("T"), let number = Int(name.dropFirst()), number < 1000 else { return nil }
            asked.withLock { _ = $0.insert(name) }
            return .object(
                ObjectType(
                    name: name,
                    fields: [
                        FieldDefinition(name: "id", type: .nonNull("Int")),
                        FieldDefinition(name: "next", type: .named("T\(number + 1)")),
                    ]))
        }

        var typeNames: [String] { (0..<1000).map { "T\($0)" } }
    }

    @Test func `validating a request asks a lazy schema only for the types it touches`() throws {
        let provider = LazyProvider()
        let schema = Schema(provider: provider, queryType: "T0")
        let document = try DocumentParser.parse("{ id next { next { id __typename } } }")
        #expect(Validation.validate(document, schema).isEmpty)
        #expect(provider.asked.withLock { $0 } == ["T0", "T1", "T2"])
    }

    @Test(arguments: [
        ("[T!]!", TypeReference.nonNullList(of: "T"), "T", true), ("T", .named("T"), "T", false),
        ("[[T]!]", .list(.nonNull(.list(.named("T")))), "T", false),
    ])
    func `type references print and unwrap`(
        _ text: String, _ reference: TypeReference, _ name: String, _ isNonNull: Bool
    ) throws {
        #expect("\(reference)" == text)
        #expect(try DocumentParser.parseType(Array(text.utf8)).reference == reference)
        #expect(reference.name == name)
        #expect(reference.isNonNull == isNonNull)
    }

    @Test func `possible types and overlaps follow interfaces and unions`() throws {
        let schema = try SchemaBuilder.schema(of: Samples.schema)
        let node = try #require(schema.type(named: "Node"))
        let any = try #require(schema.type(named: "Any"))
        let item = try #require(schema.type(named: "Item"))
        let query = try #require(schema.type(named: "Query"))
        #expect(schema.possibleTypes(of: node) == ["Item", "Box"])
        #expect(schema.possibleTypes(of: any) == ["Item", "Box"])
        #expect(schema.isSubtype("Item", of: "Node"))
        #expect(!schema.isSubtype("Query", of: "Node"))
        #expect(schema.overlap(node, any))
        #expect(schema.overlap(node, item))
        #expect(!schema.overlap(node, query))
        #expect(schema.field(named: "__typename", on: node)?.type == .nonNull("String"))
        #expect(schema.field(named: "__schema", on: query) != nil)
        #expect(schema.field(named: "__schema", on: item) == nil)
    }

    @Test func `a printed schema builds the same schema again`() throws {
        let schema = try SchemaBuilder.schema(of: Samples.schema)
        let printed = SchemaPrinter.print(schema)
        #expect(SchemaPrinter.print(try SchemaBuilder.schema(of: printed)) == printed)
        #expect(
            printed.contains(
                "items(where: ItemFilter, order_by: [Order!], limit: Int, tags: [String!] = [\"a\"]): [Item!]!"))
        #expect(printed.contains("input Pick @oneOf {"))
        #expect(printed.contains("FOOT @deprecated(reason: \"old\")"))
    }

    private func introspect(_ query: String, _ variables: [String: JSONValue] = [:]) throws -> String {
        let schema = try SchemaBuilder.schema(of: Samples.schema)
        let document = try DocumentParser.parse(query)
        #expect(Validation.validate(document, schema).isEmpty)
        let collector = FieldCollector(
            schema: schema, fragments: FragmentTable(document), variables: CoercedVariables(variables))
        let operation = try #require(document.operations.first)
        var introspection = Introspection(schema: schema, collector: collector)
        var buffer = ByteBuffer()
        for field in collector.collect(operation.selectionSet, on: "Query") {
            try introspection.write(field, into: &buffer)
        }
        return buffer.text
    }

    @Test(arguments: [
        (
            "{ __type(name: \"Unit\") { kind name enumValues { name } } }",
            "{\"kind\":\"ENUM\",\"name\":\"Unit\",\"enumValues\":[{\"name\":\"METRE\"}]}"
        ),
        (
            "{ __type(name: \"Unit\") { v: enumValues(includeDeprecated: true) { n: name isDeprecated deprecationReason } } }",
            "{\"v\":[{\"n\":\"FOOT\",\"isDeprecated\":true,\"deprecationReason\":\"old\"},{\"n\":\"METRE\",\"isDeprecated\":false,\"deprecationReason\":null}]}"
        ),
        (
            "{ __type(name: \"Item\") { fields { name type { ...t } } interfaces { name } } } fragment t on __Type { kind name ofType { kind name ofType { kind ofType { name } } } }",
            "{\"fields\":[{\"name\":\"id\",\"type\":{\"kind\":\"NON_NULL\",\"name\":null,\"ofType\":{\"kind\":\"SCALAR\",\"name\":\"ID\",\"ofType\":null}}},{\"name\":\"name\",\"type\":{\"kind\":\"SCALAR\",\"name\":\"String\",\"ofType\":null}},{\"name\":\"parent\",\"type\":{\"kind\":\"OBJECT\",\"name\":\"Item\",\"ofType\":null}},{\"name\":\"size\",\"type\":{\"kind\":\"SCALAR\",\"name\":\"Float\",\"ofType\":null}},{\"name\":\"tags\",\"type\":{\"kind\":\"NON_NULL\",\"name\":null,\"ofType\":{\"kind\":\"LIST\",\"name\":null,\"ofType\":{\"kind\":\"NON_NULL\",\"ofType\":{\"name\":\"String\"}}}}}],\"interfaces\":[{\"name\":\"Node\"}]}"
        ),
        (
            "{ __type(name: \"Any\") { possibleTypes { name } fields { name } __typename } }",
            "{\"possibleTypes\":[{\"name\":\"Item\"},{\"name\":\"Box\"}],\"fields\":null,\"__typename\":\"__Type\"}"
        ),
        (
            "{ __type(name: \"Pick\") { isOneOf inputFields { name defaultValue } } }",
            "{\"isOneOf\":true,\"inputFields\":[{\"name\":\"id\",\"defaultValue\":null},{\"name\":\"name\",\"defaultValue\":null}]}"
        ),
        ("{ __type(name: \"Nothing\") { name } }", "null"),
        (
            "{ __schema { queryType { name } mutationType { name } subscriptionType { name } description } }",
            "{\"queryType\":{\"name\":\"Query\"},\"mutationType\":{\"name\":\"Mutation\"},\"subscriptionType\":{\"name\":\"Subscription\"},\"description\":null}"
        ),
    ])
    func `introspection answers what was selected`(_ query: String, _ expected: String) throws {
        #expect(try introspect(query) == expected)
    }

    @Test func `introspection takes variables`() throws {
        let answer = try introspect(
            "query ($n: String!, $d: Boolean) { __type(name: $n) { enumValues(includeDeprecated: $d) { name } } }",
            ["n": .string("Unit"), "d": .bool(true)])
        #expect(answer == "{\"enumValues\":[{\"name\":\"FOOT\"},{\"name\":\"METRE\"}]}")
    }

    @Test func `an answer that grows past its limit is an error`() throws {
        let schema = try SchemaBuilder.schema(of: Samples.schema)
        let document = try DocumentParser.parse("{ __schema { types { name description } } }")
        let collector = FieldCollector(schema: schema, fragments: FragmentTable(document), variables: .none)
        var introspection = Introspection(schema: schema, collector: collector, maximumBytes: 100)
        let operation = try #require(document.operations.first)
        let field = try #require(collector.collect(operation.selectionSet, on: "Query").first)
        var buffer = ByteBuffer()
        let error = #expect(throws: GraphQLError.self) { try introspection.write(field, into: &buffer) }
        #expect(error?.kind == .limit)
        #expect(buffer.count < 2000)
    }
}
