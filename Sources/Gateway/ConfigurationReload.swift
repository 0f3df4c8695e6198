// Follows the files of a project while it serves: when one changes, or somebody asks, all of them are read and checked as
// at the start, and the project is swapped whole. What is wrong with them changes nothing: the project before it stays.
internal import Base
package import Metadata
package import Reactor
internal import Rules
internal import Synchronization

package final class ConfigurationReload: Sendable {
    package typealias Reading = @Sendable (FileReferences) throws(ConfigurationFailure) -> ProjectConfiguration

    private let served: ServedProject
    private let listener: SecureListener?
    private let read: Reading
    private let state = Mutex(State())

    private struct State {
        /// What the last reading found, fit or unfit; `nil` where it could not be finished.
        var contents: [String: [UInt8]?]?
    }

    /// A reading that sees its files change is begun anew, this many times.
    private static let maximumAttempts = 5
    /// A database that did not answer is asked again after this.
    static let retry = Duration.seconds(5)

    /// - Parameters:
    ///   - start: how the project that is served was read.
    ///   - listener: gets the certificates that are configured anew.
    package init(_ served: ServedProject, _ start: Start, listener: SecureListener? = nil) {
        self.served = served
        self.listener = listener
        read = start.read
        state.withLock { $0.contents = start.contents }
    }

    /// The first reading of a project's files.
    package struct Start: Sendable {
        package let configuration: ProjectConfiguration
        fileprivate let read: Reading
        fileprivate let contents: [String: [UInt8]?]

        /// - Parameter read: reads the configuration, with what a command line says in its place.
        package init(_ read: @escaping Reading) throws(ConfigurationFailure) {
            let references = FileReferences()
            _ = try read(references)
            // What changes from here on is found by comparing.
            contents = references.contents()
            configuration = try read(FileReferences())
            self.read = read
        }
    }

    /// How a reading ended.
    package enum Outcome: Sendable {
        /// No file says anything else than before.
        case unchanged
        /// - Parameter restart: keys whose new values wait for the next start.
        case reloaded(restart: [String])
        /// The project before it stays in use.
        case refused(ProjectFailure)
        /// The files change while they are read.
        case unsettled
    }

    /// One reading; blocks while files are read and databases are asked. Not on a loop that serves.
    /// - Parameter isDemanded: reads even if no file has changed: a database's schema may have.
    package func reload(isDemanded: Bool) async -> Outcome {
        for _ in 0..<Self.maximumAttempts {
            // What lies between two equal states of all files was read from one state of them.
            let before = FileReferences()
            _ = try? read(before)
            let contents = before.contents()
            let known = state.withLock { $0.contents }
            if !isDemanded, contents == known { return .unchanged }
            let outcome = await attempt()
            let after = FileReferences()
            _ = try? read(after)
            guard after.contents() == contents else { continue }
            return finish(outcome, contents)
        }
        return .unsettled
    }

    private struct Attempt: Sendable {
        let base: Project
        let result: Result<Change, ProjectFailure>
    }

    private struct Change: Sendable {
        let project: Project
        let restart: [String]
        let tls: SecureListener.Change?
    }

    private func attempt() async -> Attempt {
        let base = served.project
        do throws(ProjectFailure) {
            var configuration: ProjectConfiguration
            do throws(ConfigurationFailure) {
                configuration = try read(FileReferences())
            } catch {
                throw .configuration(error)
            }
            let restart = try configuration.keep(from: base.configuration)
            let project = try await base.reloaded(configuration)
            let tls: SecureListener.Change?
            do throws(ConfigurationFailure) {
                tls = try listener?.change(to: configuration, now: SystemClock.now())
            } catch {
                throw .configuration(error)
            }
            return Attempt(base: base, result: .success(Change(project: project, restart: restart, tls: tls)))
        } catch {
            return Attempt(base: base, result: .failure(error))
        }
    }

    private func finish(_ attempt: Attempt, _ contents: [String: [UInt8]?]) -> Outcome {
        let report = attempt.base.report
        switch attempt.result {
        case .success(let change):
            let (project, restart) = (change.project, change.restart)
            // Somebody else has swapped meanwhile: what was made of the project before is of no use.
            guard served.replace(attempt.base, by: project) else { return .unsettled }
            if let tls = change.tls { listener?.use(tls) }
            state.withLock { $0.contents = contents }
            report(
                .projectReloaded(
                    files: project.configuration.ruleFiles.count, collections: project.catalog.collections.count,
                    warnings: project.rules.warnings.map(\.description) + (change.tls?.warnings ?? [])))
            if !restart.isEmpty { report(.restartNeeded(keys: restart)) }
            return .reloaded(restart: restart)
        case .failure(let failure):
            if case .configuration = failure { state.withLock { $0.contents = contents } }
            report(.reloadRefused(detail: failure.description))
            return .refused(failure)
        }
    }

    // MARK: Watching

    /// Watches the files, on a thread of its own, until it is stopped. What has changed since the project was loaded is
    /// found at once.
    package func start() throws(SystemError) -> Watching {
        let loop = try EventLoop(name: "reload")
        let watching = Watching(self, loop)
        do throws(SystemError) {
            try watching.begin()
        } catch {
            loop.stop()
            throw error
        }
        return watching
    }

    /// A reload that is under way, and what sets off the next.
    package final class Watching: Sendable {
        private let reload: ConfigurationReload
        private let loop: EventLoop
        private let state = Mutex(State())

        private struct State {
            var schedule = ReloadSchedule()
            var folders: FolderWatch?
            var task: Task<Void, Never>?
            var isStopped = false
        }

        fileprivate init(_ reload: ConfigurationReload, _ loop: EventLoop) {
            self.reload = reload
            self.loop = loop
        }

        fileprivate func begin() throws(SystemError) {
            let folders = try FolderWatch(on: loop) { [weak self] in self?.changed() }
            state.withLock { $0.folders = folders }
            loop.execute {
                self.watchFolders()
                self.changed()
            }
        }

        /// Reads now, whether or not a file has changed. From any thread.
        package func demand() {
            loop.execute { self.perform(self.state.withLock { $0.schedule.demanded(at: .now) }, isDemanded: true) }
        }

        private func changed() {
            perform(state.withLock { $0.schedule.changed(at: .now) })
        }

        private func perform(_ action: ReloadSchedule.Action, isDemanded: Bool = false) {
            switch action {
            case .none: return
            case .wake(let instant):
                _ = loop.schedule(at: instant) { [weak self] in
                    guard let self else { return }
                    self.perform(self.state.withLock { $0.schedule.woken(at: .now) })
                }
            case .read:
                state.withLock { state in
                    guard !state.isStopped else { return }
                    state.task = loop.task { await self.readNow(isDemanded: isDemanded) }
                }
            }
        }

        private func readNow(isDemanded: Bool) async {
            let outcome = await reload.reload(isDemanded: isDemanded)
            // Files that were named for the first time are watched from here on; what happened to them before is found by
            // comparing.
            watchFolders()
            perform(state.withLock { $0.schedule.finished(at: .now) })
            switch outcome {
            case .unchanged: break
            case .unsettled, .reloaded: changed()
            case .refused(.configuration): changed()
            case .refused(.source):
                _ = loop.schedule(after: ConfigurationReload.retry) { [weak self] in self?.changed() }
            }
        }

        private func watchFolders() {
            let references = FileReferences()
            _ = try? reload.read(references)
            do throws(SystemError) {
                try state.withLock { $0.folders }?.watch(references.places())
            } catch {
                reload.served.project.report(.reloadRefused(detail: "the project's files cannot be watched: \(error)"))
            }
        }

        /// Ends it; a reading under way finishes first.
        package func stop() async {
            let task = state.withLock { state in
                state.isStopped = true
                return state.task
            }
            await task?.value
            let folders = state.withLock { state in
                defer { state.folders = nil }
                return state.folders
            }
            loop.execute { folders?.close() }
            loop.stop()
        }
    }
}
