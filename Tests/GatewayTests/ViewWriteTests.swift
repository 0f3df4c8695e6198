// Views with a configured key and INSTEAD OF triggers are written as far as the triggers go, and judged as tables are.
import Base
import Gateway
import Metadata
import TestSupport
import Testing

@Suite(.serialized)
struct ViewWriteTests {
    private static let sql = """
        create table notes (id integer primary key, owner int not null, text text, hidden boolean not null default 0);
        insert into notes values (1, 1, 'a', 0), (2, 2, 'b', 0), (3, 1, 'c', 1), (4, 1, 'd', 0);
        create view open_notes as select id, owner, text from notes where not hidden;
        create trigger open_notes_add instead of insert on open_notes
          begin insert into notes (id, owner, text) values (new.id, new.owner, new.text); end;
        create trigger open_notes_change instead of update of text, owner on open_notes
          begin update notes set text = new.text, owner = new.owner where id = old.id; end;
        create trigger open_notes_hide instead of delete on open_notes
          begin update notes set hidden = 1 where id = old.id; end;
        create view all_notes as select id, text from notes;
        create view "T1" as select id, owner from notes;
        create trigger t1_hide instead of delete on "T1"
          begin update notes set hidden = 1 where id = old.id; end;
        """

    private static let own =
        #"{ "rule": "match", "type": "number", "eval": "==", "f1": "args.row.owner", "f2": "args.auth.id" }"#

    private static func gateway(rules: String? = nil) async throws -> TestGateway {
        let collection =
            rules
                ?? #"""
                "read": { "rule": "allow" }, "update": \#(own), "delete": \#(own),
                "create": { "rule": "check", "where": { "owner": { "_eq": "args.auth.id" } } }
                """#
        return try await TestGateway.make(
            sql: sql,
            collections: #"""
                "main.notes": { "read": { "rule": "allow" } }, "main.open_notes": { \#(collection) },
                "main.all_notes": { "read": { "rule": "allow" }, "create": { "rule": "allow" } },
                "main.T1": { "read": { "rule": "allow" }, "delete": { "rule": "not", "clause": { "rule": "query",
                  "collection": "main.T1", "where": { "id": { "_lt": "args.row.id" }, "owner": { "_eq": "args.row.owner" } } } } }
                """#,
            source: #"""
                "track": "all", "collections": { "open_notes": { "key": "id" }, "all_notes": { "key": ["id"] },
                "T1": { "key": "id" } }
                """#)
    }

    private static let one: TestCaller = #"{"id": 1}"#
    private static let rest = "{ notes(order_by: {id: asc}) { id owner text hidden } }"

    @Test(
        arguments: [
            (
                #"update_open_notes(where: {id: {_gt: 0}}, _set: {text: "x"}) { affected_rows returning { id text } }"#,
                #"{"update_open_notes":{"affected_rows":2,"returning":[{"id":1,"text":"x"},{"id":4,"text":"x"}]}}"#
            ),
            (
                #"update_open_notes(where: {id: {_gt: 0}}, limit: 1, _set: {text: "x"}) { affected_rows }"#,
                #"{"update_open_notes":{"affected_rows":1}}"#
            ),
            (
                #"update_open_notes_by_pk(pk_columns: {id: 2}, _set: {text: "x"}) { id }"#,
                #"{"update_open_notes_by_pk":null}"#
            ),
            (
                #"insert_open_notes(objects: [{id: 9, owner: 1, text: "n"}]) { affected_rows returning { id text } }"#,
                #"{"insert_open_notes":{"affected_rows":1,"returning":[{"id":9,"text":"n"}]}}"#
            ),
            (
                "delete_open_notes(where: {id: {_lt: 3}}) { affected_rows returning { id } }",
                #"{"delete_open_notes":{"affected_rows":1,"returning":[{"id":1}]}}"#
            ),
            (
                "delete_open_notes(where: {id: {_in: [2, 4]}}) { affected_rows }",
                #"{"delete_open_notes":{"affected_rows":1}}"#
            ),
            // Where other rows decide, and the view has a name like one of ours.
            (
                #"delete_T1(where: {id: {_gt: 0}}) { affected_rows }"#,
                #"{"delete_T1":{"affected_rows":2}}"#
            ),
        ] as [(String, String)])
    func `a keyed view is written as its triggers do it`(_ mutation: String, _ expected: String) async throws {
        #expect(try await Self.gateway().data("mutation { \(mutation) }", as: Self.one) == expected)
    }

    @Test
    func `what its triggers have written is there`() async throws {
        let gateway = try await Self.gateway()
        _ = await gateway.data(
            #"mutation { update_open_notes(where: {id: {_lt: 3}}, _set: {text: "x"}) { affected_rows } delete_open_notes(where: {id: {_eq: 4}}) { affected_rows } }"#,
            as: Self.one)
        #expect(
            await gateway.data(Self.rest)
                == #"{"notes":[{"id":1,"owner":1,"text":"x","hidden":false},{"id":2,"owner":2,"text":"b","hidden":false},{"id":3,"owner":1,"text":"c","hidden":true},{"id":4,"owner":1,"text":"d","hidden":true}]}"#
        )
    }

    @Test(
        arguments: [
            // Of the row written the check is not true.
            #"insert_open_notes(objects: [{id: 9, owner: 2}]) { affected_rows }"#,
            // A row that cannot be found again: nobody knows the key that the trigger's insert gave it.
            #"insert_open_notes(objects: [{owner: 1}]) { affected_rows }"#,
            // An owner gives nothing away.
            #"update_open_notes(where: {id: {_eq: 1}}, _set: {owner: 2}) { affected_rows }"#,
        ])
    func `the check is asked of the row by its key`(_ mutation: String) async throws {
        let gateway = try await Self.gateway()
        let before = await gateway.data(Self.rest)
        #expect(await gateway.failure("mutation { \(mutation) }", as: Self.one).hasPrefix("permission-error"))
        #expect(await gateway.data(Self.rest) == before)
    }

    @Test
    func `what no trigger takes on is not in the schema`() async throws {
        let gateway = try await Self.gateway()
        let text = gateway.project.schemaText(of: Self.one.caller, now: TestGateway.now)
        #expect(text.contains("insert_open_notes"))
        #expect(!text.contains("open_notes_on_conflict"))
        #expect(!text.contains("all_notes_insert_input"))
        let admin = gateway.project.schemaText(of: TestCaller.admin.caller, now: TestGateway.now)
        #expect(admin.contains("delete_T1("))
        #expect(!admin.contains("update_T1(") && !admin.contains("insert_T1("))
        #expect(!admin.contains("insert_all_notes"))
        // The key stays, and the trigger is for two columns.
        let input = admin.split(separator: "input open_notes_set_input {").last?.prefix { $0 != "}" } ?? ""
        #expect(input.contains("text:") && input.contains("owner:") && !input.contains("id:"))
    }

    @Test
    func `rows of a view that share their key are judged each`() async throws {
        let gateway = try await TestGateway.make(
            sql: """
                create table notes (id integer primary key, box int not null, owner int not null, text text);
                insert into notes values (1, 7, 1, 'a'), (2, 7, 2, 'b');
                create view boxes as select box, owner, text from notes;
                create trigger boxes_change instead of update on boxes
                  begin update notes set text = new.text where box = old.box and owner = old.owner; end;
                create trigger boxes_remove instead of delete on boxes
                  begin delete from notes where box = old.box and owner = old.owner; end;
                """,
            collections: #"""
                "main.notes": { "read": { "rule": "allow" } },
                "main.boxes": { "read": { "rule": "allow" }, "delete": \#(Self.own), "update": { "rule": "and", "clauses": [
                  \#(Self.own), { "rule": "check", "where": {} } ] } }
                """#, source: #""track": "all", "collections": { "boxes": { "key": "box" } }"#)
        #expect(
            await gateway.data(
                #"mutation { update_boxes(where: {box: {_eq: 7}}, limit: 1, _set: {text: "x"}) { affected_rows } }"#,
                as: Self.one) == #"{"update_boxes":{"affected_rows":1}}"#)
        #expect(
            await gateway.data("mutation { delete_boxes(where: {box: {_eq: 7}}) { affected_rows } }", as: Self.one)
                == #"{"delete_boxes":{"affected_rows":1}}"#)
        #expect(await gateway.data("{ notes { id text } }") == #"{"notes":[{"id":2,"text":"b"}]}"#)
    }

    // MARK: Attacks

    /// Boxes of two owners; the triggers of what is in them number the rows themselves.
    private static func boxes(_ trigger: String, create: String) async throws -> TestGateway {
        try await TestGateway.make(
            sql: """
                create table boxes (id integer primary key, owner int not null);
                insert into boxes values (1, 1), (2, 2);
                create table stored (id integer primary key, box int not null, text text);
                insert into stored values (10, 1, 'mine'), (20, 2, 'theirs');
                create view things as select id, box, text from stored;
                create trigger things_add instead of insert on things begin \(trigger); end;
                """,
            collections: #"""
                "main.stored": { "read": { "rule": "allow" } },
                "main.things": { "read": { "rule": "match", "type": "number", "eval": "==", "f1": "args.row.box",
                  "f2": "args.auth.box" }, "create": \#(create) }
                """#, source: #""track": "all", "collections": { "things": { "key": "id" } }"#)
    }

    private static let ownBox =
        #"""
        { "rule": "query", "collection": "main.boxes", "where": { "id": { "_eq": "args.doc.box" },
          "owner": { "_eq": "args.auth.id" } } }
        """#
    private static let owner: TestCaller = #"{"id": 1, "box": 1}"#

    @Test(arguments: [
        // A row of his own that is there already: the check would be asked of that one.
        #"insert_things(objects: [{id: 10, box: 2, text: "x"}]) { affected_rows }"#,
        // A row that the next object writes.
        #"insert_things(objects: [{id: 22, box: 2, text: "x"}, {id: 23, box: 1, text: "y"}]) { affected_rows }"#,
        #"insert_things(objects: [{id: 22, box: 2, text: "x"}, {id: 21, box: 1, text: "y"}]) { affected_rows }"#,
        #"insert_things(objects: [{box: 2, text: "x"}]) { affected_rows }"#,
        #"insert_things(objects: [{id: null, box: 2, text: "x"}]) { affected_rows }"#,
    ])
    func `no check is asked of another row than the one written`(_ mutation: String) async throws {
        let gateway = try await Self.boxes(
            "insert into stored (box, text) values (new.box, new.text)", create: Self.ownBox)
        #expect(await gateway.failure("mutation { \(mutation) }", as: Self.owner) != "no error")
        #expect(
            await gateway.data("{ stored(order_by: {id: asc}) { id } }") == #"{"stored":[{"id":10},{"id":20}]}"#)
    }

    @Test
    func `a key that is taken is told to those who may read keys`() async throws {
        let trigger = "insert or replace into stored values (new.id, new.box, new.text)"
        let mutation = "mutation { insert_things(objects: [{id: 20, box: 1}]) { affected_rows } }"
        let open = try await Self.boxes(trigger, create: Self.ownBox)
        #expect(
            await open.failure(mutation, as: Self.owner)
                == #"constraint-violation at $.selectionSet.insert_things.args.objects: Uniqueness violation. duplicate key value violates unique constraint "things_pkey""#
        )
        #expect(await open.data("{ stored(where: {id: {_eq: 20}}) { text } }") == #"{"stored":[{"text":"theirs"}]}"#)
    }

    @Test
    func `a trigger says itself what becomes of a conflict`() async throws {
        let gateway = try await Self.boxes(
            "insert or ignore into stored values (10, 1, 'ignored'); insert into stored values (new.id, new.box, new.text)",
            create: #"{ "rule": "allow" }"#)
        #expect(
            await gateway.data(
                "mutation { insert_things(objects: [{id: 30, box: 1}]) { affected_rows returning { id } } }",
                as: Self.owner) == #"{"insert_things":{"affected_rows":1,"returning":[{"id":30}]}}"#)
        #expect(await gateway.data("{ stored(where: {id: {_eq: 10}}) { text } }") == #"{"stored":[{"text":"mine"}]}"#)
    }

    @Test
    func `a row without a key is neither written nor counted`() async throws {
        let gateway = try await TestGateway.make(
            sql: """
                create table t (number int, text text);
                insert into t values (1, 'a'), (null, 'b');
                create view v as select number, text from t;
                create trigger v_change instead of update on v begin update t set text = new.text where number is old.number; end;
                create trigger v_remove instead of delete on v begin delete from t where number is old.number; end;
                """,
            collections: #"""
                "main.v": { "read": { "rule": "allow" }, "update": { "rule": "allow" }, "delete": { "rule": "allow" } }
                """#, source: #""track": "all", "collections": { "v": { "key": "number" } }"#)
        #expect(
            await gateway.data(
                #"mutation { update_v(where: {text: {_neq: ""}}, _set: {text: "x"}) { affected_rows returning { number } } }"#
            ) == #"{"update_v":{"affected_rows":1,"returning":[{"number":1}]}}"#)
        #expect(
            await gateway.data(#"mutation { delete_v(where: {text: {_neq: ""}}) { affected_rows } }"#)
                == #"{"delete_v":{"affected_rows":1}}"#)
        #expect(await gateway.data("{ v { number text } }") == #"{"v":[{"number":null,"text":"b"}]}"#)
    }

    @Test
    func `a trigger that raises takes everything back`() async throws {
        let gateway = try await Self.boxes(
            "insert into stored values (new.id, new.box, new.text); select raise(abort, 'no') where new.text = 'bad'",
            create: #"{ "rule": "allow" }"#)
        let failure = await gateway.failure(
            #"mutation { insert_things(objects: [{id: 30, box: 1}, {id: 31, box: 1, text: "bad"}]) { affected_rows } }"#,
            as: Self.owner)
        #expect(
            failure
                == "constraint-violation at $.selectionSet.insert_things.args.objects: a database constraint failed")
        #expect(
            await gateway.data("{ stored(order_by: {id: asc}) { id } }") == #"{"stored":[{"id":10},{"id":20}]}"#)
    }

    @Test(arguments: [
        (
            #""things": { "key": "idd" }"#, #""create": { "rule": "allow" }"#,
            #"/sources/main/collections/things/key: there is no column "idd" in "main.things"; did you mean "id"?"#
        ),
        (
            #""things": { "key": ["id", "id"] }"#, #""create": { "rule": "allow" }"#,
            #"/sources/main/collections/things/key: the key names "id" twice; say each column once"#
        ),
        (
            #""things": { "key": "id" }, "t": { "key": "id" }"#, #""create": { "rule": "allow" }"#,
            #"/sources/main/collections/t/key: "key" is for views: the key of a table is the database's; leave it out"#
        ),
        (
            #""things": { "key": "id" }"#,
            #""update": { "rule": "and", "clauses": [{ "rule": "allow" }, { "rule": "force", "field": "owner", "value": 1 }] }"#,
            #"/collections/main.things/update/clauses/1: updates of the view main.things do not change "owner"; force it in "create" alone"#
        ),
        (
            #""things": { "key": "id" }"#,
            #""update": { "rule": "and", "clauses": [{ "rule": "allow" }, { "rule": "force", "field": "id", "value": 1 }] }"#,
            #"/collections/main.things/update/clauses/1: updates of the view main.things do not change "id"; force it in "create" alone"#
        ),
    ])
    func `what cannot be meant is said when the project is loaded`(
        _ entries: String, _ rule: String, _ expected: String
    ) async throws {
        let error = await #expect(throws: ProjectFailure.self) {
            _ = try await TestGateway.make(
                sql: """
                    create table t (id integer primary key, owner int, text text);
                    create view things as select * from t;
                    create trigger things_change instead of update of id, text on things begin select 1; end;
                    """,
                collections: #""main.things": { "read": { "rule": "allow" }, \#(rule) }"#,
                source: #""track": "all", "collections": { \#(entries) }"#)
        }
        #expect(error.map { "\($0)".contains(expected) } ?? false, "\(error.map { "\($0)" } ?? "none")")
    }

    @Test
    func `rows of a view are changed through relationships as their own rules say`() async throws {
        let gateway = try await TestGateway.make(
            sql: """
                create table boxes (id integer primary key, name text);
                insert into boxes values (1, 'a');
                create table stored (id integer primary key, box int, owner int, text text);
                insert into stored values (1, 1, 1, 'mine'), (2, 1, 2, 'theirs'), (3, 2, 1, 'elsewhere'), (4, 1, 1, 'mine');
                create view things as select * from stored;
                create trigger things_change instead of update on things
                  begin update stored set text = new.text where id = old.id; end;
                create trigger things_remove instead of delete on things begin delete from stored where id = old.id; end;
                """,
            collections: #"""
                "main.boxes": { "read": { "rule": "allow" }, "update": { "rule": "allow" } },
                "main.stored": { "read": { "rule": "allow" } },
                "main.things": { "read": { "rule": "allow" }, "update": \#(Self.own), "delete": \#(Self.own) }
                """#,
            source: #"""
                "track": "all", "collections": { "things": { "key": "id" },
                  "boxes": { "relationships": { "things": { "array": "things", "on": { "id": "box" } } } } }
                """#)
        let inside =
            #"_update: {things: [{where: {id: {_lt: 4}}, _set: {text: "x"}}]}, _delete: {things: [{where: {id: {_gt: 2}}}]}"#
        #expect(
            await gateway.data(
                #"mutation { update_boxes(where: {id: {_eq: 1}}, _set: {name: "b"}, \#(inside)) { affected_rows } }"#,
                as: Self.one) == #"{"update_boxes":{"affected_rows":3}}"#)
        #expect(
            await gateway.data("{ stored(order_by: {id: asc}) { id text } }")
                == #"{"stored":[{"id":1,"text":"x"},{"id":2,"text":"theirs"},{"id":3,"text":"elsewhere"}]}"#)
    }
}
