// The loops of a process: one per core, and the choice of the one that takes the next connection.

internal import Synchronization

package final class EventLoopGroup: Sendable {
    package let loops: [EventLoop]

    /// Loops beyond this rarely help one process: the database is the bound long before.
    package static let defaultMaximum = 8

    /// The CPUs this process may use, at most `defaultMaximum`.
    package static var defaultCount: Int { min(System.cpuCount, defaultMaximum) }

    /// Starts `count` loops. With `firstCPU` loop *n* is pinned to CPU `firstCPU + n` (benchmarks).
    package init(
        count: Int = EventLoopGroup.defaultCount, name: String = "loop", firstCPU: Int? = nil
    ) throws(SystemError) {
        precondition(count > 0, "a group needs a loop")
        var loops: [EventLoop] = []
        do {
            for index in 0..<count {
                loops.append(try EventLoop(index: index, name: name, pinnedTo: firstCPU.map { $0 + index }))
            }
        } catch {
            for loop in loops { loop.stop() }
            throw error
        }
        self.loops = loops
    }

    /// The loop with the fewest connections, the first of equals.
    package var leastLoaded: EventLoop {
        var best = loops[0]
        var fewest = best.connectionCount.load(ordering: .relaxed)
        for loop in loops.dropFirst() {
            let count = loop.connectionCount.load(ordering: .relaxed)
            if count < fewest {
                (best, fewest) = (loop, count)
            }
        }
        return best
    }

    /// The loop whose thread is calling, if it is one of these.
    package var current: EventLoop? { loops.first { $0.isOnLoop } }

    /// Ends all threads and waits for them. Blocks: not from a loop.
    package func stop() {
        for loop in loops { loop.stop() }
    }
}
