// One folder under `fixtures/golden`: a request, and a recorded file for each stage of its way.
import Base
import Foundation
import Gateway
import TestSupport
import Testing

struct GoldenCase: Sendable, CustomTestStringConvertible {
    /// `area/case`
    let name: String
    let folder: URL
    let configuration: String
    let query: String
    let variables: String?
    let operationName: String?
    let caller: TestCaller

    var testDescription: String { name }

    /// A mutation has a project of its own: nobody else sees what it leaves behind.
    var isMutation: Bool { name.hasPrefix("mutation/") }

    /// What SQLite does not have.
    var isOfPostgresAlone: Bool { name.hasPrefix("function/") }

    static let all: [GoldenCase] = {
        let root = Repository.fixtures.appendingPathComponent("golden")
        let names = (try? FileManager.default.subpathsOfDirectory(atPath: root.path)) ?? []
        return names.filter { $0.hasSuffix("/request.json") }.sorted().map { path in
            GoldenCase(name: String(path.dropLast("/request.json".count)), root: root)
        }
    }()

    private init(name: String, root: URL) {
        self.name = name
        folder = root.appendingPathComponent(name)
        let text = (try? Repository.text(of: folder.appendingPathComponent("request.json"))) ?? ""
        guard let request = JSONValue(test: text).object, let query = request["query"]?.string else {
            preconditionFailure("\(name)/request.json holds no request")
        }
        self.query = query
        configuration = request["config"]?.string ?? "spaceflight"
        variables = request["variables"]?.text
        operationName = request["operationName"]?.string
        switch request["as"] {
        case .object(let claims)?: caller = .claims(claims)
        case .string("admin")?: caller = .admin
        case .null?, nil: caller = .anonymous
        default: preconditionFailure("\(name)/request.json: \"as\" is claims, null or \"admin\"")
        }
    }

    /// What each file should hold now; a request that is refused before it has a plan has only a response.
    /// - Parameter sign: what a parameter of the source's statements begins with.
    func files(_ gateway: TestGateway, sql: String = "sqlite.sql", sign: String = "?") async -> [String: String] {
        let answer = await gateway.answer(query, variables, operationName: operationName, as: caller)
        var files = ["response.json": JSONLayout.lines(answer) + "\n"]
        if let explanation = try? gateway.explain(query, variables, operationName: operationName, as: caller) {
            files["plan.txt"] = explanation.plan
            files["secured.txt"] = explanation.secured
            files[sql] = explanation.statements.map { Self.sql($0, sign) }.joined()
        }
        return files
    }

    /// What PostgreSQL is asked, for a request that has a plan, and what it answers.
    func postgresFiles(_ gateway: TestGateway) async -> (sql: String?, response: String) {
        let answer = await gateway.answer(query, variables, operationName: operationName, as: caller)
        let explanation = try? gateway.explain(query, variables, operationName: operationName, as: caller)
        return (explanation?.statements.map { Self.sql($0, "$") }.joined(), JSONLayout.lines(answer) + "\n")
    }

    private static func sql(_ statement: Explanation.Statement, _ sign: String) -> String {
        let parameters = statement.parameters.enumerated().map { "-- \(sign)\($0.offset + 1): \($0.element)\n" }
        return statement.text + ";\n" + parameters.joined()
    }

    static let fileNames = ["plan.txt", "response.json", "secured.txt", "sqlite.sql"]

    func recorded(_ file: String) -> String? {
        try? Repository.text(of: folder.appendingPathComponent(file))
    }

    func record(_ text: String?, as file: String) throws {
        let url = folder.appendingPathComponent(file)
        if let text {
            try Data(text.utf8).write(to: url)
        } else if FileManager.default.fileExists(atPath: url.path) {
            try FileManager.default.removeItem(at: url)
        }
    }
}
