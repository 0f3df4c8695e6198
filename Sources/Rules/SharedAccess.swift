// What several authorization shapes may do with a collection alike is held once: a shape that differs in one rule has the same
// of all collections that rule does not decide.
internal import Metadata
internal import Synchronization

package final class SharedAccess: Sendable {
    /// A value that shapes share by reference.
    final class Entry<Value: Sendable>: Sendable {
        let value: Value

        init(_ value: Value) {
            self.value = value
        }
    }

    private struct State {
        var reads: [Int: [Entry<CollectionAccess>]] = [:]
        var writes: [Int: [Entry<CollectionWrites>]] = [:]
    }

    private let state = Mutex(State())

    /// Of one collection: what comes beyond is not shared, which bounds what is kept here for shapes that are gone.
    private static let maximumVariants = 64

    package init() {}

    func entry(of access: CollectionAccess, to collection: CollectionID) -> Entry<CollectionAccess> {
        state.withLock { Self.entry(of: access, among: &$0.reads[collection.index, default: []]) }
    }

    func entry(of writes: CollectionWrites, to collection: CollectionID) -> Entry<CollectionWrites> {
        state.withLock { Self.entry(of: writes, among: &$0.writes[collection.index, default: []]) }
    }

    private static func entry<Value: Equatable & Sendable>(
        of value: Value, among known: inout [Entry<Value>]
    ) -> Entry<Value> {
        if let entry = known.first(where: { $0.value == value }) { return entry }
        let entry = Entry(value)
        if known.count < maximumVariants { known.append(entry) }
        return entry
    }

    /// How many are held, for tests.
    package var count: Int {
        state.withLock { state in
            state.reads.values.reduce(0) { $0 + $1.count } + state.writes.values.reduce(0) { $0 + $1.count }
        }
    }
}
