// A lowered statement: text, parameters, and what its runs have taken, from which a connector chooses its lane.

package import Connectors
package import Metadata
internal import Patterns
package import Planning
package import Rules
internal import Synchronization

package final class SQLStatement: LoweredStatement, Sendable {
    /// The key, or the name, of the prepared form on each connection.
    package let id: UInt64
    package let name: String
    /// With its tag.
    package let text: String
    /// As it goes to the database, which may be asked to keep a bound besides.
    package let sentText: String
    package let parameters: [Parameter]
    package let cellCount: Int
    /// What a pattern costs, its next value decides: what the runs have taken says nothing about it.
    package let matchesPatterns: Bool
    package let tag: StatementTag?
    /// Where the parameters stand in `plainText`; empty where nobody wants to know.
    package let places: [SQLText.Place]
    /// A form for many runs, once somebody has asked for it.
    private let merged = Mutex<(isMade: Bool, form: SQLStatement?)>((false, nil))

    /// Moving maximum of the run times in nanoseconds; negative before the first.
    private let cost = Atomic<Int64>(-1)
    private let lastRun = Atomic<Int64>(.max)
    private let runs = Atomic(0)
    private let isDoubted = Atomic(false)
    /// Good runs to come before an error is forgotten.
    private let suspicion = Atomic(0)
    /// Good runs to come before it is merged again.
    private let division = Atomic(0)
    private static let runsToTrust = 40
    private static let lastID = Atomic<UInt64>(0)

    /// - Parameters:
    ///   - tag: what stands in front of both texts.
    ///   - sentText: the text unless said.
    package init(
        tag: StatementTag? = nil, text: String, sentText: String? = nil, parameters: [Parameter], cellCount: Int,
        places: [SQLText.Place] = []
    ) {
        id = Self.lastID.add(1, ordering: .relaxed).newValue
        name = Self.name(id)
        self.tag = tag
        let tagText = tag?.text ?? ""
        self.text = tagText + text
        self.sentText = tagText + (sentText ?? text)
        self.parameters = parameters
        self.cellCount = cellCount
        self.places = places
        matchesPatterns = parameters.contains { parameter in
            switch parameter.target {
            case .pattern(.regular), .pattern(.similar): true
            case .pattern(.like), .value, .list, .count, .jsonPath, .bytes: false
            }
        }
    }

    package convenience init<Dialect: SQLDialect>(
        _ reads: [SecuredRead], catalog: Catalog, dialect: Dialect.Type
    ) {
        let lowered = SQLLowering.lower(reads, catalog: catalog, dialect: dialect)
        self.init(text: lowered.text, parameters: lowered.parameters, cellCount: reads.count)
    }

    package func traced(by trace: TraceParent) -> any LoweredStatement {
        guard let tag, let traced = tag.traced(by: trace) else { return self }
        let length = tag.text.utf8.count
        return SQLStatement(
            tag: traced, text: plainText,
            sentText: String(decoding: sentText.utf8.dropFirst(length), as: UTF8.self), parameters: parameters,
            cellCount: cellCount)
    }

    /// Without its tag.
    package var plainText: String {
        guard let tag else { return text }
        return String(decoding: text.utf8.dropFirst(tag.text.utf8.count), as: UTF8.self)
    }

    /// The form for many runs at once, made by whoever asks first; `nil` where there is none, and for a while after it has
    /// not done.
    package func merged(_ make: (SQLStatement) -> SQLStatement?) -> SQLStatement? {
        guard division.load(ordering: .relaxed) == 0 else { return nil }
        return merged.withLock { merged in
            if !merged.isMade { merged = (true, make(self)) }
            return merged.form
        }
    }

    /// A run among others failed or answered too much: the next ones go by themselves.
    package func divide() {
        division.store(Self.runsToTrust, ordering: .relaxed)
    }

    package static func name(_ id: UInt64) -> String { "perigee_\(id)" }

    /// Counts a run, and says whether there was one before.
    package func begin() -> Bool { runs.add(1, ordering: .relaxed).oldValue > 0 }

    /// The moving maximum; `nil` before the first run.
    package var measuredTime: Duration? {
        let nanoseconds = cost.load(ordering: .relaxed)
        return nanoseconds < 0 ? nil : .nanoseconds(nanoseconds)
    }

    /// Whether it has been measured, and below `nanoseconds`.
    package func isBelow(_ nanoseconds: Int64) -> Bool {
        let known = cost.load(ordering: .relaxed)
        return known >= 0 && known < nanoseconds
    }

    /// Two slow runs in a row count at once and are forgotten by a sixteenth with each later run. A single one is more
    /// likely the machine's than the statement's: the scheduler took the core away. Two threads may overwrite each
    /// other's measure; the next run mends it.
    package func record(_ nanoseconds: Int64) {
        let sample = min(nanoseconds, lastRun.load(ordering: .relaxed))
        lastRun.store(nanoseconds, ordering: .relaxed)
        let known = cost.load(ordering: .relaxed)
        cost.store(max(sample, known - known / 16), ordering: .relaxed)
        if suspicion.load(ordering: .relaxed) > 0 { suspicion.subtract(1, ordering: .relaxed) }
        if division.load(ordering: .relaxed) > 0 { division.subtract(1, ordering: .relaxed) }
    }

    /// It failed: the next values may make it fail again.
    package func suspect() {
        suspicion.store(Self.runsToTrust, ordering: .relaxed)
    }

    /// Whether it failed and has not run well often enough since.
    package var isSuspect: Bool { suspicion.load(ordering: .relaxed) > 0 }

    /// It ran among others and one of them took long: the next run is to be measured by itself.
    package func doubt() {
        isDoubted.store(true, ordering: .relaxed)
    }

    /// Whether there was a doubt, which this run settles.
    package func takeDoubt() -> Bool {
        isDoubted.load(ordering: .relaxed) && isDoubted.exchange(false, ordering: .relaxed)
    }

    /// After it held up others: some forty quick runs lead back.
    package func demote(from nanoseconds: Int64) {
        cost.store(nanoseconds * 16, ordering: .relaxed)
    }
}
