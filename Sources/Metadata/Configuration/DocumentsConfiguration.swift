// The `documents` section: documents the gateway knows before they are asked for (trusted documents), and those it keeps
// when a client sends them (automatic persisted queries).

package struct DocumentsConfiguration: Sendable, Hashable {
    /// Folders of `.graphql` files and manifests, relative to nothing any more.
    package var trusted: [String] = []
    /// Whether nothing but trusted documents is answered.
    package var only = false
    /// Whether documents that clients send with their hash are kept under it.
    package var automatic = true
    /// Bytes of what is kept so.
    package var automaticBytes = 16 << 20

    package init() {}

    static let keys = ["trusted", "only", "automatic", "automaticBytes"]

    mutating func decode(_ node: ConfigurationNode, directory: String) {
        guard let section = node.section(Self.keys) else { return }
        if let paths = section["trusted"]?.texts() {
            trusted = paths.map { resolvePath($0, relativeTo: directory) }
            for path in trusted { node.references.note(tree: path) }
        }
        if let value = section["only"]?.flag() { only = value }
        if let value = section["automaticBytes"]?.byteSize() { automaticBytes = value }
        if let value = section["automatic"]?.flag() {
            automatic = value
            if value, only {
                section["automatic"]?.report("must not be true beside \"only\": what clients send is not trusted")
            }
        } else if only {
            automatic = false
        }
        if only, section["trusted"] == nil {
            section["only"]?.report("needs \"trusted\": without it nothing would be answered")
        }
    }
}
