// A function of a database as the configuration names it: by its name alone, or with the types of its arguments, which tell
// it from others of that name.

package struct FunctionReference: Sendable, Hashable {
    /// `schema.function` outside the default schema.
    package let name: String
    /// Of its arguments, in lower case; `nil` where they are not said.
    package let types: [String]?

    /// - Parameter text: `name`, or `name(type, type)`.
    package init(_ text: String) {
        guard text.last == ")", let start = text.firstIndex(of: "(") else {
            name = text
            types = nil
            return
        }
        name = Self.trimmed(text[..<start])
        let list = Self.trimmed(text[text.index(after: start)...].dropLast())
        types =
            list.isEmpty
            ? [] : list.lowercased().split(separator: ",", omittingEmptySubsequences: false).map(Self.trimmed)
    }

    package func names(_ function: FunctionDescription) -> Bool {
        guard function.name == name else { return false }
        guard let types else { return true }
        return types.count == function.arguments.count
            && zip(types, function.arguments).allSatisfy { $1.spellings.contains($0) }
    }

    private static func trimmed(_ text: Substring) -> String {
        var rest = text.unicodeScalars
        while let first = rest.first, first.properties.isWhitespace { rest.removeFirst() }
        while let last = rest.last, last.properties.isWhitespace { rest.removeLast() }
        return String(rest)
    }
}

extension FunctionDescription {
    /// As a reference names it and no other of its name.
    package var signature: String { "\(name)(\(arguments.map(\.words).joined(separator: ", ")))" }
}

extension FunctionDescription.Argument {
    /// What its type may be called: `integer`, `int4`, `pg_catalog.int4`; `text[]`, `_text`.
    fileprivate var spellings: [String] {
        var names = [words, type.name, "\(type.schema).\(type.name)"]
        if type.name.hasPrefix("_") {
            names += [type.name.dropFirst() + "[]", "\(type.schema).\(type.name.dropFirst())[]"]
        }
        return names.map { $0.lowercased() }
    }
}
