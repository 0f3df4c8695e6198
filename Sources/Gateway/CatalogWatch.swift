// Follows the schemas of databases that say cheaply whether they have changed: when one has, the catalog is read anew, rules
// are checked against it, and the project is swapped. What does not fit any more leaves the old edition in use: it names
// what the rules were written for, and everything else stays denied.
internal import Base
internal import Connectors
internal import Metadata
internal import Reactor
internal import Synchronization

package final class CatalogWatch: Sendable {
    private let served: ServedProject
    private let state = Mutex(State())

    private struct State {
        /// By source: what its schema was last known by. `nil` where nothing is known.
        var fingerprints: [String?] = []
        var task: Task<Void, Never>?
    }

    package init(_ served: ServedProject) {
        self.served = served
    }

    /// How a look at the schemas ended.
    package enum Outcome: Sendable {
        case unchanged
        case swapped
        /// The old edition stays in use.
        case refused(ProjectFailure)
    }

    /// Looks again and again, on a thread of its own. Does nothing where no source is to be watched.
    /// - Returns: what ends it.
    package func start() throws -> Watching? {
        let pauses = served.project.configuration.sources.compactMap(\.refresh)
        guard let pause = pauses.min() else { return nil }
        let loop = try EventLoop(name: "catalog")
        let task = Task(executorPreference: loop) {
            while !Task.isCancelled {
                try? await Task.sleep(for: pause)
                if Task.isCancelled { return }
                _ = await self.look()
            }
        }
        return Watching(task: task, loop: loop)
    }

    package struct Watching: Sendable {
        fileprivate let task: Task<Void, Never>
        fileprivate let loop: EventLoop

        package func stop() async {
            task.cancel()
            await task.value
            loop.stop()
        }
    }

    /// One look; blocks while databases are asked. Not on a loop that serves.
    package func look() async -> Outcome {
        let project = served.project
        let known = state.withLock { $0.fingerprints }
        var fingerprints: [String?] = []
        for (index, connector) in project.connectors.enumerated() {
            guard project.configuration.sources[index].refresh != nil else {
                fingerprints.append(nil)
                continue
            }
            // A database that does not answer has not changed: requests are told that it does not answer.
            let last = known.indices.contains(index) ? known[index] : nil
            do throws(ConnectorError) {
                fingerprints.append(try connector.fingerprint(project.schemas[index]))
            } catch {
                fingerprints.append(last)
            }
        }
        guard fingerprints != known else { return .unchanged }
        do throws(ProjectFailure) {
            // What the fingerprint tells may be none of the catalog's business, such as a temporary table.
            guard let next = try await project.refreshed() else {
                state.withLock { $0.fingerprints = fingerprints }
                return .unchanged
            }
            // Whoever swapped meanwhile may not have seen what this look saw: the next one tells.
            guard served.replace(project, by: next) else { return .unchanged }
            state.withLock { $0.fingerprints = fingerprints }
            project.report(.catalogChanged(collections: next.catalog.collections.count))
            return .swapped
        } catch {
            // Told once: until the schema changes again, it is as it was.
            if case .configuration = error { state.withLock { $0.fingerprints = fingerprints } }
            project.report(.catalogRefused(detail: error.description))
            return .refused(error)
        }
    }
}
