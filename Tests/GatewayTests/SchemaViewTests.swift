// What one caller's schema says of what is hidden from that caller: nothing, in introspection, validation and suggestions; and
// what shapes see alike is held once.
import Base
import GraphQL
import Metadata
import Rules
import TestSupport
import Testing

@testable import Gateway

@Suite
struct SchemaViewTests {
    private static let sql = """
        create table authors (id integer primary key, name text not null, zzsecret text);
        create table articles (id integer primary key, author_id int references authors (id), title text not null,
          zzdraft text, constraint zzdraft_unique unique (zzdraft));
        create table zzhidden (id integer primary key, article_id int references articles (id), zzvalue text);
        """
    private static let rules = #"""
        "main.authors": { "read": { "rule": "allow" }, "fields": { "zzsecret": { "read": { "rule": "deny" } } } },
        "main.articles": { "read": { "rule": "allow" }, "create": { "rule": "allow" },
          "fields": { "zzdraft": { "read": { "rule": "deny" }, "create": { "rule": "deny" } } } }
        """#

    @Test func `no word about what is hidden, whatever is asked`() async throws {
        let gateway = try await TestGateway.make(
            sql: Self.sql, collections: Self.rules, server: #""introspection": true"#)
        // Near misses of every hidden name, at every place where names stand.
        var queries: [String] = []
        for name in ["zzsecre", "zzdraf", "zzhidde", "zzvalu", "zzhiddens", "zzdraft", "zzsecret", "zzhidden"] {
            queries += [
                "{ \(name) { id } }", "{ articles { \(name) } }", "{ authors { \(name) } }",
                "{ authors { articles { \(name) } } }", "{ articles { \(name)_aggregate { aggregate { count } } } }",
                "{ articles(where: {\(name): {_eq: 1}}) { id } }", "{ articles(order_by: {\(name): asc}) { id } }",
                "{ articles(distinct_on: \(name)) { id } }", "{ articles_aggregate { aggregate { max { \(name) } } } }",
                "{ articles_aggregate { aggregate { count(columns: \(name)) } } }",
                "{ articles_group(by: [\(name)]) { key { title } } }", "{ \(name)_by_pk(id: 1) { id } }",
                "{ authors(where: {articles: {\(name): {_eq: 1}}}) { id } }",
                "mutation { insert_articles(objects: [{\(name): 1}]) { affected_rows } }",
                "mutation { insert_\(name)(objects: []) { affected_rows } }",
                "mutation { insert_articles(objects: [], on_conflict: {constraint: \(name)_uniqu, update_columns: \(name)}) { affected_rows } }",
                "mutation { insert_articles(objects: [{author: {data: {\(name): 1}}}]) { affected_rows } }",
                "query($v: \(name)_bool_exp) { articles(where: $v) { id } }", "{ ... on \(name) { id } }",
                "{ __type(name: \"\(name)\") { name } }", "{ articles { ... on \(name) { id } } }",
            ]
        }
        let hidden = ["zzsecret", "zzdraft", "zzhidden", "zzvalue"]
        for query in queries {
            let answer = await gateway.answer(query)
            // What the caller has written may be repeated; nothing else may be said.
            let said = hidden.filter { name in answer.contains(name) && !query.contains(name) }
            #expect(said.isEmpty, "\(query): \(answer)")
            #expect(!answer.contains("Did you mean \"zz"), "\(query): \(answer)")
        }
        let everything = await gateway.answer(
            "{ __schema { types { name description fields { name description args { name } } inputFields { name } enumValues { name } } } }"
        )
        #expect(everything.contains("articles_bool_exp"))
        #expect(!everything.contains("zz"))
        let admin = await gateway.answer("{ __schema { types { name fields { name } } } }", as: .admin)
        #expect(hidden.allSatisfy { admin.contains($0) })
        #expect(!gateway.project.schemaText(of: Caller(kind: .anonymous), now: TestGateway.now).contains("zz"))
    }

    /// Tables of which each role sees its own tenth beside what all see.
    private static func wide(tables: Int, roles: Int) -> (sql: String, rules: String) {
        var sql = ""
        var rules: [String] = []
        for table in 0..<tables {
            let parent = table == 0 ? "" : ", parent_id int references table_\(table - 1) (id)"
            sql +=
                "create table table_\(table) (id integer primary key, name text not null, amount int, made timestamptz\(parent));\n"
            let open = (0..<roles).filter { ($0 + table / 2) % 10 == 0 }.map { "\"role\($0)\"" }.joined(separator: ", ")
            let read =
                table % 2 == 0
                ? #"{ "rule": "authenticated" }"#
                : #"{ "rule": "match", "type": "string", "eval": "in", "f1": "args.auth.role", "f2": [\#(open)] }"#
            rules.append(#""main.table_\#(table)": { "read": \#(read) }"#)
        }
        return (sql, rules.joined(separator: ",\n"))
    }

    @Test func `what shapes see alike is held once`() async throws {
        let (sql, rules) = Self.wide(tables: 40, roles: 20)
        let gateway = try await TestGateway.make(sql: sql, collections: rules)
        let shapes = gateway.project.shapes
        var names = 0
        var contexts: [ShapeContext] = []
        for role in 0..<20 {
            let caller = TestCaller(stringLiteral: #"{"role":"role\#(role)"}"#).caller
            let context = shapes.context(of: caller, now: TestGateway.now, generation: gateway.project.generation)
            // All of its types are made.
            names += context.schema.provider.typeNames.count
            contexts.append(context)
        }
        // Roles that are ten apart see alike, and are one shape; the others differ in every second table.
        #expect(Set(contexts.map(\.id)).count == 10)
        #expect(names > 10_000)
        // A table that all see looks different only where one that it refers to is hidden from some.
        #expect(shapes.sharedTypes.count < names / 4, "\(shapes.sharedTypes.count) of \(names)")
        #expect(shapes.sharedAccess.count <= 40 * 4, "\(shapes.sharedAccess.count)")
        let again = shapes.sharedTypes.count
        let other = TestCaller(stringLiteral: #"{"role":"role3","more":1}"#).caller
        _ =
            shapes.context(of: other, now: TestGateway.now, generation: gateway.project.generation).schema.provider
            .typeNames
        #expect(shapes.sharedTypes.count == again)
    }

    @Test func `parts of types that say the same are one object`() async throws {
        let (sql, rules) = Self.wide(tables: 6, roles: 10)
        let gateway = try await TestGateway.make(sql: sql, collections: rules)
        func input(_ name: String, of type: String, role: Int) throws -> InputValueDefinition {
            let caller = TestCaller(stringLiteral: #"{"role":"role\#(role)"}"#).caller
            let schema = gateway.project.shapes.context(
                of: caller, now: TestGateway.now, generation: gateway.project.generation
            ).schema
            guard case .inputObject(let object) = schema.type(named: type) else { throw Missing(type) }
            return try #require(object.fields[name])
        }
        let first = try input("amount", of: "table_0_order_by", role: 0)
        // Of another table, of another type of the table, and as another shape sees it.
        #expect(try first === input("amount", of: "table_2_order_by", role: 0))
        #expect(try first === input("amount", of: "table_0_max_order_by", role: 0))
        #expect(try first === input("amount", of: "table_0_order_by", role: 4))
        #expect(try first !== input("amount", of: "table_0_bool_exp", role: 0))
    }

    private struct Missing: Error {
        let name: String
        init(_ name: String) { self.name = name }
    }

    @Test func `types are found by every name there is, and by no other`() async throws {
        let (sql, rules) = Self.wide(tables: 30, roles: 10)
        let gateway = try await TestGateway.make(sql: sql, collections: rules)
        let types = gateway.project.types
        #expect(types.names.count > 1000)
        for name in types.names {
            #expect(types[name] != nil)
            #expect(types[name + "_"] == nil || types.names.contains(name + "_"))
        }
        #expect(types[""] == nil)
    }

    @Test func `a shape that shares sees what it would see alone`() async throws {
        let (sql, rules) = Self.wide(tables: 12, roles: 10)
        let gateway = try await TestGateway.make(sql: sql, collections: rules)
        let alone = try await TestGateway.make(sql: sql, collections: rules)
        // In the one gateway the last shape comes after all others, in the other it comes first.
        for role in 0..<10 {
            let caller = TestCaller(stringLiteral: #"{"role":"role\#(role)"}"#)
            let shared = gateway.project.schemaText(of: caller.caller, now: TestGateway.now)
            let text = role == 9 ? alone.project.schemaText(of: caller.caller, now: TestGateway.now) : nil
            #expect(shared.contains("table_0("))
            if let text { #expect(shared == text) }
        }
    }
}
