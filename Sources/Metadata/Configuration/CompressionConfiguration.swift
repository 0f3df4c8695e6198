// The `server.compression` section: answers are made smaller for clients that accept it. Without the section none is: zlib
// takes longer than all else that is done for most requests, and a proxy in front often does it anyway.

internal import Base

package struct CompressionConfiguration: Sendable, Equatable {
    /// Bytes of a body from which on it is compressed: a smaller one fits into one packet as it is.
    package var threshold = 1024
    /// Bytes of a body up to which it is compressed: the loop does nothing else meanwhile.
    package var maximum = 1 << 20
    /// 1 (quick) to 9 (small).
    package var level = 1

    static let keys = ["threshold", "maximum", "level"]

    init() {}

    init?(_ node: ConfigurationNode) {
        guard let section = node.section(Self.keys) else { return nil }
        if let value = section["threshold"]?.byteSize(atLeast: 128) { threshold = value }
        if let value = section["maximum"]?.byteSize(atLeast: 1024) { maximum = value }
        if let value = section["level"]?.integer(1...9) { level = value }
    }
}
