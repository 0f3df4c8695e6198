// A small project in a folder of its own: a database with two tables, a configuration, rules.

import ConnectorSQLite
import Foundation

final class TestProject: Sendable {
    let folder: URL

    static let environment = [
        "TEST_TOKEN_KEY": "a-key-for-tests-of-more-than-32-bytes", "TEST_ADMIN": "an-admin-secret-for-tests",
    ]

    private static let script = """
        create table users (id integer primary key, email text not null, password_hash text);
        create table articles (
          id integer primary key, author_id int references users (id), title text not null, published boolean not null);
        insert into users values (1, 'ada@example.org', 'x'), (2, 'ben@example.org', 'y');
        insert into articles values (1, 1, 'First', true), (2, 2, 'Draft', false);
        """

    private static let configuration = """
        auth:
          adminSecret: env:TEST_ADMIN
          jwt: [{ algorithm: HS256, key: env:TEST_TOKEN_KEY }]
        sources:
          main: { kind: sqlite, url: "sqlite:app.db", track: all }
        rules: rules.json
        """

    private static let rules = """
        { "collections": { "main.articles": {
          "read": { "rule": "or", "clauses": [
            { "rule": "where", "where": { "published": { "_eq": true } } },
            { "rule": "where", "where": { "author_id": { "_eq": "args.auth.id" } } } ] },
          "fields": { "author_id": { "read": { "rule": "authenticated" } } } } } }
        """

    /// - Parameter isEmpty: only the database, no project files.
    init(isEmpty: Bool = false) throws {
        folder = FileManager.default.temporaryDirectory.appendingPathComponent("perigee-cli-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        try SQLiteScript.run(Self.script, intoNewFile: path("app.db"))
        guard !isEmpty else { return }
        try write(Self.configuration, to: "perigee.yaml")
        try write(Self.rules, to: "rules.json")
    }

    deinit {
        try? FileManager.default.removeItem(at: folder)
    }

    func path(_ name: String) -> String { folder.appendingPathComponent(name).path }

    func write(_ text: String, to name: String) throws {
        try Data(text.utf8).write(to: folder.appendingPathComponent(name))
    }

    func read(_ name: String) throws -> String {
        String(decoding: try Data(contentsOf: folder.appendingPathComponent(name)), as: UTF8.self)
    }

    func replace(_ old: String, with new: String, in name: String) throws {
        try write(try read(name).replacingOccurrences(of: old, with: new), to: name)
    }

    func perigee(_ arguments: String...) async throws -> CommandRun {
        try await CommandRun.perigee(arguments, in: folder, environment: Self.environment)
    }
}
