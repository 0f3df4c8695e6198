// What is wrong with a rules file is said with file, JSON pointer, the mistake and what would be right; nothing is
// skipped, so nothing fails open (rules of the API, section 1.1).
import Metadata
import TestSupport
import Testing

@testable import Rules

struct RuleErrorTests {
    private static let articles = "rules.json: /collections/main.articles"

    // MARK: The file

    @Test(
        arguments: [
            ("[]", "rules.json: must be an object, not a list"),
            (
                #"{"colections": {}}"#,
                #"rules.json: /colections: unknown section "colections"; did you mean "collections"?"#
            ),
            (#"{"topics": {}}"#, #"rules.json: /topics: the section "topics" is not supported by this version"#),
            (#"{"collections": []}"#, "rules.json: /collections: must be an object, not a list"),
            (
                #"{"collections": {"main.article": {}}}"#,
                #"rules.json: /collections/main.article: unknown collection "main.article"; did you mean "main.articles"?"#
            ),
            (
                #"{"collections": {"main.Articles": {}}}"#,
                #"rules.json: /collections/main.Articles: unknown collection "main.Articles"; did you mean "main.articles"?"#
            ),
            (
                #"{"collections": {"articles": {}}}"#,
                #"rules.json: /collections/articles: unknown collection "articles""#
            ),
            (#"{"collections": {"main.articles": 1}}"#, "\(articles): must be an object, not a number"),
            (
                #"{"collections": {"main.articles": {"reed": {"rule": "allow"}}}}"#,
                #"\#(articles)/reed: unknown operation "reed"; did you mean "read"?"#
            ),
            (
                #"{"collections": {"main.articles": {"limits": {}}}}"#,
                #"\#(articles)/limits: must be a list, not an object"#
            ),
            (
                #"{"collections": {"main.articles": {"fields": {"titel": {}}}}}"#,
                #"\#(articles)/fields/titel: unknown field of main.articles "titel"; did you mean "title"?"#
            ),
            (
                #"{"collections": {"main.articles": {"fields": {"title": {"delete": {"rule": "allow"}}}}}}"#,
                #"\#(articles)/fields/title/delete: unknown operation of a field "delete""#
            ),
            (
                #"{"rules": {"a": {"rule": "alow"}}}"#,
                #"rules.json: /rules/a/rule: unknown rule kind "alow"; did you mean "allow"?"#
            ),
            // Also in a rule that nothing uses.
            (
                #"{"rules": {"a": {"rule": "where", "where": []}}}"#,
                "rules.json: /rules/a/where: must be an object, not a list"
            ),
            (
                #"{"rules": {"a": {"rule": "query", "collection": "main.users", "where": 1}}}"#,
                "rules.json: /rules/a/where: must be an object, not a number"
            ),
        ] as [(String, String)])
    func `a mistake in the file is named`(_ document: String, _ error: String) {
        #expect(RuleBench.errors(document) == [error])
    }

    @Test
    func `the same collection in two files is an error`() {
        let document = #"{"collections": {"main.articles": {"read": {"rule": "allow"}}}}"#
        #expect(
            RuleBench.errors(document, document)
                == [#"more.json: /collections/main.articles: "main.articles" stands in rules.json already"#])
    }

    @Test
    func `a named rule and a collection may share a name over two files`() {
        #expect(
            RuleBench.errors(
                #"{"rules": {"main.articles": {"rule": "allow"}}}"#, #"{"collections": {"main.articles": {}}}"#
            )
            .isEmpty)
    }

    @Test
    func `every mistake is told, not just the first`() {
        let errors = RuleBench.errors(
            #"{"collections": {"main.articles": {"read": {"rule": "alow"}}, "main.user": {}, "main.users": {"red": 1}}}"#
        )
        #expect(errors.count == 3)
    }

    // MARK: One rule

    @Test(
        arguments: [
            ("true", "/read: a rule must be an object, not a boolean"),
            ("{}", #"/read: the key "rule" is missing"#),
            (#"{"rule": 1}"#, "/read/rule: must be a string, not a number"),
            (#"{"rule": "alow"}"#, #"/read/rule: unknown rule kind "alow"; did you mean "allow"?"#),
            (#"{"rule": "Allow"}"#, #"/read/rule: unknown rule kind "Allow"; did you mean "allow"?"#),
            (
                #"{"rule": "function", "service": "rules", "function": "may"}"#,
                #"/read/rule: the rule kind "function" is not supported by this version"#
            ),
            (#"{"rule": "allow", "clause": {}}"#, #"/read/clause: unknown key "clause""#),
            (#"{"rule": "and", "clauses": []}"#, #"/read/clauses: "clauses" must not be empty"#),
            (#"{"rule": "or", "clauses": []}"#, #"/read/clauses: "clauses" must not be empty"#),
            (#"{"rule": "or", "clauses": {"rule": "allow"}}"#, "/read/clauses: must be a list, not an object"),
            (#"{"rule": "and"}"#, #"/read: the key "clauses" is missing"#),
            (#"{"rule": "not"}"#, #"/read: the key "clause" is missing"#),
            (#"{"rule": "not", "clause": [{"rule": "deny"}]}"#, "/read/clause: a rule must be an object, not a list"),
            (
                #"{"rule": "or", "clauses": [{"rule": "allow"}, {"rule": "dney"}]}"#,
                #"/read/clauses/1/rule: unknown rule kind "dney"; did you mean "deny"?"#
            ),
            (#"{"rule": "ref"}"#, #"/read: the key "name" is missing"#),
            (#"{"rule": "ref", "name": "isEditr"}"#, #"/read: unknown rule "isEditr"; did you mean "isEditor"?"#),
            (
                #"{"rule": "ref", "name": "loop"}"#,
                #"/rules/back: the rule "loop" refers to itself: loop → back → loop"#
            ),
            (
                #"{"rule": "or", "clauses": [{"rule": "ref", "name": "selfish"}]}"#,
                #"/rules/selfish/clauses/0: the rule "selfish" refers to itself: selfish → selfish"#
            ),
            (
                #"{"rule": "mask", "with": null}"#,
                #"/read: an action never admits: a mask stands in the entry of a field"#
            ),
            (
                #"{"rule": "ref", "name": "masked"}"#,
                #"/rules/masked: an action never admits: a mask stands in the entry of a field"#
            ),
        ] as [(String, String)])
    func `a mistake in the form of a rule is named`(_ rule: String, _ error: String) {
        #expect(errors(inRead: rule) == [Self.place(error)])
    }

    @Test
    func `a misspelt key is named beside the one that is missing`() {
        #expect(
            errors(inRead: #"{"rule": "or", "claus": [{"rule": "allow"}]}"#) == [
                Self.place(#"/read/claus: unknown key "claus"; did you mean "clauses"?"#),
                Self.place(#"/read: the key "clauses" is missing"#),
            ])
    }

    @Test
    func `rules nest only so deep`() {
        let levels = RuleDecoder.maximumDepth
        let nest = { (levels: Int) in
            String(repeating: #"{"rule": "not", "clause": "#, count: levels) + #"{"rule": "allow"}"#
                + String(repeating: "}", count: levels)
        }
        #expect(errors(inRead: nest(levels - 1)).isEmpty)
        for deep in [nest(levels), nest(levels + 20)] {
            let errors = errors(inRead: deep)
            #expect(errors.count == 1)
            #expect(errors.first?.hasSuffix("/clause: rules nest deeper than \(levels) levels") == true)
        }
    }

    // MARK: match

    @Test(
        arguments: [
            (
                #""type": "int", "eval": "==", "f1": 1, "f2": 1"#,
                #"/type: unknown type "int"; must be one of "string", "number", "bool", "date""#
            ),
            (
                #""type": "numbr", "eval": "==", "f1": 1, "f2": 1"#,
                #"/type: unknown type "numbr"; did you mean "number"?"#
            ),
            (
                #""type": "number", "eval": "notin", "f1": 1, "f2": [1]"#,
                #"/eval: unknown eval "notin"; did you mean "notIn"?"#
            ),
            (
                #""type": "number", "eval": "==", "f1": 1, "f2": null"#,
                #"/f2: a literal null is unknown in every comparison; use a "where" with _is_null"#
            ),
            (#""type": "number", "eval": "==", "f1": "args.auth.id", "f2": "seven""#, "/f2: is not a number"),
            (#""type": "string", "eval": "==", "f1": "args.auth.id", "f2": 7"#, "/f2: is not a string"),
            (#""type": "number", "eval": "==", "f1": "seven", "f2": "args.row.views""#, "/f1: is not a number"),
            (#""type": "number", "eval": "==", "f1": "args.row.views", "f2": "seven""#, "/f2: is not a number"),
            (#""type": "bool", "eval": "==", "f1": "args.auth.on", "f2": "true""#, "/f2: is not a bool"),
            (#""type": "date", "eval": "==", "f1": "args.now", "f2": "2026-02-30""#, "/f2: is not a date"),
            (#""type": "number", "eval": "in", "f1": "args.auth.id", "f2": 7"#, "/f2: must be a list, not a number"),
            (#""type": "number", "eval": "in", "f1": "args.auth.id", "f2": [7, "x"]"#, "/f2/1: is not a number"),
            (#""type": "number", "eval": "like", "f1": "args.auth.id", "f2": "7%""#, "/f2: is not a number"),
            (
                #""type": "number", "eval": "like", "f1": "args.row.views", "f2": "args.auth.id""#,
                #"/eval: "like" compares strings; use "type": "string""#
            ),
            (
                #""type": "string", "eval": "like", "f1": "args.row.title", "f2": "a\\""#,
                #"/f2: the pattern must not end with the escape character \"#
            ),
            (
                #""type": "number", "eval": "==", "f1": "args.row.title", "f2": 1"#,
                "/f1: a number cannot compare with title, which is String"
            ),
            (
                #""type": "string", "eval": "==", "f1": "args.row.views", "f2": "1""#,
                "/f1: a string cannot compare with views, which is bigint"
            ),
            (
                #""type": "number", "eval": "==", "f1": "args.row.titel", "f2": 1"#,
                #"/f1: unknown column of main.articles "titel"; did you mean "title"?"#
            ),
            (
                #""type": "number", "eval": "==", "f1": "args.row.Views", "f2": 1"#,
                #"/f1: unknown column of main.articles "Views"; did you mean "views"?"#
            ),
            (
                #""type": "number", "eval": "==", "f1": "args.row.autor.id", "f2": 1"#,
                #"/f1: unknown relationship of main.articles "autor"; did you mean "author"?"#
            ),
            (
                #""type": "number", "eval": "==", "f1": "args.row.author", "f2": 1"#,
                #"/f1: "author" is a relationship; name a column of it, such as "author.id""#
            ),
            (
                #""type": "number", "eval": "==", "f1": "args.row", "f2": 1"#,
                #"/f1: "args.row" names nothing; write "args.row.name""#
            ),
            (
                #""type": "number", "eval": "==", "f1": "args.auth", "f2": 1"#,
                #"/f1: "args.auth" names nothing; write "args.auth.name""#
            ),
            (
                #""type": "number", "eval": "==", "f1": "args.params.id", "f2": 1"#,
                #"/f1: "args.params.id" has no meaning here: args.params exists only in rules of functions, topics and files"#
            ),
            (
                #""type": "number", "eval": "==", "f1": "args.", "f2": 1"#,
                #"/f1: "args." is not a variable; a claim is written args.auth.name or args.auth["na.me"]"#
            ),
            (
                #""type": "number", "eval": "==", "f1": "args.auth[id]", "f2": 1"#,
                #"/f1: "args.auth[id]" is not a variable; a claim is written args.auth.name or args.auth["na.me"]"#
            ),
            (
                #""type": "number", "eval": "==", "f1": "args.doc.views", "f2": 1"#,
                "/f1: args.doc has no meaning in a rule for read: nothing is written"
            ),
            (
                #""type": "string", "eval": "==", "f1": "args.now", "f2": "x""#,
                #"/f1: args.now is a date; use "type": "date""#
            ),
            (
                #""type": "string", "eval": "in", "f1": "args.auth.t", "f2": "args.row.title""#,
                #"/f2: "in" takes no stored value on its right side; put the stored value into f1"#
            ),
            (
                #""type": "string", "eval": "in", "f1": "args.row.body", "f2": "args.row.title""#,
                #"/f2: "in" cannot compare two stored values"#
            ),
            (
                #""type": "number", "eval": "==", "f1": "args.row.comments.author_id", "f2": "args.row.comments.id""#,
                "/f2: a path through a to-many relationship cannot stand beside another one"
            ),
            (
                #""type": "number", "eval": "==", "f1": "args.row.id", "f2": {"literel": 1}"#,
                #"/f2: an operand is a literal, a variable, or {"literal": …}"#
            ),
            (
                #""type": "number", "eval": "==", "f1": "args.row.id", "f3": 1, "f2": 1"#,
                #"/f3: unknown key "f3"; did you mean "f1" or "f2"?"#
            ),
            (#""type": "number", "eval": "==", "f1": "args.row.id""#, #": the key "f2" is missing"#),
        ] as [(String, String)])
    func `a mistake in a match is named`(_ members: String, _ error: String) {
        #expect(errors(inRead: #"{"rule": "match", \#(members)}"#) == [Self.place("/read" + error)])
    }

    @Test
    func `an unknown variable is named`() {
        let errors = errors(
            inRead: #"{"rule": "match", "type": "number", "eval": "==", "f1": "args.atuh.id", "f2": 1}"#)
        #expect(errors.count == 1)
        #expect(errors.first?.hasPrefix(Self.place(#"/read/f1: unknown variable "args.atuh.id""#)) == true)
    }

    // MARK: where

    @Test(
        arguments: [
            ("[]", ": must be an object, not a list"),
            (
                #"{"titel": {"_eq": "x"}}"#,
                #"/titel: unknown column or relationship of main.articles "titel"; did you mean "title"?"#
            ),
            (#"{"title": "x"}"#, "/title: must be an object, not a string"),
            (#"{"title": {"eq": "x"}}"#, #"/title/eq: unknown operator of String "eq"; did you mean "_eq"?"#),
            (#"{"title": {"_regex": "x"}}"#, #"/title/_regex: unknown operator of String "_regex""#),
            (#"{"views": {"_like": "x"}}"#, #"/views/_like: unknown operator of bigint "_like"; did you mean "_lte"?"#),
            (#"{"title": {"_eq": null}}"#, "/title/_eq: a comparison with null is unknown for every row; use _is_null"),
            (#"{"title": {"_is_null": 1}}"#, "/title/_is_null: must be true or false, not a number"),
            (#"{"views": {"_eq": "x"}}"#, #"/views/_eq: "x" is not a bigint"#),
            (#"{"views": {"_eq": 1.5, "_gt": true}}"#, "/views/_gt: true is not a bigint"),
            (#"{"title": {"_eq": 7}}"#, "/title/_eq: 7 is not a String"),
            (#"{"title": {"_in": "x"}}"#, #"/title/_in: "x" is not a list of String"#),
            (#"{"views": {"_in": [1, "x"]}}"#, "/views/_in/1: is not a bigint"),
            (#"{"title": {"_like": "x\\"}}"#, "/title/_like: LIKE pattern must not end with escape character"),
            (#"{"created": {"_gt": "yesterday"}}"#, #"/created/_gt: "yesterday" is not a timestamptz"#),
            (#"{"title": {"_gt": "args.now"}}"#, "/title/_gt: args.now cannot compare with String"),
            (
                #"{"title": {"_eq": "args.doc.title"}}"#,
                "/title/_eq: args.doc has no meaning in a where, which looks at the stored row"
            ),
            (
                #"{"comments": {"text": {"_eq": "args.row.title"}}}"#,
                #"/comments/text/_eq: args.row cannot be named inside a relationship's filter; use a match with a path, such as "args.row.author.org_id""#
            ),
            (
                #"{"comments": {"txt": {"_eq": "x"}}}"#,
                #"/comments/txt: unknown column or relationship of main.comments "txt"; did you mean "text"?"#
            ),
            (#"{"_an": []}"#, #"/_an: unknown column or relationship of main.articles "_an"; did you mean "_and"?"#),
            (#"{"_or": "x"}"#, "/_or: must be a list, not a string"),
            (#"{"_not": []}"#, "/_not: must be an object, not a list"),
        ] as [(String, String)])
    func `a mistake in a where is named`(_ filter: String, _ error: String) {
        #expect(errors(inRead: #"{"rule": "where", "where": \#(filter)}"#) == [Self.place("/read/where" + error)])
    }

    @Test(
        arguments: [
            (
                #"{"rule": "where", "where": {"id": {"_eq": 1}}}"#,
                "/create/where: where has no meaning in a rule for create: there is no stored row; use check"
            ),
            (
                #"{"rule": "match", "type": "number", "eval": "==", "f1": "args.row.id", "f2": 1}"#,
                "/create/f1: args.row has no meaning in a rule for create: there is no stored row"
            ),
        ] as [(String, String)])
    func `the stored row has no meaning where nothing is stored yet`(_ rule: String, _ error: String) {
        let document = #"{"collections": {"main.articles": {"create": \#(rule)}}}"#
        #expect(RuleBench.errors(document) == [Self.place(error)])
    }

    // MARK: Named rules

    @Test
    func `a named rule is checked for each collection that uses it`() {
        let document = #"""
            { "rules": { "titled": { "rule": "where", "where": { "title": { "_eq": "x" } } } },
              "collections": {
                "main.articles": { "read": { "rule": "ref", "name": "titled" } },
                "main.users": { "read": { "rule": "ref", "name": "titled" } } } }
            """#
        #expect(
            RuleBench.errors(document)
                == [#"rules.json: /rules/titled/where/title: unknown column or relationship of main.users "title""#])
    }

    // MARK: mask

    @Test(
        arguments: [
            ("title", #"{"rule": "mask"}"#, #": the key "with" is missing"#),
            (
                "title", #"{"rule": "mask", "with": []}"#,
                #"/with: must be null, "hash", "last4" or a literal, not a list"#
            ),
            ("title", #"{"rule": "mask", "with": 7}"#, #": the mask's literal is not a String, which "title" is"#),
            ("views", #"{"rule": "mask", "with": "x"}"#, #": the mask's literal is not a bigint, which "views" is"#),
            (
                "views", #"{"rule": "mask", "with": "last4"}"#,
                #": "hash" and "last4" need a text column, and "views" is bigint; use null or a literal"#
            ),
            (
                "created", #"{"rule": "mask", "with": "hash"}"#,
                #": "hash" and "last4" need a text column, and "created" is timestamptz; use null or a literal"#
            ),
            (
                "title", #"{"rule": "not", "clause": {"rule": "mask", "with": null}}"#,
                #": an action has no meaning under "not""#
            ),
            (
                "title", #"{"rule": "or", "clauses": [{"rule": "mask", "with": null}, {"rule": "allow"}]}"#,
                #"/clauses/0: an action never admits: beside it, an "and" needs a condition"#
            ),
            (
                "title",
                #"{"rule": "and", "clauses": [{"rule": "mask", "with": null}, {"rule": "mask", "with": "x"}]}"#,
                ": two masks apply to one value"
            ),
            (
                "title", #"{"rule": "mask", "with": null, "clause": {"rule": "mask", "with": null}}"#,
                #"/clause: an action never admits: a mask stands in the entry of a field, beside a condition and never under "or" alone or "not""#
            ),
            (
                "author", #"{"rule": "mask", "with": null}"#,
                ": an action never admits: a mask stands in the entry of a field"
            ),
        ] as [(String, String, String)])
    func `a mistake in a mask is named`(_ field: String, _ rule: String, _ error: String) {
        let document = #"{"collections": {"main.articles": {"fields": {"\#(field)": {"read": \#(rule)}}}}}"#
        #expect(RuleBench.errors(document) == [Self.place("/fields/\(field)/read" + error)])
    }

    @Test
    func `a hash needs the key of the project`() {
        let document =
            #"{"collections": {"main.articles": {"fields": {"title": {"read": {"rule": "mask", "with": "hash"}}}}}}"#
        let message =
            #"/fields/title/read: the mask "hash" needs the project's key; set "project": { "key": "env:NAME" } in the configuration"#
        #expect(RuleBench.errors(document, hasProjectKey: false) == [Self.place(message)])
        #expect(RuleBench.errors(document).isEmpty)
    }

    @Test
    func `a name that is a column and a relationship is an error`() throws {
        let catalog = try TestCatalog.build(
            TestCatalog.blogTables,
            source: #"""
                "track": "all", "collections": { "articles": {
                  "fields": { "body": { "name": "content" } },
                  "relationships": { "body": { "object": "users", "on": { "author_id": "id" } } } } }
                """#)
        #expect(
            RuleBench.errors(
                #"{"collections": {"main.articles": {"fields": {"body": {"read": {"rule": "deny"}}}}}}"#,
                catalog: catalog)
                == [
                    Self.place(
                        #"/fields/body: "body" is both a column and a relationship of main.articles; rename the relationship in the configuration"#
                    )
                ])
    }

    @Test
    func `an open relationship over a guarded column is warned about`() throws {
        let bench = try RuleBench(
            read: #"{"rule": "allow"}"#,
            fields: #""author_id": {"read": {"rule": "deny"}}, "comments": {"read": {"rule": "deny"}}"#)
        #expect(
            bench.rules.warnings.map(\.description) == [
                #"rules.json: /collections/main.articles: the relationship "author" is open while its column "author_id" is guarded: callers still see which row it leads to"#
            ])
    }

    // MARK: Set-up

    private func errors(inRead rule: String) -> [String] {
        RuleBench.errors(
            #"""
            { "rules": {
                "isEditor": { "rule": "match", "type": "string", "eval": "==", "f1": "args.auth.role", "f2": "editor" },
                "loop": { "rule": "not", "clause": { "rule": "ref", "name": "back" } },
                "back": { "rule": "ref", "name": "loop" },
                "selfish": { "rule": "and", "clauses": [ { "rule": "ref", "name": "selfish" }, { "rule": "mask", "with": null } ] },
                "masked": { "rule": "mask", "with": null } },
              "collections": { "main.articles": { "read": \#(rule) } } }
            """#)
    }

    /// A pointer below the entry of the articles, or one of its own.
    private static func place(_ error: String) -> String {
        error.hasPrefix("/rules/") ? "rules.json: \(error)" : articles + error
    }

    @Test(arguments: [
        ("key", "name", false), ("name", "key", false), ("key", "other", true), ("name", "label", true),
        ("born", "opened", false), ("born", "named", true), ("made", "seen", true),
    ])
    func `columns stand beside each other if every database compares them`(
        _ first: String, _ second: String, _ isRight: Bool
    ) throws {
        let catalog = try TestCatalog.build([
            TestCatalog.table(
                "things",
                "id Int, key uuid, other uuid, name String, label String, born date, named date, opened time, made timestamp, seen timestamptz"
            )
        ])
        let isDate = ["born", "made"].contains(first)
        let rules = [
            #"{"rule": "match", "type": "\#(isDate ? "date" : "string")", "eval": "==", "f1": "args.row.\#(first)", "f2": "args.row.\#(second)"}"#,
            #"{"rule": "where", "where": {"\#(first)": {"_eq": "args.row.\#(second)"}}}"#,
        ]
        for rule in rules {
            let document = #"{"collections": {"main.things": {"read": \#(rule)}}}"#
            #expect(RuleBench.errors(document, catalog: catalog).isEmpty == isRight, "\(rule)")
        }
    }

    @Test
    func `a uuid is no text that is like another`() throws {
        let catalog = try TestCatalog.build([TestCatalog.table("things", "id Int, key uuid, name String")])
        for (column, isRight) in [("key", false), ("name", true)] {
            let rule = #"{"rule": "match", "type": "string", "eval": "like", "f1": "args.row.\#(column)", "f2": "a%"}"#
            let errors = RuleBench.errors(#"{"collections": {"main.things": {"read": \#(rule)}}}"#, catalog: catalog)
            #expect(errors.isEmpty == isRight, "\(errors)")
        }
    }

    @Test
    func `a claim stands beside no type whose texts only the database knows`() throws {
        var hosts = TestCatalog.table("hosts", "id Int, address String")
        hosts.columns[1].type = .other(DatabaseType("inet"))
        let catalog = try TestCatalog.build([hosts])
        let errors = { (operand: String) in
            RuleBench.errors(
                #"{"collections": {"main.hosts": {"read": {"rule": "where", "where": {"address": {"_eq": \#(operand)}}}}}}"#,
                catalog: catalog)
        }
        #expect(errors(#""127.0.0.1""#).isEmpty)
        #expect(
            errors(#""args.auth.address""#) == [
                "rules.json: /collections/main.hosts/read/where/address/_eq: "
                    + "a claim cannot stand beside inet: only the database knows which texts are values of it"
            ])
    }
}
