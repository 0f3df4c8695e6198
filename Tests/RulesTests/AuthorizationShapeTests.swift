// The key under which schemas and plans are kept: equal for callers whom the rules treat alike, different as soon as one
// rule decides otherwise or a claim cannot be used (rules of the API, section 1.6).
import TestSupport
import Testing

@testable import Rules

struct AuthorizationShapeTests {
    private static let document = #"""
        { "rules": {
            "isEditor": { "rule": "match", "type": "string", "eval": "==", "f1": "args.auth.role", "f2": "editor" },
            "isOwn": { "rule": "match", "type": "number", "eval": "==", "f1": "args.row.author_id", "f2": "args.auth.id" } },
          "collections": { "main.articles": {
            "read": { "rule": "or", "clauses": [
              { "rule": "ref", "name": "isEditor" }, { "rule": "ref", "name": "isOwn" },
              { "rule": "where", "where": { "title": { "_in": "args.auth.titles" } } } ] } } } }
        """#

    @Test(
        arguments: [
            (#"{"id": 1}"#, #"{"id": 2}"#, true),
            (#"{"id": 1}"#, #"{"id": "2"}"#, true),
            (#"{"id": 1, "unnamed": 1}"#, #"{"id": 2}"#, true),
            (#"{"id": 1, "role": "user"}"#, #"{"id": 2, "role": "guest"}"#, true),
            (#"{"id": 1, "role": "user"}"#, #"{"id": 1, "role": "editor"}"#, false),
            // A missing role is unknown, another role is false.
            (#"{"id": 1, "role": "user"}"#, #"{"id": 1}"#, false),
            (#"{"id": 1}"#, "{}", false),
            (#"{"id": 1}"#, #"{"id": null}"#, false),
            (#"{"id": 1}"#, #"{"id": "x"}"#, false),
            ("{}", #"{"id": null}"#, true),
            (#"{"id": 1, "titles": []}"#, #"{"id": 1, "titles": ["a", "b"]}"#, true),
            (#"{"id": 1, "titles": []}"#, #"{"id": 1, "titles": [1]}"#, false),
            (#"{"id": 1, "titles": []}"#, #"{"id": 1}"#, false),
        ] as [(TestCaller, TestCaller, Bool)])
    func `two callers share a shape when every rule decides alike`(
        _ left: TestCaller, _ right: TestCaller, _ isEqual: Bool
    ) throws {
        let rules = try RuleBench(Self.document).rules
        let shapes = [left, right].map { rules.shape(of: $0.caller, now: TestGateway.now) }
        #expect((shapes[0] == shapes[1]) == isEqual)
    }

    @Test
    func `the admin has a shape of its own, whatever the rules are`() throws {
        for document in [Self.document, #"{"collections": {}}"#] {
            let rules = try RuleBench(document).rules
            let admin = rules.shape(of: TestCaller.admin.caller, now: TestGateway.now)
            #expect(admin.isAdmin)
            #expect(admin != rules.shape(of: TestCaller.anonymous.caller, now: TestGateway.now))
        }
    }

    @Test
    func `a caller named admin is not the admin`() throws {
        let rules = try RuleBench(Self.document).rules
        #expect(
            !rules.shape(
                of: TestCaller(stringLiteral: #"{"role": "admin", "id": 0, "isAdmin": true}"#).caller,
                now: TestGateway.now
            ).isAdmin)
    }

    @Test
    func `anonymous and an empty token differ where being known matters`() throws {
        let rules = try RuleBench(#"{"collections": {"main.articles": {"read": {"rule": "authenticated"}}}}"#).rules
        let shapes = [TestCaller.anonymous, "{}"].map { rules.shape(of: $0.caller, now: TestGateway.now) }
        #expect(shapes[0] != shapes[1])
    }

    @Test
    func `a fact that several rules ask is one fact`() throws {
        let rules = try RuleBench(Self.document).rules
        // The role; that the titles and the identity can be used; and that the identity is whole.
        #expect(rules.facts.count == 4)
    }
}
