// What was written since live queries were last asked whether it concerns them.
internal import Execution
internal import Planning

struct PendingChanges: Sendable {
    private var region = WrittenRegion()
    /// Of the project that the region's names belong to.
    private var generation: UInt64?
    /// Commits of several projects: their names say nothing of one another.
    private var isMixed = false
    /// Whether some of it may become visible only later.
    private(set) var isInDoubt = false

    mutating func add(_ commit: CommittedWrite) {
        var other = PendingChanges()
        other.region = commit.region
        other.generation = commit.generation
        other.isInDoubt = !commit.isCertain
        formUnion(other)
    }

    mutating func formUnion(_ other: PendingChanges) {
        isInDoubt = isInDoubt || other.isInDoubt
        guard let otherGeneration = other.generation else { return }
        isMixed = isMixed || other.isMixed || generation ?? otherGeneration != otherGeneration
        generation = otherGeneration
        region.formUnion(other.region)
    }

    var isEmpty: Bool { generation == nil }

    /// - Parameters:
    ///   - dependencies: `nil` where they are not known: then everything matters.
    ///   - generation: of the project that these belong to.
    func touch(_ dependencies: DependencyRegion?, _ generation: UInt64) -> Bool {
        guard let own = self.generation else { return false }
        guard let dependencies, !isMixed, own == generation else { return true }
        return dependencies.isTouched(by: region)
    }
}

/// Changes that are looked for once more after a while: those of one such while together, so that a source that fails a thousand
/// writes is one thing to look for.
struct DoubtfulChanges: Sendable {
    private var awaited = PendingChanges()
    /// What came after the while had begun.
    private var later = PendingChanges()

    /// Whether a while begins with them.
    mutating func add(_ changes: PendingChanges) -> Bool {
        guard awaited.isEmpty else {
            later.formUnion(changes)
            return false
        }
        awaited = changes
        return true
    }

    /// At the end of a while: what to look for, and whether another begins.
    mutating func take() -> (changes: PendingChanges, goesOn: Bool) {
        var changes = awaited
        changes.formUnion(later)
        awaited = later
        later = PendingChanges()
        return (changes, !awaited.isEmpty)
    }
}
