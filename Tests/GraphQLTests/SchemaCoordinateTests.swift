// Schema coordinates: one spelling for every element of a schema, parsed, printed and resolved.

import Base
import GraphQL
import Testing

@Suite struct SchemaCoordinateTests {
    private let schema: Schema

    init() throws {
        schema = try SchemaBuilder.schema(
            of: """
                type Query { search(criteria: Criteria!): [Business] }
                input Criteria { name: String filter: Filter }
                enum Filter { OPEN_NOW DELIVERS }
                interface Named { name: String }
                type Business implements Named { name: String }
                union Result = Business
                scalar Date
                directive @private(scope: String!) on FIELD_DEFINITION
                """)
    }

    @Test(
        arguments: [
            ("Business", .type("Business")),
            ("Business.name", .member(type: "Business", name: "name")),
            ("_a1.__b", .member(type: "_a1", name: "__b")),
            ("Query.search(criteria:)", .argument(type: "Query", field: "search", name: "criteria")),
            ("@private", .directive("private")),
            ("@private(scope:)", .directiveArgument(directive: "private", name: "scope")),
        ] as [(String, SchemaCoordinate)])
    func `a coordinate has one spelling`(_ text: String, _ expected: SchemaCoordinate) throws {
        #expect(try SchemaCoordinate(parsing: text) == expected)
        #expect(expected.description == text)
    }

    @Test(
        arguments: [
            ("", #"Syntax Error: Expected Name, found <EOF>."#, 1),
            (" Business", #"Syntax Error: Expected Name, found " "."#, 1),
            ("Business ", #"Syntax Error: Expected <EOF>, found " "."#, 9),
            ("Business.", #"Syntax Error: Expected Name, found <EOF>."#, 10),
            ("Business. name", #"Syntax Error: Expected Name, found " "."#, 10),
            ("Business.name.length", #"Syntax Error: Expected <EOF>, found "."."#, 14),
            ("Business(name:)", #"Syntax Error: Expected <EOF>, found "("."#, 9),
            ("Query.search(criteria)", #"Syntax Error: Expected ":", found ")"."#, 22),
            ("Query.search(criteria:", #"Syntax Error: Expected ")", found <EOF>."#, 23),
            ("Query.search(:)", #"Syntax Error: Expected Name, found ":"."#, 14),
            ("@private.scope", #"Syntax Error: Expected <EOF>, found "."."#, 9),
            ("@", #"Syntax Error: Expected Name, found <EOF>."#, 2),
            ("1a", #"Syntax Error: Expected Name, found "1"."#, 1),
        ])
    func `anything else is refused where it stops fitting`(_ text: String, _ message: String, _ column: Int) {
        #expect { try SchemaCoordinate(parsing: text) } throws: { error in
            let error = error as? GraphQLError
            return error?.message == message && error?.locations.first?.column == column
        }
    }

    private func resolve(_ text: String) throws -> String? {
        switch try schema.element(at: SchemaCoordinate(parsing: text)) {
        case .type(let type)?: "\(type.kindName) \(type.name)"
        case .field(let field, of: let type)?: "field \(field.name): \(field.type) of \(type.name)"
        case .inputField(let field, of: let type)?: "input field \(field.name): \(field.type) of \(type.name)"
        case .enumValue(let value, of: let type)?: "value \(value.name) of \(type.name)"
        case .argument(let argument, of: let field)?: "argument \(argument.name): \(argument.type) of \(field.name)"
        case .directive(let directive)?: "directive \(directive.name)"
        case .directiveArgument(let argument, of: let directive)?: "argument \(argument.name) of @\(directive.name)"
        case nil: nil
        }
    }

    @Test(
        arguments: [
            ("Business", "OBJECT Business"), ("String", "SCALAR String"), ("Result", "UNION Result"),
            ("Business.name", "field name: String of Business"), ("Named.name", "field name: String of Named"),
            ("Criteria.filter", "input field filter: Filter of Criteria"),
            ("Filter.OPEN_NOW", "value OPEN_NOW of Filter"),
            ("Query.search(criteria:)", "argument criteria: Criteria! of search"),
            ("@private", "directive private"), ("@private(scope:)", "argument scope of @private"),
            ("@deprecated(reason:)", "argument reason of @deprecated"),
            ("Nothing", nil), ("Business.nothing", nil), ("Criteria.nothing", nil), ("Filter.NOTHING", nil),
            ("Query.search(nothing:)", nil), ("@nothing", nil), ("@private(nothing:)", nil),
            // Meta-fields and introspection types are no elements of a schema.
            ("Business.__typename", nil), ("__Type", nil),
        ] as [(String, String?)])
    func `a coordinate leads to its element, or to nothing`(_ text: String, _ expected: String?) throws {
        #expect(try resolve(text) == expected)
    }

    @Test(
        arguments: [
            ("Nothing.name", #"Unknown type "Nothing"."#),
            ("Nothing.name(a:)", #"Unknown type "Nothing"."#),
            ("Query.nothing(a:)", #"Unknown field "nothing" on type "Query"."#),
            ("@nothing(a:)", #"Unknown directive "@nothing"."#),
            ("Date.a", #"Expected "Date" to be an Enum, Input Object, Object or Interface type."#),
            ("Result.a", #"Expected "Result" to be an Enum, Input Object, Object or Interface type."#),
            ("Criteria.name(a:)", #"Expected "Criteria" to be an object type or interface type."#),
        ])
    func `what is around the element must exist and be able to hold it`(_ text: String, _ message: String) {
        #expect { try resolve(text) } throws: { ($0 as? GraphQLError)?.message == message }
    }
}
