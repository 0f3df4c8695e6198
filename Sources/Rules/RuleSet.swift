// All rules of a project, compiled: what the gateway keeps and swaps whole when rules change. What no rule allows is
// denied, so a collection without an entry is a collection nobody reads.
package import Base
package import Metadata
internal import Planning

package struct RuleSet: Sendable {
    let facts: [Fact]
    private let clockFacts: [Int]
    /// Facts that somebody must be asked about.
    let askedFacts: Set<Int>
    /// Columns that are stored in a form of their own.
    package let storedForms: [FieldReference: StoredForm]
    /// For which writes, where not for all.
    let formClauses: [FieldReference: StoredFormClause]
    /// Indexed by `CollectionID`; `nil` where no rule mentions the collection.
    let collections: [CollectionRules?]
    /// Who may call a function, where a rule says it.
    let calls: [FunctionID: Condition]
    /// What deserves the owner's attention but does not stop the gateway.
    package let warnings: [ConfigurationError]

    init(
        facts: FactTable, collections: [CollectionRules?], calls: [FunctionID: Condition],
        storedForms: [FieldReference: StoredForm], formClauses: [FieldReference: StoredFormClause],
        warnings: [ConfigurationError]
    ) {
        self.storedForms = storedForms
        self.formClauses = formClauses
        self.facts = facts.facts
        clockFacts = facts.clockFacts
        askedFacts = Set(facts.askedFacts)
        self.collections = collections
        self.calls = calls
        self.warnings = warnings
    }

    /// Reads and checks every file. The same key twice, also in two files, is an error.
    /// - Parameter hasProjectKey: whether masks may hash.
    package static func compile(
        _ files: [RuleFile], catalog: Catalog, hasProjectKey: Bool
    ) throws(ConfigurationFailure) -> RuleSet {
        let problems = RuleProblems()
        let documents = files.map {
            RuleNode(value: $0.value, location: RuleLocation(file: $0.file, pointer: ""), problems: problems)
        }
        let document = RuleDocument.merge(documents, problems: problems)
        let compiler = RuleCompiler(
            catalog: catalog, problems: problems, hasProjectKey: hasProjectKey, named: document.named)
        var collections: [CollectionRules?] = Array(repeating: nil, count: catalog.collections.count)
        let known = Dictionary(
            catalog.collections.map { ($0.name.description, $0) }, uniquingKeysWith: { first, _ in first })
        let forms = StoredForms.collect(
            document.collections.compactMap { entry in known[entry.name].map { ($0, entry.node) } }, compiler)
        compiler.storedForms = forms.forms
        let formClauses = forms.compileClauses()
        for (name, node) in document.collections {
            guard let collection = known[name] else {
                node.report(unknown: "collection", name, among: catalog.collections.map(\.name.description))
                continue
            }
            collections[collection.id.index] = CollectionRules.compile(node, collection, compiler)
        }
        let calls = CallRule.compile(document.functions, compiler)
        if !problems.errors.isEmpty { throw ConfigurationFailure(problems.errors) }
        return RuleSet(
            facts: compiler.facts, collections: collections, calls: calls, storedForms: compiler.storedForms,
            formClauses: formClauses, warnings: problems.warnings)
    }

    /// Whether the same caller may have another shape a moment later.
    package var dependsOnClock: Bool { !clockFacts.isEmpty }

    /// Whether a request may have to ask somebody before its plan is secured.
    package var asksForVerdicts: Bool { !askedFacts.isEmpty }

    package var encryptedFields: Set<FieldReference> { Set(storedForms.filter { $0.value == .encrypted }.keys) }

    /// Whether the column holds values as they are beside those in its form.
    package func keepsClear(_ field: FieldReference) -> Bool { formClauses[field] != nil }

    /// Names of headers, in lower case, that some webhook is handed.
    package var forwardedHeaders: Set<String> {
        askedFacts.reduce(into: []) { names, fact in
            if case .webhook(let call) = facts[fact] { names.formUnion(call.webhook.forwarded) }
        }
    }

    package func shape(of caller: Caller, now: Instant) -> AuthorizationShape {
        if caller.kind == .admin { return .admin }
        let isAuthenticated = caller.kind == .user
        return AuthorizationShape(
            isAdmin: false,
            truths: facts.map { $0.evaluate(claims: caller.claims, isAuthenticated: isAuthenticated, now: now) })
    }
}

/// How every fact was decided for a caller: two callers of one shape have the same schema, the same plans and the same
/// statements, and differ only in the values that are bound. Compared in full, never by hash alone.
package struct AuthorizationShape: Sendable, Hashable {
    package let isAdmin: Bool
    let truths: [Truth]

    static let admin = AuthorizationShape(isAdmin: true, truths: [])
}

/// The rules of one collection, compiled.
struct CollectionRules: Sendable {
    let read: Condition
    /// Where actions stand in `read`: its clauses, each with its own.
    let readBranches: [ReadBranch]?
    /// Takes away from `read`; `nil` is `read` itself.
    let aggregate: Condition?
    /// Indexed by field: `nil` is readable wherever the row is.
    let fields: [[ReadBranch]?]
    /// Indexed by relationship: `nil` is followed wherever the row is read.
    let relationships: [Condition?]
    /// Indexed by row function: `nil` is open wherever the row is read.
    let functions: [Condition?]
    let limits: [RowLimitRule]
    let writing: CollectionWriteRules
    /// Where the rules of its operations stand.
    let places: [RuleOperation: RuleLocation]

    static func compile(_ node: RuleNode, _ collection: TrackedCollection, _ compiler: RuleCompiler) -> CollectionRules?
    {
        let keys = RuleOperation.allCases.map(\.rawValue) + ["fields", "limits", "cascades"]
        guard let members = node.members() else { return nil }
        var read: (condition: Condition, branches: [ReadBranch]?)?
        var aggregate: Condition?
        var writes: [RuleOperation: LocatedRule] = [:]
        var limits: [RowLimitRule] = []
        var cascades: [(name: String, node: RuleNode)] = []
        var entries: [String: FieldEntry] = [:]
        var places: [RuleOperation: RuleLocation] = [:]
        for (name, member) in members {
            if let operation = RuleOperation(rawValue: name) {
                let scope = RuleScope(collection: collection, operation: operation, field: nil)
                let rule = RuleDecoder.decode(member)
                places[operation] = member.location
                switch operation {
                case .read: read = rule.flatMap { compiler.readRule($0, scope) }
                case .aggregate: aggregate = rule.flatMap { compiler.condition($0, scope) }
                case .create, .update, .delete: writes[operation] = rule
                }
            } else if name == "fields" {
                entries = FieldEntry.decode(member, collection) ?? [:]
            } else if name == "cascades" {
                for item in member.items() ?? [] {
                    if let name = item.string() { cascades.append((name, item)) }
                }
            } else if name == "limits" {
                limits = RowLimitRule.compile(member, collection, compiler)
            } else {
                member.report(unknown: "operation", name, among: keys)
            }
        }
        let fields = collection.fields.indices.map { field(at: $0, entries, collection, compiler) }
        let relationships = collection.relationships.map { linked(named: $0.name, entries, collection, compiler) }
        let functions = collection.rowFunctions.map { linked(named: $0.name, entries, collection, compiler) }
        let rules = CollectionRules(
            read: read?.condition ?? .constant(.isFalse), readBranches: read?.branches, aggregate: aggregate,
            fields: fields, relationships: relationships, functions: functions, limits: limits,
            writing: CollectionWriteRules.compile(writes, entries, collection, compiler), places: places)
        CascadeCheck(catalog: compiler.catalog, problems: compiler.problems)
            .check(collection, rules.writing, allowed: cascades, at: node.location)
        rules.warn(node, collection, compiler.problems)
        return rules
    }

    /// For a field the entry of its own name, else the one of `*`. A computed field has no default: without its own
    /// entry nobody reads it.
    private static func field(
        at index: Int, _ entries: [String: FieldEntry], _ collection: TrackedCollection, _ compiler: RuleCompiler
    ) -> [ReadBranch]? {
        let field = collection.fields[index]
        let rule = entries[field.name]?.rules[.read] ?? (field.isComputed ? nil : entries["*"]?.rules[.read])
        guard let rule else { return field.isComputed ? [] : nil }
        return compiler.branches(rule, RuleScope(collection: collection, operation: .read, field: index)) ?? []
    }

    /// For a relationship, and for a computed field that is rows: the target's own rules say what is seen behind it.
    private static func linked(
        named name: String, _ entries: [String: FieldEntry], _ collection: TrackedCollection, _ compiler: RuleCompiler
    ) -> Condition? {
        guard let rule = entries[name]?.rules[.read] ?? entries["*"]?.rules[.read] else { return nil }
        // A mask of `*` is for values; what it guards is followed or not.
        if entries[name]?.rules[.read] == nil, case .mask = rule.rule { return nil }
        let scope = RuleScope(collection: collection, operation: .read, field: nil)
        return compiler.condition(rule, scope) ?? .constant(.isFalse)
    }

    /// A relationship shows which row is linked, whatever hides the column it joins by.
    private func warn(_ node: RuleNode, _ collection: TrackedCollection, _ problems: RuleProblems) {
        for (index, relationship) in collection.relationships.enumerated() where relationships[index] == nil {
            for pair in relationship.pairs where fields[pair.local] != nil {
                problems.warn(
                    node.location,
                    "the relationship \"\(relationship.name)\" is open while its column \"\(collection.fields[pair.local].name)\" is guarded: "
                        + "callers still see which row it leads to")
            }
        }
    }
}

/// One entry of `fields`: the rules of a column, computed field or relationship.
struct FieldEntry {
    let rules: [RuleOperation: LocatedRule]

    static func decode(_ node: RuleNode, _ collection: TrackedCollection) -> [String: FieldEntry]? {
        guard let members = node.members() else { return nil }
        var entries: [String: FieldEntry] = [:]
        for (name, member) in members {
            let isField = collection.fieldIndex(named: name) != nil
            let isRelationship =
                collection.relationshipIndex(named: name) != nil
                || collection.rowFunctions.contains { $0.name == name }
            if isField, isRelationship {
                member.report(
                    "\"\(name)\" is both a column and a relationship of \(collection.name)",
                    suggestion: "rename the relationship in the configuration")
            } else if !isField, !isRelationship, name != "*" {
                member.report(
                    unknown: "field of \(collection.name)", name,
                    among: collection.fields.map(\.name) + collection.relationships.map(\.name)
                        + collection.rowFunctions.map(\.name) + ["*"])
            } else if let entry = operations(member) {
                entries[name] = entry
            }
        }
        return entries
    }

    private static func operations(_ node: RuleNode) -> FieldEntry? {
        guard let members = node.members() else { return nil }
        var rules: [RuleOperation: LocatedRule] = [:]
        let known: [RuleOperation] = [.read, .create, .update]
        for (name, member) in members {
            guard let operation = RuleOperation(rawValue: name), known.contains(operation) else {
                member.report(unknown: "operation of a field", name, among: known.map(\.rawValue))
                continue
            }
            rules[operation] = RuleDecoder.decode(member)
        }
        return FieldEntry(rules: rules)
    }
}
