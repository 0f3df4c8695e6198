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
}
