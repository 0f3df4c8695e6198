import TestSupport
// The projects that golden cases ask, each loaded once for all of them.
import Testing

actor GoldenProjects {
    @TaskLocal static var current = GoldenProjects()

    private var loading: [String: Task<TestGateway, any Error>] = [:]

    func project(_ name: String) async throws -> TestGateway {
        if let known = loading[name] { return try await known.value }
        let task = Task { try await TestGateway.fixture(name) }
        loading[name] = task
        return try await task.value
    }
}

extension GoldenProjects {
    /// The same over PostgreSQL.
    func postgres(_ name: String) async throws -> TestGateway {
        let key = "postgres:" + name
        if let known = loading[key] { return try await known.value }
        let task = Task { try await TestGateway.postgresFixture(name) }
        loading[key] = task
        return try await task.value
    }
}

/// Keeps the projects as long as the suite runs; their folders go with them.
struct SharedProjects: SuiteTrait, TestScoping {
    @concurrent
    func provideScope(
        for test: Test, testCase: Test.Case?, performing function: @Sendable @concurrent () async throws -> Void
    ) async throws {
        try await GoldenProjects.$current.withValue(GoldenProjects()) { try await function() }
    }
}

extension Trait where Self == SharedProjects {
    static var sharedProjects: SharedProjects { SharedProjects() }
}
