// Fields that a rule shows as null on every row are null in every place a field may stand, whatever their type.
import Base
import Gateway
import TestSupport
import Testing

@Suite
struct NullFieldTests {
    private static let sql = """
        create table things (
          id int primary key, price numeric, small smallint, share real, data jsonb, made timestamptz, key uuid, ready boolean);
        insert into things values
          (1, 1.5, 1, 0.1, '{"a": 1}', '2024-02-29T12:00:00Z', '123e4567-e89b-12d3-a456-426614174000', true),
          (2, 2.5, 2, 0.2, '{"a": 2}', '2024-03-01T12:00:00Z', '123e4567-e89b-12d3-a456-426614174001', false);
        """

    private static let mask = #"{"rule": "mask", "with": null}"#
    private static let masked =
        #"{"read": {"rule": "or", "clauses": [{"rule": "and", "clauses": [{"rule": "where", "where": {"id": {"_eq": 1}}}, \#(mask)]}, {"rule": "and", "clauses": [{"rule": "authenticated"}, \#(mask)]}]}}"#

    private static func gateway(_ entry: String, _ database: TestDatabase) async throws -> TestGateway {
        let fields = ["price", "small", "share", "data", "made", "key", "ready"].map { "\"\($0)\": \(entry)" }
        return try await TestGateway.make(
            sql: sql,
            collections:
                #""main.things": {"read": {"rule": "allow"}, "fields": {\#(fields.joined(separator: ", "))}}"#,
            in: database)
    }

    @Test(
        arguments: [#"{"read": \#(mask)}"#, masked],
        PostgresCluster.isInstalled ? [TestDatabase.sqlite, .postgres] : [.sqlite])
    func `a field that is null on every row may stand anywhere`(_ entry: String, _ database: TestDatabase) async throws
    {
        let gateway = try await Self.gateway(entry, database)
        let nothing = #"{"things":[]}"#
        for (query, expected) in [
            (
                "{ things_aggregate { aggregate { count sum { price small } avg { share } max { made price } stddev { price } } } }",
                #"{"things_aggregate":{"aggregate":{"count":2,"sum":{"price":null,"small":null},"avg":{"share":null},"max":{"made":null,"price":null},"stddev":{"price":null}}}}"#
            ),
            ("{ things(where: {price: {_gt: 1}, small: {_in: [1]}}) { id } }", nothing),
            (#"{ things(where: {_not: {made: {_lt: "2025-01-01T00:00:00Z"}}}) { id } }"#, nothing),
            (#"{ things(where: {key: {_neq: "123e4567-e89b-12d3-a456-426614174000"}}) { id } }"#, nothing),
            ("{ things(where: {data: {_contains: {a: 1}}, ready: {_eq: true}}) { id } }", nothing),
            (
                #"{ things(order_by: {price: desc}) { id price share data(path: "a") made key ready } }"#,
                #"{"things":[{"id":1,"price":null,"share":null,"data":null,"made":null,"key":null,"ready":null},{"id":2,"price":null,"share":null,"data":null,"made":null,"key":null,"ready":null}]}"#
            ),
            (
                "{ things_group(by: [price, ready]) { key { price ready } aggregate { count } } }",
                #"{"things_group":[{"key":{"price":null,"ready":null},"aggregate":{"count":2}}]}"#
            ),
            ("{ things(distinct_on: [made]) { id } }", #"{"things":[{"id":1}]}"#),
        ] {
            #expect(await gateway.data(query, as: #"{"id": 1}"#) == expected, "\(query)")
        }
    }
}
