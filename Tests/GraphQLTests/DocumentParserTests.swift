// The parser: trees through their views, errors with places, limits, and broken input of every length.

import Base
import GraphQL
import Testing

@Suite struct DocumentParserTests {
    @Test func `reads an operation through its views`() throws {
        let document = try DocumentParser.parse(
            """
            "Finds people."
            query People($first: Int! = 10 @old, $tags: [String!]) @cached(ttl: 5) {
              everyone: people(limit: $first, where: {tags: [a, "b", 1.5, null, true]}) { id ...parts }
              ... on Query @include(if: true) { x }
            }
            fragment parts on Person { name }
            """)
        let operation = try #require(document.operations.first)
        #expect(operation.name == "People")
        #expect(operation.operationKind == .query)
        #expect(operation.description?.stringValue == "Finds people.")
        #expect(operation.directives.map(\.name) == ["cached"])
        let variables = Array(operation.variableDefinitions)
        #expect(variables.map(\.name) == ["first", "tags"])
        #expect(variables.map { "\($0.type.reference)" } == ["Int!", "[String!]"])
        #expect(variables[0].defaultValue?.sourceText == "10")
        #expect(variables[0].directives.map(\.name) == ["old"])
        #expect(variables[1].defaultValue == nil)
        let selections = Array(operation.selectionSet)
        guard case .field(let field) = selections[0], case .inlineFragment(let inline) = selections[1] else {
            Issue.record("not a field and an inline fragment")
            return
        }
        #expect(field.name == "people")
        #expect(field.alias == "everyone")
        #expect(field.responseKey == "everyone")
        #expect(field.arguments.map(\.name) == ["limit", "where"])
        #expect(field.argument(named: "limit")?.value.variableName == "first")
        #expect(field.argument(named: "nothing") == nil)
        #expect(field.location == SourceLocation(line: 3, column: 3))
        #expect(inline.typeCondition?.name == "Query")
        guard case .object(let fields)? = field.argument(named: "where")?.value.content,
            case .list(let items)? = fields.first?.value.content
        else {
            Issue.record("not an object with a list")
            return
        }
        #expect(items.map(\.kind) == [.enumValue, .stringValue, .floatValue, .nullValue, .booleanValue])
        #expect(items.count == 5)
        let fragment = try #require(document.fragments.first)
        #expect(fragment.name == "parts")
        #expect(fragment.typeCondition.name == "Person")
        #expect(field.selectionSet.map { Array($0).count } == 2)
    }

    @Test func `reads a type system through its views`() throws {
        let document = try DocumentParser.parse(
            """
            schema @a { query: Q }
            "D" type Q implements A & B @b { "f" f("x" x: Int = 1 @c, y: [T!]!): String @d }
            union U = | Q | R
            enum E { "first" A B @deprecated }
            input I { a: Int = 1, b: String }
            directive @z(if: Boolean!) repeatable on FIELD | QUERY
            extend type Q { g: Int }
            """)
        let definitions = Array(document.definitions)
        #expect(
            definitions.map(\.kind) == [
                .schemaDefinition, .objectTypeDefinition, .unionTypeDefinition, .enumTypeDefinition,
                .inputObjectTypeDefinition, .directiveDefinition, .objectTypeExtension,
            ])
        let object = try #require(definitions[1].as(TypeDefinitionNode.self))
        #expect(object.description?.stringValue == "D")
        #expect(object.interfaces.map(\.name) == ["A", "B"])
        let field = try #require(object.fields.first)
        #expect(field.arguments.map(\.name) == ["x", "y"])
        #expect(field.arguments.map { "\($0.type.reference)" } == ["Int", "[T!]!"])
        #expect(field.arguments.first?.defaultValue?.sourceText == "1")
        #expect(field.arguments.first?.description?.stringValue == "x")
        #expect(try #require(definitions[2].as(TypeDefinitionNode.self)).memberTypes.map(\.name) == ["Q", "R"])
        #expect(try #require(definitions[3].as(TypeDefinitionNode.self)).values.map(\.name) == ["A", "B"])
        let directive = try #require(definitions[5].as(DirectiveDefinitionNode.self))
        #expect(directive.isRepeatable)
        #expect(directive.locations.map(\.name) == ["FIELD", "QUERY"])
        #expect(try #require(definitions[6].as(TypeDefinitionNode.self)).isExtension)
    }

    @Test(arguments: [
        ("", "Unexpected <EOF>.", 1, 1), ("{", "Expected Name, found <EOF>.", 1, 2),
        ("{ a(b: $) }", "Expected Name, found \")\".", 1, 9), ("{ a }\n}", "Unexpected \"}\".", 2, 1),
        ("query ($a: Int = $b) { a }", "Unexpected variable \"$b\" in constant value.", 1, 18),
        ("{ a() }", "Expected Name, found \")\".", 1, 5), ("\"d\" { a }", "Unexpected \"{\".", 1, 5),
        (
            "\"d\" extend type A { a: Int }",
            "Unexpected description, descriptions are supported only on type definitions.", 1, 1
        ),
        ("query ($a: [Int { a }", "Expected \"]\", found \"{\".", 1, 17),
        ("type A { }", "Expected Name, found \"}\".", 1, 10),
        ("fragment on on A { a }", "Unexpected Name \"on\".", 1, 10),
    ])
    func `tells what was expected and where`(_ source: String, _ message: String, _ line: Int, _ column: Int) {
        do throws(GraphQLError) {
            _ = try DocumentParser.parse(source)
            Issue.record("no error")
        } catch {
            #expect(error.message == "Syntax Error: \(message)")
            #expect(error.locations == [SourceLocation(line: line, column: column)])
            #expect(error.kind == .syntax)
            #expect(error.extensionPath == "$.query")
        }
    }

    @Test func `tokens, nesting and bytes are limited while reading`() throws {
        func limit(_ source: String, _ limits: ParserLimits) -> GraphQLError.Kind? {
            do throws(GraphQLError) {
                _ = try DocumentParser.parse(source, limits: limits)
                return nil
            } catch {
                return error.kind
            }
        }
        #expect(limit("{ a b c }", ParserLimits(tokens: 5)) == nil)
        #expect(limit("{ a b c }", ParserLimits(tokens: 4)) == .limit)
        #expect(limit("{ a { b } }", ParserLimits(nesting: 2)) == nil)
        #expect(limit("{ a { b { c } } }", ParserLimits(nesting: 2)) == .limit)
        #expect(limit("{ a(x: [[1]]) }", ParserLimits(nesting: 2)) == .limit)
        #expect(limit("query ($a: [[[Int]]]) { a }", ParserLimits(nesting: 2)) == .limit)
        #expect(limit("{ a }", ParserLimits(bytes: 4)) == .limit)
        #expect(limit("{ a }", ParserLimits(bytes: 5)) == nil)
    }

    @Test(arguments: ["{", "[", "{a(x:", "{a(x:[", "{a(x:{b:", "query($a:[", "{...{", "{a@b(c:["])
    func `a megabyte of openings is refused at the limit`(_ opening: String) {
        var source = opening
        while source.utf8.count < 1 << 20 { source += source }
        #expect(throws: GraphQLError.self) {
            try DocumentParser.parse(source, limits: ParserLimits(bytes: .max, tokens: .max))
        }
    }

    @Test func `every prefix of a document is a document or a syntax error`() {
        let source = Array(Samples.kitchenSink.utf8)
        for length in 0...source.count {
            do throws(GraphQLError) {
                _ = try DocumentParser.parse(Array(source[..<length]))
            } catch {
                #expect(error.kind == .syntax)
            }
        }
    }

    @Test func `a document with any one byte changed is a document or a syntax error`() {
        let source = Array(Samples.kitchenSink.utf8)
        for position in source.indices {
            for byte: UInt8 in [0, 0x22, 0x7B, 0x7D, 0x28, 0x80, 0xFF] {
                var changed = source
                changed[position] = byte
                do throws(GraphQLError) {
                    let document = try DocumentParser.parse(changed)
                    #expect(document.nodeCount > 0)
                } catch {
                    #expect(error.kind == .syntax)
                }
            }
        }
    }

    @Test(arguments: Samples.all)
    func `printing and parsing again gives the same text`(_ source: String) throws {
        let once = Printer.print(try DocumentParser.parse(source))
        #expect(Printer.print(try DocumentParser.parse(once)) == once)
    }

    @Test func `descriptions of operations, fragments and variables survive printing`() throws {
        let text = """
            "An operation."
            query ("A variable." $a: Int) {
              a(x: $a)
            }
            """
        let printed = Printer.print(try DocumentParser.parse(text))
        #expect(printed.hasPrefix("\"An operation.\"\nquery "))
        #expect(printed.contains("\"A variable.\""))
        #expect(Printer.print(try DocumentParser.parse(printed)) == printed)
    }

    @Test func `the visitor enters and leaves every node, skips and stops`() throws {
        struct Recorder: DocumentVisitor {
            var log: [String] = []
            var skip: NodeKind?
            var stop: NodeKind?

            mutating func enter(_ node: AnyNode) -> VisitAction {
                log.append("+\(node.kind)")
                if node.kind == stop { return .stop }
                return node.kind == skip ? .skipChildren : .continue
            }

            mutating func leave(_ node: AnyNode) -> VisitAction {
                log.append("-\(node.kind)")
                return .continue
            }
        }
        let document = try DocumentParser.parse("{ a(b: [1]) c }")
        var all = Recorder()
        document.visit(&all)
        #expect(
            all.log == [
                "+operationDefinition", "+selectionSet", "+field", "+argument", "+listValue", "+intValue",
                "-intValue", "-listValue", "-argument", "-field", "+field", "-field", "-selectionSet",
                "-operationDefinition",
            ])
        var skipping = Recorder(skip: .argument)
        document.visit(&skipping)
        #expect(!skipping.log.contains("+listValue"))
        #expect(skipping.log.count { $0 == "+field" } == 2)
        var stopping = Recorder(stop: .listValue)
        document.visit(&stopping)
        #expect(stopping.log.last == "+listValue")
    }
}
