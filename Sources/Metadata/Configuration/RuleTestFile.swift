// The file of `perigee rules test`: a table of callers, requests and what is to come of them.
// `schema/rules-test.schema.json` describes the same grammar for editors.

package import Base

package struct RuleTestFile: Sendable {
    /// The file as it was named.
    package let file: String
    package let tests: [RuleTest]

    static let keys = ["$schema", "tests"]

    /// Reads and checks the file at `path`; the failure lists everything wrong with it.
    package static func load(_ path: String) throws(ConfigurationFailure) -> RuleTestFile {
        let bytes: [UInt8]
        do {
            bytes = try FileReader().read(path)
        } catch {
            throw ConfigurationFailure(ConfigurationError(file: path, message: error.message))
        }
        return try decode(bytes, file: path)
    }

    package static func decode(_ bytes: [UInt8], file: String) throws(ConfigurationFailure) -> RuleTestFile {
        let problems = ProblemList(file: file)
        let root = ConfigurationNode(
            value: try DocumentTree.readJSON(bytes, file: file), pointer: "", problems: problems,
            secrets: SecretResolver(environment: { _ in nil }, directory: ""), references: FileReferences())
        var tests: [RuleTest] = []
        if let section = root.section(Self.keys) {
            _ = section["$schema"]?.text()
            if let list = section.required("tests"), let items = list.items() {
                if items.isEmpty { list.report("holds no test") }
                tests = items.compactMap { RuleTest($0) }
            }
        }
        guard problems.errors.isEmpty else { throw ConfigurationFailure(problems.errors) }
        return RuleTestFile(file: file, tests: tests)
    }
}

/// One row of the table.
package struct RuleTest: Sendable, Hashable {
    package enum Caller: Sendable, Hashable {
        case anonymous
        case admin
        case user(JSONObject)
    }

    package enum Expectation: Sendable, Hashable {
        /// All of `data`, and no errors; members of objects in any order.
        case data(JSONValue)
        /// By response key: rows of a list (1 or 0 for a single row), or `affected_rows` of a mutation. No errors.
        case rows([Count])
        /// The first error has this code and, where one is given, this path (`extensions.path`).
        case error(code: String, path: String?)
    }

    package struct Count: Sendable, Hashable {
        package let key: String
        package let rows: Int

        package init(key: String, rows: Int) {
            self.key = key
            self.rows = rows
        }
    }

    package let name: String
    package let caller: Caller
    package let document: String
    package let operation: String?
    package let variables: JSONObject?
    /// What `args.now` is; the clock's unless given.
    package let now: Instant?
    package let expectation: Expectation

    static let keys = ["name", "as", "document", "operation", "variables", "now", "expect"]
    static let expectationKeys = ["data", "rows", "error", "path"]

    init?(_ node: ConfigurationNode) {
        guard let section = node.section(Self.keys) else { return nil }
        let name = section.required("name")?.text()
        let caller = section.required("as").flatMap { Self.caller($0) }
        let document = section.required("document")?.text()
        let expectation = section.required("expect").flatMap { Self.expectation($0) }
        operation = section["operation"]?.text()
        variables = section["variables"].flatMap { Self.object($0) }
        now = section["now"].flatMap { Self.instant($0) }
        guard let name, let caller, let document, let expectation else { return nil }
        self.name = name
        self.caller = caller
        self.document = document
        self.expectation = expectation
    }

    private static func object(_ node: ConfigurationNode) -> JSONObject? {
        if let object = node.value.object { return object }
        node.report("must be an object, not \(node.value.kindName)")
        return nil
    }

    private static func instant(_ node: ConfigurationNode) -> Instant? {
        guard let text = node.text() else { return nil }
        if let instant = Instant(text) { return instant }
        node.report("\"\(text)\" is no instant", "such as \"2026-01-31T12:00:00Z\"")
        return nil
    }

    private static func caller(_ node: ConfigurationNode) -> Caller? {
        switch node.value {
        case .string("anonymous"): return .anonymous
        case .string("admin"): return .admin
        case .object(let claims): return .user(claims)
        case .null, .bool, .number, .string, .array:
            node.report("must be \"anonymous\", \"admin\", or an object: the claims of a token")
            return nil
        }
    }

    private static func expectation(_ node: ConfigurationNode) -> Expectation? {
        guard let section = node.section(expectationKeys) else { return nil }
        let given = ["data", "rows", "error"].filter { section[$0] != nil }
        guard given.count == 1 else {
            node.report("must have just one of \"data\", \"rows\" and \"error\"")
            return nil
        }
        if let path = section["path"], section["error"] == nil { path.report("is that of an \"error\"") }
        if let data = section["data"] { return .data(data.value) }
        if let error = section["error"] {
            guard let code = error.text() else { return nil }
            guard ErrorCode(rawValue: code) != nil else {
                error.report(
                    "unknown error code \"\(code)\"",
                    didYouMean(suggestions(for: code, in: ErrorCode.allCases.map(\.rawValue))))
                return nil
            }
            return .error(code: code, path: section["path"]?.text())
        }
        guard let entries = section["rows"]?.entries() else { return nil }
        if entries.isEmpty { section["rows"]?.report("must not be empty") }
        let counts = entries.compactMap { entry in
            entry.node.integer(0...1_000_000_000).map { Count(key: entry.name, rows: $0) }
        }
        return .rows(counts)
    }
}
