// Encrypting anew what is stored under an older key, over both databases: what is found, what is replaced and what is not.
import Base
import Foundation
import Gateway
import Metadata
import Synchronization
import TestSupport
import Testing

@Suite(.serialized, .timeLimit(.minutes(3)))
struct ResealTests {
    private static let sql = """
        create table people (id integer primary key, ssn text, note text, plain text);
        create table visits (place text not null, day integer not null, ssn text check (ssn <> 'never'), primary key (place, day));
        create table loose (n integer, ssn text);
        """
    private static let encrypting =
        #"{ "rule": "and", "clauses": [ { "rule": "allow" }, { "rule": "encrypt", "fields": ["ssn"] } ] }"#
    private static let decrypting =
        #"{ "rule": "and", "clauses": [ { "rule": "allow" }, { "rule": "decrypt", "fields": ["ssn"] } ] }"#
    private static let rules = #"""
        "main.people": {
          "read": { "rule": "and", "clauses": [ { "rule": "allow" }, { "rule": "decrypt", "fields": ["ssn", "note"] } ] },
          "create": { "rule": "and", "clauses": [ { "rule": "allow" }, { "rule": "encrypt", "fields": ["ssn"] },
            { "rule": "encrypt", "fields": ["note"], "clause": { "rule": "authenticated" } } ] } },
        "main.visits": { "read": \#(decrypting), "create": \#(encrypting), "update": \#(encrypting) },
        "main.loose": { "read": \#(decrypting), "create": \#(encrypting) }
        """#
    private static let newKey = "another-project-key-for-tests-of-32-bytes"

    private func gateway(_ database: TestDatabase, people: Int = 7) async throws -> TestGateway {
        let gateway = try await TestGateway.make(sql: Self.sql, collections: Self.rules, in: database)
        let objects = (1...people).map { #"{id: \#($0), ssn: "s-\#($0)", note: "n-\#($0)", plain: "p"}"# }
        let filled = await gateway.data(
            "mutation { insert_people(objects: [\(objects.joined(separator: ","))]) { affected_rows } }", as: "{}")
        #expect(filled == #"{"insert_people":{"affected_rows":\#(people)}}"#)
        return gateway
    }

    /// The project with a new key.
    /// - Parameter forgetsOld: whether the key before it is not known any more.
    private func rekeyed(_ gateway: TestGateway, forgetsOld: Bool = false) async throws -> Project {
        try gateway.replaceProjectKey(with: "env:NEW_KEY")
        let environment = TestGateway.environment.merging(["NEW_KEY": Self.newKey]) { $1 }
        if forgetsOld {
            let text = try Repository.text(of: gateway.folder.url.appendingPathComponent("perigee.yaml"))
            try gateway.folder.write(
                text.replacing(#", "previousKeys": ["env:PERIGEE_PROJECT_KEY"]"#, with: ""), to: "perigee.yaml")
        }
        return try await Project.load(
            ProjectConfiguration.load(gateway.folder.path("perigee.yaml")) { environment[$0] })
    }

    private func reseal(
        _ project: Project, batch: Int = 3, isDryRun: Bool = false
    ) async throws -> [String: Reseal.Tally] {
        let reseal = Reseal(project, on: TestGateway.loop, batch: batch, isDryRun: isDryRun)
        var tallies: [String: Reseal.Tally] = [:]
        for column in reseal.columns { tallies[column.name] = try await reseal.run(column) { _ in } }
        return tallies
    }

    private func stored(_ gateway: TestGateway, _ column: String = "ssn", of table: String = "people") throws
        -> [String]
    {
        try gateway.asAnotherProgram("select coalesce(\(column), 'null') from \(table) order by 1")
    }

    /// The key that a text was sealed with, by its name.
    private func keys(_ texts: [String]) -> Set<Substring> { Set(texts.map { $0.prefix("perigee.1.12345678".count) }) }

    @Test(arguments: [TestDatabase.sqlite, .postgres])
    func `what is stored under an older key is stored under the new one`(_ database: TestDatabase) async throws {
        let gateway = try await gateway(database)
        let before = try stored(gateway)
        let project = try await rekeyed(gateway)
        defer { project.close() }
        // A dry run counts and leaves everything as it is.
        let dry = try await reseal(project, isDryRun: true)
        #expect(
            dry.mapValues(\.sealed) == [
                "main.people.ssn": 7, "main.people.note": 7, "main.visits.ssn": 0, "main.loose.ssn": 0,
            ])
        #expect(try stored(gateway) == before)
        for batch in [3, 7, 100] {
            let tallies = try await reseal(project, batch: batch)
            let expected = batch == 3 ? 7 : 0
            #expect(tallies["main.people.ssn"]?.sealed == expected)
            #expect(tallies["main.people.note"]?.sealed == expected)
            #expect(tallies.values.allSatisfy { $0.isComplete })
        }
        let after = try stored(gateway)
        #expect(keys(before).count == 1 && keys(after).count == 1 && keys(before) != keys(after))
        #expect(try stored(gateway, "plain") == Array(repeating: "p", count: 7))
        // With the old key forgotten, everything is there.
        let forgetful = try await rekeyed(gateway, forgetsOld: true)
        defer { forgetful.close() }
        let rows = (1...7).map { #"{"ssn":"s-\#($0)","note":"n-\#($0)"}"# }.joined(separator: ",")
        #expect(
            await gateway.data("{ people(order_by: {id: asc}) { ssn note } }", on: ServedProject(forgetful))
                == #"{"people":[\#(rows)]}"#)
    }

    @Test(arguments: [TestDatabase.sqlite, .postgres])
    func `rows that no key opens are named, not changed, and in nobody's way`(_ database: TestDatabase) async throws {
        let gateway = try await gateway(database)
        try gateway.asAnotherProgram("update people set ssn = 'perigee.1.00000000.secret' where id = 2")
        try gateway.asAnotherProgram("update people set ssn = 'plain' where id = 3")
        try gateway.asAnotherProgram("update people set ssn = null, note = 'clear' where id = 4")
        let project = try await rekeyed(gateway)
        defer { project.close() }
        for (isDryRun, sealed) in [(true, 4), (false, 4), (false, 0)] {
            let tallies = try await reseal(project, batch: 2, isDryRun: isDryRun)
            let ssn = try #require(tallies["main.people.ssn"])
            #expect(ssn.sealed == sealed)
            #expect(ssn.unopened.names == ["id 2", "id 3"])
            #expect(ssn.unopened.count == 2)
            #expect(!ssn.isComplete)
            // A clear text in a column that may hold them is none of its business.
            #expect(tallies["main.people.note"]?.isComplete ?? false)
        }
        #expect(
            try gateway.asAnotherProgram("select ssn from people where id in (2, 3) order by id") == [
                "perigee.1.00000000.secret", "plain",
            ])
        #expect(try gateway.asAnotherProgram("select note from people where id = 4") == ["clear"])
        // Nor does any of it open with the old key forgotten.
        let forgetful = try await rekeyed(gateway, forgetsOld: true)
        defer { forgetful.close() }
        #expect(try await reseal(forgetful)["main.people.ssn"]?.unopened.names == ["id 2", "id 3"])
    }

    /// A trigger writes to the second row of a batch while the first is replaced: what it writes is not lost.
    @Test(arguments: [TestDatabase.sqlite, .postgres])
    func `what another writer has written meanwhile stays`(_ database: TestDatabase) async throws {
        let gateway = try await gateway(database)
        let body = "update people set ssn = (select ssn from people where id = 6) where id = 2"
        try gateway.asAnotherProgram(
            database == .sqlite
                ? "create trigger t after update of ssn on people when new.id = 1 begin \(body); end"
                : """
                create function meanwhile() returns trigger language plpgsql as $$ begin \(body); return null; end $$;
                create trigger t after update of ssn on people for each row when (new.id = 1) execute function meanwhile();
                """)
        let project = try await rekeyed(gateway)
        defer { project.close() }
        let ssn = try #require(try await reseal(project, batch: 5)["main.people.ssn"])
        // The seven of the first pass without the one that was lost, which the second pass found.
        #expect(ssn.sealed == 7)
        #expect(ssn.isComplete)
        #expect(
            await gateway.data("{ people(order_by: {id: asc}) { ssn } }", on: ServedProject(project))
                == #"{"people":[{"ssn":"s-1"},{"ssn":"s-6"},{"ssn":"s-3"},{"ssn":"s-4"},{"ssn":"s-5"},{"ssn":"s-6"},{"ssn":"s-7"}]}"#
        )
        #expect(keys(try stored(gateway)).count == 1)
    }

    @Test(arguments: [TestDatabase.sqlite, .postgres])
    func `keys of several columns, and none`(_ database: TestDatabase) async throws {
        let gateway = try await gateway(database)
        let visits = ["b", "a", "ä", "B", ""].flatMap { place in
            (1...3).map { #"{place: "\#(place)", day: \#($0), ssn: "\#(place)\#($0)"}"# }
        }
        let loose = (1...5).map { #"{n: \#($0 % 2), ssn: "l-\#($0)"}"# }
        #expect(
            await gateway.data(
                "mutation { insert_visits(objects: [\(visits.joined(separator: ","))]) { affected_rows } insert_loose(objects: [\(loose.joined(separator: ","))]) { affected_rows } }",
                as: "{}") == #"{"insert_visits":{"affected_rows":15},"insert_loose":{"affected_rows":5}}"#)
        // A copy, which nothing tells from its original.
        try gateway.asAnotherProgram("insert into loose (n, ssn) select 9, ssn from loose where n = 0")
        let project = try await rekeyed(gateway)
        defer { project.close() }
        let tallies = try await reseal(project, batch: 2)
        #expect(tallies["main.visits.ssn"]?.sealed == 15)
        #expect(tallies["main.loose.ssn"]?.isComplete ?? false)
        for table in ["visits", "loose"] { #expect(keys(try stored(gateway, of: table)).count == 1, "\(table)") }
        let forgetful = try await rekeyed(gateway, forgetsOld: true)
        defer { forgetful.close() }
        #expect(
            await gateway.data(
                "{ visits(where: {ssn: {_is_null: true}}) { day } loose(where: {ssn: {_is_null: true}}) { n } }",
                on: ServedProject(forgetful))
                == #"{"visits":[],"loose":[]}"#)
        #expect(try await reseal(forgetful).values.allSatisfy { $0.isComplete && $0.sealed == 0 })
    }

    @Test(arguments: [TestDatabase.sqlite, .postgres])
    func `a row that the database does not let be changed is named`(_ database: TestDatabase) async throws {
        let gateway = try await gateway(database)
        try gateway.asAnotherProgram(
            database == .sqlite
                ? "create trigger t before update of ssn on people when new.id = 4 begin select raise(abort, 's-4 is secret'); end"
                : """
                create function refuse() returns trigger language plpgsql as $$ begin raise exception 's-4 is secret'; end $$;
                create trigger t before update of ssn on people for each row when (new.id = 4) execute function refuse();
                """)
        let project = try await rekeyed(gateway)
        defer { project.close() }
        let ssn = try #require(try await reseal(project, batch: 5)["main.people.ssn"])
        #expect(ssn.sealed == 6)
        #expect(ssn.refused.count == 1)
        #expect(ssn.refused.names.first?.hasPrefix("id 4: ") ?? false)
        #expect(!(ssn.refused.names.first?.contains("secret") ?? true))
    }

    @Test(arguments: [TestDatabase.sqlite, .postgres])
    func `writers beside it lose nothing`(_ database: TestDatabase) async throws {
        let gateway = try await gateway(database, people: 60)
        let project = try await rekeyed(gateway)
        defer { project.close() }
        let served = ServedProject(project)
        let resealing = Task { try await reseal(project, batch: 4) }
        for id in stride(from: 1, through: 60, by: 3) {
            let update =
                #"mutation { update_people_by_pk(pk_columns: {id: \#(id)}, _set: {ssn: "new-\#(id)"}) { id } }"#
            #expect(await gateway.data(update, on: served, as: .admin) == #"{"update_people_by_pk":{"id":\#(id)}}"#)
        }
        #expect(try await resealing.value["main.people.ssn"]?.isComplete ?? false)
        let rows = (1...60).map { #"{"ssn":"\#($0 % 3 == 1 ? "new" : "s")-\#($0)"}"# }.joined(separator: ",")
        #expect(await gateway.data("{ people(order_by: {id: asc}) { ssn } }", on: served) == #"{"people":[\#(rows)]}"#)
        #expect(keys(try stored(gateway)).count == 1)
    }
}
