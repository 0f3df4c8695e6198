// The cache with two generations: never more than its bound, and what is asked stays.
import Base
import Testing

struct BoundedCacheTests {
    @Test(arguments: [0, 1, 2, 3, 10, 101])
    func `it never holds more than its capacity`(_ capacity: Int) {
        var cache = BoundedCache<Int, Int>(capacity: capacity)
        for index in 0..<1000 {
            cache.insert(index, for: index)
            // Old entries that move up again must not add to the bound either.
            _ = cache.value(for: index - capacity / 2)
            #expect(cache.count <= max(2, capacity))
            #expect(cache.value(for: index) == index)
        }
    }

    @Test
    func `what is asked again survives what is not`() {
        var cache = BoundedCache<Int, String>(capacity: 8)
        cache.insert("kept", for: -1)
        for index in 0..<1000 {
            cache.insert("\(index)", for: index)
            #expect(cache.value(for: -1) == "kept")
        }
        #expect(cache.value(for: 0) == nil)
        #expect(cache.value(for: 999) == "999")
    }

    @Test
    func `a key has the value that was put last`() {
        var cache = BoundedCache<String, Int>(capacity: 4)
        cache.insert(1, for: "a")
        for index in 0..<2 { cache.insert(index, for: "x\(index)") }
        cache.insert(2, for: "a")
        #expect(cache.value(for: "a") == 2)
        for index in 0..<2 { cache.insert(index, for: "y\(index)") }
        #expect(cache.value(for: "a") == 2 || cache.value(for: "a") == nil)
        cache.removeValue(for: "a")
        #expect(cache.value(for: "a") == nil)
        cache.removeAll()
        #expect(cache.count == 0)
    }
}
