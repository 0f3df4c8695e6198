// Faults that systems shipped or that reviews found (rules of the API, section 7), as far as they concern writing: each is a
// test with its name, end to end over a small database.
import Gateway
import TestSupport
import Testing

@testable import Rules

@Suite(.serialized)
struct WriteRegressionTests {
    private static let sql = """
        create table users (id integer primary key, name text not null, secret text, serial bigint);
        create table notes (
          id integer primary key, owner int references users (id), title text, secret text, tenant int, slug text,
          unique (tenant, slug));
        create table bare (id integer primary key, v int);
        insert into users values (1, 'ann', 's1', 9007199254740993), (2, 'ben', 's2', 9007199254740992);
        insert into notes values (1, 1, 'a', 'x1', 1, 'one'), (2, 2, 'b', 'y2', 2, 'two'), (3, 1, 'c', 'y3', 1, 'three');
        """

    private static func gateway(_ notes: String, users: String = #""read": { "rule": "allow" }"#) async throws
        -> TestGateway
    {
        try await TestGateway.make(
            sql: sql, collections: #""main.notes": { \#(notes) }, "main.users": { \#(users) }"#)
    }

    private static let open = #""read": { "rule": "allow" }"#
    private static let own =
        #"{ "rule": "match", "type": "number", "eval": "==", "f1": "args.row.owner", "f2": "args.auth.id" }"#
    private static let ann: TestCaller = #"{"id": 1}"#

    @Test
    func `insert into a collection without a rule skipped the rules`() async throws {
        let gateway = try await Self.gateway(#"\#(Self.open), "create": { "rule": "allow" }"#)
        #expect(
            await gateway.failure("mutation { insert_bare(objects: [{ v: 1 }]) { affected_rows } }", as: Self.ann)
                .hasPrefix("validation-failed at $.selectionSet.insert_bare: Cannot query field"))
        #expect(await gateway.data("{ bare { id } }", as: .admin) == #"{"bare":[]}"#)
    }

    @Test
    func `bulk update ignored row rules`() async throws {
        let gateway = try await Self.gateway(#"\#(Self.open), "update": \#(Self.own)"#)
        for update in [
            "update_notes(where: {}, all: true, _set: { title: \"z\" }) { affected_rows }",
            "update_notes_many(updates: [{ where: {}, all: true, _set: { title: \"z\" } }]) { affected_rows }",
            "update_notes(where: { id: { _gt: 0 } }, limit: 10, _set: { title: \"z\" }) { affected_rows }",
        ] {
            #expect(await gateway.data("mutation { \(update) }", as: Self.ann).contains(#""affected_rows":2"#))
        }
        #expect(await gateway.data("{ notes_by_pk(id: 2) { title } }") == #"{"notes_by_pk":{"title":"b"}}"#)
    }

    @Test
    func `upsert checked one rule of two`() async throws {
        let upsert = """
            mutation { insert_notes(objects: [{ id: 2, title: "mine now" }],
              on_conflict: { constraint: notes_pkey, update_columns: [title] }) { affected_rows } }
            """
        let guarded = try await Self.gateway(#"\#(Self.open), "create": { "rule": "allow" }, "update": \#(Self.own)"#)
        #expect(await guarded.data(upsert, as: Self.ann) == #"{"insert_notes":{"affected_rows":0}}"#)
        let creates = try await Self.gateway(#"\#(Self.open), "create": { "rule": "allow" }"#)
        #expect(await creates.failure(upsert, as: Self.ann).hasPrefix("validation-failed"))
        let updates = try await Self.gateway(#"\#(Self.open), "update": { "rule": "allow" }"#)
        #expect(await updates.failure(upsert, as: Self.ann).hasPrefix("validation-failed"))
    }

    @Test
    func `a conflict on another constraint overwrote a stranger's row`() async throws {
        let gateway = try await Self.gateway(
            #"\#(Self.open), "create": { "rule": "allow" }, "update": { "rule": "allow" }"#)
        let failure = await gateway.failure(
            """
            mutation { insert_notes(objects: [{ id: 9, tenant: 2, slug: "two", title: "taken" }],
              on_conflict: { constraint: notes_pkey, update_columns: [title] }) { affected_rows } }
            """, as: Self.ann)
        #expect(failure.hasPrefix("constraint-violation"))
        #expect(await gateway.data("{ notes_by_pk(id: 2) { title } }") == #"{"notes_by_pk":{"title":"b"}}"#)
    }

    @Test
    func `an upsert told of a key whose values may not be inserted`() async throws {
        let gateway = try await Self.gateway(
            #"""
            "read": \#(Self.own), "update": \#(Self.own),
            "create": { "rule": "match", "type": "number", "eval": "==", "f1": "args.doc.tenant", "f2": 1 }
            """#)
        let upsert = { (id: Int, slug: String) in
            await gateway.failure(
                """
                mutation { insert_notes(objects: [{ id: \(id), tenant: 2, slug: "\(slug)", title: "t" }],
                  on_conflict: { constraint: notes_tenant_slug_key, update_columns: [title] }) { affected_rows } }
                """, as: Self.ann)
        }
        let failed =
            "permission-error at $.selectionSet.insert_notes.args.objects: check constraint of an insert/update permission has failed"
        #expect(await upsert(9, "two") == failed)
        #expect(await upsert(9, "free") == failed)
        #expect(await upsert(2, "free") == failed)
    }

    @Test(arguments: [
        #"{ "rule": "match", "type": "number", "eval": "!=", "f1": "args.doc.owner", "f2": "args.auth.id" }"#,
        #"{ "rule": "not", "clause": { "rule": "match", "type": "number", "eval": "==", "f1": "args.doc.owner", "f2": "args.auth.id" } }"#,
        #"{ "rule": "check", "where": { "_not": { "owner": { "_eq": "args.auth.id" } } } }"#,
        #"{ "rule": "check", "where": { "owner": { "_nin": "args.auth.id" } } }"#,
    ])
    func `missing claim admitted through != or not`(_ rule: String) async throws {
        let gateway = try await Self.gateway(#"\#(Self.open), "create": \#(rule)"#)
        for caller in [TestCaller.anonymous, #"{"id": null}"#, #"{"id": {}}"#] {
            let failure = await gateway.failure(
                "mutation { insert_notes(objects: [{ owner: 2 }]) { affected_rows } }", as: caller)
            #expect(failure != "no error", "\(caller)")
        }
        #expect(
            await gateway.data("{ notes_aggregate { aggregate { count } } }", as: .admin)
                == #"{"notes_aggregate":{"aggregate":{"count":3}}}"#)
    }

    @Test
    func `the rule of a field did not strip what was sent for it`() async throws {
        let gateway = try await Self.gateway(
            #"""
            \#(Self.open), "create": { "rule": "allow" }, "update": { "rule": "check", "where": {} },
            "fields": { "secret": { "create": { "rule": "remove", "fields": ["args.doc.secret"] },
                                    "update": { "rule": "remove", "fields": ["args.doc.secret"] } } }
            """#)
        for write in [
            #"insert_notes(objects: [{ id: 7, title: "t", secret: "sent" }])"#,
            #"insert_notes(objects: [{ id: 1, title: "t", secret: "sent" }], on_conflict: { constraint: notes_pkey, update_columns: [title, secret] })"#,
            #"update_notes(where: { id: { _eq: 2 } }, _set: { title: "t", secret: "sent" })"#,
        ] {
            let data = await gateway.data("mutation { w: \(write) { affected_rows } }", as: Self.ann)
            #expect(data == #"{"w":{"affected_rows":1}}"#)
        }
        #expect(
            await gateway.data("{ notes(order_by: { id: asc }) { title secret } }", as: .admin)
                == #"{"notes":[{"title":"t","secret":"x1"},{"title":"t","secret":"y2"},{"title":"c","secret":"y3"},{"title":"t","secret":null}]}"#
        )
    }

    @Test
    func `what every field forces was written once for each`() async throws {
        let force = #"{ "rule": "force", "field": "args.doc.secret", "value": "forced" }"#
        let gateway = try await Self.gateway(
            #"""
            \#(Self.open), "create": { "rule": "allow" }, "update": { "rule": "check", "where": {} },
            "fields": { "*": { "create": \#(force), "update": \#(force) } }
            """#)
        #expect(
            await gateway.data(
                """
                mutation { a: insert_notes_one(object: { id: 7, title: "t", slug: "s" }) { secret }
                  b: update_notes_by_pk(pk_columns: { id: 2 }, _set: { title: "t", slug: "u" }) { secret }
                  c: insert_notes_one(object: { id: 3, title: "t", slug: "v" },
                    on_conflict: { constraint: notes_pkey, update_columns: [title, slug] }) { secret } }
                """, as: Self.ann) == #"{"a":{"secret":"forced"},"b":{"secret":"forced"},"c":{"secret":"forced"}}"#)
    }

    @Test(arguments: ["tenant: 1, owner: 2", "owner: 2, tenant: 1"])
    func `a check on one field let an owner give the row away by another`(_ changes: String) async throws {
        let gateway = try await Self.gateway(
            #"""
            \#(Self.open), "create": { "rule": "allow" }, "update": \#(Self.own),
            "fields": { "tenant": { "update": { "rule": "check", "where": { "tenant": { "_lt": 3 } } } } }
            """#)
        let failed = "check constraint of an insert/update permission has failed"
        let update = "mutation { update_notes(where: { id: { _eq: 1 } }, _set: { \(changes) }) { affected_rows } }"
        #expect(await gateway.failure(update, as: Self.ann).hasSuffix(failed))
        let upsert = """
            mutation { insert_notes(objects: [{ id: 1, \(changes) }],
              on_conflict: { constraint: notes_pkey, update_columns: [owner, tenant] }) { affected_rows } }
            """
        #expect(await gateway.failure(upsert, as: Self.ann).hasSuffix(failed))
        let own = "mutation { update_notes(where: { id: { _eq: 1 } }, _set: { tenant: 2 }) { affected_rows } }"
        #expect(await gateway.data(own, as: Self.ann) == #"{"update_notes":{"affected_rows":1}}"#)
    }

    @Test
    func `a row left its key to another, which was checked in its place`() async throws {
        let gateway = try await TestGateway.make(
            sql: """
                create table notes (
                  id integer primary key, slug text unique, stars int, twice int generated always as (stars * 2));
                insert into notes (id, slug, stars) values (1, 'a', 1);
                """,
            collections: #"""
                "main.notes": { "read": { "rule": "allow" },
                  "create": { "rule": "check", "where": { "twice": { "_lt": 10 } } },
                  "update": { "rule": "check", "where": {} }, "fields": { "stars": { "update": { "rule": "deny" } } } }
                """#)
        let failure = await gateway.failure(
            """
            mutation { insert_notes(objects: [
              { id: 5, slug: "big", stars: 50 }, { id: 77, slug: "big" }, { id: 5, slug: "small", stars: 1 }],
              on_conflict: { constraint: notes_slug_key, update_columns: [id] }) { affected_rows } }
            """, as: Self.ann)
        #expect(failure.hasPrefix("permission-error"))
        #expect(await gateway.data("{ notes { id } }", as: .admin) == #"{"notes":[{"id":1}]}"#)
    }

    @Test(arguments: [
        // (the stranger's key, the caller's own, rows deleted); text that is not UTF-8 is no key that can be named.
        ("'a'", "cast(x'610062' as text)", 1), ("'YQ=='", "x'61'", 1), ("'a\u{FFFD}'", "cast(x'61ff' as text)", 0),
    ])
    func `a row was taken for the one whose key is spelt alike`(
        _ theirs: String, _ mine: String, _ deleted: Int
    ) async throws {
        let gateway = try await TestGateway.make(
            sql: """
                create table notes (id text not null primary key, owner int, title text) without rowid;
                insert into notes values (\(theirs), 2, 'theirs'), (\(mine), 1, 'mine');
                """,
            collections: #"""
                "main.notes": { "read": { "rule": "allow" }, "delete": \#(Self.own),
                  "update": { "rule": "and", "clauses": [\#(Self.own),
                    { "rule": "check", "where": { "title": { "_eq": "theirs" } } }] } }
                """#)
        let mine = "where: { owner: { _eq: 1 } }"
        // The check runs on the caller's own row, whose title is another.
        let update = "mutation { update_notes(\(mine), _inc: { owner: 0 }) { affected_rows } }"
        #expect(await gateway.failure(update, as: Self.ann).hasPrefix("permission-error"))
        let answer = await gateway.data(
            "mutation { delete_notes(\(mine)) { affected_rows returning { title } } }", as: Self.ann)
        #expect(answer.contains("\"affected_rows\":\(deleted)") && !answer.contains("theirs"), "\(answer)")
        let left = await gateway.data("{ notes(where: { owner: { _eq: 2 } }) { title } }", as: .admin)
        #expect(left == #"{"notes":[{"title":"theirs"}]}"#)
    }

    @Test
    func `a key finer than its column hit a stranger's row`() async throws {
        let gateway = try await TestGateway.make(
            sql: """
                create table notes (id text not null collate nocase, owner int, primary key (id collate binary)) without rowid;
                create table tags (id text not null primary key, owner int) without rowid;
                insert into notes values ('a', 1), ('A', 2);
                """,
            collections: #"""
                "main.notes": { "read": { "rule": "allow" }, "update": \#(Self.own), "delete": \#(Self.own) },
                "main.tags": { "read": { "rule": "allow" }, "delete": \#(Self.own) }
                """#)
        // Nothing names one row of it: it is read, and not written.
        let delete = { (table: String) in
            "mutation { delete_\(table)(where: {}, all: true, limit: 1) { affected_rows } }"
        }
        #expect(await gateway.failure(delete("notes"), as: Self.ann).hasPrefix("validation-failed"))
        #expect(await gateway.data(delete("tags"), as: Self.ann) == #"{"delete_tags":{"affected_rows":0}}"#)
        #expect(await gateway.data("{ notes(where: { owner: { _eq: 1 } }) { id } }") == #"{"notes":[{"id":"a"}]}"#)
    }

    @Test
    func `a null passed a check`() async throws {
        let gateway = try await Self.gateway(
            #"\#(Self.open), "create": { "rule": "check", "where": { "tenant": { "_neq": 5 } } }, "update": { "rule": "check", "where": { "tenant": { "_neq": 5 } } }"#
        )
        #expect(
            await gateway.failure(
                "mutation { insert_notes(objects: [{ title: \"t\" }]) { affected_rows } }", as: Self.ann
            )
            .hasPrefix("permission-error"))
        #expect(
            await gateway.failure(
                "mutation { update_notes_by_pk(pk_columns: { id: 1 }, _set: { tenant: null }) { id } }", as: Self.ann
            )
            .hasPrefix("permission-error"))
    }

    @Test
    func `update let an owner give the row away`() async throws {
        let gateway = try await Self.gateway(#"\#(Self.open), "create": { "rule": "allow" }, "update": \#(Self.own)"#)
        for give in [
            "update_notes_by_pk(pk_columns: { id: 1 }, _set: { owner: 2 }) { id }",
            "update_notes_by_pk(pk_columns: { id: 1 }, _inc: { owner: 1 }) { id }",
            "update_notes(where: { id: { _eq: 1 } }, _set: { owner: null }) { affected_rows }",
            "insert_notes(objects: [{ id: 1, owner: 2 }], on_conflict: { constraint: notes_pkey, update_columns: [owner] }) { affected_rows }",
        ] {
            #expect(
                await gateway.failure("mutation { \(give) }", as: Self.ann).hasPrefix("permission-error"), "\(give)")
        }
        #expect(await gateway.data("{ notes_by_pk(id: 1) { owner } }") == #"{"notes_by_pk":{"owner":1}}"#)
    }

    @Test
    func `update(where secret LIKE) counted rows the caller cannot read`() async throws {
        let gateway = try await Self.gateway(
            #""read": \#(Self.own), "update": { "rule": "allow" }, "delete": { "rule": "allow" }"#)
        for field in [
            "update_notes(where: { secret: { _like: \"y%\" } }, _set: { title: \"t\" }) { affected_rows }",
            "delete_notes(where: { secret: { _like: \"y%\" } }) { affected_rows }",
        ] {
            #expect(
                await gateway.data("mutation { \(field) }", as: Self.ann).contains(#""affected_rows":1"#), "\(field)")
        }
        #expect(await gateway.data("{ notes { id } }", as: .admin) == #"{"notes":[{"id":1},{"id":2}]}"#)
    }

    @Test
    func `a quota check did not see the other rows of its own insert`() async throws {
        // No owner may have a note called "second".
        let gateway = try await Self.gateway(
            #"""
            \#(Self.open), "create": { "rule": "check", "where": { "users": { "_not": { "notes": { "title": { "_eq": "second" } } } } } }
            """#)
        let insert = { (titles: [String]) in
            let objects = titles.map { "{ owner: 1, title: \"\($0)\" }" }.joined(separator: ", ")
            return await gateway.failure(
                "mutation { insert_notes(objects: [\(objects)]) { affected_rows } }", as: Self.ann)
        }
        #expect(await insert(["first", "second"]).hasPrefix("permission-error"))
        #expect(await insert(["first"]) == "no error")
    }

    @Test
    func `returning showed hidden fields`() async throws {
        let gateway = try await Self.gateway(
            #"""
            "read": \#(Self.own), "create": { "rule": "allow" }, "update": { "rule": "allow" }, "delete": { "rule": "allow" },
            "fields": { "secret": { "read": { "rule": "mask", "with": "last4" } }, "slug": { "read": { "rule": "deny" } } }
            """#)
        #expect(
            await gateway.data(
                "mutation { insert_notes(objects: [{ owner: 2, secret: \"123456\" }, { owner: 1, secret: \"123456\" }]) { affected_rows returning { secret users { name } } } }",
                as: Self.ann)
                == #"{"insert_notes":{"affected_rows":2,"returning":[{"secret":"****3456","users":{"name":"ann"}}]}}"#)
        #expect(
            await gateway.data("mutation { delete_notes(where: {}, all: true) { returning { secret } } }", as: Self.ann)
                == #"{"delete_notes":{"returning":[{"secret":"****"},{"secret":"****"},{"secret":"****3456"}]}}"#)
        #expect(
            await gateway.failure(
                "mutation { delete_notes(where: {}, all: true) { returning { slug } } }", as: Self.ann
            )
            .hasPrefix("validation-failed"))
    }

    @Test
    func `"did you mean" named a hidden field`() async throws {
        let gateway = try await Self.gateway(
            #"""
            \#(Self.open), "create": { "rule": "and", "clauses": [ { "rule": "authenticated" },
              { "rule": "force", "field": "owner", "value": "args.auth.id" } ] },
            "fields": { "secret": { "create": { "rule": "deny" } } }
            """#)
        for field in ["ownr: 1", "secre: 1", "owner: 1", "secret: \"x\""] {
            let answer = await gateway.answer(
                "mutation { insert_notes(objects: [{ \(field) }]) { affected_rows } }", as: Self.ann)
            #expect(
                !answer.contains("Did you mean \\\"owner\\\"") && !answer.contains("Did you mean \\\"secret\\\""),
                "\(answer)")
            #expect(answer.contains("is not defined"), "\(answer)")
        }
    }

    @Test
    func `claims beyond 2^53 merged`() async throws {
        let gateway = try await Self.gateway(
            Self.open,
            users: #"""
                "read": { "rule": "allow" },
                "update": { "rule": "match", "type": "number", "eval": "==", "f1": "args.row.serial", "f2": "args.auth.serial" },
                "create": { "rule": "match", "type": "number", "eval": "==", "f1": "args.doc.serial", "f2": "args.auth.serial" }
                """#)
        let caller: TestCaller = #"{"serial": 9007199254740993}"#
        #expect(
            await gateway.data(
                "mutation { update_users(where: {}, all: true, _set: { name: \"n\" }) { returning { id } } }",
                as: caller)
                == #"{"update_users":{"returning":[{"id":1}]}}"#)
        #expect(
            await gateway.failure(
                "mutation { insert_users(objects: [{ name: \"n\", serial: 9007199254740992 }]) { affected_rows } }",
                as: caller
            )
            .hasPrefix("permission-error"))
    }

    @Test
    func `client data "args.auth.id" was dereferenced`() async throws {
        let gateway = try await Self.gateway(
            #"\#(Self.open), "create": { "rule": "check", "where": { "title": { "_eq": "args.auth.name" } } }, "update": { "rule": "allow" }"#
        )
        #expect(
            await gateway.failure(
                "mutation { insert_notes(objects: [{ title: \"args.auth.name\" }]) { affected_rows } }",
                as: #"{"name": "ann"}"#
            )
            .hasPrefix("permission-error"))
        #expect(
            await gateway.data(
                "mutation ($t: String) { update_notes_by_pk(pk_columns: { id: 1 }, _set: { title: $t }) { title } }",
                #"{ "t": "args.now" }"#, as: #"{"name": "ann"}"#)
                == #"{"update_notes_by_pk":{"title":"args.now"}}"#)
    }

    @Test(arguments: ["null", "$w"])
    func `null or undefined where deleted a whole table`(_ filter: String) async throws {
        let gateway = try await Self.gateway(#"\#(Self.open), "delete": { "rule": "allow" }"#)
        let variables = filter == "$w" ? "($w: notes_bool_exp!)" : ""
        for given in [#"{ "w": null }"#, "{}", #"{ "w": {} }"#, #"{ "w": { "id": {} } }"#] {
            let failure = await gateway.failure(
                "mutation \(variables) { delete_notes(where: \(filter)) { affected_rows } }", given, as: Self.ann)
            #expect(failure.hasPrefix("validation-failed"), "\(given): \(failure)")
        }
        #expect(
            await gateway.data("{ notes_aggregate { aggregate { count } } }")
                == #"{"notes_aggregate":{"aggregate":{"count":3}}}"#)
    }

    @Test
    func `an absent variable inside a filter picked every row`() async throws {
        let gateway = try await Self.gateway(#"\#(Self.open), "delete": { "rule": "allow" }"#)
        #expect(
            await gateway.failure(
                "mutation ($id: Int) { delete_notes(where: { id: { _eq: $id } }) { affected_rows } }", "{}",
                as: Self.ann
            )
            .hasPrefix("validation-failed at $.selectionSet.delete_notes.args.where"))
    }

    @Test
    func `a cached plan wrote with another caller's claims`() async throws {
        let gateway = try await Self.gateway(
            #"""
            \#(Self.open), "create": { "rule": "and", "clauses": [ { "rule": "authenticated" },
              { "rule": "force", "field": "owner", "value": "args.auth.id" } ] }
            """#)
        for id in [1, 2, 1] {
            #expect(
                await gateway.data(
                    "mutation { insert_notes_one(object: { title: \"t\" }) { owner } }", as: .claims(["id": id]))
                    == #"{"insert_notes_one":{"owner":\#(id)}}"#)
        }
    }

    @Test
    func `identifiers reached SQL unquoted`() async throws {
        let gateway = try await TestGateway.make(
            sql:
                #"create table "t""; drop table u; --" (id integer primary key, "a""b" text); create table u (id int);"#,
            collections: #""main.u": { "read": { "rule": "allow" } }"#)
        let schema = gateway.project.schemaText(of: TestCaller.admin.caller, now: TestGateway.now)
        #expect(schema.contains("insert_t___drop_table_u_____one"))
        #expect(
            await gateway.data(
                "mutation { insert_t___drop_table_u_____one(object: { a_b: \"x\" }) { a_b } }", as: .admin)
                == #"{"insert_t___drop_table_u_____one":{"a_b":"x"}}"#)
        #expect(await gateway.data("{ u { id } }") == #"{"u":[]}"#)
    }
}

extension TestCaller {
    fileprivate static func claims(_ members: [String: Int]) -> TestCaller {
        TestCaller(stringLiteral: "{" + members.map { "\"\($0.key)\": \($0.value)" }.joined(separator: ",") + "}")
    }
}
