// A schema that changes under a gateway that serves it: the next look swaps the catalog, connections stay, and what is under
// way finishes on what it began with.
import Base
import Metadata
import TestSupport
import Testing

@testable import Gateway

@Suite(.enabled(if: PostgresCluster.isInstalled, Comment(rawValue: PostgresCluster.missing)))
struct CatalogWatchTests {
    /// A gateway whose project may be swapped, over a database of its own.
    private struct Served {
        let gateway: TestGateway
        let served: ServedProject
        let watch: CatalogWatch
        let database: String

        init(
            _ sql: String, rules: String, source: String = #""track": "all""#
        ) async throws {
            gateway = try await TestGateway.make(sql: sql, collections: rules, source: source, in: .postgres)
            served = ServedProject(gateway.project)
            watch = CatalogWatch(served)
            guard case .postgres(let url, _)? = gateway.project.configuration.sources.first?.location else {
                preconditionFailure("the source is PostgreSQL")
            }
            database = String(url.text.split(separator: "@/")[1].prefix { $0 != "?" })
        }

        @discardableResult
        func run(_ sql: String) throws -> String { try PostgresCluster.shared().run(sql, in: database) }

        func data(_ query: String) async -> String { await gateway.data(query, on: served) }

        func look() async -> String {
            switch await watch.look() {
            case .unchanged: "unchanged"
            case .swapped: "swapped"
            case .refused(let failure): "refused: \(failure)"
            }
        }
    }

    private static let script = """
        create table t (id int primary key, a text not null);
        insert into t values (1, 'x');
        create table mood (name text primary key, comment text);
        insert into mood values ('good', null);
        """
    private static let rules = """
        "main.t": { "read": { "rule": "allow" }, "create": { "rule": "allow" } }, "main.mood": { "read": { "rule": "allow" } }
        """

    @Test func `a column that is added is there after the next look, and connections stay`() async throws {
        let served = try await Served(Self.script, rules: Self.rules)
        #expect(await served.data("{ t { id a } }") == #"{"t":[{"id":1,"a":"x"}]}"#)
        // The first look learns what there is, which the project knows already.
        #expect(await served.look() == "unchanged")
        #expect(await served.look() == "unchanged")
        let connections =
            "select pid from pg_stat_activity where application_name = 'perigee' and datname = current_database() order by pid"
        for _ in 0..<50 { _ = await served.data("{ t { id a } }") }
        let before = try served.run(connections)
        try served.run("alter table t add column b int default 7; comment on column t.b is 'New.'")
        #expect(await served.data("{ t { b } }").contains("Cannot query field"))
        #expect(await served.look() == "swapped")
        #expect(await served.data("{ t { id b } }") == #"{"t":[{"id":1,"b":7}]}"#)
        #expect(await served.data("{ t { id a } }") == #"{"t":[{"id":1,"a":"x"}]}"#)
        #expect(try served.run(connections).hasPrefix(before))
        #expect(await served.look() == "unchanged")
    }

    @Test func `prepared statements that a change has spoilt are prepared anew`() async throws {
        let served = try await Served(Self.script, rules: Self.rules)
        for _ in 0..<20 { #expect(await served.data("{ t { id a } }") == #"{"t":[{"id":1,"a":"x"}]}"#) }
        try served.run("alter table t alter column a type varchar(40), alter column id type bigint")
        for _ in 0..<20 { #expect(await served.data("{ t { id a } }") == #"{"t":[{"id":1,"a":"x"}]}"#) }
        #expect(await served.look() == "swapped")
        for _ in 0..<20 { #expect(await served.data("{ t { id a } }") == #"{"t":[{"id":1,"a":"x"}]}"#) }
    }

    @Test func `a request that is under way finishes on the catalog it began with`() async throws {
        let served = try await Served(Self.script, rules: Self.rules)
        let edition = served.served.edition
        try served.run("alter table t add column b int; drop table mood")
        #expect(await served.look().hasPrefix("refused"))
        #expect(served.served.edition === edition)
        #expect(await served.data("{ t { id a } }") == #"{"t":[{"id":1,"a":"x"}]}"#)
        try served.run("create table mood (name text primary key)")
        #expect(await served.look() == "swapped")
        #expect(await served.gateway.data("{ t { id a } }") == #"{"t":[{"id":1,"a":"x"}]}"#)
        #expect(served.served.edition !== edition)
    }

    @Test func `a schema that no longer fits the rules is told of once, and the old catalog stays`() async throws {
        let served = try await Served(Self.script, rules: Self.rules)
        try served.run("alter table mood rename to moods")
        #expect(await served.look().contains("unknown collection \"main.mood\""))
        #expect(await served.look() == "unchanged")
        #expect(await served.data("{ t { id } }") == #"{"t":[{"id":1}]}"#)
        // What the rules do not open stays closed, whatever it is called now.
        #expect(await served.data("{ moods { name } }").contains("Cannot query field"))
        try served.run("alter table moods rename to mood")
        #expect(await served.look() == "unchanged")
        #expect(await served.data("{ mood { name } }") == #"{"mood":[{"name":"good"}]}"#)
    }

    @Test func `rows of an enum table, comments, keys and rights are watched; rows of others are not`() async throws {
        let served = try await Served(
            Self.script + "create table p (id int primary key, mood text references mood);",
            rules: Self.rules
                + #", "main.p": { "read": { "rule": "allow" }, "create": { "rule": "allow" } }"#,
            source: #""track": "all", "collections": { "mood": { "enum": true } }"#)
        #expect(await served.look() == "unchanged")
        try served.run("insert into t values (2, 'y'); analyze; create temporary table passing (id int)")
        #expect(await served.look() == "unchanged")
        #expect(
            await served.data("mutation { insert_p(objects: {id: 1, mood: bad}) { affected_rows } }").contains("bad"))
        try served.run("insert into mood values ('bad', 'Not good.')")
        #expect(await served.look() == "swapped")
        #expect(
            await served.data("mutation { insert_p(objects: {id: 1, mood: bad}) { affected_rows } }")
                == #"{"insert_p":{"affected_rows":1}}"#)
        for change in [
            "comment on table t is 'T.'", "create unique index t_a on t (a)", "alter table p rename column mood to m",
        ] {
            try served.run(change)
            #expect(await served.look() == "swapped", "\(change)")
        }
    }

    @Test func `a database that does not answer has not changed`() async throws {
        let served = try await Served(Self.script, rules: Self.rules)
        #expect(await served.look() == "unchanged")
        try served.run(
            "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'perigee' and datname = current_database()"
        )
        #expect(await served.look() == "unchanged")
        try served.run("alter table t add column b int")
        #expect(await served.look() == "swapped")
    }
}
