// Verdicts in the view of one shape. The schema is drawn before anybody is asked: what some verdict admits exists, and what some
// verdict nulls can be null. A request's own view knows the verdicts it has asked for, and notes the next one it needs.
internal import Base
internal import Metadata
internal import Planning
internal import Synchronization

/// What verdicts have to do with one thing a request uses.
enum VerdictStanding: Sendable, Hashable {
    /// Nothing any more.
    case settled
    /// It depends on a fact that nobody was asked about.
    case open(Int)
    /// A verdict has closed it.
    case refused
}

/// By each thing that a request may use of a collection.
struct VerdictStandings: Sendable, Hashable {
    var read = VerdictStanding.settled
    var aggregate = VerdictStanding.settled
    var rowCap = VerdictStanding.settled
    var fields: [VerdictStanding]
    var guards: [VerdictStanding]
    var functionGuards: [VerdictStanding]
}

/// The verdicts one root field of a request has come to, and what it waits for.
final class KnownVerdicts: Sendable {
    let truths: [Int: Truth]
    private let first = Mutex<Int?>(nil)

    init(_ truths: [Int: Truth]) {
        self.truths = truths
    }

    /// The fact to ask about next.
    var question: Int? { first.withLock { $0 } }

    /// - Throws: `access-denied` where a verdict has closed what is used.
    func note(_ standing: VerdictStanding) throws(GatewayError) {
        switch standing {
        case .settled: return
        case .open(let fact): first.withLock { $0 = $0 ?? fact }
        case .refused: throw Self.denied
        }
    }

    static let denied = GatewayError(.accessDenied, "The rules do not allow this request.")
}

extension ShapeView {
    /// The view of a root field that knows these verdicts.
    /// - Parameter others: what verdicts are that are not known; `nil`: as the schema is drawn.
    func knowing(_ verdicts: [Int: Truth], others: Truth? = nil) -> ShapeView {
        var truths = shape.truths
        if let others { for fact in rules.askedFacts { truths[fact] = others } }
        for (fact, truth) in verdicts { truths[fact] = truth }
        return ShapeView(
            catalog: catalog, rules: rules, shape: AuthorizationShape(isAdmin: shape.isAdmin, truths: truths),
            verdicts: KnownVerdicts(verdicts))
    }

    /// - Throws: `access-denied`.
    func note(_ standing: (VerdictStandings) -> VerdictStanding, _ access: CollectionAccess) throws(GatewayError) {
        guard let verdicts, let standings = access.standings else { return }
        try verdicts.note(standing(standings))
    }

    /// What is known, and what would be if nobody had answered yet.
    private var searches: (now: VerdictSearch, before: VerdictSearch)? {
        guard let verdicts, !shape.isAdmin else { return nil }
        let undecided = rules.askedFacts.subtracting(verdicts.truths.keys)
        return (
            VerdictSearch(truths: shape.truths, undecided: undecided),
            VerdictSearch(truths: shape.truths, undecided: rules.askedFacts)
        )
    }

    func standings(_ compiled: CollectionRules, _ collection: TrackedCollection) -> VerdictStandings? {
        guard let (now, before) = searches else { return nil }
        let standing = { (condition: Condition) -> VerdictStanding in
            switch now.finding(condition) {
            case .yes, .open(nil): .settled
            case .open(let fact?): .open(fact)
            case .no: before.finding(condition) == .no ? .settled : .refused
            }
        }
        /// Beside it what the rule of the row removes.
        let kept = { (standing: VerdictStanding, names: (CompiledRemoval) -> Bool) -> VerdictStanding in
            guard standing == .settled, let branches = compiled.readBranches,
                branches.contains(where: { $0.removals.contains(where: names) }),
                let question = now.question(branches, names)
            else { return standing }
            return .open(question)
        }
        let isEncrypted = { self.rules.storedForms[collection.reference($0)] == .encrypted }
        var standings = VerdictStandings(fields: [], guards: [], functionGuards: [])
        standings.read = standing(compiled.read)
        standings.aggregate = compiled.aggregate.map { standing(.all([compiled.read, $0])) } ?? standings.read
        for limit in compiled.limits where standings.rowCap == .settled {
            if let question = now.finding(limit.condition, wanted: false).question {
                standings.rowCap = .open(question)
            }
        }
        standings.fields = compiled.fields.enumerated().map { index, branches in
            guard let branches else {
                if isEncrypted(index), let question = compiled.readBranches.flatMap({ now.question($0) }) {
                    return .open(question)
                }
                return kept(.settled) { $0.fields.contains(index) }
            }
            if let question = now.question(branches) { return .open(question) }
            if isEncrypted(index), let question = compiled.readBranches.flatMap({ now.question($0) }) {
                return .open(question)
            }
            guard now.couldShow(branches) else { return before.couldShow(branches) ? .refused : .settled }
            return kept(.settled) { $0.fields.contains(index) }
        }
        standings.guards = compiled.relationships.enumerated().map { index, condition in
            kept(condition.map(standing) ?? .settled) { $0.relationships.contains(index) }
        }
        standings.functionGuards = compiled.functions.map { $0.map(standing) ?? .settled }
        return standings
    }

    /// - Throws: `access-denied` where a verdict forbids the call.
    func noteCall(of function: FunctionID) throws(GatewayError) {
        guard let (now, before) = searches, let condition = rules.calls[function] else { return }
        switch now.finding(condition) {
        case .yes, .open(nil): return
        case .open(let fact?): try verdicts?.note(.open(fact))
        case .no: try verdicts?.note(before.finding(condition) == .no ? .settled : .refused)
        }
    }

    /// - Throws: `access-denied` where a verdict forbids the write.
    func noteWrite(_ rules: [WriteRule], acting actions: [WriteRule]) throws(GatewayError) {
        guard let (now, before) = searches else { return }
        let found = VerdictFinding.all(rules.map { now.finding($0) })
        switch found {
        case .open(let fact?): try verdicts?.note(.open(fact))
        case .no:
            let couldBe = VerdictFinding.all(rules.map { before.finding($0) }) != .no
            try verdicts?.note(couldBe ? .refused : .settled)
        case .yes, .open(nil):
            for action in actions {
                if let question = now.finding(action).question { try verdicts?.note(.open(question)) }
            }
        }
    }

    /// Of an action that applies unless it is false.
    func noteClause(_ condition: Condition) throws(GatewayError) {
        guard let question = searches?.now.finding(condition, wanted: false).question else { return }
        try verdicts?.note(.open(question))
    }

    // MARK: The schema

    /// Above so many questions about one collection not every combination of answers is looked at.
    private static let combinedQuestions = 6

    /// What some verdict shows of the collection: what none shows does not exist, what one hides can be null.
    func drawn(_ collection: CollectionID) -> CollectionVisibility? {
        let questions = questions(about: collection)
        if questions.isEmpty { return nil }
        let views = combinations(of: questions).map { knowing($0).visibility(of: collection) }
        let readable = views.filter(\.isReadable)
        let shown = readable.isEmpty ? views : readable
        let isPartial = questions.count > Self.combinedQuestions
        return CollectionVisibility(
            isReadable: !readable.isEmpty, isAggregatable: views.contains(where: \.isAggregatable),
            fields: catalog[collection].fields.indices.map { index in
                Self.merged(shown.map { $0.fields[index] }, isPartial)
            },
            relationships: catalog[collection].relationships.indices.map { index in
                Self.merged(shown.map { $0.relationships[index] }, isPartial)
            },
            functions: catalog[collection].rowFunctions.indices.map { index in
                Self.merged(shown.map { $0.functions[index] }, isPartial)
            },
            writing: Self.merged(views.map(\.writing)))
    }

    func mayCallAsDrawn(_ condition: Condition) -> Bool {
        VerdictSearch(truths: shape.truths, undecided: rules.askedFacts).finding(condition) != .no
    }

    private func questions(about collection: CollectionID) -> [Int] {
        guard !shape.isAdmin, let compiled = rules.collections[collection.index] else { return [] }
        var facts = compiled.facts
        let targets =
            catalog[collection].relationships.map(\.target) + catalog[collection].rowFunctions.map(\.target)
        for target in targets { facts.formUnion(rules.collections[target.index]?.read.facts ?? []) }
        return facts.intersection(rules.askedFacts).sorted()
    }

    private func combinations(of questions: [Int]) -> [[Int: Truth]] {
        guard questions.count <= Self.combinedQuestions else {
            let all = Dictionary(uniqueKeysWithValues: questions.map { ($0, Truth.isTrue) })
            let none = all.mapValues { _ in Truth.isFalse }
            return [all, none]
                + questions.flatMap { fact in
                    [all.merging([fact: .isFalse]) { $1 }, none.merging([fact: .isTrue]) { $1 }]
                }
        }
        return (0..<(1 << questions.count)).map { bits in
            Dictionary(
                uniqueKeysWithValues: questions.enumerated().map { ($0.element, Truth(bits & (1 << $0.offset) != 0)) })
        }
    }

    private static func merged(_ fields: [CollectionVisibility.Field], _ isPartial: Bool) -> CollectionVisibility.Field
    {
        let shown = Set(fields).subtracting([.hidden])
        guard let first = shown.first else { return .hidden }
        if shown.count == 1, !isPartial { return first }
        if shown.contains(.sealed) { return .sealed }
        return .altered(mayBeNull: isPartial || shown.contains(.altered(mayBeNull: true)))
    }

    private static func merged(_ links: [CollectionVisibility.Link], _ isPartial: Bool) -> CollectionVisibility.Link {
        let shown = Set(links).subtracting([.hidden])
        guard let first = shown.first else { return .hidden }
        return shown.count == 1 && !isPartial ? first : .visible(mayBeMissing: true)
    }

    private static func merged(_ writes: [WriteVisibility]) -> WriteVisibility {
        writes.reduce(into: WriteVisibility()) { merged, one in
            merged.isInsertable = merged.isInsertable || one.isInsertable
            merged.isUpdatable = merged.isUpdatable || one.isUpdatable
            merged.isDeletable = merged.isDeletable || one.isDeletable
            merged.hasForcedUpdate = merged.hasForcedUpdate || one.hasForcedUpdate
            merged.insertFields.formUnion(one.insertFields)
            merged.updateFields.formUnion(one.updateFields)
            merged.insertRelationships.formUnion(one.insertRelationships)
            merged.constraints.formUnion(one.constraints)
        }
    }
}

extension CollectionRules {
    /// The facts that any of its rules looks at.
    fileprivate var facts: Set<Int> {
        var facts = read.facts.union(aggregate?.facts ?? [])
        for branches in [readBranches] + fields {
            for branch in branches ?? [] { facts.formUnion(branch.facts) }
        }
        for condition in relationships + functions { facts.formUnion(condition?.facts ?? []) }
        let writes =
            [writing.create, writing.update, writing.delete] + writing.createFields + writing.updateFields
            + writing.createRelationships
        for rule in writes { facts.formUnion(rule?.facts ?? []) }
        return facts
    }
}
