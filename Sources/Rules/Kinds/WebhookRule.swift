// `webhook`: a service of the owner's decides (rules of the API, section 4). Its verdict is a constant of the request, never of
// a row; it is asked only where everything that is known without it leaves it decisive (`VerdictSearch`).
internal import Base
internal import Metadata

package struct WebhookRule: Sendable, Hashable {
    package let url: String
    /// For the whole call.
    package let timeout: Duration
    /// How long a verdict is kept for the same question; `nil`: it is not.
    package let lifetime: Duration?
    /// Names of headers of the request that are handed on, in lower case.
    package let forwarded: [String]

    static let timeouts: ClosedRange<Duration> = .milliseconds(1) ... .seconds(60)
    static let defaultTimeout = Duration.seconds(5)
    static let longestLifetime = Duration.seconds(86_400)

    static func decode(_ node: RuleNode) -> WebhookRule? {
        guard
            let section = node.section(required: ["rule", "url"], optional: ["timeout", "cache", "forward"]),
            let urlNode = section["url"], let url = url(urlNode)
        else { return nil }
        var timeout: Duration? = defaultTimeout
        if let node = section["timeout"] { timeout = duration(node, within: timeouts) }
        var lifetime: Duration?
        if let node = section["cache"] {
            guard let found = duration(node, within: .milliseconds(1)...longestLifetime) else { return nil }
            lifetime = found
        }
        var forwarded: [String]? = []
        if let node = section["forward"] { forwarded = headers(node) }
        guard let timeout, let forwarded else { return nil }
        return WebhookRule(url: url, timeout: timeout, lifetime: lifetime, forwarded: forwarded)
    }

    func compile(_ scope: RuleScope, _ compiler: RuleCompiler) -> Condition {
        compiler.fact(.webhook(WebhookCall(webhook: self, operation: scope.operation)))
    }

    private static func url(_ node: RuleNode) -> String? {
        guard let text = node.string() else { return nil }
        let lowered = text.lowercased()
        guard let scheme = ["https://", "http://"].first(where: lowered.hasPrefix),
            let host = lowered.dropFirst(scheme.count).split(separator: "/", omittingEmptySubsequences: false).first,
            !host.isEmpty, !host.contains("@"), text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7f })
        else {
            node.report("\"\(text)\" is no URL to ask", suggestion: "such as https://example.org/may-read")
            return nil
        }
        return text
    }

    private static func duration(_ node: RuleNode, within range: ClosedRange<Duration>) -> Duration? {
        guard let text = node.string() else { return nil }
        guard let duration = parseDuration(text), range.contains(duration) else {
            node.report(
                "must be a duration from \(range.lowerBound.words) to \(range.upperBound.words), with its unit",
                suggestion: "such as \"500ms\", \"5s\" or \"10m\"")
            return nil
        }
        return duration
    }

    /// Headers that belong to the call itself or to one connection, and the one that must never leave the gateway.
    private static let unforwardable: Set<String> = [
        "accept-encoding", "connection", "content-encoding", "content-length", "content-type", "expect", "host",
        "keep-alive", "proxy-authorization", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade",
        "x-perigee-admin-secret",
    ]

    private static func headers(_ node: RuleNode) -> [String]? {
        guard let items = node.items() else { return nil }
        var names: [String] = []
        var isRight = true
        for item in items {
            guard let name = item.string()?.lowercased() else {
                isRight = false
                continue
            }
            let problem: String? =
                if !isFieldName(name) {
                    "\"\(name)\" is not the name of a header"
                } else if unforwardable.contains(name) {
                    "the header \"\(name)\" is not handed on"
                } else if names.contains(name) {
                    "the header \"\(name)\" is named twice"
                } else {
                    nil
                }
            if let problem {
                item.report(problem)
                isRight = false
            }
            names.append(name)
        }
        return isRight ? names : nil
    }
}

/// A webhook as one operation asks it.
package struct WebhookCall: Sendable, Hashable {
    package let webhook: WebhookRule
    package let operation: RuleOperation
}

extension Duration {
    fileprivate var words: String {
        let milliseconds = Int64(self / .milliseconds(1))
        return milliseconds % 1000 == 0 ? "\(milliseconds / 1000)s" : "\(milliseconds)ms"
    }
}
