// The `server.accessLog` section: a line for each request that was answered.

internal import Base

package struct AccessLogConfiguration: Sendable, Equatable {
    /// One JSON object a line is appended here.
    package var file: String
    /// Bytes that may wait to be written; what comes beyond is counted and left out.
    package var queueBytes = 4 << 20

    static let keys = ["file", "queueBytes"]

    init?(_ node: ConfigurationNode, directory: String) {
        guard let section = node.section(Self.keys) else { return nil }
        if let value = section["queueBytes"]?.byteSize(atLeast: 4096) { queueBytes = value }
        guard let file = section.required("file")?.text() else { return nil }
        self.file = resolvePath(file, relativeTo: directory)
    }
}
