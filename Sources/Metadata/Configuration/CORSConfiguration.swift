// The `server.cors` section: pages of which other origins may use the API from a browser.
// https://fetch.spec.whatwg.org/#http-cors-protocol

internal import Base

package struct CORSConfiguration: Sendable, Equatable {
    package enum Origins: Sendable, Equatable {
        case any
        /// In lower case.
        case some(Set<String>)
    }

    package var origins: Origins
    /// Whether browsers may add cookies of theirs; never together with `any`.
    package var credentials = false
    /// For so long browsers need not ask again.
    package var maxAge = Duration.seconds(600)
    /// Request headers besides those that the gateway itself reads.
    package var headers: [String] = []
    /// Response headers that pages may read, besides those that every page may.
    package var exposed: [String] = []

    static let keys = ["origins", "credentials", "maxAge", "headers", "exposed"]

    init?(_ node: ConfigurationNode) {
        guard let section = node.section(Self.keys) else { return nil }
        if let value = section["credentials"]?.flag() { credentials = value }
        if let value = section["maxAge"]?.duration(allowsZero: true) { maxAge = value }
        if let node = section["headers"] { headers = Self.names(node) }
        if let node = section["exposed"] { exposed = Self.names(node) }
        guard let node = section.required("origins"), let texts = node.texts() else { return nil }
        if texts == ["*"] {
            origins = .any
            if credentials {
                section["credentials"]?.report(
                    "credentials are not for pages of every origin", "name the origins in \"origins\"")
            }
            return
        }
        var known: Set<String> = []
        for text in texts {
            if text == "*" {
                node.report("\"*\" stands for every origin", "alone, as \"*\"")
            } else if let origin = webOrigin(text) {
                known.insert(origin)
            } else {
                node.report("\"\(text)\" is no origin", "such as https://app.example.org, without a path")
            }
        }
        origins = .some(known)
    }

    private static func names(_ node: ConfigurationNode) -> [String] {
        guard let names = node.texts() else { return [] }
        for name in names where !isFieldName(name) || name == "*" {
            node.report("\"\(name)\" is not the name of a header")
        }
        return names
    }
}

/// The origin as browsers write it: scheme, host and port unless it is the scheme's own, in lower case; `nil` for text that is
/// none. https://html.spec.whatwg.org/#ascii-serialisation-of-an-origin
func webOrigin(_ text: String) -> String? {
    let origin = text.lowercased()
    guard let scheme = ["https://", "http://"].first(where: { origin.hasPrefix($0) }) else { return nil }
    let rest = origin.dropFirst(scheme.count)
    let isPlain = rest.utf8.allSatisfy { byte in
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
        default: "-._~:[]".utf8.contains(byte)
        }
    }
    guard !rest.isEmpty, isPlain else { return nil }
    let own = scheme == "https://" ? ":443" : ":80"
    return rest.hasSuffix(own) ? String(origin.dropLast(own.count)) : origin
}
