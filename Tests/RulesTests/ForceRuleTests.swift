// `force`: what a field is set to, and what cannot be set (rules of the API, section 4).
import Metadata
import Planning
import TestSupport
import Testing

@testable import Rules

struct ForceRuleTests {
    private static func entry(_ collection: String, _ field: String, _ value: String, _ operation: String = "create")
        -> String
    {
        #"""
        {"collections": {"main.\#(collection)": {"\#(operation)": {"rule": "and", "clauses": [{"rule": "allow"},
          {"rule": "force", "field": "\#(field)", "value": \#(value)}]}}}}
        """#
    }

    @Test(
        arguments: [
            ("articles", "title", #""x""#, #""x" as String"#),
            ("articles", "args.doc.title", #""x""#, #""x" as String"#),
            ("articles", "views", "7", "7 as bigint"), ("articles", "body", "null", "null"),
            ("articles", "title", #"{"literal": "args.now"}"#, #""args.now" as String"#),
            ("articles", "author_id", #""args.auth.id""#, "args.auth.id as Int"),
            ("articles", "title", #""args.op""#, #""create" as String"#),
            ("articles", "title", #""args.doc.body""#, "what is sent for body"),
            // The instant of the request.
            ("articles", "created", #""args.now""#, "args.now as timestamptz"),
            ("users", "born", #""args.now""#, "args.now as date"),
            ("articles", "title", #""args.now""#, "args.now as String"),
            ("articles", "created", #""now()""#, "args.now as timestamptz"),
            ("users", "born", #""NOW()""#, "args.now as date"),
            ("articles", "title", #""NOW()""#, #""NOW()" as String"#),
            ("articles", "created", #""2026-01-01T00:00:00Z""#, #""2026-01-01T00:00:00Z" as timestamptz"#),
            // Any JSON is a document.
            ("users", "settings", "[1]", "[1] as json"), ("users", "settings", #""NOW()""#, #""NOW()" as json"#),
            ("users", "settings", #"{"literal": {"a": 1}}"#, #"{"a":1} as json"#),
        ] as [(String, String, String, String)])
    func `it sets what its value names, as the column's type`(
        _ name: String, _ field: String, _ value: String, _ expected: String
    ) throws {
        let bench = try RuleBench(Self.entry(name, field, value))
        guard let collection = bench.catalog.collection(named: CollectionName(source: "main", collection: name)),
            let branch = bench.view(#"{"id": 1}"#).decide(.create, on: collection).branch,
            let force = branch.forces.first
        else {
            Issue.record("nothing is set")
            return
        }
        #expect(branch.forces.count == 1)
        #expect(branch.missingForForce.isEmpty)
        #expect(
            "args.doc." + collection.fields[force.field].name
                == (field.hasPrefix("args.") ? field : "args.doc." + field))
        switch force.source {
        case .null: #expect(expected == "null")
        case .sent(let other): #expect(expected == "what is sent for \(collection.fields[other].name)")
        case .parameter(let parameter, _):
            guard case .value(let kind) = parameter.target else {
                Issue.record("not a value")
                return
            }
            #expect(expected == "\(parameter) as \(kind.graphQLName)")
        }
    }

    @Test(
        arguments: [
            ("views", #""args.now""#, #"/value: args.now is a date, and "views" is bigint"#),
            ("published", #""args.now""#, #"/value: args.now is a date, and "published" is Boolean"#),
            ("created", #""yesterday""#, #"/value: "yesterday" is not a timestamptz"#),
            ("created", #""NOW""#, #"/value: "NOW" is not a timestamptz"#),
            ("views", #""NOW()""#, #"/value: "NOW()" is not a bigint"#),
            ("views", "[1]", "/value: [1] is not a bigint"),
            ("views", #""args.op""#, #"/value: "create" is not a bigint"#),
            ("title", #""args.doc.views""#, "/value: a forced value from args.doc is another column of the same type"),
            (
                "title", #""args.doc.author.name""#,
                "/value: a forced value from args.doc is another column of the same type"
            ),
            ("title", #""args.doc.titel""#, "/value: a forced value from args.doc is another column of the same type"),
            (
                "args.row.title", #""x""#,
                #"/field: "args.row.title" is not a field of the row written; write args.doc.<column>"#
            ),
            (
                "args.doc.author.name", #""x""#,
                #"/field: "args.doc.author.name" is not a field of the row written; write args.doc.<column>"#
            ),
        ] as [(String, String, String)])
    func `a mistake is named`(_ field: String, _ value: String, _ error: String) {
        #expect(
            RuleBench.errors(Self.entry("articles", field, value))
                == ["rules.json: /collections/main.articles/create/clauses/1" + error])
    }

    @Test
    func `of a view it sets what updates change`() throws {
        var view = TestCatalog.table("articles", "id Int, title String, note String", key: [], kind: .view)
        view.viewKey = ["id"]
        view.accepts = AcceptedWrites(inserts: true, updatedColumns: ["title"])
        let catalog = try TestCatalog.build([view])
        let errors = { (field: String, operation: String) in
            RuleBench.errors(Self.entry("articles", field, #""x""#, operation), catalog: catalog)
        }
        #expect(errors("title", "update").isEmpty)
        #expect(errors("note", "create").isEmpty)
        #expect(
            errors("note", "update") == [
                "rules.json: /collections/main.articles/update/clauses/1: updates of the view main.articles do not change \"note\"; "
                    + "force it in \"create\" alone"
            ])
    }
}
