// An ordered list of things with names, found by name without a search once it is long.

package protocol NamedDefinition: Sendable {
    var name: String { get }
}

package struct DefinitionList<Element: NamedDefinition>: Sendable, RandomAccessCollection, ExpressibleByArrayLiteral {
    package let elements: [Element]
    /// Only for long lists: comparing a few short strings is quicker than hashing one.
    private let positions: [String: Int]

    package init(_ elements: [Element]) {
        self.elements = elements
        var positions: [String: Int] = [:]
        if elements.count > 8 {
            positions.reserveCapacity(elements.count)
            for (index, element) in elements.enumerated() where positions[element.name] == nil {
                positions[element.name] = index
            }
        }
        self.positions = positions
    }

    package init(arrayLiteral elements: Element...) {
        self.init(elements)
    }

    package var startIndex: Int { 0 }
    package var endIndex: Int { elements.count }
    package subscript(position: Int) -> Element { elements[position] }

    /// The element of that name; the first, should there be several.
    package subscript(name: String) -> Element? {
        if elements.count > 8 {
            guard let index = positions[name] else { return nil }
            return elements[index]
        }
        for element in elements where element.name == name { return element }
        return nil
    }

    package var names: [String] { elements.map(\.name) }
}
