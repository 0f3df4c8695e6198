// Commands that read a project: what they print about a good one, and where they point in a bad one.

import Base
import Foundation
import Testing

@Suite struct ProjectCommandTests {
    // MARK: rules check

    @Test func `a good project is checked with code 0`() async throws {
        let project = try TestProject()
        let run = try await project.perigee("rules", "check")
        #expect(run.status == 0)
        #expect(run.errors.isEmpty)
        #expect(run.output.hasSuffix("ok: 1 rules file, 2 collections, 1 warning\n"))
        #expect(run.output.hasPrefix("warning: rules.json: /collections/main.articles"))
    }

    struct Fault: Sendable, CustomTestStringConvertible {
        let file: String
        let old: String
        let new: String
        let messages: [String]

        var testDescription: String { "\(file): \(new)" }
    }

    @Test(arguments: [
        Fault(
            file: "rules.json", old: "published", new: "publishd",
            messages: ["rules.json: /collections/main.articles/read/clauses/0/where", "did you mean \"published\"?"]),
        Fault(
            file: "rules.json", old: "main.articles", new: "main.article",
            messages: ["rules.json: /collections/main.article:", "did you mean \"main.articles\"?"]),
        Fault(
            file: "rules.json", old: "\"authenticated\" } }", new: "\"authenticated\" ", messages: ["rules.json:"]),
        Fault(
            file: "perigee.yaml", old: "sqlite, url", new: "sqlte, url",
            messages: ["perigee.yaml: /sources/main/kind:", "did you mean \"sqlite\"?"]),
        Fault(
            file: "perigee.yaml", old: "env:TEST_TOKEN_KEY", new: "env:TEST_NOT_SET",
            messages: ["perigee.yaml: /auth/jwt/0/key:", "\"TEST_NOT_SET\" is not set"]),
        Fault(file: "perigee.yaml", old: "rules.json", new: "rule.json", messages: ["rule.json: no such file"]),
    ])
    func `mistakes are code 2 with file, pointer and what would be right`(_ fault: Fault) async throws {
        let project = try TestProject()
        try project.replace(fault.old, with: fault.new, in: fault.file)
        for command in [["rules", "check"], ["serve", "--port", "0"], ["schema", "print"]] {
            let run = try await CommandRun.perigee(command, in: project.folder, environment: TestProject.environment)
            #expect(run.status == 2)
            #expect(run.output.isEmpty)
            let lines = run.errors.split(separator: "\n")
            #expect(!lines.isEmpty)
            for message in fault.messages { #expect(run.errors.contains(message), "\(run.errors)") }
        }
    }

    @Test func `a missing project file is code 2`() async throws {
        let run = try await TestProject(isEmpty: true).perigee("serve")
        #expect(run.status == 2)
        #expect(run.errors == "perigee.yaml: no such file\n")
    }

    // MARK: schema print

    @Test func `the schema is drawn for the caller`() async throws {
        let project = try TestProject()
        let admin = try await project.perigee("schema", "print").output
        #expect(admin.contains("type users {"))
        #expect(admin.contains("  password_hash: String"))
        let anonymous = try await project.perigee("schema", "print", "--as", "anonymous").output
        #expect(anonymous.contains("type articles {"))
        #expect(!anonymous.contains("author_id"))
        #expect(!anonymous.contains("users"))
        let member = try await project.perigee("schema", "print", "--as", #"{"id":2}"#).output
        #expect(member.contains("  author_id: Int"))
    }

    // MARK: explain

    @Test func `explain shows plan, secured plan, statement and parameters`() async throws {
        let project = try TestProject()
        let run = try await project.perigee(
            "explain", "-q", "query Q($id: Int!) { articles_by_pk(id: $id) { title } }", "--variables", #"{"id":2}"#,
            "--as", #"{"id":7}"#)
        #expect(run.status == 0)
        for heading in ["# Plan\n", "# After the rules\n", "# Statement for \"main\"\n", "# Parameters\n"] {
            #expect(run.output.contains(heading))
        }
        #expect(run.output.contains("articles_by_pk: single main.articles"))
        #expect(run.output.contains("rule (published _eq true or author_id _eq args.auth.id)"))
        #expect(run.output.contains("= args.auth.id as Int\n"))
        #expect(run.output.contains("= $id as Int"))
        // Values are bound, never shown.
        #expect(!run.output.contains("= 7"))
    }

    @Test func `explain reads the document from a file and picks an operation`() async throws {
        let project = try TestProject()
        try project.write("query A { articles { id } } query B { articles { title } }", to: "q.graphql")
        let run = try await project.perigee("explain", "q.graphql", "--operation", "B")
        #expect(run.status == 0)
        #expect(run.output.contains("title: title String"))
        #expect(!run.output.contains("id: id Int"))
        let missing = try await project.perigee("explain", "none.graphql")
        #expect(missing.status == 1)
        #expect(missing.errors == "perigee: none.graphql: no such file\n")
    }

    @Test func `explain says what is wrong with a request`() async throws {
        let run = try await TestProject().perigee("explain", "-q", "{ articles { titel } }")
        #expect(run.status == 2)
        #expect(run.output.isEmpty)
        #expect(
            run.errors
                == "1:14: Cannot query field \"titel\" on type \"articles\". Did you mean \"title\"? [validation-failed]\n"
        )
    }

    // MARK: token

    @Test func `a token carries the claims and expires`() async throws {
        let run = try await TestProject().perigee("token", "--claims", #"{"id":7,"role":"user"}"#, "--expires", "30m")
        #expect(run.status == 0)
        let parts = run.output.trimmingCharacters(in: .newlines).split(separator: ".")
        #expect(parts.count == 3)
        let payload = try #require(Self.decode(parts[1]))
        let claims = try #require(try JSONScanner.parse(payload).object)
        #expect(claims["id"]?.number?.int64 == 7)
        #expect(claims["role"]?.string == "user")
        let issued = try #require(claims["iat"]?.number?.int64)
        #expect(claims["exp"]?.number?.int64 == issued + 1800)
    }

    @Test func `without a shared key there is nothing to sign with`() async throws {
        let project = try TestProject()
        try project.replace("jwt: [{ algorithm: HS256, key: env:TEST_TOKEN_KEY }]", with: "jwt: []", in: "perigee.yaml")
        let run = try await project.perigee("token", "--claims", "{}")
        #expect(run.status == 2)
        #expect(run.errors.hasPrefix("perigee.yaml: /auth/jwt: there is no shared key to sign with; "))
    }

    private static func decode(_ part: Substring) -> [UInt8]? {
        let base64 = part.replacingOccurrences(of: "-", with: "+").replacingOccurrences(of: "_", with: "/")
        let padding = String(repeating: "=", count: (4 - base64.utf8.count % 4) % 4)
        return Data(base64Encoded: base64 + padding).map { Array($0) }
    }
}
