// What an operation is taken to cost: the formula, part by part, on the catalog of a blog.
import Testing

@testable import Planning

struct CostEstimateTests {
    private static let assumptions = CostEstimate.Assumptions(rows: 20, rowLimit: 1000)

    private static func cost(_ query: String, _ variables: String = "{}") throws -> Int64 {
        let bench = PlanBench.blog
        let estimate = try CostEstimate(bench.plan(query, variables), assuming: assumptions)
        return try estimate.cost(bench.variables(bench.operation(query), variables))
    }

    private static func worst(_ query: String, _ variables: String = "{}") throws -> Int64 {
        try CostEstimate(PlanBench.blog.plan(query, variables), assuming: assumptions).worst
    }

    @Test(
        arguments: [
            ("{ __typename }", 0),
            ("{ articles_by_pk(id: 1) { id } }", 1),
            ("{ articles(limit: 7) { id title } }", 7),
            // Without `limit`: as configured.
            ("{ articles { id } }", 20), ("{ articles(limit: null) { id } }", 20),
            // No list has more rows than the server allows.
            ("{ articles(limit: 5000) { id } }", 1000),
            // Fields of a row cost nothing of their own, an object relationship one row.
            ("{ articles(limit: 7) { author { name } } }", 7 * 2),
            ("{ articles_by_pk(id: 1) { author { name } } }", 2),
            // Lists multiply.
            ("{ users(limit: 3) { written(limit: 5) { id } } }", 3 * (1 + 5)),
            ("{ users { written { id } } }", 20 * (1 + 20)),
            (
                "{ users(limit: 3) { written(limit: 5) { author { written(limit: 2) { id } } } } }",
                3 * (1 + 5 * (1 + 1 * (1 + 2)))
            ),
            // Roots add up, and so do aliases of one field.
            ("{ a: articles(limit: 2) { id } b: articles(limit: 3) { id } users_by_pk(id: 1) { id } }", 6),
            // An aggregate costs what it is computed over; beyond the bound of lists, for it lists nothing.
            ("{ articles_aggregate { aggregate { count } } }", 20),
            ("{ articles_aggregate(limit: 5000) { aggregate { count } } }", 5000),
            ("{ articles_aggregate(limit: 4) { aggregate { count } nodes { author { name } } } }", 4 * 2),
            ("{ users(limit: 3) { written_aggregate { aggregate { count } } } }", 3 * (1 + 20)),
            // Relationships in filters and orders are followed for each row.
            ("{ articles(limit: 7, where: {author: {name: {_eq: \"a\"}}}) { id } }", 7 * 2),
            (
                "{ users(limit: 7, where: {_or: [{written: {id: {_eq: 1}}}, {written: {author: {id: {_eq: 1}}}}]}) { id } }",
                7 * 4
            ),
            ("{ articles(limit: 7, where: {_not: {id: {_eq: 1}}}, order_by: {title: asc}) { id } }", 7),
            ("{ articles(limit: 7, order_by: {author: {name: asc}}) { id } }", 7 * 2),
            ("{ articles(limit: 0) { author { name } } }", 0),
        ] as [(String, Int64)])
    func `each part costs what the formula says`(_ query: String, _ expected: Int64) throws {
        #expect(try Self.cost(query) == expected)
    }

    @Test(
        arguments: [
            (#"{"n": 3}"#, 3 * (1 + 3)), (#"{"n": 0}"#, 0), (#"{"n": 5000}"#, 1000 * (1 + 1000)),
            // Refused when it is bound; it must not make anything else cheap.
            (#"{"n": -5}"#, 0),
            // Null and absent are what the plan is made for: as without the argument.
            (#"{"n": null}"#, 20 * 21), ("{}", 20 * 21),
        ] as [(String, Int64)])
    func `a limit may be a variable`(_ variables: String, _ expected: Int64) throws {
        let query = "query($n: Int) { users(limit: $n) { written(limit: $n) { id } } }"
        #expect(try Self.cost(query, variables) == expected)
        #expect(try Self.cost("query($n: Int = 4) { users(limit: $n) { id } }") == 4)
    }

    @Test
    func `the worst case is that of the dearest variables`() throws {
        #expect(try Self.worst("query($n: Int!) { users(limit: $n) { id } }", #"{"n": 101}"#) == 1000)
        // A usual number has a plan of its own.
        #expect(try Self.worst("query($n: Int!) { users(limit: $n) { id } }", #"{"n": 3}"#) == 3)
        #expect(try Self.worst("{ users(limit: 3) { id } }") == 3)
        #expect(
            try Self.worst("query($n: Int!) { articles_aggregate(limit: $n) { aggregate { count } } }", #"{"n": 101}"#)
                == Int64(Int32.max))
    }

    @Test
    func `fields that fragments bring twice are counted once`() throws {
        let fragments =
            "fragment A on users { written(limit: 5) { id } ...B } fragment B on users { written(limit: 5) { title } }"
        #expect(try Self.cost("{ users(limit: 3) { ...A ...B ...A } } \(fragments)") == 3 * (1 + 5))
        #expect(
            try Self.cost(
                "query($y: Boolean!) { users(limit: 3) { id written(limit: 5) @include(if: $y) { id } } }",
                #"{"y": false}"#)
                == 3)
    }

    @Test
    func `sums and products end at a bound instead of overflowing`() throws {
        var query = "id"
        for _ in 0..<12 { query = "written_aggregate(limit: 2147483647) { nodes { author { \(query) } } }" }
        #expect(try Self.cost("{ users(limit: 1000) { \(query) } }") == CostEstimate.maximum)
    }
}
