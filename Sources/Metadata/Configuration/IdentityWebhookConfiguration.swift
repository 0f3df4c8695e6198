// `auth.webhook`: a service of the owner's that says who a caller is.

internal import Base

package struct IdentityWebhookConfiguration: Sendable, Hashable {
    package var url: String
    /// For the whole call.
    package var timeout = Duration.seconds(5)
    /// Headers that are credentials, in lower case: handed on, and part of what an answer is kept under. A request with none of
    /// them is anonymous.
    package var forwarded = ["authorization", "cookie"]
    /// The longest that an answer is kept, whatever it says itself.
    package var longestLifetime = Duration.seconds(300)
    /// Where in the answer the claims of `args.auth` are.
    package var claims = ClaimsPath()

    package init(url: String) {
        self.url = url
    }

    init?(_ node: ConfigurationNode) {
        guard let section = node.section(["url", "timeout", "forward", "cache", "claims"]),
            let urlNode = section.required("url"), let url = urlNode.text()
        else { return nil }
        guard KeySetConfiguration.isSafe(url) else {
            urlNode.report(
                "\"\(url)\" is no https URL",
                "who a caller is must not be said by anyone on the way; http is for localhost")
            return nil
        }
        self.init(url: url)
        if let value = section["timeout"]?.duration() { timeout = value }
        if let value = section["cache"]?.duration(allowsZero: true) { longestLifetime = value }
        if let node = section["claims"], let text = node.text() {
            if let path = ClaimsPath(text) {
                claims = path
            } else {
                node.report("\"\(text)\" is not a path to claims", "such as \"$\" or \"$.user\"")
            }
        }
        guard let list = section["forward"] else { return }
        forwarded = []
        for node in list.items() ?? [] {
            guard let name = node.text()?.lowercased() else { continue }
            if !isFieldName(name) || name.hasPrefix("x-perigee-") || Self.ofTheCall.contains(name) {
                node.report("\"\(name)\" is no header that is handed on")
            } else if !forwarded.contains(name) {
                forwarded.append(name)
            }
        }
        if forwarded.isEmpty { list.report("at least one header must be named: it is the credential") }
    }

    /// Headers that belong to a call or a connection.
    private static let ofTheCall: Set<String> = [
        "accept", "accept-encoding", "connection", "content-encoding", "content-length", "content-type", "expect",
        "host",
        "keep-alive", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade",
    ]
}
