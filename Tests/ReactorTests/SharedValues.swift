// Values that tests share with the threads they test.

import Synchronization

/// A number that several threads count up.
final class Counter: Sendable {
    private let state = Atomic(0)
    var value: Int { state.load(ordering: .acquiring) }
    func increment() { state.add(1, ordering: .acquiringAndReleasing) }
}

/// A condition that one thread sets and another waits for.
final class Flag: Sendable {
    private let state: Atomic<Bool>
    init(_ value: Bool = false) { state = Atomic(value) }
    var value: Bool { state.load(ordering: .acquiring) }
    func set(_ value: Bool) { state.store(value, ordering: .releasing) }
}
