// An ordered list of things with names, found by name without a search once it is long.

package protocol NamedDefinition: Sendable {
    var name: String { get }
}

package struct DefinitionList<Element: NamedDefinition>: Sendable, RandomAccessCollection, ExpressibleByArrayLiteral {
    package let elements: [Element]
    private let order: Order

    /// How an element is found: comparing a few short strings is quicker than hashing one, and a list that is sorted needs no
    /// room for more.
    private enum Order: Sendable {
        case short
        case sorted
        case any([String: Int])
    }

    package init(_ elements: [Element]) {
        self.elements = elements
        guard elements.count > 8 else {
            order = .short
            return
        }
        guard zip(elements, elements.dropFirst()).contains(where: { $0.name >= $1.name }) else {
            order = .sorted
            return
        }
        var positions: [String: Int] = [:]
        positions.reserveCapacity(elements.count)
        for (index, element) in elements.enumerated() where positions[element.name] == nil {
            positions[element.name] = index
        }
        order = .any(positions)
    }

    package init(arrayLiteral elements: Element...) {
        self.init(elements)
    }

    package var startIndex: Int { 0 }
    package var endIndex: Int { elements.count }
    package subscript(position: Int) -> Element { elements[position] }

    /// The element of that name; the first, should there be several.
    package subscript(name: String) -> Element? {
        switch order {
        case .short: return elements.first { $0.name == name }
        case .any(let positions): return positions[name].map { elements[$0] }
        case .sorted:
            var low = 0
            var high = elements.count
            while low < high {
                let middle = (low + high) / 2
                if elements[middle].name < name { low = middle + 1 } else { high = middle }
            }
            return low < elements.count && elements[low].name == name ? elements[low] : nil
        }
    }

    package var names: [String] { elements.map(\.name) }
}

extension DefinitionList: Equatable where Element: Equatable {
    package static func == (left: DefinitionList, right: DefinitionList) -> Bool { left.elements == right.elements }
}
