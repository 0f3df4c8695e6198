// `sources.<name>.queryTags`: what the comment in front of each statement says.

internal import Base

package enum QueryTags: String, Sendable, Hashable {
    /// There is none.
    case off
    /// The name of the operation.
    case operation
    /// That, and of requests that are part of a trace, which one.
    case trace

    /// `true` and `false`, or `trace`.
    init?(_ node: ConfigurationNode) {
        if case .string(let text) = node.value {
            guard text == Self.trace.rawValue else {
                node.report("must be true, false or \"trace\", not \"\(text)\"")
                return nil
            }
            self = .trace
            return
        }
        guard let flag = node.flag() else { return nil }
        self = flag ? .operation : .off
    }
}
