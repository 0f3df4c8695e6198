// A cache with a bound that costs a lookup nothing beyond the dictionary's: two generations stand for least-recently-used.
// A hit in the old generation moves to the young one; when the young one is full, the old one is dropped whole.

package struct BoundedCache<Key: Hashable & Sendable, Value: Sendable>: Sendable {
    package private(set) var young: [Key: Value] = [:]
    @usableFromInline var old: [Key: Value] = [:]
    @usableFromInline let generationLimit: Int

    /// - Parameter capacity: the most entries it ever holds; at least 2.
    @inlinable
    package init(capacity: Int) {
        generationLimit = max(1, capacity / 2)
    }

    package var count: Int { young.count + old.count }

    @inlinable @inline(__always)
    package mutating func value(for key: Key) -> Value? {
        if let value = young[key] { return value }
        guard let value = old.removeValue(forKey: key) else { return nil }
        insert(value, for: key)
        return value
    }

    @inlinable @inline(__always)
    package mutating func insert(_ value: Value, for key: Key) {
        if young.count >= generationLimit, young[key] == nil {
            old = young
            young = [:]
        }
        young[key] = value
    }

    @inlinable
    package mutating func removeValue(for key: Key) {
        young[key] = nil
        old[key] = nil
    }

    package mutating func removeAll() {
        young = [:]
        old = [:]
    }
}
