// Database and configuration become one catalog: names are inferred, configured ones replace them, and what does not fit
// is reported at its place.
import TestSupport
import Testing

@testable import Metadata

struct CatalogBuilderTests {
    private static func errors(_ tables: [TableDescription], _ source: String = #""track": "all""#) -> [String] {
        do {
            _ = try TestCatalog.build(tables, source: source)
            return []
        } catch {
            return error.errors.map(\.description)
        }
    }

    /// `name: kind target (local=remote, …)` of each relationship, guaranteed ones with `!`.
    private static func relationships(_ catalog: Catalog, _ name: String) -> [String] {
        guard let collection = catalog.collection(named: CollectionName(source: "main", collection: name)) else {
            return []
        }
        return collection.relationships.map { relationship in
            let target = catalog[relationship.target]
            let pairs = relationship.pairs.map {
                "\(collection.fields[$0.local].name)=\(target.fields[$0.target].name)"
            }
            return
                "\(relationship.name): \(relationship.kind.rawValue) \(target.table) (\(pairs.joined(separator: ", ")))"
                + (relationship.isGuaranteed ? "!" : "")
        }
    }

    private static let books = [
        TestCatalog.table("authors", "id Int, name String"),
        TestCatalog.table(
            "books", "id Int, author_id Int, isbn String", references: [TestCatalog.reference("author_id", "authors")]),
    ]

    private static func build(_ tables: [TableDescription], _ source: String = #""track": "all""#) throws -> Catalog {
        try TestCatalog.build(tables, source: source)
    }

    // MARK: Relationships

    @Test
    func `a foreign key becomes a relationship on both sides`() throws {
        let catalog = try Self.build(Self.books)
        #expect(Self.relationships(catalog, "books") == ["author: object authors (author_id=id)!"])
        #expect(Self.relationships(catalog, "authors") == ["books: array books (id=author_id)"])
    }

    @Test(arguments: [
        ("author_id", "author"), ("authorId", "authors"), ("_id", "authors"), ("id_author", "authors"),
        ("lead author_id", "lead_author"), ("wrote_it", "authors"),
    ])
    func `an object relationship is named for its column or its target`(_ column: String, _ name: String) throws {
        var tables = Self.books
        tables[1].columns[1].name = column
        tables[1].foreignKeys[0].columns = [column]
        #expect(Self.relationships(try Self.build(tables), "books") == ["\(name): object authors (\(column)=id)!"])
    }

    @Test
    func `a column that may be null guarantees no row`() throws {
        var tables = Self.books
        tables[1].columns[1].isNullable = true
        #expect(Self.relationships(try Self.build(tables), "books") == ["author: object authors (author_id=id)"])
    }

    @Test
    func `two keys to one table are told apart by their columns`() throws {
        let tables = [
            Self.books[0],
            TestCatalog.table(
                "books", "id Int, author_id Int, editor_id Int?",
                references: [
                    TestCatalog.reference("author_id", "authors"), TestCatalog.reference("editor_id", "authors"),
                ]),
        ]
        let catalog = try Self.build(tables)
        #expect(
            Self.relationships(catalog, "books") == [
                "author: object authors (author_id=id)!", "editor: object authors (editor_id=id)",
            ])
        #expect(
            Self.relationships(catalog, "authors") == [
                "books: array books (id=author_id)", "books_by_editor_id: array books (id=editor_id)",
            ])
    }

    @Test
    func `a link named like a column is told apart from it`() throws {
        let tables = [
            TestCatalog.table("authors", "id Int, books String"),
            TestCatalog.table(
                "books", "id Int, author String, author_id Int",
                references: [TestCatalog.reference("author_id", "authors")]),
        ]
        let catalog = try Self.build(tables)
        #expect(Self.relationships(catalog, "books") == ["author_by_author_id: object authors (author_id=id)!"])
        #expect(Self.relationships(catalog, "authors") == ["books_by_author_id: array books (id=author_id)"])
    }

    @Test
    func `a table that refers to itself has both sides`() throws {
        let table = TestCatalog.table(
            "nodes", "id Int, parent_id Int?", references: [TestCatalog.reference("parent_id", "nodes")])
        #expect(
            Self.relationships(try Self.build([table]), "nodes")
                == ["parent: object nodes (parent_id=id)", "nodes: array nodes (id=parent_id)"])
    }

    @Test
    func `a composite key joins by all its columns`() throws {
        let tables = [
            TestCatalog.table("seats", "room String, number Int", key: ["room", "number"]),
            TestCatalog.table(
                "bookings", "id Int, room String, number Int",
                references: [
                    ForeignKeyDescription(
                        columns: ["number", "room"], targetTable: "seats", targetColumns: ["number", "room"])
                ]),
        ]
        let catalog = try Self.build(tables)
        #expect(Self.relationships(catalog, "bookings") == ["seats: object seats (number=number, room=room)!"])
        #expect(catalog.collections[0].primaryKey == [0, 1])
    }

    @Test
    func `a configured relationship replaces the inferred one of the same columns`() throws {
        let catalog = try Self.build(
            Self.books,
            #"""
            "track": "all", "collections": {
              "books": { "relationships": { "writer": { "object": "authors", "on": { "author_id": "id" } } } },
              "authors": { "relationships": { "others": { "array": "books", "on": { "name": "isbn" } } } } }
            """#)
        #expect(Self.relationships(catalog, "books") == ["writer: object authors (author_id=id)!"])
        #expect(
            Self.relationships(catalog, "authors") == [
                "others: array books (name=isbn)", "books: array books (id=author_id)",
            ])
    }

    @Test
    func `only what is listed is tracked, and nothing is inferred for it`() throws {
        let catalog = try Self.build(Self.books, #""track": "listed", "collections": { "books": {} }"#)
        #expect(catalog.collections.map(\.table) == ["books"])
        #expect(Self.relationships(catalog, "books").isEmpty)
    }

    // MARK: Names

    @Test(arguments: [
        ("plain", "plain"), ("with space", "with_space"), ("ünï", "_n_"), ("a.b-c", "a_b_c"), ("2nd", "_2nd"),
        ("__private", "_private"), ("_one", "_one"), ("___", "_1"), ("🚀", "_1"), ("", "_1"),
        ("🚀 id", "_id"), ("CamelCase", "CamelCase"), ("été", "_t_"),
    ])
    func `a database name becomes a GraphQL name`(_ name: String, _ expected: String) {
        let made = CatalogBuilder.graphQLName(from: name)
        #expect(made == expected)
        #expect(isGraphQLName(made))
    }

    @Test
    func `names of the configuration stand for the database's`() throws {
        let catalog = try Self.build(
            Self.books,
            #"""
            "track": "all", "prefix": "lib_", "collections": { "books": {
              "name": "Book", "rootFields": { "select": "allBooks", "selectByPk": "book", "selectAggregate": "bookCount" },
              "fields": { "isbn": { "name": "number" } },
              "computedFields": { "shout": { "expression": "upper(isbn)", "type": "String" } } } }
            """#)
        #expect(catalog.collections.map(\.apiName) == ["lib_authors", "Book"])
        #expect(catalog.collections[0].rootFields == RootFieldNames(apiName: "lib_authors"))
        #expect(catalog.collections[1].rootFields.select == "allBooks")
        #expect(catalog.collections[1].rootFields.selectByKey == "book")
        #expect(catalog.collections[1].rootFields.selectAggregate == "bookCount")
        #expect(catalog.collections[1].fields.map(\.apiName) == ["id", "author_id", "number", "shout"])
        #expect(catalog.collections[1].fields.map(\.name) == ["id", "author_id", "isbn", "shout"])
        #expect(catalog.collections[1].fields[3].isComputed)
        // Rules keep the database's names.
        #expect(catalog.collections[1].name.description == "main.books")
    }

    // MARK: What does not fit

    private static let place = "perigee.json: /sources/main"

    @Test(
        arguments: [
            (
                #""collections": { "book": {} }"#,
                [#"\#(place)/collections/book: there is no table "book" in "main"; did you mean "books"?"#]
            ),
            (
                #""collections": { "books": { "fields": { "isbm": { "name": "x" } } } }"#,
                [
                    #"\#(place)/collections/books/fields/isbm: there is no column "isbm" in "books"; did you mean "isbn"?"#
                ]
            ),
            (
                #""collections": { "books": { "computedFields": { "x": { "expression": "1", "type": "Strin" } } } }"#,
                [#"\#(place)/collections/books/computedFields/x/type: unknown type "Strin"; did you mean "String"?"#]
            ),
            (
                #""collections": { "books": { "relationships": { "x": { "object": "author", "on": { "author_id": "id" } } } } }"#,
                [
                    #"\#(place)/collections/books/relationships/x/object: there is no collection "author"; did you mean "authors"?"#
                ]
            ),
            (
                #""collections": { "books": { "relationships": { "x": { "array": "authors", "on": { "autor_id": "ids" } } } } }"#,
                [
                    #"\#(place)/collections/books/relationships/x/on: there is no column "autor_id" in "main.books"; did you mean "author_id"?"#,
                    #"\#(place)/collections/books/relationships/x/on: there is no column "ids" in "main.authors"; did you mean "id"?"#,
                ]
            ),
            (
                #""collections": { "books": { "relationships": { "isbn": { "object": "authors", "on": { "author_id": "id" } } } } }"#,
                [
                    #"\#(place)/collections/books/relationships/isbn: "isbn" is a column of "main.books" already; choose another name"#
                ]
            ),
            (
                #""collections": { "books": { "fields": { "isbn": { "name": "id" } } } }"#,
                [
                    #"\#(place)/collections/books: two fields of "books" have the name "id"; set "fields": { "isbn": { "name": … } }"#
                ]
            ),
            (
                #""collections": { "books": { "computedFields": { "isbn": { "expression": "1", "type": "Int" } } } }"#,
                [
                    #"\#(place)/collections/books: two fields of "books" have the name "isbn"; set "fields": { "isbn": { "name": … } }"#
                ]
            ),
            (
                #""namespace": "lib""#,
                [#"\#(place)/namespace: "namespace" is not supported by this version; use "prefix""#]
            ),
            (
                #""collections": { "books": { "enum": true } }"#,
                [
                    #"\#(place)/collections/books/enum: the enum table "books" needs one text column as its primary key: its values are the names of the enum"#
                ]
            ),
        ] as [(String, [String])])
    func `a mistake is reported at its place`(_ source: String, _ expected: [String]) {
        #expect(Self.errors(Self.books, #""track": "all", \#(source)"#) == expected)
    }

    @Test(
        arguments: [
            ([("a b", ""), ("a-b", "")], "two collections have the name \"a_b\""),
            ([("authors", ""), ("books", #""name": "authors""#)], "two collections have the name \"authors\""),
            ([("x", ""), ("x_aggregate", "")], "would both have the root field"),
            ([("x", ""), ("y", #""rootFields": { "select": "x_by_pk" }"#)], "would both have the root field"),
            ([("x", ""), ("x_by_pk", "")], "would both have the root field \"update_x_by_pk\""),
            ([("x", ""), ("x_one", "")], "would both have the root field \"insert_x_one\""),
            (
                [("x", #""rootFields": { "select": "y", "selectAggregate": "y" }"#)],
                "two root fields have the name \"y\""
            ),
            (
                [("x", #""rootFields": { "selectGroup": "z" }"#), ("y", #""rootFields": { "selectGroup": "z" }"#)],
                "would both have the root field \"z\""
            ),
            // Names of the schema's own types are taken as well.
            ([("x", ""), ("x_bool_exp", "")], "x_bool_exp"), ([("order_by", "")], "order_by"),
            ([("query_root", "")], "query_root"), ([("String", "")], "String"),
            ([("Boolean", "")], "Boolean"), ([("x", ""), ("x_order_by", "")], "x_order_by"),
            ([("x", ""), ("x_max_fields", "")], "x_max_fields"),
            ([("x", ""), ("y", #""name": "String_comparison_exp""#)], "String_comparison_exp"),
            ([("x", ""), ("x_select_column", "")], "x_select_column"),
        ] as [([(String, String)], String)])
    func `two things of one name are an error`(_ tables: [(String, String)], _ expected: String) {
        let entries = tables.map { #""\#($0.0)": { \#($0.1) }"# }.joined(separator: ", ")
        let errors = Self.errors(
            tables.map { TestCatalog.table($0.0, "id Int, name String") },
            #""track": "all", "collections": { \#(entries) }"#)
        #expect(errors.contains { $0.contains(expected) }, "\(errors)")
    }

    @Test(arguments: ["insert_x", "insert_x_one", "update_x", "delete_x_by_pk", "update_x_many"])
    func `what reads one collection may be called like what writes another`(_ other: String) throws {
        let catalog = try Self.build([TestCatalog.table("x", "id Int"), TestCatalog.table(other, "id Int")])
        #expect(catalog.collections.map(\.rootFields.select) == ["x", other])
    }

    @Test
    func `the aggregate of a relationship is a field beside the columns`() throws {
        let tables = [
            TestCatalog.table("x", "id Int, y_aggregate Int"),
            TestCatalog.table("y", "id Int, x_id Int", references: [TestCatalog.reference("x_id", "x")]),
        ]
        #expect(Self.relationships(try Self.build(tables), "x") == ["y_by_x_id: array y (id=x_id)"])
        let configured =
            #""track": "all", "collections": { "x": { "relationships": { "y": { "array": "y", "on": { "id": "x_id" } } } } }"#
        #expect(
            Self.errors(tables, configured)
                == [
                    #"\#(Self.place)/collections/x: two fields of "main.x" would have the name "y_aggregate"; rename the relationship "y" or the column"#
                ])
    }

    @Test
    func `a column is of the type it is said to be, if it can be`() throws {
        var table = TestCatalog.table("x", "id Int, name String, computed String")
        table.columns[2].isUntyped = true
        let build = { (fields: String) in
            try Self.build(
                [table], #""track": "all", "collections": { "x": { "fields": { \#(fields) } } }"#
            ).collections[0].fields
        }
        #expect(try build("").map(\.isUntyped) == [false, false, true])
        let fields = try build(#""id": { "type": "bigint" }, "computed": { "type": "numeric" }"#)
        #expect(fields.map(\.type) == [.bigint, .string, .numeric])
        #expect(fields.map(\.isUntyped) == [false, false, false])
        let errors = { (fields: String) in
            Self.errors([table], #""track": "all", "collections": { "x": { "fields": { \#(fields) } } }"#)
        }
        let place = "\(Self.place)/collections/x/fields"
        #expect(
            errors(#""id": { "type": "String" }, "name": { "type": "numerc" }"#) == [
                #"\#(place)/id/type: the column "id" holds Int and cannot be shown as String; use smallint, Int, bigint"#,
                #"\#(place)/name/type: unknown type "numerc"; did you mean "numeric"?"#,
            ])
    }

    @Test(arguments: ["true", "false", "null"])
    func `no column is called what no value of an enum can be`(_ name: String) throws {
        let table = TestCatalog.table("x", "id Int, \(name) Int")
        #expect(try Self.build([table]).collections[0].fields.map(\.apiName) == ["id", "\(name)_"])
        let renamed = #""track": "all", "collections": { "x": { "fields": { "id": { "name": "\#(name)" } } } }"#
        #expect(
            Self.errors([table], renamed)
                == [
                    #"\#(Self.place)/collections/x: a field cannot have the name "\#(name)", for it is a value of enums too; set "fields": { "id": { "name": … } }"#
                ])
    }

    @Test(arguments: ["_and", "_or", "_not"])
    func `no column is called like a word of the filters`(_ name: String) {
        let table = TestCatalog.table("x", "id Int, \(name) Int")
        #expect(
            Self.errors([table])
                == [
                    #"\#(Self.place)/collections/x: "\#(name)" is a word of every filter and cannot name a field; set "fields": { "\#(name)": { "name": … } }"#
                ])
        let renamed = #""track": "all", "collections": { "x": { "fields": { "\#(name)": { "name": "word" } } } }"#
        #expect(Self.errors([table], renamed).isEmpty)
    }
}
