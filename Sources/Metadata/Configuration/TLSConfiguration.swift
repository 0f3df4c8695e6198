// The `server.tls` section: certificates and keys, read as files are, and what is asked of clients. What is in them is
// checked by whoever uses them; here they are bytes with the place they are named at.

internal import Base

package struct TLSConfiguration: Sendable, Equatable {
    /// A file that was read, or a secret.
    package struct Material: Sendable, Equatable {
        package let pointer: String
        package let content: Secret
    }

    package struct Certificate: Sendable, Equatable {
        /// Host names it is shown for, in lower case; empty for the section's own.
        package var names: [String]
        package var certificate: Material
        package var key: Material
    }

    package struct ClientCertificates: Sendable, Equatable {
        package var authority: Material
        package var isRequired: Bool
    }

    package enum Version: String, Sendable, CaseIterable {
        case tls12 = "1.2"
        case tls13 = "1.3"
    }

    /// The section's own first; never empty.
    package var certificates: [Certificate]
    package var clientCertificates: ClientCertificates?
    package var minimum = Version.tls12

    static let keys = ["certificate", "key", "certificates", "clientCertificates", "minimum"]
    static let certificateKeys = ["names", "certificate", "key"]
    static let clientKeys = ["authority", "required"]

    init?(_ node: ConfigurationNode, directory: String) {
        guard let section = node.section(Self.keys) else { return nil }
        if let node = section["minimum"] {
            // YAML reads 1.2 as a number.
            let text = if case .number(let number) = node.value { number.text } else { node.text() }
            if let text {
                if let version = Version(rawValue: text) {
                    minimum = version
                } else {
                    node.report("unknown version \"\(text)\"; must be \"1.2\" or \"1.3\"")
                }
            }
        }
        if let node = section["clientCertificates"] {
            clientCertificates = Self.clients(node, directory: directory)
        }
        let own = Self.certificate(section, names: [], directory: directory)
        let others = (section["certificates"]?.items() ?? []).compactMap { Self.named($0, directory: directory) }
        guard let own else { return nil }
        certificates = [own] + others
        var seen: Set<String> = []
        for other in others {
            for name in other.names where !seen.insert(name).inserted {
                node.report("the name \"\(name)\" has two certificates")
            }
        }
    }

    private static func named(_ node: ConfigurationNode, directory: String) -> Certificate? {
        guard let section = node.section(certificateKeys) else { return nil }
        let names = section.required("names").flatMap { hostNames($0) }
        guard let certificate = certificate(section, names: names ?? [], directory: directory), names != nil else {
            return nil
        }
        return certificate
    }

    private static func certificate(
        _ section: ConfigurationSection, names: [String], directory: String
    ) -> Certificate? {
        let certificate = section.required("certificate").flatMap { material($0, directory: directory) }
        let key = section.required("key").flatMap { material($0, directory: directory) }
        guard let certificate, let key else { return nil }
        return Certificate(names: names, certificate: certificate, key: key)
    }

    private static func clients(_ node: ConfigurationNode, directory: String) -> ClientCertificates? {
        guard let section = node.section(clientKeys) else { return nil }
        let isRequired = section["required"]?.flag() ?? false
        guard let authority = section.required("authority").flatMap({ material($0, directory: directory) }) else {
            return nil
        }
        return ClientCertificates(authority: authority, isRequired: isRequired)
    }

    /// A path; or a secret's name, which is how a key may come by the environment.
    private static func material(_ node: ConfigurationNode, directory: String) -> Material? {
        guard let text = node.text() else { return nil }
        if SecretResolver.isReference(text) {
            return node.secret().map { Material(pointer: node.pointer, content: $0) }
        }
        let path = resolvePath(text, relativeTo: directory)
        node.references.note(file: path)
        do {
            return Material(pointer: node.pointer, content: Secret(try FileReader(limit: 1 << 20).read(path)))
        } catch {
            node.report("the file \"\(text)\": \(error.message)")
            return nil
        }
    }

    private static func hostNames(_ node: ConfigurationNode) -> [String]? {
        guard let texts = node.texts() else { return nil }
        let names = texts.map { $0.lowercased() }
        for name in names where !isHostPattern(name) {
            node.report("\"\(name)\" is no host name", "such as \"api.example.org\" or \"*.example.org\"")
            return nil
        }
        return names
    }

    private static func isHostPattern(_ name: String) -> Bool {
        let labels = name.split(separator: ".", omittingEmptySubsequences: false)
        return labels.enumerated().allSatisfy { index, label in
            if label == "*" { return index == 0 && labels.count > 2 }
            return !label.isEmpty
                && label.utf8.allSatisfy { byte in
                    switch byte {
                    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
                        UInt8(ascii: "-"), UInt8(ascii: "_"):
                        true
                    default: false
                    }
                }
        }
    }
}
