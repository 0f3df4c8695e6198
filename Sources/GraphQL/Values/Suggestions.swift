// "Did you mean": near names for the ones a document got wrong, in the reference's wording and order.

package enum Suggestions {
    private static let maximum = 5

    /// Candidates near `name`, nearest first; names at the same distance in natural order.
    package static func list(_ name: String, _ candidates: some Sequence<String>) -> [String] {
        let input = Array(name.utf16)
        let lowered = lowercase(input)
        let threshold = input.count * 4 / 10 + 1
        var found: [(distance: Int, name: String)] = []
        for candidate in candidates {
            let option = Array(candidate.utf16)
            guard let distance = distance(input, lowered, option, threshold) else { continue }
            found.append((distance, candidate))
        }
        found.sort { left, right in
            left.distance != right.distance
                ? left.distance < right.distance : naturalCompare(left.name, right.name) < 0
        }
        return found.map(\.name)
    }

    /// ` Did you mean "a", "b", or "c"?` with a leading space; empty without names. `kind` names what is meant, such as
    /// `the enum value`.
    package static func didYouMean(_ names: [String], kind: String? = nil) -> String {
        didYouMean(unquoted: names.map { "\"\($0)\"" }, kind: kind)
    }

    static func didYouMean(unquoted names: [String], kind: String? = nil) -> String {
        let shown = Array(names.prefix(maximum))
        guard let last = shown.last else { return "" }
        let start = " Did you mean " + (kind.map { $0 + " " } ?? "")
        switch shown.count {
        case 1: return start + last + "?"
        case 2: return start + shown[0] + " or " + last + "?"
        default: return start + shown.dropLast().joined(separator: ", ") + ", or " + last + "?"
        }
    }

    /// Less than, equal to or greater than zero, as `left` comes before, with or after `right`: digits by their value.
    package static func naturalCompare(_ left: String, _ right: String) -> Int {
        let first = Array(left.utf16)
        let second = Array(right.utf16)
        var i = 0
        var j = 0
        while i < first.count, j < second.count {
            if isDigit(first[i]), isDigit(second[j]) {
                let a = digits(first, &i)
                let b = digits(second, &j)
                if a.count != b.count { return a.count < b.count ? -1 : 1 }
                for (x, y) in zip(a, b) where x != y { return x < y ? -1 : 1 }
            } else {
                if first[i] != second[j] { return first[i] < second[j] ? -1 : 1 }
                i += 1
                j += 1
            }
        }
        // Equal so far: the shorter text first, leading zeros included.
        return first.count == second.count ? 0 : first.count < second.count ? -1 : 1
    }

    /// A run of digits without leading zeros.
    private static func digits(_ text: [UInt16], _ index: inout Int) -> ArraySlice<UInt16> {
        while index < text.count, text[index] == 0x30 { index += 1 }
        let start = index
        while index < text.count, isDigit(text[index]) { index += 1 }
        return text[start..<index]
    }

    private static func isDigit(_ unit: UInt16) -> Bool { unit >= 0x30 && unit <= 0x39 }

    private static func lowercase(_ units: [UInt16]) -> [UInt16] {
        units.map { $0 >= 0x41 && $0 <= 0x5A ? $0 + 32 : $0 }
    }

    /// Insertions, deletions, substitutions and swaps of neighbours; a change of case alone counts one. `nil` past the
    /// threshold.
    private static func distance(
        _ input: [UInt16], _ loweredInput: [UInt16], _ option: [UInt16], _ threshold: Int
    ) -> Int? {
        if input == option { return 0 }
        let other = lowercase(option)
        if loweredInput == other { return 1 }
        let (long, short) = loweredInput.count < other.count ? (other, loweredInput) : (loweredInput, other)
        if long.count - short.count > threshold { return nil }
        var beforePrevious: [Int] = []
        var previous = Array(0...short.count)
        for row in 1...max(long.count, 1) where row <= long.count {
            var current = [row]
            var smallest = row
            current.reserveCapacity(short.count + 1)
            for column in 1...max(short.count, 1) where column <= short.count {
                let cost = long[row - 1] == short[column - 1] ? 0 : 1
                var cell = min(previous[column] + 1, current[column - 1] + 1, previous[column - 1] + cost)
                if row > 1, column > 1, long[row - 1] == short[column - 2], long[row - 2] == short[column - 1] {
                    cell = min(cell, beforePrevious[column - 2] + 1)
                }
                smallest = min(smallest, cell)
                current.append(cell)
            }
            if smallest > threshold { return nil }
            beforePrevious = previous
            previous = current
        }
        let result = previous[short.count]
        return result <= threshold ? result : nil
    }
}
