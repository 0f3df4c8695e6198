// What requests are answered from: one edition of the project at a time, swapped whole. A request takes the edition once and
// keeps it to its end, so one that is under way finishes on what it began with.
internal import Base
internal import Execution
internal import Live
internal import Metadata
internal import Reactor
internal import Synchronization

/// A loaded project with what answers requests from it.
final class Edition: Sendable {
    let project: Project
    let pipeline: Pipeline
    let limits: RequestLimits
    let timeoutNanoseconds: UInt64
    let finish: AnswerFinish
    /// Whether some source's statements name the trace that a request is part of.
    let tagsTraces: Bool

    init(_ project: Project, changes: any ChangeSink) {
        self.project = project
        pipeline = Pipeline(project: project, changes: changes)
        let server = project.configuration.server
        finish = AnswerFinish(project.configuration)
        limits = RequestLimits(
            batch: server.limits.batch, variablesBytes: server.limits.variablesBytes,
            variablesDepth: server.limits.variablesDepth)
        tagsTraces = project.configuration.sources.contains { $0.queryTags == .trace }
        timeoutNanoseconds = UInt64(max(0, server.limits.requestTimeout.wholeNanoseconds))
    }
}

package final class ServedProject: Sendable {
    private let current: Mutex<Edition>
    /// Follows what is written through any edition.
    let live: LiveQueries

    /// What the edition's answers need, kept beside it: most projects need nothing, and no request should look for long.
    private let finishes = Atomic(false)
    private let times = Atomic(false)

    package init(_ project: Project) {
        live = LiveQueries(
            settings: LiveSettings(project.configuration.server.live), generation: project.generation,
            report: project.report)
        let edition = Edition(project, changes: live)
        current = Mutex(edition)
        noteFinish(edition.finish)
    }

    /// Whether something is added to answers.
    var finishesAnswers: Bool { finishes.load(ordering: .relaxed) }
    /// Whether the times of requests are taken.
    var takesTimes: Bool { times.load(ordering: .relaxed) }

    private func noteFinish(_ finish: AnswerFinish) {
        finishes.store(!finish.isIdle, ordering: .relaxed)
        times.store(finish.takesTimes, ordering: .relaxed)
    }

    var edition: Edition { current.withLock { $0 } }
    package var project: Project { edition.project }
    /// Whose mutations are followed.
    package var pipeline: Pipeline { edition.pipeline }

    /// From now on requests are answered from this one. Connections that both use stay; closing those that only the last one
    /// had is its owner's business.
    /// - Returns: false, and nothing has happened, where `old` is not served any more: two that read anew at one time must
    ///   not undo what the other did.
    package func replace(_ old: Project, by project: Project) -> Bool {
        let edition = Edition(project, changes: live)
        let isReplaced = current.withLock { current in
            guard current.project === old else { return false }
            current = edition
            noteFinish(edition.finish)
            return true
        }
        if isReplaced {
            live.replace(
                generation: project.generation, settings: LiveSettings(project.configuration.server.live))
        }
        return isReplaced
    }
}

extension LiveSettings {
    fileprivate init(_ configuration: ServerConfiguration.Live) {
        self.init(window: configuration.window, interval: configuration.interval, reads: configuration.reads)
    }
}
