// `perigee init`: what it writes loads, opens nothing, and never replaces anything.

import ConnectorSQLite
import Foundation
import TestSupport
import Testing

@Suite struct InitTests {
    private static let files = ["perigee.yaml", "rules/main.json", "rules/EXAMPLES.md"]

    @Test func `writes a project that loads and opens nothing`() async throws {
        let project = try TestProject(isEmpty: true)
        let run = try await project.perigee("init", "sqlite:app.db")
        #expect(run.status == 0)
        for file in Self.files { #expect(run.output.contains("wrote \(file)\n")) }
        let check = try await project.perigee("rules", "check")
        #expect(check.status == 0)
        #expect(check.output == "ok: 1 rules file, 2 collections, 0 warnings\n")
        let schema = try await project.perigee("schema", "print", "--as", #"{"id":1}"#)
        #expect(!schema.output.contains("articles"))
        #expect(!schema.output.contains("users"))
    }

    @Test func `names that clash are told apart`() async throws {
        let project = try TestProject(isEmpty: true)
        try SQLiteScript.run(
            """
            create table "Order" ("Order ID" integer primary key, "a/b~c" text, "x y" text, x_y text);
            create table "_and" (id integer primary key, "_or" text, "_not" int);
            create table String (id int);
            create table "x y" (id integer primary key);
            create table x_y (id integer primary key);
            create table x_y_aggregate (id int);
            """, intoNewFile: project.path("odd.db"))
        let run = try await project.perigee("init", "sqlite:odd.db")
        #expect(run.status == 0, "\(run.errors)")
        let check = try await project.perigee("rules", "check")
        #expect(check.output == "ok: 1 rules file, 6 collections, 0 warnings\n", "\(check.errors)")
        let schema = try await project.perigee("schema", "print").output
        for type in ["Order", "_and", "String_2", "x_y", "x_y_2", "x_y_aggregate_2"] {
            #expect(schema.contains("\ntype \(type) {"), "\(type)")
        }
        for field in ["x_y: String", "x_y_2: String", "_or_2: String", "_not_2: Int"] {
            #expect(schema.contains("  \(field)\n"), "\(field)")
        }
    }

    @Test func `every example is a rule that loads`() async throws {
        let project = try TestProject(isEmpty: true)
        _ = try await project.perigee("init", "sqlite:app.db")
        let text = try project.read("rules/EXAMPLES.md")
        let entries = text.components(separatedBy: "```json\n").dropFirst().compactMap {
            $0.components(separatedBy: "```").first
        }
        #expect(entries.count == 2)
        try project.write("{ \"collections\": { \(entries.joined(separator: ",\n")) } }", to: "rules/main.json")
        let check = try await project.perigee("rules", "check")
        #expect(check.status == 0, "\(check.errors)")
        // What they are for: the owner's rows and the published ones, contacts masked, secrets never.
        let schema = try await project.perigee("schema", "print", "--as", #"{"id":1}"#).output
        #expect(schema.contains("type articles {"))
        #expect(schema.contains("  email: String"))
        #expect(!schema.contains("password_hash"))
    }

    @Test(arguments: files)
    func `refuses to overwrite`(taken: String) async throws {
        let project = try TestProject(isEmpty: true)
        try FileManager.default.createDirectory(
            at: project.folder.appendingPathComponent("rules"), withIntermediateDirectories: true)
        try project.write("mine", to: taken)
        let run = try await project.perigee("init", "sqlite:app.db")
        #expect(run.status == 1)
        #expect(run.errors.contains("\"\(taken)\" exists already and nothing was written"))
        #expect(try project.read(taken) == "mine")
        for file in Self.files where file != taken {
            #expect(!FileManager.default.fileExists(atPath: project.path(file)))
        }
    }

    @Test func `a project in another folder finds the database`() async throws {
        let project = try TestProject(isEmpty: true)
        #expect(try await project.perigee("init", "sqlite:app.db", "--directory", "a/b").status == 0)
        let check = try await project.perigee("rules", "check", "--config", "a/b/perigee.yaml")
        #expect(check.status == 0, "\(check.errors)")
    }

    @Test(.enabled(if: PostgresCluster.isInstalled, Comment(rawValue: PostgresCluster.missing)))
    func `tables that look like lists of values are proposed as enums, tables of other schemas are named with them`()
        async throws
    {
        let url = try PostgresCluster.shared().database(
            """
            create schema crm;
            create table mood (name text primary key, comment text);
            insert into mood values ('good', 'Not bad.'), ('bad', null);
            create table place (name text primary key);
            insert into place values ('not a name');
            create table alone (name text primary key);
            insert into alone values ('a');
            create table crm.customers (
              id int primary key, email text, mood text references mood, place text references place);
            """)
        let project = try TestProject(isEmpty: true)
        let run = try await project.perigee("init", url)
        #expect(run.status == 0, "\(run.errors)")
        let configuration = try project.read("perigee.yaml")
        #expect(configuration.contains("#   \"mood\": { enum: true }"), "\(configuration)")
        #expect(!configuration.contains("\"place\"") && !configuration.contains("\"alone\""), "\(configuration)")
        let rules = try project.read("rules/main.json")
        #expect(
            rules.contains("\"main.crm.customers\": {\n      \"read\": { \"rule\": \"deny\" }"), "\(rules)")
        #expect(try await project.perigee("rules", "check").status == 0)
        // With the sign taken out it is an enum.
        let opened = configuration.replacing("    # collections:", with: "    collections:")
            .replacing("    #   \"mood\": { enum", with: "      \"mood\": { enum")
        try project.write(opened, to: "perigee.yaml")
        let schema = try await project.perigee("schema", "print")
        #expect(schema.output.contains("enum mood_enum {"), "\(schema.output)\(schema.errors)")
    }

    @Test(.enabled(if: PostgresCluster.isInstalled, Comment(rawValue: PostgresCluster.missing)))
    func `writes a project for PostgreSQL, and no password`() async throws {
        let url = try PostgresCluster.shared().database("create table notes (id int primary key, text text)")
        for (given, written) in [(url, "url: \"\(url)\""), (url + "&password=secret", "url: \"env:DATABASE_URL\"")] {
            let project = try TestProject(isEmpty: true)
            let run = try await project.perigee("init", given)
            #expect(run.status == 0, "\(run.errors)")
            let configuration = try project.read("perigee.yaml")
            #expect(configuration.contains("kind: postgres\n    \(written)"), "\(configuration)")
            #expect(!configuration.contains("secret"))
            #expect(try project.read("rules/main.json").contains("main.notes"))
        }
    }

    @Test(arguments: [
        ("sqlite:none.db", "cannot open the database \"none.db\": the file does not exist"),
        ("app.db", "starts with \"sqlite:\""),
        ("postgres://perigee@/app?host=/nowhere", "\"/nowhere/.s.PGSQL.5432\" failed"),
        ("sqlite::memory:", "a database in memory cannot be shared"),
        ("sqlite:.", "it is a directory"),
    ])
    func `says what is wrong with the database`(url: String, message: String) async throws {
        let project = try TestProject(isEmpty: true)
        let run = try await project.perigee("init", url)
        #expect(run.status == 1)
        #expect(run.errors.contains(message), "\(run.errors)")
        #expect(!FileManager.default.fileExists(atPath: project.path("perigee.yaml")))
    }
}
