// Timers of one loop: a binary heap by deadline in which every entry knows its place, so that cancelling is O(log n)
// and leaves nothing behind. It has no clock: the time is handed in, which is how the tests drive it.

/// Names a scheduled timer; stale once the timer fired or was cancelled, and then recognisably so.
package struct TimerID: Sendable, Hashable {
    let slot: UInt32
    let generation: UInt32
}

package struct TimerQueue {
    package typealias Action = @Sendable () -> Void

    private struct Slot {
        var generation: UInt32 = 0
        /// Index in `heap`; -1 while the slot is free.
        var position = -1
        var action: Action?
    }

    private struct Entry {
        var deadline: MonotonicInstant
        /// Equal deadlines fire in the order they were scheduled.
        var sequence: UInt64
        var slot: UInt32

        func isBefore(_ other: Entry) -> Bool {
            deadline == other.deadline ? sequence < other.sequence : deadline < other.deadline
        }
    }

    private var heap: [Entry] = []
    private var slots: [Slot] = []
    private var freeSlots: [UInt32] = []
    private var nextSequence: UInt64 = 0

    package init() {}

    package var count: Int { heap.count }

    /// When the next timer is due.
    package var nextDeadline: MonotonicInstant? { heap.first?.deadline }

    package mutating func schedule(at deadline: MonotonicInstant, _ action: @escaping Action) -> TimerID {
        let slot: UInt32
        if let free = freeSlots.popLast() {
            slot = free
        } else {
            slot = UInt32(slots.count)
            slots.append(Slot())
        }
        slots[Int(slot)].action = action
        heap.append(Entry(deadline: deadline, sequence: nextSequence, slot: slot))
        nextSequence += 1
        slots[Int(slot)].position = heap.count - 1
        siftUp(heap.count - 1)
        return TimerID(slot: slot, generation: slots[Int(slot)].generation)
    }

    /// True when the timer was still waiting.
    @discardableResult
    package mutating func cancel(_ timer: TimerID) -> Bool {
        guard Int(timer.slot) < slots.count else { return false }
        let slot = slots[Int(timer.slot)]
        guard slot.generation == timer.generation, slot.position >= 0 else { return false }
        remove(at: slot.position)
        return true
    }

    /// Takes one timer that is due at `now`, earliest first; nil when none is.
    package mutating func popExpired(at now: MonotonicInstant) -> Action? {
        guard let first = heap.first, first.deadline <= now else { return nil }
        let action = slots[Int(first.slot)].action
        remove(at: 0)
        return action
    }

    private mutating func remove(at position: Int) {
        let slot = Int(heap[position].slot)
        let last = heap.count - 1
        if position != last {
            heap.swapAt(position, last)
            slots[Int(heap[position].slot)].position = position
        }
        heap.removeLast()
        slots[slot].generation &+= 1
        slots[slot].position = -1
        slots[slot].action = nil
        freeSlots.append(UInt32(slot))
        if position < heap.count {
            siftUp(position)
            siftDown(position)
        }
    }

    private mutating func siftUp(_ start: Int) {
        var child = start
        while child > 0 {
            let parent = (child - 1) / 2
            guard heap[child].isBefore(heap[parent]) else { return }
            exchange(child, parent)
            child = parent
        }
    }

    private mutating func siftDown(_ start: Int) {
        var parent = start
        while true {
            var smallest = parent
            for child in (2 * parent + 1)...(2 * parent + 2)
            where child < heap.count && heap[child].isBefore(heap[smallest]) {
                smallest = child
            }
            guard smallest != parent else { return }
            exchange(parent, smallest)
            parent = smallest
        }
    }

    private mutating func exchange(_ left: Int, _ right: Int) {
        heap.swapAt(left, right)
        slots[Int(heap[left].slot)].position = left
        slots[Int(heap[right].slot)].position = right
    }
}
