// Tables marked `enum: true`: the values of their key are an enum type wherever a foreign key leads to them (dialect of the
// API, sections 3, 8 and 11).
import Gateway
import TestSupport
import Testing

@Suite
struct EnumerationTests {
    private static let sql = """
        create table colors (value text primary key, comment text);
        insert into colors values ('red', 'warm'), ('green', null), ('blue', 'cold');
        create table cars (
          id integer primary key, color text not null references colors (value), trim varchar(9) references colors,
          note text, wheels int);
        insert into cars (id, color, trim, note) values (1, 'red', 'blue', 'a'), (2, 'blue', null, 'b'), (3, 'red', 'red', 'c');
        create table palettes (color text primary key references colors (value), rank int);
        insert into palettes values ('red', 1), ('blue', 2);
        """

    private static let open =
        #""read": {"rule": "allow"}, "create": {"rule": "allow"}, "update": {"rule": "allow"}, "#
        + #""delete": {"rule": "allow"}"#

    private static func gateway(
        _ cars: String = open, _ colors: String = #""read": {"rule": "deny"}"#, sql: String = sql
    ) async throws -> TestGateway {
        try await TestGateway.make(
            sql: sql,
            collections: #""main.cars": { \#(cars) }, "main.colors": { \#(colors) }, "main.palettes": { \#(open) }"#,
            source: #""track": "all", "collections": {"colors": {"enum": true}}"#)
    }

    private func ids(_ filter: String, _ gateway: TestGateway, _ variables: String? = nil, declared: String = "") async
        -> String
    {
        let text = await gateway.data("query \(declared) { cars(where: \(filter)) { id } }", variables)
        return text.hasPrefix(#"{"cars":["#) ? text.filter { $0.isNumber || $0 == "," } : text
    }

    @Test(arguments: [
        ("{color: {_eq: red}}", "1,3"), ("{color: {_neq: red}}", "2"), ("{color: {_in: [red, green]}}", "1,3"),
        ("{color: {_in: blue}}", "2"), ("{trim: {_nin: [red]}}", "1"), ("{trim: {_is_null: true}}", "2"),
        ("{_not: {color: {_in: []}}}", "1,2,3"),
    ])
    func `columns of the type are compared with its values`(_ filter: String, _ expected: String) async throws {
        #expect(try await ids(filter, Self.gateway()) == expected)
    }

    @Test
    func `values come from variables as strings`() async throws {
        let gateway = try await Self.gateway()
        let one = "($c: colors_enum)"
        #expect(await ids("{color: {_eq: $c}}", gateway, #"{"c": "red"}"#, declared: one) == "1,3")
        #expect(await ids("{color: {_eq: $c}}", gateway, #"{"c": "blue"}"#, declared: one) == "2")
        #expect(
            await ids("{color: {_in: [$c, green]}}", gateway, #"{"c": "blue"}"#, declared: "($c: colors_enum!)") == "2")
        let list = "($c: [colors_enum!])"
        #expect(await ids("{color: {_in: $c}}", gateway, #"{"c": ["blue", "green"]}"#, declared: list) == "2")
        let filter = "($w: cars_bool_exp)"
        #expect(await ids("$w", gateway, #"{"w": {"color": {"_eq": "red"}}}"#, declared: filter) == "1,3")
        #expect(await ids("$w", gateway, #"{"w": {"color": {"_in": ["blue"]}}}"#, declared: filter) == "2")
    }

    @Test
    func `a value fills a parameter and shapes no statement`() async throws {
        let gateway = try await Self.gateway()
        let query = "query ($c: colors_enum) { cars(where: {color: {_eq: $c}}) { id } }"
        let statements = try ["red", "blue"].map { try gateway.explain(query, #"{"c": "\#($0)"}"#).statements }
        #expect(statements[0].map(\.text) == statements[1].map(\.text))
        #expect(statements[0].map { $0.parameters.joined() }.joined().contains("$c"))
    }

    @Test(
        arguments: [
            (#"{color: {_eq: "red"}}"#, nil, "", #"Enum "colors_enum" cannot represent non-enum value: "red"."#),
            ("{color: {_eq: pink}}", nil, "", #"Value "pink" does not exist in "colors_enum" enum."#),
            (
                "{color: {_eq: $c}}", #"{"c": "pink"}"#, "($c: colors_enum)",
                #"Value "pink" does not exist in "colors_enum" enum."#
            ),
            ("{color: {_like: red}}", nil, "", #"Field "_like" is not defined by type "colors_enum_comparison_exp"."#),
            ("{color: {_gt: red}}", nil, "", #"Field "_gt" is not defined by type "colors_enum_comparison_exp"."#),
        ] as [(String, String?, String, String)])
    func `what is no value is refused`(
        _ filter: String, _ variables: String?, _ declared: String, _ message: String
    ) async throws {
        let failure = try await Self.gateway().failure("query \(declared) { cars(where: \(filter)) { id } }", variables)
        #expect(failure.hasPrefix("validation-failed at $.selectionSet.cars.args.where.color"), "\(failure)")
        #expect(failure.contains(message), "\(failure)")
    }

    @Test
    func `the type stands in results, inputs, keys and arguments`() async throws {
        let gateway = try await Self.gateway()
        let type =
            #"query ($n: String!) { __type(name: $n) { fields { name type { name ofType { name } } } inputFields { name type { name } } } }"#
        let object = await gateway.data(type, #"{"n": "cars"}"#, as: .admin)
        #expect(object.contains(#"{"name":"color","type":{"name":null,"ofType":{"name":"colors_enum"}}}"#), "\(object)")
        for input in ["cars_insert_input", "cars_set_input"] {
            let text = await gateway.data(type, #"{"n": "\#(input)"}"#, as: .admin)
            #expect(text.contains(#"{"name":"trim","type":{"name":"colors_enum"}}"#), "\(text)")
        }
        #expect(await gateway.data("{ palettes_by_pk(color: blue) { rank } }") == #"{"palettes_by_pk":{"rank":2}}"#)
        let written = await gateway.data(
            "mutation ($c: colors_enum) { insert_cars_one(object: {id: 9, color: green, trim: $c}) { color trim } }",
            #"{"c": "blue"}"#)
        #expect(written == #"{"insert_cars_one":{"color":"green","trim":"blue"}}"#)
        let changed = await gateway.data(
            "mutation { update_cars(where: {color: {_eq: green}}, _set: {color: red, trim: null}) { returning { id color trim } } }"
        )
        #expect(changed == #"{"update_cars":{"returning":[{"id":9,"color":"red","trim":null}]}}"#)
        let groups = await gateway.data("{ cars_group(by: [color], order_by: {key: {color: asc}}) { key { color } } }")
        #expect(groups == #"{"cars_group":[{"key":{"color":"blue"}},{"key":{"color":"red"}}]}"#)
        let extremes = await gateway.failure("{ cars_aggregate { aggregate { max { color } } } }")
        #expect(extremes.contains("Cannot query field"), "\(extremes)")
    }

    @Test
    func `whoever sees a column of the type sees its values, and nobody else`() async throws {
        let values =
            #"{ table: __type(name: "colors") { name } enum: __type(name: "colors_enum") { enumValues { name description } } }"#
        let seen =
            #"{"table":null,"enum":{"enumValues":[{"name":"blue","description":"cold"},{"name":"green","description":null},{"name":"red","description":"warm"}]}}"#
        let introspection = #""introspection": true"#
        let hidden =
            #""read": {"rule": "allow"}, "fields": {"color": {"read": {"rule": "deny"}}, "trim": {"read": {"rule": "deny"}}}"#
        for (cars, expected) in [(Self.open, seen), (hidden, #"{"table":null,"enum":null}"#)] {
            let gateway = try await TestGateway.make(
                sql: Self.sql, collections: #""main.cars": { \#(cars) }"#,
                source: #""track": "all", "collections": {"colors": {"enum": true}}"#, server: introspection)
            #expect(await gateway.data(values) == expected)
        }
        let writer = try await TestGateway.make(
            sql: Self.sql,
            collections: #""main.cars": { "read": {"rule": "deny"}, "create": {"rule": "allow"} }"#,
            source: #""track": "all", "collections": {"colors": {"enum": true}}"#, server: introspection)
        #expect(await writer.data(values) == seen)
    }

    @Test
    func `in rules the column is text`() async throws {
        for (condition, expected) in [
            (#"{"rule": "where", "where": {"color": {"_like": "r%"}}}"#, "1,3"),
            (#"{"rule": "where", "where": {"color": {"_eq": "pink"}}}"#, ""),
            (#"{"rule": "where", "where": {"color": {"_in": ["blue", "args.op"]}}}"#, "2"),
            (#"{"rule": "match", "type": "string", "eval": "==", "f1": "args.row.color", "f2": "blue"}"#, "2"),
        ] {
            #expect(try await ids("{}", Self.gateway(#""read": \#(condition)"#)) == expected, "\(condition)")
        }
    }

    @Test(arguments: [
        (#""fields": {"trim": {"read": {"rule": "mask", "with": "pink"}}}"#, "the mask's literal is not a colors_enum"),
        (#""fields": {"trim": {"read": {"rule": "mask", "with": "last4"}}}"#, "need a text column"),
    ])
    func `a mask shows a value of the enum`(_ fields: String, _ message: String) async throws {
        do {
            _ = try await Self.gateway(#""read": {"rule": "allow"}, \#(fields)"#)
            Issue.record("the rules were accepted")
        } catch {
            #expect("\(error)".contains(message), "\(error)")
        }
        let masked = try await Self.gateway(
            #""read": {"rule": "allow"}, "fields": {"trim": {"read": {"rule": "mask", "with": "green"}}}"#)
        #expect(await masked.data("{ cars(limit: 1) { trim } }") == #"{"cars":[{"trim":"green"}]}"#)
        #expect(await ids("{trim: {_eq: green}}", masked) == "1,2,3")
    }

    @Test(arguments: [
        ("delete from cars; delete from palettes; delete from colors;", "has no rows"),
        ("insert into colors values ('light green', null);", #"the value "light green", which is not a GraphQL name"#),
        ("insert into colors values (null, null);", #"a row whose "value" is no text"#),
        ("insert into colors values (x'ff', null);", #"a row whose "value" is no text"#),
    ])
    func `a table that cannot be an enum is a load error at its place`(_ change: String, _ message: String) async {
        do {
            _ = try await Self.gateway(sql: Self.sql + change)
            Issue.record("the project was loaded")
        } catch {
            let text = "\(error)"
            #expect(text.contains("/sources/main/collections/colors/enum: the enum table \"colors\""), "\(text)")
            #expect(text.contains(message), "\(text)")
        }
    }
}
