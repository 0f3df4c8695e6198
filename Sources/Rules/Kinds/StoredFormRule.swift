// `hash` and `encrypt`: the form a column is stored in (rules of the API, section 4). They say something about the column, not
// about a caller: what names one anywhere binds every write of the gateway, admins' included. So they are gathered before other
// rules are compiled (`StoredForms`), and where they stand they neither admit nor act. A clause, which the request alone decides,
// says for which writes they are meant; only where it is false is a value stored as it is.
internal import Base
internal import Metadata
internal import Planning

struct StoredFormRule: Sendable, Hashable {
    struct Named: Sendable, Hashable {
        let name: String
        let location: RuleLocation
    }

    let form: StoredForm
    let fields: [Named]
    /// For which writes; without one, for all.
    let clause: LocatedRule?
    let location: RuleLocation

    static func decode(_ node: RuleNode, _ form: StoredForm, _ depth: Int) -> StoredFormRule? {
        guard let section = node.section(required: ["rule", "fields"], optional: ["clause"]) else { return nil }
        let clause = section["clause"].map { RuleDecoder.decode($0, depth: depth + 1) }
        if case .some(nil) = clause { return nil }
        let fields = section["fields"]?.items(of: "fields")?.mapAll { item in
            WrittenField.decode(item).map { Named(name: $0, location: item.location) }
        }
        return fields.map { StoredFormRule(form: form, fields: $0, clause: clause ?? nil, location: node.location) }
    }

    /// False after reporting. What it does is done already.
    func check(_ scope: RuleScope, _ compiler: RuleCompiler) -> Bool {
        guard scope.operation.hasWrittenRow else {
            compiler.problems.report(
                location, "\"hash\" and \"encrypt\" stand in a rule for create or update",
                suggestion: form == .encrypted ? "a rule for read has \"decrypt\"" : nil)
            return false
        }
        return true
    }
}

/// For which writes a column has its form: by what is written, since `args.op` is a constant there.
struct StoredFormClause: Sendable, Hashable {
    let create: Condition
    let update: Condition
}

/// The columns that rules store in a form of their own.
struct StoredForms {
    private(set) var forms: [FieldReference: StoredForm] = [:]
    /// Of each column what the rules say that name it; `nil` where one of them has no clause.
    private var clauses: [FieldReference: [Clause]?] = [:]
    private let compiler: RuleCompiler

    private struct Clause {
        let rule: LocatedRule
        let collection: TrackedCollection
    }

    /// - Parameter collections: the entries of `collections`.
    static func collect(
        _ collections: [(collection: TrackedCollection, node: RuleNode)], _ compiler: RuleCompiler
    ) -> StoredForms {
        var forms = StoredForms(compiler: compiler)
        for (collection, node) in collections {
            guard let object = node.value.object else { continue }
            for member in object.members {
                let entry = node.member(member.name, member.value)
                if [RuleOperation.create, .update].map(\.rawValue).contains(member.name) {
                    forms.collect(entry, collection)
                } else if member.name == "fields" {
                    for field in member.value.object?.members ?? [] {
                        for operation in field.value.object?.members ?? []
                        where [RuleOperation.create, .update].map(\.rawValue).contains(operation.name) {
                            forms.collect(
                                entry.member(field.name, field.value).member(operation.name, operation.value),
                                collection)
                        }
                    }
                }
            }
        }
        return forms
    }

    /// The clauses of columns that not every write stores in their form; once the compiler knows which columns have one.
    func compileClauses() -> [FieldReference: StoredFormClause] {
        clauses.compactMapValues { clauses in
            guard let clauses else { return nil }
            let condition = { (operation: RuleOperation) -> Condition? in
                let conditions = clauses.map { clause in
                    compiler.requestKnown(
                        clause.rule, RuleScope(collection: clause.collection, operation: operation, field: nil))
                }
                return conditions.contains { $0 == nil } ? nil : .any(conditions.compactMap { $0 })
            }
            guard let create = condition(.create), let update = condition(.update) else { return nil }
            return StoredFormClause(create: create, update: update)
        }
    }

    private init(compiler: RuleCompiler) {
        self.compiler = compiler
    }

    private mutating func collect(_ node: RuleNode, _ collection: TrackedCollection) {
        guard let rule = RuleDecoder.decode(node) else { return }
        collect(rule, collection, [])
    }

    private mutating func collect(_ rule: LocatedRule, _ collection: TrackedCollection, _ references: Set<String>) {
        switch rule.rule {
        case .store(let store): add(store, collection)
        case .and(let clauses), .or(let clauses): for clause in clauses { collect(clause, collection, references) }
        case .not(let clause): collect(clause, collection, references)
        case .ref(let name):
            guard !references.contains(name), let named = compiler.namedRule(name) else { return }
            collect(named, collection, references.union([name]))
        case .allow, .deny, .authenticated, .match, .rowFilter, .check, .query, .webhook, .mask, .force, .remove,
            .decrypt:
            return
        }
    }

    private mutating func add(_ rule: StoredFormRule, _ collection: TrackedCollection) {
        for field in rule.fields {
            guard let index = collection.fieldIndex(named: field.name) else {
                compiler.node(.null, field.location).report(
                    unknown: "column of \(collection.name)", field.name, among: collection.fields.map(\.name))
                continue
            }
            if let fault = fault(collection, index) {
                compiler.problems.report(field.location, fault)
                continue
            }
            let reference = collection.reference(index)
            guard forms[reference] ?? rule.form == rule.form else {
                compiler.problems.report(
                    field.location, "\"\(field.name)\" is stored in one form: it is hashed or encrypted, not both")
                continue
            }
            forms[reference] = rule.form
            let others: [Clause]? = clauses[reference] ?? .some([])
            let clause = rule.clause.map { Clause(rule: $0, collection: collection) }
            clauses[reference] = .some(others.flatMap { others in clause.map { others + [$0] } })
        }
        guard compiler.hasProjectKey else {
            compiler.problems.report(
                rule.location, "\"hash\" and \"encrypt\" need the project's key",
                suggestion: "set \"project\": { \"key\": \"env:NAME\" } in the configuration")
            return
        }
    }

    /// Why a column cannot have a form of its own.
    private func fault(_ collection: TrackedCollection, _ index: Int) -> String? {
        let field = collection.fields[index]
        guard field.isWritable else { return "\"\(field.name)\" is computed: nobody writes it" }
        guard field.type == .string, !field.isUntyped else {
            return "a column that is hashed or encrypted is text, and \"\(field.name)\" is \(field.type.graphQLName)"
        }
        let catalog = compiler.catalog
        let joins =
            collection.relationships.flatMap { $0.pairs.map(\.local) }
            + catalog.collections.flatMap { other in
                other.relationships.filter { $0.target == collection.id }.flatMap { $0.pairs.map(\.target) }
            }
        let keys =
            collection.primaryKey + collection.viewKey + collection.foreignKeys.flatMap(\.fields)
            + catalog.collections.flatMap { other in
                other.foreignKeys.filter { $0.target == collection.id }.flatMap(\.targetFields)
            }
        guard !(joins + keys).contains(index) else {
            return "\"\(field.name)\" is part of a key or joins rows: it is stored as it is"
        }
        return nil
    }
}
