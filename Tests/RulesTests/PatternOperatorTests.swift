// `_regex`, `_similar` and their like: PostgreSQL's meaning, malformed patterns refused whatever is stored, and nothing of a
// hidden row to be learnt through them.
import Base
import Gateway
import TestSupport
import Testing

@Suite
struct PatternOperatorTests {
    private static let sql = """
        create table cities (id integer primary key, name text, owner int, founded date);
        insert into cities (id, name, owner) values (1, 'Durham', 1), (2, 'New York', 1), (3, 'Framlingham', 2),
          (4, 'New Orleans', 2), (5, null, 1), (6, '\(String(repeating: "a", count: 60))!', 2);
        """
    private static let own =
        #""read": {"rule": "match", "type": "number", "eval": "==", "f1": "args.row.owner", "f2": 1}"#

    private static func gateway(_ rules: String = #""read": {"rule": "allow"}"#) async throws -> TestGateway {
        try await TestGateway.make(sql: sql, collections: #""main.cities": { \#(rules) }"#)
    }

    private func ids(
        _ filter: String, _ gateway: TestGateway, _ variables: String? = nil, declared: String = "",
        as caller: TestCaller = .anonymous
    ) async -> String {
        let text = await gateway.data("query \(declared) { cities(where: \(filter)) { id } }", variables, as: caller)
        return text.hasPrefix(#"{"cities":["#) ? text.filter { $0.isNumber || $0 == "," } : text
    }

    @Test(arguments: [
        (#"{_regex: "ham"}"#, "1,3"), (#"{_regex: "^New"}"#, "2,4"), (#"{_regex: "HAM"}"#, ""),
        (#"{_regex: ""}"#, "1,2,3,4,6"),
        (#"{_nregex: "ham"}"#, "2,4,6"), (#"{_iregex: "^new.*k$"}"#, "2"), (#"{_niregex: "NEW|^a"}"#, "1,3"),
        (#"{_similar: "%ham"}"#, "1,3"), (#"{_similar: "ham"}"#, ""), (#"{_nsimilar: "(New|a)%"}"#, "1,3"),
        (#"{_nsimilar: "_*ham"}"#, "2,4,6"), (#"{_regex: "^\\w+$", _nregex: "^F"}"#, "1"),
    ])
    func `texts match patterns`(_ test: String, _ expected: String) async throws {
        let gateway = try await Self.gateway()
        #expect(await ids("{name: \(test)}", gateway) == expected)
    }

    @Test
    func `patterns come from variables`() async throws {
        let gateway = try await Self.gateway()
        let filter = "{name: {_regex: $p}}"
        for (pattern, expected) in [("ham", "1,3"), ("^F", "3"), ("^X", "")] {
            #expect(await ids(filter, gateway, #"{"p": "\#(pattern)"}"#, declared: "($p: String)") == expected)
        }
        let failure = await gateway.failure(
            "query ($p: String) { cities(where: \(filter)) { id } }", #"{"p": "("}"#)
        #expect(
            failure == "bad-request at $.selectionSet.cities.args.where.name._regex: "
                + "invalid regular expression: parentheses () not balanced")
    }

    @Test(arguments: [
        ("_regex", "(", "invalid regular expression: parentheses () not balanced"),
        ("_niregex", "a**", "invalid regular expression: quantifier operand invalid"),
        ("_similar", "[a", "invalid regular expression: brackets [] not balanced"),
        ("_nsimilar", #"a\\"#, "LIKE pattern must not end with escape character"),
    ])
    func `a malformed pattern is refused whatever is stored`(
        _ test: String, _ pattern: String, _ message: String
    ) async throws {
        for rules in [#""read": {"rule": "allow"}"#, Self.own, Self.own.replacing("\"f2\": 1", with: "\"f2\": 99")] {
            let gateway = try await Self.gateway(rules)
            let failure = await gateway.failure("{ cities(where: {name: {\(test): \"\(pattern)\"}}) { id } }")
            #expect(failure == "bad-request at $.selectionSet.cities.args.where.name.\(test): \(message)")
        }
    }

    @Test
    func `a pattern runs only on rows that the rule admits`() async throws {
        let filter = #"{name: {_regex: "(a+)+$"}}"#
        let hidden = try await Self.gateway(Self.own)
        #expect(await ids(filter, hidden) == "")
        let statement = try hidden.explain("{ cities(where: \(filter)) { id } }").secured
        #expect(statement.contains("(when owner _eq 1 then name _regex"), "\(statement)")
        let open = try await Self.gateway()
        let failure = await open.failure("{ cities(where: \(filter)) { id } }")
        #expect(
            failure == "bad-request at $: The pattern takes too many steps on a stored value; make it simpler.")
    }

    @Test
    func `only text has patterns`() async throws {
        let gateway = try await Self.gateway()
        for filter in [#"{id: {_regex: "1"}}"#, #"{founded: {_similar: "1"}}"#] {
            let failure = await gateway.failure("{ cities(where: \(filter)) { id } }")
            #expect(failure.contains("is not defined by type"), "\(failure)")
        }
    }

    // MARK: In rules

    @Test(arguments: [
        (#"{"_regex": "^New"}"#, #"{}"#, "2,4"), (#"{"_iregex": "args.auth.x"}"#, #"{"x": "HAM"}"#, "1,3"),
        (#"{"_regex": "args.auth.x"}"#, #"{"x": "."}"#, ""), (#"{"_similar": "args.auth.x"}"#, #"{"x": "%"}"#, ""),
        (#"{"_similar": "args.auth.x"}"#, #"{"x": "Durham"}"#, "1"),
        (#"{"_nregex": "args.auth.x"}"#, #"{"x": "(ham"}"#, "1,2,3,4,6"),
    ])
    func `a variable in a rule's pattern stands for itself`(
        _ test: String, _ claims: String, _ expected: String
    ) async throws {
        let gateway = try await Self.gateway(#""read": {"rule": "where", "where": {"name": \#(test)}}"#)
        #expect(await ids("{}", gateway, as: TestCaller(stringLiteral: claims)) == expected)
    }

    @Test(arguments: [
        (#"{"_regex": "("}"#, "/where/name/_regex: invalid regular expression: parentheses () not balanced"),
        (#"{"_similar": "a\\"}"#, "/where/name/_similar: LIKE pattern must not end with escape character"),
        (#"{"_like": "a\\"}"#, "/where/name/_like: LIKE pattern must not end with escape character"),
        (#"{"_regex": 1}"#, "/where/name/_regex: 1 is not a regular expression"),
    ])
    func `a malformed pattern in a rule is a load error`(_ test: String, _ message: String) async {
        do {
            _ = try await Self.gateway(#""read": {"rule": "where", "where": {"name": \#(test)}}"#)
            Issue.record("the rules were accepted")
        } catch {
            #expect("\(error)".contains(message), "\(error)")
        }
    }
}
