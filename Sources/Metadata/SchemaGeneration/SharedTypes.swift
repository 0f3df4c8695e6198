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
        /// By position among the catalog's names: as different shapes see the type.
        var types: [[Entry]] = []
        var definitions = SharedDefinitions()
        var rows: Set<IdentityList<Entry>> = []
    }

    private let state = Mutex(State())
    /// Where a shape sees nothing of a type.
    private let absent = Entry(nil)

    /// Of one name: what comes beyond is not shared, which bounds what is kept here for shapes that are gone.
    private static let maximumVariants = 64
    /// The same for rows.
    private static let maximumRows = 1 << 16

    package init() {}

    /// - Parameter position: of the type among all names.
    func entry(of type: NamedType?, at position: Int, _ types: GeneratedTypes) -> Entry {
        guard let type else { return absent }
        return state.withLock { state in
            if state.types.isEmpty { state.types = Array(repeating: [], count: types.names.count) }
            let known = state.types[position]
            if let entry = known.first(where: { $0.type == type }) { return entry }
            let entry = Entry(
                state.definitions.sharing(type, name: types.names[position], like: known.first?.type, types))
            // Most types are seen alike by all.
            if known.isEmpty {
                state.types[position] = [entry]
            } else if known.count < Self.maximumVariants {
                state.types[position].append(entry)
            }
            return entry
        }
    }

    /// The same row of types, in the room of one that another shape has.
    func row(_ row: [Entry]) -> [Entry] {
        state.withLock { state in
            let own = IdentityList(elements: row)
            if state.rows.count < Self.maximumRows { return state.rows.insert(own).memberAfterInsert.elements }
            return state.rows.firstIndex(of: own).map { state.rows[$0].elements } ?? row
        }
    }

    /// How many types are held, for tests.
    package var count: Int { state.withLock { $0.types.reduce(0) { $0 + $1.count } } }
}

/// The types one shape has asked for, by their position among all names: room is made for a few neighbours at a time, since most
/// shapes ask for few.
struct AskedTypes: Sendable {
    private static let width = 64
    /// Stands where nothing has been asked for.
    private static let unasked = SharedTypes.Entry(nil)

    private var rows: [[SharedTypes.Entry]] = []

    subscript(position: Int) -> SharedTypes.Entry? {
        let row = position / Self.width
        guard row < rows.count, !rows[row].isEmpty else { return nil }
        let entry = rows[row][position % Self.width]
        return entry === Self.unasked ? nil : entry
    }

    mutating func set(_ entry: SharedTypes.Entry, at position: Int) {
        let row = position / Self.width
        if row >= rows.count { rows += Array(repeating: [], count: row + 1 - rows.count) }
        if rows[row].isEmpty { rows[row] = Array(repeating: Self.unasked, count: Self.width) }
        rows[row][position % Self.width] = entry
    }

    /// Gives up the room for what other shapes have asked for and seen alike.
    mutating func share(_ shared: SharedTypes) {
        for row in rows.indices where !rows[row].isEmpty { rows[row] = shared.row(rows[row]) }
    }

    /// How many have been asked for.
    var count: Int { rows.reduce(0) { $0 + $1.count { $0 !== Self.unasked } } }
}
