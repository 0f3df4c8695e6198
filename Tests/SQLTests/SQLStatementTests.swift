// How run times decide a statement's lane.

import SQL
import Testing

@Suite struct SQLStatementTests {
    private let bound: Int64 = 150_000

    private func statement(after runs: [Int64]) -> SQLStatement {
        let statement = SQLStatement(text: "select 1", parameters: [], cellCount: 1)
        for run in runs { statement.record(run) }
        return statement
    }

    @Test(
        arguments: [
            ([], false),
            ([10_000], true),
            ([200_000], false),
            // One slow run among quick ones is the scheduler's; two are the statement's.
            ([10_000, 900_000, 10_000], true),
            ([10_000, 900_000, 800_000, 10_000], false),
            ([10_000, 900_000, 10_000, 900_000, 10_000], true),
        ] as [([Int64], Bool)])
    func `is quick when its recent runs were`(runs: [Int64], isQuick: Bool) {
        #expect(statement(after: runs).isBelow(bound) == isQuick)
    }

    @Test func `forgets slow runs by and by`() {
        let statement = statement(after: [300_000, 300_000])
        var runs = 0
        while !statement.isBelow(bound), runs < 100 {
            statement.record(1000)
            runs += 1
        }
        #expect((8...20).contains(runs))
    }

    @Test func `a demoted statement comes back after some forty quick runs`() {
        let statement = statement(after: [1000, 1000])
        statement.demote(from: bound)
        #expect(!statement.isBelow(bound))
        var runs = 0
        while !statement.isBelow(bound), runs < 200 {
            statement.record(1000)
            runs += 1
        }
        #expect((30...60).contains(runs))
    }

    @Test func `a statement that failed is suspect for forty good runs`() {
        let statement = statement(after: [1000, 1000])
        #expect(!statement.isSuspect)
        statement.suspect()
        for _ in 0..<39 { statement.record(1000) }
        #expect(statement.isSuspect)
        statement.record(1000)
        #expect(!statement.isSuspect)
        #expect(statement.isBelow(bound), "what it takes is known all the while")
    }

    @Test func `ids are never the same`() {
        let ids = (0..<100).map { _ in SQLStatement(text: "select 1", parameters: [], cellCount: 1).id }
        #expect(Set(ids).count == 100)
    }
}
