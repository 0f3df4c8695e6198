// Views of PostgreSQL with a configured key: those that it writes by itself, and those with INSTEAD OF triggers, judged as
// tables are.
import Gateway
import Metadata
import TestSupport
import Testing

@Suite(.enabled(if: PostgresCluster.isInstalled, Comment(rawValue: PostgresCluster.missing)))
struct PostgresViewWriteTests {
    private static let sql = """
        create table notes (id int primary key, owner int not null, body text, hidden boolean not null default false);
        insert into notes values (1, 1, 'a', false), (2, 2, 'b', false), (3, 1, 'c', true), (4, 1, 'd', false);
        create view plain as select id, owner, body, upper(body) as shout from notes where not hidden;
        create view triggered as select id, owner, body, upper(body) as shout from notes where not hidden offset 0;
        create function change() returns trigger language plpgsql as $$
          begin
            if tg_op = 'INSERT' then insert into notes values (new.id, new.owner, new.body); return new; end if;
            if tg_op = 'UPDATE' then
              update notes set owner = new.owner, body = new.body where id = old.id; return new;
            end if;
            update notes set hidden = true where id = old.id; return old;
          end $$;
        create trigger change instead of insert or update or delete on triggered for each row execute function change();
        create view fixed as select owner, count(*) from notes group by owner;
        create materialized view stored as select id, owner from notes;
        """

    private static let own =
        #"{ "rule": "match", "type": "number", "eval": "==", "f1": "args.row.owner", "f2": "args.auth.id" }"#

    private static func gateway() async throws -> TestGateway {
        let rules = ["plain", "triggered", "fixed", "stored"].map { view in
            let check = #"{ "rule": "check", "where": { "owner": { "_eq": "args.auth.id" } } }"#
            return #"""
                "main.\#(view)": { "read": { "rule": "allow" }, "update": \#(own), "delete": \#(own), "create": \#(check) }
                """#
        }
        return try await TestGateway.make(
            sql: sql,
            collections: (rules + [#""main.notes": { "read": { "rule": "allow" } }"#]).joined(separator: ", "),
            source: #"""
                "track": "all", "collections": { "plain": { "key": "id" },
                "triggered": { "key": "id" }, "fixed": { "key": "owner" }, "stored": { "key": "id" } }
                """#, in: .postgres)
    }

    private static let one: TestCaller = #"{"id": 1}"#
    private static let rest = "{ notes(order_by: {id: asc}) { id owner body hidden } }"

    @Test(arguments: ["plain", "triggered"])
    func `rows are changed as the rules for the view say`(_ view: String) async throws {
        let gateway = try await Self.gateway()
        let answer = { (mutation: String) in
            await gateway.data("mutation { \(mutation.replacing("V", with: view)) }", as: Self.one)
                .replacing(view, with: "V")
        }
        #expect(
            await answer(
                #"update_V(where: {id: {_gt: 0}}, _set: {body: "x"}) { affected_rows returning { id shout } }"#)
                == #"{"update_V":{"affected_rows":2,"returning":[{"id":1,"shout":"X"},{"id":4,"shout":"X"}]}}"#)
        #expect(
            await answer(#"update_V_by_pk(pk_columns: {id: 2}, _set: {body: "x"}) { id }"#)
                == #"{"update_V_by_pk":null}"#)
        // What the row becomes must still be one's own.
        #expect(
            await answer("update_V(where: {id: {_eq: 1}}, _set: {owner: 2}) { affected_rows }").contains(
                "permission-error"))
        #expect(
            await answer(#"insert_V(objects: {id: 9, owner: 1, body: "n"}) { affected_rows returning { id } }"#)
                == #"{"insert_V":{"affected_rows":1,"returning":[{"id":9}]}}"#)
        #expect(await answer("insert_V(objects: {id: 10, owner: 2}) { affected_rows }").contains("permission-error"))
        #expect(await answer("insert_V(objects: {id: 1, owner: 1}) { affected_rows }").contains("constraint-violation"))
        #expect(
            await answer("delete_V(where: {id: {_in: [1, 2, 3]}}) { affected_rows returning { id } }")
                == #"{"delete_V":{"affected_rows":1,"returning":[{"id":1}]}}"#)
        // Nobody writes what the view computes; of a trigger only its author knows what it makes of it.
        if view == "plain" {
            let failure = await answer(#"update_V(where: {}, all: true, _set: {shout: "x"}) { affected_rows }"#)
            #expect(failure.contains("validation-failed"))
        }
        let deleted = view == "triggered" ? #"{"id":1,"owner":1,"body":"x","hidden":true},"# : ""
        #expect(
            await gateway.data(Self.rest, as: .admin)
                == #"{"notes":["# + deleted
                + #"{"id":2,"owner":2,"body":"b","hidden":false},{"id":3,"owner":1,"body":"c","hidden":true},{"id":4,"owner":1,"body":"x","hidden":false},{"id":9,"owner":1,"body":"n","hidden":false}]}"#
        )
    }

    @Test(arguments: ["fixed", "stored"])
    func `views that take no writes have none`(_ view: String) async throws {
        let gateway = try await Self.gateway()
        for root in ["insert_\(view)", "update_\(view)", "delete_\(view)"] {
            let failure = await gateway.failure("mutation { \(root)(where: {}) { affected_rows } }", as: .admin)
            #expect(failure.contains("validation-failed") || failure.contains("no mutations exist"), "\(failure)")
        }
    }
}
