// What an idle subscription takes: a gateway holds tens of thousands.
import Base
import Foundation
import Gateway
import Reactor
import TestSupport
import Testing

@Suite(.serialized)
struct LiveMemoryTests {
    /// Bytes that are resident.
    private static var resident: Int {
        let fields = (try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8))?.split(separator: " ") ?? []
        return fields.count > 1 ? (Int(fields[1]) ?? 0) * 4096 : 0
    }

    private static func subscribe(_ count: Int, from first: Int, on served: ServedProject) async throws
        -> [any CancellableWork]
    {
        try await Task(executorPreference: TestGateway.loop) {
            let query = Array(
                "subscription One($id: Int!) { notes(where: {id: {_eq: $id}}, order_by: {id: asc}) { id body } }".utf8)
            return try (first..<first + count).map { id in
                let caller = Caller(kind: .user, claims: JSONValue(test: #"{"id": "\#(id)"}"#).object)
                return try served.subscribe(
                    GraphQLRequest(query: query, variables: JSONValue(test: #"{"id": \#(id)}"#).object), caller: caller,
                    on: TestGateway.loop
                ) { _ in }
            }
        }.value
    }

    @Test func `an idle subscription of its own takes little`() async throws {
        let gateway = try await TestGateway.make(
            sql: "CREATE TABLE notes (id INTEGER PRIMARY KEY, body TEXT); INSERT INTO notes VALUES (1, 'x');",
            collections: #""main.notes": { "read": { "rule": "allow" } }"#)
        let served = ServedProject(gateway.project)
        // What all of them share is not counted.
        let some = try await Self.subscribe(500, from: 0, on: served)
        try await Task.sleep(for: .milliseconds(200))
        let before = Self.resident
        let count = 10_000
        let many = try await Self.subscribe(count, from: 1000, on: served)
        try await Task.sleep(for: .seconds(1))
        let each = (Self.resident - before) / count
        print("resident bytes of a subscription: \(each)")
        #expect(each < 2560, "of which the caller and its claims are some")
        #expect(
            await Task(executorPreference: TestGateway.loop) { served.liveSizes(on: TestGateway.loop).cohorts }.value
                == count + 500)
        await Task(executorPreference: TestGateway.loop) { for work in some + many { work.cancel() } }.value
    }
}
