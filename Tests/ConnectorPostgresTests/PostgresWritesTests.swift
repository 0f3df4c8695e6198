// Writes of what is no plain table with a primary key: tables without one, views; and constraints that wait for the commit.
import TestSupport
import Testing

@Suite(.enabled(if: PostgresCluster.isInstalled, Comment(rawValue: PostgresCluster.missing)))
struct PostgresWritesTests {
    private static let every =
        #"{ "read": { "rule": "allow" }, "create": { "rule": "allow" }, "update": { "rule": "allow" }, "delete": { "rule": "allow" } }"#

    private static func gateway(_ sql: String, _ tables: [String]) async throws -> TestGateway {
        try await TestGateway.make(
            sql: sql, collections: tables.map { #""main.\#($0)": \#(every)"# }.joined(separator: ", "), in: .postgres)
    }

    @Test func `rows of a table without a primary key are told apart by where they lie`() async throws {
        let gateway = try await Self.gateway(
            "create table notes (n int, t text); insert into notes values (1, 'a'), (1, 'a'), (2, 'b');", ["notes"])
        #expect(
            await gateway.data(
                #"mutation { insert_notes(objects: [{n: 3, t: "c"}, {n: 3, t: "c"}]) { affected_rows returning { n t } } }"#
            )
                == #"{"insert_notes":{"affected_rows":2,"returning":[{"n":3,"t":"c"},{"n":3,"t":"c"}]}}"#)
        #expect(
            await gateway.data(
                #"mutation { update_notes(where: {n: {_eq: 1}}, limit: 1, _set: {t: "z"}) { affected_rows returning { n t } } }"#
            )
                == #"{"update_notes":{"affected_rows":1,"returning":[{"n":1,"t":"z"}]}}"#)
        #expect(
            await gateway.data(
                #"mutation { a: update_notes(where: {n: {_eq: 1}}, _inc: {n: 10}) { returning { n t } } b: update_notes(where: {n: {_eq: 11}}, _inc: {n: 10}) { affected_rows } delete_notes(where: {n: {_gt: 2}}) { affected_rows returning { n } } }"#
            ).hasPrefix(#"{"a":{"returning":[{"n":11,"t":""#))
        #expect(await gateway.data("{ notes { n t } }") == #"{"notes":[{"n":2,"t":"b"}]}"#)
    }

    @Test func `a check holds for rows without a key, also for those that are changed twice`() async throws {
        let gateway = try await TestGateway.make(
            sql: "create table notes (n int, owner int); insert into notes values (1, 1), (2, 1);",
            collections:
                #""main.notes": { "read": { "rule": "allow" }, "create": { "rule": "deny" }, "update": { "rule": "check", "where": { "n": { "_lt": 10 } } } }"#,
            in: .postgres)
        #expect(
            await gateway.data(
                "mutation { update_notes_many(updates: [{where: {n: {_eq: 1}}, _inc: {n: 1}}, {where: {n: {_eq: 2}}, _inc: {n: 1}}]) { affected_rows } }"
            ) == #"{"update_notes_many":[{"affected_rows":1},{"affected_rows":2}]}"#)
        #expect(
            await gateway.failure(
                "mutation { update_notes_many(updates: [{where: {n: {_eq: 3}}, _inc: {n: 1}}, {where: {n: {_eq: 4}}, _inc: {n: 9}}]) { affected_rows } }"
            ) == "permission-error at $: check constraint of an insert/update permission has failed")
    }

    /// Where a row lies says nothing without the partition it lies in, so without a key there is no name for it.
    @Test func `a partitioned table is written by its key, across partitions, and without one only read`() async throws
    {
        let gateway = try await Self.gateway(
            """
            create table logs (id int, year int, t text, primary key (id, year)) partition by range (year);
            create table logs_24 partition of logs for values from (2024) to (2025);
            create table logs_25 partition of logs for values from (2025) to (2026);
            create table traces (n int) partition by list (n);
            create table traces_1 partition of traces for values in (1); insert into traces values (1);
            """, ["logs", "traces"])
        #expect(
            await gateway.data(
                #"mutation { insert_logs(objects: [{id: 1, year: 2024, t: "a"}, {id: 2, year: 2025, t: "b"}]) { affected_rows returning { id } } }"#
            ) == #"{"insert_logs":{"affected_rows":2,"returning":[{"id":1},{"id":2}]}}"#)
        #expect(
            await gateway.data(
                "mutation { update_logs(where: {id: {_eq: 1}}, _inc: {year: 1}) { affected_rows returning { id year } } }"
            )
                == #"{"update_logs":{"affected_rows":1,"returning":[{"id":1,"year":2025}]}}"#)
        #expect(
            await gateway.data(
                #"mutation { insert_logs(objects: [{id: 1, year: 2025, t: "c"}], on_conflict: {constraint: logs_pkey, update_columns: [t]}) { returning { t } } delete_logs_by_pk(id: 2, year: 2025) { t } }"#
            ) == #"{"insert_logs":{"returning":[{"t":"c"}]},"delete_logs_by_pk":{"t":"b"}}"#)
        #expect(await gateway.data("{ traces { n } }") == #"{"traces":[{"n":1}]}"#)
        #expect(
            await gateway.failure("mutation { insert_traces(objects: [{n: 1}]) { affected_rows } }")
                .hasPrefix("validation-failed at $.selectionSet.insert_traces"))
    }

    @Test func `a view of one table is written through to it`() async throws {
        let gateway = try await Self.gateway(
            """
            create table people (id int generated by default as identity primary key, name text, secret text default 's');
            create view named as select id as number, name, upper(name) as loud from people where name is not null;
            create view counted as select name, count(*) from people group by name;
            create view unnamed as select secret from people;
            create view twice as select id, (select p.id from people p limit 1) as other from people;
            """, ["people", "named", "counted", "unnamed", "twice"])
        #expect(
            await gateway.data(
                #"mutation { insert_named(objects: [{name: "Ada"}, {name: "Bob"}]) { affected_rows returning { number name loud } } }"#
            )
                == #"{"insert_named":{"affected_rows":2,"returning":[{"number":1,"name":"Ada","loud":"ADA"},{"number":2,"name":"Bob","loud":"BOB"}]}}"#
        )
        #expect(
            await gateway.data(
                #"mutation { update_named(where: {number: {_eq: 2}}, _set: {name: "Bea"}) { returning { name } } delete_named(where: {number: {_eq: 1}}) { affected_rows } }"#
            )
                == #"{"update_named":{"returning":[{"name":"Bea"}]},"delete_named":{"affected_rows":1}}"#)
        #expect(
            await gateway.failure(#"mutation { insert_named(objects: [{loud: "X"}]) { affected_rows } }"#)
                .hasPrefix("validation-failed at $.selectionSet.insert_named.args.objects[0].loud"))
        // Where the rewrite rule alone does not tell a column from one of a select inside, nothing is assumed.
        for view in ["counted", "unnamed", "twice"] {
            #expect(
                await gateway.failure("mutation { delete_\(view)(where: {}, all: true) { affected_rows } }")
                    .hasPrefix("validation-failed at $.selectionSet.delete_\(view)"), "\(view)")
        }
    }

    @Test func `rows are inserted through a view, with what refers to them`() async throws {
        let gateway = try await TestGateway.make(
            sql: """
                create table authors (id int generated by default as identity primary key, name text);
                create table articles (id int primary key, author_id int references authors);
                create view writers as select * from authors;
                create view pairs as select a.id, b.name from articles a join authors b on b.id = a.author_id;
                """,
            collections: ["authors", "articles", "writers", "pairs"].map { #""main.\#($0)": \#(Self.every)"# }
                .joined(separator: ", "),
            source: #"""
                "track": "all", "collections": { "articles": { "relationships": {
                  "writer": { "object": "writers", "on": { "author_id": "id" } },
                  "pair": { "object": "pairs", "on": { "id": "id" } } } } }
                """#, in: .postgres)
        #expect(
            await gateway.data(
                #"mutation { insert_articles(objects: [{id: 1, writer: {data: {name: "Ada"}}}]) { affected_rows returning { id writer { id name } } } }"#
            )
                == #"{"insert_articles":{"affected_rows":2,"returning":[{"id":1,"writer":{"id":1,"name":"Ada"}}]}}"#)
        #expect(
            await gateway.failure(
                "mutation { insert_articles(objects: [{id: 1, pair: {data: {id: 1}}}]) { affected_rows } }"
            )
            .hasPrefix("validation-failed at $.selectionSet.insert_articles.args.objects[0].pair"))
    }

    @Test func `a view takes no deletes that reach further than can be seen from it`() async throws {
        let gateway = try await Self.gateway(
            """
            create table a (id int primary key); create view v as select * from a;
            create table b (id int primary key, a_id int references a on delete cascade);
            insert into a values (1);
            """, ["v"])
        #expect(
            await gateway.failure("mutation { delete_v(where: {}, all: true) { affected_rows } }")
                .hasPrefix("validation-failed at $.selectionSet.delete_v"))
        #expect(
            await gateway.data("mutation { insert_v(objects: [{id: 2}]) { affected_rows } }")
                == #"{"insert_v":{"affected_rows":1}}"#)
    }

    @Test func `a constraint that waits for the commit refuses the whole mutation`() async throws {
        let gateway = try await Self.gateway(
            """
            create table a (id int primary key, b_id int);
            create table b (id int primary key, n int unique deferrable initially deferred);
            alter table a add constraint a_b foreign key (b_id) references b deferrable initially deferred;
            """, ["a", "b"])
        #expect(
            await gateway.data(
                "mutation { insert_a(objects: [{id: 1, b_id: 5}]) { affected_rows } insert_b(objects: [{id: 5, n: 1}]) { affected_rows } }"
            ) == #"{"insert_a":{"affected_rows":1},"insert_b":{"affected_rows":1}}"#)
        // A statement that is the whole transaction is the one at fault.
        #expect(
            await gateway.failure("mutation { insert_a(objects: [{id: 2, b_id: 6}]) { affected_rows } }")
                == "constraint-violation at $.selectionSet.insert_a.args.objects: Foreign key violation. insert or update on table \"a\" violates foreign key constraint \"a_b\""
        )
        #expect(
            await gateway.failure("mutation { insert_b(objects: [{id: 6, n: 1}]) { affected_rows } }")
                == "constraint-violation at $.selectionSet.insert_b.args.objects: a database constraint failed")
        #expect(
            await gateway.failure(
                "mutation { insert_b(objects: [{id: 6, n: 2}]) { affected_rows } insert_a(objects: [{id: 2, b_id: 7}]) { affected_rows } }"
            ) == "constraint-violation at $: a database constraint failed")
        #expect(await gateway.data("{ a { id } b { id } }") == #"{"a":[{"id":1}],"b":[{"id":5}]}"#)
    }
}
