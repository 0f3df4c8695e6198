// `query` over another source (rules of the API, section 4): asked once a request, before the statement, and only if it is decisive.
import Gateway
import TestSupport
import Testing

@Suite(.serialized)
struct ForeignQueryTests {
    private static let sql = """
        create table notes (id integer primary key, title text, open int default 0);
        insert into notes values (1, 'One', 1), (2, 'Two', 0);
        """
    private static let staff = """
        create table staff (id integer primary key, person int, active int);
        insert into staff values (1, 7, 1), (2, 8, 0);
        """
    private static let all = "{ notes(order_by: {id: asc}) { id } }"
    private static let both = #"{"notes":[{"id":1},{"id":2}]}"#
    private static let query =
        #"{ "rule": "query", "collection": "hr.staff", "where": { "person": { "_eq": "args.auth.id" }, "active": { "_eq": 1 } } }"#

    private func gateway(_ read: String) async throws -> TestGateway {
        try await TestGateway.make(
            sql: Self.sql, collections: #""main.notes": { "read": \#(read), "create": \#(Self.query) }"#,
            others: [("hr", Self.staff)])
    }

    @Test(
        arguments: [
            (#"{"id": 7}"#, "yes"), (#"{"id": 8}"#, "no"), (#"{"id": 9}"#, "no"), (#"{"x": 1}"#, "unknown"),
            (#"{"id": "x"}"#, "unknown"),
        ] as [(TestCaller, String)])
    func `a row of another source decides`(_ caller: TestCaller, _ answer: String) async throws {
        let denied = "access-denied at $: The rules do not allow this request."
        let alone = try await gateway(Self.query)
        #expect(await alone.answer(Self.all, as: caller).contains(answer == "yes" ? Self.both : "access-denied"))
        let negated = try await gateway(#"{ "rule": "not", "clause": \#(Self.query) }"#)
        #expect(await negated.answer(Self.all, as: caller).contains(answer == "no" ? Self.both : "access-denied"))
        let beside = try await gateway(
            #"{ "rule": "or", "clauses": [ \#(Self.query), { "rule": "where", "where": { "open": { "_eq": 1 } } } ] }"#)
        #expect(
            await beside.data(Self.all, as: caller) == (answer == "yes" ? Self.both : #"{"notes":[{"id":1}]}"#))
        if answer == "no" { #expect(await alone.failure(Self.all, as: caller) == denied) }
    }

    @Test
    func `it is asked again for each request, and guards writes`() async throws {
        let gateway = try await gateway(#"{ "rule": "allow" }"#)
        let insert = #"mutation { insert_notes_one(object: {title: "x"}) { title } }"#
        #expect(await gateway.failure(insert, as: #"{"id": 8}"#).hasPrefix("access-denied"))
        try gateway.change("hr.db", "update staff set active = 1 where person = 8")
        #expect(await gateway.data(insert, as: #"{"id": 8}"#) == #"{"insert_notes_one":{"title":"x"}}"#)
        try gateway.change("hr.db", "delete from staff")
        #expect(await gateway.failure(insert, as: #"{"id": 8}"#).hasPrefix("access-denied"))
    }

    @Test
    func `no row of this source can be named in it`() async throws {
        let rule = #"{ "rule": "query", "collection": "hr.staff", "where": { "person": { "_eq": "args.row.id" } } }"#
        await #expect(throws: (any Error).self) { _ = try await gateway(rule) }
    }
}
