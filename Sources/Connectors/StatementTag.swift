// What a statement says of itself to whoever looks at the database's log: the name of the operation that it answers, and the
// trace that a request is part of. The name belongs to the statement, so that one that is prepared stays one, however often it
// runs; a trace belongs to one run.

package struct StatementTag: Sendable, Hashable {
    /// A comment, and a space behind it.
    package let text: String
    private let operation: String
    /// Whether runs of requests that are traced say so.
    private let carriesTrace: Bool

    /// Bytes of a name; GraphQL has no bound for them.
    private static let longestName = 63

    /// - Parameter operation: as the document has it. Whatever is not of a GraphQL name is left out, so nothing ends the
    ///   comment but the tag itself.
    package init(operation: String?, carriesTrace: Bool = false) {
        let name = (operation ?? "").utf8.prefix(Self.longestName).filter { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"):
                true
            default: false
            }
        }
        self.operation = "operation='\(String(decoding: name, as: UTF8.self))'"
        self.carriesTrace = carriesTrace
        text = "/* \(self.operation) */ "
    }

    private init(operation: String, text: String) {
        self.operation = operation
        self.text = text
        carriesTrace = false
    }

    /// The tag of one run; `nil` where runs say no more than their statement.
    package func traced(by trace: TraceParent) -> StatementTag? {
        guard carriesTrace else { return nil }
        return StatementTag(operation: operation, text: "/* \(operation), traceparent='\(trace.text)' */ ")
    }
}
