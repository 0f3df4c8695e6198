// Functions of a PostgreSQL database as root fields and as fields of rows: what they are given, whose rules bind what they
// return, and that none runs where it must not (rules of the API, sections 2 and 3).
import Gateway
import Metadata
import TestSupport
import Testing

@Suite(.enabled(if: PostgresCluster.isInstalled, Comment(rawValue: PostgresCluster.missing)))
struct FunctionTests {
    private static let script = """
        create table authors (id int primary key, name text not null, nick text, team text not null);
        create table articles (
          id int primary key, title text not null, author_id int not null references authors, published boolean not null,
          views int not null);
        insert into authors values (1, 'Ada', 'A', 'red'), (2, 'Ben', null, 'blue');
        insert into articles values
          (1, 'Alpha', 1, true, 5), (2, 'Beta', 1, false, 0), (3, 'Gamma', 2, true, 7), (4, 'Delta', 2, false, 0);

        create function search_articles(search text) returns setof articles language sql stable as
          $$ select * from articles where title ilike '%' || search || '%' order by title desc $$;
        comment on function search_articles(text) is 'By their titles.';
        create function picked(lowest int, integer default 100, boolean default null) returns setof articles
          language sql stable as $$
          select * from articles where id >= lowest and id <= $2 and ($3 is null or published = $3) order by id $$;
        -- Becomes part of the statement that calls it: views is an expression then.
        create function shares() returns setof articles language sql stable as
          $$ select id, title, author_id, published, 100 / views from articles $$;
        create function mine(hello json) returns setof articles language sql stable as
          $$ select * from articles where author_id = (hello ->> 'id')::int order by id $$;
        create table calls (id int generated always as identity primary key, who text);
        create function add_article(id int, title text, claims json) returns setof articles language plpgsql volatile as $$
          begin
            insert into calls (who) values (claims ->> 'id');
            return query insert into articles values (id, title, (claims ->> 'id')::int, false, 1) returning *;
          end $$;
        create function counted(text) returns setof articles language plpgsql volatile as
          $$ begin insert into calls (who) values ($1); return query select * from articles order by articles.id; end $$;

        create function full_name(authors) returns text language sql stable as
          $$ select $1.name || coalesce(' ' || $1.nick, '') $$;
        create function greeting(row_of authors, claims jsonb, mark text default '!') returns text language sql stable as
          $$ select coalesce(claims ->> 'id', 'you') || ' ' || row_of.name || mark $$;
        create function strict_name(row_of articles) returns text language plpgsql stable as
          $$ begin if not row_of.published then raise 'secret: %', row_of.title; end if; return row_of.title; end $$;
        create function found_articles(search text, author_row authors) returns setof articles language sql stable as
          $$ select * from articles where author_id = author_row.id and title ilike '%' || search || '%' order by id desc $$;
        """

    private static let source = """
        "track": "all",
        "functions": {
          "search_articles": {}, "picked": { "name": "picked_articles" }, "shares": {}, "mine": { "sessionArgument": "hello" },
          "add_article": { "sessionArgument": "claims" }, "counted": {} },
        "collections": {
          "authors": { "computedFields": {
            "full_name": { "function": "full_name" },
            "greeting": { "function": "greeting", "tableArgument": "row_of", "sessionArgument": "claims" },
            "found": { "function": "found_articles", "tableArgument": "author_row" } } },
          "articles": { "computedFields": { "strict_name": { "function": "strict_name" } } } }
        """

    /// Members see what is published, and what is of their own team; `team` of a member is looked up through the author.
    private static let rules = """
        "main.articles": {
          "read": { "rule": "or", "clauses": [
            { "rule": "match", "type": "string", "eval": "==", "f1": "args.auth.role", "f2": "editor" },
            { "rule": "where", "where": { "author": { "team": { "_eq": "args.auth.team" } } } } ] },
          "fields": { "strict_name": { "read": { "rule": "authenticated" } } } },
        "main.authors": {
          "read": { "rule": "authenticated" },
          "fields": {
            "full_name": { "read": { "rule": "authenticated" } }, "greeting": { "read": { "rule": "authenticated" } },
            "found": { "read": { "rule": "match", "type": "number", "eval": "==", "f1": "args.row.id", "f2": "args.auth.id" } } } },
        "main.calls": { "read": { "rule": "authenticated" } }
        """

    private static let ada = TestCaller(stringLiteral: #"{"id":1,"team":"red"}"#)
    private static let editor = TestCaller(stringLiteral: #"{"id":9,"role":"editor","team":"none"}"#)

    private static func gateway(_ functions: String = "") async throws -> TestGateway {
        try await TestGateway.make(
            sql: script, collections: rules, source: source, functions: functions, in: .postgres)
    }

    @Test func `a function is a list with arguments of its own, in its own order`() async throws {
        let gateway = try await Self.gateway()
        let data = { (query: String) in await gateway.data(query, as: .admin) }
        #expect(
            await data(#"{ search_articles(args: {search: "a"}) { id author { name } } }"#)
                == #"{"search_articles":[{"id":3,"author":{"name":"Ben"}},{"id":4,"author":{"name":"Ben"}},{"id":2,"author":{"name":"Ada"}},{"id":1,"author":{"name":"Ada"}}]}"#
        )
        #expect(
            await data(
                #"{ search_articles(args: {search: "a"}, where: {published: {_eq: true}}, order_by: {id: asc}, limit: 1) { id } }"#
            ) == #"{"search_articles":[{"id":1}]}"#)
        #expect(
            await data(#"{ search_articles(args: {search: "ta"}, distinct_on: author_id) { id } }"#)
                == #"{"search_articles":[{"id":2},{"id":4}]}"#)
        #expect(
            await data(
                #"{ search_articles_aggregate(args: {search: "ta"}) { aggregate { count max { id } } nodes { id } } }"#)
                == #"{"search_articles_aggregate":{"aggregate":{"count":2,"max":{"id":4}},"nodes":[{"id":4},{"id":2}]}}"#
        )
    }

    @Test func `arguments are variables, null, or left out from the end`() async throws {
        let gateway = try await Self.gateway()
        let query = "query($a: picked_articles_args!) { picked_articles(args: $a) { id } }"
        let cases = [
            (#"{"lowest": 2}"#, "[2,3,4]"), (#"{"lowest": 2, "arg_1": 3}"#, "[2,3]"),
            (#"{"lowest": 1, "arg_1": 9, "arg_2": true}"#, "[1,3]"), (#"{"lowest": 1, "arg_1": null}"#, "[]"),
            (#"{"lowest": null}"#, "[]"),
        ]
        for (arguments, expected) in cases {
            let ids = "{\"picked_articles\":" + expected.replacing(#/\d/#) { "{\"id\":\($0.output)}" } + "}"
            #expect(await gateway.data(query, "{\"a\":\(arguments)}", as: .admin) == ids, "\(arguments)")
        }
        #expect(
            await gateway.failure("{ picked_articles(args: {lowest: 1, arg_2: true}) { id } }", as: .admin)
                == "not-supported at $.selectionSet.picked_articles.args.args: Only last set of positional arguments can be omitted"
        )
        #expect(
            await gateway.failure("{ picked_articles(args: {arg_1: 1}) { id } }", as: .admin)
                == "not-supported at $.selectionSet.picked_articles.args.args: Non default arguments cannot be omitted")
        #expect(
            await gateway.failure(query, #"{"a": {"lowest": 3000000000}}"#, as: .admin) != "no error")
    }

    @Test func `rules of the collection bind the rows a function returns, and counts of them`() async throws {
        let gateway = try await Self.gateway()
        #expect(
            await gateway.data(#"{ search_articles(args: {search: "a"}) { id } }"#, as: Self.ada)
                == #"{"search_articles":[{"id":2},{"id":1}]}"#)
        #expect(
            await gateway.data(
                #"{ search_articles_aggregate(args: {search: "a"}) { aggregate { count } } }"#, as: Self.ada)
                == #"{"search_articles_aggregate":{"aggregate":{"count":2}}}"#)
        #expect(
            await gateway.failure(#"{ search_articles(args: {search: "a"}) { id } }"#).hasPrefix("not-found at $"))
    }

    /// The planner is free to ask the caller's filter first, and the body of the function becomes part of the statement.
    @Test func `a caller's filter is not asked of rows that are hidden`() async throws {
        let gateway = try await TestGateway.make(
            sql: Self.script + "update articles set views = 1 where author_id = 1;", collections: Self.rules,
            source: Self.source, in: .postgres)
        #expect(
            await gateway.data("{ shares(where: {views: {_gt: 99}}, order_by: {id: asc}) { id } }", as: Self.ada)
                == #"{"shares":[{"id":1},{"id":2}]}"#)
        #expect(
            await gateway.data("{ shares_aggregate(where: {views: {_gt: 99}}) { aggregate { count } } }", as: Self.ada)
                == #"{"shares_aggregate":{"aggregate":{"count":2}}}"#)
        #expect(await gateway.failure("{ shares { id views } }", as: Self.editor).hasPrefix("data-exception"))
    }

    @Test func `the session argument is hidden and holds the claims`() async throws {
        let gateway = try await Self.gateway()
        #expect(await gateway.data("{ mine { id } }", as: Self.ada) == #"{"mine":[{"id":1},{"id":2}]}"#)
        #expect(await gateway.data("{ mine { id } }", as: Self.editor) == #"{"mine":[]}"#)
        // Statements are shared by callers of one shape: the claims are a value of each.
        let other = TestCaller(stringLiteral: #"{"id":2,"team":"blue"}"#)
        #expect(await gateway.data("{ mine { id } }", as: other) == #"{"mine":[{"id":3},{"id":4}]}"#)
        #expect(
            await gateway.failure("{ mine(args: {hello: \"{}\"}) { id } }", as: Self.ada).hasPrefix("validation-failed")
        )
        #expect(await gateway.data("{ mine { id } }", as: .admin) == #"{"mine":[]}"#)
    }

    @Test func `a function that may change data is a mutation, and closed until a rule opens it`() async throws {
        let closed = try await Self.gateway()
        #expect(
            await closed.failure(#"{ counted(args: {arg_1: "x"}) { id } }"#, as: .admin).hasPrefix("validation-failed"))
        let mutation = #"mutation { add_article(args: {id: 9, title: "New"}) { id title author { name } } }"#
        #expect(await closed.failure(mutation, as: Self.ada).hasPrefix("validation-failed"))
        #expect(await closed.data("{ calls { who } }", as: .admin) == #"{"calls":[]}"#)

        let open = try await Self.gateway(
            #""main.add_article": { "call": { "rule": "match", "type": "string", "eval": "==", "f1": "args.auth.team", "f2": "red" } }"#
        )
        #expect(
            await open.data(mutation, as: Self.ada)
                == #"{"add_article":[{"id":9,"title":"New","author":{"name":"Ada"}}]}"#)
        let blue = TestCaller(stringLiteral: #"{"id":2,"team":"blue"}"#)
        #expect(await open.failure(mutation, as: blue).hasPrefix("validation-failed"))
        #expect(await open.data("{ calls { who } }", as: .admin) == #"{"calls":[{"who":"1"}]}"#)
        // All or nothing, with the other fields of the document.
        let twice =
            #"mutation { a: add_article(args: {id: 10, title: "A"}) { id } b: add_article(args: {id: 10, title: "B"}) { id } }"#
        #expect(await open.failure(twice, as: Self.ada).hasPrefix("constraint-violation"))
        #expect(await open.data("{ calls { who } }", as: .admin) == #"{"calls":[{"who":"1"}]}"#)
    }

    @Test(arguments: [
        "", ", where: {id: {_eq: 1}}", ", where: {_or: []}", ", where: {id: {_in: []}}", ", limit: 0",
        ", limit: 1, offset: 99",
        ", distinct_on: author_id", ", order_by: {title: desc}",
    ])
    func `a mutation's function is called once, whatever is asked of its rows`(_ arguments: String) async throws {
        let gateway = try await Self.gateway(#""main.counted": { "call": { "rule": "authenticated" } }"#)
        let answer = await gateway.data(
            "mutation { counted(args: {arg_1: \"x\"}\(arguments)) { id author { name } } }", as: Self.ada)
        #expect(answer.hasPrefix(#"{"counted":["#), "\(answer)")
        #expect(!answer.contains("\"id\":3"), "a row that is hidden: \(answer)")
        #expect(await gateway.data("{ calls { who } }", as: .admin) == #"{"calls":[{"who":"x"}]}"#)
    }

    @Test func `a rule may close a function that reads`() async throws {
        let gateway = try await Self.gateway(#""main.mine": { "call": { "rule": "deny" } }"#)
        #expect(await gateway.failure("{ mine { id } }", as: Self.ada).hasPrefix("validation-failed"))
        #expect(
            await gateway.data("{ shares { id } }", as: TestCaller(stringLiteral: #"{"team":"none"}"#))
                == #"{"shares":[]}"#)
    }

    @Test func `computed fields by function: values, with the claims, in filters and orders`() async throws {
        let gateway = try await Self.gateway()
        #expect(
            await gateway.data("{ authors(order_by: {full_name: desc}) { full_name greeting } }", as: Self.ada)
                == #"{"authors":[{"full_name":"Ben","greeting":"1 Ben!"},{"full_name":"Ada A","greeting":"1 Ada!"}]}"#)
        #expect(
            await gateway.data(#"{ authors(where: {full_name: {_eq: "Ada A"}}) { id } }"#, as: Self.ada)
                == #"{"authors":[{"id":1}]}"#)
        #expect(
            await gateway.data(
                "{ articles(distinct_on: author_id, where: {published: {_eq: true}}) { strict_name } }", as: Self.editor
            )
                == #"{"articles":[{"strict_name":"Alpha"},{"strict_name":"Gamma"}]}"#)
        #expect(
            await gateway.data(
                "{ authors_aggregate { aggregate { max { full_name } } nodes { full_name } } }", as: Self.ada)
                == #"{"authors_aggregate":{"aggregate":{"max":{"full_name":"Ben"}},"nodes":[{"full_name":"Ada A"},{"full_name":"Ben"}]}}"#
        )
        #expect(
            await gateway.data(
                #"{ picked_articles(args: {lowest: 1, arg_1: 1}) { strict_name author { greeting } } }"#, as: Self.ada)
                == #"{"picked_articles":[{"strict_name":"Alpha","author":{"greeting":"1 Ada!"}}]}"#)
    }

    @Test func `a computed field does not run on rows that are hidden`() async throws {
        let gateway = try await TestGateway.make(
            sql: Self.script + "update articles set published = author_id = 1;", collections: Self.rules,
            source: Self.source, in: .postgres)
        #expect(
            await gateway.data(#"{ articles(where: {strict_name: {_neq: "x"}}) { id } }"#, as: Self.ada)
                == #"{"articles":[{"id":1},{"id":2}]}"#)
        #expect(
            await gateway.data("{ articles(order_by: {strict_name: desc}) { id } }", as: Self.ada)
                == #"{"articles":[{"id":2},{"id":1}]}"#)
        let failure = await gateway.failure("{ articles { strict_name } }", as: Self.editor)
        #expect(!failure.contains("secret"), "\(failure)")
        #expect(failure != "no error")
    }

    @Test func `a computed field of rows obeys its own rule and those of its collection`() async throws {
        let gateway = try await Self.gateway()
        let query = #"{ authors(order_by: {id: asc}) { id found(args: {search: "a"}, limit: 5) { id title } } }"#
        #expect(
            await gateway.data(query, as: .admin)
                == #"{"authors":[{"id":1,"found":[{"id":2,"title":"Beta"},{"id":1,"title":"Alpha"}]},{"id":2,"found":[{"id":4,"title":"Delta"},{"id":3,"title":"Gamma"}]}]}"#
        )
        // Its own rule: of one's own row. The articles' rule: of one's own team.
        #expect(
            await gateway.data(query, as: Self.ada)
                == #"{"authors":[{"id":1,"found":[{"id":2,"title":"Beta"},{"id":1,"title":"Alpha"}]},{"id":2,"found":[]}]}"#
        )
        #expect(
            await gateway.data(query, as: TestCaller(stringLiteral: #"{"id":2,"team":"red"}"#))
                == #"{"authors":[{"id":1,"found":[]},{"id":2,"found":[]}]}"#)
        #expect(
            await gateway.data(
                #"{ authors(distinct_on: team, where: {id: {_eq: 1}}) { found(args: {search: "alp"}, where: {published: {_eq: true}}) { id author { found(args: {search: "bet"}) { id } } } } }"#,
                as: Self.ada)
                == #"{"authors":[{"found":[{"id":1,"author":{"found":[{"id":2}]}}]}]}"#)
    }

    @Test(arguments: [
        (#""functions": { "nobody": {} }"#, #"there is no function "nobody" that the gateway may execute"#),
        (#""functions": { "one": {} }"#, #"returns Int, which is not rows of a collection"#),
        (#""functions": { "found_articles": {} }"#, #"takes a row of "authors", which no caller can give it"#),
        (
            #""functions": { "twice": {} }"#,
            #"there are 2 functions with the name "twice"; say which one is meant by the types of its arguments: "twice(integer)" or "twice(text)""#
        ),
        (
            #""functions": { "twice(bigint)": {} }"#,
            #"there is no function "twice(bigint)" that the gateway may execute; of that name there is "twice(integer)" or "twice(text)""#
        ),
        (#""functions": { "twice(text)": {}, "twice(int4)": {} }"#, #"there is a root field "twice" already"#),
        (#""functions": { "mine": { "sessionArgument": "helo" } }"#, #"has no argument "helo"; did you mean "hello""#),
        (#""functions": { "search_articles": { "sessionArgument": "search" } }"#, "claims are json or jsonb"),
        (#""functions": { "mine": { "name": "articles" } }"#, #"there is a root field "articles" already"#),
        (Self.computed("counted"), "may change data (it is volatile), and what is read must not"),
        (Self.computed("full_name"), #"takes a row of "authors", which no caller can give it"#),
        (Self.computed("mine"), #"takes no row of "articles" there"#),
        (Self.computed("needy"), #"needs the argument "more", and a field with one value has none"#),
        (Self.computed("strict_name", #", "expression": "1""#), "has an expression or a function, not both"),
    ])
    func `what does not fit is said when the project loads`(_ source: String, _ message: String) async throws {
        let more = """
            create function one() returns int language sql stable as 'select 1';
            create function twice(int) returns setof articles language sql stable as 'select * from articles';
            create function twice(text) returns setof articles language sql stable as 'select * from articles';
            create function needy(a articles, more text) returns text language sql stable as 'select more';
            """
        await #expect {
            _ = try await TestGateway.make(sql: Self.script + more, collections: "", source: source, in: .postgres)
        } throws: { error in
            "\(error)".contains(message)
                ? true
                : {
                    Issue.record("\(error)")
                    return false
                }()
        }
    }

    @Test func `of several functions of one name the types of the arguments say which is meant`() async throws {
        let more = """
            create schema other;
            create function titled(text) returns setof articles language sql stable as
              $$ select * from articles where title = $1 $$;
            create function titled(lowest int, titles varchar[]) returns setof articles language sql stable as
              $$ select * from articles where id > lowest and title = any (titles) $$;
            create function other.titled() returns setof articles language sql stable as 'select * from articles';
            create function label(authors) returns text language sql stable as $$ select 'author ' || $1.name $$;
            create function label(articles) returns text language sql stable as $$ select 'article ' || $1.title $$;
            create function label(articles, mark text) returns text language sql stable as $$ select mark $$;
            """
        let gateway = try await TestGateway.make(
            sql: Self.script + more,
            collections: """
                "main.articles": { "read": { "rule": "authenticated" }, "fields": { "label": { "read": { "rule": "allow" } } } },
                "main.authors": { "read": { "rule": "authenticated" }, "fields": { "label": { "read": { "rule": "allow" } } } }
                """,
            source: """
                "track": "all",
                "functions": {
                  "titled( TEXT )": {}, "titled(integer, character varying[])": { "name": "titled_above" },
                  "other.titled()": { "name": "all_titled" } },
                "collections": {
                  "authors": { "computedFields": { "label": { "function": "label" } } },
                  "articles": { "computedFields": { "label": { "function": "label(articles)" } } } }
                """,
            functions:
                #""main.titled( TEXT )": { "call": { "rule": "match", "type": "number", "eval": "==", "f1": "args.auth.id", "f2": 1 } }"#,
            in: .postgres)
        #expect(
            await gateway.data(
                #"""
                { titled(args: {arg_1: "Beta"}) { id label author { label } }
                  titled_above(args: {lowest: 1, titles: ["Alpha", "Beta"]}) { id } all_titled(limit: 1) { id } }
                """#, as: Self.ada)
                == #"{"titled":[{"id":2,"label":"article Beta","author":{"label":"author Ada"}}],"titled_above":[{"id":2}],"all_titled":[{"id":1}]}"#
        )
        // The rule is that of the one function alone.
        let other = TestCaller(stringLiteral: #"{"id":2}"#)
        #expect(
            await gateway.failure(#"{ titled(args: {arg_1: "Beta"}) { id } }"#, as: other).hasPrefix(
                "validation-failed at $.selectionSet.titled"))
        #expect(
            await gateway.data(#"{ titled_above(args: {lowest: 1, titles: ["Beta"]}) { id } }"#, as: other)
                == #"{"titled_above":[{"id":2}]}"#)
    }

    private static func computed(_ function: String, _ more: String = "") -> String {
        #""collections": { "articles": { "computedFields": { "c": { "function": "\#(function)"\#(more) } } } }"#
    }

    @Test(arguments: [
        (#""main.nothing": { "call": { "rule": "allow" } }"#, #"unknown function "main.nothing""#),
        (
            #""main.mine": { "call": { "rule": "match", "type": "number", "eval": "==", "f1": "args.row.id", "f2": 1 } }"#,
            "its rule is decided by the request alone"
        ),
        (
            #""main.search_articles": { "call": { "rule": "match", "type": "string", "eval": "==", "f1": "args.params.search", "f2": "a" } }"#,
            #""args.params.search" is not supported by this version"#
        ),
        (#""main.mine": { "cal": { "rule": "allow" } }"#, #"unknown key "cal"; did you mean "call""#),
    ])
    func `a rule for a function is checked when the project loads`(_ rules: String, _ message: String) async throws {
        await #expect {
            _ = try await Self.gateway(rules)
        } throws: { error in
            "\(error)".contains(message)
                ? true
                : {
                    Issue.record("\(error)")
                    return false
                }()
        }
    }

    @Test func `names of functions and types are those of the catalogue, not of the path`() async throws {
        // A function of the same name in a schema that comes first on the path of the session.
        let gateway = try await TestGateway.make(
            sql: Self.script + """
                create schema evil;
                create function evil.mine(hello json) returns setof public.articles language sql stable as
                  'select * from public.articles';
                create domain evil.json as text;
                """,
            collections: Self.rules, source: Self.source, options: "&options=-c%20search_path%3Devil%2Cpublic",
            in: .postgres)
        #expect(await gateway.data("{ mine { id } }", as: Self.ada) == #"{"mine":[{"id":1},{"id":2}]}"#)
    }
}
