// Remembers callers whose tokens were verified, so that a request on a known token costs a lookup. Keyed by the whole
// credential, compared in full; bounded; an entry ends with its token.

internal import Base
internal import Synchronization

final class VerifiedTokenCache: Sendable {
    struct Key: Hashable, Sendable {
        let authorization: ByteKey
        let requestedRole: ByteKey?

        init(authorization: [UInt8], requestedRole: [UInt8]?) {
            self.authorization = ByteKey(authorization)
            self.requestedRole = requestedRole.map { ByteKey($0) }
        }
    }

    /// A part of the cache with its own lock, so that loops seldom wait for one another.
    private final class Shard: Sendable {
        let entries: Mutex<BoundedCache<Key, Caller>>

        init(capacity: Int) {
            entries = Mutex(BoundedCache(capacity: capacity))
        }
    }

    private let shards: [Shard]

    init(capacity: Int) {
        let count = capacity >= 512 ? 16 : 1
        shards = (0..<count).map { _ in Shard(capacity: capacity / count) }
    }

    /// The caller of a token that is still valid at `now` (seconds since 1970).
    func caller(for key: Key, now: Int64) -> Caller? {
        shard(for: key).entries.withLock { entries in
            guard let caller = entries.value(for: key) else { return nil }
            guard caller.isExpired(now: now) else { return caller }
            entries.removeValue(for: key)
            return nil
        }
    }

    /// Keeps `caller`, unless another request was first: then that one is returned, so that both share its memo.
    func insert(_ caller: Caller, for key: Key) -> Caller {
        shard(for: key).entries.withLock { entries in
            if let earlier = entries.value(for: key) { return earlier }
            entries.insert(caller, for: key)
            return caller
        }
    }

    func removeAll() {
        for shard in shards { shard.entries.withLock { $0.removeAll() } }
    }

    /// Entries held, for tests.
    var count: Int {
        shards.reduce(0) { $0 + $1.entries.withLock { $0.count } }
    }

    private func shard(for key: Key) -> Shard {
        // The end of a token is its signature, which is as good as random; the very last character may carry few bits.
        let byte = key.authorization.bytes.dropLast().last ?? 0
        return shards[Int(byte) % shards.count]
    }
}
