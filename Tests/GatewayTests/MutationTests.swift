// Mutations through the whole pipeline: inserts, updates and deletes, what they answer, and what they leave behind.
import Gateway
import TestSupport
import Testing

@Suite(.serialized)
struct MutationTests {
    private static let sql = """
        create table authors (id integer primary key, name text not null unique, bio text, score int default 5);
        create table articles (
          id integer primary key, author_id int references authors (id), title text not null, body text,
          published boolean not null default 0, words int not null default 0, data json,
          unique (author_id, title));
        create table comments (
          id integer primary key, article_id int not null references articles (id), text text not null);
        create table pairs (a int, b text, v int, total int generated always as (v * 2) stored, primary key (a, b))
          without rowid;
        insert into authors (id, name) values (1, 'Ada'), (2, 'Ben');
        insert into articles (id, author_id, title, words, data) values
          (1, 1, 'First', 10, '{"a": 1, "tags": ["x", "y"]}'), (2, 1, 'Second', 20, null), (3, 2, 'Third', 30, '[1, 2]');
        insert into pairs (a, b, v) values (1, 'x', 10), (1, 'y', 20);
        """

    private static let rules = ["authors", "articles", "comments", "pairs"].map {
        #""main.\#($0)": { "read": { "rule": "allow" } }"#
    }.joined(separator: ",")

    private func gateway() async throws -> TestGateway {
        try await TestGateway.make(sql: Self.sql, collections: Self.rules)
    }

    // MARK: Inserts

    @Test
    func `an insert answers with the row as it was stored`() async throws {
        let gateway = try await gateway()
        let data = await gateway.data(
            #"mutation { insert_authors_one(object: { name: "Cleo" }) { id name score } }"#, as: .admin)
        #expect(data == #"{"insert_authors_one":{"id":3,"name":"Cleo","score":5}}"#)
        #expect(await gateway.data("{ authors_by_pk(id: 3) { name } }") == #"{"authors_by_pk":{"name":"Cleo"}}"#)
    }

    @Test
    func `several objects are inserted in order and counted`() async throws {
        let gateway = try await gateway()
        let data = await gateway.data(
            """
            mutation ($objects: [articles_insert_input!]!) {
              added: insert_articles(objects: $objects) { n: affected_rows __typename returning { title author { name } } }
            }
            """,
            #"{ "objects": [{ "title": "B", "author_id": 2 }, { "title": "A", "body": null }] }"#, as: .admin)
        #expect(
            data
                == #"{"added":{"n":2,"__typename":"articles_mutation_response","returning":[{"title":"B","author":{"name":"Ben"}},{"title":"A","author":null}]}}"#
        )
    }

    @Test
    func `nested rows are inserted before and after, to any depth`() async throws {
        let gateway = try await gateway()
        let data = await gateway.data(
            """
            mutation { insert_articles(objects: [{ title: "New", author: { data: { name: "Dora" } },
              comments: { data: [{ text: "one" }, { text: "two" }] } }]) {
                affected_rows returning { title author { id name articles { title } } comments { text } } } }
            """, as: .admin)
        #expect(
            data
                == #"{"insert_articles":{"affected_rows":4,"returning":[{"title":"New","author":{"id":3,"name":"Dora","articles":[{"title":"New"}]},"comments":[{"text":"one"},{"text":"two"}]}]}}"#
        )
    }

    @Test
    func `null and empty relations insert nothing`() async throws {
        let gateway = try await gateway()
        let data = await gateway.data(
            """
            mutation { insert_authors(objects: [{ name: "E", articles: { data: [] } }]) { affected_rows }
              insert_articles(objects: [{ title: "N", author: null }]) { affected_rows } }
            """, as: .admin)
        #expect(data == #"{"insert_authors":{"affected_rows":1},"insert_articles":{"affected_rows":1}}"#)
    }

    @Test(arguments: [
        (
            #"insert_authors(objects: [{ name: "A", articles: { data: [{ title: "t", author_id: 1 }] } }]) { affected_rows }"#,
            "validation-failed at $.selectionSet.insert_authors.args.objects[0].articles.data[0]: "
                + "cannot insert \"author_id\" columns as their values are already being determined by parent insert"
        ),
        (
            #"insert_articles(objects: [{ title: "t", author_id: 1, author: { data: { name: "X" } } }]) { affected_rows }"#,
            "validation-failed at $.selectionSet.insert_articles.args.objects[0]: "
                + "cannot insert object relationship \"author\" as \"author_id\" column values are already determined"
        ),
    ])
    func `a column is given once`(_ field: String, _ expected: String) async throws {
        #expect(try await gateway().failure("mutation { \(field) }", as: .admin) == expected)
    }

    // MARK: Upserts

    @Test
    func `a conflict on the named constraint updates the named columns`() async throws {
        let gateway = try await gateway()
        let data = await gateway.data(
            """
            mutation { insert_articles(objects: [{ id: 1, title: "Changed", words: 11 }, { id: 9, title: "New", words: 9 }],
              on_conflict: { constraint: articles_pkey, update_columns: [words] }) {
                affected_rows returning { id title words } } }
            """, as: .admin)
        #expect(
            data
                == #"{"insert_articles":{"affected_rows":2,"returning":[{"id":1,"title":"First","words":11},{"id":9,"title":"New","words":9}]}}"#
        )
    }

    @Test
    func `without columns a conflict does nothing, and with where only what passes`() async throws {
        let gateway = try await gateway()
        let nothing = await gateway.data(
            """
            mutation { insert_authors(objects: [{ id: 1, name: "X" }], on_conflict: { constraint: authors_pkey }) {
              affected_rows returning { id } }
              insert_authors_one(object: { id: 1, name: "X" }, on_conflict: { constraint: authors_pkey }) { id } }
            """, as: .admin)
        #expect(
            nothing == #"{"insert_authors":{"affected_rows":0,"returning":[]},"insert_authors_one":null}"#)
        let filtered = await gateway.data(
            """
            mutation { insert_articles(objects: [{ id: 1, title: "T", words: 1 }, { id: 3, title: "T", words: 1 }],
              on_conflict: { constraint: articles_pkey, update_columns: [words], where: { words: { _gt: 15 } } }) {
                affected_rows returning { id words } } }
            """, as: .admin)
        #expect(filtered == #"{"insert_articles":{"affected_rows":1,"returning":[{"id":3,"words":1}]}}"#)
    }

    @Test
    func `a conflict on another constraint is an error`() async throws {
        let failure = await gatewayFailure(
            """
            insert_authors(objects: [{ id: 7, name: "Ada" }],
              on_conflict: { constraint: authors_pkey, update_columns: [name] }) { affected_rows }
            """)
        #expect(
            failure
                == "constraint-violation at $.selectionSet.insert_authors.args.objects: Uniqueness violation. duplicate key value violates unique constraint \"authors_name_key\""
        )
    }

    @Test
    func `rows do not hang on a row that is left alone`() async throws {
        let failure = await gatewayFailure(
            """
            insert_authors(objects: [{ id: 1, name: "Ada", articles: { data: [{ title: "x" }] } }],
              on_conflict: { constraint: authors_pkey, update_columns: [] }) { affected_rows }
            """)
        #expect(failure.hasPrefix("not-supported at $.selectionSet.insert_authors.args.objects: "))
    }

    @Test
    func `an existing row lends its key`() async throws {
        let data = try await gateway().data(
            """
            mutation { insert_articles_one(object: { title: "By Ada",
              author: { data: { name: "Ada", bio: "b" }, on_conflict: { constraint: authors_name_key, update_columns: [bio] } } })
              { author { id bio } } }
            """, as: .admin)
        #expect(data == #"{"insert_articles_one":{"author":{"id":1,"bio":"b"}}}"#)
    }

    // MARK: Updates

    @Test
    func `updates set, add and count`() async throws {
        let gateway = try await gateway()
        let data = await gateway.data(
            """
            mutation { update_articles(where: { author: { name: { _eq: "Ada" } } }, _set: { published: true, body: null },
              _inc: { words: 5 }) { affected_rows returning { id words published } } }
            """, as: .admin)
        #expect(
            data
                == #"{"update_articles":{"affected_rows":2,"returning":[{"id":1,"words":15,"published":true},{"id":2,"words":25,"published":true}]}}"#
        )
    }

    @Test
    func `one row by its key, or null`() async throws {
        let data = try await gateway().data(
            """
            mutation { a: update_pairs_by_pk(pk_columns: { a: 1, b: "y" }, _set: { v: 7 }) { a b v total }
              b: update_pairs_by_pk(pk_columns: { a: 2, b: "y" }, _set: { v: 7 }) { v }
              c: update_pairs_by_pk(pk_columns: { a: 1, b: "x" }, _set: { b: "z" }) { b total } }
            """, as: .admin)
        #expect(data == #"{"a":{"a":1,"b":"y","v":7,"total":14},"b":null,"c":{"b":"z","total":20}}"#)
    }

    @Test
    func `each of many sees the ones before`() async throws {
        let data = try await gateway().data(
            """
            mutation { update_articles_many(updates: [
              { where: { id: { _gt: 2 } }, _set: { title: "test" } },
              { where: { title: { _eq: "test" } }, _set: { title: "changed" } }]) { affected_rows returning { title } } }
            """, as: .admin)
        #expect(
            data
                == #"{"update_articles_many":[{"affected_rows":1,"returning":[{"title":"test"}]},{"affected_rows":1,"returning":[{"title":"changed"}]}]}"#
        )
    }

    @Test
    func `json operators`() async throws {
        let data = try await gateway().data(
            """
            mutation ($v: json) {
              a: update_articles_by_pk(pk_columns: { id: 1 }, _append: { data: { b: $v } }) { data }
              b: update_articles_by_pk(pk_columns: { id: 1 }, _delete_key: { data: "a" }) { data }
              c: update_articles_by_pk(pk_columns: { id: 1 }, _delete_at_path: { data: ["tags", "-1"] }) { data }
              d: update_articles_by_pk(pk_columns: { id: 3 }, _prepend: { data: [0] }) { data }
              e: update_articles_by_pk(pk_columns: { id: 3 }, _delete_elem: { data: 1 }) { data }
              f: update_articles_by_pk(pk_columns: { id: 3 }, _append: { data: 5 }) { data }
              g: update_articles_by_pk(pk_columns: { id: 2 }, _append: { data: 5 }) { data } }
            """, #"{ "v": [true] }"#, as: .admin)
        #expect(
            data == #"{"a":{"data":{"a":1,"tags":["x","y"],"b":[true]}},"b":{"data":{"tags":["x","y"],"b":[true]}},"#
                + #""c":{"data":{"tags":["x"],"b":[true]}},"d":{"data":[0,1,2]},"e":{"data":[0,2]},"f":{"data":[0,2,5]},"g":{"data":null}}"#
        )
    }

    @Test
    func `a literal with a variable in it is not remembered with its value`() async throws {
        let gateway = try await gateway()
        let query =
            "mutation ($v: json) { update_articles_by_pk(pk_columns: { id: 1 }, _set: { data: { k: [$v] } }) { data } }"
        for value in ["1", #""two""#, #"{"three":3}"#] {
            let data = await gateway.data(query, #"{ "v": \#(value) }"#, as: .admin)
            #expect(data == #"{"update_articles_by_pk":{"data":{"k":[\#(value)]}}}"#)
        }
    }

    @Test(arguments: [
        (
            "update_articles(where: {}, _set: { words: 1 }) { affected_rows }",
            "validation-failed at $.selectionSet.update_articles.args.where"
        ),
        (
            "update_articles(where: { _and: [], _not: { _or: [] } }, _set: { words: 1 }) { affected_rows }",
            "validation-failed at $.selectionSet.update_articles.args.where"
        ),
        (
            "delete_articles(where: { id: {} }) { affected_rows }",
            "validation-failed at $.selectionSet.delete_articles.args.where"
        ),
        (
            "delete_articles(where: { id: { _eq: null } }) { affected_rows }",
            "validation-failed at $.selectionSet.delete_articles.args.where.id._eq"
        ),
        (
            "delete_articles(where: null) { affected_rows }",
            "validation-failed at $.selectionSet.delete_articles.args.where"
        ),
        ("delete_articles { affected_rows }", "validation-failed at $.selectionSet.delete_articles.args.where"),
        (
            "update_articles(where: { id: { _eq: 1 } }) { affected_rows }",
            "validation-failed at $.selectionSet.update_articles.args"
        ),
        (
            "update_articles(where: { id: { _eq: 1 } }, _set: {}) { affected_rows }",
            "validation-failed at $.selectionSet.update_articles.args"
        ),
        (
            "update_articles(where: { id: { _eq: 1 } }, _set: { words: 1 }, _inc: { words: 1 }) { affected_rows }",
            "validation-failed at $.selectionSet.update_articles.args"
        ),
        (
            "update_articles_many(updates: [{ where: {}, _set: { words: 1 } }]) { affected_rows }",
            "validation-failed at $.selectionSet.update_articles_many.args.updates[0].where"
        ),
        (
            "update_articles(where: { id: { _eq: 1 } }, _inc: { words: null }) { affected_rows }",
            "validation-failed at $.selectionSet.update_articles.args._inc.words"
        ),
        (
            "update_articles(where: { id: { _eq: 1 } }, _inc: { words: 2147483647 }) { affected_rows }",
            "data-exception at $"
        ),
        (
            "insert_articles(objects: [{ title: \"x\", words: 3000000000 }]) { affected_rows }",
            "validation-failed at $.selectionSet.insert_articles.args.objects[0].words"
        ),
    ])
    func `what is refused, and where`(_ field: String, _ expected: String) async throws {
        let gateway = try await gateway()
        let failure = await gateway.failure("mutation { \(field) }", as: .admin)
        #expect(failure.hasPrefix(expected + ":"), "\(failure)")
        let rows = await gateway.data("{ articles { id words } }")
        #expect(rows == #"{"articles":[{"id":1,"words":10},{"id":2,"words":20},{"id":3,"words":30}]}"#)
    }

    @Test
    func `every row only if it is said, and a limit takes the first`() async throws {
        let gateway = try await gateway()
        let data = await gateway.data(
            """
            mutation { a: update_articles(where: {}, all: true, limit: 2, _set: { words: 0 }) { affected_rows }
              b: delete_articles(where: {}, all: true, limit: 1) { affected_rows returning { id } }
              c: delete_articles(where: {}, all: true) { affected_rows } }
            """, as: .admin)
        #expect(
            data == #"{"a":{"affected_rows":2},"b":{"affected_rows":1,"returning":[{"id":1}]},"c":{"affected_rows":2}}"#
        )
    }

    @Test
    func `related rows are changed with the rows that lead to them`() async throws {
        let gateway = try await gateway()
        #expect(
            await gateway.data(
                """
                mutation { insert_comments(objects: [{ article_id: 1, text: "a" }, { article_id: 1, text: "b" }, { article_id: 3, text: "c" }])
                    { affected_rows }
                  update_authors_by_pk(pk_columns: { id: 1 }, _set: { bio: "x" },
                    _update: { articles: [{ where: { words: { _gt: 0 } }, _inc: { words: 1 },
                      _delete: { comments: { where: { text: { _eq: "a" } } } } }] }) {
                    bio articles { words comments { text } } } }
                """, as: .admin)
                == #"{"insert_comments":{"affected_rows":3},"update_authors_by_pk":{"bio":"x","articles":["#
                + #"{"words":11,"comments":[{"text":"b"}]},{"words":21,"comments":[]}]}}"#)
        #expect(
            await gateway.data(
                """
                mutation { update_authors(where: { id: { _eq: 2 } }, _delete: { articles: { where: { words: { _lt: 0 } } } },
                    _update: { articles: { where: {}, all: true, _set: { title: "t" },
                      _delete: { comments: { where: {}, all: true } } } }) { affected_rows returning { name } } }
                """, as: .admin)
                == #"{"update_authors":{"affected_rows":2,"returning":[{"name":"Ben"}]}}"#)
        #expect(
            await gateway.data("{ articles { title words } comments { text } }")
                == #"{"articles":[{"title":"First","words":11},{"title":"Second","words":21},{"title":"t","words":30}],"comments":[{"text":"b"}]}"#
        )
    }

    // MARK: Deletes

    @Test
    func `a delete answers with what was there`() async throws {
        let gateway = try await gateway()
        let data = await gateway.data(
            """
            mutation { delete_articles(where: { author: { id: { _eq: 1 } } }) {
              affected_rows returning { id author { name articles_aggregate { aggregate { count } } } } }
              delete_pairs_by_pk(a: 1, b: "x") { v }
              gone: delete_pairs_by_pk(a: 1, b: "x") { v } }
            """, as: .admin)
        #expect(
            data == #"{"delete_articles":{"affected_rows":2,"returning":["#
                + #"{"id":1,"author":{"name":"Ada","articles_aggregate":{"aggregate":{"count":2}}}},"#
                + #"{"id":2,"author":{"name":"Ada","articles_aggregate":{"aggregate":{"count":2}}}}]},"#
                + #""delete_pairs_by_pk":{"v":10},"gone":null}"#)
    }

    // MARK: Transactions

    @Test
    func `a failure in the last field undoes the ones before`() async throws {
        let gateway = try await gateway()
        let failure = await gateway.failure(
            """
            mutation { insert_authors_one(object: { name: "Zed" }) { id }
              update_articles(where: {}, all: true, _set: { words: 0 }) { affected_rows }
              delete_pairs(where: {}, all: true) { affected_rows }
              insert_comments_one(object: { article_id: 99, text: "x" }) { id } }
            """, as: .admin)
        #expect(
            failure
                == "constraint-violation at $.selectionSet.insert_comments_one.args.object: Foreign key violation. insert or update on table \"comments\" violates foreign key constraint \"comments_article_id_fkey\""
        )
        #expect(
            await gateway.data(
                "{ authors { name } articles { words } pairs_aggregate { aggregate { count } } }")
                == #"{"authors":[{"name":"Ada"},{"name":"Ben"}],"articles":[{"words":10},{"words":20},{"words":30}],"pairs_aggregate":{"aggregate":{"count":2}}}"#
        )
    }

    @Test
    func `fields run in order and see one another`() async throws {
        let data = try await gateway().data(
            """
            mutation { __typename a: insert_authors_one(object: { id: 10, name: "N" }) { name }
              b: update_authors_by_pk(pk_columns: { id: 10 }, _set: { name: "M" }) { name }
              c: delete_authors_by_pk(id: 10) { name } skipped: delete_authors_by_pk(id: 1) @skip(if: true) { name } }
            """, as: .admin)
        #expect(data == #"{"__typename":"mutation_root","a":{"name":"N"},"b":{"name":"M"},"c":{"name":"M"}}"#)
    }

    @Test
    func `lists of nothing do nothing`() async throws {
        #expect(
            try await gateway().data(
                """
                mutation { update_articles_many(updates: []) { affected_rows }
                  insert_articles(objects: []) { affected_rows returning { id } } }
                """, as: .admin)
                == #"{"update_articles_many":[],"insert_articles":{"affected_rows":0,"returning":[]}}"#)
    }

    @Test
    func `nothing left to do is no data`() async throws {
        #expect(
            try await gateway().data("mutation { delete_authors_by_pk(id: 1) @skip(if: true) { name } }", as: .admin)
                == "{}")
    }

    // MARK: Errors of the database

    @Test(arguments: [
        (
            #"insert_authors(objects: [{ bio: "x" }]) { affected_rows }"#,
            "constraint-violation at $.selectionSet.insert_authors.args.objects: Not-NULL violation. null value in column \"name\" violates not-null constraint"
        ),
        (
            #"update_authors(where: { id: { _eq: 2 } }, _set: { name: "Ada" }) { affected_rows }"#,
            "constraint-violation at $: Uniqueness violation. duplicate key value violates unique constraint \"authors_name_key\""
        ),
        (
            "delete_authors(where: { id: { _eq: 2 } }) { affected_rows }",
            "constraint-violation at $: Foreign key violation. update or delete on table \"authors\" violates foreign key constraint"
        ),
        (
            #"insert_articles(objects: [{ author_id: 1, title: "First" }]) { affected_rows }"#,
            "constraint-violation at $.selectionSet.insert_articles.args.objects: Uniqueness violation. duplicate key value violates unique constraint \"articles_author_id_title_key\""
        ),
    ])
    func `constraints are named`(_ field: String, _ expected: String) async throws {
        #expect(await gatewayFailure(field) == expected)
    }

    private func gatewayFailure(_ field: String) async -> String {
        do {
            return try await gateway().failure("mutation { \(field) }", as: .admin)
        } catch {
            return "\(error)"
        }
    }

    @Test
    func `a caller who may write nothing has no mutations`() async throws {
        #expect(
            try await gateway().failure("mutation { insert_authors_one(object: {}) { id } }")
                == "validation-failed at $: no mutations exist")
    }
}
