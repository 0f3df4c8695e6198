// Rules over the small catalog of a blog: compiled, or what is wrong with them; and what is left of them for a caller.
import Base
import Metadata
import Planning
import TestSupport
import Testing

@testable import Rules

struct RuleBench {
    let rules: RuleSet
    let catalog: Catalog

    /// - Parameter document: a whole rules file.
    init(_ document: String, catalog: Catalog = TestCatalog.blog) throws {
        self.catalog = catalog
        rules = try RuleSet.compile(
            [RuleFile(file: "rules.json", value: JSONValue(test: document))], catalog: catalog, hasProjectKey: true)
    }

    /// With one rule for reading articles, and members of their `fields`.
    init(read rule: String, fields: String = "", named: String = "") throws {
        try self.init(
            #"""
            { "rules": { \#(named) },
              "collections": {
                "main.articles": { "read": \#(rule), "fields": { \#(fields) } },
                "main.users": { "read": { "rule": "allow" } },
                "main.comments": { "read": { "rule": "allow" } } } }
            """#)
    }

    func view(_ caller: TestCaller, now: Instant = TestGateway.now) -> ShapeView {
        ShapeView(catalog: catalog, rules: rules, shape: rules.shape(of: caller.caller, now: now))
    }

    func access(_ caller: TestCaller, to collection: String = "articles") -> CollectionAccess {
        guard let found = catalog.collection(named: CollectionName(source: "main", collection: collection)) else {
            preconditionFailure("no collection \(collection)")
        }
        return view(caller).access(to: found.id)
    }

    /// `all`, `denied`, `refused: claims`, or the residue.
    func rows(_ caller: TestCaller, isAggregate: Bool = false) -> String {
        let access = access(caller)
        return text(isAggregate ? access.aggregate : access.read)
    }

    private func text(_ rows: CollectionAccess.Rows) -> String {
        switch rows {
        case .denied: "denied"
        case .refused(let claims): "refused: \(claims.joined(separator: ", "))"
        case .admitted(.constant(.isTrue)): "all"
        case .admitted(let predicate): RowPredicateText(catalog: catalog).text(predicate)
        }
    }

    /// How a field is seen: `hidden`, `clear`, or its value, with `?` where the rules may null it.
    func field(_ name: String, _ caller: TestCaller) -> String {
        let access = access(caller)
        guard let collection = catalog.collection(named: CollectionName(source: "main", collection: "articles")),
            let index = collection.fieldIndex(named: name)
        else { return "no such field" }
        let field = access.fields[index]
        switch field.visibility {
        case .hidden: return "hidden"
        case .clear: return "clear"
        case .sealed: return "sealed " + field.value.describe(in: catalog)
        case .altered(let mayBeNull): return field.value.describe(in: catalog) + (mayBeNull ? " ?" : "")
        }
    }

    /// What is wrong with a rules file, one line a mistake.
    static func errors(_ documents: String..., catalog: Catalog = TestCatalog.blog, hasProjectKey: Bool = true)
        -> [String]
    {
        let files = documents.enumerated().map { index, text in
            RuleFile(file: index == 0 ? "rules.json" : "more.json", value: JSONValue(test: text))
        }
        do {
            _ = try RuleSet.compile(files, catalog: catalog, hasProjectKey: hasProjectKey)
            compareWithSchema(files, [])
            return []
        } catch {
            compareWithSchema(files, error.errors)
            return error.errors.map(\.description)
        }
    }

    private static let schema = JSONSchema.contract("rules.schema.json")

    /// Every file that a test makes wrong, and every one that it makes right, is a case for the schema.
    private static func compareWithSchema(_ files: [RuleFile], _ errors: [ConfigurationError]) {
        for file in files {
            // The reader looks no further into a file of which another one has said it all.
            let own = errors.filter { $0.file == file.file }
            if own.isEmpty, !errors.isEmpty { continue }
            let difference = SchemaAgreement.difference(file.value, own, schema)
            #expect(difference == nil, "\(file.value.text)")
        }
    }
}
