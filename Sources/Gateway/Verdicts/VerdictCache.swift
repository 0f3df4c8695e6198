// Verdicts of webhooks whose rules let them be kept. The key is everything that was asked, compared in full: the rule, the exact
// body and the headers handed on.
internal import Base
internal import Outbound
internal import Reactor
internal import Rules
internal import Synchronization

final class VerdictCache: Sendable {
    struct Key: Hashable, Sendable {
        let webhook: WebhookRule
        let body: ByteKey
        let headers: [OutboundRequest.Header]
    }

    private struct Entry: Sendable {
        let verdict: Bool
        /// Nanoseconds of the monotonic clock.
        let expiresAt: Int64
    }

    /// Questions longer than this are asked each time: a few of them would be most of what the cache holds.
    static let maximumBodyBytes = 16 << 10

    private let entries: Mutex<BoundedCache<Key, Entry>>

    init(capacity: Int) {
        entries = Mutex(BoundedCache(capacity: capacity))
    }

    /// - Parameter now: nanoseconds of the monotonic clock.
    func verdict(for key: Key, now: Int64) -> Bool? {
        entries.withLock { entries in
            guard let entry = entries.value(for: key) else { return nil }
            if now < entry.expiresAt { return entry.verdict }
            entries.removeValue(for: key)
            return nil
        }
    }

    func keep(_ verdict: Bool, for key: Key, now: Int64) {
        guard let lifetime = key.webhook.lifetime, key.body.bytes.count <= Self.maximumBodyBytes else { return }
        let entry = Entry(verdict: verdict, expiresAt: now + Int64(lifetime / .nanoseconds(1)))
        entries.withLock { $0.insert(entry, for: key) }
    }

    /// Entries held, for tests.
    var count: Int { entries.withLock { $0.count } }
}
