// Rules to conditions, once, when the configuration is loaded: every name is looked up, every literal converted, every
// type checked. What it makes is pure data; at request time nothing can fail any more.
internal import Base
internal import Metadata
internal import Patterns
internal import Planning

final class RuleCompiler {
    let catalog: Catalog
    let problems: RuleProblems
    let hasProjectKey: Bool
    /// Columns that are stored in a form of their own; known before any rule is compiled.
    var storedForms: [FieldReference: StoredForm] = [:]
    private(set) var facts = FactTable()
    private let named: [String: LocatedRule]
    private var usedNames: Set<String> = []

    init(catalog: Catalog, problems: RuleProblems, hasProjectKey: Bool, named: [String: LocatedRule]) {
        self.catalog = catalog
        self.problems = problems
        self.hasProjectKey = hasProjectKey
        self.named = named
    }

    // MARK: Rules

    /// The condition a rule is; `nil` after reporting. Actions are refused: they never admit.
    func condition(_ rule: LocatedRule, _ scope: RuleScope) -> Condition? {
        switch rule.rule {
        case .allow: return .constant(.isTrue)
        case .deny: return .constant(.isFalse)
        case .authenticated: return fact(.authenticated)
        case .match(let match): return match.compile(scope, self)
        case .rowFilter(let filter), .check(let filter): return filter.compile(scope, self)
        case .query(let query): return query.compile(scope, self)
        case .webhook(let webhook): return webhook.compile(scope, self)
        case .and(let clauses): return clauses.mapAll { condition($0, scope) }.map { .all($0) }
        case .or(let clauses): return clauses.mapAll { condition($0, scope) }.map { .any($0) }
        case .not(let clause): return condition(clause, scope).map { .not($0) }
        case .ref(let name): return reference(name, rule.location, scope).flatMap { condition($0.rule, $0.scope) }
        case .mask:
            let place = scope.field == nil ? "" : ", beside a condition and never under \"or\" alone or \"not\""
            problems.report(
                rule.location, "an action never admits: a mask stands in the entry of a field\(place)")
            return nil
        case .force:
            problems.report(
                rule.location,
                "an action on what is written stands in a rule for create or update, beside a condition")
            return nil
        case .store, .decrypt:
            problems.report(
                rule.location,
                "an action never admits: \"hash\" and \"encrypt\" stand in a rule for create or update, \"decrypt\" in one for read, "
                    + "beside a condition")
            return nil
        case .remove:
            problems.report(
                rule.location, "a \"remove\" stands in a rule for read, create or update, beside a condition")
            return nil
        }
    }

    /// The rule of a name, with the name noted so that a cycle is found.
    func reference(
        _ name: String, _ location: RuleLocation, _ scope: RuleScope
    ) -> (rule: LocatedRule, scope: RuleScope)? {
        guard let rule = named[name] else {
            problems.report(
                location, "unknown rule \"\(name)\"",
                suggestion: didYouMean(suggestions(for: name, in: named.keys.sorted())))
            return nil
        }
        guard !scope.references.contains(name) else {
            problems.report(
                location,
                "the rule \"\(name)\" refers to itself: \((scope.references + [name]).joined(separator: " → "))")
            return nil
        }
        var inner = scope
        inner.references.append(name)
        return (rule, inner)
    }

    func namedRule(_ name: String) -> LocatedRule? { named[name] }

    // MARK: Actions on what is read

    /// The rule of `read` itself: a condition beside its actions, and its branches where there are actions.
    func readRule(_ rule: LocatedRule, _ scope: RuleScope) -> (condition: Condition, branches: [ReadBranch]?)? {
        guard containsAction(rule, []) else { return condition(rule, scope).map { ($0, nil) } }
        guard standsBesideCondition(rule) else {
            // As a condition each action says where it belongs.
            _ = condition(rule, scope)
            return nil
        }
        return branches(rule, scope).map { (.any($0.map(\.condition)), $0) }
    }

    /// The branches of a rule for reading, in written order: for a row the first whose condition is true decides, and
    /// just its actions apply.
    func branches(_ rule: LocatedRule, _ scope: RuleScope) -> [ReadBranch]? {
        guard containsAction(rule, []) else {
            return condition(rule, scope).map { [ReadBranch(condition: $0)] }
        }
        switch rule.rule {
        case .mask(let mask):
            return mask.compile(scope, self).map { [ReadBranch(condition: .constant(.isTrue), mask: $0)] }
        case .remove(let remove):
            return remove.compileForResults(scope, self).map {
                [ReadBranch(condition: .constant(.isTrue), removals: [$0])]
            }
        case .decrypt(let decrypt):
            return decrypt.compile(scope, self).map {
                [ReadBranch(condition: .constant(.isTrue), decryptions: [$0])]
            }
        case .ref(let name):
            return reference(name, rule.location, scope).flatMap { branches($0.rule, $0.scope) }
        case .and(let clauses):
            return conjunction(clauses, rule.location, scope)
        case .or(let clauses):
            var result: [ReadBranch] = []
            for clause in clauses {
                guard standsBesideCondition(clause) else {
                    problems.report(clause.location, "an action never admits: beside it, an \"and\" needs a condition")
                    return nil
                }
                guard let parts = branches(clause, scope) else { return nil }
                result.append(contentsOf: parts)
            }
            return result
        case .not:
            problems.report(rule.location, "an action has no meaning under \"not\"")
            return nil
        case .allow, .deny, .authenticated, .match, .rowFilter, .check, .query, .webhook, .force, .store:
            return condition(rule, scope).map { [ReadBranch(condition: $0)] }
        }
    }

    private func conjunction(_ clauses: [LocatedRule], _ location: RuleLocation, _ scope: RuleScope) -> [ReadBranch]? {
        var result = [ReadBranch(condition: .constant(.isTrue))]
        for clause in clauses {
            guard let parts = branches(clause, scope) else { return nil }
            var product: [ReadBranch] = []
            for left in result {
                for right in parts {
                    guard left.mask == nil || right.mask == nil else {
                        problems.report(location, "two masks apply to one value")
                        return nil
                    }
                    product.append(
                        ReadBranch(
                            condition: .all([left.condition, right.condition]), mask: left.mask ?? right.mask,
                            removals: left.removals + right.removals,
                            decryptions: left.decryptions + right.decryptions))
                }
            }
            guard product.count <= 64 else {
                problems.report(location, "the rule has more than 64 combinations of conditions and actions")
                return nil
            }
            result = product
        }
        return result
    }

    private func containsAction(_ rule: LocatedRule, _ references: Set<String>) -> Bool {
        switch rule.rule {
        case .mask, .force, .remove, .store, .decrypt: return true
        case .and(let clauses), .or(let clauses): return clauses.contains { containsAction($0, references) }
        case .not(let clause): return containsAction(clause, references)
        case .ref(let name):
            guard !references.contains(name), let target = named[name] else { return false }
            return containsAction(target, references.union([name]))
        case .allow, .deny, .authenticated, .match, .rowFilter, .check, .query, .webhook: return false
        }
    }

    func standsBesideCondition(_ rule: LocatedRule, _ references: Set<String> = []) -> Bool {
        switch rule.rule {
        case .mask, .force, .remove, .store, .decrypt: return false
        case .and(let clauses): return clauses.contains { standsBesideCondition($0, references) }
        case .ref(let name):
            // What is wrong with the name is said where the rule is compiled.
            guard !references.contains(name), let target = named[name] else { return true }
            return standsBesideCondition(target, references.union([name]))
        case .or, .not, .allow, .deny, .authenticated, .match, .rowFilter, .check, .query, .webhook: return true
        }
    }

    // MARK: Leaves

    func fact(_ fact: Fact) -> Condition {
        .fact(facts.index(of: fact))
    }

    func node(_ value: JSONValue, _ location: RuleLocation) -> RuleNode {
        RuleNode(value: value, location: location, problems: problems)
    }

    func literal(_ value: JSONValue, _ target: Parameter.Target, _ location: RuleLocation) -> CompiledOperand? {
        if case .pattern(let kind) = target, let text = value.string {
            do throws(PatternError) {
                try kind.check(text)
            } catch {
                problems.report(location, error.message)
                return nil
            }
        }
        guard !value.isNull, let bound = RuleParameter.convert(value, to: target, isVariable: false) else {
            problems.report(location, "\(value.text) is not \(target.wanted)")
            return nil
        }
        return CompiledOperand(
            .parameter(Parameter(origin: .constant(constant(value, bound, target)), target: target)))
    }

    /// A literal beside a column that it is compared with.
    func compared(_ value: JSONValue, _ target: Parameter.Target, _ location: RuleLocation) -> CompiledOperand? {
        guard RuleParameter.convert(value, to: target, isVariable: false) != nil else {
            return literal(value, target, location)
        }
        return literal(value, target.taking(value), location)
    }

    /// Instants in the form in which every database reads them alike.
    func constant(_ value: JSONValue, _ bound: BoundValue, _ target: Parameter.Target) -> JSONText {
        switch (target, bound) {
        case (.value(let kind), .text(let text)) where kind.family == .instant: JSONValue.string(text).text
        case (.list(let kind), .list(let text)) where kind.family == .instant: text
        case (.value, _), (.list, _), (.count, _), (.pattern, _), (.jsonPath, _), (.bytes, _): value.text
        }
    }

    func claim(_ path: [String], _ target: Parameter.Target, isNamedByWhere: Bool) -> CompiledOperand {
        let index = facts.index(of: .usable(claim: path, as: target))
        let need = Condition.ClaimNeed(fact: index, claim: path.joined(separator: "."), isNamedByWhere: isNamedByWhere)
        return CompiledOperand(.parameter(Parameter(origin: .claim(path: path), target: target)), needs: [need])
    }

    /// A claim beside a column that it is compared with.
    func compared(
        _ path: [String], _ target: Parameter.Target, _ typing: StorageTyping, isNamedByWhere: Bool
    ) -> CompiledOperand {
        var operand = claim(path, target, isNamedByWhere: isNamedByWhere)
        if typing == .byColumn, target.isOfIntegers {
            let whole = facts.index(of: .whole(claim: path, as: target))
            for index in operand.needs.indices { operand.needs[index].whole = whole }
        }
        return operand
    }

    func now(_ target: Parameter.Target) -> CompiledOperand {
        CompiledOperand(.parameter(Parameter(origin: .now, target: target)))
    }

    func leaf(_ value: SecuredValue, _ comparison: ComparisonOperator, _ operand: CompiledOperand) -> Condition {
        .residue(.comparison(Comparison(value, comparison, operand.operand, byCodePoint: true)), needs: operand.needs)
    }

    /// A comparison of what a path leads to. From its first to-many step on it is an EXISTS for each comparison, so
    /// that `!=` means "some related row differs".
    func residue(
        _ path: RowPath, _ comparison: ComparisonOperator, _ make: (SecuredValue) -> CompiledComparison?
    ) -> Condition? {
        if isToOne(path) {
            guard let made = make(value(path)) else { return nil }
            return .residue(
                .comparison(Comparison(made.value, made.comparison, made.operand, byCodePoint: true)), needs: made.needs
            )
        }
        let rest = RowPath(steps: Array(path.steps.dropFirst()), field: path.field)
        return residue(rest, comparison, make).map { .related(path.steps[0], $0) }
    }

    /// The same beside a value of the row that the path starts from. Behind a relationship that row stands outside, which only
    /// `query` can name.
    func residue(_ path: RowPath, _ comparison: ComparisonOperator, beside other: SecuredValue) -> Condition {
        guard let step = path.steps.first else {
            return leaf(.stored(path.field), comparison, CompiledOperand(.value(other)))
        }
        let relationship = catalog.relationship(step)
        let rest = RowPath(steps: Array(path.steps.dropFirst()), field: path.field)
        let joins = relationship.pairs.map { pair -> Condition in
            let local = SecuredValue.stored(FieldReference(collection: step.collection, index: pair.local))
            let target = SecuredValue.stored(FieldReference(collection: relationship.target, index: pair.target))
            return .residue(.comparison(Comparison(target, .equal, .value(.outer(local)))), needs: [])
        }
        return .query(relationship.target, .all(joins + [residue(rest, comparison, beside: .outer(other))]))
    }

    /// A value of the stored row, in a condition that is asked of the row written; `nil` after reporting.
    func before(_ path: RowPath, in scope: RuleScope, _ location: RuleLocation) -> SecuredValue? {
        guard isToOne(path) else {
            problems.report(
                location, "a path through a to-many relationship of the stored row cannot stand beside the row written")
            return nil
        }
        let kind = catalog.field(path.field).type
        switch kind.family {
        case .integer, .fractional, .boolean, .text, .calendar, .instant: break
        case .document, .binary, .list, .opaque:
            problems.report(location, "a \(kind.graphQLName) of the stored row cannot stand beside the row written")
            return nil
        }
        guard !scope.collection.isNamedAnew(byChanging: []) else {
            problems.report(
                location,
                "rows of \(scope.collection.name) have no key that stays, by which the row written is the same as the stored one",
                suggestion: "give the table a primary key")
            return nil
        }
        return .before(value(path))
    }

    func isToOne(_ path: RowPath) -> Bool {
        path.steps.allSatisfy { catalog.relationship($0).kind == .object }
    }

    func value(_ path: RowPath) -> SecuredValue {
        path.steps.reversed().reduce(.stored(path.field)) { .related($1, .insideRule, $0) }
    }

    /// False after reporting: what is stored of an encrypted column compares with nothing.
    func isComparable(_ field: FieldReference, _ location: RuleLocation) -> Bool {
        guard storedForms[field] == .encrypted else { return true }
        problems.report(
            location, "\"\(catalog.field(field).name)\" is encrypted: nothing compares with what is stored",
            suggestion: "a \"where\" may ask whether it is there, with _is_null")
        return false
    }

    /// Whether values of two columns compare in every database: a UUID is no text in all of them.
    func canCompare(_ first: ScalarKind, _ second: ScalarKind) -> Bool {
        guard first.family == second.family else { return false }
        switch first.family {
        case .text: return (first == .uuid) == (second == .uuid)
        case .calendar, .list, .opaque: return first == second
        case .integer, .fractional, .boolean, .instant, .document, .binary: return true
        }
    }

    func capabilities(of field: FieldReference) -> SourceCapabilities {
        catalog[catalog[field.collection].source].capabilities
    }
}

struct CompiledOperand {
    let operand: Operand<Secured>
    var needs: [Condition.ClaimNeed]

    init(_ operand: Operand<Secured>, needs: [Condition.ClaimNeed] = []) {
        self.operand = operand
        self.needs = needs
    }
}

struct CompiledComparison {
    let value: SecuredValue
    let comparison: ComparisonOperator
    let operand: Operand<Secured>
    let needs: [Condition.ClaimNeed]
}

extension Parameter.Target {
    fileprivate var isOfIntegers: Bool {
        switch self {
        case .value(let kind), .list(let kind): kind.family == .integer
        case .count, .pattern, .jsonPath, .bytes: false
        }
    }

    fileprivate var wanted: String {
        switch self {
        case .value(let kind): "a \(kind.graphQLName)"
        case .list(let kind): "a list of \(kind.graphQLName)"
        case .count: "a count"
        case .pattern(.like), .pattern(.similar): "a pattern"
        case .pattern(.regular): "a regular expression"
        case .jsonPath: "a JSON path"
        case .bytes: "base64"
        }
    }
}
