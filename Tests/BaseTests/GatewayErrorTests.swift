// The one error that leaves the gateway: its JSON, and the closed list of its codes beside the published table.
import Base
import Foundation
import TestSupport
import Testing

struct GatewayErrorTests {
    private static func text(_ error: GatewayError, internals: Bool = false) -> String {
        var buffer = ByteBuffer()
        error.encode(into: &buffer, internals: internals)
        return buffer.text
    }

    @Test
    func `an error is written with what it has`() {
        #expect(
            Self.text(GatewayError(.unexpected, "no"))
                == #"{"message":"no","extensions":{"path":"$","code":"unexpected"}}"#)
        let full = GatewayError(
            .validationFailed, "a \"b\"\n", locations: [.init(line: 1, column: 2), .init(line: 3, column: 4)],
            path: [.field("a"), .index(0)], extensionPath: "$.x", underlying: "secret \"words\"")
        #expect(
            Self.text(full)
                == #"{"message":"a \"b\"\n","locations":[{"line":1,"column":2},{"line":3,"column":4}],"path":["a",0],"extensions":{"path":"$.x","code":"validation-failed"}}"#
        )
        #expect(
            Self.text(full, internals: true).hasSuffix(#""code":"validation-failed","internal":"secret \"words\""}}"#))
        #expect(!Self.text(GatewayError(.unexpected, "no"), internals: true).contains("internal\":"))
    }

    @Test
    func `a limit is named beside the code that all of them share`() {
        #expect(
            Self.text(GatewayError(exceeded: .variablesDepth, "no"))
                == #"{"message":"no","extensions":{"path":"$","code":"limit-exceeded","limit":"variablesDepth"}}"#)
    }

    @Test
    func `the published table lists every code as it is`() throws {
        let table = JSONValue(
            test: try Repository.text(of: Repository.root.appendingPathComponent("schema/errors.json")))
        let published = (table.array ?? []).compactMap(\.object).map {
            "\($0["code"]?.string ?? "") \($0["party"]?.string ?? "") \($0["status"]?.number?.text ?? "")"
        }
        #expect(
            published.sorted() == ErrorCode.allCases.map { "\($0.rawValue) \($0.party.rawValue) \($0.status)" }.sorted()
        )
    }

    @Test
    func `the guide to errors names every code`() throws {
        let guide = try Repository.text(of: Repository.root.appendingPathComponent("docs/reference/errors.md"))
        for code in ErrorCode.allCases { #expect(guide.contains("`\(code.rawValue)`"), "\(code.rawValue)") }
    }
}
