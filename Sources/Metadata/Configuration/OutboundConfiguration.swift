// The `outbound` section: what the gateway may ask of others over HTTP.

internal import Base

package struct OutboundConfiguration: Sendable, Hashable {
    /// An entry of `allow`, as it is written.
    package struct Range: Sendable, Hashable {
        package let text: String
        package let pointer: String
    }

    /// Addresses and ranges that may be reached though they are not public.
    package var allowed: [Range] = []
    /// A file of certificate authorities in PEM that servers are checked by, in place of the system's.
    package var certificates: String?

    package init() {}

    static let keys = ["allow", "certificates"]

    mutating func decode(_ node: ConfigurationNode, directory: String) {
        guard let section = node.section(Self.keys) else { return }
        for node in section["allow"]?.items() ?? [] {
            if let text = node.text() { allowed.append(Range(text: text, pointer: node.pointer)) }
        }
        certificates = section["certificates"]?.text().map { resolvePath($0, relativeTo: directory) }
    }
}
