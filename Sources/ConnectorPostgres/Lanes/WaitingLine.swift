// First in, first out, without moving what stays.

struct WaitingLine<Element> {
    private var elements: [Element] = []
    private var first = 0

    var count: Int { elements.count - first }
    var isEmpty: Bool { count == 0 }
    var next: Element? { isEmpty ? nil : elements[first] }

    mutating func append(_ element: Element) {
        elements.append(element)
    }

    /// At most this many, oldest first.
    mutating func take(_ most: Int) -> [Element] {
        let taken = Array(elements[first..<min(first + most, elements.count)])
        first += taken.count
        if first == elements.count || first > 1024 {
            elements.removeFirst(first)
            first = 0
        }
        return taken
    }

    mutating func takeAll() -> [Element] { take(count) }

    /// Takes out whatever matches, wherever it stands.
    @discardableResult
    mutating func remove(where matches: (Element) -> Bool) -> [Element] {
        guard !isEmpty else { return [] }
        var left: [Element] = []
        var removed: [Element] = []
        for element in elements[first...] {
            if matches(element) { removed.append(element) } else { left.append(element) }
        }
        elements = left
        first = 0
        return removed
    }
}
