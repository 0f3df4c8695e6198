// Tables as people make them: every type, odd names, keys of several columns, generated columns, views, triggers. What is
// written comes back as it was sent.
import TestSupport
import Testing

@Suite(.serialized)
struct MutationTypeTests {
    private static let sql = #"""
        create table "everything" (
          id integer primary key, flag boolean, small smallint, big bigint, whole integer, real_ real, double_ double,
          price numeric(10, 2), text_ text, day date, moment time, at timestamp, zoned timestamptz, doc json, raw blob, uid uuid);
        create table "select" ("order" integer primary key, "group by" text, "qu""ote" text, "MixedCase" text, "ünï😀" text);
        create table keyed (a text, b int, v text, doubled int generated always as (b * 2) virtual, primary key (a, b)) without rowid;
        create table rowid_taken (rowid text, _rowid_ int, v int unique);
        create table no_key (a int, b text);
        create table blobs (k blob primary key, v int) without rowid;
        create table defaulted (id integer primary key, a text default 'd', b int not null default 7);
        create table replacing (id integer primary key, code text unique on conflict replace, v text);
        create table strict_ (id integer primary key, n int) strict;
        create table watched (id integer primary key, v int check (v < 100));
        create table log (id integer primary key, what text);
        create trigger watched_insert after insert on watched begin insert into log (what) values ('i' || new.v); end;
        create trigger watched_raise before update on watched when new.v = 13 begin select raise(abort, 'unlucky'); end;
        create view seen as select id, v from watched;
        insert into replacing values (1, 'a', 'first');
        """#

    private static func gateway(_ source: String = #""track": "all""#) async throws -> TestGateway {
        let tables = [
            "everything", "select", "keyed", "rowid_taken", "no_key", "blobs", "defaulted", "replacing", "strict_",
            "watched",
            "log", "seen",
        ]
        return try await TestGateway.make(
            sql: sql,
            collections: tables.map { #""main.\#($0)": { "read": { "rule": "allow" } }"# }.joined(separator: ","),
            source: source)
    }

    @Test(arguments: [
        ("flag", "true"), ("flag", "false"), ("small", "-32768"), ("big", "9223372036854775807"),
        ("big", "9007199254740993"), ("whole", "-9223372036854775808"), ("real_", "0.1"), ("double_", "1e-300"),
        ("price", "1234.5"), ("text_", #""a\"b\\c\u0000d""#), ("text_", #""""#), ("text_", #""ünï😀""#),
        ("day", #""1969-07-20""#),
        ("moment", #""20:17:40""#), ("at", #""1969-07-20T20:17:40""#), ("zoned", #""1969-07-20T20:17:40Z""#),
        ("doc", #"{"a":[1,{"b":null}],"c":"d"}"#), ("doc", "[]"), ("doc", #""text""#), ("doc", "9007199254740993"),
        ("raw", #""AAEC/w==""#), ("raw", #""""#), ("uid", #""a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11""#),
    ])
    func `a value comes back as it was sent`(_ field: String, _ value: String) async throws {
        let gateway = try await Self.gateway()
        let data = await gateway.data(
            "mutation ($v: everything_insert_input!) { insert_everything_one(object: $v) { \(field) } }",
            #"{ "v": { "\#(field)": \#(value) } }"#, as: .admin)
        #expect(data == #"{"insert_everything_one":{"\#(field)":\#(value)}}"#)
        let updated = await gateway.data(
            "mutation ($v: everything_set_input!) { update_everything(where: {}, all: true, _set: $v) { returning { \(field) } } }",
            #"{ "v": { "\#(field)": \#(value) } }"#, as: .admin)
        #expect(updated == #"{"update_everything":{"returning":[{"\#(field)":\#(value)}]}}"#)
        let null = await gateway.data(
            "mutation ($v: everything_set_input!) { update_everything(where: {}, all: true, _set: $v) { returning { \(field) } } }",
            #"{ "v": { "\#(field)": null } }"#, as: .admin)
        #expect(null == #"{"update_everything":{"returning":[{"\#(field)":null}]}}"#)
    }

    @Test(arguments: [
        ("small", "40000", "parse-failed"), ("big", "9223372036854775808", "parse-failed"),
        ("day", #""1969-02-30""#, "data-exception"),
        ("raw", #""?""#, "data-exception"), ("uid", #""x""#, "data-exception"), ("flag", "1", "validation-failed"),
        ("text_", "5", "validation-failed"),
    ])
    func `a value that does not fit is refused at its place`(_ field: String, _ value: String, _ code: String)
        async throws
    {
        let failure = try await Self.gateway().failure(
            "mutation { insert_everything(objects: [{ \(field): \(value) }]) { affected_rows } }", as: .admin)
        #expect(
            failure.hasPrefix("\(code) at $.selectionSet.insert_everything.args.objects[0].\(field): "), "\(failure)")
    }

    @Test
    func `names may be anything the database takes`() async throws {
        let gateway = try await Self.gateway(
            #""track": "all", "collections": { "select": { "fields": { "ünï😀": { "name": "uni" } } } }"#)
        #expect(
            await gateway.data(
                """
                mutation { a: insert_select_one(object: { order: 1, group_by: "g", qu_ote: "q", MixedCase: "m", uni: "u" })
                    { order group_by qu_ote MixedCase uni }
                  b: insert_select(objects: [{ order: 1, uni: "again" }],
                    on_conflict: { constraint: select_pkey, update_columns: [uni, qu_ote], where: { uni: { _eq: "u" } } })
                    { returning { uni qu_ote } }
                  c: update_select_by_pk(pk_columns: { order: 1 }, _set: { group_by: "h" }) { group_by } }
                """, as: .admin)
                == #"{"a":{"order":1,"group_by":"g","qu_ote":"q","MixedCase":"m","uni":"u"},"b":{"returning":[{"uni":"again","qu_ote":null}]},"c":{"group_by":"h"}}"#
        )
    }

    @Test
    func `rows are told apart by whatever tells them apart`() async throws {
        let gateway = try await Self.gateway()
        #expect(
            await gateway.data(
                """
                mutation { a: insert_keyed(objects: [{ a: "x", b: 1 }, { a: "y", b: 2, v: "v" }]) { returning { a doubled } }
                  b: update_keyed(where: { b: { _gt: 0 } }, limit: 1, _set: { v: "w" }, _inc: { b: 10 }) { returning { a b v doubled } }
                  c: insert_blobs(objects: [{ k: "AAH/", v: 1 }]) { returning { k v } }
                  d: update_blobs_by_pk(pk_columns: { k: "AAH/" }, _inc: { v: 1 }) { v }
                  e: insert_rowid_taken(objects: [{ rowid: "r", v: 1 }, { v: 2 }]) { returning { rowid v } }
                  f: delete_rowid_taken(where: { v: { _eq: 1 } }) { returning { rowid } } }
                """, as: .admin)
                == #"{"a":{"returning":[{"a":"x","doubled":2},{"a":"y","doubled":4}]},"#
                + #""b":{"returning":[{"a":"x","b":11,"v":"w","doubled":22}]},"#
                + #""c":{"returning":[{"k":"AAH/","v":1}]},"d":{"v":2},"#
                + #""e":{"returning":[{"rowid":"r","v":1},{"rowid":null,"v":2}]},"f":{"returning":[{"rowid":"r"}]}}"#)
        #expect(
            await gateway.data(
                """
                mutation { insert_no_key(objects: [{ a: 1 }, { a: 1 }]) { affected_rows returning { a } }
                  delete_no_key(where: { a: { _eq: 1 } }, limit: 1) { affected_rows } }
                """, as: .admin)
                == #"{"insert_no_key":{"affected_rows":2,"returning":[{"a":1},{"a":1}]},"delete_no_key":{"affected_rows":1}}"#
        )
    }

    @Test
    func `defaults fill what is not given, and a row may be nothing else`() async throws {
        #expect(
            try await Self.gateway().data(
                """
                mutation { insert_defaulted(objects: [{}, { a: null }, { b: 1 }]) { returning { id a b } }
                  up: insert_defaulted(objects: [{ id: 1, b: 2 }], on_conflict: { constraint: defaulted_pkey, update_columns: [a, b] })
                    { returning { a b } } }
                """, as: .admin)
                == #"{"insert_defaulted":{"returning":[{"id":1,"a":"d","b":7},{"id":2,"a":null,"b":7},{"id":3,"a":"d","b":1}]},"#
                + #""up":{"returning":[{"a":"d","b":2}]}}"#)
    }

    @Test
    func `a table that replaces on conflict does not`() async throws {
        let gateway = try await Self.gateway()
        #expect(
            await gateway.failure(
                #"mutation { insert_replacing(objects: [{ code: "a", v: "second" }]) { affected_rows } }"#, as: .admin
            )
            .hasPrefix("constraint-violation"))
        #expect(await gateway.data("{ replacing { v } }") == #"{"replacing":[{"v":"first"}]}"#)
    }

    @Test
    func `generated columns and views are not written`() async throws {
        let gateway = try await Self.gateway()
        #expect(
            await gateway.failure(
                "mutation { insert_keyed(objects: [{ a: \"x\", b: 1, doubled: 2 }]) { affected_rows } }", as: .admin
            )
            .hasPrefix("validation-failed at $.selectionSet.insert_keyed.args.objects[0].doubled"))
        #expect(
            await gateway.failure("mutation { insert_seen(objects: [{ v: 1 }]) { affected_rows } }", as: .admin)
                .hasPrefix("validation-failed at $.selectionSet.insert_seen"))
    }

    @Test
    func `triggers run, and their rows are not counted`() async throws {
        let gateway = try await Self.gateway()
        #expect(
            await gateway.data(
                "mutation { insert_watched(objects: [{ v: 1 }, { v: 2 }]) { affected_rows } delete_watched(where: {}, all: true) { affected_rows } }",
                as: .admin) == #"{"insert_watched":{"affected_rows":2},"delete_watched":{"affected_rows":2}}"#)
        #expect(await gateway.data("{ log { what } }") == #"{"log":[{"what":"i1"},{"what":"i2"}]}"#)
    }

    @Test(arguments: [
        (
            "insert_watched(objects: [{ v: 100 }]) { affected_rows }",
            "permission-error at $.selectionSet.insert_watched.args.objects: Check constraint violation. new row for relation \"watched\" violates check constraint \"v < 100\""
        ),
        (
            "update_watched(where: { v: { _eq: 1 } }, _set: { v: 13 }) { affected_rows }",
            "constraint-violation at $: a database constraint failed"
        ),
        (
            "insert_strict_(objects: [{ id: 1 }, { id: 1 }]) { affected_rows }",
            "constraint-violation at $.selectionSet.insert_strict_.args.objects: Uniqueness violation. duplicate key value violates unique constraint \"strict__pkey\""
        ),
    ])
    func `what the database objects to`(_ field: String, _ expected: String) async throws {
        let gateway = try await Self.gateway()
        _ = await gateway.data("mutation { insert_watched(objects: [{ v: 1 }]) { affected_rows } }", as: .admin)
        #expect(await gateway.failure("mutation { \(field) }", as: .admin) == expected)
    }
}
