// `perigee rules reseal`: after `project.key` has changed, encrypts anew what is stored under the keys before it, so that they can
// be forgotten.

internal import ArgumentParser
internal import Base
internal import Gateway
internal import Metadata
internal import Reactor
internal import Synchronization

struct ResealCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reseal",
        abstract: "Encrypt anew, with the key of today, what is stored encrypted under an older one.",
        discussion: """
            For columns that rules store with "encrypt", once project.key is the new key and project.previousKeys holds \
            the old one. Works in small transactions while the gateway serves, and replaces a value only if it is still \
            the one that was read; it may be stopped at any time and started again. Rows whose value no key opens are \
            named by their primary keys, and the exit code is 3 then.

              perigee rules reseal --dry-run
              perigee rules reseal main.people.ssn
            """)

    @OptionGroup var options: ProjectOptions

    @Flag(help: "Count what there is to do, and write nothing.")
    var dryRun = false

    @Option(help: "Rows of one transaction, 1 to 10000.")
    var batch = 200

    @Argument(help: "Only these columns: source.collection.column.")
    var columns: [String] = []

    func validate() throws {
        guard Reseal.batches.contains(batch) else {
            throw ValidationError("A batch has from \(Reseal.batches.lowerBound) to \(Reseal.batches.upperBound) rows.")
        }
    }

    func run() async throws {
        let project = try await options.project()
        defer { project.close() }
        let loop: EventLoop
        do {
            loop = try EventLoop(name: "reseal")
        } catch {
            throw CommandFailure.surroundings("cannot start an event loop: \(error)")
        }
        defer { loop.stop() }
        let reseal = Reseal(project, on: loop, batch: batch, isDryRun: dryRun)
        let chosen = try chosen(of: reseal)
        if chosen.isEmpty { StandardStreams.write("no column is stored encrypted") }
        var isComplete = true
        for column in chosen {
            let progress = ResealProgress(column.name)
            do {
                let tally = try await reseal.run(column) { progress.note($0) }
                StandardStreams.write(text(tally, column.name))
                isComplete = isComplete && tally.isComplete
            } catch let failure as Reseal.Failure {
                throw CommandFailure.surroundings(failure.description)
            }
        }
        if !isComplete { throw CommandFailure(message: "", status: 3) }
    }

    private func chosen(of reseal: Reseal) throws -> [Reseal.Column] {
        let known = reseal.columns.map(\.name)
        for name in columns where !known.contains(name) {
            let hint = didYouMean(suggestions(for: name, in: known)).map { "; \($0)" } ?? ""
            throw CommandFailure.project("perigee: no rule stores \"\(name)\" encrypted\(hint)")
        }
        return columns.isEmpty ? reseal.columns : reseal.columns.filter { columns.contains($0.name) }
    }

    private func text(_ tally: Reseal.Tally, _ name: String) -> String {
        var lines = ["\(name): \(tally.sealed) \(dryRun ? "to be sealed anew" : "sealed anew")"]
        if tally.changed > 0 { lines.append("\(name): \(tally.changed) changed meanwhile; run this again") }
        lines += rows(tally.unopened, "no key opens", name)
        lines += rows(tally.refused, "cannot be changed", name)
        return lines.joined(separator: "\n")
    }

    private func rows(_ rows: Reseal.NamedRows, _ problem: String, _ name: String) -> [String] {
        if rows.count == 0 { return [] }
        let more = rows.count - rows.names.count
        return ["\(name): \(rows.count) \(problem):"] + rows.names.map { "  \($0)" }
            + (more > 0 ? ["  and \(more) more"] : [])
    }
}

/// A line to standard error once a second.
private final class ResealProgress: Sendable {
    private let name: String
    private let told = Mutex(MonotonicInstant.now)

    init(_ name: String) {
        self.name = name
    }

    func note(_ done: Int) {
        let isDue = told.withLock { told in
            let now = MonotonicInstant.now
            guard now >= told.advanced(by: .seconds(1)) else { return false }
            told = now
            return true
        }
        if isDue { StandardStreams.writeError("\(name): \(done) so far") }
    }
}
