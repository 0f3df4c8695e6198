// Who may call a function of a database, and who sees the rows that one adds to a row (rules of the API, section 3). What functions
// return is tested over PostgreSQL, in FunctionTests.
import Base
import Metadata
import Planning
import TestSupport
import Testing

@testable import Rules

struct CallRuleTests {
    private static let allow = #"{"rule": "allow"}"#
    private static let deny = #"{"rule": "deny"}"#
    private static let signedIn = #"{"rule": "authenticated"}"#
    private static let published = #"{"rule": "where", "where": {"published": {"_eq": true}}}"#
    private static let hook = #"{"rule": "webhook", "url": "https://rules.example/may"}"#
    private static let ann: TestCaller = #"{"id": 1}"#

    private static func and(_ rules: String...) -> String {
        #"{"rule": "and", "clauses": [\#(rules.joined(separator: ", "))]}"#
    }
    private static func or(_ rules: String...) -> String {
        #"{"rule": "or", "clauses": [\#(rules.joined(separator: ", "))]}"#
    }
    private static func not(_ rule: String) -> String { #"{"rule": "not", "clause": \#(rule)}"# }

    /// A function that finds articles, one that changes them, and one that makes articles a field of users.
    private static let catalog: Catalog = {
        let type = { (name: String) in TypeLocation(schema: "public", name: name) }
        let function = {
            (name: String, arguments: [FunctionDescription.Argument], volatility: FunctionDescription.Volatility) in
            FunctionDescription(
                name: name, location: TableLocation(schema: "public", table: name), arguments: arguments,
                result: .rows(of: "articles"), volatility: volatility)
        }
        do {
            return try TestCatalog.build(
                [
                    TestCatalog.table("users", "id Int, name String"),
                    TestCatalog.table("articles", "id Int, author_id Int, published Boolean"),
                ],
                functions: [
                    function("found", [], .stable), function("changed", [], .volatile),
                    function("written", [.init(name: "of", kind: .row(of: "users"), type: type("users"))], .stable),
                ],
                source: #"""
                    "track": "all", "functions": { "found": {}, "changed": {} }, "collections": { "users": {
                      "computedFields": { "written": { "function": "written", "tableArgument": "of" } } } }
                    """#)
        } catch {
            preconditionFailure("\(error)")
        }
    }()

    private static func bench(_ functions: String, users: String = allow, articles: String = allow, fields: String = "")
        throws -> RuleBench
    {
        try RuleBench(
            #"""
            { "functions": { \#(functions) }, "collections": { "main.articles": { "read": \#(articles) },
                "main.users": { "read": \#(users), "fields": { \#(fields) } } } }
            """#, catalog: catalog)
    }

    // MARK: Root fields

    @Test(
        arguments: [
            // One that reads follows the rules of what it returns; one that may change data only a rule opens.
            ("", ann, "found"), ("", .admin, "found changed"),
            (#""main.changed": {"call": \#(signedIn)}"#, ann, "found changed"),
            (#""main.changed": {"call": \#(signedIn)}"#, .anonymous, "found"),
            (#""main.found": {"call": \#(deny)}, "main.changed": {"call": \#(allow)}"#, ann, "changed"),
            (#""main.found": {"call": \#(deny)}"#, .admin, "found changed"),
            (#""main.found": {"call": \#(and(signedIn, or(deny, not(deny))))}"#, ann, "found"),
            // Before anybody is asked it is drawn as if the answer were yes.
            (#""main.changed": {"call": \#(hook)}"#, ann, "found changed"),
            (#""main.changed": {"call": \#(not(hook))}"#, ann, "found changed"),
            (#""main.changed": {"call": \#(and(hook, deny))}"#, ann, "found"),
        ] as [(String, TestCaller, String)])
    func `a rule opens or closes a call`(_ functions: String, _ caller: TestCaller, _ expected: String) throws {
        let view = try Self.bench(functions).view(caller)
        let open = Self.catalog.functions.filter { view.mayCall($0.id) }.map(\.name.collection)
        #expect(open.joined(separator: " ") == expected)
    }

    @Test
    func `a verdict decides a call`() throws {
        let bench = try Self.bench(#""main.changed": {"call": \#(Self.and(Self.signedIn, Self.hook))}"#)
        let changed = try #require(Self.catalog.functions.first { $0.isVolatile }).id
        let fact = try #require(bench.rules.askedFacts.first)
        let unknown = bench.view(Self.ann).knowing([:])
        try unknown.noteCall(of: changed)
        #expect(unknown.verdicts?.question == fact)
        let open = bench.view(Self.ann).knowing([fact: .isTrue])
        try open.noteCall(of: changed)
        #expect(open.verdicts?.question == nil)
        #expect(open.mayCall(changed))
        let closed = bench.view(Self.ann).knowing([fact: .isFalse])
        #expect(throws: GatewayError.self) { try closed.noteCall(of: changed) }
        #expect(!closed.mayCall(changed))
        // What the request decides is no verdict's doing, and nobody is asked.
        let anonymous = bench.view(.anonymous).knowing([fact: .isFalse])
        try anonymous.noteCall(of: changed)
        #expect(anonymous.verdicts?.question == nil)
    }

    @Test
    func `what validation should have refused is not called`() throws {
        let view = try Self.bench("", fields: #""written": {"read": \#(Self.deny)}"#).view(Self.ann)
        let security = { (origin: FunctionCall.Origin) throws(GatewayError) in
            try SecurePlan(view: view).security(
                of: CollectionID(1), isAggregate: false, link: nil, call: FunctionCall(origin: origin, arguments: []))
        }
        #expect(throws: Never.self) { _ = try security(.root(FunctionID(0))) }
        #expect(throws: GatewayError.self) { _ = try security(.root(FunctionID(1))) }
        let field = RowFunctionReference(collection: CollectionID(0), index: 0)
        #expect(try security(.field(field)).parentGuard == .alwaysFalse)
    }

    @Test(
        arguments: [
            (
                #""main.fond": {"call": \#(allow)}"#,
                #"/main.fond: unknown function "main.fond"; did you mean "main.found"?"#
            ),
            (#""main.found": {"call": \#(and(signedIn, published))}"#, "/main.found/call: \(rows)"),
            (#""main.found": {"call": \#(or(published, signedIn))}"#, "/main.found/call: \(rows)"),
            (#""main.found": {"call": \#(not(published))}"#, "/main.found/call: \(rows)"),
            (
                #""main.found": {"call": {"rule": "query", "collection": "main.users", "where": {}}}"#,
                "/main.found/call: \(rows)"
            ),
        ] as [(String, String)])
    func `a mistake is named`(_ functions: String, _ error: String) {
        #expect(
            RuleBench.errors(#"{"functions": {\#(functions)}}"#, catalog: Self.catalog) == [
                "rules.json: /functions" + error
            ])
    }

    private static let rows =
        "there is no row before a call: its rule is decided by the request alone; "
        + "what the function returns obeys the rule for \"read\" of main.articles"

    @Test
    func `an owner is told of functions that rules cannot look into`() throws {
        var borrowing = FunctionDescription(
            name: "found", location: TableLocation(schema: "public", table: "found"), arguments: [],
            result: .rows(of: "articles"), volatility: .volatile)
        let warnings = { (functions: String) in
            let catalog = try TestCatalog.build(
                [TestCatalog.table("articles", "id Int")], functions: [borrowing],
                source: #""track": "all", "functions": { "found": {} }"#)
            return try RuleBench(#"{"functions": {\#(functions)}}"#, catalog: catalog).rules.warnings.map(\.message)
        }
        let opened = #""main.found": {"call": \#(Self.allow)}"#
        #expect(try warnings(opened).isEmpty)
        #expect(try warnings("").map { $0.hasPrefix("the function may change data") } == [true])
        borrowing.borrowsRights = true
        #expect(try warnings(opened).map { $0.hasPrefix("the function is SECURITY DEFINER") } == [true])
        borrowing.volatility = .stable
        #expect(try warnings("").map { $0.hasPrefix("the function is SECURITY DEFINER") } == [true])
    }

    // MARK: Fields

    @Test(
        arguments: [
            ("", allow, "shown"), (#""written": {"read": \#(allow)}"#, allow, "shown"),
            (#""written": {"read": \#(deny)}"#, allow, "hidden"),
            (#""written": {"read": \#(signedIn)}"#, allow, "shown"),
            (#""*": {"read": \#(deny)}"#, allow, "hidden"), (#""name": {"read": \#(deny)}"#, allow, "shown"),
            // What it leads to must be readable, too.
            ("", deny, "hidden"), ("", published, "shown"),
        ] as [(String, String, String)])
    func `rows of a function are a field like a relationship`(
        _ fields: String, _ articles: String, _ expected: String
    ) throws {
        let bench = try Self.bench("", articles: articles, fields: fields)
        let seen = bench.view(Self.ann).visibility(of: CollectionID(0)).functions
        #expect(seen == [expected == "shown" ? .visible(mayBeMissing: true) : .hidden])
    }
}
