// `auth.cookie`: the cookie that holds a browser's token, and whose pages it is taken from.

internal import Base

package struct CookieConfiguration: Sendable, Hashable {
    package var name: String
    /// Origins besides the gateway's own whose pages may use the cookie, such as `https://app.example.org`; in lower case.
    package var origins: Set<String> = []

    package init(name: String, origins: Set<String> = []) {
        self.name = name
        self.origins = origins
    }

    /// The name alone, or an object.
    init?(_ node: ConfigurationNode) {
        if case .string = node.value {
            guard let name = Self.name(node) else { return nil }
            self.init(name: name)
            return
        }
        guard let section = node.section(["name", "origins"]),
            let name = section.required("name").flatMap({ Self.name($0) })
        else { return nil }
        self.init(name: name)
        for node in section["origins"]?.items() ?? [] {
            guard let text = node.text() else { continue }
            let origin = text.lowercased()
            let scheme = ["https://", "http://"].first { origin.hasPrefix($0) }
            if let scheme, !origin.dropFirst(scheme.count).isEmpty, !origin.dropFirst(scheme.count).contains("/") {
                origins.insert(origin)
            } else {
                node.report("\"\(text)\" is no origin", "such as https://app.example.org, without a path")
            }
        }
    }

    private static func name(_ node: ConfigurationNode) -> String? {
        guard let text = node.text() else { return nil }
        guard isFieldName(text) else {
            node.report("\"\(text)\" is not the name of a cookie")
            return nil
        }
        return text
    }
}

/// Whether it is a token (RFC 9110 section 5.6.2), which names of headers and of cookies are.
package func isFieldName(_ text: String) -> Bool {
    !text.isEmpty
        && text.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"):
                true
            default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
            }
        }
}
