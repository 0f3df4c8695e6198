// "Did you mean …?": which known names a misspelt one may stand for. Used by everything that reads names an owner wrote
// (configuration, rules, command line); the GraphQL layer has its own, worded as the reference implementation does.

/// Up to five of `candidates` that are near `name` and none of which is nearer than another, in alphabetical order.
/// Differences of case alone count as one step.
package func suggestions(for name: String, in candidates: some Sequence<String>) -> [String] {
    // A name may differ in about two letters of five before it is a different name.
    let limit = name.utf8.count * 2 / 5 + 1
    let lowered = Array(name.lowercased().unicodeScalars)
    var found: [(distance: Int, name: String)] = []
    for candidate in candidates where candidate != name {
        let other = Array(candidate.lowercased().unicodeScalars)
        guard abs(other.count - lowered.count) <= limit else { continue }
        let distance = max(1, editDistance(lowered, other))
        if distance <= limit { found.append((distance, candidate)) }
    }
    let nearest = found.lazy.map(\.distance).min()
    return found.filter { $0.distance == nearest }.map(\.name).sorted().prefix(5).map { $0 }
}

/// `did you mean "a"?`, `did you mean "a" or "b"?` …; `nil` without names.
package func didYouMean(_ names: [String]) -> String? {
    let quoted = names.prefix(5).map { "\"\($0)\"" }
    switch quoted.count {
    case 0: return nil
    case 1: return "did you mean \(quoted[0])?"
    case 2: return "did you mean \(quoted[0]) or \(quoted[1])?"
    default: return "did you mean \(quoted.dropLast().joined(separator: ", ")) or \(quoted[quoted.count - 1])?"
    }
}

/// Insertions, deletions, substitutions and swaps of neighbours needed to turn one text into the other.
private func editDistance(_ left: [Unicode.Scalar], _ right: [Unicode.Scalar]) -> Int {
    if left.isEmpty || right.isEmpty { return max(left.count, right.count) }
    var beforePrevious: [Int] = []
    var previous = Array(0...right.count)
    for row in 1...left.count {
        var current = [row]
        current.reserveCapacity(right.count + 1)
        for column in 1...right.count {
            let isSame = left[row - 1] == right[column - 1]
            var cost = min(previous[column] + 1, current[column - 1] + 1, previous[column - 1] + (isSame ? 0 : 1))
            if row > 1, column > 1, left[row - 1] == right[column - 2], left[row - 2] == right[column - 1] {
                cost = min(cost, beforePrevious[column - 2] + 1)
            }
            current.append(cost)
        }
        beforePrevious = previous
        previous = current
    }
    return previous[right.count]
}
