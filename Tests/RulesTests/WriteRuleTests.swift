// Rules for writing, end to end: each kind allows and denies, on every path a row can be written by (rules of the API,
// sections 1 to 4).
import Gateway
import TestSupport
import Testing

@Suite(.serialized)
struct WriteRuleTests {
    private static let sql = """
        create table users (id integer primary key, name text not null, team int);
        create table notes (
          id integer primary key, author_id int not null references users (id), title text not null, body text,
          status text not null default 'draft', pinned boolean not null default 0, code text unique, size int default 1,
          stamped text);
        create table tags (id integer primary key, note_id int not null references notes (id), label text not null);
        insert into users (id, name, team) values (1, 'Ada', 1), (2, 'Ben', 1), (3, 'Cleo', 2);
        insert into notes (id, author_id, title, status, code) values
          (1, 1, 'one', 'draft', 'a'), (2, 1, 'two', 'published', 'b'), (3, 2, 'three', 'draft', 'c'),
          (4, 2, 'four', 'published', 'd');
        """

    private static let isAuthor =
        #"{ "rule": "match", "type": "number", "eval": "==", "f1": "args.row.author_id", "f2": "args.auth.id" }"#
    private static let writesAuthor =
        #"{ "rule": "match", "type": "number", "eval": "==", "f1": "args.doc.author_id", "f2": "args.auth.id" }"#

    private func gateway(_ notes: String, tags: String = "", users: String = "") async throws -> TestGateway {
        let open = #""read": { "rule": "allow" }"#
        return try await TestGateway.make(
            sql: Self.sql,
            collections: """
                "main.users": { \(users.isEmpty ? open : users) }, "main.notes": { \(notes) },
                "main.tags": { \(tags.isEmpty ? open : tags) }
                """)
    }

    private static let ada: TestCaller = #"{"id": 1}"#
    private static let ben: TestCaller = #"{"id": 2}"#

    private static let failed = "check constraint of an insert/update permission has failed"

    // MARK: Create

    @Test
    func `create checks the row as it was written`() async throws {
        let gateway = try await gateway(#""read": { "rule": "allow" }, "create": \#(Self.writesAuthor)"#)
        let insert = { (author: Int) in
            "mutation { insert_notes(objects: [{ title: \"n\", author_id: \(author) }]) { affected_rows } }"
        }
        #expect(await gateway.data(insert(1), as: Self.ada) == #"{"insert_notes":{"affected_rows":1}}"#)
        #expect(
            await gateway.failure(insert(2), as: Self.ada)
                == "permission-error at $.selectionSet.insert_notes.args.objects: \(Self.failed)")
        // A missing claim is unknown, and only true admits: nothing could be, so there is nothing.
        #expect(await gateway.failure(insert(1)) == "validation-failed at $: no mutations exist")
        #expect(await gateway.data(insert(2), as: .admin) == #"{"insert_notes":{"affected_rows":1}}"#)
    }

    @Test(arguments: [
        #"{ "rule": "authenticated" }, { "rule": "check", "where": { "size": { "_eq": "args.auth.size" } } }"#,
        #"{ "rule": "check", "where": { "size": { "_eq": "args.auth.size" } } }, { "rule": "authenticated" }"#,
    ])
    func `a clause that is false decides, whatever claim the one beside it misses`(_ clauses: String) async throws {
        let gateway = try await gateway(
            #""read": { "rule": "allow" }, "create": { "rule": "and", "clauses": [ \#(clauses) ] }"#)
        let insert = "mutation { insert_notes(objects: [{ title: \"n\", author_id: 1 }]) { affected_rows } }"
        #expect(await gateway.failure(insert) == "validation-failed at $: no mutations exist")
        #expect(await gateway.failure(insert, as: Self.ada) == "not-found at $: missing session variable: \"size\"")
    }

    @Test
    func `create sees defaults and generated values`() async throws {
        let gateway = try await gateway(
            #""read": { "rule": "allow" }, "create": { "rule": "check", "where": { "status": { "_eq": "draft" }, "id": { "_lt": 6 } } }"#
        )
        let insert = "mutation { insert_notes_one(object: { title: \"n\", author_id: 1 }) { id status } }"
        #expect(await gateway.data(insert, as: Self.ada) == #"{"insert_notes_one":{"id":5,"status":"draft"}}"#)
        #expect(
            await gateway.failure(insert, as: Self.ada)
                == "permission-error at $.selectionSet.insert_notes_one.args.object: \(Self.failed)")
    }

    @Test
    func `one row that fails undoes all`() async throws {
        let gateway = try await gateway(#""read": { "rule": "allow" }, "create": \#(Self.writesAuthor)"#)
        let failure = await gateway.failure(
            """
            mutation { insert_notes(objects: [{ title: "x", author_id: 1 }, { title: "y", author_id: 2 }]) { affected_rows } }
            """, as: Self.ada)
        #expect(failure.hasPrefix("permission-error"))
        #expect(
            await gateway.data("{ notes_aggregate { aggregate { count } } }", as: .admin)
                == #"{"notes_aggregate":{"aggregate":{"count":4}}}"#)
    }

    @Test
    func `the permission error comes before what a constraint would tell`() async throws {
        let gateway = try await gateway(#""read": { "rule": "allow" }, "create": \#(Self.writesAuthor)"#)
        let failure = await gateway.failure(
            "mutation { insert_notes(objects: [{ title: \"n\", author_id: 2, code: \"a\" }]) { affected_rows } }",
            as: Self.ada)
        #expect(failure == "permission-error at $.selectionSet.insert_notes.args.objects: \(Self.failed)")
    }

    @Test
    func `a check over relationships sees the rows of its own insert`() async throws {
        let gateway = try await gateway(
            #"""
            "read": { "rule": "allow" },
            "create": { "rule": "check", "where": { "tags": { "label": { "_eq": "ok" } } } }
            """#, tags: #""read": { "rule": "allow" }, "create": { "rule": "allow" }"#)
        let insert = { (label: String) in
            "mutation { insert_notes(objects: [{ title: \"n\", author_id: 1, tags: { data: [{ label: \"\(label)\" }] } }]) { affected_rows } }"
        }
        #expect(await gateway.data(insert("ok"), as: Self.ada) == #"{"insert_notes":{"affected_rows":2}}"#)
        #expect(await gateway.failure(insert("no"), as: Self.ada).hasPrefix("permission-error"))
    }

    // MARK: Update

    @Test
    func `update touches only rows its rule and read admit`() async throws {
        let gateway = try await gateway(
            #""read": { "rule": "where", "where": { "status": { "_eq": "draft" } } }, "update": \#(Self.isAuthor)"#)
        let update =
            "mutation { update_notes(where: { title: { _neq: \"\" } }, _set: { title: \"t\" }) { affected_rows returning { id } } }"
        #expect(
            await gateway.data(update, as: Self.ada) == #"{"update_notes":{"affected_rows":1,"returning":[{"id":1}]}}"#)
        #expect(
            await gateway.data("{ notes(where: { title: { _eq: \"t\" } }) { id } }", as: .admin)
                == #"{"notes":[{"id":1}]}"#)
    }

    @Test
    func `an owner cannot give the row away, unless the rule says so`() async throws {
        let closed = try await gateway(#""read": { "rule": "allow" }, "update": \#(Self.isAuthor)"#)
        let give = "mutation { update_notes_by_pk(pk_columns: { id: 1 }, _set: { author_id: 2 }) { id } }"
        #expect(await closed.failure(give, as: Self.ada) == "permission-error at $: \(Self.failed)")
        let open = try await gateway(
            #"""
            "read": { "rule": "allow" },
            "update": { "rule": "and", "clauses": [\#(Self.isAuthor), { "rule": "check", "where": {} }] }
            """#)
        #expect(await open.data(give, as: Self.ada) == #"{"update_notes_by_pk":{"id":1}}"#)
    }

    @Test
    func `the check of an entry looks at the rows that the entries before it leave`() async throws {
        let gateway = try await gateway(
            #"""
            "read": { "rule": "allow" },
            "update": { "rule": "check", "where": { "status": { "_neq": "published" } } }
            """#)
        #expect(
            await gateway.data(
                """
                mutation { update_notes_many(updates: [
                  { where: { id: { _eq: 1 } }, _set: { title: "done" } },
                  { where: { title: { _eq: "one" } }, _set: { status: "published" } }]) { affected_rows } }
                """, as: Self.ada) == #"{"update_notes_many":[{"affected_rows":1},{"affected_rows":0}]}"#)
    }

    @Test
    func `a check that no row meets is no error`() async throws {
        let gateway = try await gateway(
            #"""
            "read": { "rule": "allow" },
            "update": { "rule": "and", "clauses": [\#(Self.isAuthor),
              { "rule": "check", "where": { "status": { "_neq": "published" } } }] }
            """#)
        let publish = { (id: Int) in
            "mutation { update_notes(where: { id: { _eq: \(id) } }, _set: { status: \"published\" }) { affected_rows } }"
        }
        #expect(await gateway.failure(publish(1), as: Self.ada) == "permission-error at $: \(Self.failed)")
        #expect(await gateway.data(publish(3), as: Self.ada) == #"{"update_notes":{"affected_rows":0}}"#)
    }

    @Test
    func `a filter cannot ask about rows or fields that are hidden`() async throws {
        let gateway = try await gateway(
            #"""
            "read": \#(Self.isAuthor), "update": { "rule": "allow" },
            "fields": { "code": { "read": { "rule": "mask", "with": null } } }
            """#)
        let count = { (filter: String) in
            await gateway.data(
                "mutation { update_notes(where: \(filter), _set: { pinned: true }) { affected_rows } }", as: Self.ada)
        }
        #expect(await count(#"{ title: { _like: "th%" } }"#) == #"{"update_notes":{"affected_rows":0}}"#)
        #expect(await count(#"{ code: { _eq: "a" } }"#) == #"{"update_notes":{"affected_rows":0}}"#)
        #expect(await count(#"{ title: { _like: "o%" } }"#) == #"{"update_notes":{"affected_rows":1}}"#)
    }

    @Test
    func `operators on the stored value need it in clear`() async throws {
        let gateway = try await gateway(
            #"""
            "read": { "rule": "allow" }, "update": { "rule": "allow" },
            "fields": { "size": { "read": { "rule": "mask", "with": null } } }
            """#)
        let update = { (change: String) in
            "mutation { update_notes(where: { id: { _eq: 1 } }, \(change)) { affected_rows } }"
        }
        #expect(await gateway.failure(update("_inc: { size: 1 }"), as: Self.ada).hasPrefix("validation-failed"))
        #expect(
            await gateway.data(update("_set: { size: 1 }"), as: Self.ada) == #"{"update_notes":{"affected_rows":1}}"#)
    }

    // MARK: Delete

    @Test
    func `delete touches only rows its rule and read admit`() async throws {
        let gateway = try await gateway(
            #""read": { "rule": "where", "where": { "status": { "_eq": "draft" } } }, "delete": \#(Self.isAuthor)"#)
        #expect(
            await gateway.data(
                "mutation { delete_notes(where: {}, all: true) { affected_rows returning { id } } }", as: Self.ada)
                == #"{"delete_notes":{"affected_rows":1,"returning":[{"id":1}]}}"#)
        #expect(
            await gateway.data("mutation { delete_notes_by_pk(id: 3) { id } }", as: Self.ada)
                == #"{"delete_notes_by_pk":null}"#)
        #expect(await gateway.data("{ notes { id } }", as: .admin) == #"{"notes":[{"id":2},{"id":3},{"id":4}]}"#)
    }

    @Test
    func `what is denied does not exist`() async throws {
        let gateway = try await gateway(
            #""read": { "rule": "allow" }, "create": { "rule": "allow" }, "delete": { "rule": "deny" }"#)
        #expect(
            await gateway.failure("mutation { delete_notes(where: {}, all: true) { affected_rows } }", as: Self.ada)
                .hasPrefix(
                    "validation-failed at $.selectionSet.delete_notes: Cannot query field \"delete_notes\" on type \"mutation_root\"."
                ))
        #expect(
            await gateway.failure("mutation { update_notes(where: {}, all: true) { affected_rows } }", as: Self.ada)
                .hasPrefix("validation-failed at $.selectionSet.update_notes: Cannot query field \"update_notes\""))
    }

    // MARK: Force and remove

    private static let forced = #"""
        "read": { "rule": "allow" },
        "create": { "rule": "and", "clauses": [ { "rule": "authenticated" },
          { "rule": "force", "field": "args.doc.author_id", "value": "args.auth.id" },
          { "rule": "force", "field": "stamped", "value": "args.now" } ] },
        "update": { "rule": "and", "clauses": [ \#(isAuthor),
          { "rule": "force", "field": "args.doc.status", "value": "changed" },
          { "rule": "remove", "fields": ["pinned"] } ] }
        """#

    @Test
    func `a forced field takes its value on insert, and is in no input`() async throws {
        let gateway = try await gateway(Self.forced)
        #expect(
            await gateway.data("mutation { insert_notes_one(object: { title: \"n\" }) { author_id } }", as: Self.ben)
                == #"{"insert_notes_one":{"author_id":2}}"#)
        #expect(
            await gateway.failure(
                "mutation { insert_notes_one(object: { title: \"n\", author_id: 1 }) { id } }", as: Self.ben
            )
            .hasPrefix("validation-failed at $.selectionSet.insert_notes_one.args.object.author_id"))
        #expect(
            await gateway.failure(
                "mutation { insert_notes_one(object: { title: \"n\" }) { id } }", as: #"{"name": "x"}"#)
                == "not-found at $: missing session variable: \"id\"")
    }

    @Test(arguments: [("NOW()", "timestamptz"), ("now()", "timestamp"), ("args.now", "timestamptz")])
    func `a forced instant may be the request's`(_ value: String, _ type: String) async throws {
        let gateway = try await TestGateway.make(
            sql: "CREATE TABLE visits (id INTEGER PRIMARY KEY, at \(type.uppercased()), said TEXT);",
            collections: #"""
                "main.visits": { "read": { "rule": "allow" }, "create": { "rule": "and", "clauses": [ { "rule": "allow" },
                  { "rule": "force", "field": "args.doc.at", "value": "\#(value)" },
                  { "rule": "force", "field": "args.doc.said", "value": "NOW()" } ] } }
                """#)
        let answer = await gateway.data("mutation { insert_visits_one(object: {id: 1}) { at said } }")
        #expect(answer.hasPrefix(#"{"insert_visits_one":{"at":"2026-01-01T00:00:00"#), "\(answer)")
        #expect(answer.hasSuffix(#""said":"NOW()"}}"#), "\(answer)")
    }

    @Test
    func `a forced field takes its value on update and on both arms of an upsert`() async throws {
        let gateway = try await gateway(Self.forced)
        #expect(
            await gateway.data(
                "mutation { update_notes_by_pk(pk_columns: { id: 1 }, _set: { title: \"t\", pinned: true }) { title status pinned } }",
                as: Self.ada) == #"{"update_notes_by_pk":{"title":"t","status":"changed","pinned":false}}"#)
        #expect(
            await gateway.data("mutation { update_notes(where: { id: { _eq: 2 } }) { affected_rows } }", as: Self.ada)
                == #"{"update_notes":{"affected_rows":1}}"#)
        #expect(
            await gateway.data(
                """
                mutation { insert_notes(objects: [{ id: 1, title: "again" }, { id: 9, title: "new" }],
                  on_conflict: { constraint: notes_pkey, update_columns: [title] }) {
                    affected_rows returning { id title status author_id } } }
                """, as: Self.ada)
                == #"{"insert_notes":{"affected_rows":2,"returning":[{"id":1,"title":"again","status":"changed","author_id":1},{"id":9,"title":"new","status":"draft","author_id":1}]}}"#
        )
    }

    @Test
    func `an upsert changes rows that may not be read, but filters none of them`() async throws {
        let gateway = try await gateway(
            #"""
            "read": { "rule": "deny" }, "create": { "rule": "authenticated" },
            "update": { "rule": "where", "where": { "author_id": { "_eq": "args.auth.id" } } }
            """#)
        let upsert = { (more: String) in
            "mutation { insert_notes(objects: [{ id: 1, author_id: 1, title: \"x\" }, { id: 3, author_id: 2, title: \"x\" }], "
                + "on_conflict: { constraint: notes_pkey, update_columns: [title]\(more) }) { affected_rows } }"
        }
        #expect(await gateway.data(upsert(""), as: Self.ada) == #"{"insert_notes":{"affected_rows":1}}"#)
        let filtered = await gateway.failure(upsert(", where: {title: {_eq: \"x\"}}"), as: Self.ada)
        #expect(filtered.contains("is not defined by type"), "\(filtered)")
        #expect(
            await gateway.failure(upsert(""), as: #"{"role": "none"}"#)
                == "not-found at $: missing session variable: \"id\"")
        #expect(
            await gateway.data("{ notes(order_by: {id: asc}) { title } }", as: .admin)
                == #"{"notes":[{"title":"x"},{"title":"two"},{"title":"three"},{"title":"four"}]}"#)
    }

    @Test
    func `the filter of an upsert finds rows that may be read and changed, and no others`() async throws {
        let gateway = try await gateway(
            #"""
            "read": { "rule": "where", "where": { "status": { "_eq": "published" } } }, "create": { "rule": "authenticated" },
            "update": { "rule": "where", "where": { "author_id": { "_eq": "args.auth.id" } } }
            """#)
        let rows = [(1, 1), (2, 1), (4, 2)].map { "{ id: \($0.0), author_id: \($0.1), title: \"x\" }" }
        let upsert = """
            mutation { insert_notes(objects: [\(rows.joined(separator: ", "))], on_conflict: {
              constraint: notes_pkey, update_columns: [title], where: {title: {_neq: "x"}} }) { affected_rows } }
            """
        #expect(await gateway.data(upsert, as: Self.ada) == #"{"insert_notes":{"affected_rows":1}}"#)
        #expect(
            await gateway.data("{ notes(order_by: {id: asc}) { title } }", as: .admin)
                == #"{"notes":[{"title":"one"},{"title":"x"},{"title":"three"},{"title":"four"}]}"#)
    }

    @Test
    func `a forced value that is another's must be sent, and set`() async throws {
        let gateway = try await gateway(
            #"""
            "read": { "rule": "allow" }, "update": { "rule": "and", "clauses": [ { "rule": "allow" },
              { "rule": "force", "field": "args.doc.title", "value": "args.doc.body" } ] }
            """#)
        let update = { (changes: String) in
            "mutation { update_notes_by_pk(pk_columns: {id: 1}, \(changes)) { title body } }"
        }
        #expect(
            await gateway.data(update(#"_set: {body: "b"}"#), as: Self.ada)
                == #"{"update_notes_by_pk":{"title":"b","body":"b"}}"#)
        #expect(
            await gateway.failure(update("_inc: {size: 1}"), as: Self.ada)
                .hasSuffix("The field \"body\" must be given."))
    }

    @Test
    func `an action in a fields entry applies whether or not the field is sent`() async throws {
        let gateway = try await gateway(
            #"""
            "read": { "rule": "allow" }, "create": { "rule": "authenticated" }, "update": \#(Self.isAuthor),
            "fields": {
              "author_id": { "create": { "rule": "force", "field": "args.doc.author_id", "value": "args.auth.id" } },
              "stamped": { "update": { "rule": "force", "field": "stamped", "value": "seen" } },
              "pinned": { "create": { "rule": "remove", "fields": ["pinned"] },
                          "update": { "rule": "remove", "fields": ["args.doc.pinned"] } } }
            """#)
        #expect(
            await gateway.data(
                "mutation { insert_notes_one(object: { title: \"n\", pinned: true }) { author_id pinned } }",
                as: Self.ben)
                == #"{"insert_notes_one":{"author_id":2,"pinned":false}}"#)
        #expect(
            await gateway.data(
                "mutation { update_notes_by_pk(pk_columns: { id: 1 }, _set: { title: \"t\", pinned: true }) { title stamped pinned } }",
                as: Self.ada) == #"{"update_notes_by_pk":{"title":"t","stamped":"seen","pinned":false}}"#)
        #expect(
            await gateway.data(
                """
                mutation { insert_notes(objects: [{ id: 1, title: "again", pinned: true }],
                  on_conflict: { constraint: notes_pkey, update_columns: [title, pinned] }) {
                    returning { id title stamped pinned } } }
                """, as: Self.ada)
                == #"{"insert_notes":{"returning":[{"id":1,"title":"again","stamped":"seen","pinned":false}]}}"#)
        #expect(
            await gateway.failure(
                "mutation { insert_notes_one(object: { title: \"n\", author_id: 1 }) { id } }", as: Self.ben
            )
            .hasPrefix("validation-failed at $.selectionSet.insert_notes_one.args.object.author_id"))
        #expect(
            await gateway.failure(
                "mutation { insert_notes_one(object: { title: \"n\" }) { id } }", as: #"{"name": "x"}"#)
                == "not-found at $: missing session variable: \"id\"")
    }

    // MARK: Choices

    @Test
    func `an or with actions takes its first clause that the request decides`() async throws {
        let gateway = try await gateway(
            #"""
            "read": { "rule": "allow" },
            "update": { "rule": "or", "clauses": [
              { "rule": "and", "clauses": [
                { "rule": "match", "type": "string", "eval": "==", "f1": "args.auth.role", "f2": "editor" },
                { "rule": "where", "where": { "status": { "_eq": "published" } } },
                { "rule": "force", "field": "stamped", "value": "by editor" } ] },
              { "rule": "and", "clauses": [ \#(Self.isAuthor), { "rule": "force", "field": "stamped", "value": "by author" } ] } ] }
            """#)
        let update =
            "mutation { update_notes(where: {}, all: true, _set: { title: \"t\" }) { returning { id stamped } } }"
        #expect(
            await gateway.data(update, as: #"{"id": 1, "role": "editor"}"#)
                == #"{"update_notes":{"returning":[{"id":2,"stamped":"by editor"},{"id":4,"stamped":"by editor"}]}}"#)
        #expect(
            await gateway.data(update, as: Self.ada)
                == #"{"update_notes":{"returning":[{"id":1,"stamped":"by author"},{"id":2,"stamped":"by author"}]}}"#)
    }

    @Test
    func `an or over one image is a plain disjunction`() async throws {
        let gateway = try await gateway(
            #"""
            "read": { "rule": "allow" },
            "create": { "rule": "or", "clauses": [ \#(Self.writesAuthor),
              { "rule": "check", "where": { "status": { "_eq": "shared" } } } ] }
            """#)
        let insert = { (author: Int, status: String) in
            await gateway.failure(
                "mutation { insert_notes(objects: [{ title: \"n\", author_id: \(author), status: \"\(status)\" }]) { affected_rows } }",
                as: Self.ada)
        }
        #expect(await insert(1, "draft") == "no error")
        #expect(await insert(2, "shared") == "no error")
        #expect(await insert(2, "draft").hasPrefix("permission-error"))
    }

    // MARK: Fields

    @Test
    func `fields open and close columns of their own`() async throws {
        let gateway = try await gateway(
            #"""
            "read": { "rule": "allow" }, "create": { "rule": "allow" }, "update": { "rule": "allow" },
            "fields": { "*": { "update": { "rule": "deny" } }, "title": { "update": { "rule": "allow" } },
              "pinned": { "create": { "rule": "check", "where": { "pinned": { "_eq": false } } },
                "update": { "rule": "where", "where": { "status": { "_eq": "published" } } } } }
            """#)
        let update = { (change: String) in
            await gateway.answer(
                "mutation { update_notes(where: {}, all: true, _set: { \(change) }) { affected_rows } }", as: Self.ada)
        }
        #expect(await update(#"title: "t""#) == #"{"data":{"update_notes":{"affected_rows":4}}}"#)
        #expect(await update(#"body: "t""#).contains(#"Field \"body\" is not defined"#))
        #expect(await update("pinned: true") == #"{"data":{"update_notes":{"affected_rows":2}}}"#)
        let insert = { (fields: String) in
            await gateway.failure(
                "mutation { insert_notes(objects: [{ title: \"n\", author_id: 1 \(fields) }]) { affected_rows } }",
                as: Self.ada)
        }
        #expect(await insert("") == "no error")
        #expect(await insert("pinned: false") == "no error")
        #expect(await insert("pinned: true").hasPrefix("permission-error"))
    }

    // MARK: Upserts

    @Test
    func `each arm of an upsert obeys its own rule`() async throws {
        let gateway = try await gateway(
            #"""
            "read": { "rule": "allow" },
            "create": { "rule": "check", "where": { "status": { "_eq": "draft" } } },
            "update": \#(Self.isAuthor)
            """#)
        let upsert = { (id: Int, fields: String) in
            """
            mutation { insert_notes(objects: [{ id: \(id), author_id: 1, \(fields) }],
              on_conflict: { constraint: notes_pkey, update_columns: [title] }) { affected_rows } }
            """
        }
        // Its own row changes, though the row as it is stored is not a draft.
        #expect(await gateway.data(upsert(2, #"title: "x""#), as: Self.ada) == #"{"insert_notes":{"affected_rows":1}}"#)
        // A stranger's row is left alone.
        #expect(await gateway.data(upsert(3, #"title: "x""#), as: Self.ada) == #"{"insert_notes":{"affected_rows":0}}"#)
        #expect(
            await gateway.data("{ notes_by_pk(id: 3) { title } }", as: Self.ada)
                == #"{"notes_by_pk":{"title":"three"}}"#)
        #expect(
            await gateway.failure(upsert(9, #"title: "x", status: "published""#), as: Self.ada).hasPrefix(
                "permission-error"))
    }

    @Test
    func `without the rule for updates nothing can be named to change`() async throws {
        let gateway = try await gateway(#""read": { "rule": "allow" }, "create": { "rule": "allow" }"#)
        let upsert = { (columns: String) in
            """
            mutation { insert_notes(objects: [{ id: 1, author_id: 1, title: "x" }],
              on_conflict: { constraint: notes_pkey, update_columns: [\(columns)] }) { affected_rows } }
            """
        }
        #expect(await gateway.failure(upsert("title"), as: Self.ada).hasPrefix("validation-failed"))
        #expect(await gateway.data(upsert(""), as: Self.ada) == #"{"insert_notes":{"affected_rows":0}}"#)
    }

    @Test(
        arguments: [
            // (a new note, one that may be read, or a hidden one; whether its values may be inserted; affected rows)
            (9, true, 1), (9, false, nil), (3, true, 0), (3, false, 0), (4, true, 0), (4, false, nil),
        ] as [(Int, Bool, Int?)])
    func `a row that is met and left alone tells nothing of values that may not be inserted`(
        _ id: Int, _ mayBeInserted: Bool, _ affected: Int?
    ) async throws {
        for columns in ["title", ""] {
            let gateway = try await gateway(
                #"""
                "read": { "rule": "where", "where": { "status": { "_eq": "draft" } } },
                "create": { "rule": "check", "where": { "body": { "_eq": "fit" } } }, "update": \#(Self.isAuthor)
                """#)
            let upsert = """
                mutation { insert_notes(objects: [{ id: \(id), author_id: 1, title: "x", body: "\(mayBeInserted ? "fit" : "unfit")" }],
                  on_conflict: { constraint: notes_pkey, update_columns: [\(columns)] }) { affected_rows } }
                """
            if let affected {
                let data = await gateway.data(upsert, as: Self.ada)
                #expect(data == #"{"insert_notes":{"affected_rows":\#(affected)}}"#, "\(columns)")
            } else {
                let failure = await gateway.failure(upsert, as: Self.ada)
                #expect(
                    failure == "permission-error at $.selectionSet.insert_notes.args.objects: \(Self.failed)",
                    "\(columns)")
            }
            #expect(
                await gateway.data("{ notes(where: { id: { _in: [3, 4] } }) { title } }", as: .admin)
                    == #"{"notes":[{"title":"three"},{"title":"four"}]}"#)
        }
    }

    @Test
    func `rows do not hang on a stranger's row that an upsert has left alone`() async throws {
        let gateway = try await gateway(
            #""read": { "rule": "allow" }, "create": { "rule": "allow" }, "update": \#(Self.isAuthor)"#,
            tags: #"""
                "read": { "rule": "allow" }, "create": { "rule": "allow" },
                "fields": { "note_id": { "create": { "rule": "deny" } } }
                """#)
        let upsert = { (id: Int) in
            """
            mutation { insert_notes(objects: [{ id: \(id), author_id: 1, title: "x", tags: { data: [{ label: "l" }] } }],
              on_conflict: { constraint: notes_pkey, update_columns: [title] }) { affected_rows } }
            """
        }
        #expect(await gateway.data(upsert(1), as: Self.ada) == #"{"insert_notes":{"affected_rows":2}}"#)
        #expect(
            await gateway.failure(upsert(3), as: Self.ada).hasPrefix(
                "not-supported at $.selectionSet.insert_notes.args.objects: "))
        #expect(await gateway.data("{ tags { note_id } }", as: .admin) == #"{"tags":[{"note_id":1}]}"#)
    }

    @Test
    func `a row of a list that is left alone leaves its neighbours in peace`() async throws {
        let gateway = try await gateway(
            #""read": { "rule": "allow" }, "create": { "rule": "allow" }, "update": \#(Self.isAuthor)"#,
            users: #""read": { "rule": "allow" }, "create": { "rule": "allow" }"#)
        for columns in ["title", ""] {
            #expect(
                await gateway.data(
                    """
                    mutation { insert_users(objects: [{ name: "N", notes: { data: [{ id: 3, title: "x" }, { title: "\(columns)" }],
                      on_conflict: { constraint: notes_pkey, update_columns: [\(columns)] } } }]) { affected_rows } }
                    """, as: Self.ada) == #"{"insert_users":{"affected_rows":2}}"#)
        }
    }

    // MARK: Nested

    @Test
    func `nested rows obey their own rules, at every level`() async throws {
        let rules = #""read": { "rule": "allow" }, "create": { "rule": "allow" }"#
        let gateway = try await gateway(
            rules,
            tags: #"""
                "read": { "rule": "allow" }, "create": { "rule": "check", "where": { "label": { "_neq": "bad" } } },
                "fields": { "note_id": { "create": { "rule": "deny" } } }
                """#)
        let insert = { (label: String) in
            """
            mutation { insert_notes(objects: [{ title: "n", author_id: 1, tags: { data: [{ label: "good" }, { label: "\(label)" }] } }]) {
              affected_rows } }
            """
        }
        // Link columns are the gateway's to set, though the field is closed.
        #expect(await gateway.data(insert("fine"), as: Self.ada) == #"{"insert_notes":{"affected_rows":3}}"#)
        #expect(
            await gateway.failure(insert("bad"), as: Self.ada)
                == "permission-error at $.selectionSet.insert_notes.args.objects[0].tags.data: \(Self.failed)")
        let closed = try await self.gateway(rules)
        #expect(await closed.failure(insert("fine"), as: Self.ada).hasPrefix("validation-failed"))
    }

    @Test
    func `an existing row lends its key only if it may be read`() async throws {
        let gateway = try await gateway(
            #""read": { "rule": "allow" }, "create": { "rule": "allow" }"#,
            users: #"""
                "read": { "rule": "where", "where": { "team": { "_eq": 1 } } }, "create": { "rule": "allow" },
                "update": { "rule": "where", "where": { "name": { "_eq": "nobody" } } }
                """#)
        let insert = { (id: Int) in
            """
            mutation { insert_notes_one(object: { title: "n", author: { data: { id: \(id), name: "X" },
              on_conflict: { constraint: users_pkey, update_columns: [name] } } }) { author { name } } }
            """
        }
        #expect(await gateway.data(insert(2), as: Self.ada) == #"{"insert_notes_one":{"author":{"name":"Ben"}}}"#)
        #expect(await gateway.failure(insert(3), as: Self.ada).hasPrefix("permission-error"))
    }

    @Test
    func `a forced link column that differs refuses the mutation`() async throws {
        let gateway = try await gateway(
            #"""
            "read": { "rule": "allow" }, "create": { "rule": "and", "clauses": [ { "rule": "authenticated" },
              { "rule": "force", "field": "author_id", "value": "args.auth.id" } ] }
            """#, users: #""read": { "rule": "allow" }, "create": { "rule": "allow" }"#)
        let insert = { (id: Int) in
            "mutation { insert_users(objects: [{ id: \(id), name: \"N\", notes: { data: [{ title: \"t\" }] } }]) { affected_rows } }"
        }
        #expect(await gateway.data(insert(7), as: #"{"id": 7}"#) == #"{"insert_users":{"affected_rows":2}}"#)
        #expect(await gateway.failure(insert(8), as: #"{"id": 7}"#).hasPrefix("permission-error"))
    }

    @Test
    func `related rows are changed under their own rules`() async throws {
        let gateway = try await gateway(
            #"""
            "read": { "rule": "where", "where": { "id": { "_lt": 4 } } }, "update": { "rule": "allow" },
            "delete": \#(Self.isAuthor),
            "fields": { "pinned": { "update": { "rule": "check", "where": { "pinned": { "_eq": false } } } } }
            """#, users: #""read": { "rule": "allow" }, "update": { "rule": "allow" }"#)
        let update = { (change: String) in
            await gateway.answer(
                "mutation { update_users(where: {}, all: true, \(change)) { affected_rows } }", as: Self.ada)
        }
        #expect(
            await update("_update: { notes: { where: {}, all: true, _set: { title: \"t\" } } }")
                == #"{"data":{"update_users":{"affected_rows":3}}}"#)
        #expect(
            await update("_update: { notes: { where: {}, all: true, _set: { pinned: true } } }")
                .contains(#""code":"permission-error""#))
        #expect(
            await update("_delete: { notes: { where: {}, all: true } }")
                == #"{"data":{"update_users":{"affected_rows":2}}}"#)
        #expect(await gateway.data("{ notes { id } }", as: .admin) == #"{"notes":[{"id":3},{"id":4}]}"#)
    }

    // MARK: What is told

    @Test
    func `returning shows only what read admits`() async throws {
        let gateway = try await gateway(
            #"""
            "read": { "rule": "where", "where": { "status": { "_eq": "published" } } }, "create": { "rule": "allow" },
            "fields": { "code": { "read": { "rule": "deny" } } }
            """#)
        #expect(
            await gateway.data(
                """
                mutation { insert_notes(objects: [{ author_id: 1, title: "a" }, { author_id: 1, title: "b", status: "published" }]) {
                  affected_rows returning { title } } insert_notes_one(object: { author_id: 1, title: "c" }) { id } }
                """, as: Self.ada)
                == #"{"insert_notes":{"affected_rows":2,"returning":[{"title":"b"}]},"insert_notes_one":null}"#)
        #expect(
            await gateway.failure("mutation { insert_notes(objects: []) { returning { code } } }", as: Self.ada)
                .hasPrefix("validation-failed"))
    }

    @Test
    func `a constraint over what may not be read is not named`() async throws {
        let gateway = try await gateway(
            #"""
            "read": { "rule": "allow" }, "create": { "rule": "allow" },
            "fields": { "code": { "read": { "rule": "deny" } } }
            """#)
        let insert =
            "mutation { insert_notes(objects: [{ author_id: 1, title: \"a\", code: \"a\" }]) { affected_rows } }"
        #expect(
            await gateway.failure(insert, as: Self.ada)
                == "constraint-violation at $.selectionSet.insert_notes.args.objects: a database constraint failed")
        #expect(
            await gateway.failure(insert, as: .admin)
                == "constraint-violation at $.selectionSet.insert_notes.args.objects: Uniqueness violation. duplicate key value violates unique constraint \"notes_code_key\""
        )
    }

    @Test
    func `a claim that a rule needs and the caller lacks refuses the mutation`() async throws {
        let gateway = try await gateway(
            #""read": { "rule": "allow" }, "create": { "rule": "check", "where": { "author_id": { "_eq": "args.auth.id" } } }"#
        )
        #expect(
            await gateway.failure(
                "mutation { insert_notes(objects: [{ title: \"t\", author_id: 1 }]) { affected_rows } }",
                as: #"{"x": 1}"#)
                == "not-found at $: missing session variable: \"id\"")
    }

    @Test
    func `client data is never read as a variable`() async throws {
        let gateway = try await gateway(
            #""read": { "rule": "allow" }, "create": { "rule": "allow" }"#)
        #expect(
            await gateway.data(
                "mutation { insert_notes_one(object: { author_id: 1, title: \"args.auth.id\" }) { title } }",
                as: Self.ada)
                == #"{"insert_notes_one":{"title":"args.auth.id"}}"#)
    }
}
