// Verdicts in the view of one shape: what a request waits for, what a verdict has closed, and the schema that is drawn before anybody
// is asked (rules of the API, section 4, `webhook`).
import Base
import Metadata
import Planning
import TestSupport
import Testing

@testable import Rules

struct VerdictViewTests {
    private static let ann: TestCaller = #"{"id": 1, "role": "user"}"#
    private static let allow = #"{"rule": "allow"}"#
    private static let deny = #"{"rule": "deny"}"#
    private static let editor =
        #"{"rule": "match", "type": "string", "eval": "==", "f1": "args.auth.role", "f2": "editor"}"#
    private static let published = #"{"rule": "where", "where": {"published": {"_eq": true}}}"#
    private static let title = #"{"rule": "force", "field": "title", "value": "x"}"#

    private static func hook(_ name: String) -> String {
        #"{"rule": "webhook", "url": "https://rules.example/\#(name)"}"#
    }
    private static func not(_ rule: String) -> String { #"{"rule": "not", "clause": \#(rule)}"# }
    private static func and(_ rules: String...) -> String {
        #"{"rule": "and", "clauses": [\#(rules.joined(separator: ", "))]}"#
    }
    private static func or(_ rules: String...) -> String {
        #"{"rule": "or", "clauses": [\#(rules.joined(separator: ", "))]}"#
    }
    private static func remove(_ name: String, if clause: String? = nil) -> String {
        #"{"rule": "remove", "fields": ["\#(name)"]\#(clause.map { #", "clause": \#($0)"# } ?? "")}"#
    }

    /// Rules for articles whose verdicts are named, and what is known of them.
    private struct Asked {
        let bench: RuleBench
        let articles: TrackedCollection
        private let facts: [String: Int]

        init(_ entry: String) throws {
            bench = try RuleBench(
                #"{"collections": {"main.users": {"read": {"rule": "allow"}}, "main.articles": { \#(entry) }}}"#)
            articles = try #require(bench.catalog.collections.first { $0.apiName == "articles" })
            var facts: [String: Int] = [:]
            for (index, fact) in bench.rules.facts.enumerated() {
                if case .webhook(let call) = fact { facts[String(call.webhook.url.suffix(1))] = index }
            }
            self.facts = facts
        }

        /// - Parameter known: names of verdicts that are yes, and of those that are no after a `!`: `a !b`.
        func view(_ known: String) -> ShapeView {
            var truths: [Int: Truth] = [:]
            for word in known.split(separator: " ") {
                if let fact = facts[String(word.suffix(1))] { truths[fact] = Truth(!word.hasPrefix("!")) }
            }
            return bench.view(ann).knowing(truths)
        }

        func access(_ known: String) -> CollectionAccess { view(known).access(to: articles.id) }

        func words(_ standing: VerdictStanding?) -> String {
            switch standing {
            case .settled?: "settled"
            case .refused?: "refused"
            case .open(let fact)?: "asks \(name(of: fact))"
            case nil: "nothing"
            }
        }

        func name(of fact: Int?) -> String { facts.first { $0.value == fact }?.key ?? "nobody" }
    }

    // MARK: Reading

    @Test(
        arguments: [
            (hook("a"), "", "asks a"), (hook("a"), "a", "settled"), (hook("a"), "!a", "refused"),
            (and(hook("a"), hook("b")), "a", "asks b"), (and(hook("a"), hook("b")), "!a", "refused"),
            (or(hook("a"), published), "!a", "settled"), (and(hook("a"), deny), "", "settled"),
            // What would have been denied whoever says what is refused by nobody.
            (and(hook("a"), deny), "!a", "settled"), (not(hook("a")), "a", "refused"),
        ] as [(String, String, String)])
    func `rows wait for a verdict, or one has closed them`(
        _ rule: String, _ known: String, _ expected: String
    ) throws {
        let asked = try Asked(#""read": \#(rule)"#)
        let standings = asked.access(known).standings
        #expect(asked.words(standings?.read) == expected)
        #expect(asked.words(standings?.aggregate) == expected)
    }

    @Test(
        arguments: [
            ("", "asks a"), ("a", "asks b"), ("b", "asks a"), ("a b", "settled"), ("!a", "refused"),
            ("a !b", "refused"),
        ])
    func `an aggregate needs both its rules`(_ known: String, _ expected: String) throws {
        let asked = try Asked(#""read": \#(Self.hook("a")), "aggregate": \#(Self.hook("b"))"#)
        #expect(asked.words(asked.access(known).standings?.aggregate) == expected)
    }

    @Test(
        arguments: [
            (#"{"when": \#(hook("a")), "rows": 5}"#, "", "asks a"),
            (#"{"when": \#(hook("a")), "rows": 5}"#, "!a", "settled"),
            (#"{"when": \#(hook("a")), "rows": 5}, {"when": \#(hook("b")), "rows": 9}"#, "", "asks a"),
            (#"{"when": \#(hook("a")), "rows": 5}, {"when": \#(hook("b")), "rows": 9}"#, "!a", "asks b"),
        ] as [(String, String, String)])
    func `a limit waits for what decides whether it applies`(
        _ limits: String, _ known: String, _ expected: String
    ) throws {
        let asked = try Asked(#""read": \#(Self.allow), "limits": [\#(limits)]"#)
        #expect(asked.words(asked.access(known).standings?.rowCap) == expected)
    }

    @Test(
        arguments: [
            // By its own entry.
            (allow, hook("a"), "", "asks a"), (allow, hook("a"), "!a", "refused"), (allow, hook("a"), "a", "settled"),
            (allow, and(hook("a"), deny), "!a", "settled"), (allow, or(hook("a"), published), "!a", "settled"),
            // By what the rule of the row removes, whichever of its ways and actions it is.
            (and(allow, remove("title", if: hook("a"))), allow, "", "asks a"),
            (and(allow, remove("title", if: hook("a"))), allow, "a", "settled"),
            (and(allow, remove("body", if: hook("a"))), allow, "", "settled"),
            (or(and(editor, remove("body")), and(allow, remove("title", if: hook("a")))), allow, "", "asks a"),
            (and(allow, remove("body"), remove("title", if: hook("a"))), allow, "", "asks a"),
            // Its own entry first.
            (and(allow, remove("title", if: hook("a"))), hook("b"), "", "asks b"),
            (and(allow, remove("title", if: hook("a"))), hook("b"), "b", "asks a"),
            (and(allow, remove("title", if: hook("a"))), hook("b"), "!b", "refused"),
        ] as [(String, String, String, String)])
    func `a field waits for its entry, and for what is removed`(
        _ rule: String, _ entry: String, _ known: String, _ expected: String
    ) throws {
        let asked = try Asked(#""read": \#(rule), "fields": {"title": {"read": \#(entry)}}"#)
        let title = try #require(asked.articles.fieldIndex(named: "title"))
        #expect(asked.words(asked.access(known).standings?.fields[title]) == expected)
    }

    @Test(
        arguments: [
            (hook("a"), "", "asks a"), (hook("a"), "!a", "refused"), (hook("a"), "a", "settled"), (deny, "", "settled"),
            (or(hook("a"), published), "!a", "settled"),
        ] as [(String, String, String)])
    func `a relationship waits for its entry`(_ entry: String, _ known: String, _ expected: String) throws {
        let asked = try Asked(#""read": \#(Self.allow), "fields": {"author": {"read": \#(entry)}}"#)
        let author = try #require(asked.articles.relationshipIndex(named: "author"))
        #expect(asked.words(asked.access(known).standings?.guards[author]) == expected)
    }

    @Test
    func `the first question that is noted is asked`() throws {
        let known = KnownVerdicts([:])
        try known.note(.settled)
        #expect(known.question == nil)
        try known.note(.open(3))
        try known.note(.open(1))
        #expect(known.question == 3)
        #expect(throws: GatewayError.self) { try known.note(.refused) }
    }

    // MARK: Writing

    /// The question that a write of these fields comes to, `refused`, or `nobody` is asked.
    private func write(
        _ asked: Asked, _ operation: RuleOperation, _ known: String, _ fields: String...
    ) -> String {
        let view = asked.view(known)
        do throws(GatewayError) {
            try view.noteWrite(
                operation, on: asked.articles, fields: fields.compactMap { asked.articles.fieldIndex(named: $0) },
                relationships: [])
        } catch {
            return "refused"
        }
        return asked.name(of: view.verdicts?.question)
    }

    @Test
    func `a write waits for its rule and for those of the fields it names`() throws {
        let asked = try Asked(
            #""update": \#(Self.hook("a")), "fields": {"title": {"update": \#(Self.hook("b"))}, "body": {"update": \#(Self.deny)}}"#
        )
        #expect(write(asked, .update, "") == "a")
        #expect(write(asked, .update, "", "title") == "a")
        #expect(write(asked, .update, "b", "title") == "a")
        #expect(write(asked, .update, "a", "title") == "b")
        #expect(write(asked, .update, "a b", "title") == "nobody")
        // A field that is not named has no say.
        #expect(write(asked, .update, "a") == "nobody")
        #expect(write(asked, .update, "!a", "title") == "refused")
        #expect(write(asked, .update, "a !b", "title") == "refused")
        #expect(write(asked, .update, "!b a", "views") == "nobody")
        // What nobody may do no verdict refuses.
        #expect(write(asked, .update, "!a", "body") == "nobody")
        #expect(write(asked, .create, "") == "nobody")
        let denied = try Asked(#""update": \#(Self.deny), "fields": {"title": {"update": \#(Self.hook("b"))}}"#)
        #expect(write(denied, .update, "!b", "title") == "nobody")
    }

    @Test
    func `a write waits for what acts on it, named or not`() throws {
        let acting = Self.and(Self.hook("b"), Self.title)
        let asked = try Asked(
            #""update": \#(Self.hook("a")), "fields": {"views": {"update": \#(acting)}, "body": {"update": \#(Self.hook("c"))}}"#
        )
        #expect(write(asked, .update, "") == "a")
        #expect(write(asked, .update, "a") == "b")
        #expect(write(asked, .update, "a b") == "nobody")
        #expect(write(asked, .update, "a !b") == "nobody")
        #expect(write(asked, .update, "!a") == "refused")
    }

    // MARK: The schema

    /// What is drawn of a field: `clear`, `altered`, `nullable` or `hidden`.
    private static func drawn(_ visibility: CollectionVisibility.Field) -> String {
        switch visibility {
        case .hidden: "hidden"
        case .clear: "clear"
        case .sealed: "sealed"
        case .altered(let mayBeNull): mayBeNull ? "nullable" : "altered"
        }
    }

    private static func mask(_ with: String, _ clause: String) -> String {
        #"{"rule": "mask", "with": \#(with), "clause": \#(clause)}"#
    }

    /// So many more verdicts in the rules of the collection.
    private static func more(_ count: Int) -> String {
        let fields = ["id", "author_id", "editor_id", "body", "views", "score"]
        return fields.prefix(count).enumerated().map { #""\#($0.element)": {"read": \#(hook(String($0.offset)))}, "# }
            .joined()
    }

    @Test(
        arguments: [
            (hook("a"), "clear", "nullable"), (not(hook("a")), "clear", "nullable"),
            (and(hook("a"), deny), "hidden", "hidden"),
            (or(hook("a"), published), "nullable", "nullable"), (mask(#""x""#, hook("a")), "altered", "nullable"),
            (mask("null", hook("a")), "nullable", "nullable"),
            // Which answers go together is not looked at where there are too many questions.
            (
                and(hook("0"), hook("1"), not(hook("2")), not(hook("3")), or(hook("a"), not(hook("a")))), "clear",
                "hidden"
            ),
        ] as [(String, String, String)])
    func `a field is drawn as some verdicts show it`(_ rule: String, _ six: String, _ seven: String) throws {
        for (count, expected) in [(5, six), (6, seven)] {
            let asked = try Asked(
                #""read": \#(Self.allow), "fields": {\#(Self.more(count)) "title": {"read": \#(rule)}}"#)
            let title = try #require(asked.articles.fieldIndex(named: "title"))
            let seen = asked.bench.view(Self.ann).visibility(of: asked.articles.id)
            #expect(Self.drawn(seen.fields[title]) == expected, "\(count + 1) questions")
        }
    }

    @Test(
        arguments: [
            (hook("a"), CollectionVisibility.Link.visible(mayBeMissing: false)),
            (not(hook("a")), .visible(mayBeMissing: false)),
            (or(hook("a"), published), .visible(mayBeMissing: true)), (and(hook("a"), deny), .hidden),
        ] as [(String, CollectionVisibility.Link)])
    func `a relationship is drawn as some verdicts open it`(_ rule: String, _ six: CollectionVisibility.Link) throws {
        for (count, expected) in [(5, six), (6, six == .hidden ? .hidden : .visible(mayBeMissing: true))] {
            let asked = try Asked(
                #""read": \#(Self.allow), "fields": {\#(Self.more(count)) "author": {"read": \#(rule)}}"#)
            let author = try #require(asked.articles.relationshipIndex(named: "author"))
            let seen = asked.bench.view(Self.ann).visibility(of: asked.articles.id)
            #expect(seen.relationships[author] == expected, "\(count + 1) questions")
        }
    }

    @Test(arguments: [("a", true), ("not a", true), ("never", false)])
    func `writes are drawn as some verdicts allow them`(_ rule: String, _ isDrawn: Bool) throws {
        let rule = [
            "a": Self.hook("a"), "not a": Self.not(Self.hook("a")), "never": Self.and(Self.hook("a"), Self.deny),
        ][rule]
        let condition = try #require(rule)
        let entry = #"""
            "read": \#(Self.allow), "aggregate": \#(condition), "create": \#(condition), "delete": \#(condition),
            "update": \#(Self.and(condition, Self.title))
            """#
        let asked = try Asked(entry)
        let seen = asked.bench.view(Self.ann).visibility(of: asked.articles.id)
        #expect(seen.isAggregatable == isDrawn)
        #expect(seen.writing.isInsertable == isDrawn)
        #expect(seen.writing.isUpdatable == isDrawn)
        #expect(seen.writing.isDeletable == isDrawn)
        #expect(seen.writing.hasForcedUpdate == isDrawn)
        #expect(seen.writing.insertFields.isEmpty == !isDrawn)
        #expect(seen.writing.updateFields.isEmpty == !isDrawn)
        #expect(seen.writing.insertRelationships.isEmpty == !isDrawn)
        #expect(seen.writing.constraints.isEmpty == !isDrawn)
    }

    @Test
    func `where nobody is to be asked nothing is noted`() throws {
        let asked = try Asked(#""read": \#(Self.allow)"#)
        let view = asked.bench.view(Self.ann)
        #expect(view.access(to: asked.articles.id).standings == nil)
        #expect(view.visibility(of: asked.articles.id).isReadable)
    }
}
