// Rows in groups: what `T_group` answers, and that no group tells of a row or a value that the rules hide.
import Gateway
import TestSupport
import Testing

@Suite
struct GroupTests {
    private static let sql = #"""
        create table sales (id integer primary key, region text, kind text, pay int, paid boolean, note json, secret text);
        insert into sales values
          (1, 'north', 'a', 10, true, '{}', 'x'), (2, 'north', 'b', 20, false, '{}', 'y'), (3, 'south', 'a', 30, true, null, 'x'),
          (4, 'south', 'a', null, true, null, null), (5, null, 'b', 50, false, '[]', 'z'), (6, null, 'b', 60, true, '[]', 'z');
        """#

    private static let allow = #""read": {"rule": "allow"}"#

    private static func gateway(_ rules: String = allow, server: String = "") async throws -> TestGateway {
        try await TestGateway.make(sql: sql, collections: #""main.sales": { \#(rules) }"#, server: server)
    }

    /// `key: values` of each group.
    private func groups(_ arguments: String, _ selection: String, _ gateway: TestGateway) async -> String {
        let answer = await gateway.data("{ sales_group(\(arguments)) { \(selection) } }")
        return String(answer.replacing(#"{"sales_group":"#, with: "").dropLast()).replacing("\"", with: "")
    }

    @Test(arguments: [
        (
            "by: region", "key { region } aggregate { count }",
            "[{key:{region:north},aggregate:{count:2}},{key:{region:south},aggregate:{count:2}},{key:{region:null},aggregate:{count:2}}]"
        ),
        (
            "by: [kind, region], where: {id: {_lt: 4}}", "key { region kind }",
            "[{key:{region:north,kind:a}},{key:{region:south,kind:a}},{key:{region:north,kind:b}}]"
        ),
        (
            "by: [kind, kind]",
            "aggregate { sum { pay } count(columns: pay) d: count(columns: region, distinct: true) } __typename",
            "[{aggregate:{sum:{pay:40},count:2,d:2},__typename:sales_group},{aggregate:{sum:{pay:130},count:3,d:1},__typename:sales_group}]"
        ),
        (
            "by: paid", "k: key { __typename paid }",
            "[{k:{__typename:sales_group_key,paid:false}},{k:{__typename:sales_group_key,paid:true}}]"
        ),
        (
            "by: region, order_by: {aggregate: {sum: {pay: desc}}}", "key { region }",
            "[{key:{region:null}},{key:{region:north}},{key:{region:south}}]"
        ),
        (
            "by: region, order_by: [{aggregate: {count: asc}}, {key: {region: desc_nulls_last}}]", "key { region }",
            "[{key:{region:south}},{key:{region:north}},{key:{region:null}}]"
        ),
        ("by: region, limit: 1, offset: \"1\"", "key { region }", "[{key:{region:south}}]"),
        ("by: id, where: {id: {_gt: 9}}", "aggregate { count }", "[]"),
        (
            "by: region, having: null, order_by: null, limit: null", "key { region }",
            "[{key:{region:north}},{key:{region:south}},{key:{region:null}}]"
        ),
    ])
    func `rows come in groups, ordered by their keys at last`(
        _ arguments: String, _ selection: String, _ expected: String
    ) async throws {
        #expect(await groups(arguments, selection, try Self.gateway()) == expected)
    }

    @Test(arguments: [
        ("{count: {predicate: {_gt: 3}}}", ""), ("{sum: {pay: {_gte: 40}}}", "a,b"), ("{avg: {pay: {_lt: 25}}}", "a"),
        ("{count: {arguments: pay, predicate: {_eq: 2}}}", "a"),
        ("{count: {filter: {paid: {_eq: true}}, predicate: {_eq: 1}}}", "b"),
        ("{count: {arguments: region, distinct: true, filter: {id: {_lt: 4}}, predicate: {_eq: 2}}}", "a"),
        ("{count: {arguments: [region, pay], distinct: true, filter: {id: {_gt: 4}}, predicate: {_eq: 2}}}", "b"),
        ("{bool_and: {arguments: paid, predicate: {_eq: true}}}", "a"),
        ("{bool_or: {arguments: paid, filter: {id: {_eq: 2}}, predicate: {_eq: false}}}", "b"),
        ("{max: {region: {_eq: \"south\"}}}", "a"), ("{_not: {max: {region: {_eq: \"south\"}}}}", "b"),
        ("{_or: [{sum: {pay: {_eq: 40}}}, {sum: {pay: {_eq: 130}}}]}", "a,b"),
        ("{}", "a,b"), ("{_or: []}", ""), ("{_and: {sum: {pay: {_is_null: false}}}}", "a,b"),
        ("{var_samp: {pay: {_eq: 200}}}", "a"),
    ])
    func `having filters groups`(_ having: String, _ expected: String) async throws {
        let answer = await (try Self.gateway()).data("{ sales_group(by: kind, having: \(having)) { key { kind } } }")
        #expect(
            answer.matches(of: #/"kind":"(.)"/#).map { String($0.output.1) }.joined(separator: ",") == expected,
            "\(answer)")
    }

    @Test(arguments: [
        (
            "(by: region) { key { kind } }",
            #"validation-failed at $.selectionSet.sales_group.selectionSet.key.selectionSet.kind: "kind" is not one of the columns the groups are made "by""#
        ),
        (
            "(by: region, order_by: {key: {kind: asc}}) { key { region } }",
            #"validation-failed at $.selectionSet.sales_group.args.order_by[0].key.kind: "kind" is not one of the columns the groups are made "by""#
        ),
        (
            "(by: []) { key { region } }",
            #"validation-failed at $.selectionSet.sales_group.args.by: "by" needs at least one column"#
        ),
        (
            "(by: region, having: {_not: null}) { key { region } }",
            "validation-failed at $.selectionSet.sales_group.args.having._not: unexpected null value"
        ),
        (
            "(by: region, having: {sum: {pay: null}}) { key { region } }",
            "validation-failed at $.selectionSet.sales_group.args.having.sum.pay: unexpected null value"
        ),
    ])
    func `what is no group is refused`(_ rest: String, _ expected: String) async throws {
        #expect(await (try Self.gateway()).failure("{ sales_group\(rest) }") == expected)
    }

    @Test
    func `more groups than a list may hold are an error`() async throws {
        let gateway = try await Self.gateway(server: #""limits": {"rows": 2}"#)
        #expect(
            await gateway.failure("{ sales_group(by: region) { key { region } } }").hasPrefix(
                "limit-exceeded at $.selectionSet.sales_group"))
        #expect(
            await groups("by: region, limit: 2", "key { region }", gateway)
                == "[{key:{region:north}},{key:{region:south}}]")
    }

    @Test
    func `names come from variables and configuration, and give way to a collection's`() async throws {
        let gateway = try await Self.gateway()
        let query =
            "query ($by: [sales_select_column!]!, $n: Int) { sales_group(by: $by, having: {count: {predicate: {_gt: $n}}}) { aggregate { count } } }"
        #expect(
            await gateway.data(query, #"{"by": ["kind"], "n": 2}"#)
                == #"{"sales_group":[{"aggregate":{"count":3}},{"aggregate":{"count":3}}]}"#)
        #expect(
            await gateway.data(query, #"{"by": ["kind", "paid"], "n": 2}"#)
                == #"{"sales_group":[{"aggregate":{"count":3}}]}"#)
        let renamed = try await TestGateway.make(
            sql: Self.sql, collections: #""main.sales": { \#(Self.allow) }"#,
            source: #""track": "all", "collections": { "sales": { "rootFields": { "selectGroup": "salesBy" } } }"#)
        #expect(
            await renamed.data("{ salesBy(by: kind) { key { kind } } }")
                == #"{"salesBy":[{"key":{"kind":"a"}},{"key":{"kind":"b"}}]}"#)
        let taken = try await TestGateway.make(
            sql:
                "create table user (id integer primary key); create table user_group (id integer primary key); insert into user_group values (1);",
            collections: #""main.user": { \#(Self.allow) }, "main.user_group": { \#(Self.allow) }"#)
        #expect(await taken.data("{ user_group { id } user { id } }") == #"{"user_group":[{"id":1}],"user":[]}"#)
        #expect(
            await taken.data("{ user_group_group(by: id) { key { id } } }")
                == #"{"user_group_group":[{"key":{"id":1}}]}"#)
    }

    // MARK: Attacks

    @Test
    func `hidden rows make no group and count in none`() async throws {
        let paid = #"{"rule": "where", "where": {"paid": {"_eq": true}}}"#
        for rules in [#""read": \#(paid)"#, #"\#(Self.allow), "aggregate": \#(paid)"#] {
            let gateway = try await Self.gateway(rules)
            #expect(
                await groups("by: id", "key { id }", gateway) == "[{key:{id:1}},{key:{id:3}},{key:{id:4}},{key:{id:6}}]"
            )
            #expect(
                await groups("by: region", "aggregate { count max { pay } }", gateway)
                    == "[{aggregate:{count:1,max:{pay:10}}},{aggregate:{count:2,max:{pay:30}}},{aggregate:{count:1,max:{pay:60}}}]"
            )
            #expect(
                await groups(
                    "by: region, having: {bool_or: {arguments: paid, predicate: {_eq: false}}}", "key { region }",
                    gateway) == "[]")
            #expect(
                await groups(
                    "by: region, having: {count: {filter: {pay: {_eq: 50}}, predicate: {_gt: 0}}}", "key { region }",
                    gateway) == "[]")
            #expect(
                await groups("by: region, order_by: {aggregate: {sum: {pay: desc}}}", "key { region }", gateway)
                    == "[{key:{region:null}},{key:{region:south}},{key:{region:north}}]")
        }
        let denied = try await Self.gateway(#"\#(Self.allow), "aggregate": {"rule": "deny"}"#)
        #expect(
            await denied.failure("{ sales_group(by: id) { key { id } } }").contains(
                "Cannot query field \"sales_group\""))
    }

    @Test
    func `groups are made of what a masked or guarded key shows`() async throws {
        let north = #"{"rule": "where", "where": {"region": {"_eq": "north"}}}"#
        let gateway = try await Self.gateway(
            #"\#(Self.allow), "fields": {"secret": {"read": {"rule": "mask", "with": "*", "clause": \#(north)}}, "kind": {"read": \#(north)}, "pay": {"read": {"rule": "deny"}}}"#
        )
        #expect(
            await groups("by: secret", "key { secret } aggregate { count }", gateway)
                == "[{key:{secret:*},aggregate:{count:4}},{key:{secret:x},aggregate:{count:1}},{key:{secret:y},aggregate:{count:1}}]"
        )
        #expect(
            await groups("by: kind", "key { kind } aggregate { count min { secret } }", gateway)
                == "[{key:{kind:a},aggregate:{count:1,min:{secret:x}}},{key:{kind:b},aggregate:{count:1,min:{secret:y}}},{key:{kind:null},aggregate:{count:4,min:{secret:*}}}]"
        )
        for rest in [
            "(by: pay) { key { __typename } }", "(by: id, having: {sum: {pay: {_gt: 1}}}) { key { id } }",
            "(by: id, order_by: {aggregate: {sum: {pay: asc}}}) { key { id } }",
            "(by: id) { aggregate { sum { pay } } }",
        ] {
            #expect(await gateway.failure("{ sales_group\(rest) }").hasPrefix("validation-failed"), "\(rest)")
        }
    }

    @Test
    func `what could raise runs on no hidden row`() async throws {
        let gateway = try await TestGateway.make(
            sql: Self.sql,
            collections:
                #""main.sales": { "read": {"rule": "where", "where": {"paid": {"_eq": true}}}, "fields": {"risky": {"read": {"rule": "allow"}}} }"#,
            source: #"""
                "track": "all", "collections": { "sales": { "computedFields": {
                  "risky": { "expression": "case when paid then pay else abs(-9223372036854775808) end", "type": "bigint" } } } }
                """#)
        for arguments in [
            "by: risky", "by: region, having: {max: {risky: {_gt: 1}}}", "by: id, where: {risky: {_gt: 1}}",
            "by: id, order_by: {aggregate: {max: {risky: asc}}}",
            "by: id, having: {count: {filter: {risky: {_gt: 0}}, predicate: {_gt: 0}}}",
        ] {
            let answer = await groups(arguments, "aggregate { count max { risky } }", gateway)
            #expect(answer.hasPrefix("["), "\(arguments): \(answer)")
        }
    }
}
