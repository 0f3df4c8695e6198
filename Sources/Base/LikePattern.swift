// A pattern of SQL's LIKE, evaluated in memory with the meaning the dialect gives it everywhere: `%` any run, `_` one
// code point, `\` makes the next one literal, case matters.

package struct LikePattern: Sendable, Hashable {
    private enum Element: Hashable {
        case literal(Unicode.Scalar)
        case one
        case run
    }

    private let elements: [Element]

    /// `nil` when the pattern ends in a lone escape character.
    package init?(_ text: String) {
        var elements: [Element] = []
        var isEscaped = false
        for scalar in text.unicodeScalars {
            switch scalar {
            case _ where isEscaped:
                elements.append(.literal(scalar))
                isEscaped = false
            case "\\": isEscaped = true
            case "%": elements.append(.run)
            case "_": elements.append(.one)
            default: elements.append(.literal(scalar))
            }
        }
        guard !isEscaped else { return nil }
        self.elements = elements
    }

    package func matches(_ text: String) -> Bool {
        let scalars = Array(text.unicodeScalars)
        var position = 0
        var element = 0
        // Where to take up again after the last run: greedy matching needs no deeper memory, so time stays bounded by
        // text × pattern.
        var retry: (element: Int, position: Int)?
        while position < scalars.count {
            if element < elements.count, elements[element] == .run {
                retry = (element + 1, position)
                element += 1
            } else if element < elements.count,
                elements[element] == .one || elements[element] == .literal(scalars[position])
            {
                element += 1
                position += 1
            } else if let (resumed, start) = retry {
                retry = (resumed, start + 1)
                element = resumed
                position = start + 1
            } else {
                return false
            }
        }
        return elements[element...].allSatisfy { $0 == .run }
    }
}
