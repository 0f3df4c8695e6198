// A type as fields, arguments and variables refer to it: a name wrapped in lists and non-null marks.
// Specification, section 3.4.1 "Wrapping Types".

package indirect enum TypeReference: Sendable, Hashable, CustomStringConvertible {
    case named(String)
    case list(TypeReference)
    case nonNull(TypeReference)

    /// `[T!]!` as the language writes it.
    package var description: String {
        switch self {
        case .named(let name): name
        case .list(let item): "[\(item)]"
        case .nonNull(let inner): "\(inner)!"
        }
    }

    /// The name inside all wrapping.
    package var name: String {
        switch self {
        case .named(let name): name
        case .list(let inner), .nonNull(let inner): inner.name
        }
    }

    package var isNonNull: Bool {
        if case .nonNull = self { return true }
        return false
    }

    /// The type without an outer non-null mark.
    package var nullable: TypeReference {
        if case .nonNull(let inner) = self { return inner }
        return self
    }

    /// The item's type when this is a list, non-null or not.
    package var item: TypeReference? {
        switch self {
        case .named: nil
        case .list(let item): item
        case .nonNull(let inner): inner.item
        }
    }

    package var isList: Bool { item != nil }
}

extension TypeReference {
    /// `[T!]!`, for code that describes types: `.nonNullList(of: "T")`.
    package static func nonNullList(of name: String) -> TypeReference {
        .nonNull(.list(.nonNull(.named(name))))
    }

    package static func nonNull(_ name: String) -> TypeReference { .nonNull(.named(name)) }
    package static func list(of name: String) -> TypeReference { .list(.nonNull(.named(name))) }
}
