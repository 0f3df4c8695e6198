// Numbers for the names of one document, equal for equal bytes: an open-addressing table over byte ranges, so that no
// name becomes a string to be told from another.

struct NameNumbers {
    private let document: Document
    /// The first range seen for each number.
    private var ranges: [Range<Int>] = []
    /// Number + 1, or 0 where the slot is free.
    private var slots: [UInt32]

    init(_ document: Document) {
        self.document = document
        slots = Array(repeating: 0, count: 64)
    }

    /// Numbers go from 0 to here.
    var count: Int { ranges.count }

    mutating func number(_ range: Range<Int>) -> Int {
        if ranges.count * 2 >= slots.count { grow() }
        var slot = hash(range) & (slots.count - 1)
        while slots[slot] != 0 {
            let number = Int(slots[slot]) - 1
            if document.areEqual(ranges[number], range) { return number }
            slot = (slot + 1) & (slots.count - 1)
        }
        ranges.append(range)
        slots[slot] = UInt32(truncatingIfNeeded: ranges.count)
        return ranges.count - 1
    }

    private mutating func grow() {
        slots = Array(repeating: 0, count: slots.count * 2)
        for (number, range) in ranges.enumerated() {
            var slot = hash(range) & (slots.count - 1)
            while slots[slot] != 0 { slot = (slot + 1) & (slots.count - 1) }
            slots[slot] = UInt32(truncatingIfNeeded: number + 1)
        }
    }

    private func hash(_ range: Range<Int>) -> Int { document.hash(of: range, seed: NameNumbers.seed) }

    /// Chosen anew in every process, so that nobody can write names that all fall into one slot.
    private static let seed = UInt64.random(in: .min ... .max)
}

extension Document {
    /// A hash of the bytes of a range; never negative.
    func hash(of range: Range<Int>, seed: UInt64) -> Int {
        let source = source
        let span = source.span
        var hash = seed
        for index in range {
            hash = (hash ^ UInt64(span[index])) &* 0x9E37_79B9_7F4A_7C15
            hash ^= hash >> 29
        }
        return Int(truncatingIfNeeded: hash >> 1)
    }
}
