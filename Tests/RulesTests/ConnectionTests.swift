// `T_connection`: pages in both directions over every kind of order, and cursors that nobody else can use.
import Base
import Gateway
import TestSupport
import Testing

@Suite
struct ConnectionTests {
    private static let sql = #"""
        create table items (
          id integer primary key, name text collate nocase, rank int, price real, big bigint not null, raw blob, at timestamptz, flag boolean,
          owner int, secret text);
        insert into items values
          (1, 'a', 3, 1.5, 9007199254740993, x'00ff', '2024-01-01T00:00:00Z', true, 1, 's1'), (2, 'A', null, 0.1, 9007199254740992, x'00', null, false, 1, 's2'),
          (3, 'b', 3, null, 9007199254740993, null, '2024-01-01T00:00:00+02:00', null, 2, 's3'), (4, null, 1, 1e300, -5, x'ff', '2020-01-01T00:00:00Z', true, 2, 's4'),
          (5, 'é', null, -0.5, 0, x'', null, true, 1, 's5'), (6, '', 2, 1.5, 1, x'00ff', '2024-01-01T00:00:00Z', null, 1, 's6'), (7, null, 3, 2, 2, null, null, false, 2, 's7');
        create table places (row text, number int, note text, primary key (row, number)) without rowid;
        insert into places values ('b', 2, 'x'), ('a', 10, 'y'), ('a', 2, null), ('b', 1, 'x'), ('a', 1, 'x');
        create table heap (word text); insert into heap values ('x');
        """#

    private static let allow = #""read": {"rule": "allow"}"#

    private static func gateway(_ rules: String = allow, server: String = "") async throws -> TestGateway {
        try await TestGateway.make(
            sql: sql,
            collections: #""main.items": { \#(rules) }, "main.places": { \#(allow) }, "main.heap": { \#(allow) }"#,
            server: server)
    }

    private struct Page {
        let rows: [String]
        let start: String?
        let end: String?
        let hasNext: Bool
        let hasPrevious: Bool
    }

    private static func page(
        _ gateway: TestGateway, _ root: String, _ node: String, _ arguments: String, cursor: String? = nil,
        as caller: TestCaller = .anonymous
    ) async throws -> Page {
        let query =
            "query ($c: String) { \(root)(\(arguments)) { edges { cursor node { \(node) } } pageInfo { startCursor endCursor hasNextPage hasPreviousPage } } }"
        let variables = cursor.map { #"{"c": "\#($0)"}"# } ?? "{}"
        let answer = JSONValue(
            test: await gateway.answer(
                arguments.contains("$c") ? query : query.replacing("($c: String) ", with: ""), variables, as: caller))
        let data = try #require(answer.object?["data"]?.object?[root]?.object, "\(answer.text)")
        let edges = try #require(data["edges"]?.array)
        let info = try #require(data["pageInfo"]?.object)
        let cursors = edges.map { $0.object?["cursor"]?.string }
        #expect(info["startCursor"]?.string == cursors.first ?? nil)
        #expect(info["endCursor"]?.string == cursors.last ?? nil)
        return Page(
            rows: edges.map { $0.object?["node"]?.text ?? "" }, start: info["startCursor"]?.string,
            end: info["endCursor"]?.string, hasNext: info["hasNextPage"]?.bool ?? false,
            hasPrevious: info["hasPreviousPage"]?.bool ?? false)
    }

    private static let directions = [
        "asc", "desc", "asc_nulls_first", "asc_nulls_last", "desc_nulls_first", "desc_nulls_last",
    ]

    @Test(arguments: ["name", "rank", "price", "big", "raw", "at", "flag", "id"], directions)
    func `pages of every size are the list, forwards and backwards`(_ column: String, _ direction: String) async throws
    {
        let gateway = try await Self.gateway()
        let order = "[{\(column): \(direction)}, {owner: desc}]"
        let list = JSONValue(test: await gateway.data("{ items(order_by: \(order)) { id \(column) } }"))
        let expected = (list.object?["items"]?.array ?? []).map(\.text)
        #expect(expected.count == 7)
        for size in [1, 2, 3, 7, 9] {
            var forwards: [String] = []
            var cursor: String?
            repeat {
                let page = try await Self.page(
                    gateway, "items_connection", "id \(column)", "first: \(size), after: $c, order_by: \(order)",
                    cursor: cursor)
                #expect(page.rows.count <= size && page.hasPrevious == (cursor != nil))
                forwards += page.rows
                cursor = page.hasNext ? page.end : nil
            } while cursor != nil && forwards.count < 20
            #expect(forwards == expected, "first \(size)")
            var backwards: [String] = []
            repeat {
                let page = try await Self.page(
                    gateway, "items_connection", "id \(column)", "last: \(size), before: $c, order_by: \(order)",
                    cursor: cursor)
                #expect(page.rows.count <= size && page.hasNext == (cursor != nil))
                backwards = page.rows + backwards
                cursor = page.hasPrevious ? page.start : nil
            } while cursor != nil && backwards.count < 20
            #expect(backwards == expected, "last \(size)")
        }
    }

    @Test
    func `both ends may be given, and a composite key breaks ties`() async throws {
        let gateway = try await Self.gateway()
        let order = "order_by: [{note: desc_nulls_last}]"
        let all = try await Self.page(gateway, "places_connection", "row number", order)
        #expect(
            all.rows == [
                #"{"row":"a","number":10}"#, #"{"row":"a","number":1}"#, #"{"row":"b","number":1}"#,
                #"{"row":"b","number":2}"#, #"{"row":"a","number":2}"#,
            ])
        #expect(!all.hasNext && !all.hasPrevious)
        let second = try await Self.page(gateway, "places_connection", "row number", "\(order), first: 2")
        let fourth = try await Self.page(gateway, "places_connection", "row number", "\(order), last: 2")
        let query =
            "query ($a: String, $b: String) { places_connection(\(order), after: $a, before: $b) { edges { node { row number } } } }"
        let answer = await gateway.data(query, #"{"a": "\#(second.start ?? "")", "b": "\#(fourth.end ?? "")"}"#)
        #expect(
            answer
                == #"{"places_connection":{"edges":[{"node":{"row":"a","number":1}},{"node":{"row":"b","number":1}},{"node":{"row":"b","number":2}}]}}"#
        )
    }

    @Test
    func `rows that come and go move no page`() async throws {
        let gateway = try await Self.gateway()
        let page = try await Self.page(gateway, "items_connection", "id", "first: 3")
        // The cursor's own row is filtered out now; the position stays.
        let literal = await gateway.data(
            #"{ items_connection(first: 1, after: "\#(page.end ?? "")") { e: edges { n: node { id __typename } __typename } pageInfo { __typename } __typename } }"#
        )
        #expect(
            literal
                == #"{"items_connection":{"e":[{"n":{"id":4,"__typename":"items"},"__typename":"items_edge"}],"pageInfo":{"__typename":"PageInfo"},"__typename":"items_connection"}}"#
        )
    }

    @Test
    func `several selections of edges and nodes keep their own`() async throws {
        let gateway = try await Self.gateway()
        let answer = await gateway.data(
            "{ items_connection(last: 1, where: {id: {_lte: 2}}) { a: edges { x: node { id } y: node { secret } } b: edges { z: node { owner } } } }"
        )
        #expect(answer == #"{"items_connection":{"a":[{"x":{"id":2},"y":{"secret":"s2"}}],"b":[{"z":{"owner":1}}]}}"#)
        #expect(
            await gateway.data(
                "{ items_connection(first: 0) { edges { node { id } } pageInfo { hasNextPage startCursor } } }")
                == #"{"items_connection":{"edges":[],"pageInfo":{"hasNextPage":true,"startCursor":null}}}"#)
        #expect(
            await gateway.data(
                "{ items_connection(where: {id: {_gt: 99}}) { edges { node { id } } pageInfo { hasNextPage endCursor } } }"
            ) == #"{"items_connection":{"edges":[],"pageInfo":{"hasNextPage":false,"endCursor":null}}}"#)
    }

    @Test(arguments: [
        (
            "first: 1, last: 1",
            #"validation-failed at $.selectionSet.items_connection.args: "first" and "last" exclude each other"#
        ),
        ("first: -1", "not-supported at $.selectionSet.items_connection.args.first: unexpected negative value"),
        (
            #"after: "nonsense""#,
            "bad-request at $.selectionSet.items_connection.args.after: The cursor was not made for this query and this caller; begin without one."
        ),
        (
            #"before: """#,
            "bad-request at $.selectionSet.items_connection.args.before: The cursor was not made for this query and this caller; begin without one."
        ),
    ])
    func `what is no page is refused`(_ arguments: String, _ expected: String) async throws {
        #expect(
            await (try Self.gateway()).failure("{ items_connection(\(arguments)) { edges { cursor } } }") == expected)
    }

    @Test
    func `a page has the row cap of a list`() async throws {
        let gateway = try await Self.gateway(server: #""limits": {"rows": 3}"#)
        for arguments in ["", "(first: 4)", "(last: 7)"] {
            #expect(
                await gateway.failure("{ items_connection\(arguments) { edges { node { id } } } }").hasPrefix(
                    "limit-exceeded at $.selectionSet.items_connection"), "\(arguments)")
        }
        #expect(try await Self.page(gateway, "items_connection", "id", "first: 3").hasNext)
        #expect(await gateway.failure("{ items_connection(first: 3) { edges { node { id } } } }") == "no error")
    }

    // MARK: Attacks

    @Test
    func `a cursor is its caller's and its statement's alone`() async throws {
        let gateway = try await Self.gateway(#""read": {"rule": "authenticated"}"#)
        let ann: TestCaller = #"{"id": 1, "exp": 4000000000}"#
        let renewed: TestCaller = #"{"exp": 5000000000, "id": 1}"#
        let ben: TestCaller = #"{"id": 2}"#
        let arguments = "first: 2, after: $c, order_by: {rank: desc}"
        let cursor = try await Self.page(gateway, "items_connection", "id", arguments, as: ann).end
        #expect(
            try await Self.page(gateway, "items_connection", "id", arguments, cursor: cursor, as: renewed).rows.count
                == 2)
        func refused(_ arguments: String, _ root: String = "items_connection", as caller: TestCaller) async -> Bool {
            let query = "query ($c: String) { \(root)(\(arguments)) { edges { cursor } } }"
            return await gateway.failure(query, #"{"c": "\#(cursor ?? "")"}"#, as: caller).hasPrefix("bad-request")
        }
        #expect(await !refused(arguments, as: ann))
        #expect(await !refused("last: 5, before: $c, order_by: {rank: desc}", as: ann))
        #expect(await refused(arguments, as: ben))
        #expect(await refused(arguments, as: .admin))
        for other in [
            "first: 2, after: $c, order_by: {rank: asc}", "first: 2, after: $c",
            "first: 2, after: $c, order_by: [{rank: desc}, {name: asc}]",
            "first: 2, after: $c, order_by: {rank: desc}, where: {id: {_gt: 1}}",
        ] {
            #expect(await refused(other, as: ann), "\(other)")
        }
        #expect(await refused("first: 2, after: $c, order_by: {note: desc}", "places_connection", as: ann))
    }

    @Test
    func `a cursor shows nothing and pages hold no hidden row`() async throws {
        let own = #"{"rule": "match", "type": "number", "eval": "==", "f1": "args.row.owner", "f2": 1}"#
        let gateway = try await Self.gateway(#""read": \#(own)"#)
        let all = try await Self.page(gateway, "items_connection", "id", "order_by: {rank: asc}")
        #expect(all.rows == [#"{"id":6}"#, #"{"id":1}"#, #"{"id":2}"#, #"{"id":5}"#])
        // The row beyond the page is not counted if it is hidden.
        let last = try await Self.page(gateway, "items_connection", "id", "first: 4, order_by: {rank: asc}")
        #expect(!last.hasNext)
        let risky = try await Self.page(
            gateway, "items_connection", "secret", "first: 1, where: {secret: {_like: \"s%\"}}")
        #expect(risky.rows == [#"{"secret":"s1"}"#] && risky.hasNext)
    }

    @Test
    func `only fields decided readable in clear order a page, and the key must be`() async throws {
        let own = #"{"rule": "match", "type": "number", "eval": "==", "f1": "args.row.owner", "f2": 1}"#
        let guarded = try await Self.gateway(
            #"\#(Self.allow), "fields": {"secret": {"read": {"rule": "mask", "with": "last4"}}, "rank": {"read": \#(own)}, "price": {"read": {"rule": "deny"}}}"#
        )
        for column in ["secret", "rank", "price"] {
            let failure = await guarded.failure("{ items_connection(order_by: {\(column): asc}) { edges { cursor } } }")
            #expect(failure.contains("is not defined by type \"items_connection_order_by\""), "\(failure)")
        }
        #expect(await guarded.failure("{ items_connection(order_by: {name: asc}) { edges { cursor } } }") == "no error")
        let keyless = try await Self.gateway(#"\#(Self.allow), "fields": {"id": {"read": \#(own)}}"#)
        #expect(await keyless.failure("{ items_connection { edges { cursor } } }").contains("Cannot query field"))
        #expect(await keyless.failure("{ heap_connection { edges { cursor } } }").contains("Cannot query field"))
    }

    @Test
    func `the same rows give the same bytes`() async throws {
        let gateway = try await Self.gateway()
        let query = "{ items_connection(first: 3) { edges { cursor node { id } } pageInfo { endCursor } } }"
        let first = await gateway.answer(query)
        #expect(await gateway.answer(query) == first)
        #expect(!first.contains("errors"))
    }
}
