// Where a name stands among all names of a catalog: a hash table of positions beside the names themselves, a sixth of the size
// of a dictionary that holds them once more.

struct NameIndex: Sendable {
    /// Positions, found by the hash of their name or right behind it; -1 where there is none. A power of two, at most two thirds
    /// of it taken.
    private let slots: [Int32]

    /// - Parameter names: each once.
    init(_ names: [String]) {
        var capacity = 16
        while capacity * 2 < names.count * 3 { capacity *= 2 }
        var slots = Array(repeating: Int32(-1), count: capacity)
        for (position, name) in names.enumerated() {
            var slot = Self.first(name, capacity)
            while slots[slot] >= 0 { slot = (slot + 1) & (capacity - 1) }
            slots[slot] = Int32(position)
        }
        self.slots = slots
    }

    /// - Parameter names: those it was made with.
    func position(of name: String, among names: [String]) -> Int? {
        var slot = Self.first(name, slots.count)
        while slots[slot] >= 0 {
            let position = Int(slots[slot])
            if names[position] == name { return position }
            slot = (slot + 1) & (slots.count - 1)
        }
        return nil
    }

    private static func first(_ name: String, _ capacity: Int) -> Int {
        name.hashValue & (capacity - 1)
    }
}

/// Some of the positions among all names: a bit for each.
struct PositionSet: Sendable {
    private var words: [UInt64]

    init(count: Int) {
        words = Array(repeating: 0, count: (count + 63) / 64)
    }

    func contains(_ position: Int) -> Bool { words[position / 64] & (1 << UInt64(position % 64)) != 0 }

    /// - Returns: whether it was not there.
    mutating func insert(_ position: Int) -> Bool {
        if contains(position) { return false }
        words[position / 64] |= 1 << UInt64(position % 64)
        return true
    }
}
