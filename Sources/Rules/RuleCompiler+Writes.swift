// Rules of `create`, `update` and `delete`: which conditions look at the stored row, which at the row written, and which
// `or` is a choice and not a disjunction (rules of the API, sections 3 and 4).
internal import Metadata
internal import Planning

/// What a rule speaks of.
struct RuleContent: OptionSet, Sendable, Hashable {
    let rawValue: Int

    static let storedRow = RuleContent(rawValue: 1)
    static let writtenRow = RuleContent(rawValue: 2)
    static let writeAction = RuleContent(rawValue: 4)
    /// Rows that nothing leads to from the one it is about.
    static let otherRows = RuleContent(rawValue: 8)
    static let bothRows: RuleContent = [.storedRow, .writtenRow]
    static let anyRow: RuleContent = [.storedRow, .writtenRow, .otherRows]
}

extension RuleCompiler {
    /// The compiled rule; `nil` after reporting.
    func writeRule(_ rule: LocatedRule, _ scope: RuleScope) -> WriteRule? {
        let content = content(rule, [])
        if !content.contains(.writeAction), !content.isSuperset(of: .bothRows) {
            guard let condition = condition(rule, scope) else { return nil }
            return content.contains(.writtenRow) ? .written(condition) : .stored(condition)
        }
        switch rule.rule {
        case .and(let clauses):
            return clauses.mapAll { writeRule($0, scope) }.flatMap { distinctForces(.all($0), rule.location) }
        case .or(let clauses):
            for clause in clauses where !standsBesideCondition(clause) {
                problems.report(clause.location, "an action never admits: beside it, an \"and\" needs a condition")
                return nil
            }
            return clauses.mapAll { writeRule($0, scope) }.map { .firstOf($0) }
        case .ref(let name):
            return reference(name, rule.location, scope).flatMap { writeRule($0.rule, $0.scope) }
        case .force(let force): return force.compile(scope, self).map { .force($0) }
        case .remove(let remove): return remove.compile(scope, self).map { .remove($0) }
        // It binds every write already.
        case .store(let store): return store.check(scope, self) ? .all([]) : nil
        case .decrypt: return condition(rule, scope).map { .stored($0) }
        case .not(let clause):
            guard content.contains(.writeAction) || looksAtStoredAlone(clause, []) else {
                return comparison(rule, scope)
            }
            problems.report(
                rule.location,
                content.contains(.writeAction)
                    ? "an action has no meaning under \"not\""
                    : "a \"not\" looks at the stored row or at the row written, not at both, unless a \"match\" or \"query\" compares them"
            )
            return nil
        case .match, .rowFilter, .check, .query: return comparison(rule, scope)
        case .allow, .deny, .authenticated, .webhook, .mask:
            // They are neither actions on what is written nor about two rows; a mask is refused as a condition.
            return condition(rule, scope).map { .stored($0) }
        }
    }

    /// A condition that compares the row written with what it was before.
    private func comparison(_ rule: LocatedRule, _ scope: RuleScope) -> WriteRule? {
        var scope = scope
        scope.comparesImages = true
        return condition(rule, scope).map { .written($0) }
    }

    /// Whether a clause of it is about the stored row and not about the row written.
    private func looksAtStoredAlone(_ rule: LocatedRule, _ references: Set<String>) -> Bool {
        switch rule.rule {
        case .and(let clauses), .or(let clauses): return clauses.contains { looksAtStoredAlone($0, references) }
        case .not(let clause): return looksAtStoredAlone(clause, references)
        case .ref(let name):
            guard !references.contains(name), let target = namedRule(name) else { return false }
            return looksAtStoredAlone(target, references.union([name]))
        case .allow, .deny, .authenticated, .match, .rowFilter, .check, .query, .webhook, .mask, .force, .remove,
            .store,
            .decrypt:
            let content = content(rule, references)
            return content.contains(.storedRow) && !content.contains(.writtenRow)
        }
    }

    /// The rule of an operation: it must have a condition beside its actions.
    func operationRule(_ rule: LocatedRule, _ scope: RuleScope) -> WriteRule? {
        guard standsBesideCondition(rule) else {
            problems.report(rule.location, "an action never admits: beside it, an \"and\" needs a condition")
            return nil
        }
        return writeRule(rule, scope)
    }

    /// The rule of a `fields` entry for an operation that writes. Its actions apply to every write, so that what they
    /// stand beside must be decided before there is a row.
    func fieldRule(_ rule: LocatedRule, _ scope: RuleScope) -> WriteRule? {
        let content = content(rule, [])
        guard !content.contains(.writeAction) || content == .writeAction else {
            problems.report(
                rule.location,
                "an action in a \"fields\" entry stands beside conditions that the request alone decides",
                suggestion: "move it to the rule of the operation")
            return nil
        }
        return writeRule(rule, scope)
    }

    /// The rules of `fields` entries that act, each once (an entry for `*` is one for every field).
    /// - Parameter operation: the rule of the operation, whose forces theirs must not contradict.
    func actions(of fields: [WriteRule?], beside operation: WriteRule?, _ located: LocatedRule?) -> [WriteRule] {
        var actions: [WriteRule] = []
        var seen = Set(operation.map { forced($0) } ?? [])
        for case let rule? in fields where rule.acts && !actions.contains(rule) {
            actions.append(rule)
            for field in forced(rule) where !seen.insert(field).inserted {
                if let located { problems.report(located.location, Self.forcedTwice) }
            }
        }
        return actions
    }

    private static let forcedTwice = "two \"force\" set one field in one branch"

    /// A clause that the request alone decides: no stored row, no row written.
    func requestKnown(_ rule: LocatedRule, _ scope: RuleScope) -> Condition? {
        guard content(rule, []).isDisjoint(with: .anyRow) else {
            problems.report(rule.location, "this condition is decided by the request alone: it must not look at rows")
            return nil
        }
        return condition(rule, scope)
    }

    func content(_ rule: LocatedRule, _ references: Set<String>) -> RuleContent {
        switch rule.rule {
        case .allow, .deny, .authenticated, .webhook, .mask: []
        case .match(let match): Self.content(match.left).union(Self.content(match.right))
        case .rowFilter, .check: content(of: rule.rule)
        case .query(let query): query.content
        case .and(let clauses), .or(let clauses):
            clauses.reduce(into: RuleContent()) { $0.formUnion(content($1, references)) }
        case .not(let clause): content(clause, references)
        case .force, .remove, .store: .writeAction
        case .decrypt: []
        case .ref(let name): referenced(name, references)
        }
    }

    private func content(of rule: Rule) -> RuleContent {
        if case .check = rule { .writtenRow } else { .storedRow }
    }

    private func referenced(_ name: String, _ references: Set<String>) -> RuleContent {
        guard !references.contains(name), let target = namedRule(name) else { return [] }
        return content(target, references.union([name]))
    }

    private static func content(_ operand: RuleOperand) -> RuleContent {
        switch operand {
        case .row: .storedRow
        case .document: .writtenRow
        case .literal, .claim, .operation, .now: []
        }
    }

    /// Two forces on one field in one branch would leave open which wins.
    private func distinctForces(_ rule: WriteRule, _ location: RuleLocation) -> WriteRule? {
        var seen: Set<Int> = []
        for field in forced(rule) where !seen.insert(field).inserted {
            problems.report(location, Self.forcedTwice)
            return nil
        }
        return rule
    }

    private func forced(_ rule: WriteRule) -> [Int] {
        switch rule {
        case .stored, .written, .remove: []
        case .force(let force): [force.field]
        case .all(let parts): parts.flatMap { forced($0) }
        // Only one of its clauses is taken.
        case .firstOf(let clauses): Array(Set(clauses.flatMap { forced($0) }))
        }
    }
}
