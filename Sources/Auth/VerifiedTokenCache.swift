// Remembers callers whose tokens were verified, so that a request on a known token costs a lookup. Keyed by the whole
// credential, compared in full; bounded; an entry ends with its token.

internal import Synchronization

final class VerifiedTokenCache: Sendable {
    struct Key: Hashable, Sendable {
        let authorization: [UInt8]
        let requestedRole: [UInt8]?
    }

    /// Two generations stand for least-recently-used: a hit in the old one moves to the young one, and when the young one
    /// is full the old one is dropped whole. No list to keep, and still at most `capacity` entries.
    private struct Generations {
        var young: [Key: Caller] = [:]
        var old: [Key: Caller] = [:]

        mutating func insert(_ caller: Caller, for key: Key, limit: Int) {
            if young.count >= limit, young[key] == nil {
                old = young
                young = [:]
            }
            young[key] = caller
        }
    }

    /// A part of the cache with its own lock, so that loops seldom wait for one another.
    private final class Shard: Sendable {
        let generations = Mutex(Generations())
    }

    private let shards: [Shard]
    private let generationLimit: Int

    init(capacity: Int) {
        let count = capacity >= 512 ? 16 : 1
        shards = (0..<count).map { _ in Shard() }
        generationLimit = max(1, capacity / count / 2)
    }

    /// The caller of a token that is still valid at `now` (seconds since 1970).
    func caller(for key: Key, now: Int64) -> Caller? {
        shard(for: key).generations.withLock { generations in
            if let caller = generations.young[key] {
                if caller.isExpired(now: now) { generations.young[key] = nil }
                return caller.isExpired(now: now) ? nil : caller
            }
            guard let caller = generations.old.removeValue(forKey: key), !caller.isExpired(now: now) else { return nil }
            generations.insert(caller, for: key, limit: generationLimit)
            return caller
        }
    }

    /// Keeps `caller`, unless another request was first: then that one is returned, so that both share its memo.
    func insert(_ caller: Caller, for key: Key) -> Caller {
        shard(for: key).generations.withLock { generations in
            if let earlier = generations.young[key] { return earlier }
            generations.insert(caller, for: key, limit: generationLimit)
            return caller
        }
    }

    /// Entries held, for tests.
    var count: Int {
        shards.reduce(0) { $0 + $1.generations.withLock { $0.young.count + $0.old.count } }
    }

    private func shard(for key: Key) -> Shard {
        // The end of a token is its signature, which is as good as random; the very last character may carry few bits.
        let byte = key.authorization.dropLast().last ?? 0
        return shards[Int(byte) % shards.count]
    }
}
