// The `audit` section: whether and where each request is recorded: who asked, what operation, and which rules decided.

internal import Base

package struct AuditConfiguration: Sendable, Hashable {
    /// One JSON object a line is appended here.
    package var file: String
    /// The way to the claim that says who a caller is; nothing else of the claims is recorded. `nil` for the kind of caller
    /// alone.
    package var identity: [String]?
    /// Bytes that may wait to be written; what comes beyond is counted and left out.
    package var queueBytes = 4 << 20

    static let keys = ["file", "identity", "queueBytes"]

    init?(_ node: ConfigurationNode, directory: String) {
        guard let section = node.section(Self.keys) else { return nil }
        if let value = section["queueBytes"]?.byteSize(atLeast: 4096) { queueBytes = value }
        if let node = section["identity"], let text = node.text() {
            if let path = ClaimsPath(text.hasPrefix("$") ? text : "$." + text), !path.segments.isEmpty {
                identity = path.segments
            } else {
                node.report("\"\(text)\" names no claim", "such as \"id\" or '$[\"a.b\"]'")
            }
        }
        guard let file = section.required("file")?.text() else { return nil }
        self.file = resolvePath(file, relativeTo: directory)
    }
}
