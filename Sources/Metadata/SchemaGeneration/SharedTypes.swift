// Types that several authorization shapes see alike are held once: most shapes differ in a few collections, and a schema of
// hundreds of tables is large. Belongs to one catalog and goes with it.
internal import GraphQL
internal import Synchronization

package final class SharedTypes: Sendable {
    /// A type as one or more shapes see it.
    final class Entry: Sendable {
        /// `nil` where the shape sees nothing of it.
        let type: NamedType?

        init(_ type: NamedType?) {
            self.type = type
        }
    }

    private struct State {
        var types: [String: [Entry]] = [:]
        var fields: [String: [FieldDefinition]] = [:]
    }

    private let state = Mutex(State())
    private let absent = Entry(nil)

    /// Of one name: what comes beyond is not shared, which bounds what is kept here for shapes that are gone.
    private static let maximumVariants = 64

    package init() {}

    func entry(of type: NamedType?) -> Entry {
        guard let type else { return absent }
        return state.withLock { state in
            let known = state.types[type.name] ?? []
            if let entry = known.first(where: { $0.type == type }) { return entry }
            let entry = Entry(type)
            if known.count < Self.maximumVariants { state.types[type.name, default: []].append(entry) }
            return entry
        }
    }

    /// The same field, with the room for its arguments shared.
    func shared(_ field: FieldDefinition) -> FieldDefinition {
        state.withLock { state in
            let known = state.fields[field.name] ?? []
            if let same = known.first(where: { $0 == field }) { return same }
            if known.count < Self.maximumVariants { state.fields[field.name, default: []].append(field) }
            return field
        }
    }

    /// How many types are held, for tests.
    package var count: Int { state.withLock { $0.types.values.reduce(0) { $0 + $1.count } } }
}

/// The types one shape has asked for, by their position among all names: room is made for a few neighbours at a time, since most
/// shapes ask for few.
struct AskedTypes: Sendable {
    private var rows: [[SharedTypes.Entry?]] = []
    private static let width = 64

    subscript(position: Int) -> SharedTypes.Entry? {
        get {
            let row = position / Self.width
            guard row < rows.count, !rows[row].isEmpty else { return nil }
            return rows[row][position % Self.width]
        }
        set {
            let row = position / Self.width
            if row >= rows.count { rows += Array(repeating: [], count: row + 1 - rows.count) }
            if rows[row].isEmpty { rows[row] = Array(repeating: nil, count: Self.width) }
            rows[row][position % Self.width] = newValue
        }
    }

    /// How many have been asked for.
    var count: Int { rows.reduce(0) { $0 + $1.count { $0 != nil } } }
}
