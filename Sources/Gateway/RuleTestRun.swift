// Runs the rows of a rules test, each by way of the whole pipeline, on a project whose connections undo what they write:
// no row of the table changes what the next one finds.
internal import Base
internal import Execution
package import Metadata
package import Reactor

package struct RuleTestRun: Sendable {
    private let pipeline: Pipeline
    private let loop: EventLoop

    /// - Parameter project: loaded with `discardsWrites`.
    package init(_ project: Project, on loop: EventLoop) {
        precondition(project.discardsWrites, "a test must not change the database")
        pipeline = Pipeline(project: project)
        self.loop = loop
    }

    /// How one row ended.
    package struct Outcome: Sendable {
        package let test: RuleTest
        /// What was expected and what came instead; `nil` for a test that holds.
        package let failure: (expected: String, got: String)?
    }

    package func run(_ test: RuleTest) async -> Outcome {
        let caller: Caller =
            switch test.caller {
            case .anonymous: Caller(kind: .anonymous)
            case .admin: Caller(kind: .admin)
            case .user(let claims): Caller(kind: .user, claims: claims)
            }
        let answer = await loop.value { await self.answer(test, caller) }
        return Outcome(test: test, failure: test.expectation.failure(answer))
    }

    private func answer(_ test: RuleTest, _ caller: Caller) async -> JSONValue {
        let request = GraphQLRequest(
            query: Array(test.document.utf8), operationName: test.operation, variables: test.variables)
        let timeout = pipeline.project.configuration.server.limits.requestTimeout
        let deadline = UInt64(clamping: MonotonicInstant.now.advanced(by: timeout).nanoseconds)
        var body: ByteBuffer
        do throws(RequestFailure) {
            body = try await pipeline.answer(
                request, caller: caller, now: test.now ?? SystemClock.now(), deadline: deadline, loop: loop
            ).body
        } catch {
            body = ByteBuffer("{\"errors\":")
            GatewayError.encode(error.errors, internals: false, into: &body)
            body.append(UInt8(ascii: "}"))
        }
        return (try? JSONScanner.parse(body.bytes)) ?? .null
    }
}

extension EventLoop {
    fileprivate func value<Value: Sendable>(_ work: @escaping @Sendable () async -> Value) async -> Value {
        await Task(executorPreference: self) { await work() }.value
    }
}

extension RuleTest.Expectation {
    /// What is wrong with an answer: what was expected, and what came.
    func failure(_ answer: JSONValue) -> (expected: String, got: String)? {
        let error = answer.object?["errors"]?.array?.first?.object
        let data = answer.object?["data"] ?? .null
        let got = error.map { "error \(Self.text($0))" } ?? "data \(data.text)"
        switch self {
        case .data(let expected):
            return error == nil && Self.isSame(expected, data) ? nil : ("data \(expected.text)", got)
        case .error(let code, let path):
            let extensions = error?["extensions"]?.object
            let isSame =
                extensions?["code"]?.string == code && (path == nil || extensions?["path"]?.string == path)
            return isSame ? nil : ("error \(code)\(path.map { " at \($0)" } ?? "")", got)
        case .rows(let counts):
            let found = counts.map { RuleTest.Count(key: $0.key, rows: Self.rows(data.object?[$0.key])) }
            if error == nil, found == counts { return nil }
            let text = { (counts: [RuleTest.Count]) in
                counts.map { "\($0.key): \($0.rows < 0 ? "none" : String($0.rows))" }.joined(separator: ", ")
            }
            return ("rows \(text(counts))", error == nil ? "rows \(text(found))" : got)
        }
    }

    private static func text(_ error: JSONObject) -> String {
        let extensions = error["extensions"]?.object
        let path = extensions?["path"]?.string.map { " at \($0)" } ?? ""
        return "\(extensions?["code"]?.string ?? "")\(path): \(error["message"]?.string ?? "")"
    }

    /// -1 where there is no such key.
    private static func rows(_ value: JSONValue?) -> Int {
        switch value {
        case .array(let items)?: items.count
        case .object(let object)?: object["affected_rows"]?.number?.int64.map { Int($0) } ?? 1
        case .null?: 0
        case nil, .bool?, .number?, .string?: -1
        }
    }

    /// Members in any order; numbers by what they are worth.
    private static func isSame(_ left: JSONValue, _ right: JSONValue) -> Bool {
        switch (left, right) {
        case (.object(let left), .object(let right)):
            left.count == right.count
                && left.members.allSatisfy { member in right[member.name].map { isSame(member.value, $0) } ?? false }
        case (.array(let left), .array(let right)):
            left.count == right.count && zip(left, right).allSatisfy { isSame($0, $1) }
        case (.number(let left), .number(let right)):
            left == right || ExactDecimal(left.text).map { $0 == ExactDecimal(right.text) } ?? false
        default: left == right
        }
    }
}
