// Who a request comes from, after its credentials were checked (by `Auth`): the only thing the rules see of them. Shared by all
// requests with the same token, so what was computed for one of them can be kept for the next.

package import Synchronization

package final class Caller: Sendable {
    package enum Kind: Sendable, Hashable {
        /// No credential was presented.
        case anonymous
        /// The admin secret was presented: rules do not bind.
        case admin
        /// A verified token, or an identity that an admin put on.
        case user
    }

    package let kind: Kind
    /// `args.auth`: numbers as the token wrote them. `nil` for anonymous callers, and for admins without claim headers.
    package let claims: JSONObject?
    /// Seconds since 1970 from which the token is no longer accepted (the configured leeway included).
    package let expiresAt: Int64?
    /// What later stages computed from the claims; see `CallerMemo`.
    package let memo = Mutex(CallerMemo())

    package init(kind: Kind, claims: JSONObject? = nil, expiresAt: Int64? = nil) {
        self.kind = kind
        self.claims = claims
        self.expiresAt = expiresAt
    }

    package func isExpired(now: Int64) -> Bool {
        guard let expiresAt else { return false }
        return now >= expiresAt
    }
}

/// A note on a caller by a stage that this module does not know (the authorization shape): valid only as long as the
/// generation of rules and catalog it was made from.
package struct CallerMemo: Sendable {
    package var generation: UInt64 = 0
    package var value: (any Sendable)?

    package init() {}
}

extension Caller.Kind {
    /// As it stands in logs.
    package var word: String {
        switch self {
        case .anonymous: "anonymous"
        case .admin: "admin"
        case .user: "user"
        }
    }
}
